/**
 * A TCP socket as a program sees it (tcp(7), connect(2), listen(2), accept(2)).
 *
 * Does: holds a bound port, then a listener or a connection, and turns calls into theirs.
 * Not simulated: SO_RCVLOWAT, out-of-band data, SO_LINGER that waits (a time above 0 closes in the background),
 *       connect with AF_UNSPEC.
 */
import type { Ipv4Address } from '#wire/packet';
import type { SocketFile } from '../open-file';
import { Errno } from '../syscalls';
import type { ErrnoCode, Received, SocketAddress, SocketInfo, SocketOption } from '../syscalls';
import type { Answer } from '../wait';
import { WouldBlock } from '../wait';
import { ANY, LOCALHOST } from './address';
import type { PortHolder } from './ports';
import { ROUTE_ERRORS } from './route';
import { inet, inetAddress, NetSocket } from './socket';
import type { ConnectionOwner } from './tcp-connection';
import { TcpConnection } from './tcp-connection';
import type { ListenerOwner } from './tcp-listener';
import { TcpListener } from './tcp-listener';
import { SEND_SPACE } from './tcp-sender';

const NO_BYTES = new Uint8Array(0);

export class TcpSocket extends NetSocket implements PortHolder, ConnectionOwner, ListenerOwner {
	localAddress: Ipv4Address = ANY;
	localPort = 0;
	#holdsPort = false;
	/** what bind(2) asked for, kept when a connect fails; port 0: nothing */
	#bound = { address: ANY, port: 0 };
	#listener: TcpListener | null = null;
	#connection: TcpConnection | null = null;
	/** connect(2) was called and its outcome not told yet */
	#connecting = false;
	#writeClosed = false;

	get reuse(): boolean {
		return this.options.reuseaddr === 1;
	}

	get listening(): boolean {
		return this.#listener !== null;
	}

	get keepalive(): boolean {
		return this.options.keepalive === 1;
	}

	get uid(): number {
		return this.credentials.uid;
	}

	wake(): void {
		this.changed.wake();
	}

	override header(): ReturnType<NetSocket['header']> {
		return super.header();
	}

	/* ---- opening --------------------------------------------------------------------------------------------------- */

