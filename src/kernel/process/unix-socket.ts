/**
 * UNIX-domain sockets (unix(7)): stream and datagram, named by a file or in a pair.
 *
 * Does: permissions on connect (write permission on the socket's file), backlog, ECONNREFUSED for a name that nobody
 *       holds any more, end of file and EPIPE when the other side is gone. A socket that is unlinked stays usable.
 * Not simulated: abstract names, passing descriptors and credentials.
 */
import { lookup } from '../fs/resolve';
import { SocketNode } from '../fs/inode';
import { may, WRITE, type Viewer } from '../fs/viewer';
import type { Kernel } from '../kernel';
import type { SocketFile } from '../open-file';
import {
	Errno,
	O,
	S,
	type ErrnoCode,
	type Received,
	type SocketAddress,
	type SocketInfo,
	type SocketOption,
	type Stat
} from '../syscalls';
import { WaitQueue, WouldBlock, type Answer } from '../wait';
import { ByteQueue } from './pipe';

/** net.core.wmem_default */
const BUFFER = 212_992;
/** net.unix.max_dgram_qlen */
const DATAGRAMS = 512;
/** net.core.somaxconn */
const SOMAXCONN = 4096;
/** sun_path */
const PATH_LIMIT = 108;

type State = 'new' | 'listening' | 'connected' | 'closed';

export class UnixSocket implements SocketFile {
	readonly socket = true;
	readonly changed = new WaitQueue();
	flags: number = O.RDWR;
	readonly inode: number;
	#state: State = 'new';
	#path = '';
	#node: SocketNode | undefined;
	#peer: UnixSocket | undefined;
	#hadPeer = false;
	#peerPath = '';
	#backlog = 0;
	#pending: UnixSocket[] = [];
	#bytes = new ByteQueue();
	#datagrams: { bytes: Uint8Array; from: string }[] = [];
	#readShut = false;
	#writeShut = false;
	#error: ErrnoCode | null = null;
	#options = new Map<SocketOption, number>();

	constructor(
		readonly kernel: Kernel,
		readonly type: 'stream' | 'dgram',
		readonly uid: number
	) {
		this.inode = kernel.anonymous.nextInode();
	}

	get name(): string {
		return `socket:[${this.inode}]`;
	}

	/* ---- names ---- */

	bindFor(who: Viewer, address: SocketAddress): void {
		if (address.family !== 'unix') throw new Errno('EINVAL');
		if (this.#path !== '') throw new Errno('EINVAL');
		if (address.path.length >= PATH_LIMIT) throw new Errno('EINVAL');
		try {
			this.#node = this.kernel.files.makeNode(
				who,
				address.path,
				0o777,
				(mode, uid, gid) => new SocketNode(this.kernel.volume, mode, uid, gid, this)
			) as SocketNode;
		} catch (thrown) {
			if (thrown instanceof Errno && thrown.code === 'EEXIST') throw new Errno('EADDRINUSE');
			throw thrown;
		}
		this.#path = address.path;
	}

	bind(): void {
		throw new Errno('EOPNOTSUPP');
	}

	listen(backlog: number): void {
		if (this.type !== 'stream') throw new Errno('EOPNOTSUPP');
		if (this.#path === '' || this.#state === 'connected') throw new Errno('EINVAL');
		this.#state = 'listening';
		this.#backlog = Math.max(0, Math.min(backlog, SOMAXCONN));
	}

	/** The socket that is bound to a file. */
	#find(who: Viewer, address: SocketAddress): UnixSocket {
		if (address.family !== 'unix') throw new Errno('EINVAL');
		const { inode } = lookup(who, address.path);
		if (!(inode instanceof SocketNode)) throw new Errno(may(who.credentials, inode, WRITE) ? 'ECONNREFUSED' : 'EACCES');
		if (!may(who.credentials, inode, WRITE)) throw new Errno('EACCES');
		if (!(inode.endpoint instanceof UnixSocket)) throw new Errno('ECONNREFUSED');
		if (inode.endpoint.type !== this.type) throw new Errno('EPROTOTYPE');
		return inode.endpoint;
	}

