/**
 * hping3's command line. It has a reader of its own: a value is always the next word, so that -c1 asks for an argument.
 *
 * Not simulated: listen mode, the Tcl shell, APD, IP options, files with the "safe" protocol, dumps of packets; their
 *       options are read and change nothing, or are refused.
 */

export type Mode = 'tcp' | 'icmp' | 'udp' | 'raw' | 'scan';

export interface HpingOptions {
	host: string | undefined;
	mode: Mode;
	/** Infinity: until it is told to stop */
	count: number;
	/** microseconds */
	interval: number;
	flood: boolean;
	numeric: boolean;
	quiet: boolean;
	verbose: boolean;
	device: string | undefined;
	spoof: string | undefined;
	randomSource: boolean;
	ttl: number;
	identification: number | undefined;
	relative: boolean;
	fragment: boolean;
	moreFragments: boolean;
	dontFragment: boolean;
	fragmentOffset: number;
	mtu: number | undefined;
	tos: number;
	protocol: number;
	icmpType: number;
	icmpCode: number;
	sourcePort: number | undefined;
	/** above 65535 it wraps, and no answer is known as one */
	port: number;
	/** + and ++: the port goes up with every reply, with every packet */
	portGrows: 'never' | 'reply' | 'packet';
	scanPorts: string;
	keep: boolean;
	window: number;
	sequenceOnly: boolean;
	badChecksum: boolean;
	sequence: number | undefined;
	acknowledgement: number | undefined;
	/** TCP */
	flags: number;
	exitCode: boolean;
	mss: number | undefined;
	timestamp: boolean;
	size: number;
	file: string | undefined;
	signature: string;
	traceroute: boolean;
	traceStop: boolean;
	traceKeep: boolean;
	traceNoRtt: boolean;
}

/** Ends the program: what to print and its status. */
export class HpingExit {
	constructor(
		readonly status: number,
		readonly stdout: string,
		readonly stderr = ''
	) {}
}

type Setter = (options: HpingOptions, value: string) => void;
interface Row {
	readonly short: string;
	readonly long: string;
	readonly takes: boolean;
	readonly set: Setter;
}

const flag = (short: string, long: string, set: Setter): Row => ({ short, long, takes: false, set });
const value = (short: string, long: string, set: Setter): Row => ({ short, long, takes: true, set });
const nothing = (): void => {};
const refuse =
	(what: string): Setter =>
	() => {
		throw new HpingExit(1, '', `hping3: ${what} is not simulated here\n`);
	};

/** C's strtol with base 0 */
function number(text: string): number {
	const match = /^\s*([+-]?)(0x[0-9a-f]+|\d+)/i.exec(text);
	return match ? (match[1] === '-' ? -1 : 1) * Number(match[2]) : 0;
}

export const TOS_HELP = `tos help:
          TOS Name                Hex Value           Typical Uses

       Minimum Delay                 10               ftp, telnet
       Maximum Throughput            08               ftp-data
       Maximum Reliability           04               snmp
       Minimum Cost                  02               nntp
`;
const VERSION = `hping3 version 3.0.0-alpha-2 ($Id: release.h,v 1.4 2004/04/09 23:38:56 antirez Exp $)
This binary is TCL scripting capable
`;

function tcpFlag(short: string, long: string, bit: number): Row {
	return flag(short, long, (options) => (options.flags |= bit));
}

