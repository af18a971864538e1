/**
 * The receiving half of a TCP connection: data in order, the window, and when to acknowledge.
 *
 * Does: puts segments in order, offers a window that never shrinks, and acknowledges as Linux does: at once at the
 *       beginning, for every second full segment and around a gap; else after 40 ms, or with the answer.
 * Reads: nothing; `TcpConnection` hands it segments and sends its acknowledgements.
 * Not simulated: tuning of the buffer to the path (it stays at 128 KiB, of which half is offered), memory pressure.
 */
import type { Engine } from '#engine/engine';
import { MILLISECOND } from '#engine/engine';
import { ByteQueue, OutOfOrderQueue } from './tcp-buffers';
import { add, after, ahead, before } from './sequence';
import { Timer } from './timer';

/** half of net.ipv4.tcp_rmem's default: the other half is for what the kernel itself needs (tcp_adv_win_scale) */
export const RECEIVE_SPACE = 65536;
/** shortest delay of an acknowledgement (TCP_ATO_MIN, TCP_DELACK_MIN) */
const DELAY_MIN = 40 * MILLISECOND;
const DELAY_MAX = 200 * MILLISECOND;
/** segments acknowledged at once at the beginning and after trouble (TCP_MAX_QUICKACKS) */
const QUICK_MAX = 16;

/** The window of a SYN: as many whole segments as the space holds. */
export function initialWindow(mss: number): number {
	const space = RECEIVE_SPACE > mss ? RECEIVE_SPACE - (RECEIVE_SPACE % mss) : RECEIVE_SPACE;
	return Math.min(space, 65535);
}

export class TcpReceiver {
	/** next sequence number expected */
	next: number;
	readonly initial: number;
	/** shift for the window that is offered; -1: none */
	scale = -1;
	readonly queue = new ByteQueue();
	/** own segments' size limit as the peer fills it */
	mss: number;
	finReceived = false;
	/** a block that came twice, reported once (RFC 2883) */
	#duplicate: readonly [number, number] | null = null;
	#outOfOrder = new OutOfOrderQueue();
	#finAt: number | null = null;
	/** `next` and the window when the last acknowledgement left */
	#acknowledged: number;
	#offered: number;
	#ceiling: number;
	#engine: Engine;
	#delayed: Timer;
	#acknowledge: () => void;
	/** acknowledgements to come at once */
	#quick = 0;
	/** answers follow requests: acknowledgements may ride on them */
	#interactive = false;
	#delay = 0;
	#lastData = 0;
	#due = false;

	/**
	 * @param initial the peer's initial sequence number
	 * @param acknowledge sends a segment that carries the acknowledgement
	 */
	constructor(engine: Engine, initial: number, mss: number, offered: number, acknowledge: () => void) {
		this.#engine = engine;
		this.initial = initial;
		this.next = add(initial, 1);
		this.mss = mss;
		this.#acknowledged = this.next;
		this.#offered = offered;
		this.#ceiling = offered;
		this.#acknowledge = acknowledge;
		this.#delayed = new Timer(engine, () => this.#onDelay());
	}

	/** sequence number of the last acknowledgement sent */
	get acknowledged(): number {
		return this.#acknowledged;
	}

