import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Client } from './fixture';
import { nameAndValue, optionFields } from './options';
import { LogicalLines, readTableLine, splitEndpoint, words } from './table';

/** Lines that the parsers read, and pairs of client and rules that are decided: WRAPPER_RUNS=1000000 for a long run. */
const LINES = Number(process.env['WRAPPER_RUNS'] ?? 4000);
const PAIRS = Math.ceil(Number(process.env['WRAPPER_RUNS'] ?? 20_000) / 10);
/** milliseconds */
const LONG = 3_600_000;

const client: Client = { daemon: 'in.fingerd', name: 'oven.vpizza.com', address: '10.0.2.1' };
const tables = (allow: string, deny: string): Record<string, string> => ({
	'/etc/hosts.allow': allow,
	'/etc/hosts.deny': deny
});

describe('the decision', () => {
	it.each([
		['no tables', '', '', true],
		['allowed first', 'ALL: ALL\n', 'ALL: ALL\n', true],
		['denied', '', 'ALL: ALL\n', false],
		['an exception', '', 'ALL: ALL EXCEPT .vpizza.com\n', true],
		['an exception of an exception', '', 'ALL: ALL EXCEPT .vpizza.com EXCEPT oven.vpizza.com\n', false],
		['deny in hosts.allow', 'ALL: ALL: deny\n', '', false],
		['a mistake in an option', 'ALL: ALL: foo\n', '', false],
		['a table without its last newline', '', '# nothing', false],
		['a continued rule', 'ALL: \\\n .vpizza.com\n', 'ALL: ALL\n', true],
		['an empty list after EXCEPT', 'ALL: ALL EXCEPT\n', 'ALL: ALL\n', true]
	])('%s', (_what, allow, deny, granted) => {
		expect(decide(tables(allow, deny), client).granted).toBe(granted);
	});

	it('says for each rule why, and where it stands', () => {
		const { decision, diagnostics } = decide(
			tables('# x\nin.telnetd: ALL\nin.fingerd: ALL \\\n EXCEPT .vpizza.com\nbad\n', 'ALL: 10.0.\n'),
			client
		);
		expect(decision.verdict).toBe('refused');
		expect(decision.reasons.map(({ outcome, source, text }) => [outcome, source, text])).toEqual([
			[
				'no-match',
				{ kind: 'file', host: '', path: '/etc/hosts.allow', line: 2 },
				'in.telnetd is not the daemon in.fingerd'
			],
			[
				'no-match',
				{ kind: 'file', host: '', path: '/etc/hosts.allow', line: 3, endLine: 4 },
				'in.fingerd is the daemon; ALL would match the client oven.vpizza.com (10.0.2.1), but EXCEPT .vpizza.com takes it out'
			],
			[
				'decided',
				{ kind: 'file', host: '', path: '/etc/hosts.deny', line: 1, item: '10.0.' },
				'ALL is the daemon and 10.0. the client oven.vpizza.com (10.0.2.1)'
			]
		]);
		expect(diagnostics).toEqual(['missing ":" separator']);
	});
});

/* ---- a second reading of the manual ------------------------------------------------------------------------------ */

interface Rule {
	readonly daemons: readonly (readonly string[])[];
	readonly clients: readonly (readonly string[])[];
}

/** `list EXCEPT list EXCEPT list …`, each exception from the list before it. */
function inLists(lists: readonly (readonly string[])[], matches: (pattern: string) => boolean): boolean {
	const [first, ...rest] = lists;
	return first !== undefined && first.some(matches) && !inLists(rest, matches);
}

function isDaemon(pattern: string, { daemon }: Client): boolean {
	return pattern === 'ALL' || pattern === daemon;
}

