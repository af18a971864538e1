import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ipv4Packet } from '#wire/packet';
import { explainWalk } from './explain';
import { Netfilter } from './netfilter';
import type { MatchUse, Operation, RuleSpec, TargetUse } from './rule';
import type { HostServices } from './services';
import { Skb } from './skb';
import type { WalkEvent } from './walk';

/**
 * Random rule sets and packets: the compiled chains decide as a plain reading of the rules does, and counters add up.
 */

const INTERFACES = ['lo', 'eth0', 'eth1'];
const CHAINS = ['one', 'two', 'three'];

const address = fc.constantFrom(0xc0a84b02, 0xc0a84b0a, 0x0a010001, 0xffffffff, 0x80000000);
/** what matches nothing at all (`! -s 0/0`, `! -i +`) is refused by the kernel */
const addressMatch = fc
	.record({
		address,
		mask: fc.constantFrom(0xffffffff, 0xffffff00, 0xff00ff00, 0x80000000, 0),
		invert: fc.boolean()
	})
	.filter(({ mask, invert }) => mask !== 0 || !invert);
const interfaceMatch = fc
	.record({
		name: fc.constantFrom('eth0', 'eth1', 'eth+', 'lo', '+', 'ppp+'),
		invert: fc.boolean()
	})
	.filter(({ name, invert }) => name !== '+' || !invert);
const port = fc.constantFrom(0, 22, 25, 1023, 1024, 65535);
const ports = fc
	.record({ low: port, high: port, invert: fc.boolean() })
	.filter(({ low, high, invert }) => low > 0 || high < 65535 || !invert);
const portMatch = (protocol: 'tcp' | 'udp'): fc.Arbitrary<MatchUse> =>
	fc
		.record({
			source: ports,
			destination: ports,
			flags: fc.constantFrom([0, 0], [0x17, 0x02], [0x3f, 0x3f], [0x12, 0x10]),
			flagInvert: fc.boolean()
		})
		.map(({ source, destination, flags, flagInvert }) => ({
			name: protocol,
			data:
				protocol === 'udp'
					? { source, destination }
					: {
							source,
							destination,
							option: 0,
							optionInvert: false,
							flagMask: flags[0]!,
							flagValue: flags[1]!,
							flagInvert: flags[0] !== 0 && flagInvert,
							seen: ''
						}
		}));
const comment: MatchUse = { name: 'comment', data: { text: 'x' } };

const target = (jumps: readonly string[]): fc.Arbitrary<TargetUse> =>
	fc.oneof(
		fc.constant({ kind: 'none' } as const),
		fc.record({
			kind: fc.constant('verdict' as const),
			verdict: fc.constantFrom('ACCEPT' as const, 'DROP' as const, 'RETURN' as const)
		}),
		...(jumps.length > 0
			? [fc.record({ kind: fc.constantFrom('jump' as const, 'goto' as const), chain: fc.constantFrom(...jumps) })]
			: [])
	);

/** chain `one` may lead to two and three, two to three: no loops */
const rule = (jumps: readonly string[]): fc.Arbitrary<RuleSpec> =>
	fc
		.record({
			source: fc.option(addressMatch),
			destination: fc.option(addressMatch),
			incoming: fc.option(interfaceMatch),
			outgoing: fc.constant(null),
			protocol: fc.option(fc.record({ number: fc.constantFrom(1, 6, 17), invert: fc.boolean() })),
			fragment: fc.option(fc.record({ invert: fc.boolean() }), { freq: 9 }),
			ports: fc.option(fc.oneof(portMatch('tcp'), portMatch('udp'))),
			commented: fc.boolean(),
			target: target(jumps)
		})
		.map(({ ports: match, commented, ...spec }) => {
			const number = match?.name === 'tcp' ? 6 : 17;
			return {
				...spec,
				protocol: match ? { number, invert: false } : spec.protocol,
				matches: [...(commented ? [comment] : []), ...(match ? [match] : [])]
			};
		});

