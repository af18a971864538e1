/** One address pattern, `a.b.c.d/len`, with brackets or without (cidr_match(3)); the words of its mistakes. */
import { formatIpv4Address, inNetwork, networkOf, parseIpv4Address, parseIpv6Address } from '#wire/address';
import type { Ipv4Address } from '#wire/packet';

export interface CidrPattern {
	/** undefined: an IPv6 pattern, which matches no IPv4 address */
	readonly network: Ipv4Address | undefined;
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
	const known = six ? parseIpv6Address(network) !== undefined : address !== undefined;
	if (mask === undefined)
		return known ? { network: address, prefix: six ? 128 : 32 } : `bad address pattern: "${network}"`;
	if (!/^\d+$/.test(mask)) return `bad mask value in "${network}/${mask}"`;
	const prefix = Number(mask);
	if (prefix > (six ? 128 : 32)) return `bad mask length in "${network}/${mask}"`;
	if (!known) return `bad network value in "${network}/${mask}"`;
	if (address !== undefined && networkOf(address, prefix) !== address) {
		const right = `${formatIpv4Address(networkOf(address, prefix))}/${prefix}`;
		return `non-null host address bits in "${network}/${mask}", perhaps you should use "${right}" instead`;
	}
	return { network: address, prefix };
}

export function cidrMatches(pattern: CidrPattern, address: Ipv4Address): boolean {
	return pattern.network !== undefined && inNetwork(address, pattern.network, pattern.prefix);
}