function number(address: string): number {
	return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** `user@host`: both have to match; the @ of a netgroup stands first. */
function isClient(pattern: string, who: Client): boolean {
	const at = pattern.indexOf('@');
	if (at > 0) return isUser(pattern.slice(0, at), who.user ?? 'unknown') && isHost(pattern.slice(at + 1), who);
	return isHost(pattern, who);
}

function isUser(pattern: string, user: string): boolean {
	if (pattern === 'ALL') return true;
	if (pattern === 'KNOWN') return user !== 'unknown';
	if (pattern === 'UNKNOWN') return user === 'unknown';
	return pattern.endsWith('*') ? user.startsWith(pattern.slice(0, -1)) : pattern === user;
}

/** The sixteen bytes of an address of IPv6 as bits. */
function bits(address: string): string {
	const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
	const missing = Array.from({ length: 8 - head.length - tail.length }, () => '0');
	return [...head, ...missing, ...tail].map((group) => parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

function isHost(pattern: string, { name, address }: Client): boolean {
	if (pattern === 'ALL') return true;
	if (pattern === 'LOCAL') return !name.includes('.') && name !== 'unknown' && name !== 'paranoid';
	if (pattern === 'KNOWN') return name !== 'unknown' && name !== 'paranoid' && address !== 'unknown';
	if (pattern === 'UNKNOWN') return name === 'unknown' || address === 'unknown';
	if (pattern === 'PARANOID') return name === 'paranoid';
	if (pattern.startsWith('[')) {
		const [, net = '', prefix = '128'] = /^\[(.*)\](?:\/(\d+))?$/.exec(pattern)!;
		return address.includes(':') && bits(address).slice(0, Number(prefix)) === bits(net).slice(0, Number(prefix));
	}
	if (pattern.includes('/')) {
		if (!/^[\d.]+$/.test(address)) return false;
		const [net = '', mask = ''] = pattern.split('/');
		const size = 2 ** (32 - (mask.includes('.') ? Math.log2(2 ** 32 / (2 ** 32 - number(mask))) : Number(mask)));
		return Math.floor(number(address) / size) * size === number(net);
	}
	if (pattern.startsWith('.')) return name.endsWith(pattern);
	if (pattern.endsWith('.')) return address.startsWith(pattern);
	if (/[*?]/.test(pattern)) {
		const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
		return expression.test(name) || expression.test(address);
	}
	return pattern === name || pattern === address;
}

function secondReading(allow: readonly Rule[], deny: readonly Rule[], who: Client): boolean {
	const matched = ({ daemons, clients }: Rule): boolean =>
		inLists(daemons, (pattern) => isDaemon(pattern, who)) && inLists(clients, (pattern) => isClient(pattern, who));
	return allow.some(matched) || !deny.some(matched);
}

const daemon = fc.constantFrom('ALL', 'in.fingerd', 'in.telnetd', 'sshd');
const pattern = fc.constantFrom(
	'ALL', 'LOCAL', 'KNOWN', 'UNKNOWN', 'PARANOID', 'oven.vpizza.com', 'vpizza.com', 'trattoria', '.vpizza.com', '.com',
	'.example', '10.0.2.1', '192.168.1.7', '10.', '10.0.', '192.168.1.', '10.0.0.0/8', '10.0.2.0/24', '192.168.1.0/24',
	'10.0.2.0/255.255.255.0', '172.16.0.0/255.255.0.0', '0.0.0.0/1', '*.com', 'o?en.*', '10.0.?.1', '*',
	'[2001:db8::]/32', '[2001:db8:0:2::]/64', '[2001:db8::7]/128', '[fe80::]/10',
	'anna@ALL', 'KNOWN@.vpizza.com', 'UNKNOWN@10.', 'an*@KNOWN', 'bob@10.0.0.0/8', 'ALL@LOCAL'
); // prettier-ignore
const lists = (word: fc.Arbitrary<string>): fc.Arbitrary<string[][]> =>
	fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
const rule = fc.record({ daemons: lists(daemon), clients: lists(pattern) });
const space = fc.constantFrom(' ', ', ', ',', '\t', ' \\\n ', '  ,');

function textOf(rules: readonly Rule[], separator: string): string {
	const list = (all: readonly (readonly string[])[]): string => all.map((one) => one.join(separator)).join(' EXCEPT ');
	return rules.map(({ daemons, clients }) => `${list(daemons)}: ${list(clients)}\n`).join('');
}

const who = fc.record({
	daemon: fc.constantFrom('in.fingerd', 'in.telnetd', 'sshd', 'in.ftpd'),
	name: fc.constantFrom('oven.vpizza.com', 'vpizza.com', 'trattoria', 'unknown', 'paranoid', 'desk.office.example'),
	address: fc.constantFrom(
		'10.0.2.1', '192.168.1.7', '172.16.3.4', '10.9.9.9', '200.1.1.1', '2001:db8::7', '2001:db8:0:2::1', '2002::1', 'unknown'
	), // prettier-ignore
	user: fc.constantFrom('anna', 'bob', 'unknown')
});

describe('properties', () => {
	it(
		'the decision is that of a second reading of the manual',
		() => {
			fc.assert(
				fc.property(
					fc.array(rule, { maxLength: 3 }),
					fc.array(rule, { maxLength: 3 }),
					who,
					space,
					(allow, deny, one, gap) => {
						const { granted, decision } = decide(tables(textOf(allow, gap), textOf(deny, gap)), one);
						expect(granted).toBe(secondReading(allow, deny, one));
						expect(decision.verdict).toBe(granted ? 'accepted' : 'refused');
						expect(decision.reasons.filter(({ outcome }) => outcome === 'decided')).toHaveLength(1);
					}
				),
				{ numRuns: PAIRS }
			);
		},
		LONG
	);

	const line = fc
		.array(
			fc.oneof(
				fc.constantFrom(
					':',
					' ',
					',',
					'\\\n',
					'\n',
					'\r',
					'@',
					'[',
					']',
					'/',
					'EXCEPT',
					'ALL',
					'%a',
					'\\:',
					'=',
					'\0',
					'#'
				),
				fc.constantFrom(
					'spawn x',
					'severity mail.',
					'nice 5',
					'umask 8',
					'deny',
					'linger -1',
					'/f',
					'0x1.1.1.1/8',
					'**'
				),
				fc.string({ maxLength: 6 })
			),
			{ maxLength: 30 }
		)
		.map((parts) => parts.join(''));

	it(
		'any text is read to its end without a throw',
		() => {
			fc.assert(
				fc.property(line, (text) => {
					const lines = new LogicalLines(text);
					for (let next = lines.next(); next !== undefined; next = lines.next()) {
						const row = readTableLine(next);
						if (row.kind !== 'rule') continue;
						for (const list of [row.daemons, row.clients]) words(list).forEach(splitEndpoint);
						optionFields(row.options ?? '').forEach(nameAndValue);
					}
					expect(lines.line).toBeLessThanOrEqual(text.split('\n').length);
				}),
				{ numRuns: LINES }
			);
		},
		LONG
	);

	it(
		'any tables decide any client, once',
		() => {
			fc.assert(
				fc.property(line, line, line, fc.string(), fc.string(), (allow, deny, file, name, address) => {
					const files = { ...tables(allow, deny), '/f': file };
					const { decision } = decide(files, { daemon: 'in.fingerd', name, address: address || 'unknown' });
					expect(['accepted', 'refused']).toContain(decision.verdict);
				}),
				{ numRuns: PAIRS }
			);
		},
		LONG
	);
});
