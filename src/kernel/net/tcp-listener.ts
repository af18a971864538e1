/**
 * A listening TCP socket: half-open requests, SYN cookies, and the queue for accept(2).
 *
 * Does: answers SYNs, repeats its SYN-ACK (tcp_synack_retries), makes a connection of a request that is acknowledged,
 *       and says no by silence when a queue is full: SYNs are dropped, or answered by a cookie when tcp_syncookies is on.
 * Reads: tcp_max_syn_backlog, tcp_syncookies, tcp_abort_on_overflow, somaxconn.
 * Not simulated: SO_REUSEPORT, TCP_DEFER_ACCEPT, proof that a peer is known.
 */
import type { Engine } from '#engine/engine';
import { MILLISECOND } from '#engine/engine';
import type { Ipv4Address, Ipv4Packet, TcpSegment } from '#wire/packet';
import { PROTOCOL, TCP } from '#wire/packet';
import type { SocketInfo } from '../syscalls';
import type { SocketError } from './icmp';
import type { PortHolder } from './ports';
import { add, after, before } from './sequence';
import { inet } from './socket';
import type { NetStack } from './stack';
import type { Endpoints, Handshake } from './tcp-connection';
import { TcpConnection } from './tcp-connection';
import type { SocketHeader } from './tcp-segments';
import { HEADERS, WINDOW_SCALE } from './tcp-segments';
import { makeCookie, openCookie } from './tcp-cookie';
import type { SynOptions } from './tcp-options';
import { laterOptions, readSyn, synOptions, timestampsOf, TIMESTAMPS_LENGTH } from './tcp-options';
import { initialWindow } from './tcp-receiver';
import { RTO_INITIAL, RTO_MAX } from './tcp-rtt';
import { Timer } from './timer';

/** shortest time between two answers to nonsense about one request (tcp_invalid_ratelimit) */
const CHALLENGE_PAUSE = 500 * MILLISECOND;

/** A SYN that was answered and waits for its acknowledgement: netstat's SYN_RECV. */
interface Request extends Endpoints {
	readonly remoteInitial: number;
	readonly localInitial: number;
	readonly options: SynOptions;
	recent: number;
	/** time stamps of the first and the last SYN-ACK */
	firstStamp: number;
	lastStamp: number;
	/** when nonsense was answered last */
	complained: number;
	retries: number;
	readonly sentAt: number;
	readonly timer: Timer;
}

/** What a listener needs of its socket. */
export interface ListenerOwner extends PortHolder {
	readonly localPort: number;
	header(): SocketHeader;
	readonly uid: number;
	readonly inode: number;
	wake(): void;
}

export class TcpListener {
	readonly owner: ListenerOwner;
	/** completed, waiting for accept(2) */
	readonly ready: TcpConnection[] = [];
	backlog: number;
	readonly #stack: NetStack;
	readonly #engine: Engine;
	#requests = new Map<string, Request>();
	#floodTold = false;

	constructor(stack: NetStack, owner: ListenerOwner, backlog: number) {
		this.#stack = stack;
		this.#engine = stack.engine;
		this.owner = owner;
		this.backlog = backlog;
	}

	receive(segment: TcpSegment, packet: Ipv4Packet): void {
		const request = this.#requests.get(keyOf(packet.source, segment.sourcePort, packet.destination));
		const { flags } = segment;
		if (request) return this.#forRequest(request, segment);
		if (flags & TCP.rst) return;
		if (flags & TCP.ack) return this.#withoutRequest(segment, packet);
		if (flags & TCP.syn && !(flags & TCP.fin)) this.#onSyn(segment, packet);
	}

	/** A socket is given to the program. */
	accept(): TcpConnection | undefined {
		return this.ready.shift();
	}

	/** Closed: requests are forgotten, connections that nobody took are reset. */
	close(): void {
		this.clear();
		for (const connection of this.ready.splice(0)) connection.release(true);
	}

