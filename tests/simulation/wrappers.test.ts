/** The doorman's walk as panels see it: a client whose name lies, rules tried one by one, and a trial in a fork. */
import { describe, expect, it } from 'vitest';
import type { LessonStart, VisitView } from '#world/door';
import { answer } from '#world/inspect/answers';
import { whyEvent } from '#world/inspect/why';
import { tryVisit } from '#world/inspect/wrappers';
import { World } from '#world/world';
import { lessonAt, OPEN_RELAY } from './lesson-world';

const ALLOW = `# who may come in
in.telnetd: ALL
in.fingerd: LOCAL, .example.org EXCEPT ws.example.org : severity info
in.fingerd: 192.168.75.2 \\
  guest.example.org : banners /etc/banners
`;
const DENY = 'ALL EXCEPT in.ftpd: PARANOID, ALL : spawn (echo %c >> /tmp/seen)\n';

/** The office, whose halo serves finger behind tcpd; the reverse zone says that 192.168.75.10 is guest. */
function start(): LessonStart {
	const lesson = lessonAt(OPEN_RELAY).start;
	const hosts = lesson.world.hosts.map((host) => {
		if (host.name === 'halo')
			return {
				...host,
				packages: [...(host.packages ?? []), 'openbsd-inetd', 'tcpd', 'fingerd'],
				services: [...(host.services ?? []), 'openbsd-inetd'],
				files: {
					...host.files,
					'/etc/inetd.conf': 'finger stream tcp4 nowait nobody /usr/sbin/tcpd in.fingerd\n',
					'/etc/hosts.allow': ALLOW,
					'/etc/hosts.deny': DENY
				}
			};
		return { ...host, packages: [...(host.packages ?? []), 'finger'] };
	});
	return { ...lesson, world: { ...lesson.world, hosts } };
}

function finger(world: World, from: string): VisitView {
	world.shell(from, 'finger @192.168.75.2');
	const [row] = world.host('halo') && (answer(world, { ask: 'visits', host: 'halo', limit: 1 }) as VisitView[]);
	return answer(world, { ask: 'visit', sequence: row!.sequence }) as VisitView;
}

const told = ({ who }: VisitView): string[] =>
	who.map(({ label, value, text, outcome }) => `${label} [${outcome}] ${value}: ${text}`);
const tried = ({ tables }: VisitView): string[] =>
	tables.flatMap(({ path, result, rules }) => [
		`${path} ${result}`,
		...rules.map(({ line, endLine, matched, patterns }) => {
			const steps = patterns.map((one) => `${one.pattern}${one.matched ? '+' : '-'} ${one.because}`);
			return `${line}-${endLine} ${matched ? 'match' : 'no'}: ${steps.join('; ')}`;
		})
	]);

describe('the walk of the doorman', () => {
	const lesson = start();
	const world = World.ofLesson(lesson);

	it('tells look-ups, rules, patterns and the verdict of a refused client', () => {
		const view = finger(world, 'ws');
		expect(view.headline).toBe('Refused by line 1 of hosts.deny');
		expect(told(view)).toEqual([
			'Address [found] 192.168.75.10: the connection itself says so',
			'Name of the address [found] ws.example.org: it says that it is ws.example.org',
			'Addresses of the name [found] 192.168.75.10: 192.168.75.10 is among them: the name is believed',
			'User [not-asked] : no rule that was tried needs the user'
		]);
		expect(view.who[1]).toMatchObject({ neededBy: { path: '/etc/hosts.allow', line: 3 } });
		expect(tried(view)).toEqual([
			'/etc/hosts.allow no-match',
			'2-2 no: in.telnetd- the daemon is in.fingerd',
			'3-3 no: in.fingerd+ the daemon is in.fingerd; LOCAL- ws.example.org has a dot; .example.org+ ws.example.org ends in .example.org; ws.example.org+ it is ws.example.org',
			'4-5 no: in.fingerd+ the daemon is in.fingerd; 192.168.75.2- it is 192.168.75.10, not 192.168.75.2; guest.example.org- it is ws.example.org, not guest.example.org',
			'/etc/hosts.deny match',
			'1-1 match: ALL+ every daemon; in.ftpd- the daemon is in.fingerd; PARANOID- ws.example.org leads back to its address; ALL+ everybody'
		]);
		const rule = view.tables[1]!.rules[0]!;
		expect(rule.pieces.map(({ text, state }) => [text, state])).toEqual([
			['ALL', 'held'],
			[' ', 'plain'],
			['EXCEPT', 'plain'],
			[' ', 'plain'],
			['in.ftpd', 'plain'],
			[':', 'plain'],
			[' ', 'plain'],
			['PARANOID', 'failed'],
			[', ', 'plain'],
			['ALL', 'held'],
			[' ', 'plain'],
			[':', 'plain'],
			[' spawn (echo %c >> /tmp/seen)', 'option']
		]);
		expect(rule.options).toMatchObject([{ name: 'spawn', value: '(echo ws.example.org >> /tmp/seen)' }]);
		expect(whyEvent(world, view.sequence)).toMatchObject({ kind: 'libwrap.decision', host: 'halo' });
	});

	it('stops at the first rule, and knows which connections it decided', () => {
		const view = finger(world, 'guest');
		expect(view.headline).toBe('Let in by line 3 of hosts.allow');
		expect(tried(view).at(-1)).toBe('/etc/hosts.deny not-read');
		expect(answer(world, { ask: 'visits', host: 'halo', rule: view.decided! })).toHaveLength(1);
		expect(answer(world, { ask: 'wrappers', host: 'halo' })).toMatchObject({
			tables: [
				{ rules: [{ decided: 0 }, { decided: 1 }, { line: 4, endLine: 5, decided: 0 }] },
				{ rules: [{ decided: 1 }] }
			],
			daemons: [{ name: 'in.fingerd', service: 'finger', wrapped: true }]
		});
	});

	it('does not believe a name that leads elsewhere', () => {
		world.shell(
			'ns',
			`sed -i 's/^10 .*/10 IN PTR guest.example.org./; s/2026030401/2026030402/' /etc/bind/db.75.168.192.in-addr.arpa && rndc reload`
		);
		const view = finger(world, 'ws');
		expect(told(view)[2]).toBe(
			'Addresses of the name [paranoid] 192.168.75.200: 192.168.75.10 is not among them: the name is not believed'
		);
		expect(tried(view).at(-1)).toBe(
			'1-1 match: ALL+ every daemon; in.ftpd- the daemon is in.fingerd; PARANOID+ its name does not lead back to its address'
		);
		expect(view.warnings.map(({ text }) => text)).toEqual([
			'host name/address mismatch: 192.168.75.10 != guest.example.org'
		]);
	});

	it('tries a client in a fork, and the world stays as it is', () => {
		const { count } = world.engine.trace;
		const trial = (client: string, user = ''): VisitView => {
			const fork = World.replay(lesson, world.inputs, world.now);
			return tryVisit(fork, { host: 'halo', daemon: 'in.fingerd', client, user });
		};
		const view = trial('halo.example.org');
		expect(view).toMatchObject({ headline: 'Let in by line 3 of hosts.allow', tried: true, sequence: -1 });
		expect(trial('203.0.113.9').headline).toBe('Refused by line 1 of hosts.deny');
		expect(() => trial('nobody.example.org')).toThrow('nobody.example.org has no address');
		expect(world.engine.trace.count).toBe(count);
		expect(world.host('halo').disk.readText('/tmp/seen')).toBe('ws.example.org\n192.168.75.10\n');
	});
});
