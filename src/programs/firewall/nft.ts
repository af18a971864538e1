/**
 * What iptables-nft does with requests: they wait in a queue, and at the commit each is tried on a draft in turn (nft.c of
 * the real one), which gives what is printed, what the kernel is asked for, or the failure that ends it all.
 *
 * A table comes to be when something is put in it, and each built-in chain when it is first used; all that lists shows
 * the missing ones as empty.
 */
import type { HookName, RuleSpec, TableName } from '#netfilter/rule';
import { BUILT_IN } from '#netfilter/tables';
import { Draft, emptyChain, Failure, sameRule, type DraftChain, type KeptRule } from './draft';
import { listRules, listTable } from './list';
import { ruleLine, type Style } from './print-rule';
import { CommandError, type CommandName, type Request } from './request';
import type { Doing } from './variant';

/** An entry of the queue; the last two come from iptables-restore alone. */
export type Job =
	| { readonly job: 'request'; readonly request: Request; readonly line: number }
	| { readonly job: 'flush-table'; readonly table: TableName; readonly verbose: boolean; readonly line: number }
	| { readonly job: 'restore-chain'; readonly table: TableName; readonly chain: string; readonly line: number }
	| {
			readonly job: 'set-chain';
			readonly table: TableName;
			readonly chain: string;
			readonly policy: string;
			readonly packets: number;
			readonly bytes: number;
			readonly line: number;
	  };

/** as the message about a refused operation calls it */
const RULE = { append: 'RULE_APPEND', insert: 'RULE_INSERT', replace: 'RULE_REPLACE', delete: 'RULE_DELETE' } as const;

export class NftRun {
	/** for standard output */
	text = '';
	/** of the job that is being done */
	line = 0;
	/** -L was before: chains that do not exist were thought up for it */
	#listed = false;
	/** "table chain" of the user's chains that this run declares */
	readonly #made = new Set<string>();

	constructor(
		readonly draft: Draft,
		readonly style: Style
	) {}

	/** @throws Failure, CommandError */
	run(jobs: readonly Job[]): void {
		for (const job of jobs) {
			this.line = job.line;
			this.#run(job);
		}
	}

