/**
 * What iptables-legacy does with a request: all of one table is read, changed in memory (libiptc), and written back at the
 * end. Each step fails by itself; the kernel looks at the whole only when it is written.
 */
import type { RuleSpec, TableName } from '#netfilter/rule';
import { Draft, emptyChain, Failure, leadsTo, sameRule, type DraftChain, type KeptRule } from './draft';
import { listRules, listTable } from './list';
import { COMMAND_ORDER, styleOf } from './nft';
import { ruleLine, type Style } from './print-rule';
import { CommandError, type CommandName, type Counters, type Request } from './request';
import type { Doing } from './variant';

export class LegacyTable {
	/** for standard output */
	text = '';

	constructor(
		readonly draft: Draft,
		readonly table: TableName,
		public style: Style
	) {}

	/** @throws Failure, CommandError */
	run(request: Request): void {
		const specs = request.specs.map((spec) => this.#resolved(request, spec));
		for (const command of COMMAND_ORDER) if (request.commands.has(command)) this.#command(command, request, specs);
	}

	/** A chain of the name of a target goes before the target. */
	#resolved(request: Request, spec: RuleSpec): RuleSpec {
		const { target } = spec;
		if (target.kind === 'extension' && this.#chain(target.name)) {
			this.style.warn(`Warning: using chain ${target.name}, not extension\n`);
			return { ...spec, target: { kind: 'jump', chain: target.name } };
		}
		const wanted = leadsTo(target);
		if (wanted === null || this.#chain(wanted)) return spec;
		if (target.kind === 'goto') throw new CommandError(`goto '${wanted}' is not a chain`, 2);
		throw new CommandError(`Couldn't load target \`${wanted}':No such file or directory\n`, 2);
	}

	#chain(name: string): DraftChain | undefined {
		return this.draft.chain(this.table, name);
	}

