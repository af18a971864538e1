import { expect, it } from 'vitest';
import { CT } from '#netfilter/skb';
import { EMPTY } from '#netfilter/extensions/fixture';
import type { HookName, Operation, RuleSpec, TableName } from '#netfilter/rule';
import { makeFirewall } from './firewall';
import { at, errnoOf, ROOT, TestNet, type TestWire } from './net/testing';
import type { NetStack } from './net/stack';

/** Host a (10.0.0.1) has these rules, in chains of these names; b (10.0.0.2) has none. */
function filtered(...rules: readonly (readonly [table: TableName, chain: HookName, spec: Partial<RuleSpec>])[]) {
	const net = new TestNet();
	const wire: TestWire = net.wire();
	const [a, b] = [net.host('a'), net.host('b')];
	net.plug(a, wire, '10.0.0.1/24');
	net.plug(b, wire, '10.0.0.2/24');
	const firewall = makeFirewall(
		a,
		() => undefined,
		() => 0
	);
	const operations = rules.map(([table, chain, spec]): Operation => ({
		do: 'insert',
		table,
		chain,
		rule: 0,
		spec: { ...EMPTY, ...spec }
	}));
	const tables = rules.map(([table]): Operation => ({ do: 'add-table', table }));
	expect(firewall.ruleSet('nf_tables', 'ip').apply([...tables, ...operations])).toBeNull();
	const counted = (name: TableName): number | undefined =>
		firewall
			.ruleSet('nf_tables', 'ip')
			.tables()
			.find((table) => table.name === name)
			?.chains.find((chain) => chain.name === 'OUTPUT')?.rules[0]?.packets;
	return { net, a, b, counted };
}

const datagrams = (stack: NetStack) => stack.createSocket('inet', 'dgram', 0, ROOT);

it.each([
	['a rule drops', { kind: 'verdict', verdict: 'DROP' }, 'EPERM'],
	['a queue takes', { kind: 'extension', name: 'NFQUEUE', data: { bypass: false, count: 1 } }, null]
] as const)('who sends a packet that %s gets its answer', (_what, target, errno) => {
	for (const chain of ['OUTPUT', 'POSTROUTING'] as const) {
		const { net, a, b } = filtered(['mangle', chain, { target }]);
		const server = datagrams(b);
		server.bind(at('0.0.0.0', 53));
		expect(errnoOf(() => datagrams(a).sendto(new Uint8Array(1), at('10.0.0.2', 53)))).toBe(errno);
		net.run(1);
		expect(server.poll().read).toBe(false);
	}
});

/** Packets of RELATED that raw's and mangle's OUTPUT met. */
const RELATED: Partial<RuleSpec> = { matches: [{ name: 'state', data: { states: CT.related, invert: false } }] };

it.each([
	['its closed port is tracked like any packet', 'dgram', 0, [0, 1]],
	['a protocol that it does not speak has the connection of its cause', 'raw', 253, [1, 1]]
] as const)("a host's own error about %s", (_what, type, protocol, met) => {
	const { net, b, counted } = filtered(['raw', 'OUTPUT', RELATED], ['mangle', 'OUTPUT', RELATED]);
	b.createSocket('inet', type, protocol, ROOT).sendto(new Uint8Array(8), at('10.0.0.1', 9));
	net.run(1);
	expect([counted('raw'), counted('mangle')]).toEqual(met);
});
