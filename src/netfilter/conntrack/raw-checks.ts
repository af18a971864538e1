/**
 * What makes a packet of SCTP or UDP-Lite no packet: they have no parser in `#wire`, their bytes are looked at here
 * (RFC 9260 3.1 and appendix A, RFC 3828 3.1).
 */
import { checksum, pseudoHeaderSum } from '#wire/checksum';
import type { Ipv4Packet } from '#wire/packet';

const SCTP = 132;
export const UDPLITE = 136;
const SCTP_HEADER = 12;
const UDPLITE_HEADER = 8;

/** CRC-32C (Castagnoli), reflected */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
	return crc >>> 0;
});

/** over the packet with its checksum field as zero */
function sctpChecksum(bytes: Uint8Array): number {
	let crc = 0xffffffff;
	for (let at = 0; at < bytes.length; at++) {
		const byte = at >= 8 && at < 12 ? 0 : bytes[at]!;
		crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
	}
	return ~crc >>> 0;
}

/** chunks that move an association's state: INIT … COOKIE ACK, SHUTDOWN COMPLETE, without SACK; a flow begins with one of them */
const SCTP_MOVES: ReadonlySet<number> = new Set([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 14]);

/** @param first of its flow @param verify checksums are looked at @returns why it is INVALID, null for fine */
type Check = (bytes: Uint8Array, packet: Ipv4Packet, first: boolean, verify: boolean) => string | null;

export const RAW_CHECKS: Readonly<Record<number, Check>> = {
	[SCTP](bytes, _packet, first, verify) {
		if (bytes.length < SCTP_HEADER) return 'its header is cut short';
		const given = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(8, true);
		if (verify && given !== sctpChecksum(bytes)) return 'its checksum is wrong';
		if (bytes.length < SCTP_HEADER + 4 || (bytes[14] === 0 && bytes[15] === 0)) return 'it has no chunk';
		return first && !SCTP_MOVES.has(bytes[12]!) ? 'no association begins with that chunk' : null;
	},
	[UDPLITE](bytes, { source, destination }, _first, verify) {
		if (bytes.length < UDPLITE_HEADER) return 'its header is cut short';
		const covered = (bytes[4]! << 8) | bytes[5]! || bytes.length;
		if (covered < UDPLITE_HEADER || covered > bytes.length) return 'its checksum covers more than there is';
		if (bytes[6] === 0 && bytes[7] === 0) return 'its checksum is missing';
		if (!verify) return null;
		const pseudo = pseudoHeaderSum(source, destination, UDPLITE, bytes.length);
		return checksum(bytes.subarray(0, covered), pseudo) === 0 ? null : 'its checksum is wrong';
	}
};
