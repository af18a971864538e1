/**
 * The rules of one family in one of the kernel's two engines: tables of chains of rules.
 *
 * Does: reads them out (`tables`), changes them by batches that happen whole or not at all (`apply`), and refuses what
 *       the kernel refuses: chains that are not there or still used, jumps too deep, extensions where they may not stand.
 * Trusts: the command for the syntax of a rule; nothing for its place.
 * The two variants differ in what they check and when: see `CHECKS`. nf_tables checks what can be reached from a base
 * chain at each commit; legacy replaces the whole table and looks for loops.
 */
import { Chain, LiveRule } from './chain';
import { findMatch } from './extensions/matches';
import { findTarget } from './extensions/targets';
import type { Place } from './extension';
import type {
	AddressMatch,
	ChainInfo,
	Family,
	HookName,
	Operation,
	Refusal,
	RuleSpec,
	TableInfo,
	TableName,
	Variant
} from './rule';
import type { Services } from './services';
import { BUILT_IN } from './tables';

/** nf_tables follows that many jumps (NFT_JUMP_STACK_SIZE); legacy knows no limit but loops */
const DEEPEST = 16;

export interface Table {
	readonly name: TableName;
	readonly chains: Map<string, Chain>;
	/** counts up over all tables of the host: of two at the same priority the older one runs first */
	readonly registered: number;
}

/** A refusal on its way out of a batch. */
class Refused {
	constructor(readonly errno: string) {}
}

export class RuleSet {
	#tables = new Map<TableName, Table>();
	/** told after each change that was made */
	onChange: () => void = () => {};

	constructor(
		readonly variant: Variant,
		readonly family: Family,
		readonly services: Services,
		/** numbers for `Table.registered` */
		readonly nextNumber: () => number
	) {}

	table(name: TableName): Table | undefined {
		return this.#tables.get(name);
	}

	/** The tables that exist, in the order in which they came to be. */
	live(): IterableIterator<Table> {
		return this.#tables.values();
	}

	/** Power off. */
	clear(): void {
		this.#tables.clear();
	}

