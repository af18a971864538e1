import { expect, it } from 'vitest';
import { Netfilter } from './netfilter';
import type { Operation, RuleSpec, TargetUse } from './rule';
import type { HostServices } from './services';
import { EMPTY, udp } from './extensions/fixture';

const UDP = { number: 17, invert: false };
const TRACE: TargetUse = { kind: 'extension', name: 'TRACE', data: null };

it('legacy tells the log of each rule that a traced packet meets', () => {
	const lines: string[] = [];
	const services = {
		now: () => 0,
		uptime: () => 0,
		random: () => 1,
		at: () => () => undefined,
		log: (_level: number, line: string) => lines.push(line.split(' IN=')[0]!),
		interfaceIndex: () => 1,
		setting: () => 0
	} as unknown as HostServices;
	const netfilter = new Netfilter('host', services);
	const insert = (table: 'raw' | 'filter', chain: string, rule: number, spec: Partial<RuleSpec>): Operation => ({
		do: 'insert',
		table,
		chain,
		rule,
		spec: { ...EMPTY, ...spec }
	});
	const refusal = netfilter
		.ruleSet('legacy', 'ip')
		.apply([
			{ do: 'add-table', table: 'raw' },
			{ do: 'add-table', table: 'filter' },
			{ do: 'add-chain', table: 'filter', chain: 'u' },
			insert('raw', 'OUTPUT', 0, { protocol: UDP, target: TRACE }),
			insert('filter', 'u', 0, { protocol: { number: 6, invert: false } }),
			insert('filter', 'u', 1, { protocol: UDP }),
			insert('filter', 'OUTPUT', 0, { target: { kind: 'jump', chain: 'u' } }),
			insert('filter', 'OUTPUT', 1, { target: { kind: 'verdict', verdict: 'ACCEPT' } })
		]);
	expect(refusal).toBeNull();
	const companion = { mark: 0, frame: null, uid: 0, gid: 0, journey: 0, tracking: null };
	netfilter.run('OUTPUT', udp(9).packet, null, 'lo', companion);
	expect(lines).toEqual([
		'TRACE: raw:OUTPUT:policy:2',
		'TRACE: filter:OUTPUT:rule:1',
		'TRACE: filter:u:rule:2',
		'TRACE: filter:u:return:3',
		'TRACE: filter:OUTPUT:policy:2'
	]);
});
