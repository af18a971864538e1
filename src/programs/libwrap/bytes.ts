/**
 * Byte text: a string whose characters are the bytes 0–255. libwrap works on C strings (it cuts at 128 bytes, replaces
 * single bytes, compares in the C locale), so everything in this folder is byte text between these two functions.
 */
import { decode, encode } from '../libc/text';

export type ByteText = string;

/** Bytes as byte text. */
export function fromBytes(bytes: Uint8Array): ByteText {
	let out = '';
	for (let at = 0; at < bytes.length; at += 8192) out += String.fromCharCode(...bytes.subarray(at, at + 8192));
	return out;
}

export function toBytes(text: ByteText): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Program text (argv, names) as byte text. */
export function fromText(text: string): ByteText {
	return fromBytes(encode(text));
}

export function toText(text: ByteText): string {
	return decode(toBytes(text));
}

/** strcasecmp(3) in the C locale says equal. */
export function sameWord(a: ByteText, b: ByteText): boolean {
	return a.length === b.length && (a === b || lower(a) === lower(b));
}

/** strncasecmp(3): the first `length` bytes. */
export function sameStart(a: ByteText, b: ByteText, length: number): boolean {
	return sameWord(a.slice(0, length), b.slice(0, length));
}

function lower(text: ByteText): ByteText {
	return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** isspace(3) at both ends. */
export function chop(text: ByteText): ByteText {
	return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

/** A line that is over at a NUL, as C sees it. */
export function cString(text: ByteText): ByteText {
	const end = text.indexOf('\0');
	return end < 0 ? text : text.slice(0, end);
}

/** strncpy into a field of 128 bytes (STRING_LENGTH of tcpd.h). */
export function field(text: ByteText): ByteText {
	return cString(text).slice(0, 127);
}

/** atoi(3): strtol clamped to 64 bits, then cut to 32. */
export function atoi(text: ByteText): number {
	const match = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text);
	return match ? Number(BigInt.asIntN(32, clamp(BigInt(match[1]!)))) : 0;
}

/** sscanf(text, "%d%c") that reads a number and nothing after it; undefined otherwise. */
export function wholeInteger(text: ByteText): number | undefined {
	return /^[ \t\n\v\f\r]*[+-]?\d+$/.test(text) ? atoi(text) : undefined;
}

/** sscanf(text, "%u%c") or "%o%c" that reads a number and nothing after it. */
export function wholeUnsigned(text: ByteText, base: 8 | 10): number | undefined {
	const match = (base === 8 ? /^[ \t\n\v\f\r]*([+-]?)([0-7]+)$/ : /^[ \t\n\v\f\r]*([+-]?)(\d+)$/).exec(text);
	if (!match) return undefined;
	const value = BigInt(base === 8 ? `0o${match[2]}` : match[2]!);
	if (value > 0xffff_ffff_ffff_ffffn) return 0xffff_ffff;
	return Number(BigInt.asUintN(32, match[1] === '-' ? -value : value));
}

const MAX = 0x7fff_ffff_ffff_ffffn;

function clamp(value: bigint): bigint {
	return value > MAX ? MAX : value < -MAX - 1n ? -MAX - 1n : value;
}
