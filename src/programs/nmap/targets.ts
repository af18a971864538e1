/**
 * Whom to scan: names, addresses, networks and ranges of octets (nmap's "target specification").
 *
 * Does: names by the C library; the order of addresses is that of nmap, the last octet running fastest.
 * Lacks: IPv6.
 */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { getaddrinfo } from '../libc/netdb';

/** One specification, not yet spread out: four sets of octets, or a network of one address. */
export type TargetGroup =
	| { readonly kind: 'octets'; readonly octets: readonly (readonly number[])[] }
	| {
			readonly kind: 'network';
			readonly name: string;
			readonly address: number;
			readonly prefix: number;
			readonly others: readonly number[];
	  };

export interface TargetName {
	readonly address: number;
	/** as it was given, when it was a name */
	readonly name: string | undefined;
	/** further addresses of that name */
	readonly others: readonly number[];
}

/** @returns the group and what there is to say on standard error */
export function* parseTarget(text: string, ipv6: boolean): Sys<{ group: TargetGroup | null; complaint: string }> {
	let complaint = '';
	const slash = text.lastIndexOf('/');
	const host = slash < 0 ? text : text.slice(0, slash);
	let prefix = slash < 0 ? 32 : Number(text.slice(slash + 1));
	if (slash >= 0 && (!/^\d+$/.test(text.slice(slash + 1)) || prefix > 32)) {
		complaint = `Illegal netmask in "${text}". Assuming /32 (one host)\n`;
		prefix = 32;
	}
	const octets = ipv6 ? undefined : parseOctets(host);
	if (octets) {
		const single = octets.every((set) => set.length === 1);
		if (single && prefix < 32) {
			const address = octets.reduce((sum, set) => sum * 256 + set[0]!, 0);
			return { group: { kind: 'network', name: '', address, prefix, others: [] }, complaint };
		}
		return { group: { kind: 'octets', octets }, complaint };
	}
	const found = yield* getaddrinfo(host);
	if (!found.ok || found.addresses.length === 0)
		return { group: null, complaint: `${complaint}Failed to resolve "${text}".\n` };
	if (ipv6) {
		complaint += `Warning: Hostname ${host} resolves, but not to any IPv6 address. Try scanning without -6\n`;
		return { group: null, complaint: `${complaint}Failed to resolve "${text}".\n` };
	}
	const [first, ...others] = found.addresses.map((row) => row.address);
	return { group: { kind: 'network', name: host, address: first!, prefix, others }, complaint };
}

/** "192.168.0-3.1,5-7": undefined when it is no such thing */
export function parseOctets(text: string): number[][] | undefined {
	const parts = text.split('.');
	if (parts.length !== 4) return undefined;
	const octets = parts.map(parseOctet);
	return octets.every((set) => set !== undefined) ? octets : undefined;
}

function parseOctet(text: string): number[] | undefined {
	const set = new Set<number>();
	for (const part of text.split(',')) {
		const match = part === '*' ? ['', '0', '-', '255'] : /^(\d{0,3})(-?)(\d{0,3})$/.exec(part);
		if (!match || part === '') return undefined;
		const [, low = '', dash = '', high = ''] = match;
		const first = low === '' ? 0 : Number(low);
		const last = dash === '' ? first : high === '' ? 255 : Number(high);
		if (last > 255 || first > last) return undefined;
		for (let value = first; value <= last; value++) set.add(value);
	}
	return [...set].sort((a, b) => a - b);
}

/** Every address of a group in turn; nothing is kept of a large one. */
export function* addressesOf(group: TargetGroup): Generator<TargetName, void> {
	if (group.kind === 'octets') {
		const [a, b, c, d] = group.octets;
		for (const first of a!)
			for (const second of b!)
				for (const third of c!)
					for (const fourth of d!)
						yield { address: ((first * 256 + second) * 256 + third) * 256 + fourth, name: undefined, others: [] };
		return;
	}
	const size = 2 ** (32 - group.prefix);
	const start = Math.floor(group.address / size) * size;
	for (let address = start; address < start + size; address++) {
		const named = group.name !== '' && address === group.address && group.name !== formatIpv4Address(address);
		yield { address, name: named ? group.name : undefined, others: named ? group.others : [] };
	}
}
