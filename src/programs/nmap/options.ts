/**
 * nmap's command line, read as getopt_long_only(3) reads it: long options with one dash or two.
 *
 * Does: a table of options (what each takes, what becomes of it) and the value that they make, `NmapOptions`.
 * Not simulated: the options marked `refused`, which end the program with a message of ours; those marked `ignored`
 *       (they change nothing that can be seen here).
 */
import { parseMilliseconds } from './time-spec';

export type TcpScan = 'syn' | 'connect' | 'ack' | 'window' | 'fin' | 'null' | 'xmas' | 'maimon';

/** A probe of host discovery as -P… asks for it. */
export interface PingProbe {
	readonly kind: 'syn' | 'ack' | 'udp' | 'echo' | 'timestamp' | 'mask';
	readonly ports: readonly number[];
}

export interface NmapOptions {
	readonly targets: string[];
	tcp: TcpScan | undefined;
	udp: boolean;
	noPortScan: boolean;
	listScan: boolean;
	noPing: boolean;
	arpPing: boolean;
	readonly pings: PingProbe[];
	ports: string | undefined;
	fast: boolean;
	topPorts: number | undefined;
	excludePorts: string | undefined;
	sequential: boolean;
	resolve: 'never' | 'always' | 'sometimes';
	verbose: number;
	debug: number;
	reason: boolean;
	openOnly: boolean;
	timing: number;
	maxRetries: number | undefined;
	/** microseconds */
	hostTimeout: number;
	scanDelay: number;
	initialRtt: number | undefined;
	minRtt: number | undefined;
	maxRtt: number | undefined;
	minRate: number;
	maxRate: number;
	minParallelism: number;
	maxParallelism: number;
	scanFlags: number | undefined;
	sourcePort: number | undefined;
	sourceAddress: string | undefined;
	device: string | undefined;
	ttl: number | undefined;
	dataLength: number;
	badSum: boolean;
	sendIp: boolean;
	disableArp: boolean;
	packetTrace: boolean;
	privileged: boolean | undefined;
	normalFile: string | undefined;
	grepableFile: string | undefined;
	append: boolean;
	inputList: string | undefined;
	excludes: string | undefined;
	ipv6: boolean;
	fragment: boolean;
	osDetection: boolean;
	/** raw options, which need root */
	rawWanted: boolean;
}

/** Ends the program: what to print, and where. */
export class NmapExit {
	constructor(
		readonly status: number,
		readonly stderr: string,
		readonly usage = false,
		readonly stdout = ''
	) {}
}

/** nmap's fatal(): a line and QUITTING!, status 1. */
export function fatal(message: string): NmapExit {
	return new NmapExit(1, `${message}\nQUITTING!\n`);
}

function refused(as: string, what: string): NmapExit {
	return new NmapExit(1, `nmap: ${as} (${what}) is not simulated here.\nQUITTING!\n`);
}

export function defaults(): NmapOptions {
	return {
		targets: [],
		tcp: undefined,
		udp: false,
		noPortScan: false,
		listScan: false,
		noPing: false,
		arpPing: false,
		pings: [],
		ports: undefined,
		fast: false,
		topPorts: undefined,
		excludePorts: undefined,
		sequential: false,
		resolve: 'sometimes',
		verbose: 0,
		debug: 0,
		reason: false,
		openOnly: false,
		timing: 3,
		maxRetries: undefined,
		hostTimeout: 0,
		scanDelay: 0,
		initialRtt: undefined,
		minRtt: undefined,
		maxRtt: undefined,
		minRate: 0,
		maxRate: 0,
		minParallelism: 0,
		maxParallelism: 0,
		scanFlags: undefined,
		sourcePort: undefined,
		sourceAddress: undefined,
		device: undefined,
		ttl: undefined,
		dataLength: 0,
		badSum: false,
		sendIp: false,
		disableArp: false,
		packetTrace: false,
		privileged: undefined,
		normalFile: undefined,
		grepableFile: undefined,
		append: false,
		inputList: undefined,
		excludes: undefined,
		ipv6: false,
		fragment: false,
		osDetection: false,
		rawWanted: false
	};
}

