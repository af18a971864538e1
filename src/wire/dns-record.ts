/**
 * DNS records as bytes (RFC 1035 4.1.3), by the fields of each type's row; the OPT record (RFC 6891) is a thing of its own.
 *
 * Trusts: nothing: reading throws `Malformed` for data that does not fit its type.
 */
import { formatIpv6Address, parseIpv6Address } from './address';
import { Malformed, Reader, Writer } from './dns-bytes';
import { fieldsOf, QUERY_TYPES, RECORD_TYPES, typeName, type DnsRecord, type FieldKind, type Rdata } from './dns-types';

/** The OPT record (RFC 6891). */
export interface Edns {
	readonly udpSize: number;
	readonly version: number;
	readonly dnssecOk: boolean;
	readonly options: readonly { readonly code: number; readonly data: Uint8Array }[];
}

type Value = number | string | readonly string[] | Uint8Array;

const REST = {
	read: (from: Reader) => from.take(from.end - from.at),
	write: (to: Writer, value: Uint8Array) => to.put(value)
};

const FIELD_CODECS: Record<FieldKind, { read(from: Reader): Value; write(to: Writer, value: never): void }> = {
	ipv4: { read: (from) => from.uint(4), write: (to, value: number) => to.uint(value, 4) },
	ipv6: {
		read: (from) => formatIpv6Address(from.take(16)),
		write: (to, value: string) => to.put(parseIpv6Address(value) ?? new Uint8Array(16))
	},
	u8: { read: (from) => from.uint(1), write: (to, value: number) => to.uint(value, 1) },
	u16: { read: (from) => from.uint(2), write: (to, value: number) => to.uint(value, 2) },
	u32: { read: (from) => from.uint(4), write: (to, value: number) => to.uint(value, 4) },
	ttl: { read: (from) => from.uint(4), write: (to, value: number) => to.uint(value, 4) },
	name: { read: (from) => from.name(), write: (to, value: string) => to.name(value) },
	'plain-name': { read: (from) => from.name(), write: (to, value: string) => to.name(value, false) },
	string: { read: (from) => from.text(), write: (to, value: string) => to.text(value) },
	strings: {
		read: (from) => {
			const strings: string[] = [];
			while (from.at < from.end) strings.push(from.text());
			return strings;
		},
		write: (to, value: readonly string[]) => value.forEach((text) => to.text(text))
	},
	bytes: REST,
	hex: REST,
	base64: REST,
	tag: { read: (from) => from.text(), write: (to, value: string) => to.text(value) },
	'long-string': {
		read: (from) => String.fromCharCode(...from.take(from.end - from.at)),
		write: (to, value: string) => to.put(Array.from(value, (character) => character.charCodeAt(0) & 255))
	}
};

export function writeRecord(to: Writer, record: DnsRecord): void {
	to.name(record.name);
	to.uint(record.type === 'unknown' ? record.number : RECORD_TYPES[record.type].number, 2);
	to.uint(record.class, 2);
	to.uint(record.ttl, 4);
	const at = to.bytes.length;
	to.uint(0, 2);
	writeRdata(to, record);
	const length = to.bytes.length - at - 2;
	to.bytes[at] = length >> 8;
	to.bytes[at + 1] = length & 255;
}

function writeRdata(to: Writer, record: Rdata): void {
	const values = record as unknown as Record<string, never>;
	for (const [name, kind] of fieldsOf(record.type)) FIELD_CODECS[kind].write(to, values[name]!);
}

/** The data of a record as bytes of their own, names written out. */
export function rdataBytes(record: Rdata): Uint8Array {
	const to = new Writer(false);
	writeRdata(to, record);
	return Uint8Array.from(to.bytes);
}

/** The data of a record from bytes of their own (no compression); undefined when they do not fit the type. */
export function rdataFromBytes(number: number, bytes: Uint8Array): Rdata | undefined {
	try {
		return readRdata(new Reader(bytes), number);
	} catch (thrown) {
		if (thrown instanceof Malformed) return undefined;
		throw thrown;
	}
}

function readRdata(from: Reader, number: number): Rdata {
	const type = typeName(number);
	if (!(type in RECORD_TYPES)) return { type: 'unknown', number, bytes: from.take(from.end - from.at) };
	const values: Record<string, Value> = { type };
	for (const [name, kind] of fieldsOf(type)) values[name] = FIELD_CODECS[kind].read(from);
	if (from.at !== from.end) throw new Malformed();
	return values as unknown as Rdata;
}

/** The OPT record as it stands in the additional section. */
export interface RawOpt {
	readonly opt: true;
	readonly edns: Edns;
	readonly extendedRcode: number;
}

export function readRecord(from: Reader): DnsRecord | RawOpt {
	const name = from.name();
	const number = from.uint(2);
	const classValue = from.uint(2);
	const ttl = from.uint(4);
	const length = from.uint(2);
	const end = from.at + length;
	if (end > from.bytes.length) throw new Malformed();
	const inside = new Reader(from.bytes, end);
	inside.at = from.at;
	from.at = end;
	if (number === QUERY_TYPES.OPT) {
		const options: { code: number; data: Uint8Array }[] = [];
		while (inside.at < end) options.push({ code: inside.uint(2), data: inside.take(inside.uint(2)) });
		const edns = { udpSize: classValue, version: (ttl >>> 16) & 255, dnssecOk: (ttl & 0x8000) !== 0, options };
		return { opt: true, edns, extendedRcode: ttl >>> 24 };
	}
	return { name, class: classValue, ttl, ...readRdata(inside, number) };
}
