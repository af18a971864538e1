/**
 * The session of telnet(1): keys to the other side, its bytes to the screen, options answered as inetutils 2.4 does.
 *
 * Does: speaks TELNET first when the port is telnet's, else only when it is spoken to. Sends lines until the other side says
 *       that it echoes, then single keys. The escape character asks for a command at `telnet> `.
 * Not simulated: linemode, flow control by the other side, commands beyond those of COMMANDS.
 */
import { Errno, SIGNAL, type Sys, type Termios } from '#kernel/syscalls';
import { readAnswer } from '../libc/getpass';
import { print, printError, STDIN, STDOUT } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import {
	COMMAND, DO, DONT, escaped, IAC, IS, OPTION, option, parameters, Parser, SEND, WILL, WONT, type Piece, type Verb
} from '../libc/telnet'; // prettier-ignore
import { encode } from '../libc/text';
import {
	close, getpid, kill, poll, read, signal, takeSignals, tcgetattr, tcsetattr, winsize, write
} from '../libc/unistd'; // prettier-ignore

const CHUNK = 65_536;
const CR = 13;
const LF = 10;
const NUL = 0;
const ESCAPE = 0x1d;
const SPEED = '38400,38400';
const RAW: Partial<Termios> = { canonical: false, echo: false, signals: false, crToNl: false, nlToCrnl: false };
/** sent first to a telnet server */
const OPENING: readonly (readonly [Verb, number])[] = [
	[DO, OPTION.ENCRYPT],
	[WILL, OPTION.ENCRYPT],
	[DO, OPTION.SGA],
	[WILL, OPTION.TTYPE],
	[WILL, OPTION.NAWS],
	[WILL, OPTION.TSPEED],
	[WILL, OPTION.LFLOW],
	[WILL, OPTION.LINEMODE],
	[WILL, OPTION.NEW_ENVIRON],
	[DO, OPTION.STATUS]
];
const ABLE: readonly number[] = [
	OPTION.TTYPE,
	OPTION.NAWS,
	OPTION.TSPEED,
	OPTION.LFLOW,
	OPTION.LINEMODE,
	OPTION.NEW_ENVIRON,
	OPTION.BINARY
];
const WELCOME: readonly number[] = [OPTION.SGA, OPTION.ECHO, OPTION.STATUS, OPTION.BINARY, OPTION.AUTHENTICATION];

const HELP = `Commands may be abbreviated.  Commands are:

close   \tclose current connection
logout  \tforcibly logout remote user and close the connection
display \tdisplay operating parameters
mode    \ttry to enter line or character mode ('mode ?' for more)
open    \tconnect to a site
quit    \texit telnet
send    \ttransmit special characters ('send ?' for more)
set     \tset operating parameters ('set ?' for more)
unset   \tunset operating parameters ('unset ?' for more)
status  \tprint status information
toggle  \ttoggle operating parameters ('toggle ?' for more)
slc     \tchange state of special characters ('slc ?' for more)
auth    \tturn on (off) authentication ('auth ?' for more)
encrypt \tturn on (off) encryption ('encrypt ?' for more)
z       \tsuspend telnet
!       \tinvoke a subshell
environ \tchange environment variables ('environ ?' for more)
?       \tprint help information
`;
/** what the prompt understands; the others of the help text say that they are not there */
const COMMANDS = ['close', 'quit', 'status', 'send', 'z', '?', 'help'] as const;
const SENT: Readonly<Record<string, readonly number[]>> = {
	ao: [IAC, COMMAND.AO],
	ayt: [IAC, COMMAND.AYT],
	brk: [IAC, COMMAND.BRK],
	ip: [IAC, COMMAND.IP],
	nop: [IAC, COMMAND.NOP],
	escape: [ESCAPE]
};

class Closed {}

export class TelnetSession {
	readonly #parser = new Parser();
	readonly #his = new Map<number, boolean>();
	readonly #mine = new Map<number, boolean>();
	readonly #asked = new Set<string>();
	readonly #escape: number | undefined;
	#modes: Termios | undefined;
	/** every key goes at once, and the other side echoes */
	#byKey = false;
	#afterReturn = false;

