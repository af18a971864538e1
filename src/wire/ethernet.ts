/**
 * Ethernet II frames: the way from a typed `Frame` to its bytes and back.
 *
 * Trusts: nothing; bytes that are no frame of ours come back with a `raw` payload.
 * Not simulated: the frame check sequence, VLAN tags, IEEE 802.2 LLC.
 */
import { ARP_LENGTH, buildArp, parseArp } from './arp';
import { concat, headerLength, readHeader, writeHeader, type HeaderTable } from './header';
import { buildIpv4, parseIpv4 } from './ipv4';
import { ETHERTYPE, type Frame } from './packet';

export const ETHERNET = [
	{ name: 'destination', bits: 48, show: 'mac', label: 'Destination' },
	{ name: 'source', bits: 48, show: 'mac', label: 'Source' },
	{
		name: 'type',
		bits: 16,
		show: 'hex',
		label: 'Type',
		values: { [ETHERTYPE.ipv4]: 'IPv4', [ETHERTYPE.arp]: 'ARP', 0x86dd: 'IPv6' }
	}
] as const satisfies HeaderTable;

export const ETHERNET_LENGTH = headerLength(ETHERNET);
/** Without the four bytes of the frame check sequence. */
const MINIMUM_LENGTH = 60;

/** The bytes of a frame, padded to 60. */
export function buildFrame(frame: Frame): Uint8Array {
	const { payload } = frame;
	const inside =
		payload.kind === 'arp' ? buildArp(payload) : payload.kind === 'ipv4' ? buildIpv4(payload) : payload.bytes;
	const bytes = concat(writeHeader(ETHERNET, frame), inside);
	return bytes.length >= MINIMUM_LENGTH ? bytes : concat(bytes, new Uint8Array(MINIMUM_LENGTH - bytes.length));
}

/** Never fails: what is not understood is `raw`. Fewer than 14 bytes count as a frame of zeros. */
export function parseFrame(bytes: Uint8Array): Frame {
	const header = readHeader(ETHERNET, bytes);
	const rest = bytes.subarray(Math.min(ETHERNET_LENGTH, bytes.length));
	const payload =
		header.type === ETHERTYPE.arp && rest.length >= ARP_LENGTH
			? parseArp(rest)
			: header.type === ETHERTYPE.ipv4
				? parseIpv4(rest)
				: undefined;
	return { ...header, payload: payload ?? { kind: 'raw', bytes: rest } };
}