type Setter = (options: NmapOptions, value: string, as: string) => void;
interface OptionRow {
	readonly takes: 0 | 1 | 2;
	readonly set: Setter;
}

const flag = (set: (options: NmapOptions) => void): OptionRow => ({ takes: 0, set });
const value = (set: Setter): OptionRow => ({ takes: 1, set });
const maybe = (set: Setter): OptionRow => ({ takes: 2, set });
const ignored: OptionRow = { takes: 1, set: () => {} };
const ignoredFlag: OptionRow = { takes: 0, set: () => {} };
const refuse = (what: string, takes: 0 | 1 | 2 = 0): OptionRow => ({
	takes,
	set: (_options, _value, as) => {
		throw refused(as, what);
	}
});

/** C's atoi */
function atoi(text: string): number {
	return Number.parseInt(text, 10) || 0;
}

function timeOption(name: string, set: (options: NmapOptions, microseconds: number) => void): OptionRow {
	return value((options, text) => {
		const milliseconds = parseMilliseconds(text);
		if (milliseconds === undefined || milliseconds < 0) throw fatal(`Bogus --${name} argument specified`);
		set(options, milliseconds * 1000);
	});
}

const TIMING_NAMES = ['paranoid', 'sneaky', 'polite', 'normal', 'aggressive', 'insane'];

function timing(options: NmapOptions, text: string): void {
	const level = /^[0-5]/.test(text) ? Number(text[0]) : TIMING_NAMES.indexOf(text.toLowerCase());
	if (level < 0)
		throw fatal(
			'Unknown timing mode (-T argument).  Use either "Paranoid", "Sneaky", "Polite", "Normal", "Aggressive", "Insane" or a number from 0 (Paranoid) to 5 (Insane)'
		);
	options.timing = level;
}

const SCAN_LETTERS: Readonly<Record<string, TcpScan>> = {
	S: 'syn',
	T: 'connect',
	A: 'ack',
	W: 'window',
	F: 'fin',
	N: 'null',
	X: 'xmas',
	M: 'maimon'
};

function scanTypes(options: NmapOptions, letters: string): void {
	if (letters === 'n' || letters === 'P') {
		options.noPortScan = true;
		return;
	}
	for (const letter of letters === '' ? '?' : letters) {
		const scan = SCAN_LETTERS[letter];
		if (scan !== undefined) {
			if (options.tcp !== undefined && options.tcp !== scan)
				throw fatal(
					'You specified more than one type of TCP scan.  Please choose only one of -sA, -b, -sT, -sF, -sI, -sM, -sN, -sS, -sW, and -sX'
				);
			options.tcp = scan;
		} else if (letter === 'U') options.udp = true;
		else if (letter === 'L') options.listScan = options.noPortScan = true;
		else if ('CIORVYZ'.includes(letter)) throw refused(`-s${letter}`, 'a scan of another kind');
		else throw new NmapExit(255, `Scantype ${letter} not supported\n\n`, true);
	}
}

const PING_KINDS: Readonly<Record<string, { kind: PingProbe['kind']; port?: number }>> = {
	S: { kind: 'syn', port: 80 },
	T: { kind: 'ack', port: 80 },
	A: { kind: 'ack', port: 80 },
	U: { kind: 'udp', port: 40_125 },
	E: { kind: 'echo' },
	I: { kind: 'echo' },
	'': { kind: 'echo' },
	P: { kind: 'timestamp' },
	M: { kind: 'mask' }
};

function pingTypes(options: NmapOptions, text: string): void {
	const letter = text.slice(0, 1);
	if (letter === 'n' || letter === 'N' || letter === '0' || letter === 'D') {
		options.noPing = true;
		return;
	}
	if (letter === 'R') {
		options.arpPing = true;
		return;
	}
	const row = PING_KINDS[letter];
	if (letter === 'O' || letter === 'Y') throw refused(`-P${letter}`, 'discovery by other protocols');
	if (!row) throw fatal('Illegal Argument to -P, use -Pn, -PE, -PS, -PA, -PP, -PM, -PU, -PY, or -PO');
	const rest = text.slice(1);
	const ports = row.port === undefined ? [] : rest === '' ? [row.port] : pingPorts(rest);
	options.pings.push({ kind: row.kind, ports });
}