	/** @param escape of -e; empty for none */
	constructor(
		readonly fd: number,
		readonly host: string,
		readonly terminal: string,
		escape: string | undefined
	) {
		this.#escape = escape === undefined ? ESCAPE : escape === '' ? undefined : encode(escape)[0];
	}

	get escapeName(): string {
		if (this.#escape === undefined) return 'off';
		return this.#escape < 32 ? `^${String.fromCharCode(this.#escape + 64)}` : String.fromCharCode(this.#escape);
	}

	*run(speaksFirst: boolean): Sys<number> {
		try {
			this.#modes = yield* tcgetattr(STDIN);
			yield* signal(SIGNAL.SIGWINCH, 'catch');
		} catch (thrown) {
			errnoOf(thrown);
		}
		try {
			if (speaksFirst) yield* this.#open();
			yield* this.#relay();
		} catch (thrown) {
			if (!(thrown instanceof Closed)) throw thrown;
			yield* this.#setByKey(false);
			yield* printError('Connection closed by foreign host.\n');
		}
		return 0;
	}

	*#open(): Sys<void> {
		for (const [verb, number] of OPENING) {
			this.#asked.add(`${verb === DO ? 'his' : 'mine'} ${number}`);
			if (verb === WILL) this.#mine.set(number, true);
		}
		yield* this.#send(OPENING.flatMap(([verb, number]) => option(verb, number)));
	}