const ruleSet = fc.record({
	INPUT: fc.array(rule(CHAINS), { maxLength: 6 }),
	one: fc.array(rule(['two', 'three']), { maxLength: 4 }),
	two: fc.array(rule(['three']), { maxLength: 4 }),
	three: fc.array(rule([]), { maxLength: 4 }),
	policy: fc.constantFrom('ACCEPT' as const, 'DROP' as const)
});
type Rules = { readonly [K in 'INPUT' | 'one' | 'two' | 'three']: readonly RuleSpec[] } & {
	readonly policy: 'ACCEPT' | 'DROP';
};

const NO_BYTES = new Uint8Array(0);
const payload: fc.Arbitrary<Pick<Ipv4Packet, 'protocol' | 'payload' | 'fragmentOffset' | 'moreFragments'>> = fc.oneof(
	fc
		.record({ sourcePort: port, destinationPort: port, flags: fc.constantFrom(0x02, 0x12, 0x10, 0x3f, 0) })
		.map((tcp) => ({
			protocol: 6,
			fragmentOffset: 0,
			moreFragments: false,
			payload: {
				kind: 'tcp' as const,
				...tcp,
				sequence: 1,
				acknowledgement: 0,
				window: 1,
				urgentPointer: 0,
				options: [],
				payload: NO_BYTES
			}
		})),
	fc.record({ sourcePort: port, destinationPort: port }).map((udp) => ({
		protocol: 17,
		fragmentOffset: 0,
		moreFragments: false,
		payload: { kind: 'udp' as const, ...udp, payload: new Uint8Array(5) }
	})),
	fc.constantFrom(0, 8).map((type) => ({
		protocol: 1,
		fragmentOffset: 0,
		moreFragments: false,
		payload: { kind: 'icmp' as const, type, code: 0, rest: 0, payload: NO_BYTES }
	})),
	// a first piece that ends before TCP's flags, and a later piece
	fc.constantFrom([0, true] as const, [8, false] as const).map(([fragmentOffset, moreFragments]) => ({
		protocol: 6,
		fragmentOffset,
		moreFragments,
		payload: { kind: 'raw' as const, bytes: new Uint8Array([0, 22, 0, 25, 0, 0, 0, 1]) }
	}))
);
const packet: fc.Arbitrary<{ packet: Ipv4Packet; incoming: string }> = fc
	.record({ source: address, destination: address, payload, incoming: fc.constantFrom(...INTERFACES) })
	.map(({ source, destination, payload: inside, incoming }) => ({
		incoming,
		packet: {
			kind: 'ipv4',
			tos: 0,
			identification: 1,
			dontFragment: false,
			ttl: 64,
			source,
			destination,
			options: NO_BYTES,
			...inside
		}
	}));

/* ---- the plain reading ------------------------------------------------------------------------------------------- */

function holds(spec: RuleSpec, skb: Skb): boolean {
	const inside = (match: RuleSpec['source'], own: number) =>
		!match || (((own ^ (match.address as number)) & (match.mask as number)) === 0) !== match.invert;
	if (!inside(spec.source, skb.packet.source) || !inside(spec.destination, skb.packet.destination)) return false;
	if (spec.incoming) {
		const { name, invert } = spec.incoming;
		const same = name.endsWith('+') ? skb.incoming!.startsWith(name.slice(0, -1)) : skb.incoming === name;
		if (same === invert) return false;
	}
	if (spec.protocol && (skb.protocol === spec.protocol.number) === spec.protocol.invert) return false;
	if (spec.fragment && skb.fragmentOffset > 0 === spec.fragment.invert) return false;
	return spec.matches.every(({ name, data }) => name === 'comment' || portsHold(data as PortData, skb));
}

interface PortData {
	readonly source: { low: number; high: number; invert: boolean };
	readonly destination: { low: number; high: number; invert: boolean };
	readonly flagMask?: number;
	readonly flagValue?: number;
	readonly flagInvert?: boolean;
}

function portsHold({ source, destination, flagMask = 0, flagValue, flagInvert = false }: PortData, skb: Skb): boolean {
	const inRange = ({ low, high, invert }: PortData['source'], own: number) =>
		own >= 0 && (own >= low && own <= high) !== invert;
	if (!inRange(source, skb.sourcePort) || !inRange(destination, skb.destinationPort)) return false;
	return flagMask === 0 || (skb.flags >= 0 && ((skb.flags & flagMask) === flagValue) !== flagInvert);
}