	#find(name: string, doing: Doing): DraftChain {
		const chain = this.#chain(name);
		if (!chain) throw new Failure(doing, 'ENOENT');
		return chain;
	}

	/** The one named, or all, the built-in ones too or not; each is announced before it is looked for. */
	*#each(name: string | null, doing: Doing, announce: string | null, builtIn = true): Generator<DraftChain> {
		const all = this.draft.sorted(this.table).filter(({ hook }) => builtIn || hook === null);
		for (const one of name === null ? all.map((chain) => chain.name) : [name]) {
			if (announce !== null) this.text += `${announce} chain \`${one}'\n`;
			yield this.#find(one, doing);
		}
	}

	#command(command: CommandName, request: Request, specs: readonly RuleSpec[]): void {
		const { chain, verbose } = request;
		switch (command) {
			case 'append':
			case 'insert':
			case 'replace':
			case 'delete':
			case 'check':
				return this.#rules(command, request, specs);
			case 'delete-number': {
				const found = this.#find(chain!, 'delete-number');
				if (request.rule > found.rules.length) throw new Failure('delete-number', 'E2BIG');
				return this.#delete(found, request.rule - 1);
			}
			case 'flush':
				for (const one of this.#each(chain, 'flush', verbose > 0 ? 'Flushing' : null)) this.#flush(one);
				return;
			case 'zero':
				for (const one of this.#each(chain, 'zero', verbose > 0 ? 'Zeroing' : null)) this.#zero(one);
				return;
			case 'zero-number':
				return this.#zeroRule(chain!, request.rule - 1);
			case 'new-chain':
				return this.newChain(chain!);
			case 'delete-chain':
				return this.deleteChains(chain, verbose > 0);
			case 'rename-chain':
				return this.#rename(chain!, request.newName!);
			case 'policy':
				return this.setPolicy(chain!, request.policy!, request.counters ?? undefined);
			default:
				this.#list(command, request);
		}
	}

	/* ---- rules */

	#rules(
		command: 'append' | 'insert' | 'replace' | 'delete' | 'check',
		request: Request,
		specs: readonly RuleSpec[]
	): void {
		for (const spec of specs) {
			if (request.verbose) this.text += ruleLine(spec, this.style);
			const chain = this.#find(request.chain!, command);
			const { rules } = chain;
			const wanted = leadsTo(spec.target);
			if (wanted !== null && this.#chain(wanted)!.hook) throw new Failure('list', 'EINVAL');
			if (command === 'delete' || command === 'check') {
				const at = rules.findIndex((rule) => sameRule(rule, spec, 'legacy'));
				// libiptc forgets what it was doing when it looks a target up
				const plain = spec.target.kind === 'none' || spec.target.kind === 'verdict';
				if (at < 0) throw new Failure(plain ? command : 'list', 'ENOENT');
				if (command === 'delete') this.#delete(chain, at);
				continue;
			}
			const at = command === 'append' ? rules.length : request.rule - 1;
			if (at > (command === 'replace' ? rules.length - 1 : rules.length)) throw new Failure(command, 'E2BIG');
			this.#put(command === 'replace' ? 'replace' : 'insert', chain, at, spec, request);
		}
	}

	#put(how: 'insert' | 'replace', chain: DraftChain, at: number, spec: RuleSpec, request: Request): void {
		const { packets, bytes } = request.counters ?? { packets: 0, bytes: 0 };
		const kept: KeptRule = { ...spec, packets, bytes };
		if (how === 'replace') chain.rules[at] = kept;
		else if (at === chain.rules.length) chain.rules.push(kept);
		else chain.rules.splice(at, 0, kept);
		const { origin } = request;
		this.draft.do({ do: how, table: this.table, chain: chain.name, rule: at, spec, packets, bytes, origin }, '', '', 0);
	}

	#delete(chain: DraftChain, at: number): void {
		chain.rules.splice(at, 1);
		this.draft.do({ do: 'delete', table: this.table, chain: chain.name, rule: at }, '', '', 0);
	}

	#zeroRule(name: string, at: number): void {
		const chain = this.#find(name, 'zero-number');
		const rule = chain.rules[at];
		if (!rule) throw new Failure('zero-number', 'E2BIG');
		chain.rules[at] = { ...rule, packets: 0, bytes: 0 };
		this.draft.do({ do: 'zero', table: this.table, chain: name, rule: at }, '', '', 0);
	}

	/* ---- chains */

	#flush(chain: DraftChain): void {
		chain.rules = [];
		this.draft.do({ do: 'flush', table: this.table, chain: chain.name }, '', '', 0);
	}

	flushAll(verbose: boolean): void {
		for (const chain of this.#each(null, 'flush', verbose ? 'Flushing' : null)) this.#flush(chain);
	}

	flushChain(name: string): void {
		this.#flush(this.#find(name, 'flush'));
	}

	#zero(chain: DraftChain): void {
		chain.packets = chain.bytes = 0;
		chain.rules = chain.rules.map((rule) => ({ ...rule, packets: 0, bytes: 0 }));
		this.draft.do({ do: 'zero', table: this.table, chain: chain.name }, '', '', 0);
	}

	newChain(name: string): void {
		if (this.#chain(name) || STANDARD.includes(name)) throw new Failure('new-chain', 'EEXIST');
		this.draft.tables.get(this.table)!.set(name, emptyChain(name, null));
		this.draft.do({ do: 'add-chain', table: this.table, chain: name }, '', '', 0);
	}

	/** Of all chains each is tried; the last failure counts. */
	deleteChains(name: string | null, verbose: boolean): void {
		let failure: Failure | null = null;
		for (const chain of this.#each(name, 'delete-chain', verbose ? 'Deleting' : null, false)) {
			const errno = this.#whyNotDelete(chain);
			if (errno !== null) {
				failure = new Failure('delete-chain', errno);
				continue;
			}
			this.draft.tables.get(this.table)!.delete(chain.name);
			this.draft.do({ do: 'delete-chain', table: this.table, chain: chain.name }, '', '', 0);
		}
		if (failure) throw failure;
	}

	#whyNotDelete(chain: DraftChain): string | null {
		if (chain.hook) return 'EINVAL';
		if (this.#references(chain.name) > 0) return 'EMLINK';
		return chain.rules.length > 0 ? 'ENOTEMPTY' : null;
	}

	#references(name: string): number {
		let count = 0;
		for (const { rules } of this.draft.tables.get(this.table)!.values())
			for (const { target } of rules) if (leadsTo(target) === name) count++;
		return count;
	}

	#rename(name: string, to: string): void {
		if (this.#chain(to) || STANDARD.includes(to)) throw new Failure('rename-chain', 'EEXIST');
		const chain = this.#find(name, 'rename-chain');
		if (chain.hook) throw new Failure('rename-chain', 'ENOENT');
		this.draft.do({ do: 'rename-chain', table: this.table, chain: name, to }, '', '', 0);
	}

	/** The counters go to zero when none are given. */
	setPolicy(name: string, policy: string, { packets, bytes }: Counters = { packets: 0, bytes: 0 }): void {
		const chain = this.#find(name, 'policy');
		if (!chain.hook) throw new Failure('policy', 'ENOENT');
		if (policy !== 'ACCEPT' && policy !== 'DROP') throw new Failure('policy', 'EINVAL');
		chain.policy = policy;
		[chain.packets, chain.bytes] = [packets, bytes];
		this.draft.do({ do: 'policy', table: this.table, chain: name, policy, packets, bytes }, '', '', 0);
	}

	/* ---- listing */

	#list(command: CommandName, request: Request): void {
		const all = this.draft.sorted(this.table);
		const chains = request.chain === null ? all : all.filter(({ name }) => name === request.chain);
		if (chains.length === 0) throw new Failure('list', 'ENOENT');
		const style = { ...this.style, ...styleOf(request) };
		this.text += command === 'list' ? listTable(chains, request.rule, style) : listRules(chains, request.rule, style);
	}
}

const STANDARD = ['ACCEPT', 'DROP', 'QUEUE', 'RETURN'];
