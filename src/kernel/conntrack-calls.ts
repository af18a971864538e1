/**
 * Calls about connection tracking, as ctnetlink's messages ask them. Root's alone.
 *
 * Does: copies entries out, changes and removes them by their id; a descriptor of `conntrackEvents` queues what happens
 *       until it is read, 1,000 events at most (the real socket's buffer runs over too).
 */
import type { Connection } from '#netfilter/conntrack/connection';
import {
	entriesOf,
	entryOf,
	expectationEntry,
	expectationsOf,
	type ConntrackEvent,
	type ExpectationEvent
} from '#netfilter/conntrack/entry';
import { install } from './fs/calls';
import { Inode } from './fs/inode';
import type { Handlers, Kernel } from './kernel';
import type { OpenFile } from './open-file';
import { mustBeRoot, type Process } from './process/process';
import { Errno, O, S, type CallName, type ErrnoCode, type Stat } from './syscalls';
import { encode } from './text';
import { WaitQueue, WouldBlock, type Answer } from './wait';

type ConntrackCall = Extract<CallName, `conntrack${string}`>;

const QUEUE_MAX = 1_000;

/** who is changing the table just now; events name them */
const authors = new WeakMap<Kernel, ConntrackEvent['by']>();

function byId(kernel: Kernel, id: number): Connection {
	const found = kernel.firewall.conntrack.byId(id);
	if (!found) throw new Errno('ENOENT');
	return found;
}

function as<T>(kernel: Kernel, process: Process, change: () => T): T {
	mustBeRoot(process);
	authors.set(kernel, { pid: process.pid, program: process.command });
	try {
		return change();
	} finally {
		authors.delete(kernel);
	}
}

export const conntrackCalls: Handlers<ConntrackCall> = {
	conntrackList(kernel, process, zero = false) {
		mustBeRoot(process);
		const entries = entriesOf(kernel.firewall.conntrack, kernel.engine.now);
		if (zero)
			for (const { accounted, packets, bytes } of kernel.firewall.conntrack.list())
				if (accounted) packets[0] = packets[1] = bytes[0] = bytes[1] = 0;
		return entries;
	},
	conntrackExpectations(kernel, process) {
		mustBeRoot(process);
		return expectationsOf(kernel.firewall.conntrack, kernel.engine.now);
	},
	conntrackStatistics(kernel, process) {
		mustBeRoot(process);
		const { conntrack } = kernel.firewall;
		return { ...conntrack.statistics, count: conntrack.count, expectations: conntrack.expectations().length };
	},
	conntrackCreate(kernel, process, draft) {
		const refused = as(kernel, process, () => kernel.firewall.conntrack.create(draft));
		if (refused !== null) throw new Errno(refused as ErrnoCode);
	},
	conntrackUpdate(kernel, process, id, change) {
		const connection = byId(kernel, id);
		as(kernel, process, () => kernel.firewall.conntrack.update(connection, change));
		return entryOf(connection, kernel.engine.now);
	},
	conntrackDelete(kernel, process, id) {
		as(kernel, process, () => kernel.firewall.conntrack.delete(byId(kernel, id)));
	},
	conntrackFlush(kernel, process, table) {
		as(kernel, process, () => {
			if (table === 'expect') kernel.firewall.conntrack.flushExpectations();
			else kernel.firewall.conntrack.flush();
		});
	},
	conntrackEvents(kernel, process, table = 'conntrack') {
		mustBeRoot(process);
		return install(kernel, process, new EventFile(kernel, table));
	}
};

/** The listening socket of a program. */
class EventFile implements OpenFile {
	readonly changed = new WaitQueue();
	flags: number = O.RDONLY;
	readonly name: string;
	readonly #inode: Inode;
	#queue: (ConntrackEvent | ExpectationEvent)[] = [];
	readonly #stop: () => void;

	constructor(kernel: Kernel, table: 'conntrack' | 'expect') {
		this.#inode = new SocketInode(kernel.anonymous, S.IFSOCK | 0o777, 0, 0);
		this.name = `socket:[${this.#inode.number}]`;
		const { conntrack } = kernel.firewall;
		if (table === 'expect')
			this.#stop = conntrack.listenExpectations((change, expectation) => {
				const time = kernel.engine.now;
				this.#add({ change, entry: expectationEntry(expectation, time), time });
			});
		else
			this.#stop = conntrack.listen((change, connection) => {
				const time = kernel.engine.now;
				const entry = entryOf(connection, time, change === 'DESTROY');
				this.#add({ change, entry, time, by: authors.get(kernel) ?? null });
			});
	}

	#add(event: ConntrackEvent | ExpectationEvent): void {
		if (this.#queue.length >= QUEUE_MAX) return;
		this.#queue.push(event);
		this.changed.wake();
	}

	read(): Answer<Uint8Array> {
		const event = this.#queue.shift();
		return event ? encode(JSON.stringify(event)) : new WouldBlock([this.changed]);
	}

	write(): number {
		throw new Errno('EOPNOTSUPP');
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: this.#queue.length > 0, write: false, hangup: false };
	}

	stat(): Stat {
		return this.#inode.stat();
	}

	close(): void {
		this.#stop();
	}
}

class SocketInode extends Inode {
	override open(): OpenFile {
		throw new Errno('ENXIO');
	}
}
