/**
 * One TCP connection (RFC 9293, RFC 7323, RFC 5961): its state, and what every arriving segment does to it.
 *
 * Does: checks a segment in the order of RFC 9293 3.10.7 (timestamps, window, reset, SYN, acknowledgement, data, FIN),
 *       hands its halves to `TcpSender` and `TcpReceiver`, builds what they send, and ends: by both FINs, a reset, a
 *       time-out, TIME_WAIT. It may outlive its socket.
 * Reads: the tcp_* settings when they are needed.
 * Not simulated: ECN, urgent data, TCP Fast Open, MD5 and AO.
 */
import { assert } from '#engine/assert';
import { MILLISECOND, SECOND } from '#engine/engine';
import type { Ipv4Address, TcpSegment } from '#wire/packet';
import { TCP } from '#wire/packet';
import type { ErrnoCode, SocketInfo } from '../syscalls';
import { formatIpv4Address } from '#wire/address';
import type { TcpStateEvent } from './events';
import type { SocketError } from './icmp';
import type { PortHolder } from './ports';
import { add, after, before } from './sequence';
import { inet } from './socket';
import type { NetStack } from './stack';
import type { SynOptions } from './tcp-options';
import { readSyn, sackOf } from './tcp-options';
import { initialWindow, TcpReceiver } from './tcp-receiver';
import { patience } from './tcp-rtt';
import type { SocketHeader } from './tcp-segments';
import { TcpSegments, WINDOW_SCALE } from './tcp-segments';
import type { SenderOwner } from './tcp-sender';
import { TcpSender } from './tcp-sender';
import type { TcpEvent, TcpState } from './tcp-state';
import { canReceive, canSend, hasTransition, nextState } from './tcp-state';
import { Timer } from './timer';

const NO_BYTES = new Uint8Array(0);
/** how long TIME_WAIT lasts (TCP_TIMEWAIT_LEN) */
const TIME_WAIT = 60 * SECOND;
/** time-outs that a connection without a socket survives (tcp_orphan_retries 0 means 8) */
const ORPHAN_RETRIES = 8;
/** shortest time between two answers to nonsense in one connection (tcp_invalid_ratelimit) */
const CHALLENGE_PAUSE = 500 * MILLISECOND;

/** Who uses the connection: the socket, while it is open. */
export interface ConnectionOwner {
	readonly keepalive: boolean;
	/** header fields that the socket's options decide */
	header(): SocketHeader;
	readonly uid: number;
	readonly inode: number;
	/** something changed that a call may wait for */
	wake(): void;
}

export interface Endpoints {
	readonly localAddress: Ipv4Address;
	readonly localPort: number;
	readonly remoteAddress: Ipv4Address;
	readonly remotePort: number;
}

/** What a listener agreed on with a client before there was a connection. */
export interface Handshake {
	readonly localInitial: number;
	readonly remoteInitial: number;
	readonly offered: number;
	readonly options: SynOptions;
	/** the timestamp of the client's last segment */
	readonly recent: number;
	/** of the SYN-ACK, microseconds; -1 when it was sent more than once */
	readonly sentAt: number;
}

export class TcpConnection implements PortHolder, Endpoints, SenderOwner {
	readonly localAddress: Ipv4Address;
	readonly localPort: number;
	readonly remoteAddress: Ipv4Address;
	readonly remotePort: number;
	readonly reuse: boolean;
	readonly listening = false;
	state: TcpState = 'CLOSED';
	owner: ConnectionOwner | null = null;
	/** why it ended, for the next call on the socket */
	error: ErrnoCode | null = null;
	readonly sender: TcpSender;
	receiver: TcpReceiver;
	/** the program wants nothing more to read */
	readClosed = false;
	/** the program has read the end of file */
	endRead = false;
	readonly #stack: NetStack;
	readonly #wait: Timer;
	readonly #keepalive: Timer;
	readonly #segments: TcpSegments;
	/** false while it waits in a listener's queue: it has no owner, but somebody will read it */
	#accepted = true;
	#softError: ErrnoCode | null = null;
	#lastHeard: number;
	#keepaliveProbes = 0;
	#lastChallenge = -CHALLENGE_PAUSE;

