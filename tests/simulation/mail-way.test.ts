/** What the mail view tells: the way of a mail over hosts, one stop from near, and a mail tried in a fork. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { MailView } from '../../src/world/door';
import { mailStop } from '../../src/world/inspect/mail/stop';
import { tryMail } from '../../src/world/inspect/mail/try';
import { mailViews } from '../../src/world/inspect/mail/way';
import { World } from '../../src/world/world';
import { lessonAt, OPEN_RELAY } from './lesson-world';

const lesson = lessonAt(OPEN_RELAY);
let world: World;
let mails: readonly MailView[];

const way = (mail: MailView): string[] =>
	mail.stops.map(({ host, daemon, mark, tag }) => [host, daemon, mark, ...(tag === undefined ? [] : [tag])].join(' '));
const about = (subject: string): MailView => mails.find((mail) => mail.subject === subject)!;

beforeAll(() => {
	world = World.ofLesson(lesson.start);
	world.shell('halo', "postconf -e 'mynetworks = 192.168.75.0/28' 'alias_maps = hash:/etc/aliases'; postfix reload");
	world.shell('halo', 'echo "both: root, bob@example.net" >>/etc/aliases; newaliases');
	const send = (subject: string, to: string): void =>
		void world.shell('halo', `printf 'Subject: ${subject}\\n\\nhi\\n' | sendmail ${to}`);
	send('across', 'bob@example.net');
	send('two ways', 'both@halo.example.org');
	send('unknown there', 'olga@example.net');
	send('one of two', 'nemo@example.net bob@example.net');
	send('waits', 'bob@[192.168.75.77]');
	world.shell('spammer', 'swaks --server 192.168.75.2 --from eve@bulk.example --to bob@example.net');
	world.engine.runUntil(world.now + 60_000_000);
	mails = mailViews(world);
});

describe('the way of a mail', () => {
	it('goes from host to host under one name', () => {
		const mail = about('across');
		expect(mail.status).toBe('sent');
		expect(way(mail)).toEqual([
			'halo pickup passed',
			'halo cleanup passed',
			'halo qmgr passed',
			'halo smtp passed',
			'mail.example.net smtpd passed RCPT, DATA',
			'mail.example.net cleanup passed',
			'mail.example.net qmgr passed',
			'mail.example.net local accepted'
		]);
	});

	it('parts where an alias names two', () => {
		const mail = about('two ways');
		expect(mail.status).toBe('sent');
		const local = mail.stops.find(({ daemon }) => daemon === 'local')!;
		expect(local).toMatchObject({ branch: true, mark: 'accepted' });
		const told = mailStop(world, local.sequence)!.way.flatMap(({ subject, reasons }) =>
			reasons.map(({ check, source }) => [subject, check, source?.kind === 'file' && source.path])
		);
		expect(told).toContainEqual(['both', 'alias_maps', '/etc/aliases']);
	});

	it('comes back from a host that refuses', () => {
		expect(way(about('unknown there')).slice(3)).toEqual([
			'halo smtp passed',
			'mail.example.net smtpd refused RCPT',
			'halo smtp refused 550'
		]);
		expect(about('unknown there').status).toBe('bounced');
	});

	it('goes on to the others where one recipient is refused', () => {
		expect(way(about('one of two')).slice(3, 7)).toEqual([
			'halo smtp passed',
			'mail.example.net smtpd refused 2 RCPT',
			'halo smtp refused 550',
			'mail.example.net smtpd passed DATA'
		]);
	});

	it('waits, and says until when', () => {
		const mail = about('waits');
		expect(mail.status).toBe('deferred');
		const [waits, later] = mail.stops.slice(-2);
		expect(later).toMatchObject({ mark: 'flight', sequence: -1, host: 'halo' });
		const facts = mailStop(world, waits!.sequence)!.facts;
		expect(facts.find(({ label }) => label === 'Next try')?.at).toBe(later!.time);
		const path = facts.find(({ label }) => label === 'Queue file')!.text;
		expect(world.host('halo').disk.exists(path)).toBe(true);
	});

	it('ends where a client was refused that never got a queue id', () => {
		const mail = mails.findLast(({ sender }) => sender === 'eve@bulk.example')!;
		expect(mail).toMatchObject({ status: 'rejected', recipients: ['bob@example.net'] });
		expect(way(mail)).toEqual(['spammer client passed', 'halo smtpd refused-for-now RCPT']);
		const stop = mailStop(world, mail.stops[1]!.sequence)!;
		expect(stop.said.filter(({ decided }) => decided).map(({ text }) => text)).toEqual([
			'454 4.7.1 <bob@example.net>: Relay access denied'
		]);
		expect(stop.checks.at(-1)!.reasons.find(({ outcome }) => outcome === 'decided')!.check).toBe(
			'defer_unauth_destination'
		);
	});
});

describe('a stop from near', () => {
	it('tells which parameter sent an address where', () => {
		const qmgr = about('across').stops.find(({ daemon }) => daemon === 'qmgr')!;
		const decision = mailStop(world, qmgr.sequence)!.way.find(({ subject }) => subject === 'bob@example.net')!;
		expect(decision.reply).toBe('smtp:example.net');
		expect(decision.reasons.find(({ outcome }) => outcome === 'decided')).toMatchObject({ check: 'default_transport' });
	});

	it('has every stop', () => {
		for (const { stops } of mails)
			for (const { sequence, host } of stops) if (sequence >= 0) expect(mailStop(world, sequence), host).not.toBeNull();
	});
});

describe('a mail tried in a fork', () => {
	it('is told like a real one, and leaves the world alone', () => {
		const count = world.engine.trace.count;
		const fork = World.replay(lesson.start, world.inputs, world.now);
		const tried = tryMail(fork, { from: 'ws', to: 'halo', sender: '', recipient: 'bob@example.net' });
		expect(tried.mail).toMatchObject({ sender: '', recipients: ['bob@example.net'] });
		expect(tried.mail!.stops[0]).toMatchObject({ host: 'ws', daemon: 'client' });
		expect(Object.keys(tried.stops)).toHaveLength(tried.mail!.stops.length);
		expect(world.engine.trace.count).toBe(count);
	});
});
