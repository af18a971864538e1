/**
 * The rules as a command works on them: a copy of what the kernel had, changed step by step, and the operations that will
 * change the kernel's rules likewise.
 */
import { readBack } from '#netfilter/extensions/read-back';
import type {
	ChainInfo, HookName, MatchUse, Operation, RuleSpec, TableInfo, TableName, TargetUse, Variant
} from '#netfilter/rule'; // prettier-ignore
import { BUILT_IN } from '#netfilter/tables';
import type { Doing } from './variant';

/** What is printed of a rule, and compared. */
export interface KeptRule extends RuleSpec {
	readonly packets: number;
	readonly bytes: number;
}

export interface DraftChain {
	name: string;
	readonly hook: HookName | null;
	policy: ChainInfo['policy'];
	packets: number;
	bytes: number;
	readonly references: number;
	rules: KeptRule[];
}

/** What an operation is called when the kernel refuses it: "RULE_APPEND", "rule in chain INPUT". */
export interface Blame {
	readonly what: string;
	readonly where: string;
	/** of a restored text; 0 for none */
	readonly line: number;
}

/** As a function of the real libraries fails: with an errno, whose words depend on what was being done. */
export class Failure {
	constructor(
		readonly doing: Doing,
		readonly errno: string
	) {}
}

export class Draft {
	/** chains of the tables that exist */
	readonly tables = new Map<TableName, Map<string, DraftChain>>();
	readonly operations: Operation[] = [];
	readonly blames: Blame[] = [];

	constructor(
		tables: readonly TableInfo[],
		readonly variant: Variant
	) {
		for (const { name, chains } of tables)
			this.tables.set(name, new Map(chains.map((chain) => [chain.name, draftChain(chain)])));
	}

	chain(table: TableName, name: string): DraftChain | undefined {
		return this.tables.get(table)?.get(name);
	}

	do(operation: Operation, what: string, where: string, line: number): void {
		this.operations.push(operation);
		this.blames.push({ what, where, line });
	}

	/** Built-in chains in the order of their hooks, then the user's by name. */
	sorted(table: TableName): DraftChain[] {
		const all = [...(this.tables.get(table)?.values() ?? [])];
		const user = all.filter(({ hook }) => hook === null);
		return [...builtIn(table, all), ...user.sort(byName)];
	}

	/** The same with the built-in chains that do not exist yet, as all that lists shows them. */
	shown(table: TableName): DraftChain[] {
		const all = this.sorted(table);
		const there = new Set(all.map(({ name }) => name));
		const fakes = BUILT_IN[table].filter((name) => !there.has(name)).map((name) => emptyChain(name, name));
		return [...builtIn(table, [...all, ...fakes]), ...all.filter(({ hook }) => hook === null)];
	}
}

function builtIn(table: TableName, all: readonly DraftChain[]): DraftChain[] {
	return BUILT_IN[table].flatMap((hook) => all.filter((chain) => chain.hook === hook));
}

/** strcmp(3) of UTF-8 goes by code points */
function byName(a: DraftChain, b: DraftChain): number {
	const [one, two] = [[...a.name], [...b.name]];
	for (let i = 0; i < one.length && i < two.length; i++) {
		const difference = one[i]!.codePointAt(0)! - two[i]!.codePointAt(0)!;
		if (difference !== 0) return difference;
	}
	return one.length - two.length;
}

function draftChain(chain: ChainInfo): DraftChain {
	return { ...chain, rules: [...chain.rules] };
}

export function emptyChain(name: string, hook: HookName | null): DraftChain {
	return { name, hook, policy: hook ? 'ACCEPT' : null, packets: 0, bytes: 0, references: 0, rules: [] };
}

/* ---- rules --------------------------------------------------------------------------------------------------------- */

/** The matches as the variant tells them. */
export function shownMatches(rule: RuleSpec, variant: Variant): readonly MatchUse[] {
	return readBack(rule.matches, variant);
}

/** The same rule, as -C and -D see it. */
export function sameRule(a: RuleSpec, b: RuleSpec, variant: Variant): boolean {
	return (
		sameValue(a.target, b.target) &&
		sameValue(a.protocol, b.protocol) &&
		sameValue(a.source, b.source) &&
		sameValue(a.destination, b.destination) &&
		sameValue(shownInterface(a.incoming), shownInterface(b.incoming)) &&
		sameValue(shownInterface(a.outgoing), shownInterface(b.outgoing)) &&
		sameValue(a.fragment, b.fragment) &&
		sameValue(shownMatches(a, variant), shownMatches(b, variant))
	);
}

/** "-i +" says nothing */
export function shownInterface(match: RuleSpec['incoming']): RuleSpec['incoming'] {
	return match?.name === '+' && !match.invert ? null : match;
}

export function sameValue(a: unknown, b: unknown): boolean {
	if (Object.is(a, b)) return true;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
	if (Array.isArray(a) !== Array.isArray(b)) return false;
	const keys = Object.keys(a);
	if (keys.length !== Object.keys(b).length) return false;
	return keys.every((key) => sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** The chain a rule leads to. */
export function leadsTo(target: TargetUse): string | null {
	return target.kind === 'jump' || target.kind === 'goto' ? target.chain : null;
}
