/**
 * Terminals: the line discipline between a keyboard and the processes of a session (termios(3), tty_ioctl(4)).
 *
 * Does: lines with erase (DEL), word erase (^W), kill (^U), literal next (^V), end of file (^D); signals (^C, ^\, ^Z)
 *       to the foreground group; echo with ^X for control characters; CR to NL and NL to CR NL; stop and start (^S, ^Q);
 *       SIGTTIN and SIGTTOU for the background; SIGHUP when it is hung up.
 * Bounds: 4,096 bytes of input in a line, 65,536 in all; 65,536 bytes of output, then the writer waits until the
 *         screen has taken some.
 * Not simulated: baud rates, parity, tabs and delays, other control characters than the usual ones.
 */
import type { TaskId } from '#engine/queue';
import type { OpenFile } from '../open-file';
import { Errno, O, S, SIGNAL, type Stat, type Termios } from '../syscalls';
import { WaitQueue, WouldBlock, type Answer } from '../wait';
import type { Inode } from '../fs/inode';
import type { Kernel } from '../kernel';
import { ByteQueue } from './pipe';
import type { Process, Session } from './process';
import { postToGroup } from './signals';

const MAX_LINE = 4096;
const INPUT_LIMIT = 65_536;
export const OUTPUT_LIMIT = 65_536;
/** bytes that a screen takes at once, and a microsecond after that */
const SCREEN_BURST = 65_536;
const SCREEN_RATE = 2;
/** microseconds between two goes */
const SCREEN_PERIOD = 5_000;

const KEY = {
	interrupt: 0x03,
	endOfFile: 0x04,
	backspace: 0x08,
	tab: 0x09,
	newline: 0x0a,
	return: 0x0d,
	reprint: 0x12,
	start: 0x11,
	stop: 0x13,
	kill: 0x15,
	literal: 0x16,
	wordErase: 0x17,
	suspend: 0x1a,
	quit: 0x1c,
	erase: 0x7f
} as const;

const SIGNAL_KEYS: ReadonlyMap<number, number> = new Map([
	[KEY.interrupt, SIGNAL.SIGINT],
	[KEY.quit, SIGNAL.SIGQUIT],
	[KEY.suspend, SIGNAL.SIGTSTP]
]);

const DEFAULT_MODES: Termios = { canonical: true, echo: true, signals: true, crToNl: true, nlToCrnl: true };

export class Terminal {
	readonly changed = new WaitQueue();
	modes: Termios = DEFAULT_MODES;
	/** whose controlling terminal it is */
	session: Session | undefined;
	/** foreground process group, 0 for none */
	foreground = 0;
	hungUp = false;
	/** ^S: output waits for ^Q */
	stopped = false;
	/** bytes for the host side */
	readonly output = new ByteQueue();
	onOutput: ((bytes: Uint8Array) => void) | undefined;
	onUnused: (() => void) | undefined;
	/** its other side is a process's (`pty-master.ts`) */
	hasMaster = false;
	/** complete lines (or, in raw mode, bytes) that a read may take; null ends a file */
	#lines: (Uint8Array | null)[] = [];
	#inputLength = 0;
	#line: number[] = [];
	/** keys of the batch that is being typed, where lines do not count */
	#raw: number[] = [];
	#literal = false;
	/** where the cursor is, and where it was when the line that is being typed began */
	#column = 0;
	#lineColumn = 0;
	#opened = 0;
	#wasOpened = false;
	#budget = SCREEN_BURST;
	#budgetAt = 0;
	#flushTask: TaskId | undefined;

	constructor(
		readonly kernel: Kernel,
		readonly path: string,
		public rows: number,
		public columns: number
	) {}

	/* ---- the session ---- */

	become(session: Session): void {
		if (this.session) this.session.terminal = undefined;
		this.session = session;
		session.terminal = this;
		this.foreground = session.id;
	}

	/** The session's leader has ended. */
	leave(session: Session): void {
		if (this.session !== session) return;
		this.session = undefined;
		this.foreground = 0;
		/* who sits at the other end shall hear of it, even if something in the background still holds the terminal */
		if (this.hasMaster) this.hangUp();
	}

