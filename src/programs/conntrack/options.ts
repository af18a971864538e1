/**
 * The command line of conntrack(8): its options, which command takes which, and the words of its complaints.
 *
 * Options of a protocol (`--sport`, `--state`, `--icmp-type`) are known only behind its `-p`.
 */

/** A complaint: exit status 2 and the "Try" line, or another status without. */
export class CommandError {
	constructor(
		readonly message: string,
		readonly status = 2
	) {}
}

/** The name that messages give an option. */
export type OptionName =
	| 'src'
	| 'dst'
	| 'reply-src'
	| 'reply-dst'
	| 'protonum'
	| 'timeout'
	| 'status'
	| 'zero'
	| 'event-mask'
	| 'tuple-src'
	| 'tuple-dst'
	| 'mask-src'
	| 'mask-dst'
	| 'nat-range'
	| 'mark'
	| 'id'
	| 'family'
	| 'src-nat'
	| 'dst-nat'
	| 'output'
	| 'secmark'
	| 'buffer-size'
	| 'any-nat'
	| 'zone'
	| 'label'
	| 'label-add'
	| 'label-del'
	| 'orig-zone'
	| 'reply-zone';

export type ProtocolOption =
	| 'sport'
	| 'dport'
	| 'reply-port-src'
	| 'reply-port-dst'
	| 'mask-port-src'
	| 'mask-port-dst'
	| 'tuple-port-src'
	| 'tuple-port-dst'
	| 'state'
	| 'icmp-type'
	| 'icmp-code'
	| 'icmp-id';

export type Command =
	| 'dump'
	| 'create'
	| 'add'
	| 'update'
	| 'delete'
	| 'get'
	| 'flush'
	| 'event'
	| 'version'
	| 'help'
	| 'count'
	| 'stats'
	| 'load-file';

export type Table = 'conntrack' | 'expect' | 'dying' | 'unconfirmed';

interface Row<T> {
	readonly id: T;
	readonly letter?: string;
	readonly names: readonly string[];
	readonly argument: 'none' | 'required' | 'optional';
}

const COMMANDS: readonly Row<Command>[] = [
	{ id: 'dump', letter: 'L', names: ['dump'], argument: 'optional' },
	{ id: 'create', letter: 'I', names: ['create'], argument: 'optional' },
	{ id: 'add', letter: 'A', names: ['add'], argument: 'optional' },
	{ id: 'update', letter: 'U', names: ['update'], argument: 'optional' },
	{ id: 'delete', letter: 'D', names: ['delete'], argument: 'optional' },
	{ id: 'get', letter: 'G', names: ['get'], argument: 'optional' },
	{ id: 'flush', letter: 'F', names: ['flush'], argument: 'optional' },
	{ id: 'event', letter: 'E', names: ['event'], argument: 'optional' },
	{ id: 'version', letter: 'V', names: ['version'], argument: 'none' },
	{ id: 'help', letter: 'h', names: ['help'], argument: 'none' },
	{ id: 'count', letter: 'C', names: ['count'], argument: 'optional' },
	{ id: 'stats', letter: 'S', names: ['stats'], argument: 'none' },
	{ id: 'load-file', letter: 'R', names: ['load-file'], argument: 'required' }
];

