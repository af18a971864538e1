/**
 * safe_finger(8): finger for commands of `spawn`, against hosts that answer with something nasty. Gives up privileges,
 * reads at most 100,000 bytes for at most a minute, cuts lines at 128 characters, begins each with a blank, and prints
 * control characters as `\ooo`.
 */
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getgrouplist, getpwnam } from '../libc/passwd';
import { STDIN } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { alarm, close, dup2, exec, fork, getcred, kill, pipe, read, setgid, setgroups, setuid, signal, stat, wait } from '../libc/unistd'; // prettier-ignore
import { fromBytes, type ByteText } from './bytes';
import { Output, printWarning } from './tool';

const TIME_LIMIT = 60_000_000;
const INPUT_LENGTH = 100_000;
const LINE_LENGTH = 128;
const UNPRIVILEGED = 'nobody';
const UNPRIVILEGED_ID = 65_534;
const PATH = '/bin:/usr/bin:/sbin:/usr/sbin';

export const safeFinger: Main = function* (argv, env) {
	yield* dropPrivileges();
	const [input, output] = yield* pipe();
	const pid = yield* fork(function* () {
		yield* close(input);
		yield* dup2(output, 1);
		yield* close(output);
		return yield* execPath(['finger', ...argv.slice(1)], new Map([...env, ['PATH', PATH]]));
	});
	yield* close(output);
	yield* dup2(input, STDIN);
	yield* close(input);
	yield* signal(SIGNAL.SIGALRM, 'catch');
	yield* alarm(TIME_LIMIT);
	const screen = yield* Output.open();
	const filter = new Filter();
	try {
		while (!filter.full) {
			const part = yield* read(STDIN, 4096);
			if (part.length === 0) break;
			yield* screen.print(filter.pass(fromBytes(part)));
		}
		if (filter.full) yield* close(STDIN);
		yield* screen.flush();
		const ended = yield* wait(pid);
		return ended?.kind === 'exited' && ended.status === 0 ? 0 : 1;
	} catch (thrown) {
		if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') throw thrown;
		yield* kill(pid, SIGNAL.SIGKILL);
		yield* screen.flush();
		return 0;
	}
};

function* dropPrivileges(): Sys<void> {
	const { uid, euid } = yield* getcred();
	if (uid !== 0 && euid !== 0) return;
	const entry = yield* getpwnam(UNPRIVILEGED);
	const known = entry !== undefined && entry.uid > 0;
	yield* setgid(known ? entry.gid : UNPRIVILEGED_ID);
	yield* setgroups(known ? yield* getgrouplist(entry.name, entry.gid) : []);
	yield* setuid(known ? entry.uid : UNPRIVILEGED_ID);
}

function* execPath(argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	for (const directory of PATH.split(':')) {
		const path = `${directory}/${argv[0]}`;
		try {
			yield* stat(path);
			return yield* exec(path, argv, env);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	yield* printWarning(`${argv[0]}: ${strerror('ENOENT')}\n`);
	return 1;
}

/** Makes text harmless. */
export class Filter {
	#column = 0;
	#count = 0;
	/** more came than is looked at */
	full = false;

	pass(text: ByteText): ByteText {
		let out = '';
		for (const character of text) {
			if (this.#count++ >= INPUT_LENGTH) {
				this.full = true;
				return `${out}\n\n Input truncated to ${this.#count - 1} bytes...\n`;
			}
			out += this.#one(character);
		}
		return out;
	}

	#one(character: string): ByteText {
		if (character === '\n') {
			this.#column = 0;
			return character;
		}
		let out = '';
		if (this.#column >= LINE_LENGTH) {
			out = '\\\n';
			this.#column = 0;
		}
		if (this.#column === 0) {
			out += ' ';
			this.#column = 1;
		}
		const code = character.charCodeAt(0);
		const plain = (code >= 0x20 && code < 0x7f) || (code >= 0x09 && code <= 0x0d);
		const shown = !plain ? `\\${code.toString(8).padStart(3, '0')}` : character === '\\' ? '\\\\' : character;
		this.#column += shown.length;
		return out + shown;
	}
}
