/** traceroute's command line; words as the real one complains in. */

export type Method = 'default' | 'udp' | 'icmp' | 'tcp';

export interface TraceOptions {
	host: string;
	length: number | undefined;
	method: Method;
	numeric: boolean;
	first: number;
	most: number;
	queries: number;
	/** probes under way at once */
	together: number;
	/** seconds: at most; times a reply of the same hop; times one of a later hop */
	wait: readonly [max: number, here: number, near: number];
	port: number | undefined;
	tos: number;
	dontFragment: boolean;
	device: string | undefined;
	source: string | undefined;
	/** microseconds between probes */
	pause: number;
	/** -O info: show what a TCP answer had set */
	info: boolean;
	/** -O: other TCP flags than SYN */
	flags: number | undefined;
	sourcePort: number | undefined;
}

/** Ends the program. */
export class TraceExit {
	constructor(
		readonly status: number,
		readonly stderr: string,
		readonly stdout = ''
	) {}
}

interface Row {
	readonly short?: string;
	readonly long?: string;
	/** what its argument is called */
	readonly takes?: string;
	/** @returns false for an argument that makes no sense */
	readonly set: (options: TraceOptions, text: string) => boolean | void;
}

function whole(text: string): number | undefined {
	return /^[+-]?(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
}

function numberRow(key: 'first' | 'most' | 'queries' | 'together' | 'port' | 'tos' | 'sourcePort'): Row['set'] {
	return (options, text) => {
		const value = whole(text);
		if (value === undefined) return false;
		options[key] = value;
	};
}

const METHODS: ReadonlySet<string> = new Set(['default', 'udp', 'icmp', 'tcp']);
const TCP_FLAGS: Readonly<Record<string, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };

function refuse(what: string): Row['set'] {
	return () => {
		throw new TraceExit(1, `traceroute: ${what} is not simulated here\n`);
	};
}

const TABLE: readonly Row[] = [
	{ short: '4', set: () => {} },
	{ short: '6', set: (options) => void (options.host = '6') },
	{ short: 'd', long: 'debug', set: () => {} },
	{ short: 'F', long: 'dont-fragment', set: (options) => void (options.dontFragment = true) },
	{ short: 'f', long: 'first', takes: 'first_ttl', set: numberRow('first') },
	{ short: 'g', long: 'gateway', takes: 'gate,...', set: refuse('source routing (-g)') },
	{ short: 'I', long: 'icmp', set: (options) => void (options.method = 'icmp') },
	{ short: 'T', long: 'tcp', set: (options) => void (options.method = 'tcp') },
	{ short: 'i', long: 'interface', takes: 'device', set: (options, text) => void (options.device = text) },
	{ short: 'm', long: 'max-hops', takes: 'max_ttl', set: numberRow('most') },
	{ short: 'N', long: 'sim-queries', takes: 'squeries', set: numberRow('together') },
	{ short: 'n', set: (options) => void (options.numeric = true) },
	{ short: 'p', long: 'port', takes: 'port', set: numberRow('port') },
	{ short: 't', long: 'tos', takes: 'tos', set: numberRow('tos') },
	{ short: 'l', long: 'flowlabel', takes: 'flow_label', set: () => {} },
	{ short: 'w', long: 'wait', takes: 'MAX,HERE,NEAR', set: setWait },
	{ short: 'q', long: 'queries', takes: 'nqueries', set: numberRow('queries') },
	{ short: 'r', set: () => {} },
	{ short: 's', long: 'source', takes: 'src_addr', set: (options, text) => void (options.source = text) },
	{
		short: 'z',
		long: 'sendwait',
		takes: 'sendwait',
		set: (options, text) => {
			if (!/^\d*\.?\d+$/.test(text)) return false;
			const value = Number(text);
			options.pause = value > 10 ? value * 1000 : value * 1_000_000;
		}
	},
	{ short: 'e', long: 'extensions', set: () => {} },
	{ short: 'A', long: 'as-path-lookups', set: refuse('the lookup of AS paths (-A)') },
	{
		short: 'M',
		long: 'module',
		takes: 'name',
		set: (options, text) => {
			if (!METHODS.has(text)) throw new TraceExit(2, `Unknown traceroute module ${text}\n`);
			options.method = text as Method;
		}
	},
	{ short: 'O', long: 'options', takes: 'OPTS,...', set: setModuleOptions },
	{ long: 'sport', takes: 'num', set: numberRow('sourcePort') },
	{ long: 'fwmark', takes: 'num', set: () => {} },
	{ short: 'U', long: 'udp', set: (options) => void (options.method = 'udp') },
	{ long: 'UL', set: refuse('UDPLITE') },
	{ short: 'D', long: 'dccp', set: refuse('DCCP') },
	{ short: 'P', long: 'protocol', takes: 'prot', set: refuse('raw IP (-P)') },
	{ long: 'mtu', set: refuse('--mtu') },
	{ long: 'back', set: () => {} },
	{
		short: 'V',
		long: 'version',
		set: () => {
			throw new TraceExit(0, VERSION);
		}
	}
];

