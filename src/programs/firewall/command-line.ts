/**
 * One command line of iptables or one line of iptables-restore, read into a `Request` (do_parse of the real one, 1.8.9).
 *
 * Reads:  names through `Names`; nothing of the rules that are there.
 * Throws: `CommandError` with the number of the word where it was seen, `Answered` for -V and -h.
 */
import { parseNetworks, type Network } from '#netfilter/address';
import {
	OptionError, type AnyMatch, type AnyTarget, type CommandContext, type Names, type OptionRow
} from '#netfilter/extension'; // prettier-ignore
import { findMatch } from '#netfilter/extensions/matches';
import { findTarget } from '#netfilter/extensions/targets';
import { parseNumber } from '#netfilter/number';
import { checkOptions, parseOption } from '#netfilter/option';
import { parseProtocol, protocolName } from '#netfilter/protocol';
import type { Family, InterfaceMatch, Origin, RuleSpec, TargetUse, Variant } from '#netfilter/rule';
import { byteLength } from '#netfilter/text';
import { extensionHelp, helpText, STANDARD_HELP } from './help';
import { LongOptions, type LongOption } from './long-options';
import {
	addressMatch, ALLOWED, assertChainName, COMMANDS, EXTENSION_HEADERS, INVERTIBLE, isTarget, letterOf, NAME_LIMIT,
	RULE_COMMANDS, scanCounter, scanWait, scanWaitInterval, targetName, VERDICTS
} from './own-options'; // prettier-ignore
import { Answered, CommandError, type CommandName, type Counters, type Request } from './request';
import { isTable, VERSION } from './variant';
import { Words, type Token } from './words';

const INTERFACE_LIMIT = 15;
type VerdictName = (typeof VERDICTS)[number];

export interface Setting {
	readonly family: Family;
	readonly variant: Variant;
	readonly names: Names;
	/** null on the command line; else the restoring program's name */
	readonly restore: string | null;
	/** chains that a restored text has named: they go before targets of that name */
	readonly announced?: ReadonlySet<string>;
	/** prints to standard error */
	warn(text: string): void;
}

/** A match or target that the line has loaded. */
interface Loaded {
	readonly kind: 'match' | 'target';
	readonly name: string;
	readonly extension: AnyMatch | AnyTarget;
	readonly draft: unknown;
	readonly seen: Set<string>;
	/** a later match of the same name takes the options */
	completed: boolean;
}

/**
 * @param words with the program's name first
 * @param origin of the rules that it makes; absent where none will be made
 */
export function parseCommandLine(words: readonly string[], setting: Setting, origin?: Origin): Request {
	return new CommandLine(words, setting, origin).parse();
}

class CommandLine {
	readonly #options = new LongOptions<Loaded>();
	readonly #words: Words<Loaded>;
	readonly #context: CommandContext;
	/** what the extensions may look at while the line is read */
	readonly #rule: { -readonly [K in keyof CommandContext['rule']]: CommandContext['rule'][K] };
	readonly #commands = new Set<CommandName>();
	readonly #given = new Set<string>();
	readonly #inverted = new Set<string>();
	#table = 'filter';
	readonly #matches: Loaded[] = [];
	#target: Loaded | null = null;
	#jump: string | null = null;
	#goto = false;
	#invert = false;
	#tableGiven = false;
	#chain: string | null = null;
	#number = 0;
	#newName: string | null = null;
	#policy: string | null = null;
	#protocol: string | null = null;
	#protocolTried = false;
	#source: string | null = null;
	#destination: string | null = null;
	#counters: Counters | null = null;
	#verbose = 0;
	#wait = 0;
	#waitInterval = false;
	/** of the option being read */
	#word: number | undefined = 0;

	constructor(
		words: readonly string[],
		readonly setting: Setting,
		readonly origin: Origin | undefined
	) {
		this.#words = new Words(words, this.#options);
		this.#rule = { protocol: null, source: null, destination: null, incoming: null, outgoing: null };
		const { family, variant, names } = setting;
		const warn = (text: string): void => setting.warn(`${text}\n`);
		this.#context = { family, variant, names, numeric: false, rule: this.#rule, warn };
	}

