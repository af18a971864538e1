/**
 * Pipes and FIFOs (pipe(7), fifo(7)): 65,536 bytes, blocking at both ends, SIGPIPE for the writer without a reader.
 *
 * Not simulated: PIPE_BUF atomicity beyond what one write of up to 4,096 bytes into free room gives.
 */
import { EMPTY, Inode } from '../fs/inode';
import type { InodeFile } from '../fs/open-files';
import type { Viewer } from '../fs/viewer';
import { Errno, O, S, type Stat } from '../syscalls';
import { WaitQueue, WouldBlock, type Answer } from '../wait';

export const PIPE_CAPACITY = 65_536;
const PIPE_BUF = 4_096;

/** Bytes that wait, oldest first; chunks are kept as they came. */
export class ByteQueue {
	#chunks: Uint8Array[] = [];
	#first = 0;
	length = 0;

	push(bytes: Uint8Array): void {
		if (bytes.length === 0) return;
		this.#chunks.push(bytes);
		this.length += bytes.length;
	}

	/** At most `count` bytes. */
	take(count: number): Uint8Array {
		const first = this.#chunks[this.#first];
		if (first === undefined || count <= 0) return EMPTY;
		if (first.length > count) {
			this.#chunks[this.#first] = first.subarray(count);
			this.length -= count;
			return first.subarray(0, count);
		}
		if (first.length === this.length || first.length === count) return this.#shift();
		const out = new Uint8Array(Math.min(count, this.length));
		let at = 0;
		while (at < out.length) {
			const part = this.#chunks[this.#first]!;
			const room = out.length - at;
			if (part.length <= room) {
				out.set(this.#shift(), at);
				at += part.length;
			} else {
				out.set(part.subarray(0, room), at);
				this.#chunks[this.#first] = part.subarray(room);
				this.length -= room;
				at += room;
			}
		}
		return out;
	}

	clear(): void {
		this.#chunks = [];
		this.#first = 0;
		this.length = 0;
	}

	#shift(): Uint8Array {
		const chunk = this.#chunks[this.#first]!;
		this.#chunks[this.#first++] = EMPTY;
		this.length -= chunk.length;
		if (this.#first > 64 && this.#first * 2 > this.#chunks.length) {
			this.#chunks = this.#chunks.slice(this.#first);
			this.#first = 0;
		}
		return chunk;
	}
}

/** A FIFO's inode, and the nameless one of a pipe. */
export class Fifo extends Inode {
	readonly changed = new WaitQueue();
	readonly bytes = new ByteQueue();
	readers = 0;
	writers = 0;
	/** opens so far: one that came and went has been there */
	readerOpens = 0;
	writerOpens = 0;

	/** @param nameless of pipe(2): opened again through /dev/fd it waits for nobody */
	constructor(
		volume: ConstructorParameters<typeof Inode>[0],
		mode: number,
		uid: number,
		gid: number,
		readonly nameless = false
	) {
		super(volume, S.IFIFO | mode, uid, gid);
	}

	override open(flags: number, path: string, _who: Viewer): Answer<PipeEnd> {
		if ((flags & O.ACCMODE) === O.WRONLY && (flags & O.NONBLOCK) !== 0 && this.readers === 0) throw new Errno('ENXIO');
		return new PipeEnd(this, flags, path);
	}
}

export class PipeEnd implements InodeFile {
	readonly changed: WaitQueue;
	readonly #reads: boolean;
	readonly #writes: boolean;
	/** how often the other side had been opened when this end was */
	readonly #seen: number;

	constructor(
		readonly inode: Fifo,
		public flags: number,
		readonly name: string
	) {
		const access = flags & O.ACCMODE;
		this.#reads = access !== O.WRONLY;
		this.#writes = access !== O.RDONLY;
		this.changed = inode.changed;
		this.#seen = this.#reads ? inode.writerOpens : inode.readerOpens;
		if (this.#reads) {
			inode.readers++;
			inode.readerOpens++;
		}
		if (this.#writes) {
			inode.writers++;
			inode.writerOpens++;
		}
		this.changed.wake();
	}

	/** open(2) of a FIFO waits until the other side is there. */
	isConnected(): boolean {
		if (this.inode.nameless || (this.#reads && this.#writes)) return true;
		const { writers, writerOpens, readers, readerOpens } = this.inode;
		return this.#reads ? writers > 0 || writerOpens > this.#seen : readers > 0 || readerOpens > this.#seen;
	}

	read(count: number): Answer<Uint8Array> {
		if (!this.#reads) throw new Errno('EBADF');
		const { bytes, writers } = this.inode;
		if (count === 0) return EMPTY;
		if (bytes.length === 0) return writers === 0 ? EMPTY : new WouldBlock([this.changed]);
		const part = bytes.take(count);
		this.changed.wake();
		return part;
	}

	write(data: Uint8Array): Answer<number> {
		if (!this.#writes) throw new Errno('EBADF');
		const { bytes, readers } = this.inode;
		if (data.length === 0) return 0;
		if (readers === 0) throw new Errno('EPIPE');
		const room = PIPE_CAPACITY - bytes.length;
		if (room < Math.min(data.length, PIPE_BUF)) return new WouldBlock([this.changed]);
		const part = data.slice(0, room);
		bytes.push(part);
		this.changed.wake();
		return part.length;
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		const { bytes, readers, writers } = this.inode;
		const ended = this.#reads && writers === 0;
		const broken = this.#writes && readers === 0;
		return {
			read: this.#reads && (bytes.length > 0 || ended),
			write: this.#writes && (broken || PIPE_CAPACITY - bytes.length >= PIPE_BUF),
			hangup: ended || broken
		};
	}

	stat(): Stat {
		return this.inode.stat();
	}

	close(): void {
		if (this.#reads) this.inode.readers--;
		if (this.#writes) this.inode.writers--;
		if (this.inode.readers === 0 && this.inode.writers === 0) this.inode.bytes.clear();
		this.changed.wake();
	}
}
