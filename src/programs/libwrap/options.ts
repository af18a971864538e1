/**
 * The options after the second colon (hosts_options(5)). One row an option: its argument, whether it has to be the last,
 * what it does.
 *
 * Any error ends the evaluation and refuses access: some options have done things by then that cannot be taken back.
 * As this build: `user` and `group` act only while rules are being tried out (tcpdmatch, tcpdchk), and not in tcpd.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { readProcess } from '../procps/processes';
import { getgrnam, getgrouplist, getpwnam } from '../libc/passwd';
import { readFile } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { close, dup2, getpid, setgid, setgroups, setpriority, setsockopt, setuid, stat, umask, write } from '../libc/unistd'; // prettier-ignore
import { chop, fromBytes, sameWord, toBytes, toText, wholeInteger, wholeUnsigned, type ByteText } from './bytes'; // prettier-ignore
import { cleanExit } from './clean-exit';
import { facilityNamed, givenFacility, Jump, priorityNamed, type Library, type Severity } from './library';
import { percentX } from './percent-x';
import type { Request } from './request';
import { becomeShell, runSilently, runVisibly } from './shell-command';
import { BUFFER_LENGTH, PhysicalLines, splitAt } from './table';

export interface OptionRow {
	readonly name: string;
	readonly argument: 'none' | 'required' | 'optional';
	/** nothing may follow it */
	readonly last?: boolean;
	/** `%` letters of the argument are expanded */
	readonly expands?: boolean;
	/** one line for the editor */
	readonly meaning: string;
	readonly run: (library: Library, request: Request, value: ByteText) => Sys<void>;
}

/** What an option did, for the decision. */
export interface OptionStep {
	readonly name: string;
	readonly value: string;
}

export const OPTIONS: readonly OptionRow[] = [
	{ name: 'user', argument: 'required', run: user, meaning: 'runs the service as this user, or user.group' },
	{ name: 'group', argument: 'required', run: group, meaning: 'runs the service with this group' },
	{ name: 'umask', argument: 'required', run: setUmask, meaning: 'sets the file creation mask, octal' },
	{ name: 'linger', argument: 'required', run: linger, meaning: 'seconds that unsent data is kept after the close' },
	{ name: 'keepalive', argument: 'none', run: keepalive, meaning: 'has the kernel ask now and then whether the client is there' },
	{ name: 'aclexec', argument: 'required', expands: true, run: aclexec, meaning: 'runs a command; the rule counts only if it succeeds' },
	{ name: 'spawn', argument: 'required', expands: true, run: spawn, meaning: 'runs a command beside the service' },
	{ name: 'twist', argument: 'required', expands: true, last: true, run: twist, meaning: 'runs a command instead of the service' },
	{ name: 'rfc931', argument: 'optional', run: rfc931, meaning: 'asks the client for the name of the user, within so many seconds' },
	{ name: 'setenv', argument: 'required', expands: true, run: setenv, meaning: 'sets an environment variable for the service' },
	{ name: 'nice', argument: 'optional', run: nice, meaning: 'changes the priority of the service, by 10 if nothing is said' },
	{ name: 'severity', argument: 'required', run: severity, meaning: 'logs as facility.level or level' },
	{ name: 'allow', argument: 'none', last: true, run: allow, meaning: 'grants access, in whichever file it stands' },
	{ name: 'deny', argument: 'none', last: true, run: deny, meaning: 'refuses access, in whichever file it stands' },
	{ name: 'banners', argument: 'required', run: banners, meaning: 'sends the file of this directory that is named as the daemon' }
]; // prettier-ignore

/* ---- the list ---------------------------------------------------------------------------------------------------- */

/** The fields between colons; `\:` is a colon of the text. An empty rest has no field. */
export function optionFields(text: ByteText): ByteText[] {
	const fields: ByteText[] = [];
	for (let at = 0; at < text.length; at++) {
		let field = '';
		for (; at < text.length && text[at] !== ':'; at++) {
			if (text[at] === '\\' && text[at + 1] === ':') at++;
			field += text[at];
		}
		fields.push(field);
	}
	return fields;
}

