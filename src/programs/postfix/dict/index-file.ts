/**
 * The `.db` files of `hash:` and `btree:` (instead of Berkeley DB's format, which nobody reads by eye).
 *
 * Format: the line "postern table 1 TYPE", then a record an entry in the order in which `postmap -s` lists a small table
 * (`btree`: by the keys' bytes; `hash`: so within each of two buckets): three numbers of four
 * bytes (key length, value length, line of the source file; little endian), key, value. The same source gives the same
 * bytes. The line lets a look-up point at the place where the entry was written.
 */
import { decode, encode } from '../../libc/text';

export interface IndexEntry {
	readonly value: string;
	/** line of the source file, 0 when it came from standard input */
	readonly line: number;
}

const HEADER = /^postern table 1 (\w+)\n/;
const NUMBERS = 12;

export function encodeIndex(type: string, entries: ReadonlyMap<string, IndexEntry>): Uint8Array {
	const records = [...entries].map(([key, { value, line }]) => ({ key: encode(key), value: encode(value), line }));
	const bucket = (key: Uint8Array): number => (type === 'hash' ? bucketOf(key) : 0);
	records.sort((a, b) => bucket(a.key) - bucket(b.key) || compareBytes(a.key, b.key));
	const header = encode(`postern table 1 ${type}\n`);
	const length = records.reduce((sum, { key, value }) => sum + NUMBERS + key.length + value.length, header.length);
	const bytes = new Uint8Array(length);
	const view = new DataView(bytes.buffer);
	bytes.set(header);
	let at = header.length;
	for (const { key, value, line } of records) {
		view.setUint32(at, key.length, true);
		view.setUint32(at + 4, value.length, true);
		view.setUint32(at + 8, line, true);
		bytes.set(key, at + NUMBERS);
		bytes.set(value, at + NUMBERS + key.length);
		at += NUMBERS + key.length + value.length;
	}
	return bytes;
}

/** In the order of the file; undefined for bytes that are no such table. */
export function decodeIndex(bytes: Uint8Array): Map<string, IndexEntry> | undefined {
	const header = HEADER.exec(decode(bytes.subarray(0, 64)));
	if (!header) return undefined;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const found = new Map<string, IndexEntry>();
	let at = header[0].length;
	while (at < bytes.length) {
		if (at + NUMBERS > bytes.length) return undefined;
		const keyEnd = at + NUMBERS + view.getUint32(at, true);
		const valueEnd = keyEnd + view.getUint32(at + 4, true);
		if (valueEnd > bytes.length) return undefined;
		const line = view.getUint32(at + 8, true);
		found.set(decode(bytes.subarray(at + NUMBERS, keyEnd)), { value: decode(bytes.subarray(keyEnd, valueEnd)), line });
		at = valueEnd;
	}
	return found;
}

/** Berkeley DB's hash function (FNV-1 from 0) for a table of two buckets; larger tables really have more. */
function bucketOf(key: Uint8Array): number {
	let hash = 0;
	for (const byte of key) hash = Math.imul(hash, 16_777_619) ^ byte;
	return hash & 1;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
	return a.length - b.length;
}
