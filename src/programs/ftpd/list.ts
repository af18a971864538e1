/** LIST, NLST and STAT of a path: lists of names. LIST is what /bin/ls prints; a guest has the one below ~ftp/bin, if any. */
import { Errno, S, type Sys } from '#kernel/syscalls';
import { glob } from '../shell/expand/glob';
import { spawn } from '../libc/spawn';
import { readAll } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { close, dup2, pipe, readdir, stat, wait } from '../libc/unistd';
import { openData, send, sendText } from './data';
import { linesOf } from './login';
import type { Session } from './session';

const GLOB = { extglob: false, dotglob: false, globstar: false, ignoreCase: false };
const SPECIAL = /[~{[*?]/;

/** Starts /bin/ls -lA with the words of `given`, patterns in them resolved. @returns where its output is read */
function* startLs(given: string): Sys<{ output: number; pid: number }> {
	const words: string[] = [];
	for (const word of given.split(/[ \t\n]+/).filter((one) => one !== '')) {
		const found = SPECIAL.test(word) ? yield* glob(word, GLOB) : [];
		words.push(...(found.length > 0 ? found : [word]));
	}
	const [output, input] = yield* pipe();
	const pid = yield* spawn('/bin/ls', ['/bin/ls', '-lA', ...words], new Map(), {
		*prepare() {
			yield* dup2(input, 1);
			yield* dup2(input, 2);
			yield* close(input);
			yield* close(output);
		}
	});
	yield* close(input);
	return { output, pid };
}

export function* list(session: Session, given = ''): Sys<void> {
	const { output, pid } = yield* startLs(given);
	const data = yield* openData(session, '/bin/ls');
	if (data !== undefined) yield* send(session, output, data);
	yield* close(output);
	yield* wait(pid);
}

/** Over the control connection. */
export function* statusOf(session: Session, given: string): Sys<void> {
	const { output, pid } = yield* startLs(given);
	yield* session.line(211, `status of ${given}:`);
	for (const line of linesOf(decode(yield* readAll(output)))) yield* session.send(`${line}\r\n`);
	yield* close(output);
	yield* wait(pid);
	yield* session.reply(211, 'End of Status');
}

/** Names alone: those in a directory, or those that a pattern means. */
export function* names(session: Session, given = '.'): Sys<void> {
	const asked = SPECIAL.test(given) ? yield* glob(given, GLOB) : [given];
	if (asked.length === 0) return yield* session.reply(550, `${given}: ${strerror('ENOENT')}.`);
	const found: string[] = [];
	for (const name of asked) {
		try {
			const { mode } = yield* stat(name);
			if ((mode & S.IFMT) === S.IFREG) found.push(name);
			else if ((mode & S.IFMT) === S.IFDIR) found.push(...(yield* inside(name)));
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (asked.length > 1) continue;
			return yield* session.failed(550, name, error);
		}
	}
	if (found.length === 0) return yield* session.reply(550, 'No files found.');
	const data = yield* openData(session, 'file list');
	if (data !== undefined) yield* sendText(session, data, found.map((name) => `${name}\n`).join(''));
}

/** Plain files and what else is no directory; a directory's own name is part of the path unless it is `.`. */
function* inside(directory: string): Sys<string[]> {
	const prefix = directory === '.' ? '' : `${directory}/`;
	const out: string[] = [];
	for (const { name } of yield* readdir(directory)) {
		try {
			yield* stat(`${directory}/${name}`);
			out.push(prefix + name);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	return out;
}