function plain(rules: Rules, skb: Skb, count: (chain: string, at: number) => void): 'ACCEPT' | 'DROP' {
	const walk = (chain: keyof Omit<Rules, 'policy'>): 'ACCEPT' | 'DROP' | null => {
		for (const [at, spec] of rules[chain].entries()) {
			if (!holds(spec, skb)) continue;
			count(chain, at);
			const to = spec.target;
			if (to.kind === 'verdict') {
				if (to.verdict === 'RETURN') return null;
				return to.verdict as 'ACCEPT' | 'DROP';
			}
			if (to.kind !== 'jump' && to.kind !== 'goto') continue;
			const verdict = walk(to.chain as 'one');
			if (verdict || to.kind === 'goto') return verdict;
		}
		return null;
	};
	return walk('INPUT') ?? rules.policy;
}

/* ---- the real one ------------------------------------------------------------------------------------------------ */

function firewall(rules: Rules): Netfilter {
	const names: string[] = [];
	const netfilter = new Netfilter('host', {
		now: () => 0,
		interfaceIndex(name: string) {
			if (!names.includes(name)) names.push(name);
			return names.indexOf(name) + 1;
		},
		setting: () => 0
	} as unknown as HostServices);
	const operations: Operation[] = CHAINS.map((chain) => ({ do: 'add-chain', table: 'filter', chain }));
	for (const chain of ['three', 'two', 'one', 'INPUT'] as const)
		rules[chain].forEach((spec, at) => operations.push({ do: 'insert', table: 'filter', chain, rule: at, spec }));
	operations.push({ do: 'policy', table: 'filter', chain: 'INPUT', policy: rules.policy });
	expect(netfilter.ruleSet('nf_tables', 'ip').apply(operations)).toBeNull();
	return netfilter;
}

describe('a chain', () => {
	it('decides and counts as a plain reading of its rules does, and its walk is explained by what happened', () => {
		fc.assert(
			fc.property(ruleSet, fc.array(packet, { minLength: 1, maxLength: 8 }), (rules, packets) => {
				const netfilter = firewall(rules);
				const walks: WalkEvent[] = [];
				netfilter.onWalk = (event) => walks.push(event);
				const counts = new Map<string, number>();
				let toPolicy = 0;
				for (const { packet: one, incoming } of packets) {
					const skb = new Skb();
					skb.incoming = incoming;
					skb.replace(one);
					const before = [...counts.values()].reduce((sum, each) => sum + each, 0);
					const expected = plain(rules, skb, (chain, at) => {
						const key = `${chain} ${at}`;
						counts.set(key, (counts.get(key) ?? 0) + 1);
					});
					const companion = { mark: 0, frame: null, uid: -1, gid: -1, journey: 0, tracking: null };
					const passed = netfilter.run('INPUT', one, incoming, null, companion);
					expect(typeof passed === 'string' ? 'DROP' : 'ACCEPT').toBe(expected);
					const walk = walks.at(-1)!;
					const hits = walk.visits.reduce((sum, visit) => sum + visit.hits.length, 0);
					expect(hits).toBe([...counts.values()].reduce((sum, each) => sum + each, 0) - before);
					if (walk.visits[0]!.policy !== null) toPolicy++;
					for (const { rules: tried } of explainWalk(walk, netfilter.services))
						for (const { matched, parts } of tried) expect(parts.every(({ holds: held }) => held)).toBe(matched);
				}
				const table = netfilter.ruleSet('nf_tables', 'ip').tables()[0]!;
				for (const chain of table.chains)
					chain.rules.forEach((rule, at) => expect(rule.packets).toBe(counts.get(`${chain.name} ${at}`) ?? 0));
				expect(table.chains.find(({ name }) => name === 'INPUT')!.packets).toBe(toPolicy);
			}),
			{ numRuns: Number(process.env['FC_RUNS'] ?? 300) }
		);
	});
});