	#run(job: Job): void {
		switch (job.job) {
			case 'request':
				for (const command of ORDER) if (job.request.commands.has(command)) this.#command(command, job.request);
				return;
			case 'flush-table':
				return this.#flushTable(job.table, job.verbose);
			case 'restore-chain':
				return this.#restoreChain(job.table, job.chain);
			case 'set-chain':
				this.#setPolicy(job.table, job.chain, job.policy, job.packets, job.bytes);
		}
	}

	#command(command: CommandName, request: Request): void {
		const table = request.table as TableName;
		const { chain, verbose } = request;
		const { specs, rule } = request;
		switch (command) {
			case 'append':
			case 'insert':
			case 'replace':
			case 'delete':
			case 'check':
				for (const spec of specs) this.#rule(command, table, request, spec);
				return;
			case 'delete-number':
				return this.#deleteNumber(table, chain!, rule - 1);
			case 'flush':
				return this.#flush(table, chain, verbose > 0);
			case 'zero':
				return this.#zero(table, chain, verbose > 0);
			case 'zero-number':
				return this.#zeroRule(table, chain!, rule - 1);
			case 'new-chain':
				return this.#newChain(table, chain!);
			case 'delete-chain':
				return this.#deleteChains(table, chain, verbose > 0);
			case 'rename-chain':
				return this.#renameChain(table, chain!, request.newName!);
			case 'policy':
				return this.#setPolicy(
					table,
					chain!,
					request.policy!,
					request.counters?.packets ?? 0,
					request.counters?.bytes ?? 0
				);
			default:
				this.#list(command, table, request);
		}
	}

	/* ---- tables and chains that come to be */

	#makeTable(table: TableName): Map<string, DraftChain> {
		const there = this.draft.tables.get(table);
		if (there) return there;
		const chains = new Map<string, DraftChain>();
		this.draft.tables.set(table, chains);
		this.draft.do({ do: 'add-table', table, chains: [] }, 'TABLE_ADD', `table ${table}`, this.line);
		return chains;
	}

	/** The table, and the chain if it is a built-in one; with null all of them. */
	#makeBuiltIn(table: TableName, chain: string | null): void {
		const chains = this.#makeTable(table);
		for (const hook of BUILT_IN[table]) {
			if ((chain !== null && hook !== chain) || chains.has(hook)) continue;
			chains.set(hook, emptyChain(hook, hook));
			this.draft.do({ do: 'add-chain', table, chain: hook }, 'CHAIN_ADD', `chain ${hook}`, this.line);
		}
	}

	#find(table: TableName, chain: string, doing: Doing): DraftChain {
		const found = this.draft.chain(table, chain);
		if (!found) throw new Failure(doing, 'ENOENT');
		return found;
	}

	/* ---- rules */

	#rule(command: keyof typeof RULE | 'check', table: TableName, request: Request, spec: RuleSpec): void {
		const wanted = request.chainWanted;
		if (wanted !== null && !isBuiltIn(table, wanted) && !this.draft.chain(table, wanted))
			throw new CommandError(`Chain '${wanted}' does not exist`, 2);
		const kept: KeptRule = { ...spec, packets: request.counters?.packets ?? 0, bytes: request.counters?.bytes ?? 0 };
		const name = request.chain!;
		switch (command) {
			case 'append':
				this.#makeBuiltIn(table, name);
				if (request.verbose) this.#say(spec);
				return this.#put('insert', 'append', table, this.#find(table, name, command), Infinity, kept, spec, request);
			case 'insert':
				return this.#insert(table, request, kept, spec);
			case 'replace': {
				const chain = this.#find(table, name, command);
				if (request.rule > chain.rules.length) throw new Failure(command, 'E2BIG');
				if (request.verbose) this.#say(spec);
				return this.#put('replace', 'replace', table, chain, request.rule - 1, kept, spec, request);
			}
			case 'delete':
			case 'check': {
				const chain = this.#find(table, name, command);
				const at = chain.rules.findIndex((rule) => sameRule(rule, spec, 'nf_tables'));
				if (at < 0) throw new Failure(command, 'ENOENT');
				const rule = chain.rules[at]!;
				if (command === 'delete') this.#delete(table, chain, at);
				if (request.verbose) this.#say(rule);
			}
		}
	}

	#insert(table: TableName, request: Request, kept: KeptRule, spec: RuleSpec): void {
		const name = request.chain!;
		this.#makeBuiltIn(table, name);
		const chain = this.#find(table, name, 'insert');
		const at = request.rule - 1;
		if (at > chain.rules.length) throw new Failure('insert', 'E2BIG');
		if (request.verbose) this.#say(kept);
		const what = at > 0 && at === chain.rules.length ? 'append' : 'insert';
		this.#put('insert', what, table, chain, at, kept, spec, request);
	}

	#put(
		how: 'insert' | 'replace',
		what: keyof typeof RULE,
		table: TableName,
		chain: DraftChain,
		at: number,
		kept: KeptRule,
		spec: RuleSpec,
		request: Request
	): void {
		const rule = Math.min(at, chain.rules.length);
		const { packets, bytes } = kept;
		if (how === 'replace') chain.rules[rule] = kept;
		else if (rule === chain.rules.length) chain.rules.push(kept);
		else chain.rules.splice(rule, 0, kept);
		const { origin } = request;
		const operation = { do: how, table, chain: chain.name, rule, spec, packets, bytes, origin };
		this.draft.do(operation, RULE[what], `rule in chain ${chain.name}`, this.line);
	}

	#delete(table: TableName, chain: DraftChain, at: number): void {
		chain.rules.splice(at, 1);
		const operation = { do: 'delete', table, chain: chain.name, rule: at } as const;
		this.draft.do(operation, RULE.delete, `rule in chain ${chain.name}`, this.line);
	}

	#deleteNumber(table: TableName, name: string, at: number): void {
		const chain = this.#find(table, name, 'delete-number');
		if (at >= chain.rules.length) throw new Failure('delete-number', 'E2BIG');
		this.#delete(table, chain, at);
	}

	#zeroRule(table: TableName, name: string, at: number): void {
		const chain = this.#find(table, name, 'zero-number');
		const rule = chain.rules[at];
		if (!rule) throw new Failure('zero-number', 'ENOENT');
		chain.rules[at] = { ...rule, packets: 0, bytes: 0 };
		const operation = { do: 'zero', table, chain: name, rule: at } as const;
		this.draft.do(operation, 'RULE_REPLACE', `rule in chain ${name}`, this.line);
	}

	#say(rule: RuleSpec): void {
		this.text += ruleLine(rule, this.style);
	}

	/* ---- chains */

	#flush(table: TableName, name: string | null, verbose: boolean): void {
		if (name !== null || verbose) this.#makeBuiltIn(table, name);
		else if (!this.draft.tables.has(table)) return;
		const chains = name === null ? this.draft.sorted(table) : [this.#find(table, name, 'flush')];
		for (const chain of chains) {
			if (verbose) this.text += `Flushing chain \`${chain.name}'\n`;
			chain.rules = [];
			const operation = { do: 'flush', table, chain: chain.name } as const;
			this.draft.do(operation, 'RULE_FLUSH', `rule in chain ${name ?? '(null)'}`, this.line);
		}
	}

	#zero(table: TableName, name: string | null, verbose: boolean): void {
		const all = this.#listed ? this.draft.shown(table) : verbose ? this.draft.sorted(table) : this.#unsorted(table);
		const chains = name === null ? all : all.filter((chain) => chain.name === name);
		if (name !== null && chains.length === 0) throw new Failure('zero', 'ENOENT');
		for (const chain of chains) {
			if (verbose) this.text += `Zeroing chain \`${chain.name}'\n`;
			if (!this.draft.chain(table, chain.name)) this.#bringAbout(table, chain.name);
			chain.packets = chain.bytes = 0;
			chain.rules = chain.rules.map((rule) => ({ ...rule, packets: 0, bytes: 0 }));
			const operation = { do: 'zero', table, chain: chain.name } as const;
			this.draft.do(operation, 'CHAIN_ZERO', `chain ${chain.name}`, this.line);
		}
	}

	/** A built-in chain that was only thought up comes to be when it is set to zero, but its table does not. */
	#bringAbout(table: TableName, chain: string): void {
		if (!this.draft.tables.has(table)) return;
		this.#makeBuiltIn(table, chain);
	}

	#newChain(table: TableName, name: string): void {
		if (isBuiltIn(table, name) || this.draft.chain(table, name)) throw new Failure('new-chain', 'EEXIST');
		this.#addChain(table, name);
	}

	#addChain(table: TableName, name: string): void {
		this.#made.add(`${table} ${name}`);
		this.#makeTable(table).set(name, emptyChain(name, null));
		this.draft.do({ do: 'add-chain', table, chain: name }, 'CHAIN_USER_ADD', `chain ${name}`, this.line);
	}

	/** A chain that was not named stays if it is a built-in one with rules or with a policy; one that was, fails. */
	#deleteChains(table: TableName, name: string | null, verbose: boolean): void {
		const all = verbose ? this.draft.sorted(table) : this.#unsorted(table);
		for (const chain of name === null ? all : [this.#find(table, name, 'delete-chain')]) {
			if (verbose && !chain.hook) this.text += `Deleting chain \`${chain.name}'\n`;
			const keep = chain.hook !== null && (chain.policy !== 'ACCEPT' || (name === null && chain.rules.length > 0));
			if (keep && name !== null) throw new Failure('delete-chain', 'EBUSY');
			if (keep) continue;
			const operation = { do: 'delete-chain', table, chain: chain.name } as const;
			this.draft.do(operation, 'CHAIN_DEL', `chain ${chain.name}`, this.line);
			this.draft.tables.get(table)?.delete(chain.name);
		}
	}

	/** Built-in ones first, the user's as they were made. */
	#unsorted(table: TableName): DraftChain[] {
		const all = [...(this.draft.tables.get(table)?.values() ?? [])];
		return [...all.filter(({ hook }) => hook), ...all.filter(({ hook }) => !hook)];
	}

	#renameChain(table: TableName, name: string, to: string): void {
		if (isBuiltIn(table, to) || this.draft.chain(table, to)) throw new Failure('rename-chain', 'EEXIST');
		this.#find(table, name, 'rename-chain');
		// the kernel is asked by a number, which a chain of this very text has not got yet
		const chain = this.#made.has(`${table} ${name}`) ? '' : name;
		this.draft.do({ do: 'rename-chain', table, chain, to }, 'CHAIN_RENAME', `chain ${to}`, this.line);
	}

	#setPolicy(table: TableName, name: string, policy: string, packets: number, bytes: number): void {
		if (policy !== 'DROP' && policy !== 'ACCEPT' && policy !== '-') throw new Failure('policy', 'EINVAL');
		if (!isBuiltIn(table, name)) throw new Failure('policy', 'ENOENT');
		this.#makeBuiltIn(table, name);
		const chain = this.draft.chain(table, name)!;
		if (policy !== '-') chain.policy = policy;
		[chain.packets, chain.bytes] = [packets, bytes];
		const operation = { do: 'policy', table, chain: name, policy: chain.policy ?? 'ACCEPT', packets, bytes } as const;
		this.draft.do(operation, 'CHAIN_UPDATE', `chain ${name}`, this.line);
	}

	/* ---- iptables-restore */

	#flushTable(table: TableName, verbose: boolean): void {
		if (verbose) {
			this.#flush(table, null, true);
			this.#deleteChains(table, null, true);
			return;
		}
		if (!this.draft.tables.delete(table)) return;
		this.draft.do({ do: 'delete-table', table }, 'TABLE_FLUSH', `table ${table}`, this.line);
	}

	/** A user's chain: made, or emptied when it is there. */
	#restoreChain(table: TableName, name: string): void {
		const chain = this.draft.chain(table, name);
		if (!chain) return this.#addChain(table, name);
		this.#made.add(`${table} ${name}`);
		chain.rules = [];
		const operation = { do: 'flush', table, chain: name } as const;
		this.draft.do(operation, 'RULE_FLUSH', `rule in chain ${name}`, this.line);
	}

	/* ---- listing */

	#list(command: CommandName, table: TableName, request: Request): void {
		this.#listed = true;
		const all = this.draft.shown(table);
		const chains = request.chain === null ? all : all.filter(({ name }) => name === request.chain);
		if (chains.length === 0)
			throw new CommandError(`chain \`${request.chain!}' in table \`${table}' is incompatible, use 'nft' tool.`, 1);
		const style = { ...this.style, ...styleOf(request) };
		// the number counts for a named chain only
		const number = request.chain === null ? 0 : request.rule;
		this.text += command === 'list' ? listTable(chains, number, style) : listRules(chains, number, style);
	}
}

/** listing comes before setting to zero */
const ORDER: readonly CommandName[] = [
	'append',
	'insert',
	'replace',
	'delete',
	'check',
	'delete-number',
	'flush',
	'list',
	'list-rules',
	'zero',
	'zero-number',
	'new-chain',
	'delete-chain',
	'rename-chain',
	'policy'
];

export { ORDER as COMMAND_ORDER };

export function isBuiltIn(table: TableName, chain: string): chain is HookName {
	return (BUILT_IN[table] as readonly string[]).includes(chain);
}

export function styleOf(request: Request): Pick<Style, 'numeric' | 'verbose' | 'exact' | 'lineNumbers'> {
	const { numeric, verbose, exact, lineNumbers } = request;
	return { numeric, verbose: verbose > 0, exact, lineNumbers };
}