	/** Forgets the requests without a word. */
	clear(): void {
		for (const request of this.#requests.values()) request.timer.clear();
		this.#requests.clear();
	}

	list(): SocketInfo[] {
		const listening: SocketInfo = {
			protocol: 'tcp',
			type: 'stream',
			state: 'LISTEN',
			local: inet(this.owner.localAddress, this.owner.localPort),
			remote: inet(0, 0),
			receiveQueue: this.ready.length,
			sendQueue: 0,
			uid: this.owner.uid,
			inode: this.owner.inode
		};
		const requests = [...this.#requests.values()].map((request) => ({
			...listening,
			state: 'SYN_RECV',
			local: inet(request.localAddress, request.localPort),
			remote: inet(request.remoteAddress, request.remotePort),
			receiveQueue: 0,
			inode: 0
		}));
		return [listening, ...requests];
	}

	/** ICMP says that the way to a client is closed: its request is dropped (tcp_req_err). */
	unreachable(error: SocketError): void {
		const request = this.#requests.get(keyOf(error.destination, error.destinationPort, error.source));
		if (request?.localInitial === error.sequence) this.#forget(request);
	}

	#forget(ends: Endpoints): void {
		const key = keyOf(ends.remoteAddress, ends.remotePort, ends.localAddress);
		this.#requests.get(key)?.timer.clear();
		this.#requests.delete(key);
	}

	/* ---- SYN ------------------------------------------------------------------------------------------------------- */

	#onSyn(segment: TcpSegment, packet: Ipv4Packet): void {
		if (this.ready.length > this.backlog) return this.#refuse(packet, 'the queue for accept(2) is full');
		const ends = endsOf(segment, packet);
		const options = readSyn(segment);
		const recent = timestampsOf(segment)?.value ?? 0;
		if (this.#requests.size >= this.backlog) {
			this.#tellFlood();
			if (this.#stack.settings.number('net.ipv4.tcp_syncookies') === 0)
				return this.#refuse(packet, 'the queue of half-open connections is full');
			return this.#sendCookie(ends, segment, options, recent);
		}
		const limit = this.#stack.settings.number('net.ipv4.tcp_max_syn_backlog');
		const cookies = this.#stack.settings.number('net.ipv4.tcp_syncookies') !== 0;
		if (!cookies && limit - this.#requests.size < limit >> 2)
			return this.#refuse(packet, 'the queue of half-open connections is nearly full');
		const clock = this.#clock(ends);
		const request: Request = {
			...ends,
			remoteInitial: segment.sequence,
			localInitial: this.#stack.tcp.initialSequence(ends),
			options,
			recent,
			firstStamp: clock,
			lastStamp: clock,
			complained: -CHALLENGE_PAUSE,
			retries: 0,
			sentAt: this.#engine.now,
			timer: new Timer(this.#engine, () => this.#onTimeout(request))
		};
		this.#requests.set(keyOf(ends.remoteAddress, ends.remotePort, ends.localAddress), request);
		request.timer.set(RTO_INITIAL);
		this.#sendSynAck(ends, request.localInitial, request.remoteInitial, options, recent, clock);
	}

	/** Once a listener (tcp_syn_flood_action). */
	#tellFlood(): void {
		if (this.#floodTold) return;
		this.#floodTold = true;
		const cookies = this.#stack.settings.number('net.ipv4.tcp_syncookies') !== 0;
		const what = cookies ? 'Sending cookies' : 'Dropping request';
		this.#stack.log(
			`TCP: request_sock_TCP: Possible SYN flooding on port ${this.owner.localPort}. ${what}.  Check SNMP counters.`
		);
	}

	#refuse(packet: Ipv4Packet, text: string): void {
		this.#stack.ip.drop(packet, null, { check: 'listen backlog', outcome: 'decided', text });
	}

	#sendCookie(ends: Endpoints, segment: TcpSegment, options: SynOptions, recent: number): void {
		const cookie = makeCookie(
			this.#stack.tcp.secret,
			ends,
			segment.sequence,
			options,
			this.#engine.now,
			this.#clock(ends)
		);
		this.#sendSynAck(ends, cookie.sequence, segment.sequence, options, recent, cookie.timestamp);
	}

	#sendSynAck(
		ends: Endpoints,
		initial: number,
		peer: number,
		options: SynOptions,
		recent: number,
		clock: number
	): void {
		const settings = this.#stack.settings;
		const mss = this.#mss(ends);
		const timestamps = this.#timestampsOn(options) ? { value: clock, echo: recent } : null;
		const scaling = options.windowScale >= 0 && settings.number('net.ipv4.tcp_window_scaling') !== 0;
		const sack = options.sack && settings.number('net.ipv4.tcp_sack') !== 0;
		this.#stack.ip.send({
			protocol: PROTOCOL.tcp,
			source: ends.localAddress,
			destination: ends.remoteAddress,
			dontFragment: true,
			identification: 0,
			payload: {
				kind: 'tcp',
				sourcePort: ends.localPort,
				destinationPort: ends.remotePort,
				sequence: initial,
				acknowledgement: add(peer, 1),
				flags: TCP.syn | TCP.ack,
				window: this.#offered(ends, options),
				urgentPointer: 0,
				options: synOptions(mss, sack, timestamps, scaling ? WINDOW_SCALE : -1),
				payload: new Uint8Array(0)
			},
			...this.owner.header()
		});
	}

	#onTimeout(request: Request): void {
		if (request.retries >= this.#stack.settings.number('net.ipv4.tcp_synack_retries')) return this.#forget(request);
		request.retries++;
		request.timer.set(Math.min(RTO_MAX, RTO_INITIAL * 2 ** request.retries));
		this.#sendAgain(request);
	}

	#sendAgain(request: Request): void {
		const { localInitial, remoteInitial, options, recent } = request;
		request.lastStamp = this.#clock(request);
		this.#sendSynAck(request, localInitial, remoteInitial, options, recent, request.lastStamp);
	}

	/* ---- its acknowledgement --------------------------------------------------------------------------------------- */

	#forRequest(request: Request, segment: TcpSegment): void {
		const { flags, sequence } = segment;
		const expected = add(request.remoteInitial, 1);
		if (flags & TCP.rst) {
			const window = this.#offered(request, request.options);
			if (!before(sequence, expected) && before(sequence, add(expected, window))) this.#forget(request);
			return;
		}
		if (flags & TCP.syn) {
			if (sequence === request.remoteInitial) this.#sendAgain(request);
			return;
		}
		if (!(flags & TCP.ack)) return;
		if (segment.acknowledgement !== add(request.localInitial, 1)) return this.#stack.tcp.sendReset(segment, request);
		const stamp = timestampsOf(segment);
		const outside =
			before(sequence, expected) || after(sequence, add(expected, this.#offered(request, request.options)));
		if (outside || (stamp && this.#isStrangeEcho(request, stamp.echo))) return this.#complain(request, segment);
		if (stamp && sequence === expected) request.recent = stamp.value;
		this.#complete(request, request, segment);
	}

	/** RFC 7323 3.2: only time stamps that were sent are echoed (Linux since 6.15). */
	#isStrangeEcho({ options, firstStamp, lastStamp }: Request, echo: number): boolean {
		if (!this.#timestampsOn(options) || echo === 0) return false;
		return before(echo, firstStamp) || after(echo, lastStamp);
	}

	/** A segment that cannot complete the request is answered by where the request stands (tcp_v4_reqsk_send_ack). */
	#complain(request: Request, segment: TcpSegment): void {
		const { localInitial, remoteInitial, options, recent } = request;
		// what bears data is no loop of acknowledgements
		if (segment.payload.length === 0) {
			if (this.#engine.now - request.complained < CHALLENGE_PAUSE) return;
			request.complained = this.#engine.now;
		}
		const timestamps = this.#timestampsOn(options) ? { value: this.#clock(request), echo: recent } : null;
		this.#stack.ip.send({
			protocol: PROTOCOL.tcp,
			source: request.localAddress,
			destination: request.remoteAddress,
			dontFragment: true,
			identification: 0,
			payload: {
				kind: 'tcp',
				sourcePort: request.localPort,
				destinationPort: request.remotePort,
				sequence: add(localInitial, 1),
				acknowledgement: add(remoteInitial, 1),
				flags: TCP.ack,
				window: this.#offered(request, options) >> (options.windowScale >= 0 ? WINDOW_SCALE : 0),
				urgentPointer: 0,
				options: laterOptions(timestamps, []),
				payload: new Uint8Array(0)
			},
			...this.owner.header()
		});
	}

	/** No request is known: it may be the answer to a cookie, else it is nonsense. */
	#withoutRequest(segment: TcpSegment, packet: Ipv4Packet): void {
		const ends = endsOf(segment, packet);
		const stamp = timestampsOf(segment);
		const cookies = this.#stack.settings.number('net.ipv4.tcp_syncookies') !== 0 && this.#floodTold;
		const options =
			cookies && !(segment.flags & TCP.syn)
				? openCookie(
						this.#stack.tcp.secret,
						ends,
						segment.acknowledgement,
						segment.sequence,
						this.#engine.now,
						stamp?.echo ?? null
					)
				: null;
		if (!options) return this.#stack.tcp.sendReset(segment, ends, null, packet.tos);
		const handshake = {
			localInitial: add(segment.acknowledgement, -1),
			remoteInitial: add(segment.sequence, -1),
			options,
			recent: stamp?.value ?? 0,
			retries: 1,
			sentAt: -1
		};
		this.#complete(ends, handshake, segment);
	}

	#complete(ends: Endpoints, agreed: Omit<Handshake, 'offered'> & { retries: number }, segment: TcpSegment): void {
		if (this.ready.length > this.backlog) {
			if (this.#stack.settings.number('net.ipv4.tcp_abort_on_overflow') === 0) return;
			this.#forget(ends);
			return this.#stack.tcp.sendReset(segment, ends);
		}
		this.#forget(ends);
		const handshake: Handshake = {
			localInitial: agreed.localInitial,
			remoteInitial: agreed.remoteInitial,
			options: agreed.options,
			recent: agreed.recent,
			offered: this.#offered(ends, agreed.options),
			sentAt: agreed.retries === 0 ? agreed.sentAt : -1
		};
		const connection = TcpConnection.accepted(this.#stack, ends, this.owner.reuse, handshake);
		connection.waitForAccept();
		this.#stack.tcp.add(connection);
		this.ready.push(connection);
		connection.receive(segment);
		this.owner.wake();
	}

	#offered(ends: Endpoints, options: SynOptions): number {
		return initialWindow(this.#mss(ends) - (this.#timestampsOn(options) ? TIMESTAMPS_LENGTH : 0));
	}

	#mss(ends: Endpoints): number {
		return this.#stack.ip.mtuTo(ends.remoteAddress) - HEADERS;
	}

	#timestampsOn(options: SynOptions): boolean {
		return options.timestamps && this.#stack.settings.number('net.ipv4.tcp_timestamps') !== 0;
	}

	#clock(ends: Endpoints): number {
		return (Math.floor(this.#engine.now / MILLISECOND) + this.#stack.tcp.timestampOffset(ends)) >>> 0;
	}
}

function endsOf(segment: TcpSegment, packet: Ipv4Packet): Endpoints {
	return {
		localAddress: packet.destination,
		localPort: segment.destinationPort,
		remoteAddress: packet.source,
		remotePort: segment.sourcePort
	};
}

const keyOf = (remoteAddress: Ipv4Address, remotePort: number, localAddress: Ipv4Address): string =>
	`${remoteAddress}:${remotePort} ${localAddress}`;