/** `name value`, `name=value`, `name = value`. */
export function nameAndValue(field: ByteText): { readonly name: ByteText; readonly value: ByteText | undefined } {
	const text = chop(field);
	const match = /^([^= \t\r\n]*)(?:[ \t\r\n]+)?(?:=[ \t\r\n]*)?([^]*)$/.exec(text)!;
	return { name: match[1]!, value: match[2] === '' ? undefined : match[2] };
}

/** Runs the options of a rule in order. @param steps what ran is added to it */
export function* processOptions(library: Library, request: Request, text: ByteText, steps: OptionStep[]): Sys<void> {
	const fields = optionFields(text);
	for (const [i, field] of fields.entries())
		yield* processOption(library, request, field, i === fields.length - 1, steps);
}

function* processOption(
	library: Library,
	request: Request,
	field: ByteText,
	isLast: boolean,
	steps: OptionStep[]
): Sys<void> {
	const { name, value: given } = nameAndValue(field);
	if (name === '') return yield* library.fail('missing option name');
	const row = OPTIONS.find((option) => sameWord(option.name, name));
	if (!row) return yield* library.fail(`bad option name: "${name}"`);
	if (given === undefined && row.argument === 'required') return yield* library.fail(`option "${name}" requires value`);
	if (given !== undefined && row.argument === 'none') return yield* library.fail(`option "${name}" requires no value`);
	if (!isLast && row.last) return yield* library.fail(`option "${name}" must be at end`);
	const value =
		given !== undefined && row.expands ? chop(yield* percentX(library, request, given, BUFFER_LENGTH)) : given;
	if (library.verbose > 0) yield* library.syslog({ priority: 'debug' }, `option:   ${name} ${value ?? ''}`);
	steps.push({ name: row.name, value: toText(value ?? '') });
	yield* row.run(library, request, value ?? '');
}

/* ---- the options ------------------------------------------------------------------------------------------------- */

function* allow(): Sys<void> {
	throw new Jump('permit');
}

function* deny(): Sys<void> {
	throw new Jump('deny');
}

/** Does a call, whose failure refuses access. */
function* must(library: Library, what: string, call: Sys<unknown>): Sys<void> {
	try {
		yield* call;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* library.fail(`${what}: ${strerror(thrown)}`);
	}
}

/** Does a call, whose failure is only reported. */
function* should(library: Library, what: string, call: Sys<unknown>): Sys<void> {
	try {
		yield* call;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* library.warn(`${what}: ${strerror(thrown)}`);
	}
}

function* group(library: Library, _request: Request, value: ByteText): Sys<void> {
	const entry = yield* getgrnam(toText(value));
	if (!entry) return yield* library.fail(`unknown group: "${value}"`);
	if (!library.dryRun) return;
	yield* must(library, `setgid(${value})`, setgid(entry.gid));
	yield* must(library, `setgroups(${value})`, setgroups([]));
}

function* user(library: Library, request: Request, value: ByteText): Sys<void> {
	const parts = splitAt(value, '.');
	const name = parts ? parts[0] : value;
	if (parts) yield* group(library, request, parts[1]);
	const entry = yield* getpwnam(toText(name));
	if (!entry) return yield* library.fail(`unknown user: "${name}"`);
	if (!library.dryRun) return;
	yield* must(library, `setuid(${name})`, setuid(entry.uid));
	if (parts) return;
	yield* must(library, `setgid(${name})`, setgid(entry.gid));
	yield* must(library, `initgroups(${name})`, setgroups(yield* getgrouplist(entry.name, entry.gid)));
}

function* setUmask(library: Library, _request: Request, value: ByteText): Sys<void> {
	const mask = wholeUnsigned(value, 8);
	if (mask === undefined || mask > 0o777) return yield* library.fail(`bad umask value: "${value}"`);
	yield* umask(mask);
}

function* linger(library: Library, request: Request, value: ByteText): Sys<void> {
	const seconds = wholeInteger(value);
	if (seconds === undefined || seconds < 0) return yield* library.fail(`bad linger value: "${value}"`);
	if (!library.dryRun)
		yield* should(library, `setsockopt SO_LINGER ${seconds}`, setsockopt(request.fd, 'linger', seconds));
}

function* keepalive(library: Library, request: Request): Sys<void> {
	if (!library.dryRun) yield* should(library, 'setsockopt SO_KEEPALIVE', setsockopt(request.fd, 'keepalive', 1));
}

