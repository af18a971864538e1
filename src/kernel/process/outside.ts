/**
 * What the world holds of a process or a terminal that it has started: output, status, keyboard.
 */
import type { WaitStatus } from '../syscalls';
import type { Process } from './process';
import type { Terminal } from './tty';

/** A process that was started from outside, with its standard output and error. */
export interface Spawned {
	readonly pid: number;
	/** as `$?` shows it: 128 + n for signal n; null while it runs */
	readonly status: number | null;
	/** it has ended and nobody holds its output any more */
	readonly finished: boolean;
	stdout(): Uint8Array;
	stderr(): Uint8Array;
	onOutput(listener: (fd: 1 | 2, bytes: Uint8Array) => void): void;
	onExit(listener: (status: number) => void): void;
	kill(signal: number): void;
}

/** The outer side of a terminal: keyboard and screen. */
export interface HostTerminal {
	readonly id: string;
	/** /dev/pts/0 */
	readonly path: string;
	/** the shell */
	readonly pid: number;
	type(bytes: Uint8Array): void;
	resize(rows: number, columns: number): void;
	hangup(): void;
	/** What was printed, from the first byte on. */
	onOutput(listener: (bytes: Uint8Array) => void): void;
	/** The session has ended. */
	onClose(listener: () => void): void;
}

export class Collector implements Spawned {
	status: number | null = null;
	readonly #parts: Record<1 | 2, Uint8Array[]> = { 1: [], 2: [] };
	#open = 2;
	#outputListener: ((fd: 1 | 2, bytes: Uint8Array) => void) | undefined;
	#exitListener: ((status: number) => void) | undefined;

	constructor(
		readonly process: Process,
		readonly kill: (signal: number) => void
	) {}

	get pid(): number {
		return this.process.pid;
	}

	get finished(): boolean {
		return this.status !== null && this.#open === 0;
	}

	take(fd: 1 | 2, bytes: Uint8Array): void {
		this.#parts[fd].push(bytes);
		this.#outputListener?.(fd, bytes);
	}

	closed(): void {
		this.#open--;
	}

	ended(status: WaitStatus): void {
		this.status = status.kind === 'exited' ? status.status : status.kind === 'signalled' ? 128 + status.signal : 0;
		this.#exitListener?.(this.status);
	}

	stdout(): Uint8Array {
		return this.#joined(1);
	}

	stderr(): Uint8Array {
		return this.#joined(2);
	}

	onOutput(listener: (fd: 1 | 2, bytes: Uint8Array) => void): void {
		this.#outputListener = listener;
	}

	onExit(listener: (status: number) => void): void {
		this.#exitListener = listener;
	}

	#joined(fd: 1 | 2): Uint8Array {
		const parts = this.#parts[fd];
		const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
		let at = 0;
		for (const part of parts) {
			all.set(part, at);
			at += part.length;
		}
		this.#parts[fd] = [all];
		return all;
	}
}

export class Screen implements HostTerminal {
	#closeListener: (() => void) | undefined;
	#ended = false;

	constructor(
		readonly id: string,
		readonly terminal: Terminal,
		readonly pid: number
	) {}

	get path(): string {
		return this.terminal.path;
	}

	type(bytes: Uint8Array): void {
		this.terminal.type(bytes);
	}

	resize(rows: number, columns: number): void {
		this.terminal.resize(rows, columns);
	}

	hangup(): void {
		this.terminal.hangUp();
	}

	onOutput(listener: (bytes: Uint8Array) => void): void {
		this.terminal.onOutput = listener;
		this.terminal.flush();
	}

	onClose(listener: () => void): void {
		this.#closeListener = listener;
		if (this.#ended) listener();
	}

	end(): void {
		this.#ended = true;
		this.terminal.flushAll();
		this.#closeListener?.();
	}
}
