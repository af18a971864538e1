/** A packet's walk as single steps: each rule tried, in the order in which they were, and each chain's end. */
import type { ChainWalk, HookWalk, RuleWalk, WalkView } from '#world/door';

export interface Step {
	/** index in `walks` */
	readonly hook: number;
	/** index in that hook's `chains` */
	readonly chain: number;
	/** index in that chain's `rules`; their number stands for the chain's end */
	readonly rule: number;
}

/** Chains are entered where a rule jumps: the next one of the list whose `from` is that rule. */
export function stepsOf(walk: WalkView): Step[] {
	const steps: Step[] = [];
	walk.walks.forEach((hookWalk, hook) => {
		let next = 0;
		const enter = (): void => {
			const chain = next++;
			const { rules } = hookWalk.chains[chain]!;
			rules.forEach((rule, at) => {
				steps.push({ hook, chain, rule: at });
				const inner = hookWalk.chains[next];
				if (inner && rule.matched && inner.from === rule.number && jumpsTo(rule, inner.chain)) enter();
			});
			if (endsHere(hookWalk, chain)) steps.push({ hook, chain, rule: rules.length });
		};
		while (next < hookWalk.chains.length) enter();
	});
	return steps;
}

function jumpsTo({ clauses }: RuleWalk, chain: string): boolean {
	return clauses.some(({ text, state }) => state === 'target' && text.split(' ')[1] === chain);
}

/** The end of a chain is a step of its own where it decides something or goes back. */
function endsHere({ chains }: HookWalk, at: number): boolean {
	const { rules, policy } = chains[at]!;
	return policy !== null || !rules.at(-1)?.matched;
}

/** What a line of the stack says of a chain: "rule 3, DROP", "policy ACCEPT", "no rules". */
export function chainResult({ rules, policy, text }: ChainWalk): string {
	const last = rules.findLast(({ matched }) => matched);
	if (policy !== null) return rules.length === 0 ? `no rules, policy ${policy}` : `policy ${policy}`;
	if (!last) return rules.length === 0 ? 'no rules' : text;
	const target = last.clauses.find(({ state }) => state === 'target');
	return `rule ${last.number}${target ? `, ${target.text.split(' ')[1]}` : ', counts'}`;
}

/** The five hooks as places on the map, and the tables that may look there. */
export const HOOKS = [
	{ name: 'PREROUTING', tables: ['raw', 'mangle', 'nat'], x: 20, y: 31 },
	{ name: 'FORWARD', tables: ['mangle', 'filter', 'security'], x: 50, y: 31 },
	{ name: 'POSTROUTING', tables: ['mangle', 'nat'], x: 80, y: 31 },
	{ name: 'INPUT', tables: ['mangle', 'filter', 'security', 'nat'], x: 34, y: 77 },
	{ name: 'OUTPUT', tables: ['raw', 'mangle', 'nat', 'filter', 'security'], x: 74, y: 77 }
] as const;

/** What comes before a hook on every packet's way; a hook without tables leaves no walk of its own. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
	INPUT: ['PREROUTING'],
	FORWARD: ['PREROUTING'],
	'POSTROUTING, forwarded': ['PREROUTING', 'FORWARD'],
	'POSTROUTING, own': ['OUTPUT']
};

/** The hooks that lie behind a packet when it is at `walks[present]`, that one included. */
export function passedHooks(walk: WalkView, present: number): ReadonlySet<string> {
	const passed = new Set<string>();
	for (const { hook, incoming } of walk.walks.slice(0, present + 1)) {
		const way = hook === 'POSTROUTING' ? `${hook}, ${incoming === null ? 'own' : 'forwarded'}` : hook;
		for (const before of BEFORE[way] ?? []) passed.add(before);
		passed.add(hook);
	}
	const leaves = passed.has('FORWARD') || passed.has('OUTPUT');
	if (present === walk.walks.length - 1 && walk.verdict === 'accepted' && leaves) passed.add('POSTROUTING');
	return passed;
}

/** "eth0 → PREROUTING → FORWARD: dropped", for those who do not see the map. */
export function sentence(walk: WalkView): string {
	const first = walk.walks[0];
	const from = first?.incoming ? `It came in by ${first.incoming}` : 'It was made on this host';
	const way = walk.walks.map(({ hook }) => hook).join(', then ');
	return `${from}, and met ${way}. ${walk.text}.`;
}