function pingPorts(text: string): number[] {
	const ports: number[] = [];
	for (const part of text.split(',')) {
		const [, low, high] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
		if (low === undefined || Number(high ?? low) > 65_535)
			throw fatal(
				'Error #485: Your port specifications are illegal.  Example of proper form: "-100,200-1024,T:3000-4000,U:60000-"'
			);
		for (let port = Number(low); port <= Number(high ?? low); port++) ports.push(port);
	}
	return ports;
}

const FLAG_NAMES = [
	['FIN', 1],
	['SYN', 2],
	['RST', 4],
	['RESET', 4],
	['PSH', 8],
	['PUSH', 8],
	['ACK', 16],
	['URG', 32],
	['ECE', 64],
	['CWR', 128],
	['ALL', 255],
	['NONE', 0]
] as const;

/** "SYNFIN", "18", "0x12" */
export function parseScanFlags(text: string): number {
	if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
		const number = Number(text);
		if (number > 255)
			throw fatal('--scanflags option must be a number between 0 and 255 (inclusive) or a string like "URGPSHFIN".');
		return number;
	}
	const upper = text.toUpperCase();
	return FLAG_NAMES.reduce((bits, [name, bit]) => (upper.includes(name) ? bits | bit : bits), 0);
}

const LONG: Readonly<Record<string, OptionRow>> = {
	'append-output': flag((options) => (options.append = true)),
	'bad-sum': flag((options) => (options.badSum = options.rawWanted = true)),
	badsum: flag((options) => (options.badSum = options.rawWanted = true)),
	data: ignored,
	'data-length': value((options, text) => (options.dataLength = Math.min(1400, atoi(text)))),
	'data-string': ignored,
	datadir: ignored,
	debug: maybe((options) => options.debug++),
	'defeat-icmp-ratelimit': ignoredFlag,
	'defeat-rst-ratelimit': ignoredFlag,
	'disable-arp-ping': flag((options) => (options.disableArp = true)),
	'discovery-ignore-rst': ignoredFlag,
	'dns-servers': ignored,
	exclude: value((options, text) => (options.excludes = text)),
	'exclude-ports': value((options, text) => (options.excludePorts = text)),
	excludefile: refuse('a file of excluded hosts', 1),
	ff: refuse('fragments'),
	help: flag(() => {
		throw new NmapExit(0, '', true);
	}),
	'host-timeout': timeOption('host-timeout', (options, time) => (options.hostTimeout = time)),
	iL: value((options, text) => (options.inputList = text)),
	iR: refuse('random targets', 1),
	iflist: refuse('the list of interfaces; ip address and ip route tell the same'),
	'initial-rtt-timeout': timeOption('initial-rtt-timeout', (options, time) => (options.initialRtt = time)),
	'ip-options': refuse('IP options', 1),
	'log-errors': ignoredFlag,
	'max-hostgroup': ignored,
	'max-parallelism': value((options, text) => (options.maxParallelism = atoi(text))),
	'max-rate': value((options, text) => (options.maxRate = Number(text) || 0)),
	'max-retries': value((options, text) => {
		options.maxRetries = atoi(text);
		if (options.maxRetries < 0) throw fatal('max-retries must be positive');
	}),
	'max-rtt-timeout': timeOption('max-rtt-timeout', (options, time) => (options.maxRtt = time)),
	'max-scan-delay': ignored,
	'min-hostgroup': ignored,
	'min-parallelism': value((options, text) => (options.minParallelism = atoi(text))),
	'min-rate': value((options, text) => (options.minRate = Number(text) || 0)),
	'min-rtt-timeout': timeOption('min-rtt-timeout', (options, time) => (options.minRtt = time)),
	mtu: refuse('fragments', 1),
	'no-stylesheet': ignoredFlag,
	noninteractive: ignoredFlag,
	oA: value((options, text) => {
		options.normalFile = `${text}.nmap`;
		options.grepableFile = `${text}.gnmap`;
	}),
	oG: value((options, text) => (options.grepableFile = text)),
	oN: value((options, text) => (options.normalFile = text)),
	oS: refuse('that output format', 1),
	oX: refuse('XML output', 1),
	open: flag((options) => (options.openOnly = true)),
	'osscan-guess': refuse('OS detection'),
	'osscan-limit': refuse('OS detection'),
	'packet-trace': flag((options) => (options.packetTrace = true)),
	'port-ratio': value(() => {
		throw fatal('--port-ratio should be between [0 and 1)');
	}),
	privileged: flag((options) => (options.privileged = true)),
	proxies: refuse('proxies', 1),
	'randomize-hosts': ignoredFlag,
	reason: flag((options) => (options.reason = true)),
	resume: refuse('resuming', 1),
	'scan-delay': timeOption('scan-delay', (options, time) => (options.scanDelay = time)),
	scanflags: value((options, text) => {
		options.scanFlags = parseScanFlags(text);
		options.rawWanted = true;
	}),
	script: refuse('scripts', 1),
	'script-args': refuse('scripts', 1),
	'script-help': refuse('scripts', 1),
	'send-eth': ignoredFlag,
	'send-ip': flag((options) => (options.sendIp = true)),
	'source-port': value((options, text) => setSourcePort(options, text)),
	'spoof-mac': refuse('another MAC address', 1),
	'stats-every': ignored,
	stylesheet: ignored,
	'system-dns': ignoredFlag,
	timing: value(timing),
	'top-ports': value((options, text) => {
		options.topPorts = atoi(text);
		if (options.topPorts < 1) throw fatal('--top-ports should be an integer 1 or greater');
	}),
	traceroute: refuse('traceroute; the program traceroute is there'),
	ttl: value((options, text) => {
		options.ttl = atoi(text);
		if (options.ttl < 0 || options.ttl > 255) throw fatal('ttl option must be a number between 0 and 255 (inclusive)');
		options.rawWanted = true;
	}),
	unprivileged: flag((options) => (options.privileged = false)),
	verbose: maybe((options) => options.verbose++),
	version: flag(() => {
		throw new NmapExit(0, '', false, VERSION_TEXT);
	}),
	'version-all': refuse('version detection'),
	'version-intensity': refuse('version detection', 1),
	'version-light': refuse('version detection'),
	vv: flag((options) => (options.verbose += 2)),
	webxml: ignoredFlag
};

