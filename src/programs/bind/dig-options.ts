/**
 * The command line of dig: which lookups are asked for, and how they are shown.
 *
 * An option of the form +keyword is a row of `SWITCHES` (on or off, what it sets) or of `VALUES` (takes a number or text).
 * Lacks: TSIG, +yaml, DNS over TLS and HTTPS, IDN; their options are accepted where they change nothing here.
 */
import { classNumber, reverseNameOfText, typeNumber } from './dig-names';

export interface Lookup {
	name: string;
	/** completed from the search list */
	readonly type: string;
	/** of IXFR=serial */
	readonly serial?: number;
	readonly class: number;
	readonly server: string | undefined;
	readonly settings: Settings;
}

export interface Settings {
	short: boolean;
	comments: boolean;
	question: boolean;
	answer: boolean;
	authority: boolean;
	additional: boolean;
	stats: boolean;
	command: boolean;
	ttl: boolean;
	ttlUnits: boolean;
	class: boolean;
	multiline: boolean;
	identify: boolean;
	printQuery: boolean;
	recurse: boolean;
	authenticData: boolean;
	checkingDisabled: boolean;
	dnssec: boolean;
	cookie: boolean;
	edns: number | undefined;
	udpSize: number;
	tcp: boolean | undefined;
	ignoreTruncation: boolean;
	search: boolean;
	ndots: number | undefined;
	/** undefined: as resolv.conf says */
	tries: number | undefined;
	/** seconds; undefined: as resolv.conf says */
	time: number | undefined;
	trace: boolean;
	fail: boolean;
	domain: string | undefined;
	port: number;
	source: string | undefined;
	microseconds: boolean;
	unknownFormat: boolean;
	oneSoa: boolean;
	headerOnly: boolean;
	opcode: number;
	nsSearch: boolean;
	showSearch: boolean;
}

const DEFAULTS: Settings = {
	short: false, comments: true, question: true, answer: true, authority: true, additional: true, stats: true, command: true, ttl: true,
	ttlUnits: false, class: true, multiline: false, identify: false, printQuery: false, recurse: true, authenticData: true,
	checkingDisabled: false, dnssec: false, cookie: true, edns: 0, udpSize: 1232, tcp: undefined, ignoreTruncation: false, search: false,
	ndots: undefined, tries: undefined, time: undefined, trace: false, fail: true, domain: undefined, port: 53, source: undefined, microseconds: false, unknownFormat: false,
	oneSoa: false, headerOnly: false, opcode: 0, nsSearch: false, showSearch: false
}; // prettier-ignore

type BooleanKey = { [K in keyof Settings]: Settings[K] extends boolean ? K : never }[keyof Settings];