	constructor(stack: NetStack, ends: Endpoints, reuse: boolean, initial: number) {
		this.#stack = stack;
		this.localAddress = ends.localAddress;
		this.localPort = ends.localPort;
		this.remoteAddress = ends.remoteAddress;
		this.remotePort = ends.remotePort;
		this.reuse = reuse;
		this.#segments = new TcpSegments(stack, ends);
		this.sender = new TcpSender(stack.engine, this, initial, this.#segments.ownMss);
		this.receiver = this.#makeReceiver(0, initialWindow(this.sender.mss));
		this.#wait = new Timer(stack.engine, () => this.#waitOver());
		this.#keepalive = new Timer(stack.engine, () => this.#onKeepalive());
		this.#lastHeard = stack.engine.now;
	}

	/* ---- beginnings ----------------------------------------------------------------------------------------------- */

	/** Active opening. */
	connect(): void {
		this.#become('connect');
		this.sender.sendSyn(TCP.syn);
	}

	/** A listener's handshake is complete. */
	static accepted(stack: NetStack, ends: Endpoints, reuse: boolean, handshake: Handshake): TcpConnection {
		const connection = new TcpConnection(stack, ends, reuse, handshake.localInitial);
		connection.state = 'SYN_RECV';
		connection.receiver = connection.#makeReceiver(handshake.remoteInitial, handshake.offered);
		connection.#agree(handshake.options);
		connection.#segments.recent = handshake.recent;
		connection.sender.assumeSynSent();
		connection.#become('ack-of-syn');
		if (handshake.sentAt >= 0) connection.sender.roundTrip.measure(stack.engine.now - handshake.sentAt);
		return connection;
	}

	#makeReceiver(initial: number, offered: number): TcpReceiver {
		const mss = this.sender.mss;
		return new TcpReceiver(this.#stack.engine, initial, mss, offered, () => this.acknowledge());
	}

	/** Both SYNs are known: what both can do is done. */
	#agree(syn: SynOptions): void {
		this.#segments.agree(syn);
		if (syn.windowScale >= 0 && this.#segments.scaling) {
			this.sender.scale = syn.windowScale;
			this.receiver.scale = WINDOW_SCALE;
		}
		const { ownMss, overhead } = this.#segments;
		this.sender.mss = Math.min(syn.mss, ownMss) - overhead;
		this.receiver.mss = ownMss - overhead;
	}

	/* ---- what the program does ------------------------------------------------------------------------------------ */

	write(bytes: Uint8Array): void {
		this.sender.write(bytes);
		if (canSend(this.state)) this.sender.push();
	}

	read(count: number): Uint8Array {
		const { queue } = this.receiver;
		const bytes = queue.take(Math.min(count, queue.length));
		if (bytes.length > 0 && canReceive(this.state)) this.receiver.consumed();
		return bytes;
	}

	/** No more data from this side: FIN, behind all that was written. */
	finish(): void {
		if (this.sender.closing || !hasTransition(this.state, 'close')) return;
		if (this.state === 'SYN_SENT') return this.abort(null);
		this.#become('close');
		this.sender.closing = true;
		this.sender.push();
	}

	/**
	 * The socket is closed. Unread data, or `linger` 0, makes it a reset (RFC 1122 4.2.2.13).
	 * @param abruptly SO_LINGER with 0 seconds
	 */
	release(abruptly: boolean): void {
		this.owner = null;
		this.#keepalive.clear();
		const unread = this.receiver.queue.length > 0 && this.state !== 'TIME_WAIT' && this.state !== 'CLOSED';
		if (abruptly || unread) {
			if (this.state !== 'SYN_SENT' && this.state !== 'TIME_WAIT' && this.state !== 'CLOSED') this.#sendReset();
			return this.abort(null);
		}
		this.finish();
		if (this.state === 'FIN_WAIT2') this.#orphanWait();
	}

	/** The keepalive option was set. */
	startKeepalive(): void {
		if (
			this.owner?.keepalive &&
			(this.state === 'ESTABLISHED' || this.state === 'CLOSE_WAIT' || this.state === 'FIN_WAIT2')
		)
			this.#keepalive.set(this.#setting('tcp_keepalive_time'));
		else this.#keepalive.clear();
	}

	/* ---- what arrives ---------------------------------------------------------------------------------------------- */

