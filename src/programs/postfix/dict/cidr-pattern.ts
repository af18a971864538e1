/** One address pattern, `a.b.c.d/len`, with brackets or without (cidr_match(3)); the words of its mistakes. */
import {
	formatIpv4Address,
	formatIpv6Address,
	inNetwork,
	networkOf,
	parseIpv4Address,
	parseIpv6Address
} from '#wire/address';
import type { Ipv4Address } from '#wire/packet';

export interface CidrPattern {
	/** undefined for an IPv6 pattern */
	readonly network: Ipv4Address | undefined;
	/** the 16 bytes of an IPv6 pattern */
	readonly six?: Uint8Array | undefined;
	readonly prefix: number;
}

/** @returns the pattern, or what is wrong with it */
export function parseCidrPattern(text: string): CidrPattern | string {
	let network = text;
	let mask: string | undefined;
	if (text.startsWith('[')) {
		const close = text.indexOf(']');
		if (close < 0) return `missing ']' character after "${text}"`;
		const after = text.slice(close + 1);
		network = text.slice(1, close);
		if (after !== '' && !after.startsWith('/')) return `garbage after "[${network}]"`;
		if (after !== '') mask = after.slice(1);
	}
	const slash = network.indexOf('/');
	if (mask === undefined && slash >= 0) {
		mask = network.slice(slash + 1);
		network = network.slice(0, slash);
	}
	const six = network.includes(':');
	const address = six ? undefined : parseIpv4Address(network);
	const bytes = six ? parseIpv6Address(network) : undefined;
	const known = (bytes ?? address) !== undefined;
	if (mask === undefined)
		return known ? { network: address, six: bytes, prefix: six ? 128 : 32 } : `bad address pattern: "${network}"`;
	if (!/^\d+$/.test(mask)) return `bad mask value in "${network}/${mask}"`;
	const prefix = Number(mask);
	if (prefix > (six ? 128 : 32)) return `bad mask length in "${network}/${mask}"`;
	if (!known) return `bad network value in "${network}/${mask}"`;
	const right = bytes ? formatIpv6Address(network6(bytes, prefix)) : formatIpv4Address(networkOf(address!, prefix));
	const written = bytes ? formatIpv6Address(bytes) : formatIpv4Address(address!);
	if (right !== written)
		return `non-null host address bits in "${network}/${mask}", perhaps you should use "${right}/${prefix}" instead`;
	return { network: address, six: bytes, prefix };
}

/** The address with all bits behind the prefix cleared. */
function network6(bytes: Uint8Array, prefix: number): Uint8Array {
	return bytes.map((byte, i) => byte & (0xff00 >> Math.max(0, Math.min(8, prefix - 8 * i))) & 0xff);
}

export function parseAddress(text: string): Ipv4Address | Uint8Array | undefined {
	return text.includes(':') ? parseIpv6Address(text) : parseIpv4Address(text);
}

export function cidrMatches(pattern: CidrPattern, address: Ipv4Address | Uint8Array): boolean {
	if (typeof address !== 'number')
		return pattern.six !== undefined && network6(address, pattern.prefix).every((byte, i) => byte === pattern.six![i]);
	return pattern.network !== undefined && inNetwork(address, pattern.network, pattern.prefix);
}
