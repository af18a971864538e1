/**
 * What all sockets of the network stack share: addresses, options, the pending error, reading as a file.
 *
 * Does: the parts of socket(7) and ip(7) that do not depend on the protocol. `udp.ts`, `raw.ts`, `packet-socket.ts` and
 *       `tcp-socket.ts` have one subclass each.
 * Trusts: the scheduler to call a method again after `changed` woke, where it answered `WouldBlock`.
 *
 * Options are numbers: switches are 0 or 1; `linger` is -1 for off, else seconds; `ttl` 0 stands for the host's default.
 */
import type { Ipv4Address } from '#wire/packet';
import type { SocketFile } from '../open-file';
import { Errno, O, S } from '../syscalls';
import type { ErrnoCode, Received, SocketAddress, SocketInfo, SocketOption, Stat } from '../syscalls';
import type { Answer } from '../wait';
import { WaitQueue, WouldBlock } from '../wait';
import type { NetStack } from './stack';

export interface Credentials {
	readonly uid: number;
	readonly euid: number;
	readonly egid?: number;
}

/** A socket that would take a packet, as the firewall asks. */
export interface Taker {
	/** bound to no address */
	readonly wildcard: boolean;
}

type InetAddress = Extract<SocketAddress, { family: 'inet' }>;

/** option → its default and what it may be set to */
const OPTIONS: Readonly<
	Record<SocketOption, { readonly initial: number; readonly low: number; readonly high: number }>
> = {
	reuseaddr: { initial: 0, low: 0, high: 1 },
	keepalive: { initial: 0, low: 0, high: 1 },
	broadcast: { initial: 0, low: 0, high: 1 },
	linger: { initial: -1, low: -1, high: 0x7fff_ffff },
	ttl: { initial: 0, low: 1, high: 255 },
	tos: { initial: 0, low: 0, high: 255 },
	nodelay: { initial: 0, low: 0, high: 1 },
	hdrincl: { initial: 0, low: 0, high: 1 },
	mark: { initial: 0, low: 0, high: 0xffff_ffff }
};

export abstract class NetSocket implements SocketFile {
	readonly socket = true;
	readonly changed = new WaitQueue();
	readonly inode: number;
	readonly name: string;
	flags: number = O.RDWR;
	protected error: ErrnoCode | null = null;
	protected readonly options: Record<SocketOption, number>;

	constructor(
		protected readonly stack: NetStack,
		readonly credentials: Credentials
	) {
		this.inode = stack.nextInode();
		this.name = `socket:[${this.inode}]`;
		this.options = Object.fromEntries(Object.entries(OPTIONS).map(([name, row]) => [name, row.initial])) as Record<
			SocketOption,
			number
		>;
	}

	abstract bind(address: SocketAddress): void;
	abstract connect(address: SocketAddress): Answer<void>;
	abstract sendto(bytes: Uint8Array, to?: SocketAddress): Answer<number>;
	abstract recvfrom(count: number): Answer<Received>;
	abstract poll(): { read: boolean; write: boolean; hangup: boolean };
	abstract getsockname(): SocketAddress;
	abstract getpeername(): SocketAddress;
	abstract info(): SocketInfo;
	abstract close(): void;

	listen(_backlog: number): void {
		throw new Errno('EOPNOTSUPP');
	}

	accept(): Answer<{ file: SocketFile; from: SocketAddress }> {
		throw new Errno('EOPNOTSUPP');
	}

	shutdown(_how: 'read' | 'write' | 'both'): void {
		throw new Errno('ENOTCONN');
	}

	read(count: number): Answer<Uint8Array> {
		const received = this.recvfrom(count);
		return received instanceof WouldBlock ? received : received.bytes;
	}

	write(bytes: Uint8Array): Answer<number> {
		return this.sendto(bytes);
	}

	stat(): Stat {
		const zero = { size: 0, blocks: 0, rdev: 0, atime: 0, mtime: 0, ctime: 0 };
		return { inode: this.inode, mode: S.IFSOCK | 0o777, links: 1, uid: this.credentials.uid, gid: 0, ...zero };
	}

	setsockopt(option: SocketOption, value: number): void {
		const row = OPTIONS[option];
		if (option === 'mark' && this.credentials.euid !== 0) throw new Errno('EPERM');
		const wanted = row.high === 1 ? (value === 0 ? 0 : 1) : value;
		if (wanted < row.low || wanted > row.high) throw new Errno('EINVAL');
		this.options[option] = wanted;
	}

	getsockopt(option: SocketOption): number {
		if (option === 'ttl' && this.options.ttl === 0) return this.stack.settings.hot.defaultTtl;
		return this.options[option];
	}

	takeError(): ErrnoCode | null {
		const error = this.error;
		this.error = null;
		return error;
	}

	/** Something for the one who uses the socket to hear at the next call. */
	protected fail(error: ErrnoCode): void {
		this.error = error;
		this.changed.wake();
	}

	get gid(): number {
		return this.credentials.egid ?? 0;
	}

	protected throwPending(): void {
		const error = this.takeError();
		if (error) throw new Errno(error);
	}

	/** The header fields that the options of this socket decide. */
	protected header(): { ttl: number | undefined; tos: number; mark: number; uid: number; gid: number } {
		const { ttl, tos, mark } = this.options;
		return { ttl: ttl === 0 ? undefined : ttl, tos, mark, uid: this.credentials.euid, gid: this.gid };
	}
}

/** @throws Errno EAFNOSUPPORT for an address of another family */
export function inetAddress(address: SocketAddress): InetAddress {
	if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT');
	return address;
}

export function inet(address: Ipv4Address, port: number): SocketAddress {
	return { family: 'inet', address, port };
}

/** Datagrams that wait to be read, bounded by their memory (net.core.rmem_default). */
export class ReceiveQueue {
	#items: Received[] = [];
	#bytes = 0;

	/** Memory that the kernel counts for a datagram beside its bytes (sizeof(struct sk_buff) and alignment). */
	static readonly OVERHEAD = 512;
	static readonly LIMIT = 212_992;

	get length(): number {
		return this.#items.length;
	}

	/** what netstat shows as Recv-Q */
	get bytes(): number {
		return this.#bytes;
	}

	/** @returns false when there was no room: the datagram is lost */
	push(item: Received): boolean {
		if (this.#bytes + item.bytes.length + (this.#items.length + 1) * ReceiveQueue.OVERHEAD > ReceiveQueue.LIMIT)
			return false;
		this.#items.push(item);
		this.#bytes += item.bytes.length;
		return true;
	}

	/** The first, cut to `count` bytes (the rest of a datagram is lost). */
	take(count: number): Received | undefined {
		const item = this.peek(count);
		this.#bytes -= this.#items.shift()?.bytes.length ?? 0;
		return item;
	}

	/** The first, which stays (MSG_PEEK). */
	peek(count: number): Received | undefined {
		const item = this.#items[0];
		if (!item) return undefined;
		return item.bytes.length <= count ? item : { bytes: item.bytes.subarray(0, count), from: item.from };
	}
}