	receive(segment: TcpSegment): void {
		if (this.state === 'SYN_SENT') return this.#inSynSent(segment);
		if (this.state === 'CLOSED') return;
		if (!this.#timely(segment) || !this.#inWindow(segment)) return;
		const { flags } = segment;
		if (flags & TCP.rst) return this.#onReset(segment);
		if (flags & TCP.syn) return this.#challenge();
		if (!(flags & TCP.ack)) return;
		if (!this.#onAcknowledgement(segment)) return;
		this.#onData(segment);
		if (canSend(this.state)) this.sender.push();
		if (!this.#ended) this.receiver.check();
		this.owner?.wake();
	}

	get #ended(): boolean {
		return this.state === 'CLOSED' || this.state === 'TIME_WAIT';
	}

	#inSynSent(segment: TcpSegment): void {
		const { flags, acknowledgement } = segment;
		const acknowledged = acknowledgement === add(this.sender.initial, 1);
		if (flags & TCP.ack && !acknowledged) {
			if (!(flags & TCP.rst)) this.#stack.tcp.sendReset(segment, this);
			return;
		}
		if (flags & TCP.rst) {
			if (flags & TCP.ack) this.abort('ECONNREFUSED');
			return;
		}
		if (!(flags & TCP.syn)) return;
		const syn = readSyn(segment);
		this.receiver = this.#makeReceiver(segment.sequence, initialWindow(this.sender.mss));
		this.#agree(syn);
		this.#segments.remember(segment);
		this.#lastHeard = this.#stack.engine.now;
		this.sender.setWindow(segment.sequence, segment.window);
		if (!(flags & TCP.ack)) {
			this.#become('syn');
			this.sender.sendSyn(TCP.syn | TCP.ack);
			return;
		}
		const scale = this.sender.scale;
		this.sender.scale = 0;
		this.sender.acknowledge(
			segment.sequence,
			acknowledgement,
			segment.window,
			[],
			false,
			this.#segments.echoAge(segment)
		);
		this.sender.scale = scale;
		this.#become('syn-ack');
		this.acknowledge();
		if (this.owner) this.startKeepalive();
		this.owner?.wake();
		this.sender.push();
	}

	/** An old duplicate is answered, not believed. */
	#timely(segment: TcpSegment): boolean {
		if (this.#segments.isOld(segment) && !(segment.flags & TCP.rst)) {
			this.receiver.hurry();
			if (this.state !== 'TIME_WAIT') this.receiver.check();
			return false;
		}
		if (!after(segment.sequence, this.receiver.acknowledged)) this.#segments.remember(segment);
		return true;
	}

