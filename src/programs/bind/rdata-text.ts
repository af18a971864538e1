/**
 * The data of a record from the words of a zone file (dns_rdata_fromtext), by the rows of `wire/dns`'s table.
 *
 * Errors: `RdataError` with BIND's words.
 */
import { formatIpv6Address, parseIpv4Address, parseIpv6Address } from '#wire/address';
import { base64Bytes, labelsOf, nameOf, rdataFields, rdataFromBytes, typeNumber, type Rdata } from '#wire/dns';
import type { Token } from './lexer';

export class RdataError {
	constructor(
		readonly message: string,
		readonly token: Token
	) {}
}

const TTL_UNITS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds of "86400", "1h30m", "2W"; undefined for text that is no time (dns_ttl_fromtext). */
export function parseTtl(text: string): number | undefined {
	if (/^\d+$/.test(text)) return Number(text) <= 0xffffffff ? Number(text) : undefined;
	if (!/^(\d+[wdhms])+$/i.test(text)) return undefined;
	let seconds = 0;
	for (const [, count, unit] of text.matchAll(/(\d+)([wdhms])/gi))
		seconds += Number(count) * TTL_UNITS[unit!.toLowerCase()]!;
	return seconds <= 0xffffffff ? seconds : undefined;
}

/** Why a text is no name, in BIND's words. */
export function nameError(text: string): string {
	if (/(^|[^\\])\.\./.test(text) || (text.startsWith('.') && text !== '.') || text === '') return 'empty label';
	if (text.split('.').some((label) => label.length > 63)) return 'label too long';
	return labelsOf(text) ? 'name too long' : 'bad escape';
}

/**
 * A name of a zone file made absolute.
 * @returns undefined when it is none
 */
export function completeName(text: string, origin: string): string | undefined {
	if (text === '@') return origin;
	const labels = labelsOf(text);
	if (!labels || text === '') return undefined;
	if (/(^|[^\\])(\\\\)*\.$/.test(text)) return nameOf(labels);
	const whole = [...labels, ...(labelsOf(origin) ?? [])];
	const name = nameOf(whole);
	return labelsOf(name) ? name : undefined;
}

/** `\"` and `\032` resolved: a character a byte. */
export function unescapeString(text: string): string {
	return text.replace(/\\(\d{3}|.)/g, (_match, escaped: string) =>
		escaped.length === 3 ? String.fromCharCode(Number(escaped) & 255) : escaped
	);
}

export interface RdataContext {
	readonly origin: string;
	next(): Token;
}

/** @throws RdataError, LexError */
export function parseRdata(type: string, context: RdataContext): Rdata {
	const first = context.next();
	if (first.kind === 'word' && first.text === '\\#') {
		if (typeNumber(type) !== 0) return parseGeneric(type, context);
		throw new RdataError('invalid use of a meta type', context.next());
	}
	const fields = rdataFields(type);
	if (!fields) throw new RdataError('unknown class/type', first);
	let pending: Token | undefined = first;
	const next = (): Token => {
		const token = pending ?? context.next();
		pending = undefined;
		return token;
	};
	const values: Record<string, unknown> = { type };
	for (const [name, kind] of fields) {
		const token = next();
		if (token.kind === 'eol' || token.kind === 'eof') throw new RdataError('unexpected end of input', token);
		if (kind === 'strings') {
			const strings: string[] = [];
			let one = token;
			for (; one.kind === 'word' || one.kind === 'quoted'; one = context.next()) strings.push(readString(one));
			values[name] = strings;
			pending = one;
		} else if (kind === 'hex' || kind === 'base64') {
			let text = '';
			let one = token;
			for (; one.kind === 'word' || one.kind === 'quoted'; one = context.next()) text += one.text;
			values[name] = bytesOfText(kind, text, token);
			pending = one;
		} else values[name] = FIELD_READERS[kind]!(token, context.origin);
	}
	const rest = next();
	if (rest.kind !== 'eol' && rest.kind !== 'eof') throw new RdataError('extra input text', rest);
	return values as unknown as Rdata;
}

function bytesOfText(kind: 'hex' | 'base64', text: string, token: Token): Uint8Array {
	if (kind === 'base64') {
		const bytes = base64Bytes(text);
		if (!bytes) throw new RdataError('bad base64 encoding', token);
		return bytes;
	}
	if (!/^([0-9a-f]{2})*$/i.test(text)) throw new RdataError('bad hex encoding', token);
	return Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function readString(token: Token): string {
	const text = unescapeString(token.text);
	if (text.length > 255) throw new RdataError('syntax error', token);
	return text;
}

function readNumber(token: Token, most: number): number {
	if (token.kind !== 'word' || !/^\d+$/.test(token.text)) throw new RdataError('not a valid number', token);
	if (Number(token.text) > most) throw new RdataError('out of range', token);
	return Number(token.text);
}

function readName(token: Token, origin: string): string {
	const name = completeName(token.text, origin);
	if (name === undefined) throw new RdataError(nameError(token.text), token);
	return name;
}

const FIELD_READERS: Readonly<Record<string, (token: Token, origin: string) => unknown>> = {
	ipv4: (token) => {
		const address = parseIpv4Address(token.text);
		if (address === undefined) throw new RdataError('bad dotted quad', token);
		return address;
	},
	ipv6: (token) => {
		const bytes = parseIpv6Address(token.text);
		if (!bytes) throw new RdataError('bad IPv6 address', token);
		return formatIpv6Address(bytes);
	},
	u8: (token) => readNumber(token, 0xff),
	u16: (token) => readNumber(token, 0xffff),
	u32: (token) => readNumber(token, 0xffffffff),
	ttl: (token) => {
		const seconds = parseTtl(token.text);
		if (seconds === undefined) throw new RdataError(/^\d+$/.test(token.text) ? 'out of range' : 'syntax error', token);
		return seconds;
	},
	name: readName,
	'plain-name': readName,
	string: readString,
	tag: (token) => {
		if (!/^[a-z0-9]{1,15}$/i.test(token.text)) throw new RdataError('syntax error', token);
		return token.text.toLowerCase();
	},
	'long-string': (token) => unescapeString(token.text)
};

/** RFC 3597: \# length hexadecimal … */
function parseGeneric(type: string, context: RdataContext): Rdata {
	const length = readNumber(context.next(), 0xffff);
	let digits = '';
	let token = context.next();
	for (; token.kind === 'word'; token = context.next()) digits += token.text;
	if (!/^[0-9a-f]*$/i.test(digits)) throw new RdataError('bad hex encoding', token);
	if (digits.length !== length * 2) throw new RdataError('unexpected end of input', token);
	const bytes = Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
	const rdata = rdataFromBytes(typeNumber(type)!, bytes);
	if (!rdata) throw new RdataError('unexpected end of input', token);
	return rdata;
}