function* spawn(library: Library, _request: Request, value: ByteText): Sys<void> {
	if (!library.dryRun) yield* runSilently(library, value);
}

function* aclexec(library: Library, _request: Request, value: ByteText): Sys<void> {
	if (library.dryRun) return;
	const { pid, status, signal } = yield* runVisibly(library, value);
	library.commandFailed = status !== 0;
	if (signal !== undefined) yield* library.warn(`process ${pid} exited with signal ${signal}`);
}

function* twist(library: Library, request: Request, value: ByteText): Sys<void> {
	if (library.dryRun) {
		library.dryRun = false;
		return;
	}
	if (library.resident > 0) return yield* library.fail('twist option in resident process');
	yield* library.syslog(library.denySeverity, `twist ${(yield* request.clientInfo()).value} to ${value}`);
	yield* library.beforeHandOver?.(value) ?? nothing();
	for (const standard of [0, 1, 2]) if (request.fd !== standard) yield* dup2(request.fd, standard);
	if (request.fd > 2) yield* close(request.fd);
	const failed = yield* becomeShell(library, value);
	yield* library.warn(`twist_option: /bin/sh: ${strerror(failed)}`);
	yield* cleanExit(request);
}

function* nothing(): Sys<void> {}

function* rfc931(library: Library, request: Request, value: ByteText): Sys<void> {
	if (value !== '') {
		const seconds = wholeInteger(value);
		if (seconds === undefined || seconds <= 0) return yield* library.fail(`bad rfc931 timeout: "${value}"`);
		library.identTimeout = seconds;
	}
	yield* request.getUser();
}

function* setenv(library: Library, _request: Request, value: ByteText): Sys<void> {
	const [, name = '', text = ''] = /^([^ \t\r\n]*)[ \t\r\n]?([^]*)$/.exec(value)!;
	if (chop(name) === '' || name.includes('=')) return yield* library.fail('memory allocation failure');
	library.env.set(toText(chop(name)), toText(chop(text)));
}

function* nice(library: Library, _request: Request, value: ByteText): Sys<void> {
	const by = value === '' ? 10 : wholeInteger(value);
	if (by === undefined) return yield* library.fail(`bad nice value: "${value}"`);
	if (library.dryRun) return;
	const wanted = ((yield* readProcess(yield* getpid()))?.nice ?? 0) + by;
	try {
		yield* setpriority(wanted);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* library.warn(`nice(${by}): ${strerror('EPERM')}`);
	}
}

function* severity(library: Library, _request: Request, value: ByteText): Sys<void> {
	const parts = splitAt(value, '.');
	const facility = parts && facilityNamed(parts[0]);
	if (parts && !facility) return yield* badSeverity(library, parts[0]);
	const level = parts ? parts[1] : value;
	const priority = priorityNamed(level);
	if (!priority) return yield* badSeverity(library, level);
	const known = givenFacility(facility);
	const both: Severity = known === undefined ? { priority } : { facility: known, priority };
	library.allowSeverity = library.denySeverity = both;
}

function* badSeverity(library: Library, name: ByteText): Sys<never> {
	return yield* library.fail(`bad syslog facility or severity: "${name}"`);
}

/** Each line of the banner ends with CRLF; its letters are expanded. */
function* banners(library: Library, request: Request, value: ByteText): Sys<void> {
	let text: ByteText;
	try {
		text = fromBytes(yield* readFile(toText(`${value}/${request.daemon}`)));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code !== 'EISDIR') yield* should(library, value, stat(toText(value)));
		return;
	}
	const zeros = /^\0*/.exec(text)![0];
	if (zeros !== '') yield* write(request.fd, toBytes(zeros));
	const lines = new PhysicalLines(text.slice(zeros.length), BUFFER_LENGTH - 1);
	for (let line = lines.next(); line !== undefined; line = lines.next()) {
		const cut = splitAt(line, '\n');
		const shown = yield* percentX(library, request, cut ? `${cut[0]}\r\n` : line, 2 * BUFFER_LENGTH);
		if (shown !== '') yield* should(library, value, write(request.fd, toBytes(shown)));
	}
}
