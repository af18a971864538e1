/**
 * The sending half of a TCP connection: what is sent when, what is sent again, and how fast.
 *
 * Does: cuts the written bytes into segments (Nagle with Minshall's variant, window, congestion window), keeps them until
 *       they are acknowledged, finds lost ones by duplicate and selective acknowledgements (RFC 6675, simplified) or
 *       by time-out, probes a closed window.
 * Reads: the path's segment size. `TcpConnection` builds the segments and decides when to give up.
 * Not simulated: tail loss probes, F-RTO, segmentation offload, urgent data, tuning of the send buffer.
 */
import type { Engine } from '#engine/engine';
import { TCP } from '#wire/packet';
import { ByteQueue } from './tcp-buffers';
import { Congestion } from './tcp-congestion';
import { RoundTrip } from './tcp-rtt';
import { add, after, ahead, before } from './sequence';
import { Timer } from './timer';

/** bytes that may wait in the socket before write(2) blocks */
export const SEND_SPACE = 87_040;
/** segments above a missing one that must have arrived before it counts as lost */
const DUPLICATES = 3;

/** A segment that was sent and is not acknowledged. */
interface Sent {
	sequence: number;
	/** behind its last byte; SYN and FIN count as one */
	end: number;
	readonly flags: number;
	sentAt: number;
	retransmitted: boolean;
	/** the peer has it (SACK) */
	sacked: boolean;
	lost: boolean;
	/** lost, and sent again since */
	again: boolean;
}

/** What the sending half needs of its connection. */
export interface SenderOwner {
	transmit(sequence: number, flags: number, payload: Uint8Array): void;
	/** the timer ran out `count` times in a row, first `since` then; true: give up */
	mayGiveUp(since: number, count: number, probing: boolean): boolean;
}

const NO_BYTES = new Uint8Array(0);

export class TcpSender {
	readonly initial: number;
	/** oldest number without acknowledgement */
	unacknowledged: number;
	/** next number to be sent */
	next: number;
	/** number behind the last written byte */
	written: number;
	/** bytes that one segment may carry */
	mss: number;
	/** shift of the windows that the peer says */
	scale = 0;
	nodelay = false;
	closing = false;
	finSent = false;
	readonly roundTrip = new RoundTrip();
	readonly congestion = new Congestion();
	readonly #engine: Engine;
	readonly #owner: SenderOwner;
	readonly #retransmission: Timer;
	readonly #persist: Timer;
	#buffer = new ByteQueue();
	#sent: Sent[] = [];
	#window = 0;
	#windowSequence = 0;
	#largestWindow = 0;
	/** end of the last segment that was not full */
	#smallEnd: number;
	#duplicates = 0;
	/** when the first of the time-outs in a row began */
	#troubleSince = 0;
	#timeouts = 0;
	#probes = 0;
	#lastSent = 0;

	constructor(engine: Engine, owner: SenderOwner, initial: number, mss: number) {
		this.#engine = engine;
		this.#owner = owner;
		this.initial = initial;
		this.unacknowledged = initial;
		this.next = initial;
		this.written = add(initial, 1);
		this.mss = mss;
		this.#smallEnd = initial;
		this.#retransmission = new Timer(engine, () => this.#onTimeout());
		this.#persist = new Timer(engine, () => this.#onPersist());
	}