const TABLE: readonly Row[] = [
	flag('v', 'version', () => {
		throw new HpingExit(0, VERSION);
	}),
	value('c', 'count', (options, text) => {
		options.count = number(text);
		if (options.count <= 0) throw new HpingExit(1, 'Option error: count must > 0\n');
	}),
	value('i', 'interval', (options, text) => {
		options.interval = text.startsWith('u') ? number(text.slice(1)) : number(text) * 1_000_000;
	}),
	flag('', 'fast', (options) => (options.interval = 100_000)),
	flag('', 'faster', (options) => (options.interval = 1000)),
	flag('', 'flood', (options) => (options.flood = true)),
	flag('n', 'numeric', (options) => (options.numeric = true)),
	flag('q', 'quiet', (options) => (options.quiet = true)),
	value('I', 'interface', (options, text) => (options.device = text)),
	flag('V', 'verbose', (options) => (options.verbose = true)),
	flag('D', 'debug', nothing),
	flag('z', 'bind', nothing),
	flag('Z', 'unbind', nothing),
	flag('', 'beep', nothing),
	flag('0', 'rawip', (options) => (options.mode = 'raw')),
	flag('1', 'icmp', (options) => (options.mode = 'icmp')),
	flag('2', 'udp', (options) => (options.mode = 'udp')),
	value('8', 'scan', (options, text) => {
		options.mode = 'scan';
		options.scanPorts = text;
	}),
	value('9', 'listen', refuse('listen mode')),
	value('a', 'spoof', (options, text) => (options.spoof = text)),
	flag('', 'rand-source', (options) => (options.randomSource = true)),
	flag('', 'rand-dest', refuse('--rand-dest')),
	value('t', 'ttl', (options, text) => (options.ttl = number(text) & 255)),
	value('N', 'id', (options, text) => (options.identification = number(text) & 0xffff)),
	flag('W', 'winid', nothing),
	flag('r', 'rel', (options) => (options.relative = true)),
	flag('f', 'frag', (options) => (options.fragment = true)),
	flag('x', 'morefrag', (options) => (options.moreFragments = true)),
	flag('y', 'dontfrag', (options) => (options.dontFragment = true)),
	value('g', 'fragoff', (options, text) => (options.fragmentOffset = number(text) & 0x1fff)),
	value('m', 'mtu', (options, text) => {
		options.mtu = number(text);
		options.fragment = true;
	}),
	value('o', 'tos', (options, text) => {
		if (text === 'help') throw new HpingExit(0, TOS_HELP);
		options.tos |= parseInt(text, 16) & 255;
	}),
	flag('G', 'rroute', refuse('--rroute')),
	value('', 'lsrr', refuse('--lsrr')),
	value('', 'ssrr', refuse('--ssrr')),
	value('H', 'ipproto', (options, text) => (options.protocol = number(text) & 255)),
	value('C', 'icmptype', (options, text) => {
		options.mode = 'icmp';
		options.icmpType = number(text) & 255;
	}),
	value('K', 'icmpcode', (options, text) => {
		options.mode = 'icmp';
		options.icmpCode = number(text) & 255;
	}),
	flag('', 'force-icmp', nothing),
	value('', 'icmp-gw', nothing),
	flag('', 'icmp-ts', (options) => {
		options.mode = 'icmp';
		options.icmpType = 13;
	}),
	flag('', 'icmp-addr', (options) => {
		options.mode = 'icmp';
		options.icmpType = 17;
	}),
	value('s', 'baseport', (options, text) => (options.sourcePort = number(text) & 0xffff)),
	value('p', 'destport', (options, text) => {
		options.portGrows = text.startsWith('++') ? 'packet' : text.startsWith('+') ? 'reply' : 'never';
		options.port = number(text.replace(/^\++/, ''));
	}),
	flag('k', 'keep', (options) => (options.keep = true)),
	value('w', 'win', (options, text) => (options.window = number(text) & 0xffff)),
	value('O', 'tcpoff', nothing),
	flag('Q', 'seqnum', (options) => (options.sequenceOnly = true)),
	flag('b', 'badcksum', (options) => (options.badChecksum = true)),
	value('M', 'setseq', (options, text) => (options.sequence = number(text) >>> 0)),
	value('L', 'setack', (options, text) => (options.acknowledgement = number(text) >>> 0)),
	tcpFlag('F', 'fin', 0x01),
	tcpFlag('S', 'syn', 0x02),
	tcpFlag('R', 'rst', 0x04),
	tcpFlag('P', 'push', 0x08),
	tcpFlag('A', 'ack', 0x10),
	tcpFlag('U', 'urg', 0x20),
	tcpFlag('X', 'xmas', 0x40),
	tcpFlag('Y', 'ymas', 0x80),
	flag('', 'tcpexitcode', (options) => (options.exitCode = true)),
	value('', 'tcp-mss', (options, text) => (options.mss = number(text) & 0xffff)),
	flag('', 'tcp-timestamp', (options) => (options.timestamp = true)),
	value('d', 'data', (options, text) => (options.size = Math.max(0, Math.min(65_000, number(text))))),
	value('E', 'file', (options, text) => (options.file = text)),
	value('e', 'sign', (options, text) => (options.signature = text)),
	flag('j', 'dump', nothing),
	flag('J', 'print', nothing),
	flag('B', 'safe', nothing),
	flag('u', 'end', nothing),
	flag('T', 'traceroute', (options) => (options.traceroute = true)),
	flag('', 'tr-stop', (options) => (options.traceStop = true)),
	flag('', 'tr-keep-ttl', (options) => (options.traceKeep = true)),
	flag('', 'tr-no-rtt', (options) => (options.traceNoRtt = true)),
	value('', 'apd-send', refuse('--apd-send'))
];