	/** Bytes from `next` on that the peer may still send. */
	get room(): number {
		return Math.max(0, this.#offered - ahead(this.next, this.#acknowledged));
	}

	/** @returns whether the segment touches the window (tcp_sequence) */
	acceptable(sequence: number, end: number): boolean {
		return !before(end, this.#acknowledged) && !after(sequence, add(this.next, this.room));
	}

	/** Blocks for the SACK option of the next segment. */
	takeBlocks(): (readonly [number, number])[] {
		if (this.#outOfOrder.empty && !this.#duplicate) return [];
		const blocks = this.#outOfOrder.blocks();
		if (this.#duplicate) blocks.unshift(this.#duplicate);
		this.#duplicate = null;
		return blocks;
	}

	/**
	 * A segment's data and FIN.
	 * @returns whether there is something new to read (bytes or the end)
	 */
	take(sequence: number, bytes: Uint8Array, fin: boolean): boolean {
		const end = add(sequence, bytes.length);
		if (fin) this.#finAt = end;
		const room = this.room;
		const next = this.next;
		if (!after(add(end, fin ? 1 : 0), next)) return this.#old(sequence, end);
		const fits = Math.max(0, ahead(add(next, room), sequence));
		const useful = bytes.length > fits ? bytes.subarray(0, fits) : bytes;
		if (bytes.length > 0 && useful.length === 0) {
			this.hurry();
			return false;
		}
		if (after(sequence, next)) return this.#early(sequence, useful);
		this.#append(useful.subarray(ahead(next, sequence)));
		const gap = !this.#outOfOrder.empty;
		for (const more of this.#outOfOrder.takeFrom(this.next)) this.#append(more);
		if (gap) this.#enterQuick();
		this.#reachFin();
		if (useful.length > 0) this.#dataArrived();
		this.#due = true;
		return true;
	}

	/** After a segment: acknowledge now, later, or not at all (__tcp_ack_snd_check). */
	check(): void {
		if (!this.#due) return;
		const pending = ahead(this.next, this.#acknowledged);
		const quick = this.#quick > 0 && !this.#interactive;
		if (pending > this.mss || quick || !this.#outOfOrder.empty) this.#acknowledge();
		else if (!this.#delayed.pending) this.#delayed.set(Math.min(Math.max(this.#delay, DELAY_MIN), DELAY_MAX));
	}

	/** The next check acknowledges at once. */
	hurry(): void {
		this.#due = true;
		this.#enterQuick();
	}

	/** The program took bytes: tell the peer when that opens the window well (tcp_cleanup_rbuf). */
	consumed(): void {
		const pending = ahead(this.next, this.#acknowledged);
		if (this.#due && (pending > this.mss || (!this.#interactive && this.queue.length === 0)))
			return this.#acknowledge();
		const offered = this.room;
		if (2 * offered <= RECEIVE_SPACE && this.#choose() >= 2 * offered && this.#choose() > 0) this.#acknowledge();
	}

	/** A segment with ACK leaves: the window to put into it (bytes), and no acknowledgement is due any more. */
	segmentLeaves(carriesData: boolean): number {
		this.#offered = this.#choose();
		this.#acknowledged = this.next;
		this.#due = false;
		this.#delayed.clear();
		if (this.#quick > 0 && --this.#quick === 0) this.#delay = DELAY_MIN;
		if (carriesData && this.#lastData !== 0 && this.#engine.now - this.#lastData < Math.max(this.#delay, DELAY_MIN))
			this.#interactive = true;
		return this.#offered;
	}

	clear(): void {
		this.#delayed.clear();
		this.#outOfOrder.clear();
		this.queue.clear();
	}

	#old(sequence: number, end: number): boolean {
		if (end !== sequence) this.#duplicate = [sequence, end];
		this.hurry();
		return false;
	}

	#early(sequence: number, bytes: Uint8Array): boolean {
		if (bytes.length > 0 && this.#outOfOrder.add(sequence, bytes))
			this.#duplicate = [sequence, add(sequence, bytes.length)];
		this.hurry();
		return false;
	}

	#append(bytes: Uint8Array): void {
		this.queue.append(bytes);
		this.next = add(this.next, bytes.length);
	}

	#reachFin(): void {
		if (this.#finAt === null || this.#finAt !== this.next || this.finReceived) return;
		this.finReceived = true;
		this.next = add(this.next, 1);
		// tcp_fin: the program will close soon, and the acknowledgement ride on its own FIN
		this.#interactive = true;
	}

	/** Adapts the delay to the peer's pace (tcp_event_data_recv). */
	#dataArrived(): void {
		const now = this.#engine.now;
		const gap = now - this.#lastData;
		if (this.#delay === 0) {
			this.#fillQuick();
			this.#delay = DELAY_MIN;
		} else if (gap <= DELAY_MIN / 2) this.#delay = this.#delay / 2 + DELAY_MIN / 2;
		else if (gap < this.#delay) this.#delay = this.#delay / 2 + gap;
		else if (gap > 1000 * MILLISECOND) this.#fillQuick();
		this.#lastData = now;
	}

	#fillQuick(): void {
		this.#quick = Math.max(this.#quick, Math.min(QUICK_MAX, Math.max(2, Math.floor(this.#offered / (2 * this.mss)))));
	}

	#enterQuick(): void {
		this.#fillQuick();
		this.#interactive = false;
		this.#delay = DELAY_MIN;
	}

	#onDelay(): void {
		if (!this.#due) return;
		if (this.#interactive) this.#interactive = false;
		else this.#delay = Math.min(this.#delay * 2, DELAY_MAX);
		this.#acknowledge();
	}

	/** The window to offer now (__tcp_select_window): none below a segment, never less than was offered. */
	#choose(): number {
		const free = Math.max(0, RECEIVE_SPACE - this.queue.length - this.#outOfOrder.bytes);
		const already = this.room;
		let window: number;
		if (free < RECEIVE_SPACE >> 4 || free < Math.min(this.mss, RECEIVE_SPACE >> 1)) window = 0;
		else {
			const limited = Math.min(free, this.#ceiling);
			const unit = this.scale > 0 ? 1 << this.scale : 1;
			window = this.scale > 0 ? Math.ceil(limited / unit) * unit : Math.min(limited, 65535);
			if (this.scale <= 0 && already > window - this.mss && already <= window) window = already;
		}
		return Math.max(window, already);
	}
}