	/** Bytes that write(2) may still take. */
	get room(): number {
		return Math.max(0, SEND_SPACE - this.#buffer.length);
	}

	/** what netstat shows as Send-Q */
	get waiting(): number {
		return Math.max(0, ahead(this.written, this.unacknowledged) + (this.closing ? 1 : 0));
	}

	get largestWindow(): number {
		return this.#largestWindow;
	}

	get idle(): boolean {
		return this.#sent.length === 0;
	}

	/** The FIN is acknowledged. */
	get finAcknowledged(): boolean {
		return this.finSent && this.unacknowledged === add(this.written, 1);
	}

	/* ---- out ------------------------------------------------------------------------------------------------------ */

	/** The SYN (or SYN-ACK of a simultaneous opening). */
	sendSyn(flags: number): void {
		this.#sent = [];
		this.next = this.initial;
		this.#emit(this.initial, add(this.initial, 1), flags);
	}

	/** The SYN was sent by the listener; the handshake is done. */
	assumeSynSent(): void {
		this.next = add(this.initial, 1);
		this.unacknowledged = this.next;
		this.#smallEnd = this.next;
	}

	write(bytes: Uint8Array): void {
		this.#buffer.append(bytes);
		this.written = add(this.written, bytes.length);
	}

	/** Sends what may be sent: lost segments first, then new data, then the FIN. */
	push(): void {
		if (this.#sent.length === 0 && this.next !== this.initial) this.#afterIdle();
		this.#resendLost();
		while (this.#sendNext());
		const unsent = ahead(this.written, this.next) + (this.closing && !this.finSent ? 1 : 0);
		if (unsent > 0 && this.#sent.length === 0 && !this.#persist.pending) this.#persist.set(this.roundTrip.timeout);
	}

	#sendNext(): boolean {
		const unsent = ahead(this.written, this.next);
		const last = this.closing && unsent <= this.mss;
		if (this.finSent || (unsent <= 0 && !last)) return false;
		if (this.#inFlight() >= this.congestion.window) return false;
		const length = Math.min(unsent, this.mss);
		const end = add(this.next, length + (last ? 1 : 0));
		if (after(end, add(this.unacknowledged, this.#window))) return false;
		if (length < this.mss && !last && this.#nagleWaits()) return false;
		const flags = TCP.ack | (length > 0 && length === unsent ? TCP.psh : 0) | (last ? TCP.fin : 0);
		if (last) this.finSent = true;
		if (length < this.mss) this.#smallEnd = end;
		this.#emit(this.next, end, flags);
		return true;
	}

	/** A small segment waits while an earlier small one is on its way (Minshall). */
	#nagleWaits(): boolean {
		if (this.nodelay || this.#sent.length === 0) return false;
		return after(this.#smallEnd, this.unacknowledged) && !after(this.#smallEnd, this.next);
	}

	#emit(sequence: number, end: number, flags: number): void {
		this.#persist.clear();
		const now = this.#engine.now;
		this.#sent.push({
			sequence,
			end,
			flags,
			sentAt: now,
			retransmitted: false,
			sacked: false,
			lost: false,
			again: false
		});
		this.next = end;
		this.#lastSent = now;
		if (!this.#retransmission.pending) this.#retransmission.set(this.roundTrip.timeout);
		this.#owner.transmit(sequence, flags, this.#payload(sequence, end, flags));
	}

	#payload(sequence: number, end: number, flags: number): Uint8Array {
		const length = ahead(end, sequence) - (flags & TCP.syn ? 1 : 0) - (flags & TCP.fin ? 1 : 0);
		if (length <= 0) return NO_BYTES;
		const start = before(this.unacknowledged, add(this.initial, 1)) ? add(this.initial, 1) : this.unacknowledged;
		return this.#buffer.slice(ahead(sequence, start), length);
	}

	#afterIdle(): void {
		const quiet = this.#engine.now - this.#lastSent;
		if (quiet > this.roundTrip.timeout) this.congestion.idle(Math.floor(quiet / this.roundTrip.timeout));
	}

	/* ---- acknowledgements ------------------------------------------------------------------------------------------ */

	/**
	 * A segment that acknowledges arrived.
	 * @param window as in its header
	 * @param dataless it carried neither data nor SYN nor FIN
	 * @param echo microseconds since the segment that its timestamp echoes, -1 for unknown
	 * @returns how many bytes are newly acknowledged, SYN and FIN counted
	 */
	acknowledge(
		sequence: number,
		acknowledgement: number,
		window: number,
		blocks: readonly (readonly [number, number])[],
		dataless: boolean,
		echo: number
	): number {
		const advanced = ahead(acknowledgement, this.unacknowledged);
		const windowChanged = this.#updateWindow(sequence, acknowledgement, window << this.scale);
		const sackedNew = this.#markSacked(blocks);
		this.#probes = 0;
		if (advanced > 0) this.#advance(acknowledgement, advanced, echo);
		else if (this.#sent.length > 0 && dataless && (sackedNew || (!windowChanged && advanced === 0))) this.#duplicates++;
		if (this.#sent.length > 0) this.#detectLoss(blocks.length > 0);
		return Math.max(0, advanced);
	}

	#updateWindow(sequence: number, acknowledgement: number, window: number): boolean {
		const newer =
			after(acknowledgement, this.unacknowledged) ||
			after(sequence, this.#windowSequence) ||
			(sequence === this.#windowSequence && window > this.#window) ||
			this.#largestWindow === 0;
		if (!newer) return false;
		const changed = window !== this.#window;
		this.#window = window;
		this.#windowSequence = sequence;
		this.#largestWindow = Math.max(this.#largestWindow, window);
		if (changed && window > 0 && this.#persist.pending && !before(add(acknowledgement, window), add(this.next, 1))) {
			this.#persist.clear();
			this.roundTrip.answered();
		}
		return changed;
	}

	/** The window of a SYN is never scaled. */
	setWindow(sequence: number, window: number): void {
		this.#window = window;
		this.#windowSequence = sequence;
		this.#largestWindow = Math.max(this.#largestWindow, window);
	}

	#advance(acknowledgement: number, advanced: number, echo: number): void {
		const now = this.#engine.now;
		let count = 0;
		let sample = -1;
		let ambiguous = false;
		const limited = this.#inFlight() + 1 >= this.congestion.window || this.congestion.phase === 'loss';
		while (this.#sent.length > 0 && !after(this.#sent[0]!.end, acknowledgement)) {
			const segment = this.#sent.shift()!;
			count++;
			if (segment.retransmitted) ambiguous = true;
			else if (!segment.sacked) sample = now - segment.sentAt;
		}
		this.#dropBytes(acknowledgement, advanced);
		this.unacknowledged = acknowledgement;
		if (before(this.next, acknowledgement)) this.next = acknowledgement;
		const head = this.#sent[0];
		if (head && before(head.sequence, acknowledgement)) head.sequence = acknowledgement;
		if (sample >= 0 && !ambiguous) this.roundTrip.measure(sample);
		else if (echo >= 0) this.roundTrip.measure(echo);
		this.roundTrip.answered();
		this.#timeouts = 0;
		this.#duplicates = 0;
		if (this.congestion.phase !== 'open') this.#recover(acknowledgement);
		if (limited || this.congestion.window < this.congestion.threshold) this.congestion.onAcknowledged(count);
		if (this.#sent.length === 0) this.#retransmission.clear();
		else this.#retransmission.set(this.roundTrip.timeout);
	}

	/** Bytes of the buffer that this acknowledgement covers: SYN and FIN are none. */
	#dropBytes(acknowledgement: number, advanced: number): void {
		const syn = this.unacknowledged === this.initial ? 1 : 0;
		const fin = this.finSent && acknowledgement === add(this.written, 1) ? 1 : 0;
		this.#buffer.drop(advanced - syn - fin);
	}

	#recover(acknowledgement: number): void {
		if (!before(acknowledgement, this.congestion.recoverUntil)) {
			this.congestion.recovered();
			return;
		}
		const head = this.#sent[0];
		if (this.congestion.phase === 'recovery' && head && !head.sacked && !head.again) head.lost = true;
	}

	#markSacked(blocks: readonly (readonly [number, number])[]): boolean {
		let news = false;
		for (const [left, right] of blocks) {
			if (!after(right, this.unacknowledged)) continue;
			for (const segment of this.#sent) {
				if (segment.sacked || before(segment.sequence, left) || after(segment.end, right)) continue;
				segment.sacked = true;
				news = true;
			}
		}
		return news;
	}

	/** Segments are lost that have three newer ones beyond them, or, without SACK, after three duplicates. */
	#detectLoss(selective: boolean): void {
		let above = 0;
		let found = false;
		for (let i = this.#sent.length - 1; i >= 0; i--) {
			const segment = this.#sent[i]!;
			if (segment.sacked) above++;
			else if (above >= DUPLICATES && !segment.lost) {
				segment.lost = true;
				found = true;
			}
		}
		const head = this.#sent[0]!;
		if (!found && this.#duplicates >= DUPLICATES && this.congestion.phase === 'open' && !head.lost && !head.sacked) {
			head.lost = true;
			found = true;
		}
		if (!found || this.congestion.phase !== 'open') return;
		this.congestion.enterRecovery(this.#sent.length, this.next);
		if (!selective) this.#duplicates = DUPLICATES;
	}

	/** Segments that are believed to be on their way (RFC 6675's pipe). */
	#inFlight(): number {
		let count = 0;
		for (const segment of this.#sent) if (!segment.sacked && (!segment.lost || segment.again)) count++;
		return Math.max(0, count - (this.congestion.phase === 'recovery' && !this.#anySacked() ? this.#duplicates : 0));
	}

	#anySacked(): boolean {
		return this.#sent.some((segment) => segment.sacked);
	}

	/* ---- again ------------------------------------------------------------------------------------------------------ */

	#resendLost(): void {
		for (let i = 0; i < this.#sent.length; i++) {
			const segment = this.#sent[i]!;
			if (!segment.lost || segment.again || segment.sacked) continue;
			if (this.#inFlight() >= this.congestion.window) return;
			this.#resend(segment, i);
		}
	}

	/** @param index where it stands: a segment that has become too long for the path is sent in two */
	#resend(segment: Sent, index: number): void {
		if (ahead(segment.end, segment.sequence) > this.mss && !(segment.flags & TCP.syn)) {
			const middle = add(segment.sequence, this.mss);
			this.#sent.splice(index + 1, 0, { ...segment, sequence: middle });
			this.#sent[index] = { ...segment, end: middle, flags: segment.flags & ~(TCP.fin | TCP.psh) };
		}
		const current = this.#sent[index]!;
		current.again = true;
		current.retransmitted = true;
		current.sentAt = this.#engine.now;
		this.#lastSent = this.#engine.now;
		this.#owner.transmit(current.sequence, current.flags, this.#payload(current.sequence, current.end, current.flags));
		if (!this.#retransmission.pending) this.#retransmission.set(this.roundTrip.timeout);
	}

	#onTimeout(): void {
		const head = this.#sent[0];
		if (!head) return;
		if (this.#timeouts === 0) this.#troubleSince = head.sentAt;
		if (this.#owner.mayGiveUp(this.#troubleSince, this.#timeouts, false)) return;
		this.#timeouts++;
		this.congestion.enterLoss(this.#sent.length, this.next);
		this.#duplicates = 0;
		for (const segment of this.#sent) {
			segment.lost = !segment.sacked;
			segment.again = false;
		}
		head.sacked = false;
		head.lost = true;
		this.roundTrip.doubled();
		this.#resend(head, 0);
		this.#retransmission.set(this.roundTrip.timeout);
	}

	/** The window stays shut: ask, with a number that is known already (tcp_write_wakeup). */
	#onPersist(): void {
		if (this.#probes === 0) this.#troubleSince = this.#engine.now;
		if (this.#owner.mayGiveUp(this.#troubleSince, this.#probes, true)) return;
		this.#probes++;
		const open = ahead(add(this.unacknowledged, this.#window), this.next);
		const unsent = ahead(this.written, this.next);
		if (open > 0 && unsent > 0) {
			const length = Math.min(open, unsent, this.mss);
			this.#emit(this.next, add(this.next, length), TCP.ack | TCP.psh);
			return;
		}
		this.probe();
		this.roundTrip.doubled();
		this.#persist.set(this.roundTrip.timeout);
	}

	/** A segment without news, which the peer must answer: for a shut window and for keepalive. */
	probe(): void {
		this.#owner.transmit(add(this.unacknowledged, -1), TCP.ack, NO_BYTES);
	}

	/** The path takes less than was thought: what is on its way was lost. */
	reduceMss(mss: number): void {
		if (mss >= this.mss) return;
		const old = this.mss;
		this.mss = mss;
		for (const segment of this.#sent)
			if (!segment.sacked && ahead(segment.end, segment.sequence) > mss && old > mss) segment.lost = true;
		this.push();
	}

	clear(): void {
		this.#retransmission.clear();
		this.#persist.clear();
		this.#sent = [];
		this.#buffer.clear();
	}
}
