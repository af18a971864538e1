/**
 * What the parts of one host's kernel know of each other: file system, process table, scheduler, network.
 *
 * Does: holds them, and counts the descriptors that share an open file.
 * Entry: `host.ts` makes one and is its face to the outside; `calls.ts` has the table of handlers.
 */
import type { Engine } from '#engine/engine';
import type { Random } from '#engine/random';
import type { TraceEvent } from '#engine/trace';
import type { Netfilter } from '#netfilter/netfilter';
import type { FileSystem } from './fs/file-system';
import type { Volume } from './fs/inode';
import type { OpenFile } from './open-file';
import type { ProcessTable } from './process/table';
import type { Scheduler } from './process/scheduler';
import type { Terminals } from './process/terminals';
import type { KernelLog } from './log';
import type { Network } from './network';
import type { Answer } from './wait';
import type { CallName, Calls, Program } from './syscalls';
import type { Process } from './process/process';

/** What the kernel itself tells the watcher. */
export type KernelEvent = { readonly host: string } & (
	| { readonly kind: 'process.exec'; readonly pid: number; readonly path: string; readonly argv: readonly string[] }
	| {
			readonly kind: 'process.exit';
			readonly pid: number;
			readonly name: string;
			readonly status: number;
			readonly signal: number;
	  }
	/** a program of ours failed in a way that no real one can; shown as a segmentation fault */
	| { readonly kind: 'process.crash'; readonly pid: number; readonly name: string; readonly what: string }
	/** closed after it was written, renamed, removed, or its mode or owner changed */
	| { readonly kind: 'file.changed'; readonly path: string; readonly uid: number }
);

export interface Kernel {
	readonly engine: Engine;
	readonly random: Random;
	readonly name: string;
	hostname: string;
	bootTime: number;
	readonly volume: Volume;
	/** what fsync(2) waits for the disk, in microseconds */
	readonly syncTime: number;
	/** inodes that lie on no disk: pipes, sockets */
	readonly anonymous: Volume;
	readonly files: FileSystem;
	readonly processes: ProcessTable;
	readonly scheduler: Scheduler;
	readonly terminals: Terminals;
	readonly net: Network;
	readonly firewall: Netfilter;
	readonly programs: ReadonlyMap<string, Program>;
	readonly references: References;
	/** messages of the kernel, as dmesg shows them */
	readonly log: KernelLog;
	emit(event: KernelEvent | TraceEvent): void;
	printConsole(bytes: Uint8Array): void;
	/** a file of /proc/sys, by its name with dots */
	sysctl(name: string, value?: string): string;
	shutDown(how: 'halt' | 'poweroff' | 'restart'): void;
	/** a program threw what is no Errno */
	crashed(process: Process, thrown: unknown): void;
}

/** Descriptors per open file: the last one closes it. */
export class References {
	#counts = new Map<OpenFile, number>();

	add(file: OpenFile): void {
		this.#counts.set(file, (this.#counts.get(file) ?? 0) + 1);
	}

	drop(file: OpenFile): void {
		const count = (this.#counts.get(file) ?? 1) - 1;
		if (count > 0) {
			this.#counts.set(file, count);
			return;
		}
		this.#counts.delete(file);
		file.close();
	}
}

/** Answers a call, at once, later (`WouldBlock`), or by an Errno that it throws. */
export type Handler<K extends CallName> = (
	kernel: Kernel,
	process: Process,
	...args: Parameters<Calls[K]>
) => Answer<ReturnType<Calls[K]>>;

export type Handlers<K extends CallName> = { readonly [N in K]: Handler<N> };
