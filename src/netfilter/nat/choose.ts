/**
 * Which addresses and ports a new connection gets (nf_nat_core's choice of a unique tuple, Linux 6.x).
 *
 * Does: keeps the port when it is free; else, for sources, takes another of the same class (1–511, 600–1023, 1024 and up,
 *       from a random one on); lets a client's flows share a mapping; spreads connections over a pool by a hash of both
 *       addresses, so that the same pair always gets the same one.
 * Lacks: when all are taken, the last one tried is given all the same; confirmation drops the packet then.
 */
import type { Ipv4Address } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import type { Tuple } from '../conntrack/connection';
import type { NatRange } from '../conntrack/conntrack';
import { hasPorts } from '../conntrack/tuple';
import { jhash2 } from './jhash';

export type Manipulation = 'source' | 'destination';

export interface Choice {
	/** 32 random bits */
	random(): number;
	/**
	 * Some other connection's packets look like the answers to `tuple`.
	 * @param harder a finished TCP connection may be pushed out for it
	 */
	used(tuple: Tuple, harder?: boolean): boolean;
	/** The source that another flow from the same address and port of the same protocol was given; newest first. */
	sameSource(tuple: Tuple): Iterable<{ readonly address: Ipv4Address; readonly port: number }>;
	readonly zone: number;
}

/** tries before a new random port is begun from (NF_NAT_MAX_ATTEMPTS) */
const ATTEMPTS = 128;
const ATTEMPTS_LEAST = 16;
/** with that few tries left, connections that are over are pushed out */
const HARDER = 32;

export function chooseTuple(current: Tuple, range: NatRange, kind: Manipulation, choice: Choice): Tuple {
	const scrambled = (range.random ?? false) || (range.randomFully ?? false);
	if (kind === 'source' && !scrambled) {
		if (inRange(current.source, current.sourcePort, range, current)) {
			if (!choice.used(current)) return current;
		} else
			for (const { address, port } of choice.sameSource(current)) {
				if (!inRange(address, port, range, current)) continue;
				const shared = { ...current, source: address, sourcePort: port };
				if (!choice.used(shared)) return shared;
				break;
			}
	}
	const tuple = withAddress(current, range, kind, choice.zone);
	const [low, high] = [range.minimumPort, range.maximumPort];
	if (!scrambled) {
		if (low !== null && high !== null) {
			if (range.basePort === undefined && portInRange(tuple, kind, low, high) && (low === high || !choice.used(tuple)))
				return tuple;
		} else if (!choice.used(tuple)) return tuple;
	}
	return withPort(tuple, range, kind, choice);
}

function inRange(address: Ipv4Address, port: number, range: NatRange, { protocol }: Tuple): boolean {
	if (range.minimum !== null && (address < range.minimum || address > (range.maximum ?? range.minimum))) return false;
	if (range.minimumPort === null || range.maximumPort === null) return true;
	if (range.basePort !== undefined) return true;
	return (
		(!hasPorts(protocol) && protocol !== PROTOCOL.icmp) || (port >= range.minimumPort && port <= range.maximumPort)
	);
}

function portOf(tuple: Tuple, kind: Manipulation): number {
	return kind === 'source' || tuple.protocol === PROTOCOL.icmp ? tuple.sourcePort : tuple.destinationPort;
}

function setPort(tuple: Tuple, kind: Manipulation, port: number): Tuple {
	return kind === 'source' || tuple.protocol === PROTOCOL.icmp
		? { ...tuple, sourcePort: port }
		: { ...tuple, destinationPort: port };
}

/** Protocols without ports are in every range. */
function portInRange(tuple: Tuple, kind: Manipulation, low: number, high: number): boolean {
	if (!hasPorts(tuple.protocol) && tuple.protocol !== PROTOCOL.icmp) return true;
	const port = portOf(tuple, kind);
	return port >= low && port <= high;
}

/** A pool's address: the same for the same two ends (only the first counts when `persistent`). */
function withAddress(tuple: Tuple, range: NatRange, kind: Manipulation, zone: number): Tuple {
	if (range.minimum === null) return tuple;
	const low = range.minimum;
	const high = range.maximum ?? low;
	let address = low;
	if (low !== high) {
		const seed = range.persistent ? 0 : swap(tuple.destination) ^ zone;
		const hash = jhash2([swap(tuple.source), 0, 0, 0], seed);
		address = low + Number((BigInt(hash) * BigInt(high - low + 1)) >> 32n);
	}
	return kind === 'source' ? { ...tuple, source: address } : { ...tuple, destination: address };
}

/** network byte order, as a little-endian machine reads it */
function swap(address: Ipv4Address): number {
	return ((address & 0xff) << 24) | ((address & 0xff00) << 8) | ((address >>> 8) & 0xff00) | ((address >>> 24) & 0xff);
}

/** Where a free port may be, null for protocols that have none and destinations that keep theirs. */
function portRange(tuple: Tuple, range: NatRange, kind: Manipulation): readonly [number, number] | null {
	const icmp = tuple.protocol === PROTOCOL.icmp;
	if (!icmp && !hasPorts(tuple.protocol)) return null;
	if (range.minimumPort !== null && range.maximumPort !== null)
		return [Math.min(range.minimumPort, range.maximumPort), Math.max(range.minimumPort, range.maximumPort)];
	if (icmp) return [0, 65535];
	if (kind === 'destination') return null;
	const port = tuple.sourcePort;
	if (port < 512) return [1, 511];
	return port < 1024 ? [600, 1023] : [1024, 65535];
}

function withPort(tuple: Tuple, range: NatRange, kind: Manipulation, choice: Choice): Tuple {
	const limits = portRange(tuple, range, kind);
	if (!limits) return tuple;
	const [low, high] = limits;
	const size = high - low + 1;
	const random = (): number => choice.random() & 0xffff;
	let offset = 0;
	if (range.basePort !== undefined) offset = (portOf(tuple, kind) - range.basePort + 0x10000) & 0xffff;
	else if (range.randomFully || range.random || kind === 'source') offset = random();
	let attempts = Math.min(size, ATTEMPTS);
	for (;;) {
		for (let i = 0; i < attempts; i++, offset++) {
			tuple = setPort(tuple, kind, low + (offset % size));
			if (!choice.used(tuple, attempts - i <= HARDER)) return tuple;
		}
		if (attempts >= size || attempts < ATTEMPTS_LEAST) return tuple;
		attempts = Math.floor(attempts / 2);
		offset = random();
	}
}
