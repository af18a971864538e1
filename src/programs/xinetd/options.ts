/** The command line of xinetd: words after one dash, as in the days before getopt. Options that are not known are skipped. */
import type { Facility } from '../libc/syslog';
import { integer, SYSLOG_FACILITIES } from './attributes';

export interface Options {
	config: string;
	pidFile: string | undefined;
	fileLog: string | undefined;
	facility: Facility;
	/** of -syslog, when it is not known */
	badFacility: string | undefined;
	/** servers; 0: no limit */
	limit: number;
	stayAlive: boolean;
	foreground: boolean;
	inetdCompat: boolean;
	/** to standard error, once */
	notes: string;
	version: boolean;
}

const USAGE =
	'Usage: xinetd [-d] [-f config_file] [-filelog filename] [-syslog facility] [-reuse] [-limit proc_limit] [-pidfile filename] [-logprocs limit] [-shutdownprocs limit] [-cc interval]\n';

/** A command line that is wrong. */
export class Usage {
	readonly text = USAGE;
}

function wholeNumber(text: string): number {
	const value = integer(text);
	if (value === undefined || value < 0) throw new Usage();
	return value;
}

/** With an argument. */
const WITH: Readonly<Record<string, (options: Options, value: string) => void>> = {
	f: (options, value) => void (options.config = value),
	pidfile: (options, value) => void (options.pidFile = value),
	filelog: (options, value) => void (options.fileLog = value),
	syslog: (options, value) => {
		const facility = SYSLOG_FACILITIES.find((one) => one === value);
		if (facility) options.facility = facility;
		else options.badFacility = value;
	},
	limit: (options, value) => void (options.limit = wholeNumber(value)),
	logprocs: (_options, value) => void wholeNumber(value),
	cc: (_options, value) => void wholeNumber(value),
	shutdownprocs: (options) => void (options.notes += 'The shutdownprocs option has been deprecated.\n')
};

const WITHOUT: Readonly<Record<string, (options: Options) => void>> = {
	d: (options) => void (options.foreground = true),
	stayalive: (options) => void (options.stayAlive = true),
	dontfork: (options) => {
		options.foreground = true;
		options.stayAlive = true;
	},
	version: (options) => void (options.version = true),
	inetd_compat: (options) => void (options.inetdCompat = true)
};

/** @throws Usage */
export function parseOptions(argv: readonly string[]): Options {
	const options: Options = {
		config: '/etc/xinetd.conf',
		pidFile: undefined,
		fileLog: undefined,
		facility: 'daemon',
		badFacility: undefined,
		limit: 0,
		stayAlive: false,
		foreground: false,
		inetdCompat: false,
		notes: '',
		version: false
	};
	const seen = new Set<string>();
	for (let at = 1; at < argv.length; at++) {
		const word = argv[at]!;
		if (word === '-' || !word.startsWith('-')) throw new Usage();
		const name = word.slice(1);
		seen.add(name);
		const takes = Object.hasOwn(WITH, name) ? WITH[name] : undefined;
		if (takes) {
			const value = argv[++at];
			if (value === undefined) throw new Usage();
			takes(options, value);
		} else if (Object.hasOwn(WITHOUT, name)) WITHOUT[name]!(options);
		if (options.version) return options;
	}
	if (seen.has('filelog') && seen.has('syslog')) throw new Usage();
	return options;
}
