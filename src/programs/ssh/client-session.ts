/**
 * ssh's end of the session: the terminal made raw, keys to the server, its bytes to the screen, window sizes; the exit
 * status at the end. `~.` at the beginning of a line hangs up, `~~` sends a tilde.
 */
import { Errno, SIGNAL, type Sys, type Termios } from '#kernel/syscalls';
import { STDERR, STDIN, STDOUT } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { close, poll, read, signal, takeSignals, tcgetattr, tcsetattr, winsize, write } from '../libc/unistd';
import { say, type Call } from './ssh';
import { field, MSG, PeerGone, type Message } from './transport';

const CHUNK = 4096;
const BY_APPLICATION = '11';
const FAILED = 255;
const TILDE = 0x7e;
const DOT = 0x2e;
const RAW: Partial<Termios> = { canonical: false, echo: false, signals: false, crToNl: false, nlToCrnl: false };

/** The user typed ~. */
class HangUp {}

export function* runClient(it: Call): Sys<number> {
	const { transport, parsed, command, env } = it;
	const modes = yield* terminalModes();
	const wantsTerminal =
		parsed.all('t').length > 1 || (modes !== undefined && (command === undefined || parsed.has('t')));
	const hasTerminal = wantsTerminal && !parsed.has('T');
	if (!hasTerminal && command === undefined && !parsed.has('T'))
		yield* say('Pseudo-terminal will not be allocated because stdin is not a terminal.');
	if (hasTerminal) {
		const { rows, columns } = yield* size();
		yield* transport.send(MSG.CHANNEL_REQUEST, 'pty-req', env.get('TERM') ?? 'dumb', String(rows), String(columns));
		yield* signal(SIGNAL.SIGWINCH, 'catch');
	}
	for (const [name, value] of env)
		if (/^(LANG|LC_\w+)$/.test(name)) yield* transport.send(MSG.CHANNEL_REQUEST, 'env', name, value);
	yield* transport.send(MSG.CHANNEL_REQUEST, ...(command === undefined ? ['shell'] : ['exec', command]));
	const session = new Session(it, hasTerminal && modes !== undefined, parsed.has('n') || parsed.has('f'));
	if (hasTerminal && modes) yield* tcsetattr(STDIN, RAW);
	let status = FAILED;
	try {
		status = yield* session.run();
	} catch (thrown) {
		if (!(thrown instanceof HangUp) && !(thrown instanceof PeerGone)) throw thrown;
		if (thrown instanceof PeerGone) {
			if (modes) yield* tcsetattr(STDIN, modes);
			yield* say(`Connection to ${it.host} closed by remote host.`);
		}
	}
	if (modes) yield* tcsetattr(STDIN, modes);
	if (hasTerminal) yield* say(`Connection to ${it.host} closed.`);
	try {
		yield* transport.send(MSG.DISCONNECT, BY_APPLICATION, 'disconnected by user');
	} catch (thrown) {
		if (!(thrown instanceof PeerGone)) throw thrown;
	}
	yield* close(transport.fd);
	return status;
}

function* terminalModes(): Sys<Termios | undefined> {
	try {
		return yield* tcgetattr(STDIN);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

function* size(): Sys<{ rows: number; columns: number }> {
	try {
		return yield* winsize(STDIN);
	} catch (thrown) {
		errnoOf(thrown);
		return { rows: 24, columns: 80 };
	}
}

class Session {
	#atLineStart = true;
	#tilde = false;
	#readsInput: boolean;
	#status = FAILED;

	constructor(
		readonly it: Call,
		readonly escapes: boolean,
		noInput: boolean
	) {
		this.#readsInput = !noInput;
	}

	/** @returns the status of the shell or the command */
	*run(): Sys<number> {
		const { transport } = this.it;
		if (!this.#readsInput) yield* transport.send(MSG.CHANNEL_EOF);
		for (;;) {
			for (let message = transport.take(); message; message = transport.take())
				if (yield* this.#fromServer(message)) return this.#status;
			for (const fd of yield* this.#wait()) {
				if (fd === transport.fd) yield* transport.fill();
				else yield* this.#fromKeyboard();
			}
		}
	}

	*#wait(): Sys<number[]> {
		const { fd } = this.it.transport;
		try {
			const requests = [{ fd, read: true }, ...(this.#readsInput ? [{ fd: STDIN, read: true }] : [])];
			return (yield* poll(requests, -1)).map((ready) => ready.fd);
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'EINTR') throw thrown;
			if ((yield* takeSignals()).includes(SIGNAL.SIGWINCH)) {
				const { rows, columns } = yield* size();
				yield* this.it.transport.send(MSG.CHANNEL_REQUEST, 'window-change', String(rows), String(columns));
			}
			return [];
		}
	}

	*#fromKeyboard(): Sys<void> {
		const { transport } = this.it;
		let typed: Uint8Array;
		try {
			typed = yield* read(STDIN, CHUNK);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			typed = new Uint8Array(0);
		}
		if (typed.length === 0) {
			this.#readsInput = false;
			yield* transport.send(MSG.CHANNEL_EOF);
			return;
		}
		const keys = this.escapes ? this.#withoutEscapes(typed) : typed;
		if (keys.length > 0) yield* transport.send(MSG.CHANNEL_DATA, keys);
	}

	#withoutEscapes(typed: Uint8Array): Uint8Array {
		const out: number[] = [];
		for (const byte of typed) {
			if (this.#tilde) {
				this.#tilde = false;
				if (byte === DOT) throw new HangUp();
				if (byte !== TILDE) out.push(TILDE);
				out.push(byte);
			} else if (byte === TILDE && this.#atLineStart) this.#tilde = true;
			else out.push(byte);
			this.#atLineStart = byte === 13 || byte === 10;
		}
		return Uint8Array.from(out);
	}

	/** @returns whether it is over */
	*#fromServer(message: Message): Sys<boolean> {
		const bytes = message.fields[0] ?? new Uint8Array(0);
		if (message.type === MSG.CHANNEL_DATA) yield* write(STDOUT, bytes);
		else if (message.type === MSG.CHANNEL_EXTENDED_DATA) yield* write(STDERR, bytes);
		else if (message.type === MSG.CHANNEL_REQUEST && field(message, 0) === 'exit-status')
			this.#status = Number(field(message, 1));
		return message.type === MSG.CHANNEL_CLOSE;
	}
}