	/** As read back. A table of the legacy variant comes to be when it is asked for by name. */
	tables(name?: TableName): TableInfo[] {
		if (name && this.variant === 'legacy' && !this.#tables.has(name)) {
			this.#tables.set(name, this.#newTable(name));
			this.onChange();
		}
		return [...this.#tables.values()].map((table) => {
			const used = references(table);
			return { name: table.name, chains: [...table.chains.values()].map((chain) => chainInfo(chain, used)) };
		});
	}

	/** All of `operations`, or none and why. */
	apply(operations: readonly Operation[]): Refusal | null {
		const draft = new Draft(this.#tables, (name, chains) => this.#newTable(name, chains));
		let index = 0;
		try {
			for (const operation of operations) {
				this.#perform(draft, operation);
				index++;
			}
		} catch (thrown) {
			if (thrown instanceof Refused) return { index, errno: thrown.errno };
			throw thrown;
		}
		const refusal = this.#validate(draft, operations);
		if (refusal) return refusal;
		this.#tables = draft.finish();
		if (this.variant === 'legacy') this.#startAnew(draft);
		this.onChange();
		return null;
	}

	#newTable(name: TableName, hooks: readonly HookName[] = BUILT_IN[name]): Table {
		const chains = new Map<string, Chain>();
		for (const hook of hooks) chains.set(hook, new Chain(name, hook, hook, 'ACCEPT'));
		return { name, chains, registered: this.nextNumber() };
	}

	/** A legacy table is replaced as a whole: matches and targets of all its rules begin with fresh state. */
	#startAnew(draft: Draft): void {
		for (const table of draft.touched())
			for (const chain of table.chains.values()) for (const rule of chain.rules) rule.forgetState();
	}

	#perform(draft: Draft, operation: Operation): void {
		switch (operation.do) {
			case 'add-table':
				draft.table(operation.table, true, operation.chains);
				return;
			case 'delete-table':
				draft.drop(operation.table);
				return;
			case 'add-chain': {
				const { chains } = draft.table(operation.table, true);
				if (chains.has(operation.chain)) throw new Refused('EEXIST');
				const hook = BUILT_IN[operation.table].find((name) => name === operation.chain) ?? null;
				const chain = new Chain(operation.table, operation.chain, hook, hook ? 'ACCEPT' : null);
				chain.counted = false;
				draft.put(operation.table, chain);
				return;
			}
			case 'delete-chain':
				return this.#deleteChain(draft.table(operation.table, false), operation.chain);
			case 'rename-chain':
				return this.#renameChain(draft, operation);
			case 'policy': {
				const chain = draft.chain(operation.table, operation.chain);
				if (!chain.hook) throw new Refused('EINVAL');
				chain.policy = operation.policy;
				chain.counted = true;
				if (operation.packets !== undefined) chain.packets = operation.packets;
				if (operation.bytes !== undefined) chain.bytes = operation.bytes;
				return;
			}
			case 'flush':
				draft.chain(operation.table, operation.chain).rules = [];
				return;
			case 'zero':
				return zero(draft.chain(operation.table, operation.chain), operation.rule);
			case 'delete': {
				const { rules } = draft.chain(operation.table, operation.chain);
				if (operation.rule < 0 || operation.rule >= rules.length) throw new Refused('ENOENT');
				rules.splice(operation.rule, 1);
				return;
			}
			case 'insert':
			case 'replace':
				return this.#putRule(draft, operation);
		}
	}

	#deleteChain(table: Table, name: string): void {
		const chain = table.chains.get(name);
		if (!chain) throw new Refused('ENOENT');
		const legacy = this.variant === 'legacy';
		if (legacy && chain.hook) throw new Refused('EINVAL');
		if (references(table).has(name)) throw new Refused(legacy ? 'EMLINK' : 'EBUSY');
		if (chain.rules.length > 0) throw new Refused(legacy ? 'ENOTEMPTY' : 'EBUSY');
		table.chains.delete(name);
	}

	/** Jumps follow the chain under its new name, since the kernel keeps them by reference. */
	#renameChain(draft: Draft, { table: name, chain: from, to }: Extract<Operation, { do: 'rename-chain' }>): void {
		const table = draft.table(name, false);
		const chain = draft.chain(name, from);
		if (table.chains.has(to)) throw new Refused('EEXIST');
		const entries = [...table.chains].map(([key, value]) =>
			key === from ? ([to, value] as const) : ([key, value] as const)
		);
		table.chains.clear();
		for (const [key, value] of entries) table.chains.set(key, value);
		chain.name = to;
		for (const other of table.chains.values()) {
			if (!other.rules.some((rule) => jumpOf(rule.spec) === from)) continue;
			const own = draft.chain(name, other.name);
			own.rules = own.rules.map((rule) => (jumpOf(rule.spec) === from ? redirected(rule, to) : rule));
		}
	}

	#putRule(draft: Draft, operation: Extract<Operation, { do: 'insert' | 'replace' }>): void {
		const chain = draft.chain(operation.table, operation.chain);
		const { rules } = chain;
		const { rule: at, spec } = operation;
		const last = operation.do === 'insert' ? rules.length : rules.length - 1;
		if (at < 0 || at > last) throw new Refused('ENOENT');
		if (this.variant === 'nf_tables') {
			const errno = this.#check(operation.table, spec, chain.hook ? new Set([chain.hook]) : NOWHERE);
			if (errno) throw new Refused(errno);
		}
		const target = jumpOf(spec);
		if (target !== null) {
			const to = draft.table(operation.table, false).chains.get(target);
			if (!to) throw new Refused('ENOENT');
			if (to.hook) throw new Refused('EOPNOTSUPP');
		}
		const rule = new LiveRule(spec, operation.origin ?? null, operation.packets, operation.bytes);
		if (operation.do === 'replace') rules[at] = rule;
		else if (at === rules.length) rules.push(rule);
		else rules.splice(at, 0, rule);
	}

	/** The extensions' own look at where they stand (checkentry). */
	#check(table: TableName, rule: RuleSpec, hooks: ReadonlySet<HookName>): string | null {
		const never = matchesNothing(rule.source) || matchesNothing(rule.destination);
		if (this.variant === 'nf_tables' && never) return 'EINVAL';
		// the command asks for a target of that name, and no module has it
		if (this.variant === 'nf_tables' && rule.target.kind === 'verdict' && rule.target.verdict === 'QUEUE')
			return 'ENOENT';
		const place: Place = { family: this.family, variant: this.variant, table, hooks, rule, services: this.services };
		for (const use of rule.matches) {
			const match = findMatch(use.name, this.family);
			if (!match) return 'ENOENT';
			const errno = match.check?.(use.data as never, place) ?? null;
			if (errno) return errno;
		}
		if (rule.target.kind !== 'extension') return null;
		const target = findTarget(rule.target.name, this.family);
		if (!target) return 'ENOENT';
		return target.check?.(rule.target.data as never, place) ?? null;
	}

	/** What only the whole can tell. The blame goes to the last rule that was put in. */
	#validate(draft: Draft, operations: readonly Operation[]): Refusal | null {
		for (const table of draft.touched()) {
			const errno = this.variant === 'legacy' ? this.#validateLegacy(table) : this.#validateReachable(table);
			if (!errno) continue;
			const index = operations.findLastIndex(({ do: what }) => what === 'insert' || what === 'replace');
			return { index: Math.max(0, index), errno };
		}
		return null;
	}

	/** nf_tables_validate: everything that base chains lead to, as deep as the jump stack goes. */
	#validateReachable(table: Table): string | null {
		if (!hasJumps(table)) return null;
		const deep = new Depths(table);
		const seen = new Set<Chain>();
		const visit = (chain: Chain, hook: HookName): string | null => {
			if (seen.has(chain)) return null;
			seen.add(chain);
			for (const { spec } of chain.rules) {
				const errno = chain.hook ? null : this.#check(table.name, spec, new Set([hook]));
				const to = jumpOf(spec);
				const below = errno ?? (to === null ? null : visit(chainOf(table, to), hook));
				if (below) return below;
			}
			return null;
		};
		for (const chain of table.chains.values()) {
			if (!chain.hook) continue;
			if (deep.of(chain) > DEEPEST) return 'EMLINK';
			seen.clear();
			const errno = visit(chain, chain.hook);
			if (errno) return errno;
		}
		return null;
	}

	/** ip_tables' translate_table: no loops, and each rule checked for all the hooks that lead to it. */
	#validateLegacy(table: Table): string | null {
		const reached = new Map<Chain, Set<HookName>>();
		const looping = (chain: Chain, hook: HookName, path: readonly Chain[]): boolean => {
			if (path.includes(chain)) return true;
			const hooks = reached.get(chain) ?? new Set<HookName>();
			reached.set(chain, hooks);
			if (hooks.has(hook)) return false;
			hooks.add(hook);
			return chain.rules.some(({ spec }) => {
				const to = jumpOf(spec);
				return to !== null && looping(chainOf(table, to), hook, [...path, chain]);
			});
		};
		for (const chain of table.chains.values()) if (chain.hook && looping(chain, chain.hook, [])) return 'ELOOP';
		for (const chain of table.chains.values())
			for (const { spec } of chain.rules) {
				const errno = this.#check(table.name, spec, reached.get(chain) ?? NOWHERE);
				if (errno) return errno;
			}
		return null;
	}
}

