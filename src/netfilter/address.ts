/**
 * Addresses of both families as the command reads and prints them: 192.168.1, 192.168.1.024, 10/8, 10.0.0.0/255.0.255.0,
 * fe80::1, names of /etc/hosts and /etc/networks, several with commas.
 *
 * Reads:  names through `Names`.
 * Lacks:  scope ids (fe80::1%eth0).
 */
import { formatIpv4Address, parseIpv4Address, parseIpv6Address } from '#wire/address';
import { OptionError, type Names } from './extension';
import { parseNumber } from './number';
import type { Address, Family } from './rule';

const BITS: Readonly<Record<Family, number>> = { ip: 32, ip6: 128 };
const ALL_ONES_6 = (1n << 128n) - 1n;

export function addressBits(family: Family): number {
	return BITS[family];
}

/** The mask of a prefix length. */
export function lengthMask(length: number, family: Family): Address {
	if (family === 'ip') return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
	return ALL_ONES_6 ^ ((1n << BigInt(128 - length)) - 1n);
}

/** The prefix length of a mask, undefined when its ones are not all on the left. */
export function maskLength(mask: Address, family: Family): number | undefined {
	if (family === 'ip') {
		const inverse = ~Number(mask) >>> 0;
		return (inverse & (inverse + 1)) === 0 ? Math.clz32(inverse) : undefined;
	}
	const inverse = BigInt(mask) ^ ALL_ONES_6;
	if ((inverse & (inverse + 1n)) !== 0n) return undefined;
	return 128 - (inverse === 0n ? 0 : inverse.toString(2).length);
}

export function andAddress(a: Address, b: Address): Address {
	return typeof a === 'number' ? (a & Number(b)) >>> 0 : a & BigInt(b);
}

/** Exactly one address in the usual form (inet_pton(3)). */
export function parseAddress(text: string, family: Family): Address | undefined {
	if (family === 'ip') return parseIpv4Address(text);
	const bytes = parseIpv6Address(text);
	return bytes?.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

export function formatAddress(address: Address, family: Family): string {
	return family === 'ip' ? formatIpv4Address(Number(address)) : formatIpv6(BigInt(address));
}

/** inet_ntop(3) of glibc: the longest run of two or more zero words as `::`, embedded IPv4 addresses as quads. */
function formatIpv6(address: bigint): string {
	const words = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
	let start = -1;
	let length = 1;
	for (let i = 0; i < 8; i++) {
		let run = 0;
		while (i + run < 8 && words[i + run] === 0) run++;
		if (run > length) [start, length] = [i, run];
	}
	const embedded = start === 0 && (length === 6 || (length === 5 && words[5] === 0xffff));
	const last = embedded ? [formatIpv4Address(words[6]! * 65536 + words[7]!)] : [];
	const end = embedded ? 6 : 8;
	const text = (from: number, to: number): string[] => words.slice(from, to).map((word) => word.toString(16));
	if (start < 0) return text(0, 8).join(':');
	return `${text(0, start).join(':')}::${[...text(start + length, end), ...last].join(':')}`;
}

/** "/24", "/255.0.255.0"; empty for a full mask */
export function formatMask(mask: Address, family: Family): string {
	const length = maskLength(mask, family);
	if (length === undefined) return `/${formatAddress(mask, family)}`;
	return length === BITS[family] ? '' : `/${length}`;
}

/* ---- as typed ---------------------------------------------------------------------------------------------------- */

/**
 * One to four numbers with dots, each decimal, octal (024) or hexadecimal; missing ones at the end are zero, but a mask
 * must have all four.
 */
function parseLooseQuad(text: string, isMask: boolean): number | undefined {
	const parts = text.slice(0, 19).split('.');
	if (parts.length > 4 || (isMask && parts.length < 4)) return undefined;
	let address = 0;
	for (let i = 0; i < 4; i++) {
		const byte = i < parts.length ? parseNumber(parts[i]!, 0, 255) : 0;
		if (byte === undefined) return undefined;
		address = address * 256 + byte;
	}
	return address;
}

/** The forms of inet_aton(3): the last number fills the rest of the address. */
export function parseInetAton(text: string): number | undefined {
	const numbers = text.split('.').map((part) => (/^[0-9]/.test(part) ? parseNumber(part) : undefined));
	const last = numbers.pop();
	const room = 256 ** (4 - numbers.length);
	if (numbers.length > 3 || last === undefined || last >= room) return undefined;
	let address = 0;
	for (const number of numbers) {
		if (number === undefined || number > 255) return undefined;
		address = address * 256 + number;
	}
	return address * room + last;
}

/** What -s and -d take as one address: the loose form for IPv4, the strict one for IPv6. */
export function parseTyped(text: string, family: Family): Address | undefined {
	return family === 'ip' ? parseLooseQuad(text, false) : parseAddress(text, family);
}

/** @throws OptionError "invalid mask `33' specified" */
export function parseMask(text: string, family: Family): Address {
	const mask = family === 'ip' ? parseLooseQuad(text, true) : parseAddress(text, family);
	if (mask !== undefined) return mask;
	const length = parseNumber(text, 0, BITS[family]);
	if (length === undefined) throw new OptionError(`invalid mask \`${text}' specified`);
	return lengthMask(length, family);
}

function networkByName(name: string, names: Names): number | undefined {
	for (const line of (names.file('/etc/networks') ?? '').split('\n')) {
		const [first, number, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
		if (number !== undefined && (first === name || aliases.includes(name))) return parseLooseQuad(number, false);
	}
	return undefined;
}

/** All addresses of a host, a network's name or a number. @throws OptionError "host/network `x' not found" */
export function hostAddresses(text: string, family: Family, names: Names): readonly Address[] {
	const number = parseTyped(text, family) ?? (family === 'ip' ? networkByName(text, names) : undefined);
	if (number !== undefined) return [number];
	// what is left goes to getaddrinfo(3), which takes 0x0a000001
	const host = family === 'ip' ? parseInetAton(text) : undefined;
	if (host !== undefined) return [host];
	const found = names.hostAddresses(text, family);
	if (found.length === 0) throw new OptionError(`host/network \`${text}' not found`);
	return found;
}

export interface Network {
	readonly address: Address;
	readonly mask: Address;
}

/** The argument of -s and -d: host[/mask], several with commas (xtables_ipparse_multiple). @throws OptionError */
export function parseNetworks(text: string, family: Family, names: Names): Network[] {
	return text.split(',').flatMap((item) => parseNetwork(item.replace(/^[ \t-\r]+/, ''), family, names));
}

/** host[/mask]; a name may stand for several. @throws OptionError */
export function parseNetwork(text: string, family: Family, names: Names): Network[] {
	if (text.length > 255) throw new OptionError('Hostname too long');
	const slash = text.lastIndexOf('/');
	const mask = slash < 0 ? lengthMask(BITS[family], family) : parseMask(text.slice(slash + 1), family);
	// of "any/0" the name is never looked up
	if (BigInt(mask) === 0n) return [{ address: mask, mask }];
	const addresses = hostAddresses(slash < 0 ? text : text.slice(0, slash), family, names);
	return addresses.map((address) => ({ address: andAddress(address, mask), mask }));
}

/** For -L: by name where there is one, unless numeric. */
export function addressText(address: Address, family: Family, names: Names, numeric: boolean): string {
	return (numeric ? undefined : names.hostName(address, family)) ?? formatAddress(address, family);
}