	#isBackground(process: Process): boolean {
		return process.session.terminal === this && this.foreground > 0 && process.pgid !== this.foreground;
	}

	/** A background process that reads is stopped. */
	checkRead(process: Process): WouldBlock | undefined {
		if (!this.#isBackground(process)) return undefined;
		const ignored = process.dispositions.get(SIGNAL.SIGTTIN) === 'ignore';
		if (ignored || this.kernel.processes.isOrphaned(process.pgid)) throw new Errno('EIO');
		postToGroup(this.kernel, process.pgid, SIGNAL.SIGTTIN);
		return new WouldBlock([this.changed]);
	}

	/** A background process that changes the terminal is stopped, unless it ignores SIGTTOU. */
	checkChange(process: Process): WouldBlock | undefined {
		if (!this.#isBackground(process)) return undefined;
		if (process.dispositions.get(SIGNAL.SIGTTOU) === 'ignore') return undefined;
		if (this.kernel.processes.isOrphaned(process.pgid)) throw new Errno('EIO');
		postToGroup(this.kernel, process.pgid, SIGNAL.SIGTTOU);
		return new WouldBlock([this.changed]);
	}

	setModes(change: Partial<Termios>): void {
		const wasCanonical = this.modes.canonical;
		this.modes = { ...this.modes, ...change };
		if (wasCanonical && !this.modes.canonical) {
			// what was typed into the line that was not finished is there at once
			if (this.#line.length > 0) this.#lines.push(Uint8Array.from(this.#line));
			this.#line = [];
			this.#lines = this.#lines.filter((line) => line !== null);
			this.changed.wake();
		}
	}

	/* ---- the keyboard ---- */

	/** Bytes from the keyboard. What does not fit is lost, as on a real line. */
	type(bytes: Uint8Array): void {
		if (this.hungUp) return;
		for (const byte of bytes) this.#key(byte);
		if (this.#raw.length > 0) this.#lines.push(Uint8Array.from(this.#raw));
		this.#raw = [];
		this.changed.wake();
		this.flush();
	}

	#key(typed: number): void {
		const { modes } = this;
		if (this.#literal) {
			this.#literal = false;
			return this.#put(typed);
		}
		const byte = typed === KEY.return && modes.crToNl ? KEY.newline : typed;
		if (modes.signals) {
			const signal = SIGNAL_KEYS.get(byte);
			if (signal !== undefined) return this.#signal(byte, signal);
		}
		if (!modes.canonical) return this.#putRaw(byte);
		if (byte === KEY.stop) {
			this.stopped = true;
			return;
		}
		if (byte === KEY.start) return this.#start();
		const edit = EDIT[byte];
		if (edit) edit(this);
		else if (byte === KEY.newline) this.#finishLine();
		else this.#put(byte);
	}

	#start(): void {
		this.stopped = false;
		this.changed.wake();
	}

	#signal(byte: number, signal: number): void {
		this.#line = [];
		this.#raw = [];
		this.#lines = [];
		this.#inputLength = 0;
		this.stopped = false;
		if (this.modes.echo) this.#echo(byte);
		if (this.foreground > 0) postToGroup(this.kernel, this.foreground, signal);
	}

	#putRaw(byte: number): void {
		if (this.#inputLength >= INPUT_LIMIT) return;
		this.#raw.push(byte);
		this.#inputLength++;
		if (this.modes.echo) this.#echo(byte);
	}

	#put(byte: number): void {
		if (!this.modes.canonical) return this.#putRaw(byte);
		// the last place is the newline's
		if (this.#line.length >= MAX_LINE - 1 || this.#inputLength + this.#line.length >= INPUT_LIMIT) {
			this.#send(Uint8Array.of(7));
			return;
		}
		if (this.#line.length === 0) this.#lineColumn = this.#column;
		this.#line.push(byte);
		if (this.modes.echo) this.#echo(byte);
	}

	#finishLine(): void {
		this.#line.push(KEY.newline);
		if (this.modes.echo) this.#echo(KEY.newline);
		this.#push(Uint8Array.from(this.#line));
	}

	#push(line: Uint8Array | null): void {
		this.#lines.push(line);
		this.#inputLength += line?.length ?? 0;
		this.#line = [];
	}

	/** ^D: ends the line without a newline; on an empty line it is the end of the file. */
	endOfFile(): void {
		this.#push(this.#line.length > 0 ? Uint8Array.from(this.#line) : null);
	}

	/** Takes the last character away: all bytes of it (IUTF8). */
	erase(): boolean {
		let removed = this.#line.pop();
		if (removed === undefined) return false;
		while (removed !== undefined && (removed & 0xc0) === 0x80) removed = this.#line.pop();
		if (!this.modes.echo) return true;
		if (removed === KEY.tab) this.#send(new Uint8Array(8 - (this.#columnOfLine() & 7)).fill(KEY.backspace));
		else for (let width = isControl(removed ?? 0) ? 2 : 1; width > 0; width--) this.#send(RUBOUT);
		return true;
	}

	/** The column at which the line that is being typed ends now. */
	#columnOfLine(): number {
		let column = this.#lineColumn;
		for (const byte of this.#line) {
			if (byte === KEY.tab) column = (column | 7) + 1;
			else if ((byte & 0xc0) !== 0x80) column += isControl(byte) ? 2 : 1;
		}
		return column;
	}

	/** ^W takes what is no letter or digit, then letters and digits (n_tty.c, eraser). */
	eraseWord(): void {
		for (let inWord = false; this.#line.length > 0; this.erase()) {
			let last = this.#line.length - 1;
			while (last > 0 && (this.#line[last]! & 0xc0) === 0x80) last--;
			if (isWord(this.#line[last]!)) inWord = true;
			else if (inWord) return;
		}
	}

	eraseLine(): void {
		while (this.erase());
	}

	reprint(): void {
		if (!this.modes.echo) return;
		this.#echo(KEY.reprint);
		this.#echo(KEY.newline);
		for (const byte of this.#line) this.#echo(byte);
	}

	takeLiteral(): void {
		this.#literal = true;
		if (this.modes.echo) this.#send(Uint8Array.of(0x5e, KEY.backspace));
	}

	#echo(byte: number): void {
		if (byte === KEY.newline) this.#send(this.modes.nlToCrnl ? CRNL : NL);
		else if (isControl(byte) && byte !== KEY.tab) this.#send(Uint8Array.of(0x5e, byte ^ 0x40));
		else this.#send(Uint8Array.of(byte));
	}

	/* ---- the processes ---- */

	read(count: number): Answer<Uint8Array> {
		if (count === 0) return new Uint8Array(0);
		const first = this.#lines[0];
		if (first === undefined) return this.hungUp ? new Uint8Array(0) : new WouldBlock([this.changed]);
		if (first === null) {
			this.#lines.shift();
			return new Uint8Array(0);
		}
		if (!this.modes.canonical) return this.#readRaw(count);
		this.#inputLength -= Math.min(count, first.length);
		if (first.length > count) {
			this.#lines[0] = first.subarray(count);
			return first.slice(0, count);
		}
		this.#lines.shift();
		return first;
	}

	#readRaw(count: number): Uint8Array {
		const queue = new ByteQueue();
		while (queue.length < count) {
			const first = this.#lines.shift();
			if (first === undefined) break;
			if (first === null) continue;
			const part = first.subarray(0, count - queue.length);
			queue.push(part);
			if (part.length < first.length) this.#lines.unshift(first.subarray(part.length));
		}
		this.#inputLength = Math.max(0, this.#inputLength - queue.length);
		return queue.take(queue.length);
	}

	write(bytes: Uint8Array): Answer<number> {
		if (this.hungUp) throw new Errno('EIO');
		if (bytes.length === 0) return 0;
		if (this.stopped || this.output.length >= OUTPUT_LIMIT) return new WouldBlock([this.changed]);
		const part = bytes.length > WRITE_CHUNK ? bytes.subarray(0, WRITE_CHUNK) : bytes;
		this.#send(this.modes.nlToCrnl && part.includes(KEY.newline) ? withReturns(part) : part.slice());
		this.flush();
		return part.length;
	}

	#send(bytes: Uint8Array): void {
		for (const byte of bytes) this.#column = columnAfter(this.#column, byte);
		// echo is not held back, but it is bounded too
		if (this.output.length < 2 * OUTPUT_LIMIT) this.output.push(bytes);
	}

	/**
	 * Hands the screen what it can take: 64 KiB at once, then 2 MB a second of virtual time. So a program that prints
	 * without end is held back in the same way in every run, however the time is cut into batches.
	 */
	flush(): void {
		if (this.hasMaster) this.changed.wake();
		if (!this.onOutput || this.output.length === 0) return;
		const { now } = this.kernel.scheduler;
		this.#budget = Math.min(SCREEN_BURST, this.#budget + (now - this.#budgetAt) * SCREEN_RATE);
		this.#budgetAt = now;
		const count = Math.min(this.output.length, Math.floor(this.#budget));
		if (count > 0) {
			this.#budget -= count;
			this.onOutput(this.output.take(count));
			this.changed.wake();
		}
		if (this.output.length > 0 && this.#flushTask === undefined)
			this.#flushTask = this.kernel.engine.after(SCREEN_PERIOD, () => {
				this.#flushTask = undefined;
				this.flush();
			});
	}

	/** Nothing more will come: the rest at once. */
	flushAll(): void {
		if (this.#flushTask !== undefined) this.kernel.engine.cancel(this.#flushTask);
		this.#flushTask = undefined;
		if (this.onOutput && this.output.length > 0) this.onOutput(this.output.take(this.output.length));
	}

	get inUse(): boolean {
		return this.#opened > 0;
	}

	/** It was opened, and nobody has it any more. */
	get deserted(): boolean {
		return this.#wasOpened && this.#opened === 0;
	}

	get readable(): boolean {
		return this.#lines.length > 0 || this.hungUp;
	}

	get writable(): boolean {
		return this.hungUp || (!this.stopped && this.output.length < OUTPUT_LIMIT);
	}

	resize(rows: number, columns: number): void {
		if (rows === this.rows && columns === this.columns) return;
		this.rows = rows;
		this.columns = columns;
		if (this.foreground > 0) postToGroup(this.kernel, this.foreground, SIGNAL.SIGWINCH);
	}

	/** The line is cut: SIGHUP to the session's leader and the foreground group; reads end, writes fail. */
	hangUp(): void {
		if (this.hungUp) return;
		this.hungUp = true;
		const { session, foreground } = this;
		this.changed.wake();
		if (!session) return;
		const leader = this.kernel.processes.get(session.id);
		if (leader) for (const signal of [SIGNAL.SIGHUP, SIGNAL.SIGCONT]) this.kernel.processes.send(leader, signal);
		if (foreground > 0 && foreground !== session.id)
			for (const signal of [SIGNAL.SIGHUP, SIGNAL.SIGCONT]) postToGroup(this.kernel, foreground, signal);
	}

	/** A description of it was opened or closed; the host side hears when nobody holds it any more. */
	count(change: 1 | -1): void {
		this.#opened += change;
		this.#wasOpened = true;
		if (this.#opened === 0) this.onUnused?.();
	}
}

const RUBOUT = Uint8Array.of(8, 32, 8);
const CRNL = Uint8Array.of(13, 10);
const NL = Uint8Array.of(10);
const WRITE_CHUNK = 8192;

/** Editing keys of a line. */
const EDIT: Readonly<Record<number, ((terminal: Terminal) => void) | undefined>> = {
	[KEY.erase]: (terminal) => terminal.erase(),
	[KEY.wordErase]: (terminal) => terminal.eraseWord(),
	[KEY.kill]: (terminal) => terminal.eraseLine(),
	[KEY.reprint]: (terminal) => terminal.reprint(),
	[KEY.literal]: (terminal) => terminal.takeLiteral(),
	[KEY.endOfFile]: (terminal) => terminal.endOfFile()
};

function isControl(byte: number): boolean {
	return byte < 32 || byte === 127;
}

/** letters as the kernel's Latin-1 table has them, so that most of UTF-8 counts as a letter */
function isWord(byte: number): boolean {
	const letter = byte | 0x20;
	return (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || (letter >= 0x61 && letter <= 0x7a) || byte >= 0xc0;
}

function columnAfter(column: number, byte: number): number {
	if (byte >= 0x20) return byte === 0x7f || (byte & 0xc0) === 0x80 ? column : column + 1;
	if (byte === KEY.return || byte === KEY.newline) return 0;
	if (byte === KEY.tab) return (column | 7) + 1;
	return byte === KEY.backspace ? Math.max(0, column - 1) : column;
}

function withReturns(bytes: Uint8Array): Uint8Array {
	let count = 0;
	for (const byte of bytes) if (byte === KEY.newline) count++;
	const out = new Uint8Array(bytes.length + count);
	let at = 0;
	for (const byte of bytes) {
		if (byte === KEY.newline) out[at++] = KEY.return;
		out[at++] = byte;
	}
	return out;
}

/** A description of a terminal. */
export class TerminalFile implements OpenFile {
	readonly changed: WaitQueue;

	constructor(
		readonly terminal: Terminal,
		readonly inode: Inode,
		public flags: number
	) {
		this.changed = terminal.changed;
		terminal.count(1);
	}

	get name(): string {
		return this.terminal.path;
	}

	/** A session leader without a terminal gets this one, unless it says O_NOCTTY. */
	opened(process: Process, flags: number): void {
		const { terminal } = this;
		if ((flags & O.NOCTTY) !== 0 || terminal.session || process.session.terminal) return;
		if (process.session.id === process.pid) terminal.become(process.session);
	}

	checkRead(process: Process): WouldBlock | undefined {
		return this.terminal.checkRead(process);
	}

	read(count: number): Answer<Uint8Array> {
		if ((this.flags & O.ACCMODE) === O.WRONLY) throw new Errno('EBADF');
		return this.terminal.read(count);
	}

	write(bytes: Uint8Array): Answer<number> {
		if ((this.flags & O.ACCMODE) === O.RDONLY) throw new Errno('EBADF');
		return this.terminal.write(bytes);
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		const { readable, writable, hungUp } = this.terminal;
		return { read: readable, write: writable, hangup: hungUp };
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {
		this.terminal.count(-1);
	}
}

export const TTY_MODE = S.IFCHR | 0o620;
