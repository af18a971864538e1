/**
 * Addresses as libwrap reads them: dotted quads by inet_addr(3) (so 010 is octal and 0x10 is 16), masks, prefix lengths,
 * IPv6 text.
 *
 * Scopes of link-local addresses (`fe80::1%eth0`) are read and ignored, as this build does.
 */
import { formatIpv6Address, parseIpv6Address } from '#wire/address';
import { atoi, type ByteText } from './bytes';

/**
 * A dotted quad as a number; undefined for anything else, and for 255.255.255.255, which C cannot tell from a failure.
 * The four parts are counted in the whole text, and inet_addr(3) reads up to white space.
 */
export function dottedQuad(text: ByteText): number | undefined {
	if (text.split('.').filter((run) => run !== '').length !== 4) return undefined;
	const parts = text.replace(/[ \t\n\v\f\r][^]*/, '').split('.');
	if (parts.length > 4) return undefined;
	const last = cNumber(parts.pop()!);
	let address = 0;
	for (const part of parts) {
		const value = cNumber(part);
		if (value === undefined || value > 255) return undefined;
		address = address * 256 + value;
	}
	const room = 256 ** (4 - parts.length);
	if (last === undefined || last >= room) return undefined;
	address = address * room + last;
	return address === 0xffff_ffff ? undefined : address;
}

/** strtoul(3) with base 0 that takes the whole text. */
function cNumber(text: ByteText): number | undefined {
	if (/^0[xX][0-9a-fA-F]+$/.test(text)) return parseInt(text, 16);
	if (/^0[0-7]*$/.test(text)) return parseInt(text, 8);
	return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** The mask of a prefix length 1–32; 0 for anything else. What follows the digits is not looked at. */
export function prefixMask(text: ByteText): number {
	const bits = atoi(text);
	return bits < 1 || bits > 32 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
}

/** Numeric IPv6 text, with or without a scope: a number, for link-local addresses also the name of an interface. */
export function ipv6(text: ByteText): Uint8Array | undefined {
	const [, digits, scope = '0'] = /^([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:%(.+))?$/.exec(text) ?? [];
	const bytes = digits === undefined ? undefined : parseIpv6Address(digits);
	const plain = /^\d+$/.test(scope) && Number(scope) <= 0xffff_ffff;
	return bytes && (plain || isLinkLocal(bytes)) ? bytes : undefined;
}

export function isLinkLocal(address: Uint8Array): boolean {
	return (address[0] === 0xfe && (address[1]! & 0xc0) === 0x80) || (address[0] === 0xff && (address[1]! & 15) === 2);
}

/** inet_ntop(3): as RFC 5952, but an embedded IPv4 address in dotted form. */
export function ipv6Text(bytes: Uint8Array): string {
	const zeros = bytes.findIndex((byte) => byte !== 0);
	const quad = `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
	if (zeros === 10 && bytes[10] === 255 && bytes[11] === 255) return `::ffff:${quad}`;
	if ((zeros === 12 || zeros === 13) && (bytes[12] !== 0 || bytes[13] !== 0)) return `::${quad}`;
	return formatIpv6Address(bytes);
}

/** An IPv4 address in IPv6 clothes as the IPv4 address; other text as it is. */
export function unmapped(text: ByteText): ByteText {
	return /^::ffff:/i.test(text) && dottedQuad(text.slice(7)) !== undefined ? text.slice(7) : text;
}

/** Every character could stand in an IPv4 pattern (the opposite of NOT_INADDR of tcpd.h). */
export function looksNumeric(text: ByteText): boolean {
	return /^[0-9./]*$/.test(text);
}