/** "! 0.0.0.0/0": nf_tables knows no comparison of nothing */
function matchesNothing(match: AddressMatch | null): boolean {
	return match !== null && match.invert && BigInt(match.mask) === 0n;
}

const NOWHERE: ReadonlySet<HookName> = new Set();

/** Tables that a batch works on: copied when first changed, put in place when all went well. */
class Draft {
	#tables: Map<TableName, Table>;
	#own = new Map<TableName, Table>();
	#ownChains = new Set<Chain>();

	constructor(
		tables: ReadonlyMap<TableName, Table>,
		readonly make: (name: TableName, chains?: readonly HookName[]) => Table
	) {
		this.#tables = new Map(tables);
	}

	/** @param chains of a table that is made: which of its built-in ones */
	table(name: TableName, create: boolean, chains?: readonly HookName[]): Table {
		const own = this.#own.get(name);
		if (own) return own;
		const there = this.#tables.get(name);
		if (!there && !create) throw new Refused('ENOENT');
		const table: Table = there ? { ...there, chains: new Map(there.chains) } : this.make(name, chains);
		if (!there) for (const chain of table.chains.values()) this.#ownChains.add(chain);
		this.#own.set(name, table);
		this.#tables.set(name, table);
		return table;
	}

	/** A chain that may be changed. */
	chain(table: TableName, name: string): Chain {
		const { chains } = this.table(table, false);
		const chain = chains.get(name);
		if (!chain) throw new Refused('ENOENT');
		if (chain.table === table && this.#ownChains.has(chain)) return chain;
		const copy = chain.copy();
		chains.set(name, copy);
		this.#ownChains.add(copy);
		return copy;
	}

	/** A new chain; the built-in ones stand before the user's, in the order of the hooks. */
	put(name: TableName, chain: Chain): void {
		const { chains } = this.table(name, true);
		this.#ownChains.add(chain);
		if (!chain.hook) {
			chains.set(chain.name, chain);
			return;
		}
		const all = [...chains.values(), chain];
		chains.clear();
		for (const hook of BUILT_IN[name]) for (const one of all) if (one.hook === hook) chains.set(one.name, one);
		for (const one of all) if (!one.hook) chains.set(one.name, one);
	}

	drop(name: TableName): void {
		this.#own.delete(name);
		this.#tables.delete(name);
	}

	touched(): IterableIterator<Table> {
		return this.#own.values();
	}

	finish(): Map<TableName, Table> {
		return this.#tables;
	}
}

function zero(chain: Chain, at: number | undefined): void {
	const fresh = (rule: LiveRule) => rule.withCounters(0, 0);
	if (at === undefined) {
		chain.counted = true;
		chain.packets = chain.bytes = 0;
		chain.rules = chain.rules.map(fresh);
		return;
	}
	const rule = chain.rules[at];
	if (!rule) throw new Refused('ENOENT');
	chain.rules[at] = fresh(rule);
}

function redirected(rule: LiveRule, to: string): LiveRule {
	const { target } = rule.spec;
	if (target.kind !== 'jump' && target.kind !== 'goto') return rule;
	return rule.withSpec({ ...rule.spec, target: { kind: target.kind, chain: to } });
}

/** A chain that a rule leads to: it was there when the rule was put in, and cannot go as long as the rule stands. */
function chainOf(table: Table, name: string): Chain {
	return table.chains.get(name)!;
}

export function jumpOf({ target }: RuleSpec): string | null {
	return target.kind === 'jump' || target.kind === 'goto' ? target.chain : null;
}

function hasJumps(table: Table): boolean {
	for (const chain of table.chains.values()) if (chain.rules.some(({ spec }) => jumpOf(spec) !== null)) return true;
	return false;
}

/** How many chains one behind the other a chain leads through; without end for a loop. */
class Depths {
	readonly #table: Table;
	#known = new Map<Chain, number>();

	constructor(table: Table) {
		this.#table = table;
	}

	of(chain: Chain): number {
		const known = this.#known.get(chain);
		if (known !== undefined) return known;
		this.#known.set(chain, Infinity);
		let deepest = 0;
		for (const { spec } of chain.rules) {
			const to = jumpOf(spec);
			if (to !== null) deepest = Math.max(deepest, this.of(chainOf(this.#table, to)));
		}
		this.#known.set(chain, deepest + 1);
		return deepest + 1;
	}
}

/** Rules that jump or go to each chain. */
function references(table: Table): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	for (const chain of table.chains.values())
		for (const { spec } of chain.rules) {
			const to = jumpOf(spec);
			if (to !== null) counts.set(to, (counts.get(to) ?? 0) + 1);
		}
	return counts;
}

function chainInfo(chain: Chain, used: ReadonlyMap<string, number>): ChainInfo {
	chain.settle();
	return {
		name: chain.name,
		hook: chain.hook,
		policy: chain.policy,
		packets: chain.packets,
		bytes: chain.bytes,
		references: used.get(chain.name) ?? 0,
		rules: chain.rules.map((rule) => rule.info())
	};
}