function setSourcePort(options: NmapOptions, text: string): void {
	options.sourcePort = atoi(text) & 0xffff;
	options.rawWanted = true;
	if (options.sourcePort === 0) throw new NmapExit(1, '-g: you probably want a source port above 0\nQUITTING!\n');
}

const SHORT: Readonly<Record<string, OptionRow>> = {
	'4': ignoredFlag,
	'6': flag((options) => (options.ipv6 = true)),
	A: refuse('OS and version detection'),
	b: refuse('the FTP bounce scan', 1),
	D: refuse('decoys', 1),
	d: maybe(
		(options, text) =>
			(options.debug =
				text === '' ? options.debug + 1 : /^d+$/.test(text) ? options.debug + 1 + text.length : atoi(text))
	),
	e: value((options, text) => (options.device = text)),
	F: flag((options) => (options.fast = true)),
	f: flag((options) => (options.fragment = true)),
	g: value((options, text) => setSourcePort(options, text)),
	h: LONG.help!,
	i: value((options, text) => (options.inputList = text)),
	M: value((options, text) => (options.maxParallelism = atoi(text))),
	m: value((options, text) => (options.grepableFile = text)),
	n: flag((options) => (options.resolve = 'never')),
	O: maybe((options) => (options.osDetection = true)),
	o: value((options, text) => (options.normalFile = text)),
	P: maybe(pingTypes),
	p: value((options, text) => {
		if (options.ports !== undefined) throw fatal('Only 1 -p option allowed, separate multiple ranges with commas.');
		options.ports = text;
	}),
	q: ignoredFlag,
	R: flag((options) => (options.resolve = 'always')),
	r: flag((options) => (options.sequential = true)),
	S: value((options, text) => (options.sourceAddress = text)),
	s: value(scanTypes),
	T: value(timing),
	V: LONG.version!,
	v: maybe(
		(options, text) =>
			(options.verbose =
				text === '' ? options.verbose + 1 : /^v+$/.test(text) ? options.verbose + 1 + text.length : atoi(text))
	)
};

