/**
 * Own addresses (own_inet_addr(3)) and the networks that follow from them (mynetworks(3)).
 *
 * Does: reads the addresses of the interfaces that are up; `inet_interfaces` chooses among them; `mynetworks_style`
 *       makes networks of them.
 * Lacks: IPv6.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, networkOf, parseIpv4Address } from '#wire/address';
import type { Ipv4Address } from '#wire/packet';
import { getaddrinfo } from '../libc/netdb';
import { links } from '../libc/unistd';
import { Fatal } from './errors';

export interface OwnAddress {
	readonly address: Ipv4Address;
	readonly prefix: number;
	readonly loopback: boolean;
}

const PROTOCOLS = new Set(['all', 'ipv4', 'ipv6']);

/** What `inet_protocols` names; an unknown name is fatal. */
function protocolsOf(protocols: string): string[] {
	const names = protocols.split(/[,\s]+/).filter((name) => name !== '');
	const wrong = names.find((name) => !PROTOCOLS.has(name));
	if (wrong !== undefined) throw new Fatal(`unknown inet_protocols value "${wrong}" in "${protocols}"`);
	return names;
}

function* localAddresses(protocols: string): Sys<OwnAddress[]> {
	const found: OwnAddress[] = [];
	if (protocolsOf(protocols).some((name) => name !== 'ipv6'))
		for (const link of yield* links())
			if (link.up)
				for (const { address, prefix } of link.addresses) found.push({ address, prefix, loopback: link.loopback });
	if (found.length === 0) throw new Fatal('could not find any active network interfaces');
	return found;
}

/** The addresses of a name or of "[1.2.3.4]"; none when there is no such host (inet_addr_host(3)). */
function* addressesOf(host: string): Sys<Ipv4Address[]> {
	const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
	const literal = parseIpv4Address(bare);
	if (literal !== undefined) return [literal];
	if (bare !== host) throw new Fatal(`bad host name or address: ${host}`);
	try {
		const found = yield* getaddrinfo(host);
		return found.ok ? found.addresses.map((info) => info.address) : [];
	} catch (thrown) {
		if (thrown instanceof Errno) return [];
		throw thrown;
	}
}

function* resolveList(parameter: string, value: string): Sys<Ipv4Address[]> {
	const found: Ipv4Address[] = [];
	for (const host of value.split(/[,\s]+/).filter((name) => name !== '')) {
		const addresses = yield* addressesOf(host);
		if (addresses.length === 0) throw new Fatal(`config variable ${parameter}: host not found: ${host}`);
		for (const address of addresses) if (!found.includes(address)) found.push(address);
	}
	return found.sort((a, b) => a - b);
}

/** @param interfaces value of inet_interfaces, @param protocols of inet_protocols, both expanded */
export function* ownAddresses(interfaces: string, protocols: string): Sys<OwnAddress[]> {
	if (protocolsOf(protocols).length === 0) return [];
	if (interfaces === 'all') return yield* localAddresses(protocols);
	if (interfaces === 'loopback-only')
		return (yield* localAddresses(protocols)).filter((own) => own.address >>> 24 === 127);
	const wanted = yield* resolveList('inet_interfaces', interfaces);
	const local = yield* localAddresses(protocols);
	return wanted.map((address) => {
		const own = local.find((candidate) => candidate.address === address);
		if (!own) throw new Fatal(`parameter inet_interfaces: no local interface found for ${formatIpv4Address(address)}`);
		return own;
	});
}

/** The addresses outside that lead here (`proxy_interfaces`). */
export function* proxyAddresses(interfaces: string): Sys<Ipv4Address[]> {
	return yield* resolveList('proxy_interfaces', interfaces);
}

const STYLES: Readonly<Record<string, (own: OwnAddress) => number>> = {
	class: ({ address }) => {
		const first = address >>> 24;
		if (first >= 240) throw new Fatal(`mynetworks_core: unknown address class: ${formatIpv4Address(address)}`);
		return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 4;
	},
	subnet: ({ prefix }) => prefix,
	host: () => 32
};

/** The default of `mynetworks`: "127.0.0.0/8 192.168.75.0/24". */
export function networksOf(style: string, own: readonly OwnAddress[]): string {
	const names = style.split(/[,\s]+/).filter((name) => name !== '');
	for (const name of names)
		if (!(name in STYLES)) throw new Fatal(`unknown mynetworks mask style value "${name}" in "${style}"`);
	if (new Set(names).size !== 1) throw new Fatal(`bad mynetworks_style value: ${style}; specify exactly one value`);
	const prefix = STYLES[names[0]!]!;
	const networks = own.map((item) => `${formatIpv4Address(networkOf(item.address, prefix(item)))}/${prefix(item)}`);
	return [...new Set(networks)].join(' ');
}
