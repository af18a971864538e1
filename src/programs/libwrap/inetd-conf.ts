/**
 * What tcpdmatch and tcpdchk make of inetd.conf (inetcf.c of the real tools): which daemons run behind tcpd, and what
 * looks wrong in the file.
 *
 * Lacks: the formats of other systems, but for what the tools understand by accident.
 */
import { Errno, type Stat, type Sys } from '#kernel/syscalls';
import { strerror } from '../libc/strerror';
import { stat } from '../libc/unistd';
import { sameWord, toText, type ByteText } from './bytes';
import { readTable } from './hosts-access';
import type { Library } from './library';
import { BUFFER_LENGTH, LogicalLines, words } from './table';

/** REAL_DAEMON_DIR of this build */
export const DAEMON_DIRECTORY = '/usr/sbin';
export const INETD_CONF = '/etc/inetd.conf';
const SPACE = /[ \t\r\n]+/;

export type Wrapped = 'yes' | 'no' | 'maybe' | 'unknown';

/** The services that are known by their process name. */
export class Services {
	readonly #wrapped = new Map<ByteText, Wrapped>();

	set(name: ByteText, wrapped: Wrapped): void {
		this.#wrapped.set(name.toLowerCase(), wrapped);
	}

	get(name: ByteText): Wrapped {
		if (this.#wrapped.size === 0) return 'maybe';
		return this.#wrapped.get(name.toLowerCase()) ?? 'unknown';
	}
}

/** stat(2) with warnings about what everybody may write to, up to the root. */
export function* checkPath(library: Library, path: ByteText): Sys<Stat | Errno> {
	let found: Stat;
	try {
		found = yield* stat(toText(path));
	} catch (thrown) {
		if (thrown instanceof Errno) return thrown;
		throw thrown;
	}
	if ((found.mode & 0o002) !== 0) yield* library.warn(`${path}: world writable`);
	if (path.startsWith('/') && path.length > 1) yield* checkPath(library, path.slice(0, path.lastIndexOf('/')) || '/');
	return found;
}

/** The directory where tcpd looks for daemons has to be one. */
export function* checkDaemonDirectory(library: Library): Sys<void> {
	const found = yield* checkPath(library, DAEMON_DIRECTORY);
	if (found instanceof Errno) yield* library.warn(`REAL_DAEMON_DIR ${DAEMON_DIRECTORY}: ${strerror(found)}`);
	else if ((found.mode & 0o170000) !== 0o040000)
		yield* library.warn(`REAL_DAEMON_DIR ${DAEMON_DIRECTORY} is not a directory`);
}

/**
 * Reads the file and warns about its lines.
 * @param given path from the command line
 * @returns the path that was read; undefined when there is no default file; the Errno for a given one
 */
export function* readInetdConf(
	library: Library,
	services: Services,
	given?: ByteText
): Sys<ByteText | undefined | Errno> {
	const path = given ?? INETD_CONF;
	const text = yield* readTable(path);
	if (text instanceof Errno) return given === undefined ? undefined : text;
	if (given === undefined) yield* checkPath(library, path);
	const before = library.place;
	const lines = new LogicalLines(text, BUFFER_LENGTH);
	library.place = { file: path, line: 0 };
	for (let line = lines.next(); line !== undefined; line = lines.next()) {
		library.place = { file: path, line: lines.line };
		yield* readLine(library, services, words(line, SPACE));
	}
	library.place = before;
	return path;
}

/** service socket protocol wait user path arguments; some systems leave out or add a field. */
function* readLine(library: Library, services: Services, line: ByteText[]): Sys<void> {
	const service = line.shift();
	if (service === undefined || service.startsWith('#')) return;
	if (!sameWord(service, 'stream') && !sameWord(service, 'dgram')) line.shift();
	const protocol = line.shift();
	line.shift();
	const user = line.shift();
	let path = user?.startsWith('/') ? user : line.shift();
	if (user === undefined || path === undefined) return;
	path = path.replace(/^\?/, '');
	if (sameWord(path, 'internal')) return;
	if (/^[-0-9]*$/.test(path)) path = line.shift();
	if (path === undefined) return;
	let first = line.shift();
	if (first !== undefined && /^\d*$/.test(first)) first = line.shift();
	if (first === undefined) return yield* library.warn('incomplete line');
	yield* checkService(library, services, { protocol: protocol ?? '', path, first, second: line.shift() ?? '' });
}

interface ServiceLine {
	readonly protocol: ByteText;
	readonly path: ByteText;
	/** argv[0] and argv[1] */
	readonly first: ByteText;
	readonly second: ByteText;
}

function* checkService(library: Library, services: Services, line: ServiceLine): Sys<void> {
	const { protocol, path, first } = line;
	const process = first.startsWith('/') ? baseName(first) : first;
	const program = yield* checkProgram(library, path, 'not found');
	if (sameWord(baseName(path), 'miscd')) return services.set(first, 'yes');
	if (sameWord(process, 'rexd') || sameWord(process, 'rpc.rexd'))
		yield* library.warn(`${process} may be an insecure service`);
	if (!sameWord(baseName(path), 'tcpd')) {
		services.set(process, yield* unwrapped(library, path, first));
		return;
	}
	yield* checkWrapped(library, line, process, program);
	if (sameWord(protocol, 'rpc/tcp')) yield* library.warn(`${process}: cannot wrap rpc/tcp services`);
	services.set(process, 'yes');
}

function* checkWrapped(library: Library, line: ServiceLine, process: ByteText, tcpd: Stat | Errno): Sys<void> {
	const { path, first, second } = line;
	if (sameWord(process, 'tcpd')) yield* library.warn(`${process} is recursively calling itself`);
	if (!(tcpd instanceof Errno) && (tcpd.mode & 0o6000) !== 0)
		yield* library.warn(`${path}: file is set-uid or set-gid`);
	if (first.startsWith('/') && sameWord(process, baseName(second)))
		yield* library.warn(`${path} inserted before ${first}`);
	if (first.startsWith('/')) yield* checkProgram(library, first, 'not found');
	else yield* checkProgram(library, `${DAEMON_DIRECTORY}/${first}`, `not found in ${DAEMON_DIRECTORY}`, first);
}

/** @param shown the name in the message about a missing file */
function* checkProgram(library: Library, path: ByteText, missing: string, shown = path): Sys<Stat | Errno> {
	const found = yield* checkPath(library, path);
	if (found instanceof Errno) yield* library.warn(`${shown}: ${missing}: ${strerror(found)}`);
	else if ((found.mode & 0o100) === 0) yield* library.warn(`${path}: not executable`);
	return found;
}

/** A daemon that inetd starts itself: perhaps a wrapper took its place, and the real one is in the daemon directory. */
function* unwrapped(library: Library, path: ByteText, first: ByteText): Sys<Wrapped> {
	const daemon = `${DAEMON_DIRECTORY}/${first}`;
	if (sameWord(path, daemon)) return 'no';
	const found = yield* checkPath(library, daemon);
	if (!(found instanceof Errno)) return 'maybe';
	if (found.code === 'ENOENT') return 'no';
	yield* library.warn(`${daemon}: file lookup: ${strerror(found)}`);
	return 'maybe';
}

function baseName(path: ByteText): ByteText {
	return path.slice(path.lastIndexOf('/') + 1);
}
