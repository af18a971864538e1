/** What smtpd writes down about a recipient: which restriction decided, and where that is written. */
import { describe, expect, it } from 'vitest';
import type { Decision, Reason, Source } from '#engine/decision';
import { isDecision } from '#world/events';
import type { WorldSpec } from '#world/spec';
import { World } from '#world/world';

const SECOND = 1_000_000;

const MAIN_CF = `compatibility_level = 3.6
myhostname = halo.example.org
mydestination = $myhostname example.org
`;

/** halo runs Postfix with that much more main.cf; the stranger is on the same wire. */
function labWith(settings: string): World {
	const spec: WorldSpec = {
		name: 'decisions',
		seed: 1,
		start: '2026-03-04T09:10:00Z',
		settle: 2,
		hosts: [
			{
				name: 'halo',
				hostname: 'halo.example.org',
				kind: 'server',
				at: [0, 0],
				interfaces: [{ name: 'eth0', addresses: ['192.0.2.2/24'], link: 'wire' }],
				packages: ['postfix'],
				services: ['syslog', 'postfix'],
				users: [{ name: 'anna' }],
				files: {
					'/etc/postfix/main.cf': { text: MAIN_CF + settings, mtime: '1000000000' },
					'/etc/hosts': '127.0.0.1 localhost\n192.0.2.2 halo.example.org halo\n192.0.2.9 stranger.example.net\n',
					'/etc/aliases': 'postmaster: anna\n'
				},
				prepare: ['newaliases']
			},
			{
				name: 'stranger',
				hostname: 'stranger.example.net',
				kind: 'computer',
				at: [50, 0],
				interfaces: [{ name: 'eth0', addresses: ['192.0.2.9/24'], link: 'wire' }],
				packages: ['swaks']
			}
		],
		links: [{ name: 'wire' }]
	};
	return new World(spec);
}

/** @returns the decision, and where in /etc/passwd anna stands */
function decide(settings: string, recipient: string): { decision: Decision; anna: number } {
	const world = labWith(settings);
	let last: Decision | undefined;
	world.engine.trace.listen((recorded) => {
		if (isDecision(recorded) && recorded.event.kind === 'smtpd.decision') last = recorded.event.decision;
	});
	const ask = `swaks --server 192.0.2.2 --from bob@example.net --to ${recipient} --quit-after RCPT`;
	world.shell('stranger', ask, { limit: 60 * SECOND });
	if (!last) throw new Error('smtpd decided nothing');
	const accounts = world.host('halo').disk.readText('/etc/passwd').split('\n');
	return { decision: last, anna: accounts.findIndex((row) => row.startsWith('anna:')) + 1 };
}

/** "main.cf:4 192.0.2.0/24", "default mynetworks" */
function place(source: Source | undefined): string {
	if (source?.kind === 'file') return `${source.path.split('/').at(-1)}:${source.line} ${source.item ?? ''}`.trim();
	return source?.kind === 'default' ? `default ${source.parameter}` : (source?.kind ?? 'nowhere');
}
const shown = ({ check, outcome, source, because = [] }: Reason): string =>
	`${check} ${outcome} ${place(source)}${because.length > 0 ? ` <- ${because.map(place).join(', ')}` : ''}`;

const DEFAULT = 'default smtpd_relay_restrictions';
const NOBODY = 'permit_sasl_authenticated no-match default smtpd_relay_restrictions';
const NETWORK = 'mynetworks = 127.0.0.0/8 192.0.2.0/24\n';
const ELSEWHERE = 'mynetworks = 127.0.0.0/8\n';

const ROWS: readonly (readonly [
	name: string,
	settings: string,
	recipient: string,
	verdict: Decision['verdict'],
	reasons: readonly string[]
])[] = [
	[
		'a client of mynetworks',
		NETWORK,
		'carol@example.com',
		'accepted',
		[`permit_mynetworks decided main.cf:4 192.0.2.0/24 <- ${DEFAULT}`]
	],
	[
		'everybody in mynetworks, in a list that is written down',
		'smtpd_relay_restrictions = permit_mynetworks reject_unauth_destination\nmynetworks = 0.0.0.0/0\n',
		'carol@example.com',
		'accepted',
		['permit_mynetworks decided main.cf:5 0.0.0.0/0 <- main.cf:4 permit_mynetworks']
	],
	[
		'mynetworks that nobody wrote',
		'mynetworks_style = subnet\n',
		'carol@example.com',
		'accepted',
		[`permit_mynetworks decided default mynetworks <- main.cf:4, ${DEFAULT}`]
	],
	[
		'a stranger who wants to relay',
		ELSEWHERE,
		'carol@example.com',
		'refused-for-now',
		[
			`permit_mynetworks no-match ${DEFAULT} <- main.cf:4`,
			NOBODY,
			`defer_unauth_destination decided ${DEFAULT} <- main.cf:3, default relay_domains`
		]
	],
	[
		'a user of this host',
		ELSEWHERE,
		'anna@example.org',
		'accepted',
		[
			`permit_mynetworks no-match ${DEFAULT} <- main.cf:4`,
			NOBODY,
			`defer_unauth_destination passed ${DEFAULT} <- main.cf:3 example.org`,
			`permit decided ${DEFAULT}`,
			'smtpd_reject_unlisted_recipient passed default smtpd_reject_unlisted_recipient <- passwd:ANNA anna, default local_recipient_maps'
		]
	],
	[
		'a user that is not there, from a client of mynetworks',
		NETWORK,
		'nobody-here@example.org',
		'refused',
		[
			`permit_mynetworks passed main.cf:4 192.0.2.0/24 <- ${DEFAULT}`,
			'smtpd_reject_unlisted_recipient decided default smtpd_reject_unlisted_recipient <- default local_recipient_maps'
		]
	],
	['postmaster without a domain', ELSEWHERE, 'postmaster', 'accepted', ['postmaster decided nowhere']],
	[
		'a network with host bits',
		'mynetworks = 127.0.0.0/8\n  192.0.2.1/24\n',
		'carol@example.com',
		'refused-for-now',
		['permit_mynetworks decided main.cf:5 192.0.2.1/24']
	],
	[
		'a refusal that only warns',
		`${NETWORK}smtpd_client_restrictions = warn_if_reject reject\n`,
		'carol@example.com',
		'accepted',
		['reject no-match main.cf:5 reject', `permit_mynetworks decided main.cf:4 192.0.2.0/24 <- ${DEFAULT}`]
	],
	[
		'a permit in an earlier list',
		`${ELSEWHERE}smtpd_client_restrictions = permit\n`,
		'carol@example.com',
		'refused-for-now',
		[
			'permit passed main.cf:5 permit',
			`permit_mynetworks no-match ${DEFAULT} <- main.cf:4`,
			NOBODY,
			`defer_unauth_destination decided ${DEFAULT} <- main.cf:3, default relay_domains`
		]
	]
];

describe('a decision about a recipient', () => {
	it.each(ROWS)('%s', (_name, settings, recipient, verdict, reasons) => {
		const { decision, anna } = decide(settings, recipient);
		expect(decision.reasons.map(shown)).toEqual(reasons.map((row) => row.replace('passwd:ANNA', `passwd:${anna}`)));
		expect(decision.verdict).toBe(verdict);
	});
});