const VERSION_TEXT = `Nmap version 7.93 ( https://nmap.org )
Platform: x86_64-pc-linux-gnu
Compiled with: liblua-5.3.6 openssl-3.0.8 libssh2-1.10.0 libz-1.2.13 libpcre-8.39 libpcap-1.10.3 nmap-libdnet-1.12 ipv6
Compiled without:
Available nsock engines: epoll poll select
`;
const SUMMARY = 'See the output of nmap -h for a summary of options.\n';

/** @param argv without the program's name. @throws NmapExit */
export function parseOptions(argv: readonly string[]): NmapOptions {
	const options = defaults();
	for (let at = 0; at < argv.length;) {
		const word = argv[at++]!;
		if (word === '--') {
			options.targets.push(...argv.slice(at));
			break;
		}
		if (!word.startsWith('-') || word === '-') options.targets.push(word);
		else if (word.startsWith('--') || (word.length > 2 && longRow(word) !== undefined) || SHORT[word[1]!] === undefined)
			at = readLong(argv, at, options);
		else at = readShort(argv, at, options);
	}
	return options;
}

/** The row of a long name or of its unique beginning; null when it could be several. */
function longRow(word: string): { name: string; row: OptionRow } | null | undefined {
	const name = word.replace(/^--?/, '').replace(/=.*/s, '').replaceAll('_', '-');
	const exact = LONG[name];
	if (exact) return { name, row: exact };
	const candidates = Object.keys(LONG).filter((other) => other.startsWith(name));
	if (candidates.length === 0) return undefined;
	return candidates.length === 1
		? { name: candidates[0]!, row: LONG[candidates[0]!]! }
		: word.startsWith('--')
			? null
			: undefined;
}

function readLong(argv: readonly string[], at: number, options: NmapOptions): number {
	const word = argv[at - 1]!;
	const found = longRow(word);
	const bare = word.replace(/=.*/s, '');
	if (found === undefined) throw new NmapExit(255, `nmap: unrecognized option '${bare}'\n${SUMMARY}`);
	if (found === null) {
		const names = Object.keys(LONG).filter((name) => name.startsWith(bare.slice(2)));
		const possible = names.map((name) => `'--${name}'`).join(' ');
		throw new NmapExit(255, `nmap: option '${word}' is ambiguous; possibilities: ${possible}\n${SUMMARY}`);
	}
	const equals = word.indexOf('=');
	let text = equals < 0 ? '' : word.slice(equals + 1);
	if (found.row.takes === 1 && equals < 0) {
		if (at >= argv.length) throw new NmapExit(255, `nmap: option '--${found.name}' requires an argument\n${SUMMARY}`);
		text = argv[at++]!;
	}
	found.row.set(options, text, word);
	return at;
}

function readShort(argv: readonly string[], at: number, options: NmapOptions): number {
	const word = argv[at - 1]!;
	for (let i = 1; i < word.length; i++) {
		const letter = word[i]!;
		const row = SHORT[letter];
		if (!row) throw new NmapExit(255, `nmap: invalid option -- '${letter}'\n${SUMMARY}`);
		if (row.takes === 0) {
			row.set(options, '', `-${letter}`);
			continue;
		}
		let text = word.slice(i + 1);
		if (text === '' && row.takes === 1) {
			if (at >= argv.length) throw new NmapExit(255, `nmap: option requires an argument -- '${letter}'\n${SUMMARY}`);
			text = argv[at++]!;
		}
		row.set(options, text, `-${letter}`);
		break;
	}
	return at;
}