	/** A segment that does not touch the window is answered by an acknowledgement and dropped. */
	#inWindow(segment: TcpSegment): boolean {
		const end = add(segment.sequence, lengthOf(segment));
		if (this.receiver.acceptable(segment.sequence, end)) return true;
		if (!(segment.flags & TCP.rst)) {
			if (segment.payload.length > 0 && before(segment.sequence, this.receiver.next))
				this.receiver.take(segment.sequence, segment.payload, false);
			this.acknowledge();
			if (this.state === 'TIME_WAIT') this.#wait.set(TIME_WAIT);
		}
		return false;
	}

	/** Only a reset with exactly the expected number counts; a near one is asked back (RFC 5961 3). */
	#onReset(segment: TcpSegment): void {
		if (segment.sequence !== this.receiver.next) return this.#challenge();
		if (this.state === 'TIME_WAIT') return this.abort(null);
		this.abort(this.state === 'CLOSE_WAIT' ? 'EPIPE' : this.state === 'SYN_RECV' ? 'ECONNREFUSED' : 'ECONNRESET');
	}

	/** @returns false when the segment is to be dropped */
	#onAcknowledgement(segment: TcpSegment): boolean {
		const { acknowledgement } = segment;
		this.#lastHeard = this.#stack.engine.now;
		this.#keepaliveProbes = 0;
		if (after(acknowledgement, this.sender.next)) {
			if (this.state === 'SYN_RECV') this.#stack.tcp.sendReset(segment, this);
			else this.#challenge();
			return false;
		}
		const dataless = segment.payload.length === 0 && !(segment.flags & (TCP.syn | TCP.fin));
		const blocks = this.#segments.sack ? sackOf(segment) : [];
		const news = this.sender.acknowledge(
			segment.sequence,
			acknowledgement,
			segment.window,
			blocks,
			dataless,
			this.#segments.echoAge(segment)
		);
		if (news > 0) {
			this.#softError = null;
			this.#stack.tcp.confirmNeighbour(this.remoteAddress);
		}
		if (this.state === 'SYN_RECV' && acknowledgement === add(this.sender.initial, 1)) {
			this.#become('ack-of-syn');
			this.startKeepalive();
		}
		if (this.sender.finAcknowledged && hasTransition(this.state, 'ack-of-fin')) this.#finAcknowledged();
		return this.state !== 'CLOSED';
	}

	#finAcknowledged(): void {
		this.#become('ack-of-fin');
		if (this.state === 'TIME_WAIT') this.#enterTimeWait();
		else if (this.state === 'CLOSED') this.#end();
		else if (!this.owner) this.#orphanWait();
	}

	#onData(segment: TcpSegment): void {
		const fin = (segment.flags & TCP.fin) !== 0;
		if (this.state === 'TIME_WAIT') {
			if (fin) this.#repeatLastAck();
			return;
		}
		if (segment.payload.length === 0 && !fin) return;
		if (!canReceive(this.state)) {
			this.receiver.hurry();
			return;
		}
		const unheard = !this.owner && this.#accepted && this.state !== 'ESTABLISHED';
		if (
			unheard &&
			segment.payload.length > 0 &&
			after(add(segment.sequence, segment.payload.length), this.receiver.next)
		) {
			this.#sendReset();
			return this.abort(null);
		}
		this.receiver.take(segment.sequence, segment.payload, fin);
		if (this.receiver.finReceived && hasTransition(this.state, 'fin')) this.#onFin();
	}

	#onFin(): void {
		this.#become('fin');
		if (this.state === 'TIME_WAIT') {
			this.acknowledge();
			this.#enterTimeWait();
		}
	}

	/** The connection waits in a listener's queue. */
	waitForAccept(): void {
		this.#accepted = false;
	}

	/** accept(2) gave it a socket. */
	adopt(owner: ConnectionOwner): void {
		this.owner = owner;
		this.#accepted = true;
		this.startKeepalive();
	}

	/* ---- ICMP ------------------------------------------------------------------------------------------------------ */

	/** An error about a segment of ours: it ends an opening, else it is remembered for the time-out (RFC 1122 4.2.3.9). */
	unreachable(error: SocketError): void {
		if (before(error.sequence, this.sender.unacknowledged) || after(error.sequence, this.sender.next)) return;
		if (error.fragmentationNeeded) {
			return this.sender.reduceMss(this.#segments.ownMss - this.#segments.overhead);
		}
		if (this.state === 'SYN_SENT' || this.state === 'SYN_RECV') this.abort(error.errno);
		else this.#softError = error.errno;
	}

	/* ---- what is sent ---------------------------------------------------------------------------------------------- */

	/** An empty segment that acknowledges. */
	acknowledge(): void {
		this.transmit(this.sender.next, TCP.ack, NO_BYTES);
	}

	transmit(sequence: number, flags: number, payload: Uint8Array): void {
		const acknowledges = (flags & TCP.ack) !== 0;
		const window = acknowledges ? this.receiver.segmentLeaves(payload.length > 0) : initialWindow(this.sender.mss);
		const plain = (flags & TCP.syn) !== 0 || this.receiver.scale <= 0;
		const shown = plain ? Math.min(window, 65535) : window >>> this.receiver.scale;
		this.#segments.send(sequence, flags, payload, shown, this.receiver, this.owner?.header());
	}

	#sendReset(): void {
		this.transmit(this.sender.next, TCP.rst | TCP.ack, NO_BYTES);
	}

	/** RFC 5961: "say that again", but not too often. */
	#challenge(): void {
		const now = this.#stack.engine.now;
		if (now - this.#lastChallenge < CHALLENGE_PAUSE) return;
		this.#lastChallenge = now;
		this.acknowledge();
	}

	/* ---- endings --------------------------------------------------------------------------------------------------- */

	/** Whether the time for trying again is over (tcp_write_timeout). */
	mayGiveUp(since: number, count: number, probing: boolean): boolean {
		const opening = this.state === 'SYN_SENT' || this.state === 'SYN_RECV';
		const waited = this.#stack.engine.now - since;
		let over: boolean;
		if (this.state === 'SYN_SENT') over = count >= this.#count('tcp_syn_retries');
		else if (opening) over = count >= this.#count('tcp_synack_retries');
		else if (!this.owner && this.#accepted) over = count >= ORPHAN_RETRIES || waited >= patience(ORPHAN_RETRIES);
		else
			over = probing
				? count >= this.#count('tcp_retries2')
				: count > 0 && waited >= patience(this.#count('tcp_retries2'));
		if (!over) return false;
		if (probing && !this.owner) this.#sendReset();
		this.abort(this.#softError ?? 'ETIMEDOUT');
		return true;
	}

	/** Ends at once; nothing is sent. @param error what the program hears, null for its own doing */
	abort(error: ErrnoCode | null): void {
		if (this.state === 'CLOSED') return;
		this.error = error;
		this.#become('abort');
		this.#end();
	}

	#end(): void {
		this.#wait.clear();
		this.#keepalive.clear();
		this.sender.clear();
		// what came before the end may still be read, after a reset too
		if (!this.owner) this.receiver.clear();
		this.#stack.tcp.remove(this);
		this.owner?.wake();
	}

	/** Silence, without counting or telling: the power is gone. */
	powerOff(): void {
		this.#wait.clear();
		this.#keepalive.clear();
		this.sender.clear();
		this.receiver.clear();
		this.state = 'CLOSED';
	}

	#enterTimeWait(): void {
		this.#keepalive.clear();
		this.sender.clear();
		this.#wait.set(TIME_WAIT);
		this.owner?.wake();
	}

	/** The peer did not hear the last acknowledgement: again, and the wait begins anew. */
	#repeatLastAck(): void {
		this.acknowledge();
		this.#wait.set(TIME_WAIT);
	}

	/** FIN_WAIT2 without a program that waits for the peer's end (tcp_fin_timeout). */
	#orphanWait(): void {
		this.#wait.set(this.#setting('tcp_fin_timeout'));
	}

	#waitOver(): void {
		assert(this.state === 'TIME_WAIT' || this.state === 'FIN_WAIT2', `TCP wait over in ${this.state}`);
		this.#become('timeout');
		this.#end();
	}

	#onKeepalive(): void {
		const quiet = this.#stack.engine.now - this.#lastHeard;
		const time = this.#setting('tcp_keepalive_time');
		if (!this.sender.idle || (this.#keepaliveProbes === 0 && quiet < time)) {
			this.#keepalive.set(Math.max(MILLISECOND, this.sender.idle ? time - quiet : time));
			return;
		}
		if (this.#keepaliveProbes >= this.#count('tcp_keepalive_probes')) {
			this.#sendReset();
			return this.abort(this.#softError ?? 'ETIMEDOUT');
		}
		this.#keepaliveProbes++;
		this.sender.probe();
		this.#keepalive.set(this.#setting('tcp_keepalive_intvl'));
	}

	/* ---- looking --------------------------------------------------------------------------------------------------- */

	/** Whether a segment was made after the last one that was heard here. */
	newerTimestamp(segment: TcpSegment): boolean {
		return this.#segments.isNewer(segment);
	}

	info(): SocketInfo {
		const unreadEnd = this.receiver.finReceived && !this.endRead ? 1 : 0;
		const gone = this.state === 'TIME_WAIT';
		return {
			protocol: 'tcp',
			type: 'stream',
			state: this.state,
			local: inet(this.localAddress, this.localPort),
			remote: inet(this.remoteAddress, this.remotePort),
			receiveQueue: gone ? 0 : this.receiver.queue.length + unreadEnd,
			sendQueue: gone ? 0 : this.sender.waiting,
			uid: this.owner?.uid ?? 0,
			inode: this.owner?.inode ?? 0
		};
	}

	/** microseconds */
	#setting(name: string): number {
		return this.#count(name) * SECOND;
	}

	#count(name: string): number {
		return this.#stack.settings.number(`net.ipv4.${name}`);
	}

	#become(event: TcpEvent): void {
		const from = this.state;
		this.state = nextState(from, event);
		const told: TcpStateEvent = {
			kind: 'tcp.state',
			host: this.#stack.host,
			local: `${formatIpv4Address(this.localAddress)}:${this.localPort}`,
			remote: `${formatIpv4Address(this.remoteAddress)}:${this.remotePort}`,
			from,
			to: this.state
		};
		this.#stack.engine.emit(told);
	}
}

/** Sequence numbers that a segment takes. */
export function lengthOf(segment: TcpSegment): number {
	return segment.payload.length + (segment.flags & TCP.syn ? 1 : 0) + (segment.flags & TCP.fin ? 1 : 0);
}
