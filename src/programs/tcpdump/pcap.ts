/** Capture files of libpcap (pcap-savefile(5)), version 2.4, little-endian, microseconds, Ethernet. */

export const SNAPSHOT_LENGTH = 262_144;
const MAGIC = 0xa1b2c3d4;
const ETHERNET = 1;
const HEADER = 24;
const RECORD = 16;

export interface Captured {
	/** microseconds since 1970 */
	readonly time: number;
	readonly bytes: Uint8Array;
}

function words(...values: readonly number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(values.length * 4));
	for (const [i, value] of values.entries()) view.setUint32(i * 4, value, true);
	return new Uint8Array(view.buffer);
}

/** major 2, minor 4 are two half words */
export const PCAP_HEADER: Uint8Array = words(MAGIC, 2 | (4 << 16), 0, 0, SNAPSHOT_LENGTH, ETHERNET);

export function pcapRecord({ time, bytes }: Captured): Uint8Array {
	const record = new Uint8Array(RECORD + bytes.length);
	record.set(words(Math.floor(time / 1e6), time % 1e6, bytes.length, bytes.length));
	record.set(bytes, RECORD);
	return record;
}

/** @returns null when it is no such file; a record that was cut off ends the list */
export function readPcap(bytes: Uint8Array): Captured[] | null {
	if (bytes.length < HEADER) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint32(0, true) !== MAGIC) return null;
	const packets: Captured[] = [];
	for (let at = HEADER; at + RECORD <= bytes.length;) {
		const length = view.getUint32(at + 8, true);
		if (at + RECORD + length > bytes.length) break;
		packets.push({
			time: view.getUint32(at, true) * 1e6 + view.getUint32(at + 4, true),
			bytes: bytes.slice(at + RECORD, at + RECORD + length)
		});
		at += RECORD + length;
	}
	return packets;
}
