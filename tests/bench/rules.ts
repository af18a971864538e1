/**
 * How many rules a second a chain tries, none matching but for the port ("late"), counters exact, against the `typed`
 * micro-benchmark of `anchors/` run beside it.
 *
 * Run by `npx tsx tests/bench/rules.ts`.
 */
import { Chain, LiveRule } from '#netfilter/chain';
import type { RuleSpec } from '#netfilter/rule';
import { Skb } from '#netfilter/skb';
import { tcpUdpRule, packetOf, testServices } from './firewall-rules';
import { engines, measure } from './anchors/bench.mjs';

export interface RuleFigures {
	readonly rules: number;
	/** rules tried a second, best batch */
	readonly ours: number;
	readonly anchor: number;
}

const EVALUATIONS_PER_BATCH = 200_000;

export function rulesPerSecond(rules: number): RuleFigures {
	const specs: RuleSpec[] = Array.from({ length: rules }, (_, at) => tcpUdpRule(20_000 + at));
	const chain = new Chain('filter', 'INPUT', 'INPUT', 'ACCEPT');
	chain.rules = specs.map((spec) => new LiveRule(spec, null));
	const program = chain.program(testServices());
	const skb = new Skb();
	skb.replace(packetOf(9_999));
	const per = Math.max(1, Math.round(EVALUATIONS_PER_BATCH / rules));
	let found = 0;
	const ours = measure(
		() => {
			for (let i = 0; i < per; i++) {
				skb.sourcePort = 40_000 + (i & 1023);
				found += program.match(skb, 0);
			}
		},
		per * rules,
		60,
		1000
	).best;
	if (found === 0) throw new Error('nothing was tried');
	const anchorRules = specs.map((_, at) => ({
		src: 0x0a010000,
		mask: 0xffff0000,
		proto: 17,
		dport: 20_000 + at,
		iif: 0,
		target: 0
	}));
	const typed = engines.typed(anchorRules) as (packet: unknown) => number;
	const packets = Array.from({ length: 256 }, (_, i) => ({ src: 0x0a010001 + i, proto: 17, dport: 9_999 }));
	const anchor = measure(
		() => {
			for (let i = 0; i < per; i++) found += typed(packets[i & 255]!);
		},
		per * rules,
		60,
		1000
	).best;
	return { rules, ours, anchor };
}

function main(): void {
	for (const rules of [10, 100, 1_000, 10_000]) {
		const { ours, anchor } = rulesPerSecond(rules);
		console.log(
			`${String(rules).padStart(6)} rules: ${(ours / 1e6).toFixed(1)} M/s, typed ${(anchor / 1e6).toFixed(1)} M/s, ratio ${(ours / anchor).toFixed(2)}`
		);
	}
}

if (process.argv[1]?.endsWith('rules.ts')) main();