/** in the order in which the command checks them */
const OPTIONS: readonly Row<OptionName>[] = [
	{ id: 'src', letter: 's', names: ['src', 'orig-src'], argument: 'required' },
	{ id: 'dst', letter: 'd', names: ['dst', 'orig-dst'], argument: 'required' },
	{ id: 'reply-src', letter: 'r', names: ['reply-src'], argument: 'required' },
	{ id: 'reply-dst', letter: 'q', names: ['reply-dst'], argument: 'required' },
	{ id: 'protonum', letter: 'p', names: ['protonum'], argument: 'required' },
	{ id: 'timeout', letter: 't', names: ['timeout'], argument: 'required' },
	{ id: 'status', letter: 'u', names: ['status'], argument: 'required' },
	{ id: 'zero', letter: 'z', names: ['zero'], argument: 'none' },
	{ id: 'event-mask', letter: 'e', names: ['event-mask'], argument: 'required' },
	{ id: 'tuple-src', names: ['tuple-src'], argument: 'required' },
	{ id: 'tuple-dst', names: ['tuple-dst'], argument: 'required' },
	{ id: 'mask-src', names: ['mask-src'], argument: 'required' },
	{ id: 'mask-dst', names: ['mask-dst'], argument: 'required' },
	{ id: 'nat-range', letter: 'a', names: ['nat-range'], argument: 'required' },
	{ id: 'mark', letter: 'm', names: ['mark'], argument: 'required' },
	{ id: 'id', letter: 'i', names: ['id'], argument: 'required' },
	{ id: 'family', letter: 'f', names: ['family'], argument: 'required' },
	{ id: 'src-nat', letter: 'n', names: ['src-nat'], argument: 'optional' },
	{ id: 'dst-nat', letter: 'g', names: ['dst-nat'], argument: 'optional' },
	{ id: 'output', letter: 'o', names: ['output'], argument: 'required' },
	{ id: 'secmark', letter: 'c', names: ['secmark'], argument: 'required' },
	{ id: 'buffer-size', letter: 'b', names: ['buffer-size'], argument: 'required' },
	{ id: 'any-nat', letter: 'j', names: ['any-nat'], argument: 'optional' },
	{ id: 'zone', letter: 'w', names: ['zone'], argument: 'required' },
	{ id: 'label', letter: 'l', names: ['label'], argument: 'required' },
	{ id: 'label-add', names: ['label-add'], argument: 'required' },
	{ id: 'label-del', names: ['label-del'], argument: 'optional' },
	{ id: 'orig-zone', names: ['orig-zone'], argument: 'required' },
	{ id: 'reply-zone', names: ['reply-zone'], argument: 'required' }
];

const ports: readonly Row<ProtocolOption>[] = [
	{ id: 'sport', names: ['orig-port-src', 'sport'], argument: 'required' },
	{ id: 'dport', names: ['orig-port-dst', 'dport'], argument: 'required' },
	{ id: 'reply-port-src', names: ['reply-port-src'], argument: 'required' },
	{ id: 'reply-port-dst', names: ['reply-port-dst'], argument: 'required' },
	{ id: 'mask-port-src', names: ['mask-port-src'], argument: 'required' },
	{ id: 'mask-port-dst', names: ['mask-port-dst'], argument: 'required' },
	{ id: 'tuple-port-src', names: ['tuple-port-src'], argument: 'required' },
	{ id: 'tuple-port-dst', names: ['tuple-port-dst'], argument: 'required' }
];
const state: Row<ProtocolOption> = { id: 'state', names: ['state'], argument: 'required' };

const PROTOCOL_OPTIONS: Readonly<Record<number, readonly Row<ProtocolOption>[]>> = {
	1: [
		{ id: 'icmp-type', names: ['icmp-type'], argument: 'required' },
		{ id: 'icmp-code', names: ['icmp-code'], argument: 'required' },
		{ id: 'icmp-id', names: ['icmp-id'], argument: 'required' }
	],
	6: [...ports, state],
	17: ports,
	33: [...ports, state],
	132: [...ports, state],
	136: ports
};

/** names that -p takes; others are numbers */
const PROTOCOLS: Readonly<Record<string, number>> = {
	icmp: 1,
	tcp: 6,
	udp: 17,
	dccp: 33,
	gre: 47,
	icmpv6: 58,
	sctp: 132,
	udplite: 136
};

const EVERYTHING: readonly OptionName[] = OPTIONS.map((row) => row.id).filter(
	(id) => id !== 'nat-range' && id !== 'label' && id !== 'label-add' && id !== 'label-del'
);
const TUPLES: readonly OptionName[] = ['tuple-src', 'tuple-dst'];
const LISTING: readonly OptionName[] = ['timeout', 'event-mask', ...TUPLES, 'buffer-size', 'id'];
const CREATING: readonly OptionName[] = ['zero', 'event-mask', ...TUPLES, 'secmark', 'buffer-size', 'any-nat', 'id'];
const but = (...allowed: OptionName[]): readonly OptionName[] => EVERYTHING.filter((id) => !allowed.includes(id));

/** what a command does not take */
const ILLEGAL: Readonly<Record<Command | 'none', readonly OptionName[]>> = {
	dump: LISTING,
	create: CREATING,
	add: CREATING,
	update: [...CREATING, 'zone', 'orig-zone', 'reply-zone'],
	delete: CREATING,
	get: but('src', 'dst', 'reply-src', 'reply-dst', 'protonum', 'family', 'output', 'zone', 'orig-zone', 'reply-zone'),
	flush: but('family'),
	event: ['timeout', 'status', 'zero', ...TUPLES, 'id'],
	version: EVERYTHING,
	help: but('protonum'),
	count: EVERYTHING,
	stats: EVERYTHING,
	'load-file': [],
	none: EVERYTHING
};
const ILLEGAL_FOR_EXPECTATIONS: Partial<Record<Command, readonly OptionName[]>> = {
	dump: but('family', 'output'),
	event: but('output'),
	flush: EVERYTHING,
	count: EVERYTHING
};
const NEEDED: Partial<Record<Command, readonly OptionName[]>> = {
	create: ['protonum', 'timeout'],
	add: ['protonum', 'timeout'],
	get: ['protonum']
};
const NEEDED_FOR_EXPECTATIONS: Partial<Record<Command, readonly OptionName[]>> = {
	create: ['src', 'dst'],
	delete: ['src', 'dst'],
	get: ['src', 'dst']
};

