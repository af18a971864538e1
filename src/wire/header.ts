/**
 * A header is a table: its fields in the order of the wire, each a name, a number of bits, how it is shown, and the label
 * that Wireshark gives it. One table gives parsing, building and the picture of the bytes.
 *
 * Trusts: tables to be whole bytes long, their callers to have checked the length before `readHeader`.
 */
import { formatIpv4Address, formatMac } from './address';

/** How a field's value is written. `flag` is one bit; `hidden` fields are read and built but not pictured. */
export type Show = 'decimal' | 'hex' | 'mac' | 'ipv4' | 'flag' | 'words' | 'bytes' | 'hidden';

export interface HeaderField {
	readonly name: string;
	readonly bits: number;
	readonly show: Show;
	readonly label: string;
	/** names of values: "TCP (6)" */
	readonly values?: Readonly<Record<number, string>>;
}
export type HeaderTable = readonly HeaderField[];
export type HeaderValues<T extends HeaderTable> = { [name in T[number]['name']]: number };

/** A field in the picture of a packet; what the packet panel draws. */
export interface FieldView {
	readonly name: string;
	readonly value: string;
	/** bits from the start of the frame */
	readonly bitOffset: number;
	readonly bitLength: number;
	/** "correct", or what is wrong */
	readonly note?: string;
}

/** One protocol's part of a packet; what the packet panel draws. */
export interface LayerView {
	readonly name: string;
	readonly summary: string;
	/** bytes from the start of the frame */
	readonly offset: number;
	readonly length: number;
	readonly fields: readonly FieldView[];
}

/** Bytes. */
export function headerLength(table: HeaderTable): number {
	return table.reduce((sum, field) => sum + field.bits, 0) / 8;
}

function readBits(bytes: Uint8Array, bitOffset: number, bits: number): number {
	let value = 0;
	for (let done = 0; done < bits;) {
		const bit = (bitOffset + done) % 8;
		const take = Math.min(8 - bit, bits - done);
		const byte = bytes[(bitOffset + done - bit) / 8] ?? 0;
		value = value * 2 ** take + ((byte >> (8 - bit - take)) & ((1 << take) - 1));
		done += take;
	}
	return value;
}

export function readHeader<const T extends HeaderTable>(table: T, bytes: Uint8Array, offset = 0): HeaderValues<T> {
	const values: Record<string, number> = {};
	let bit = offset * 8;
	for (const field of table) {
		values[field.name] = readBits(bytes, bit, field.bits);
		bit += field.bits;
	}
	return values as HeaderValues<T>;
}

export function writeHeader<const T extends HeaderTable>(table: T, values: HeaderValues<T>): Uint8Array {
	const bytes = new Uint8Array(headerLength(table));
	let bit = 0;
	for (const field of table) {
		let value = (values as Record<string, number>)[field.name]!;
		for (let left = field.bits; left > 0;) {
			const at = bit + left - 1;
			const take = Math.min((at % 8) + 1, left);
			const part = value % 2 ** take;
			bytes[Math.floor(at / 8)]! |= part << (7 - (at % 8));
			value = Math.floor(value / 2 ** take);
			left -= take;
		}
		bit += field.bits;
	}
	return bytes;
}

function hex(value: number, bits: number): string {
	return `0x${value.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
}

const SHOWN: Readonly<Record<Show, (value: number, bits: number) => string>> = {
	decimal: (value) => String(value),
	hex,
	mac: formatMac,
	ipv4: formatIpv4Address,
	flag: (value) => (value ? 'Set' : 'Not set'),
	words: (value) => `${value * 4} bytes (${value})`,
	bytes: (value) => `${value} bytes`,
	hidden: String
};

function showValue(field: HeaderField, value: number): string {
	const plain = SHOWN[field.show](value, field.bits);
	const name = field.values?.[value];
	return name === undefined ? plain : `${name} (${plain})`;
}

/**
 * The picture of a header.
 * @param offset bytes from the start of the frame
 * @param notes by field name
 */
export function viewHeader(
	table: HeaderTable,
	bytes: Uint8Array,
	offset: number,
	notes: Readonly<Record<string, string>> = {}
): FieldView[] {
	const views: FieldView[] = [];
	let bitOffset = offset * 8;
	for (const field of table) {
		const value = readBits(bytes, bitOffset, field.bits);
		const note = notes[field.name];
		if (field.show !== 'hidden')
			views.push({
				name: field.label,
				value: showValue(field, value),
				bitOffset,
				bitLength: field.bits,
				...(note === undefined ? {} : { note })
			});
		bitOffset += field.bits;
	}
	return views;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}