	bind(address: SocketAddress): void {
		const { address: local, port } = inetAddress(address);
		const { ports } = this.stack.tcp;
		if (this.localPort !== 0 || this.#connection) throw new Errno('EINVAL');
		this.stack.checkLocal(local);
		ports.checkPrivilege(port, this.credentials.euid);
		const holder = { localAddress: local, reuse: this.reuse, listening: false };
		if (port !== 0 && ports.conflicts(port, holder)) throw new Errno('EADDRINUSE');
		this.localAddress = local;
		this.#bound = { address: local, port };
		this.#hold(port || ports.ephemeral((candidate) => ports.free(candidate), 'EADDRINUSE'));
	}

	override listen(backlog: number): void {
		if (this.#connection) throw new Errno('EINVAL');
		const { tcp, settings } = this.stack;
		const limit = settings.number('net.core.somaxconn');
		const bounded = backlog < 0 ? limit : Math.min(backlog, limit);
		if (this.#listener) {
			this.#listener.backlog = bounded;
			return;
		}
		if (this.localPort === 0) this.#hold(tcp.ports.ephemeral((candidate) => tcp.ports.free(candidate), 'EADDRINUSE'));
		const listener = new TcpListener(this.stack, this, bounded);
		this.#listener = listener;
		if (tcp.ports.conflicts(this.localPort, this)) {
			this.#listener = null;
			throw new Errno('EADDRINUSE');
		}
		tcp.addListener(listener);
	}

	override accept(): Answer<{ file: SocketFile; from: SocketAddress }> {
		if (!this.#listener) throw new Errno('EINVAL');
		const connection = this.#listener.accept();
		if (!connection) return new WouldBlock([this.changed]);
		const file = new TcpSocket(this.stack, this.credentials);
		Object.assign(file.options, this.options);
		file.#take(connection);
		return { file, from: inet(connection.remoteAddress, connection.remotePort) };
	}

	connect(address: SocketAddress): Answer<void> {
		if (this.#listener) throw new Errno('EISCONN');
		if (this.#connection) return this.#connectAgain(this.#connection);
		const { address: asked, port } = inetAddress(address);
		const remote = asked === ANY ? LOCALHOST : asked;
		const { tcp, routing } = this.stack;
		const route = routing.lookup(remote);
		if (!route.interface) throw new Errno(ROUTE_ERRORS[route.type] ?? 'ENETUNREACH');
		if (route.type === 'broadcast') throw new Errno('ENETUNREACH');
		const local = this.localAddress === ANY ? route.source : this.localAddress;
		const free = (candidate: number): boolean => tcp.ports.free(candidate);
		const localPort = this.localPort || tcp.ports.ephemeral(free, 'EADDRNOTAVAIL');
		if (tcp.find(local, localPort, remote, port)) throw new Errno('EADDRNOTAVAIL');
		this.#release();
		this.localPort = localPort;
		this.localAddress = local;
		const ends = { localAddress: local, localPort, remoteAddress: remote, remotePort: port };
		const connection = new TcpConnection(this.stack, ends, this.reuse, this.stack.tcp.initialSequence(ends));
		this.#take(connection);
		tcp.add(connection);
		this.#connecting = true;
		connection.connect();
		return new WouldBlock([this.changed]);
	}

	/** The handler runs again after a wake, or the program asks again. */
	#connectAgain(connection: TcpConnection): Answer<void> {
		if (connection.state === 'SYN_SENT' || connection.state === 'SYN_RECV') return new WouldBlock([this.changed]);
		const wasConnecting = this.#connecting;
		this.#connecting = false;
		if (connection.state === 'CLOSED' && wasConnecting) {
			// ECONNABORTED: somebody else took the error (SO_ERROR)
			const error = connection.error ?? 'ECONNABORTED';
			this.#forget();
			throw new Errno(error);
		}
		if (!wasConnecting) throw new Errno('EISCONN');
	}

	/** After a refused connection the socket may try again, from another port if it was not bound. */
	#forget(): void {
		if (this.#connection) this.#connection.owner = null;
		this.#connection = null;
		this.localAddress = this.#bound.address;
		this.localPort = 0;
		if (this.#bound.port !== 0) this.#hold(this.#bound.port);
	}

	#take(connection: TcpConnection): void {
		this.#connection = connection;
		this.localAddress = connection.localAddress;
		this.localPort = connection.localPort;
		connection.sender.nodelay = this.options.nodelay === 1;
		connection.adopt(this);
	}

	#hold(port: number): void {
		this.localPort = port;
		this.#holdsPort = true;
		this.stack.tcp.ports.add(port, this);
	}

	#release(): void {
		if (this.#holdsPort) this.stack.tcp.ports.remove(this.localPort, this);
		this.#holdsPort = false;
	}

	/* ---- data ------------------------------------------------------------------------------------------------------ */

	recvfrom(count: number): Answer<Received> {
		const connection = this.#connection;
		if (!connection || this.#listener) throw new Errno('ENOTCONN');
		if (connection.receiver.queue.length > 0) {
			const from = inet(connection.remoteAddress, connection.remotePort);
			return { bytes: connection.read(count), from };
		}
		this.#throwError(connection);
		if (connection.receiver.finReceived || connection.readClosed || connection.state === 'CLOSED') {
			connection.endRead = true;
			return { bytes: NO_BYTES, from: inet(connection.remoteAddress, connection.remotePort) };
		}
		return new WouldBlock([this.changed]);
	}

	sendto(bytes: Uint8Array, _to?: SocketAddress): Answer<number> {
		const connection = this.#connection;
		if (!connection) throw new Errno('EPIPE');
		this.#throwError(connection);
		if (this.#writeClosed) throw new Errno('EPIPE');
		if (connection.state === 'SYN_SENT' || connection.state === 'SYN_RECV') return new WouldBlock([this.changed]);
		if (connection.state !== 'ESTABLISHED' && connection.state !== 'CLOSE_WAIT') throw new Errno('EPIPE');
		const room = connection.sender.room;
		if (bytes.length === 0) return 0;
		if (room === 0) return new WouldBlock([this.changed]);
		const taken = bytes.slice(0, Math.min(room, bytes.length));
		connection.write(taken);
		return taken.length;
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		if (this.#listener) return { read: this.#listener.ready.length > 0, write: false, hangup: false };
		const connection = this.#connection;
		if (!connection) return { read: false, write: true, hangup: true };
		const { state, receiver, sender, error } = connection;
		const opening = state === 'SYN_SENT' || state === 'SYN_RECV';
		const ended = state === 'CLOSED' || state === 'TIME_WAIT' || (receiver.finReceived && this.#writeClosed);
		return {
			read: receiver.queue.length > 0 || receiver.finReceived || connection.readClosed || state === 'CLOSED',
			write: !opening && (this.#writeClosed || state === 'CLOSED' || sender.room >= SEND_SPACE / 3),
			hangup: ended || error !== null
		};
	}

	override shutdown(how: 'read' | 'write' | 'both'): void {
		const connection = this.#connection;
		if (!connection || connection.state === 'CLOSED') throw new Errno('ENOTCONN');
		if (how !== 'write') connection.readClosed = true;
		if (how !== 'read' && !this.#writeClosed) {
			this.#writeClosed = true;
			connection.finish();
		}
		this.changed.wake();
	}

	close(): void {
		this.#release();
		if (this.#listener) {
			this.stack.tcp.removeListener(this.#listener);
			this.#listener.close();
		}
		this.#connection?.release(this.options.linger === 0);
		this.changed.wake();
	}

	/* ---- looking --------------------------------------------------------------------------------------------------- */

	getsockname(): SocketAddress {
		return inet(this.localAddress, this.localPort);
	}

	getpeername(): SocketAddress {
		const connection = this.#connection;
		const gone = !connection || connection.state === 'CLOSED' || connection.state === 'SYN_SENT';
		if (gone) throw new Errno('ENOTCONN');
		return inet(connection.remoteAddress, connection.remotePort);
	}

	override setsockopt(option: SocketOption, value: number): void {
		super.setsockopt(option, value);
		if (option === 'keepalive') this.#connection?.startKeepalive();
		if (option !== 'nodelay' || !this.#connection) return;
		this.#connection.sender.nodelay = value !== 0;
		if (value !== 0) this.#connection.write(NO_BYTES);
	}

	override takeError(): ErrnoCode | null {
		const error = this.#connection?.error ?? null;
		if (this.#connection) this.#connection.error = null;
		return error;
	}

	info(): SocketInfo {
		if (this.#connection) return this.#connection.info();
		if (this.#listener) return this.#listener.list()[0]!;
		const nothing = { receiveQueue: 0, sendQueue: 0, remote: inet(ANY, 0) };
		return {
			protocol: 'tcp',
			type: 'stream',
			state: 'CLOSE',
			local: this.getsockname(),
			...nothing,
			uid: this.uid,
			inode: this.inode
		};
	}

	#throwError(connection: TcpConnection): void {
		const error = connection.error;
		connection.error = null;
		if (error) throw new Errno(error);
	}
}
