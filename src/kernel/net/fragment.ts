/**
 * Fragmentation and reassembly (RFC 791, RFC 815).
 *
 * Does: cuts a packet at multiples of eight bytes; puts the pieces together again, in whatever order they come; gives up
 *       after 30 seconds (ipfrag_time), which the sender learns if the first piece was there.
 * Not simulated: limits by memory other than a number of unfinished packets; IP options stay in every fragment.
 */
import type { Engine } from '#engine/engine';
import { SECOND } from '#engine/engine';
import type { Ipv4Packet } from '#wire/packet';
import { buildTransport, parseTransport } from './bytes';
import { IPV4_HEADER } from '#wire/length';
import { Timer } from './timer';

const TIME = 30 * SECOND;
const UNFINISHED_MAX = 256;
const LENGTH_MAX = 65535;

/** @param mtu bytes that a piece may have, header included */
export function fragment(packet: Ipv4Packet, mtu: number): Ipv4Packet[] {
	const bytes = buildTransport(packet);
	const room = (mtu - IPV4_HEADER - packet.options.length) & ~7;
	const pieces: Ipv4Packet[] = [];
	for (let at = 0; at < bytes.length; at += room) {
		pieces.push({
			...packet,
			moreFragments: packet.moreFragments || at + room < bytes.length,
			fragmentOffset: packet.fragmentOffset + at,
			payload: { kind: 'raw', bytes: bytes.subarray(at, at + room) }
		});
	}
	return pieces;
}

/**
 * Cuts a packet that was put together on its way (by connection tracking) as it was cut before, or, when it has got
 * another length or would not fit, into pieces no longer than the longest it had (ip_do_fragment).
 * @param lengths payload bytes of the pieces that it came in @param mtu bytes, header included
 */
export function refragment(packet: Ipv4Packet, lengths: readonly number[], mtu: number): Ipv4Packet[] {
	const bytes = buildTransport(packet);
	const header = IPV4_HEADER + packet.options.length;
	const longest = Math.max(...lengths);
	const total = lengths.reduce((sum, length) => sum + length, 0);
	if (total !== bytes.length || header + longest > mtu) {
		const size = Math.min(mtu, header + longest);
		return header + bytes.length <= size ? [packet] : fragment(packet, size);
	}
	let at = 0;
	return lengths.map((length) => {
		const piece: Ipv4Packet = {
			...packet,
			moreFragments: at + length < total,
			fragmentOffset: at,
			payload: { kind: 'raw', bytes: bytes.subarray(at, at + length) }
		};
		at += length;
		return piece;
	});
}

interface Unfinished {
	readonly pieces: Ipv4Packet[];
	readonly timer: Timer;
}

export class Reassembler {
	readonly #engine: Engine;
	readonly #expired: (first: Ipv4Packet) => void;
	#unfinished = new Map<string, Unfinished>();

	/** @param expired told of the first fragment of a packet that stayed incomplete */
	constructor(engine: Engine, expired: (first: Ipv4Packet) => void) {
		this.#engine = engine;
		this.#expired = expired;
	}

	/** @returns the whole packet when this was the missing piece, else null */
	add(piece: Ipv4Packet): Ipv4Packet | null {
		return this.addPiece(piece)?.packet ?? null;
	}

	/** As `add`, with the payload lengths of all pieces in order. */
	addPiece(piece: Ipv4Packet): { readonly packet: Ipv4Packet; readonly pieces: readonly number[] } | null {
		const key = `${piece.source} ${piece.destination} ${piece.protocol} ${piece.identification}`;
		const length = piece.payload.kind === 'raw' ? piece.payload.bytes.length : 0;
		if (length === 0 || piece.fragmentOffset + length > LENGTH_MAX) return null;
		const entry = this.#unfinished.get(key) ?? this.#begin(key);
		entry.pieces.push(piece);
		entry.pieces.sort((a, b) => a.fragmentOffset - b.fragmentOffset);
		const bytes = join(entry.pieces);
		if (!bytes) return null;
		entry.timer.clear();
		this.#unfinished.delete(key);
		const first = entry.pieces[0]!;
		const whole: Ipv4Packet = { ...first, moreFragments: false, fragmentOffset: 0, payload: { kind: 'raw', bytes } };
		const lengths = entry.pieces.map(({ payload }) => (payload.kind === 'raw' ? payload.bytes.length : 0));
		return { packet: parseTransport(whole), pieces: lengths };
	}

	clear(): void {
		for (const entry of this.#unfinished.values()) entry.timer.clear();
		this.#unfinished.clear();
	}

	#begin(key: string): Unfinished {
		if (this.#unfinished.size >= UNFINISHED_MAX) {
			const [oldest, entry] = this.#unfinished.entries().next().value!;
			entry.timer.clear();
			this.#unfinished.delete(oldest);
		}
		const entry: Unfinished = { pieces: [], timer: new Timer(this.#engine, () => this.#expire(key)) };
		entry.timer.set(TIME);
		this.#unfinished.set(key, entry);
		return entry;
	}

	#expire(key: string): void {
		const first = this.#unfinished.get(key)!.pieces[0]!;
		this.#unfinished.delete(key);
		if (first.fragmentOffset === 0) this.#expired(first);
	}
}

/** All bytes when nothing is missing; overlapping pieces spoil the packet (RFC 8900's advice, Linux since 4.18). */
function join(pieces: readonly Ipv4Packet[]): Uint8Array | null {
	const last = pieces[pieces.length - 1]!;
	if (last.moreFragments || pieces[0]!.fragmentOffset !== 0) return null;
	let end = 0;
	for (const piece of pieces) {
		if (piece.fragmentOffset !== end || piece.payload.kind !== 'raw') return null;
		end += piece.payload.bytes.length;
	}
	const bytes = new Uint8Array(end);
	for (const piece of pieces) if (piece.payload.kind === 'raw') bytes.set(piece.payload.bytes, piece.fragmentOffset);
	return bytes;
}
