/**
 * SYN cookies (net/ipv4/syncookies.c): a SYN-ACK whose sequence number is the whole memory of the request.
 *
 * Does: hides a minute counter and one of four segment sizes in the sequence number, the other options in the low bits of
 *       the timestamp; knows its own again for two minutes.
 * Lacks: cryptographic strength, as the world's chance does.
 */
import { SECOND } from '#engine/engine';
import type { Endpoints } from './tcp-connection';
import type { SynOptions } from './tcp-options';

const MSS_TABLE = [536, 1300, 1440, 1460] as const;
const PERIOD = 60 * SECOND;
const VALID_PERIODS = 2;
const OPTION_BITS = 6;
const SACK_BIT = 0x10;
const SCALE_MASK = 0x0f;

/** @param clock timestamp that the SYN-ACK would have without a cookie */
export function makeCookie(
	secret: number,
	ends: Endpoints,
	remoteInitial: number,
	options: SynOptions,
	now: number,
	clock: number
): { sequence: number; timestamp: number } {
	let size = MSS_TABLE.length - 1;
	while (size > 0 && options.mss < MSS_TABLE[size]!) size--;
	const count = Math.floor(now / PERIOD);
	const bits = (options.windowScale < 0 ? SCALE_MASK : options.windowScale) | (options.sack ? SACK_BIT : 0);
	const mask = (1 << OPTION_BITS) - 1;
	let timestamp = ((clock & ~mask) | bits) >>> 0;
	if (timestamp > clock) timestamp -= 1 << OPTION_BITS;
	return { sequence: cookieNumber(secret, ends, remoteInitial, count, size), timestamp: timestamp >>> 0 };
}

/** What the SYN had said; null when the acknowledgement is not for a cookie of the last two minutes. */
export function openCookie(
	secret: number,
	ends: Endpoints,
	acknowledgement: number,
	sequence: number,
	now: number,
	echo: number | null
): SynOptions | null {
	const cookie = (acknowledgement - 1) >>> 0;
	const remoteInitial = (sequence - 1) >>> 0;
	const count = Math.floor(now / PERIOD);
	for (let age = 0; age < VALID_PERIODS; age++) {
		for (let size = 0; size < MSS_TABLE.length; size++) {
			if (cookieNumber(secret, ends, remoteInitial, count - age, size) !== cookie) continue;
			const bits = echo ?? SCALE_MASK;
			const scale = bits & SCALE_MASK;
			return {
				mss: MSS_TABLE[size]!,
				timestamps: echo !== null,
				sack: echo !== null && (bits & SACK_BIT) !== 0,
				windowScale: echo === null || scale === SCALE_MASK ? -1 : scale
			};
		}
	}
	return null;
}

function cookieNumber(secret: number, ends: Endpoints, remoteInitial: number, count: number, size: number): number {
	const fixed = mix(
		mix(mix(secret, ends.localAddress), ends.remoteAddress),
		ends.localPort * 0x10000 + ends.remotePort
	);
	const varying = mix(mix(fixed, count), 0x5bd1e995) & 0xff_ffff;
	return (fixed + remoteInitial + ((count & 0xff) << 24) + ((varying + size) & 0xff_ffff)) >>> 0;
}

/** One round of a 32-bit mixing function (murmur3's). */
export function mix(hash: number, value: number): number {
	let k = Math.imul(value | 0, 0xcc9e2d51);
	k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
	let h = hash ^ k;
	h = (h << 13) | (h >>> 19);
	h = (Math.imul(h, 5) + 0xe6546b64) | 0;
	h ^= h >>> 16;
	h = Math.imul(h, 0x85ebca6b);
	return (h ^ (h >>> 13)) >>> 0;
}
