/** A stand-in lesson while the compiled ones are not there. Deleted when they are. */
import type { Lesson } from '#lesson/lesson';

const main = `# main.cf of halo.example.org
compatibility_level = 3.6

myhostname = halo.example.org
mydestination = $myhostname localhost.$mydomain localhost $mydomain
myorigin = $mydomain

# Who may relay
mynetworks = 0.0.0.0/0
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
`;

export const fixture: Lesson = {
	path: 'mail/relay/open-relay',
	number: '1.4.2',
	title: 'Who may relay through halo?',
	idea: 'Relaying is decided by client address and recipient domain together.',
	minutes: 20,
	needs: ['1.4.1'],
	syllabus: ['A12'],
	part: { slug: 'mail', title: 'Electronic mail' },
	chapter: { slug: 'relay', title: 'Relay control' },
	terminals: [
		{ host: 'halo', user: 'root' },
		{ host: 'colleague', user: 'anna' },
		{ host: 'spammer', user: 'root' }
	],
	editor: [
		{ host: 'halo', user: 'root', path: '/etc/postfix/main.cf' },
		{ host: 'halo', user: 'root', path: '/etc/aliases' }
	],
	steps: [
		{
			title: 'Watch the spam cross',
			html: '<p>halo takes mail from anyone and passes it to anyone. Send a message through it as the spammer does.</p><button class="run" data-host="spammer" data-command="./spam">./spam</button><p>mail.example.net blames halo.</p>'
		},
		{
			title: 'Write the list',
			html: '<p>A <strong>trusted network</strong> lists clients by address. Who the sender claims to be plays no part in it. Name the two that halo trusts in <code>mynetworks</code>.</p><button class="open" data-host="halo" data-path="/etc/postfix/main.cf" data-line="9">main.cf, line 9</button>',
			predict: {
				question: 'halo then sees mail for bob@example.net from guest, 192.168.75.200. What does it answer?',
				options: [
					{ text: '250 Ok', right: false, after: 'The mask /28 ends at .15: guest is outside.' },
					{ text: '454 Relay access denied', right: true, after: 'Right: 192.168.75.200 is outside 192.168.75.0/28.' },
					{ text: 'Nothing', right: false, after: 'Postfix always answers.' }
				]
			}
		},
		{
			title: 'Read the new file',
			html: '<p>Postfix looks at <code>main.cf</code> when it starts and when you tell it to. Until then the old answer stands.</p><button class="run" data-host="halo" data-command="postfix reload">postfix reload</button>'
		}
	],
	checks: [
		{ id: 'spammer', label: 'The spammer is refused', host: 'spammer', run: 'true', hint: '' },
		{ id: 'colleague', label: 'The colleague may relay', host: 'colleague', run: 'true', hint: '' },
		{ id: 'local', label: 'Mail for local users arrives', host: 'halo', run: 'true', hint: '' },
		{ id: 'work', label: 'The workstation may relay', host: 'workstation', run: 'true', hint: '' }
	],
	hints: { nudge: 'Ask why for guest.', reason: 'The first match ends the search.', answer: 'mynetworks = 192.168.75.0/28 10.150.134.15' },
	why: { question: 'Why was the spammer’s RCPT accepted?', chain: ['smtpd_relay_restrictions', 'permit_mynetworks', '0.0.0.0/0 at main.cf:9'] },
	quiz: [
		{
			question: 'Spam to michael@example.org is now',
			options: [
				{ text: 'still accepted', right: true },
				{ text: 'refused', right: false }
			]
		}
	],
	real: '<p>Test from an outside address of your own, never on someone else’s host.</p>',
	solution: '',
	wrong: [],
	start: {
		path: 'mail/relay/open-relay',
		world: {
			name: 'fixture',
			seed: 1,
			start: '2024-03-04T09:12:00Z',
			settle: 1,
			hosts: [],
			links: []
		},
		files: { halo: { '/etc/postfix/main.cf': main } },
		prepare: [],
		checks: [],
		wrong: []
	}
};