const SWITCHES: Readonly<Record<string, BooleanKey | ((settings: Settings, on: boolean) => void)>> = {
	short: (settings, on) => {
		settings.short = on;
		if (on)
			for (const key of ['additional', 'answer', 'authority', 'comments', 'question', 'stats'] as const)
				settings[key] = key === 'answer';
	},
	all: (settings, on) => {
		for (const key of ['command', 'comments', 'question', 'answer', 'authority', 'additional', 'stats'] as const)
			settings[key] = on;
	},
	comments: 'comments',
	question: 'question',
	answer: 'answer',
	authority: 'authority',
	additional: 'additional',
	stats: 'stats',
	cmd: 'command',
	ttlid: 'ttl',
	ttlunits: (settings, on) => {
		settings.ttlUnits = on;
		settings.ttl = true;
	},
	class: 'class',
	multiline: 'multiline',
	identify: 'identify',
	qr: 'printQuery',
	recurse: 'recurse',
	rdflag: 'recurse',
	adflag: 'authenticData',
	cdflag: 'checkingDisabled',
	dnssec: 'dnssec',
	do: 'dnssec',
	cookie: 'cookie',
	ignore: 'ignoreTruncation',
	search: 'search',
	defname: 'search',
	showsearch: 'showSearch',
	onesoa: 'oneSoa',
	'header-only': 'headerOnly',
	nssearch: (settings, on) => {
		settings.nsSearch = on;
		if (on) settings.recurse = true;
	},
	trace: (settings, on) => {
		settings.trace = on;
		if (!on) return;
		settings.recurse = false;
		settings.additional = settings.comments = settings.question = settings.stats = false;
		settings.dnssec = true;
	},
	fail: 'fail',
	unknownformat: 'unknownFormat',
	edns: (settings, on) => (settings.edns = on ? 0 : undefined),
	tcp: (settings, on) => (settings.tcp = on),
	vc: (settings, on) => (settings.tcp = on)
};
/** Accepted; they change nothing that is simulated. */
const WITHOUT_EFFECT = new Set([
	'aaflag',
	'aaonly',
	'badcookie',
	'besteffort',
	'crypto',
	'dns64prefix',
	'ednsnegotiation',
	'expandaaaa',
	'expire',
	'idn',
	'idnin',
	'idnout',
	'keepalive',
	'keepopen',
	'mapped',
	'nsid',
	'padding',
	'qid',
	'raflag',
	'rrcomments',
	'split',
	'sit',
	'subnet',
	'tcflag',
	'tls',
	'yaml',
	'zflag',
	'zoneversion',
	'coflag',
	'svcparamkeycompat',
	'https',
	'http-plain',
	'proxy'
]);
const OPCODES = ['query', 'iquery', 'status', '', 'notify', 'update'];
const VALUES: Readonly<Record<string, (settings: Settings, value: string) => void>> = {
	time: (settings, value) => (settings.time = Math.max(1, Number(value))),
	timeout: (settings, value) => (settings.time = Math.max(1, Number(value))),
	tries: (settings, value) => (settings.tries = Math.max(1, Number(value))),
	retry: (settings, value) => (settings.tries = Number(value) + 1),
	ndots: (settings, value) => (settings.ndots = Number(value)),
	bufsize: (settings, value) => (settings.udpSize = Number(value)),
	domain: (settings, value) => {
		settings.domain = value;
		settings.search = true;
	},
	edns: (settings, value) => (settings.edns = Number(value)),
	ednsopt: () => {},
	ednsflags: () => {},
	cookie: (settings) => (settings.cookie = true),
	opcode: (settings, value) => {
		const known = OPCODES.indexOf(value.toLowerCase());
		settings.opcode = known >= 0 ? known : Number(value) & 15;
	}
};

export class DigUsageError {
	/** @param exit status */
	constructor(
		readonly message: string,
		readonly exit = 1,
		readonly stdout = false
	) {}
}

const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

/** +keyword; a keyword may be shortened while it stays unambiguous. */
function plusOption(word: string, settings: Settings): void {
	const [keyword, value] = word.split(/=(.*)/s) as [string, string | undefined];
	const invalid = new DigUsageError(`Invalid option: +${word}\n${USAGE}`);
	if (value !== undefined && !keyword.startsWith('no')) {
		const name = complete(keyword, Object.keys(VALUES));
		if (name !== undefined) VALUES[name]!(settings, value);
		else if (!WITHOUT_EFFECT.has(keyword)) throw invalid;
		return;
	}
	const on = !keyword.startsWith('no') || SWITCHES[keyword] !== undefined;
	const bare = on ? keyword : keyword.slice(2);
	const name = complete(bare, Object.keys(SWITCHES));
	if (name === undefined) {
		if (WITHOUT_EFFECT.has(bare)) return;
		if (bare === 'bufsize') settings.udpSize = 1232;
		else throw invalid;
		return;
	}
	const effect = SWITCHES[name]!;
	if (typeof effect === 'string') settings[effect] = on;
	else effect(settings, on);
}

function complete(word: string, names: readonly string[]): string | undefined {
	if (names.includes(word)) return word;
	const candidates = names.filter((name) => name.startsWith(word));
	return word.length >= 3 && candidates.length >= 1 ? candidates[0] : undefined;
}

/** Letters of options that take a value, in the same word or the next. */
const WITH_VALUE = 'bcfkpqtxy';

export interface DigCommand {
	readonly lookups: readonly Lookup[];
	/** of the line "; <<>> DiG …" */
	readonly showCommand: boolean;
	/** "; (1 server found)" belongs to the first line */
	readonly server: string | undefined;
	readonly version: boolean;
	/** for standard error */
	readonly warnings: readonly string[];
	/** a file whose lines are command lines */
	readonly batch?: string;
}

