/**
 * What libwrap keeps for the process that is linked with it (the global variables of tcpd.h): where the tables are, how
 * messages are logged, what the options have changed.
 *
 * Writes: /dev/log. Messages carry the file and line that is being read ("warning: /etc/hosts.allow, line 2: …").
 */
import type { Sys } from '#kernel/syscalls';
import { FACILITIES, PRIORITIES, syslog, type Facility, type Priority } from '../libc/syslog';
import { trace } from '../libc/unistd';
import { toText, type ByteText } from './bytes';

/** Where a message belongs. */
export interface Place {
	readonly file: ByteText;
	readonly line: number;
}

/** `facility | severity` as an option sets it; without a facility it is the one of openlog(3). */
export interface Severity {
	readonly facility?: Facility;
	readonly priority: Priority;
}

/** A message as it went to the system log, for panels; kept beside the syslog line because it has a place. */
export interface MessageEvent {
	readonly kind: 'libwrap.message';
	readonly host: string;
	readonly priority: Priority;
	readonly text: string;
	readonly place?: { readonly file: string; readonly line: number };
}

/** A message of one rule's evaluation. */
export interface Diagnostic {
	readonly severity: 'warning' | 'error';
	readonly text: string;
	readonly place?: { readonly file: string; readonly line: number };
}

/** Leaves the evaluation of the tables: longjmp(tcpd_buf) of the real library. */
export class Jump {
	constructor(
		readonly verdict: 'permit' | 'deny',
		/** what was wrong, when it was an error */
		readonly error?: string
	) {}
}

/** RFC931_TIMEOUT of this build, seconds */
const IDENT_TIMEOUT = 10;

export interface LibraryOptions {
	/** openlog(3) */
	readonly ident: string;
	readonly facility: Facility;
	readonly pid: boolean;
	/** verbosity: 1 reports options, 2 the rule that matched as well */
	readonly verbose?: number;
	/** options only say what they would do */
	readonly dryRun?: boolean;
	/** environment that `setenv` changes */
	readonly env?: Map<string, string>;
	/** what a program does before the library ends it */
	readonly atExit?: () => Sys<void>;
}

export class Library {
	allowTable: ByteText = '/etc/hosts.allow';
	denyTable: ByteText = '/etc/hosts.deny';
	verbose: number;
	/** cleared by an option that would hand over to another program */
	dryRun: boolean;
	/** calls of hostsAccess() less two: above zero the process goes on after its client is served */
	resident = -1;
	allowSeverity: Severity = { priority: 'info' };
	denySeverity: Severity = { priority: 'warning' };
	/** seconds */
	identTimeout = IDENT_TIMEOUT;
	/** an `aclexec` command failed; stays set, as in the real library */
	commandFailed = false;
	place: Place | undefined;
	readonly env: Map<string, string>;
	/** tells the decision before an option makes another program of this one */
	beforeHandOver: ((command: ByteText) => Sys<void>) | undefined;
	/** messages since the last decision began */
	readonly diagnostics: Diagnostic[] = [];

	constructor(readonly options: LibraryOptions) {
		this.verbose = options.verbose ?? 0;
		this.dryRun = options.dryRun ?? false;
		this.env = options.env ?? new Map<string, string>();
	}

	/** Sets back what options changed (tcpdmatch tries several addresses in one process). */
	reset(): void {
		this.identTimeout = IDENT_TIMEOUT;
		this.allowSeverity = { priority: 'info' };
		this.denySeverity = { priority: 'warning' };
		this.dryRun = true;
	}

	*syslog({ facility, priority }: Severity, text: ByteText): Sys<void> {
		const { ident, pid } = this.options;
		const shown = toText(text);
		const { place } = this;
		const event: MessageEvent = {
			kind: 'libwrap.message',
			host: '',
			priority,
			text: shown,
			...(place && { place: { file: toText(place.file), line: place.line } })
		};
		yield* trace(event);
		yield* syslog({ ident, facility: facility ?? this.options.facility, pid }, priority, shown);
	}

	/** Reports a problem and goes on. */
	*warn(text: ByteText): Sys<void> {
		yield* this.#report('warning', text);
	}

	/** Reports a problem and refuses access. */
	*fail(text: ByteText): Sys<never> {
		yield* this.#report('error', text);
		throw new Jump('deny', toText(text));
	}

	*#report(severity: 'warning' | 'error', text: ByteText): Sys<void> {
		const { place } = this;
		const shown = { severity, text: toText(text) };
		this.diagnostics.push(place ? { ...shown, place: { file: toText(place.file), line: place.line } } : shown);
		const where = place ? `${place.file}, line ${place.line}: ` : '';
		yield* this.syslog({ priority: 'err' }, `${severity}: ${where}${text}`);
	}
}

/** Names that the option `severity` knows; what Linux has beside them (authpriv, ftp, syslog) it does not. */
const OPTION_FACILITIES: readonly Facility[] = [
	'kern', 'user', 'mail', 'daemon', 'auth', 'lpr', 'news', 'uucp', 'cron',
	'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'
]; // prettier-ignore

export function facilityNamed(name: ByteText): Facility | undefined {
	return OPTION_FACILITIES.find((known) => known === name.toLowerCase());
}

export function priorityNamed(name: ByteText): Priority | undefined {
	const names = Object.keys(PRIORITIES) as Priority[];
	return names.find((known) => known === name.toLowerCase());
}

/** The facility of a message as syslog(3) takes it: 0 (kern) means the one of openlog(3). */
export function givenFacility(facility: Facility | undefined): Facility | undefined {
	return facility !== undefined && FACILITIES[facility] === 0 ? undefined : facility;
}
