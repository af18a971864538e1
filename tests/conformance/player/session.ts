/**
 * A client that speaks line by line as a recording says: SMTP, POP3 and IMAP sessions (`../postfix/README.md`, "Steps").
 * It runs as a process on a host of the lab and uses its sockets, like any client.
 */
import { SECOND } from '#engine/engine';
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { close, connect, poll, bind, read, sleep, socket, write } from '#programs/libc/unistd';
import { strerror } from '#programs/libc/strerror';

export type Entry = readonly [kind: string, value: string | number];

const REPLY_TIMEOUT = 20 * SECOND;

/** Every session takes the next entry of `expected` as its script, and appends what happened to `got`. */
export function sessionMain(
	target: { address: number; port: number; from?: number },
	expected: readonly Entry[],
	got: Entry[]
): Main {
	return function* () {
		const fd = yield* socket('inet', 'stream');
		try {
			if (target.from !== undefined) yield* bind(fd, { family: 'inet', address: target.from, port: 0 });
			yield* connect(fd, { family: 'inet', address: target.address, port: target.port });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			got.push(['E', strerror(thrown)]);
			return 1;
		}
		yield* converse(fd, expected, got);
		return 0;
	};
}

function* converse(fd: number, expected: readonly Entry[], got: Entry[]): Sys<void> {
	const lines = new TimedLines(fd);
	for (let at = 0; at < expected.length; at++) {
		const [kind, value] = expected[at]!;
		if (kind === 'C' || kind === 'R') {
			let text = '';
			for (; at < expected.length && (expected[at]![0] === 'C' || expected[at]![0] === 'R'); at++) {
				got.push(expected[at]!);
				text += `${expected[at]![1]}${expected[at]![0] === 'C' ? '\r\n' : ''}`;
			}
			at--;
			try {
				yield* write(fd, Uint8Array.from(text, (character) => character.charCodeAt(0)));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
			}
		} else if (kind === 'wait') {
			yield* sleep(Number(value) * SECOND);
			got.push(expected[at]!);
		} else if (kind === 'C-close') {
			got.push(['C-close', '']);
			yield* close(fd);
			return;
		} else {
			const line = yield* lines.next();
			got.push(line === 'timeout' ? ['T', 'no reply'] : line === null ? ['S-close', ''] : ['S', line]);
			if (line === 'timeout' || line === null) break;
		}
	}
	yield* close(fd);
}

/** Lines of a socket, each waited for 20 seconds at most. */
class TimedLines {
	#rest = '';

	constructor(readonly fd: number) {}

	*next(): Sys<string | null> {
		for (;;) {
			const end = this.#rest.indexOf('\n');
			if (end >= 0) {
				const line = this.#rest.slice(0, end).replace(/\r$/, '');
				this.#rest = this.#rest.slice(end + 1);
				return line;
			}
			const [ready] = yield* poll([{ fd: this.fd, read: true }], REPLY_TIMEOUT);
			if (!ready) return 'timeout';
			let part: Uint8Array;
			try {
				part = yield* read(this.fd, 65_536);
			} catch (thrown) {
				if (thrown instanceof Errno) return null;
				throw thrown;
			}
			if (part.length === 0) return null;
			this.#rest += String.fromCharCode(...part);
		}
	}
}