const TRY = 'Try hping3 --help\n';

function defaults(): HpingOptions {
	return {
		host: undefined,
		mode: 'tcp',
		count: Infinity,
		interval: 1_000_000,
		flood: false,
		numeric: false,
		quiet: false,
		verbose: false,
		device: undefined,
		spoof: undefined,
		randomSource: false,
		ttl: 0,
		identification: undefined,
		relative: false,
		fragment: false,
		moreFragments: false,
		dontFragment: false,
		fragmentOffset: 0,
		mtu: undefined,
		tos: 0,
		protocol: 6,
		icmpType: 8,
		icmpCode: 0,
		sourcePort: undefined,
		port: 0,
		portGrows: 'never',
		scanPorts: '',
		keep: false,
		window: 64,
		sequenceOnly: false,
		badChecksum: false,
		sequence: undefined,
		acknowledgement: undefined,
		flags: 0,
		exitCode: false,
		mss: undefined,
		timestamp: false,
		size: 0,
		file: undefined,
		signature: '',
		traceroute: false,
		traceStop: false,
		traceKeep: false,
		traceNoRtt: false
	};
}

/** @param usage for --help. @throws HpingExit */
export function parseOptions(argv: readonly string[], usage: string): HpingOptions {
	const options = defaults();
	const apply = (row: Row | undefined, as: string, next: () => string | undefined): void => {
		if (!row) throw new HpingExit(1, '', `hping3: unrecognized option \`${as}'\n${TRY}`);
		const text = row.takes ? next() : '';
		if (text === undefined)
			throw new HpingExit(1, '', `hping3: option requires an argument -- ${as.replace(/^-+/, '')}\n${TRY}`);
		row.set(options, text);
	};
	for (let at = 0; at < argv.length;) {
		const word = argv[at++]!;
		const next = (): string | undefined => argv[at++];
		if (word === '-h' || word === '--help') throw new HpingExit(0, usage);
		if (word.startsWith('--'))
			apply(
				TABLE.find(({ long }) => long === word.slice(2)),
				word,
				next
			);
		else if (word.startsWith('-') && word !== '-') {
			const letters = [...word.slice(1)];
			for (const [i, letter] of letters.entries()) {
				const row = TABLE.find(({ short }) => short === letter);
				// a value is the next word, and only the last letter may take one
				apply(row, row ? letter : `-${letter}`, () => (i === letters.length - 1 ? next() : undefined));
			}
		} else if (options.host === undefined) options.host = word;
		else throw new HpingExit(1, '', 'hping3: you must specify only one target host at a time\n');
	}
	return options;
}