	*#send(bytes: readonly number[] | Uint8Array): Sys<void> {
		if (bytes.length === 0) return;
		try {
			yield* write(this.fd, Uint8Array.from(bytes));
		} catch (thrown) {
			errnoOf(thrown);
			throw new Closed();
		}
	}

	*#relay(): Sys<void> {
		for (;;) {
			const ready = yield* this.#wait();
			if (ready.includes(this.fd)) yield* this.#fromServer();
			if (!ready.includes(STDIN)) continue;
			const typed = yield* read(STDIN, CHUNK);
			/* the end of standard input ends the connection, and telnet blames the other side */
			if (typed.length === 0) throw new Closed();
			if (yield* this.#fromKeyboard(typed)) return;
		}
	}

	*#wait(): Sys<number[]> {
		try {
			const requests = [this.fd, STDIN].map((fd) => ({ fd, read: true }));
			return (yield* poll(requests, -1)).map(({ fd }) => fd);
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'EINTR') throw thrown;
			yield* takeSignals();
			if (this.#mine.get(OPTION.NAWS)) yield* this.#send(yield* this.#size());
			return [];
		}
	}

	/** @returns whether the connection was given up */
	*#fromKeyboard(typed: Uint8Array): Sys<boolean> {
		const at = this.#escape === undefined ? -1 : typed.indexOf(this.#escape);
		if (at < 0) {
			yield* this.#send(this.#onTheWire(typed));
			return false;
		}
		yield* this.#send(this.#onTheWire(typed.subarray(0, at)));
		const wasByKey = this.#byKey;
		yield* this.#setByKey(false);
		if (yield* this.#prompt()) return true;
		yield* this.#setByKey(wasByKey);
		return false;
	}

	/** A line ends in CR LF on the wire, a return key is CR NUL, unless binary was agreed on (RFC 854, 856). */
	#onTheWire(bytes: Uint8Array): number[] {
		const out = escaped(bytes);
		if (!this.#byKey) return out.flatMap((byte) => (byte === LF ? [CR, LF] : [byte]));
		if (this.#mine.get(OPTION.BINARY)) return out;
		return out.flatMap((byte) => (byte === CR ? [CR, NUL] : [byte]));
	}

	*#fromServer(): Sys<void> {
		let part: Uint8Array;
		try {
			part = yield* read(this.fd, CHUNK);
		} catch (thrown) {
			if (thrown instanceof Errno) throw new Closed();
			throw thrown;
		}
		if (part.length === 0) throw new Closed();
		for (const piece of this.#parser.feed(part)) {
			if (piece.kind === 'text') yield* this.#show(piece.bytes);
			else if (piece.kind === 'option') yield* this.#answer(piece.verb, piece.option);
			else if (piece.kind === 'parameters') yield* this.#tell(piece);
		}
	}

	*#show(bytes: Uint8Array): Sys<void> {
		const shown: number[] = [];
		for (const byte of bytes) {
			/* CR NUL is a bare return; CR LF ends a line, and the terminal adds the return unless keys go raw */
			const ends = this.#afterReturn && byte === LF;
			const bare = this.#afterReturn && byte === NUL;
			this.#afterReturn = byte === CR;
			if (ends && this.#byKey) shown.push(CR, LF);
			else if (bare) shown.push(CR);
			else if (byte !== CR) shown.push(byte);
		}
		if (shown.length > 0) yield* write(STDOUT, Uint8Array.from(shown));
	}

	*#answer(verb: Verb, number: number): Sys<void> {
		const isHis = verb === WILL || verb === WONT;
		const on = verb === WILL || verb === DO;
		const states = isHis ? this.#his : this.#mine;
		const asked = this.#asked.delete(`${isHis ? 'his' : 'mine'} ${number}`);
		const before = states.get(number) ?? false;
		const wanted = on && (asked || (isHis ? WELCOME : ABLE).includes(number));
		states.set(number, wanted);
		if (!asked && before !== wanted) yield* this.#send(option(isHis ? (on ? DO : DONT) : on ? WILL : WONT, number));
		else if (!asked && on && !wanted) yield* this.#send(option(isHis ? DONT : WONT, number));
		if (number === OPTION.NAWS && wanted) yield* this.#send(yield* this.#size());
		if (isHis) yield* this.#setByKey((this.#his.get(OPTION.ECHO) ?? false) && (this.#his.get(OPTION.SGA) ?? false));
	}

	*#size(): Sys<number[]> {
		try {
			const { rows, columns } = yield* winsize(STDIN);
			return parameters(OPTION.NAWS, [columns >> 8, columns & 255, rows >> 8, rows & 255]);
		} catch (thrown) {
			errnoOf(thrown);
			return parameters(OPTION.NAWS, [0, 0, 0, 0]);
		}
	}

	/** What the other side asks of a terminal. */
	*#tell(piece: Extract<Piece, { kind: 'parameters' }>): Sys<void> {
		if (piece.bytes[0] !== SEND || !this.#mine.get(piece.option)) return;
		const text = { [OPTION.TTYPE]: this.terminal.toUpperCase(), [OPTION.TSPEED]: SPEED, [OPTION.NEW_ENVIRON]: '' }[
			piece.option
		];
		if (text !== undefined) yield* this.#send(parameters(piece.option, [IS, ...encode(text)]));
	}

	*#setByKey(on: boolean): Sys<void> {
		if (this.#byKey === on) return;
		this.#byKey = on;
		if (this.#modes) yield* tcsetattr(STDIN, on ? RAW : this.#modes);
	}

	/** The prompt behind the escape character. @returns true when the connection was given up */
	*#prompt(): Sys<boolean> {
		yield* print('\n');
		for (;;) {
			yield* print('telnet> ');
			const answer = yield* readAnswer();
			const [word = '', argument = ''] = (answer ?? 'quit').trim().split(/\s+/);
			if (word === '') return false;
			const name = COMMANDS.find((command) => command.startsWith(word));
			if (name === undefined) yield* print(word === '!' ? '?Not simulated.\n' : '?Invalid command\n');
			else if (name === '?' || name === 'help') yield* print(HELP);
			else return yield* this.#obey(name, argument);
		}
	}

	*#obey(name: 'close' | 'quit' | 'status' | 'send' | 'z', argument: string): Sys<boolean> {
		if (name === 'close' || name === 'quit') {
			yield* close(this.fd);
			yield* print('Connection closed.\n');
			return true;
		}
		if (name === 'status') yield* print(this.#status());
		if (name === 'z') yield* kill(yield* getpid(), SIGNAL.SIGTSTP);
		if (name === 'send') {
			const bytes = SENT[argument];
			if (bytes) yield* this.#send(bytes);
			else yield* print(`Unknown send argument '${argument}'\n'send ?' for help.\n`);
		}
		return false;
	}

	#status(): string {
		const byKey = this.#his.get(OPTION.ECHO) === true;
		const mode = byKey
			? 'Operating in single character mode\nCatching signals locally\nRemote character echo\nLocal flow control\n'
			: 'Operating in obsolete linemode\nLocal character echo\n';
		return `Connected to ${this.host}.\n${mode}Escape character is '${this.escapeName}'.\n`;
	}
}
