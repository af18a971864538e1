/**
 * Addresses as text: IPv4 dotted quads, IPv6 (only as DNS carries it: AAAA records), MAC addresses, prefixes.
 *
 * Trusts: nothing; every parser answers undefined for text that is not exactly one address.
 * Lacks: the loose forms of inet_aton(3) (192.168.257, 0x7f.1); a program that accepts them says so itself.
 */
import type { Ipv4Address, MacAddress } from './packet';

/** Four decimal numbers 0–255 without leading zeros (inet_pton(3)). */
export function parseIpv4Address(text: string): Ipv4Address | undefined {
	const parts = text.split('.');
	if (parts.length !== 4) return undefined;
	let address = 0;
	for (const part of parts) {
		if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
		address = address * 256 + Number(part);
	}
	return address;
}

export function formatIpv4Address(address: Ipv4Address): string {
	return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** @param prefix 0 … 32 */
export function maskOf(prefix: number): Ipv4Address {
	return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** The length of a netmask, undefined when its ones are not all on the left. */
export function prefixOf(mask: Ipv4Address): number | undefined {
	for (let prefix = 0; prefix <= 32; prefix++) if (maskOf(prefix) === mask) return prefix;
	return undefined;
}

export function networkOf(address: Ipv4Address, prefix: number): Ipv4Address {
	return (address & maskOf(prefix)) >>> 0;
}

export function broadcastOf(address: Ipv4Address, prefix: number): Ipv4Address {
	return (address | ~maskOf(prefix)) >>> 0;
}

export function inNetwork(address: Ipv4Address, network: Ipv4Address, prefix: number): boolean {
	return networkOf(address, prefix) === networkOf(network, prefix);
}

/** "192.168.75.0/24", or an address alone, which is a /32. Host bits are kept. */
export function parsePrefix(text: string): { readonly address: Ipv4Address; readonly prefix: number } | undefined {
	const slash = text.indexOf('/');
	const address = parseIpv4Address(slash < 0 ? text : text.slice(0, slash));
	if (address === undefined) return undefined;
	if (slash < 0) return { address, prefix: 32 };
	const length = text.slice(slash + 1);
	if (!/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
	return { address, prefix: Number(length) };
}

export const BROADCAST_MAC: MacAddress = 0xffffffffffff;

export function formatMac(mac: MacAddress): string {
	return mac.toString(16).padStart(12, '0').match(/../g)!.join(':');
}

/** Six hexadecimal bytes with colons. */
export function parseMac(text: string): MacAddress | undefined {
	return /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text)
		? text.split(':').reduce((sum, byte) => sum * 256 + parseInt(byte, 16), 0)
		: undefined;
}

/** @param bytes 16. The canonical text of RFC 5952: lower case, the longest run of zeros as `::`. */
export function formatIpv6Address(bytes: Uint8Array): string {
	const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
	let start = -1;
	let length = 1;
	for (let i = 0; i < 8; i++) {
		let run = 0;
		while (i + run < 8 && words[i + run] === 0) run++;
		if (run > length) [start, length] = [i, run];
	}
	const text = (part: number[]) => part.map((word) => word.toString(16)).join(':');
	return start < 0 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
}

/** 16 bytes, undefined for text that is no IPv6 address (RFC 4291 2.2). */
export function parseIpv6Address(text: string): Uint8Array | undefined {
	const halves = text.split('::');
	if (halves.length > 2) return undefined;
	const [left, right] = halves.map((half) => parseWords(half));
	if (!left || (halves.length === 2 && !right)) return undefined;
	const given = left.length + (right?.length ?? 0);
	if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
	const words = [...left, ...Array<number>(8 - given).fill(0), ...(right ?? [])];
	return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255]));
}

function parseWords(text: string): number[] | undefined {
	if (text === '') return [];
	const parts = text.split(':');
	const words: number[] = [];
	for (const [i, part] of parts.entries()) {
		const quad = i === parts.length - 1 && part.includes('.') ? parseIpv4Address(part) : undefined;
		if (quad !== undefined) words.push(quad >>> 16, quad & 0xffff);
		else if (/^[0-9a-f]{1,4}$/i.test(part)) words.push(parseInt(part, 16));
		else return undefined;
	}
	return words;
}

/** The name under which the DNS keeps the name of an address: "2.75.168.192.in-addr.arpa." (RFC 1035 3.5) */
export function reverseName(address: Ipv4Address): string {
	return `${formatIpv4Address(address).split('.').reverse().join('.')}.in-addr.arpa.`;
}