	connectFor(who: Viewer, address: SocketAddress): Answer<void> {
		if (this.type === 'stream') {
			if (this.#state === 'connected') throw new Errno('EISCONN');
			if (this.#state !== 'new') throw new Errno('EINVAL');
		}
		const target = this.#find(who, address);
		if (this.type === 'dgram') {
			this.#peer = target;
			this.#peerPath = target.#path;
			this.#state = 'connected';
			return;
		}
		if (target.#state !== 'listening') throw new Errno('ECONNREFUSED');
		if (target.#pending.length > target.#backlog) return new WouldBlock([target.changed]);
		const accepted = new UnixSocket(this.kernel, 'stream', target.uid);
		accepted.#path = target.#path;
		UnixSocket.connect(this, accepted);
		this.#peerPath = target.#path;
		accepted.#peerPath = this.#path;
		target.#pending.push(accepted);
		target.changed.wake();
	}

	connect(): Answer<void> {
		throw new Errno('EOPNOTSUPP');
	}

	accept(): Answer<{ file: SocketFile; from: SocketAddress }> {
		if (this.type !== 'stream') throw new Errno('EOPNOTSUPP');
		if (this.#state !== 'listening') throw new Errno('EINVAL');
		const file = this.#pending.shift();
		if (!file) return new WouldBlock([this.changed]);
		this.changed.wake();
		return { file, from: { family: 'unix', path: file.#peerPath } };
	}

	/* ---- data ---- */

	read(count: number): Answer<Uint8Array> {
		const answer = this.recvfrom(count);
		return answer instanceof WouldBlock ? answer : answer.bytes;
	}

	write(bytes: Uint8Array): Answer<number> {
		return this.sendto(bytes);
	}

	sendFor(who: Viewer, bytes: Uint8Array, to?: SocketAddress): Answer<number> {
		if (!to) return this.sendto(bytes);
		if (this.type === 'stream') throw new Errno(this.#state === 'connected' ? 'EISCONN' : 'EOPNOTSUPP');
		return this.#deliver(this.#find(who, to), bytes);
	}

	sendto(bytes: Uint8Array): Answer<number> {
		if (this.#writeShut) throw new Errno('EPIPE');
		const peer = this.#peer;
		if (this.type === 'dgram') {
			if (!peer) throw new Errno(this.#state === 'connected' ? 'ECONNREFUSED' : 'ENOTCONN');
			return this.#deliver(peer, bytes);
		}
		if (!peer) throw new Errno(this.#hadPeer ? 'EPIPE' : 'ENOTCONN');
		if (peer.#readShut) throw new Errno('EPIPE');
		if (bytes.length === 0) return 0;
		const room = BUFFER - peer.#bytes.length;
		if (room <= 0) return new WouldBlock([peer.changed]);
		const part = bytes.slice(0, room);
		peer.#bytes.push(part);
		peer.changed.wake();
		return part.length;
	}

	#deliver(target: UnixSocket, bytes: Uint8Array): Answer<number> {
		if (target.#state === 'closed') throw new Errno('ECONNREFUSED');
		if (target.#readShut) throw new Errno('EPIPE');
		if (bytes.length > BUFFER) throw new Errno('EMSGSIZE');
		if (target.#datagrams.length >= DATAGRAMS) return new WouldBlock([target.changed]);
		target.#datagrams.push({ bytes: bytes.slice(), from: this.#path });
		target.changed.wake();
		return bytes.length;
	}

	recvfrom(count: number): Answer<Received> {
		if (this.type === 'dgram') {
			const datagram = this.#datagrams.shift();
			if (!datagram) return this.#readShut ? END : new WouldBlock([this.changed]);
			this.changed.wake();
			return { bytes: datagram.bytes.subarray(0, count), from: { family: 'unix', path: datagram.from } };
		}
		if (this.#state === 'new' || this.#state === 'listening') throw new Errno(this.#hadPeer ? 'ENOTCONN' : 'EINVAL');
		const from: SocketAddress = { family: 'unix', path: this.#peerPath };
		if (this.#bytes.length > 0) {
			const bytes = this.#bytes.take(count);
			this.changed.wake();
			return { bytes, from };
		}
		if (this.#error) throw new Errno(this.takeError()!);
		if (this.#readShut || !this.#peer || this.#peer.#writeShut) return { ...END, from };
		return new WouldBlock([this.changed]);
	}

	shutdown(how: 'read' | 'write' | 'both'): void {
		if (this.type === 'stream' && this.#state !== 'connected') throw new Errno('ENOTCONN');
		if (how !== 'write') this.#readShut = true;
		if (how !== 'read') this.#writeShut = true;
		this.changed.wake();
		this.#peer?.changed.wake();
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		if (this.#state === 'listening') return { read: this.#pending.length > 0, write: false, hangup: false };
		if (this.type === 'dgram') return { read: this.#datagrams.length > 0, write: true, hangup: false };
		const peer = this.#peer;
		const ended = this.#hadPeer && (!peer || peer.#writeShut);
		return {
			read: this.#bytes.length > 0 || ended || this.#readShut,
			write: !peer ? this.#hadPeer : BUFFER - peer.#bytes.length > 0,
			hangup: this.#hadPeer ? !peer : this.#state === 'new'
		};
	}

	close(): void {
		this.#state = 'closed';
		if (this.#node) this.#node.endpoint = undefined;
		for (const waiting of this.#pending.splice(0)) {
			if (waiting.#peer) waiting.#peer.#error = 'ECONNRESET';
			waiting.close();
		}
		if (this.type === 'stream' && this.#peer) {
			const peer = this.#peer;
			if (this.#bytes.length > 0) peer.#error = 'ECONNRESET';
			peer.#peer = undefined;
			this.#peer = undefined;
			peer.changed.wake();
		}
		this.#bytes.clear();
		this.#datagrams = [];
		this.changed.wake();
	}

	/* ---- questions ---- */

	getsockname(): SocketAddress {
		return { family: 'unix', path: this.#path };
	}

	getpeername(): SocketAddress {
		if (!this.#peer) throw new Errno('ENOTCONN');
		return { family: 'unix', path: this.#peerPath };
	}

	setsockopt(option: SocketOption, value: number): void {
		this.#options.set(option, value);
	}

	getsockopt(option: SocketOption): number {
		return this.#options.get(option) ?? 0;
	}

	takeError(): ErrnoCode | null {
		const error = this.#error;
		this.#error = null;
		return error;
	}

	stat(): Stat {
		const now = this.kernel.engine.now;
		return {
			inode: this.inode,
			mode: S.IFSOCK | 0o777,
			links: 1,
			uid: this.uid,
			gid: 0,
			size: 0,
			blocks: 0,
			rdev: 0,
			atime: now,
			mtime: now,
			ctime: now
		};
	}

	info(): SocketInfo {
		return {
			protocol: 'unix',
			type: this.type,
			state: this.#state === 'listening' ? 'LISTENING' : this.#state === 'connected' ? 'CONNECTED' : '',
			local: this.getsockname(),
			remote: this.#peer ? { family: 'unix', path: this.#peerPath } : undefined,
			receiveQueue: this.#bytes.length,
			sendQueue: 0,
			uid: this.uid,
			inode: this.inode
		};
	}

	/** @internal the two ends of a connection */
	static connect(one: UnixSocket, other: UnixSocket): void {
		one.#peer = other;
		other.#peer = one;
		one.#hadPeer = other.#hadPeer = true;
		one.#state = other.#state = 'connected';
	}
}

const END: Received = { bytes: new Uint8Array(0), from: { family: 'unix', path: '' } };

export function socketPair(kernel: Kernel, uid: number): [UnixSocket, UnixSocket] {
	const pair: [UnixSocket, UnixSocket] = [new UnixSocket(kernel, 'stream', uid), new UnixSocket(kernel, 'stream', uid)];
	UnixSocket.connect(...pair);
	return pair;
}