	parse(): Request {
		try {
			for (;;) {
				this.#word = this.#words.at;
				const token = this.#words.next();
				if (!token) break;
				if (!this.#read(token)) return this.#request([]);
			}
			this.#word = undefined;
			return this.#finish();
		} catch (thrown) {
			if (thrown instanceof OptionError) throw this.#complaint(thrown);
			throw thrown;
		}
	}

	#complaint({ text, kind }: OptionError): CommandError {
		const status = kind === 'parameter' ? 2 : kind === 'other' ? 1 : kind === 'resource' ? 4 : 3;
		return new CommandError(text, status, this.#word);
	}

	/** @returns false when the rest is of no interest: the line is for the other family */
	#read(token: Token<Loaded>): boolean {
		switch (token.kind) {
			case 'word':
				this.#readWord(token.word);
				return true;
			case 'own':
				if (!this.#readOwn(token.letter, token.argument)) return false;
				break;
			default:
				// a protocol's match that was loaded just now: the word is read again, with its "!"
				if (this.#readExtension(token)) return true;
		}
		this.#invert = false;
		return true;
	}

	#readWord(word: string): void {
		if (word !== '!') throw new CommandError(null, 2, this.#word, `Bad argument \`${word}'\n`);
		if (this.#invert) throw new OptionError('multiple consecutive ! not allowed');
		this.#invert = true;
	}

	/* ---- matches' and targets' options */

	/** @returns true when the word is to be read again */
	#readExtension(token: Exclude<Token<Loaded>, { kind: 'word' | 'own' }>): boolean {
		if (token.kind === 'extension' && this.#give(token.option, token.argument)) return false;
		if (this.#loadProtocol()) {
			this.#words.again();
			return true;
		}
		const { last } = this.#words;
		if (token.kind === 'missing') throw new OptionError(`option "${last}" requires an argument`);
		if (token.kind === 'unknown') throw new OptionError(`unknown option "${last}"`);
		throw new OptionError(`Unknown arg "${token.argument ?? '(null)'}"`);
	}

	#give(option: LongOption<Loaded>, argument: string | null): boolean {
		const loaded = option.owner!;
		const row = option.row as OptionRow;
		if (loaded.completed) return false;
		const { draft, extension, seen } = loaded;
		let second: string | undefined;
		if (row.second && this.#words.hasArgument) second = this.#words.shift();
		// the messages know an option by the first of its names
		const first = extension.options.find(({ id }) => id === row.id)!;
		const parsed = parseOption(extension.name, first, argument, this.#invert, seen, this.#context);
		const typed =
			first === row && second === undefined
				? parsed
				: { ...parsed, name: row.name, ...(second !== undefined && { second }) };
		extension.parse?.(draft as never, typed, this.#context);
		seen.add(row.id);
		return true;
	}

	/** "-p tcp" stands for "-m tcp" as soon as an option is not known otherwise. */
	#loadProtocol(): boolean {
		if (this.#protocol === null || this.#protocolTried) return false;
		this.#protocolTried = true;
		const number = parseNumber(this.#protocol, 0, 255);
		const name = number === undefined ? this.#protocol : protocolName(number, this.setting.names);
		return name !== undefined && this.#loadMatch(name);
	}

	#loadMatch(name: string): boolean {
		if (byteLength(name) >= NAME_LIMIT)
			throw new OptionError(`Invalid match name "${name}" (${NAME_LIMIT - 1} chars max)`);
		const extension = findMatch(name === 'ipv6-icmp' ? 'icmpv6' : name, this.setting.family);
		if (!extension) return false;
		for (const other of this.#matches) if (other.extension === extension) other.completed = true;
		this.#matches.push(this.#load('match', name, extension));
		return true;
	}

	#load(kind: Loaded['kind'], name: string, extension: AnyMatch | AnyTarget): Loaded {
		const draft: unknown = extension.init(this.#context);
		const loaded: Loaded = { kind, name, extension, draft, seen: new Set(), completed: false };
		this.#options.load(loaded, extension.options);
		return loaded;
	}

	/* ---- the command's own options */

	/** @returns false when the line is for the other family */
	#readOwn(letter: string, argument: string | null): boolean {
		const command = COMMANDS.find(([, one]) => one === letter)?.[0];
		if (command) this.#readCommand(command, argument);
		else if (letter === '4' || letter === '6') return this.#readFamily(letter);
		else this.#readOption(letter, argument ?? '', argument);
		return true;
	}

	#readFamily(letter: string): boolean {
		if ((letter === '4') === (this.setting.family === 'ip')) return true;
		if (this.setting.restore !== null) return false;
		throw new CommandError(null, 2, this.#word);
	}

	#addCommand(command: CommandName, others: readonly CommandName[] = []): void {
		if (this.#invert) throw new OptionError("unexpected '!' flag");
		const clash = COMMANDS.find(([one]) => this.#commands.has(one) && !others.includes(one));
		if (clash) throw new OptionError(`Cannot use -${letterOf(command)} with -${clash[1]}`);
		this.#commands.add(command);
	}

	#readCommand(command: CommandName, argument: string | null): void {
		const words = this.#words;
		switch (command) {
			case 'append':
			case 'check':
				this.#addCommand(command);
				this.#chain = argument;
				return;
			case 'delete':
				this.#addCommand('delete');
				this.#chain = argument;
				if (words.hasArgument) {
					this.#number = this.#ruleNumber();
					this.#commands.delete('delete');
					this.#commands.add('delete-number');
				}
				return;
			case 'replace':
			case 'insert':
				this.#addCommand(command);
				this.#chain = argument;
				if (words.hasArgument) this.#number = this.#ruleNumber();
				else if (command === 'insert') this.#number = 1;
				else throw new OptionError('-R requires a rule number');
				return;
			case 'new-chain':
				assertChainName(argument!, isTarget(argument!, this.setting.family));
				this.#addCommand(command);
				this.#chain = argument;
				return;
			case 'rename-chain':
			case 'policy':
				return this.#readPair(command, argument);
			default:
				return this.#readListing(command, argument);
		}
	}

	#readPair(command: 'rename-chain' | 'policy', argument: string | null): void {
		this.#addCommand(command);
		this.#chain = argument;
		const second = this.#words.hasArgument ? this.#words.shift() : undefined;
		if (command === 'policy') {
			if (second === undefined) throw new OptionError('-P requires a chain and a policy');
			this.#policy = second;
			return;
		}
		if (second === undefined) throw new OptionError('-E requires old-chain-name and new-chain-name');
		this.#newName = second;
	}

	/** -L, -S, -F, -Z, -X: the chain may be missing, the first two and -Z take a rule's number too. */
	#readListing(command: CommandName, argument: string | null): void {
		const words = this.#words;
		const beside: readonly CommandName[] =
			command === 'list' || command === 'list-rules'
				? ['zero', 'zero-number']
				: command === 'zero'
					? ['list', 'list-rules']
					: [];
		this.#addCommand(command, beside);
		if (argument !== null) this.#chain = argument;
		else if (words.hasArgument) this.#chain = words.shift();
		if (command === 'flush' || command === 'delete-chain' || !words.hasArgument) return;
		this.#number = this.#ruleNumber();
		if (command !== 'zero') return;
		// as in the real one, -L beside it is forgotten
		this.#commands.clear();
		this.#commands.add('zero-number');
	}

	#ruleNumber(): number {
		const text = this.#words.shift();
		const number = parseNumber(text, 1, 2147483647);
		if (number === undefined) throw new OptionError(`Invalid rule number \`${text}'`);
		return number;
	}

	#set(letter: string): void {
		if (this.#given.has(letter)) throw new OptionError(`multiple -${letter} flags not allowed`);
		this.#given.add(letter);
		if (!this.#invert) return;
		if (!INVERTIBLE.includes(letter)) throw new OptionError(`cannot have ! before -${letter}`);
		this.#inverted.add(letter);
	}

	#readOption(letter: string, argument: string, given: string | null): void {
		switch (letter) {
			case 'p':
				return this.#readProtocol();
			// the real one takes the word before the next here, and not the argument: "-s10.0.0.1" is read whole
			case 's':
				this.#set(letter);
				this.#source = this.#words.last;
				return;
			case 'd':
				this.#set(letter);
				this.#destination = this.#words.last;
				return;
			case 'j':
				this.#set(letter);
				return this.#readJump(this.#words.last);
			case 'g':
				this.#set('j');
				this.#goto = true;
				this.#jump = targetName(this.#words.last);
				return;
			case 'i':
			case 'o':
				return this.#readInterface(letter, argument);
			case 'f':
				if (this.setting.family === 'ip6') throw new OptionError("`-f' is not supported in IPv6, use -m frag instead");
				return this.#set(letter);
			case 'v':
				if (this.#verbose === 0) this.#set(letter);
				this.#verbose++;
				return;
			case 'm':
				if (this.#invert) throw new OptionError('unexpected ! flag before --match');
				if (!this.#loadMatch(argument))
					throw new OptionError(`Couldn't load match \`${argument}':No such file or directory\n`);
				return;
			case 'n':
			case 'x':
			case '0':
				return this.#set(letter);
			case 'c':
				return this.#readCounters(argument);
			case 't':
				return this.#readTable(argument);
			case 'w':
			case 'W':
				return this.#readWait(letter, given);
			case 'V':
				throw new Answered(this.#invert ? `Not ${this.#version} ;-)\n` : `${this.#program} v${this.#version}\n`);
			case 'h':
				throw new Answered(helpText(this.#program, this.#version, this.setting.family) + this.#usages());
		}
	}

	/** Of the target and the matches so far; `-p tcp -h` asks for tcp's. */
	#usages(): string {
		if (this.#matches.length === 0 && this.#protocol !== null) this.#loadMatch(this.#protocol);
		const standard = (VERDICTS as readonly string[]).includes(this.#jump ?? '') ? STANDARD_HELP : '';
		return [...(this.#target ? [this.#target] : []), ...this.#matches]
			.map((loaded) => extensionHelp(loaded, this.setting.family))
			.reduce((all, one) => all + one, standard);
	}

	get #program(): string {
		const { restore, family } = this.setting;
		return restore ?? (family === 'ip' ? 'iptables' : 'ip6tables');
	}

	get #version(): string {
		return `${VERSION} (${this.setting.variant})`;
	}

	#readTable(argument: string): void {
		if (this.#invert) throw new OptionError('unexpected ! flag before --table');
		const { restore } = this.setting;
		if (restore !== null && this.#tableGiven) throw new OptionError(`The -t option cannot be used in ${restore}.\n`);
		this.#table = argument;
		this.#tableGiven = true;
	}

	#readProtocol(): void {
		this.#set('p');
		this.#protocol = this.#words.last.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
		const number = parseProtocol(this.#protocol, this.setting.names);
		if (number === 0 && this.#invert) throw new OptionError('rule would never match protocol');
		this.#rule.protocol = number === 0 ? null : { number, invert: this.#invert };
		if (this.setting.family === 'ip6' && !this.#invert && EXTENSION_HEADERS.includes(number))
			this.setting.warn(`Warning: never matched protocol: ${this.#protocol}. use extension match instead.\n`);
	}

	#readJump(word: string): void {
		this.#jump = targetName(word);
		if ((VERDICTS as readonly string[]).includes(this.#jump)) return;
		const announced = this.setting.announced?.has(this.#jump);
		const extension = announced ? undefined : findTarget(this.#jump, this.setting.family);
		if (extension) this.#target = this.#load('target', this.#jump, extension);
	}

	#readInterface(letter: 'i' | 'o', argument: string): void {
		if (argument === '') throw new OptionError('Empty interface is likely to be undesired');
		this.#set(letter);
		const name = this.#words.last;
		if (byteLength(name) > INTERFACE_LIMIT)
			throw new OptionError(`interface name \`${name}' must be shorter than IFNAMSIZ (${INTERFACE_LIMIT})`);
		if (/[/ ]/.test(name))
			this.setting.warn(
				`Warning: weird character in interface \`${name}' ('/' and ' ' are not allowed by the kernel).\n`
			);
		const match: InterfaceMatch = { name, invert: this.#invert };
		if (letter === 'i') this.#rule.incoming = match;
		else this.#rule.outgoing = match;
	}

	#readCounters(argument: string): void {
		this.#set('c');
		const comma = argument.indexOf(',', 1);
		const words = this.#words;
		const second = comma >= 0 ? argument.slice(comma + 1) : words.hasArgument ? words.shift() : undefined;
		if (second === undefined) throw new OptionError('-c requires packet and byte counter');
		const packets = scanCounter(argument);
		if (packets === undefined) throw new OptionError('-c packet counter not numeric');
		const bytes = scanCounter(second);
		if (bytes === undefined) throw new OptionError('-c byte counter not numeric');
		this.#counters = { packets, bytes };
	}

	/** -w and -W: there is never anybody else who holds the lock. */
	#readWait(letter: 'w' | 'W', argument: string | null): void {
		if (this.setting.restore !== null) throw new OptionError(`You cannot use \`-${letter}' from iptables-restore`);
		const text = argument ?? (this.#words.hasArgument ? this.#words.shift() : null);
		if (letter === 'w') {
			this.#wait = text === null ? -1 : scanWait(text);
			return;
		}
		scanWaitInterval(text, (warning) => this.setting.warn(warning));
		this.#waitInterval = true;
	}

	/* ---- behind the last word */

	#finish(): Request {
		if (this.#table === 'nat' && (this.#policy === 'DROP' || this.#jump === 'DROP'))
			throw new OptionError(
				'\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n'
			);
		if (this.#wait === 0 && this.#waitInterval) throw new OptionError('--wait-interval only makes sense with --wait\n');
		let late: OptionError | null = null;
		for (const loaded of [...this.#matches, ...(this.#target ? [this.#target] : [])]) {
			const { extension, draft, seen } = loaded;
			const complaint = this.#finishOne(extension, draft, seen);
			late ??= complaint;
			checkOptions(extension.name, extension.options, seen);
		}
		if (this.#words.at < this.#words.words.length) throw new OptionError('unknown arguments found on commandline');
		if (this.#commands.size === 0) throw new OptionError('no command specified');
		if (this.#invert) throw new OptionError('nothing appropriate following !');
		const specs = this.#specs();
		if (this.#commands.has('replace') && specs.length !== 1)
			throw new OptionError('Replacement rule does not specify a unique address');
		this.#checkAllowed();
		if (late && isTable(this.#table)) throw late;
		return this.#request(specs);
	}

	/** @returns what is to be said at the very end */
	#finishOne(extension: AnyMatch | AnyTarget, draft: unknown, seen: ReadonlySet<string>): OptionError | null {
		try {
			extension.finish?.(draft as never, seen, this.#context);
			return null;
		} catch (thrown) {
			if (thrown instanceof OptionError && thrown.late) return thrown;
			throw thrown;
		}
	}

	#checkAllowed(): void {
		for (const [letter, commands] of ALLOWED)
			if (this.#given.has(letter) && !commands.some((command) => this.#commands.has(command)))
				throw new OptionError(`Illegal option \`-${letter}' with this command`);
		const chain = this.#chain;
		if (chain === null) return;
		if (byteLength(chain) >= NAME_LIMIT)
			throw new OptionError(`chain name \`${chain}' too long (must be under ${NAME_LIMIT} chars)`);
		if (!RULE_COMMANDS.some((command) => this.#commands.has(command))) return;
		const unusable =
			chain === 'PREROUTING' || chain === 'INPUT' ? 'o' : chain === 'POSTROUTING' || chain === 'OUTPUT' ? 'i' : '';
		if (unusable !== '' && this.#given.has(unusable)) throw new OptionError(`Can't use -${unusable} with ${chain}\n`);
	}

	#request(specs: readonly RuleSpec[]): Request {
		const extension = this.#target !== null || (VERDICTS as readonly string[]).includes(this.#jump ?? '');
		return {
			commands: this.#commands,
			table: this.#table,
			chain: this.#chain,
			rule: this.#number,
			newName: this.#newName,
			policy: this.#policy,
			specs,
			chainWanted: this.#jump !== null && (this.#goto || !extension) ? this.#jump : null,
			counters: this.#counters,
			verbose: this.#verbose,
			numeric: this.#given.has('n'),
			exact: this.#given.has('x'),
			lineNumbers: this.#given.has('0'),
			origin: this.origin
		};
	}

	#networks(text: string | null): readonly (Network | null)[] {
		return text === null ? [null] : parseNetworks(text, this.setting.family, this.setting.names);
	}

	/** One rule for each pair of source and destination. */
	#specs(): RuleSpec[] {
		const isRule = RULE_COMMANDS.some((command) => this.#commands.has(command));
		const sources = this.#networks(this.#source);
		const destinations = this.#networks(this.#destination);
		const inverted = this.#inverted.has('s') || this.#inverted.has('d');
		if ((sources.length > 1 || destinations.length > 1) && inverted)
			throw new OptionError('! not allowed with multiple source or destination IP addresses');
		if (!isRule) return [];
		const matches = this.#matches.map(({ extension, draft }) => ({ name: extension.name, data: draft }));
		const fragment = this.#given.has('f') ? { invert: this.#inverted.has('f') } : null;
		const target = this.#targetUse();
		const { protocol, incoming, outgoing } = this.#rule;
		return sources.flatMap((source) =>
			destinations.map((destination) => ({
				source: addressMatch(source, this.#inverted.has('s')),
				destination: addressMatch(destination, this.#inverted.has('d')),
				incoming,
				outgoing,
				protocol,
				fragment,
				matches,
				target
			}))
		);
	}

	#targetUse(): TargetUse {
		const jump = this.#jump;
		if (jump === null) return { kind: 'none' };
		if (this.#goto) return { kind: 'goto', chain: jump };
		if (this.#target) return { kind: 'extension', name: this.#target.extension.name, data: this.#target.draft };
		if ((VERDICTS as readonly string[]).includes(jump)) return { kind: 'verdict', verdict: jump as VerdictName };
		return { kind: 'jump', chain: jump };
	}
}