/** as -U on a table that cannot: before any option is read */
const TABLES: readonly Table[] = ['conntrack', 'expect', 'dying', 'unconfirmed'];

export interface CommandLine {
	readonly command: Command | null;
	readonly table: Table;
	/** value of each option that was given; the last one counts, `output` gathers */
	readonly options: ReadonlyMap<OptionName, string | null>;
	readonly outputs: readonly string[];
	readonly protocol: number | null;
	readonly protocolOptions: ReadonlyMap<ProtocolOption, string>;
	/** the argument of -R */
	readonly file: string;
	/** lines that do not stop the command */
	readonly warnings: readonly string[];
}

export function parseCommandLine(args: readonly string[]): CommandLine {
	return new Reader(args).read();
}

class Reader {
	#at = 0;
	#command: Command | null = null;
	#table: Table = 'conntrack';
	#file = '';
	#protocol: number | null = null;
	readonly #options = new Map<OptionName, string | null>();
	readonly #protocolOptions = new Map<ProtocolOption, string>();
	readonly #outputs: string[] = [];
	readonly #warnings: string[] = [];

	constructor(readonly args: readonly string[]) {}

	read(): CommandLine {
		while (this.#at < this.args.length) {
			const word = this.args[this.#at++]!;
			if (word === '--') break;
			if (word.startsWith('--')) this.#long(word);
			else if (word.startsWith('-') && word !== '-') this.#letters(word);
		}
		const line: CommandLine = {
			command: this.#command,
			table: this.#table,
			options: this.#options,
			outputs: this.#outputs,
			protocol: this.#protocol,
			protocolOptions: this.#protocolOptions,
			file: this.#file,
			warnings: this.#warnings
		};
		checkOptions(line);
		return line;
	}

	#long(word: string): void {
		const [name, value] = splitOnce(word.slice(2), '=');
		const rows = [...COMMANDS, ...OPTIONS, ...(PROTOCOL_OPTIONS[this.#protocol ?? -1] ?? [])];
		const exact = rows.find((row) => row.names.includes(name));
		const similar = rows.filter((row) => row.names.some((other) => other.startsWith(name)));
		const row = exact ?? (similar.length === 1 ? similar[0] : undefined);
		if (!row || (row.argument === 'none' && value !== undefined)) throw new CommandError(`unknown option \`${word}'`);
		this.#take(row, word, value);
	}

	#letters(word: string): void {
		for (let i = 1; i < word.length; i++) {
			const letter = word[i]!;
			const row = [...COMMANDS, ...OPTIONS].find((one) => one.letter === letter);
			if (!row) throw new CommandError(`unknown option \`-${letter}'`);
			if (row.argument === 'none') {
				this.#take(row, word, undefined);
				continue;
			}
			this.#take(row, word, word.length > i + 1 ? word.slice(i + 1) : undefined);
			return;
		}
	}

	#take(row: Row<Command | OptionName | ProtocolOption>, word: string, attached: string | undefined): void {
		let value = attached;
		if (row.argument === 'required' && value === undefined) {
			value = this.args[this.#at++];
			if (value === undefined) throw new CommandError(`option \`${word}' requires an argument`);
		}
		if (isCommand(row)) return this.#setCommand(row, value);
		if (row.argument === 'optional' && value === undefined) value = this.#nextOperand();
		if (!isGeneral(row)) {
			this.#protocolOptions.set(row.id as ProtocolOption, value!);
			return;
		}
		if (row.id === 'nat-range') this.#warnings.push('WARNING: ignoring -a, deprecated option.');
		else this.#options.set(row.id, value ?? null);
		if (row.id === 'protonum') this.#protocol = protocolNumber(value!);
		if (row.id === 'output') this.#addOutputs(value!);
	}

	#nextOperand(): string | undefined {
		const next = this.args[this.#at];
		if (next === undefined || next.startsWith('-')) return undefined;
		this.#at++;
		return next;
	}

	#setCommand(row: Row<Command>, value: string | undefined): void {
		if (this.#command !== null) throw new CommandError('Invalid commands combination');
		this.#command = row.id;
		if (row.id === 'load-file') this.#file = value!;
		if (row.argument !== 'optional') return;
		const name = this.#nextOperand();
		if (name === undefined) return;
		if (!(TABLES as readonly string[]).includes(name)) throw new CommandError(`unknown type \`${name}'`);
		this.#table = name as Table;
		const listed = this.#table === 'dying' || this.#table === 'unconfirmed';
		if (listed && row.id !== 'dump')
			throw new CommandError("Can't do that command with tables `dying' and `unconfirmed'");
		if (this.#table === 'expect' && row.id === 'update') throw new CommandError("Can't do --update on expectations");
	}

	#addOutputs(list: string): void {
		for (const name of list.split(',')) {
			const known = OUTPUTS.find((one) => one === name.toLowerCase());
			if (!known) throw new CommandError(`Bad parameter \`${name}'`);
			this.#outputs.push(known);
		}
		if (this.#outputs.includes('save') && this.#outputs.length > 1)
			throw new CommandError('cannot combine save output with any other output type, use -o save only', 1);
	}
}

const OUTPUTS = ['xml', 'extended', 'timestamp', 'id', 'ktimestamp', 'labels', 'userspace', 'save'];

function isCommand(row: Row<unknown>): row is Row<Command> {
	return (COMMANDS as readonly Row<unknown>[]).includes(row);
}

function isGeneral(row: Row<unknown>): row is Row<OptionName> {
	return (OPTIONS as readonly Row<unknown>[]).includes(row);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
	const at = text.indexOf(separator);
	return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function protocolNumber(name: string): number {
	const known = PROTOCOLS[name.toLowerCase()];
	if (known !== undefined) return known;
	const number = /^(0x[0-9a-f]+|\d+)$/i.test(name) ? Number(name) : NaN;
	if (!(number < 256)) throw new CommandError(`\`${name}' unsupported protocol`);
	return number;
}

/** Option by option: first what is needed or does not belong, then what the protocol needs. */
function checkOptions({ command, table, options, protocol, protocolOptions }: CommandLine): void {
	const expect = table === 'expect';
	const illegal = (expect && command && ILLEGAL_FOR_EXPECTATIONS[command]) || ILLEGAL[command ?? 'none'];
	const needed = (command && (expect ? NEEDED_FOR_EXPECTATIONS : NEEDED)[command]) || [];
	for (const { id } of OPTIONS) {
		if (!options.has(id) && needed.includes(id))
			throw new CommandError(`You need to supply the \`--${id}' option for this command`);
		if (options.has(id) && illegal.includes(id)) throw new CommandError(`Illegal option \`--${id}' with this command`);
	}
	for (const side of ['src', 'dst'] as const)
		if (options.has(`mask-${side}`) && !options.has(side))
			throw new CommandError(`Can't use --mask-${side} without --${side}`);
	if (options.has('any-nat') && (options.has('src-nat') || options.has('dst-nat')))
		throw new CommandError("cannot specify `--src-nat' or `--dst-nat' with `--any-nat'");
	if (!expect && command && ['create', 'add', 'get'].includes(command))
		checkTuple(command, options, protocol, protocolOptions);
}

/** A whole tuple is needed to make or get one. */
function checkTuple(
	command: Command,
	options: CommandLine['options'],
	protocol: number | null,
	given: CommandLine['protocolOptions']
): void {
	const original = options.has('src') && options.has('dst');
	const reply = options.has('reply-src') && options.has('reply-dst');
	if (!original && !reply) throw new CommandError("you have to specify `--src' and `--dst'");
	const rows = PROTOCOL_OPTIONS[protocol ?? -1] ?? [];
	const need = (id: ProtocolOption): void => {
		if (!given.has(id)) throw new CommandError(`You need to supply the \`--${id}' option for this command`);
	};
	if (protocol === 47) throw new CommandError("you have to specify `--srckey' and `--dstkey'");
	if (protocol === 1) {
		need('icmp-type');
		need('icmp-code');
		return;
	}
	if (rows.includes(state) && command !== 'get') need('state');
	const both = (one: ProtocolOption, other: ProtocolOption): boolean => given.has(one) && given.has(other);
	if (rows.length > 0 && !both('sport', 'dport') && !both('reply-port-src', 'reply-port-dst'))
		throw new CommandError("you have to specify `--sport' and `--dport'");
}