const VERSION = `Modern traceroute for Linux, version 2.1.2
Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later
`;

function setWait(options: TraceOptions, text: string): boolean | void {
	const parts = text.split(',');
	if (parts.length > 3 || !parts.every((part) => /^[+-]?(\d+\.?\d*|\.\d+)$/.test(part))) return false;
	const [max = 0, here, near] = parts.map(Number);
	// one number alone stands for the greatest wait, and then the factors are off
	options.wait = [max, here ?? 0, near ?? 0];
}

function setModuleOptions(options: TraceOptions, text: string): void {
	for (const part of text.split(',')) {
		if (part === 'info') options.info = true;
		else if (part in TCP_FLAGS) options.flags = (options.flags ?? 0) | TCP_FLAGS[part]!;
		else throw new TraceExit(2, `\`${part}' (argc 1): arguments are not allowed\n`);
	}
}

/** @param argv without the program's name. @throws TraceExit */
export function parseOptions(
	argv: readonly string[],
	usage: string
): TraceOptions & { isIpv6: boolean; hostAt: number } {
	const options: TraceOptions = {
		host: '',
		length: undefined,
		method: 'default',
		numeric: false,
		first: 1,
		most: 30,
		queries: 3,
		together: 16,
		wait: [5, 3, 10],
		port: undefined,
		tos: 0,
		dontFragment: false,
		device: undefined,
		source: undefined,
		pause: 0,
		info: false,
		flags: undefined,
		sourcePort: undefined
	};
	if (argv.length === 0) throw new TraceExit(0, usage);
	const operands: { text: string; at: number }[] = [];
	for (let at = 0; at < argv.length;) {
		const word = argv[at++]!;
		if (word === '--help') throw new TraceExit(0, usage);
		if (word === '--') {
			for (; at < argv.length; at++) operands.push({ text: argv[at]!, at: at + 1 });
		} else if (word.startsWith('--')) at = long(argv, at, options);
		else if (word.startsWith('-') && word !== '-') at = short(argv, at, options);
		else operands.push({ text: word, at });
	}
	const isIpv6 = options.host === '6';
	const [host, length, extra] = operands;
	if (!host) throw new TraceExit(2, 'Specify "host" missing argument.\n');
	if (extra) throw new TraceExit(2, `Extra arg \`${extra.text}' (position 3, argc ${extra.at})\n`);
	options.host = host.text;
	if (length) {
		options.length = whole(length.text);
		if (options.length === undefined)
			throw new TraceExit(
				2,
				`Cannot handle "packetlen" cmdline arg \`${length.text}' on position 2 (argc ${length.at})\n`
			);
	}
	return { ...options, isIpv6, hostAt: host.at };
}

function long(argv: readonly string[], at: number, options: TraceOptions): number {
	const word = argv[at - 1]!;
	const [name = '', ...rest] = word.split('=');
	const row = TABLE.find((candidate) => `--${candidate.long}` === name);
	if (!row) throw new TraceExit(2, `Bad option \`${word}' (argc ${at})\n`);
	const text = word.includes('=') ? rest.join('=') : undefined;
	if (row.takes !== undefined && text === undefined)
		throw new TraceExit(2, `Option \`${name}' (argc ${at}) requires an argument: \`${name}=${row.takes}'\n`);
	if (row.set(options, text ?? '') === false)
		throw new TraceExit(2, `Cannot handle \`${name}' option with arg \`${text}' (argc ${at})\n`);
	return at;
}

function short(argv: readonly string[], at: number, options: TraceOptions): number {
	const word = argv[at - 1]!;
	const argc = at;
	for (let i = 1; i < word.length; i++) {
		const row = TABLE.find((candidate) => candidate.short === word[i]);
		if (!row) throw new TraceExit(2, `Bad option \`-${word[i]}' (argc ${argc})\n`);
		if (row.takes === undefined) {
			row.set(options, '');
			continue;
		}
		// an argument may follow its letter only when that is the first
		const glued = word.slice(i + 1);
		const text = glued === '' ? argv[at++] : glued;
		if (text === undefined || i > 1)
			throw new TraceExit(
				2,
				`Option \`-${word[i]}' (argc ${argc}) requires an argument: \`-${word[i]} ${row.takes}'\n`
			);
		if (row.set(options, text) === false)
			throw new TraceExit(2, `Cannot handle \`-${word[i]}' option with arg \`${text}' (argc ${at})\n`);
		break;
	}
	return at;
}

/** Limits, in the order in which they are looked at. @throws TraceExit */
export function checkOptions({ most, first, queries, wait, length }: TraceOptions): void {
	const fail = (message: string): never => {
		throw new TraceExit(2, `${message}\n`);
	};
	if (most > 255) fail('max hops cannot be more than 255');
	if (first < 1 || first > most) fail('first hop out of range');
	if (queries < 1 || queries > 10) fail('no more than 10 probes per hop');
	if (wait.some((number) => number < 0)) fail(`bad wait specifications \`${wait.join(',')}' used`);
	if (length !== undefined && length > 65_000) fail(`too big packetlen ${length} specified`);
}