/** @throws DigUsageError */
export function parseDigArguments(argv: readonly string[]): DigCommand {
	const globals: Settings = { ...DEFAULTS };
	const drafts: {
		name: string;
		type?: string;
		serial?: number;
		class?: number;
		server?: string;
		settings: Settings;
	}[] = [];
	let server: string | undefined;
	let [pendingType, pendingClass]: [string | undefined, number | undefined] = [undefined, undefined];
	let version = false;
	let batch: string | undefined;
	const warnings: string[] = [];
	const current = () => drafts[drafts.length - 1];
	const settings = () => current()?.settings ?? globals;
	const open = (name: string) => {
		checkName(name);
		const draft = {
			name,
			settings: { ...globals },
			...(pendingType === undefined ? {} : { type: pendingType }),
			...(pendingClass === undefined ? {} : { class: pendingClass }),
			...(server === undefined ? {} : { server })
		};
		drafts.push(draft);
		return draft;
	};
	const words = argv.slice(1);
	for (let i = 0; i < words.length; i++) {
		const word = words[i]!;
		if (word.startsWith('@')) {
			if (current()) current()!.server = word.slice(1);
			else server = word.slice(1);
			for (const draft of drafts) draft.server ??= word.slice(1);
		} else if (word.startsWith('+')) plusOption(word.slice(1), settings());
		else if (word.startsWith('-') && word !== '-') {
			const letter = word[1]!;
			if (letter === '4' || letter === '6' || letter === 'r' || letter === 'm') continue;
			if (letter === 'u') settings().microseconds = true;
			else if (letter === 'v') version = true;
			else if (letter === 'h') throw new DigUsageError(USAGE, 0, true);
			else if (!WITH_VALUE.includes(letter)) throw new DigUsageError(`Invalid option: ${word}\n${USAGE}`);
			else {
				const value = word.length > 2 ? word.slice(2) : words[++i];
				if (value === undefined) throw new DigUsageError(`Invalid option: ${word}\n${USAGE}`);
				if (letter === 'p') settings().port = Number(value);
				else if (letter === 'b') settings().source = value;
				else if (letter === 'q') open(value);
				else if (letter === 'f') batch = value;
				else if (letter === 'x') {
					const name = reverseNameOfText(value);
					if (name === undefined) throw new DigUsageError(`Invalid IP address ${value}\n`);
					const draft = open(name);
					draft.type ??= 'PTR';
				} else if (letter === 't') {
					const type = queryType(value);
					if (type === undefined) throw new DigUsageError(`;; Warning, ignoring invalid type ${value}\n`, 1);
					if (current()) current()!.type = type;
					else pendingType = type;
				} else if (letter === 'c') {
					const number = classNumber(value);
					if (number !== undefined) {
						if (current()) current()!.class = number;
						else pendingClass = number;
					}
				}
			}
		} else {
			const type = queryType(word);
			const number = classNumber(word);
			const draft = current();
			if (type !== undefined && draft) {
				if (draft.type !== undefined) warnings.push(';; Warning, extra type option');
				draft.type = type;
				if (type === 'IXFR') draft.serial = Number(word.slice(5));
			} else if (type !== undefined && !draft && pendingType === undefined) pendingType = type;
			else if (number !== undefined && word.toUpperCase() !== 'ANY' && draft && draft.class === undefined)
				draft.class = number;
			else open(word);
		}
	}
	if (drafts.length === 0 && batch === undefined) {
		if (pendingType === undefined) pendingType = 'NS';
		open('.');
	}
	/* short output is a matter of the whole command */
	const short = [...words].reverse().find((word) => /^\+(no)?sh(o|or|ort)?$/.test(word));
	if (short) for (const draft of drafts) plusOption(short.slice(1), draft.settings);
	const lookups = drafts.map((draft) => ({
		name: draft.name,
		type: draft.type ?? 'A',
		class: draft.class ?? 1,
		...(draft.serial === undefined ? {} : { serial: draft.serial }),
		server: draft.server ?? server,
		settings: draft.settings
	}));
	return {
		lookups,
		showCommand: globals.command && (drafts[0] ? drafts[0].settings.command : true),
		server: lookups[0]?.settings.trace ? undefined : lookups[0]?.server,
		version,
		warnings,
		...(batch === undefined ? {} : { batch })
	};
}

function queryType(word: string): string | undefined {
	if (/^ixfr=\d+$/i.test(word)) return 'IXFR';
	return typeNumber(word) === undefined || /^(IXFR|OPT)$/i.test(word) ? undefined : word.toUpperCase();
}

function checkName(name: string): void {
	const why =
		name === ''
			? 'unexpected end of input'
			: /\.\./.test(name)
				? 'empty label'
				: name.split('.').some((label) => label.length > 63)
					? 'label too long'
					: undefined;
	if (why) throw new DigUsageError(`dig: '${name}' is not a legal name (${why})\n`, 10);
}
