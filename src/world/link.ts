/**
 * A link: a wire, or a switch, that hosts are plugged into.
 *
 * Does: takes frames from its ports, one after the other at its rate on each port, lets each travel for its delay, and
 *       hands it to the port that has the destination's MAC address; a broadcast and an unknown address go to all.
 *       Frames are lost by chance, by a full queue and when the link is down. Every frame is told to the trace when it is
 *       sent.
 * Reads: virtual time and chance as they are given.
 * Not simulated: collisions, corruption, reordering, the preamble and the gap between frames, spanning tree.
 */
import type { Engine } from '#engine/engine';
import type { Random } from '#engine/random';
import type { TraceEvent } from '#engine/trace';
import type { Port } from '#kernel/net/interface';
import { frameLength } from '#wire/length';
import type { Frame, MacAddress } from '#wire/packet';

/** A frame was put on a wire. */
export interface FrameEvent extends TraceEvent {
	readonly kind: 'link.frame';
	/** name of the link */
	readonly link: string;
	/** host that it goes to, "*" for all on the link */
	readonly to: string;
	readonly frame: Frame;
	/** virtual time in microseconds at which it is there; when it was lost, at which it would have been */
	readonly arrival: number;
	/** it never arrives: by chance, a cut link, a full queue, nobody with that address */
	readonly lost?: 'loss' | 'down' | 'queue' | 'nobody';
}

export interface LinkOptions {
	readonly name: string;
	readonly engine: Engine;
	readonly random: Random;
	/** one way, microseconds */
	readonly delay: number;
	/** bits a second */
	readonly rate: number;
	/** fraction of frames lost, 0 … 1 */
	readonly loss?: number;
	/** frames that wait at most at a port */
	readonly queue?: number;
	readonly down?: boolean;
}

/** What a link needs of the interface that is plugged in. */
export interface Attached {
	readonly mac: MacAddress;
	/** set by the link: whether the wire is whole */
	carrier?: boolean;
	receive(frame: Frame): void;
}

const BROADCAST: MacAddress = 0xffff_ffff_ffff;
const DEFAULT_QUEUE = 1000;

export class Link {
	readonly name: string;
	delay: number;
	rate: number;
	loss: number;
	down: boolean;
	readonly queue: number;
	readonly #engine: Engine;
	readonly #random: Random;
	readonly #ends: End[] = [];

	constructor(options: LinkOptions) {
		this.name = options.name;
		this.#engine = options.engine;
		this.#random = options.random;
		this.delay = options.delay;
		this.rate = options.rate;
		this.loss = options.loss ?? 0;
		this.queue = options.queue ?? DEFAULT_QUEUE;
		this.down = options.down ?? false;
	}

	/** hosts on it, in the order in which they were plugged in */
	get hosts(): readonly string[] {
		return this.#ends.map((end) => end.host);
	}

	/**
	 * The same card plugged in again (its host was switched on anew) takes the place of the old one.
	 * @returns the port to give to the interface's `plug`
	 */
	attach(host: string, netInterface: Attached): Port {
		const old = this.#ends.findIndex((end) => end.host === host && end.owns(netInterface.mac));
		if (old >= 0) this.#ends.splice(old, 1);
		const end = new End(this, host, netInterface);
		this.#ends.push(end);
		end.sense(!this.down);
		return end;
	}

	/** A host is gone: frames to it find nobody. */
	detach(port: Port): void {
		const at = this.#ends.indexOf(port as End);
		if (at >= 0) this.#ends.splice(at, 1);
	}

	/** Faults are data: what is named changes, for frames sent from now on. */
	change(change: {
		readonly delay?: number;
		readonly loss?: number;
		readonly rate?: number;
		readonly down?: boolean;
	}): void {
		this.delay = change.delay ?? this.delay;
		this.loss = change.loss ?? this.loss;
		this.rate = change.rate ?? this.rate;
		this.down = change.down ?? this.down;
		for (const end of this.#ends) end.sense(!this.down);
	}

	/** A frame leaves a port. */
	transmit(from: End, frame: Frame): void {
		const now = this.#engine.now;
		const start = Math.max(now, from.busyUntil);
		const transmission = (frameLength(frame) * 8 * 1_000_000) / this.rate;
		const receiver =
			frame.destination === BROADCAST
				? undefined
				: this.#ends.find((end) => end !== from && end.owns(frame.destination));
		const to = receiver?.host ?? '*';
		const lost = this.#fate(from);
		if (lost !== 'queue' && lost !== 'down') from.depart(start, start + transmission);
		const arrival = Math.round(start + transmission + this.delay);
		this.#tell(from.host, to, frame, arrival, lost);
		if (lost === 'queue' || lost === 'down') return;
		if (!lost) this.#engine.after(arrival - now, () => this.#arrive(from, receiver, frame));
	}

	#fate(from: End): FrameEvent['lost'] {
		if (this.down) return 'down';
		if (from.waiting(this.#engine.now) >= this.queue) return 'queue';
		if (this.loss > 0 && this.#random.fraction() < this.loss) return 'loss';
		return this.#ends.length < 2 ? 'nobody' : undefined;
	}

	#tell(host: string, to: string, frame: Frame, arrival: number, lost: FrameEvent['lost']): void {
		const event: FrameEvent = lost
			? { kind: 'link.frame', host, link: this.name, to, frame, arrival, lost }
			: { kind: 'link.frame', host, link: this.name, to, frame, arrival };
		this.#engine.emit(event);
	}

	#arrive(from: End, receiver: End | undefined, frame: Frame): void {
		if (receiver) return receiver.receive(frame);
		for (const end of [...this.#ends]) if (end !== from) end.receive(frame);
	}
}

/** One end of a link: where a host is plugged in. */
class End implements Port {
	readonly #link: Link;
	readonly host: string;
	readonly #attached: Attached;
	/** when the last frame of its queue has left, virtual microseconds */
	busyUntil = 0;
	/** when each frame that waits begins to leave */
	#starts: number[] = [];

	constructor(link: Link, host: string, attached: Attached) {
		this.#link = link;
		this.host = host;
		this.#attached = attached;
	}

	/** A frame goes out from `start` to `end`. */
	depart(start: number, end: number): void {
		this.busyUntil = end;
		this.#starts.push(start);
	}

	/** Frames in the queue: those whose turn has not come. */
	waiting(now: number): number {
		let gone = 0;
		while (gone < this.#starts.length && this.#starts[gone]! <= now) gone++;
		if (gone > 0) this.#starts.splice(0, gone);
		return this.#starts.length;
	}

	owns(mac: MacAddress): boolean {
		return this.#attached.mac === mac;
	}

	/** The card notices whether the wire is whole. */
	sense(whole: boolean): void {
		this.#attached.carrier = whole;
	}

	transmit(frame: Frame): void {
		this.#link.transmit(this, frame);
	}

	receive(frame: Frame): void {
		this.#attached.receive(frame);
	}
}
