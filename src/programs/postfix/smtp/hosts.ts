/**
 * Which hosts take the mail of a destination (smtp_addr.c): MX records by preference, else the address of the name; those
 * that are not nearer than this host itself.
 */
import type { Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { gethostbyname } from '../../libc/netdb';
import type { Dsn } from '../delivery';
import { lookupHost, type HostLookup } from '../dns-lookup';
import type { Daemon } from '../server';

export interface Destination {
	readonly host: string;
	/** MX records count (no brackets) */
	readonly mx: boolean;
	readonly port: number;
	readonly service: string;
}

export interface Host {
	/** the name that log lines show */
	readonly name: string;
	readonly address: number;
	/** dotted */
	readonly addressText: string;
	readonly preference: number;
	readonly port: number;
}

export type HostsFound =
	{ readonly ok: true; readonly hosts: readonly Host[] } | { readonly ok: false; readonly dsn: Dsn };

type Addresses = { readonly addresses: readonly string[]; readonly failure: HostLookup | null };

/** Addresses of one name, in /etc/hosts where `native` is asked, then DNS. */
function* addressesOf(daemon: Daemon, name: string): Sys<Addresses> {
	if (parseIpv4Address(name) !== undefined) return { addresses: [name], failure: null };
	const methods = daemon.config.items('smtp_host_lookup').map(({ text }) => text);
	let failure: HostLookup | null = null;
	const ipv6 = daemon.config.items('inet_protocols').some(({ text }) => text === 'all' || text === 'ipv6');
	for (const method of methods) {
		if (method === 'native') {
			const found = yield* gethostbyname(name);
			if (found.ok) return { addresses: found.entry.addresses, failure: null };
			continue;
		}
		const found = yield* lookupHost(name, 'A');
		if (found.status === 'ok') return { addresses: found.records.map((record) => record.name), failure: null };
		failure = found;
		if (!ipv6) continue;
		const six = yield* lookupHost(name, 'AAAA');
		if (six.status !== 'ok' && (failure.status !== 'retry' || six.status === 'retry')) failure = six;
	}
	return { addresses: [], failure };
}

function lookupFailure(found: HostLookup): Dsn {
	return {
		status: found.status === 'retry' ? '4.4.3' : found.status === 'null-mx' ? '5.1.0' : '5.4.4',
		text: found.why
	};
}

function* hostsOf(
	daemon: Daemon,
	names: readonly { name: string; preference: number }[],
	port: number
): Sys<{ hosts: Host[]; failure: HostLookup | null }> {
	const hosts: Host[] = [];
	let failure: HostLookup | null = null;
	for (const { name, preference } of names) {
		const found = yield* addressesOf(daemon, name);
		for (const addressText of found.addresses)
			hosts.push({ name, address: parseIpv4Address(addressText)!, addressText, preference, port });
		if (found.failure && (failure === null || failure.status !== 'retry')) failure = found.failure;
	}
	return { hosts, failure };
}

/** @param nexthop as the destination was written, for messages */
export function* findHosts(daemon: Daemon, destination: Destination, nexthop: string): Sys<HostsFound> {
	const { host, port } = destination;
	let names = [{ name: host, preference: 0 }];
	let byMx = false;
	const dns = daemon.config.items('smtp_host_lookup').some(({ text }) => text === 'dns');
	if (destination.mx && dns && parseIpv4Address(host) === undefined) {
		const mx = yield* lookupHost(host, 'MX');
		if (mx.status === 'ok') {
			byMx = true;
			names = [...mx.records]
				.sort((a, b) => a.preference - b.preference)
				.map(({ name, preference }) => ({ name, preference }));
		} else if (mx.status === 'null-mx')
			return { ok: false, dsn: { status: '5.1.0', text: `Domain ${host} does not accept mail (nullMX)` } };
		else if (mx.status === 'retry' && !daemon.config.flag('ignore_mx_lookup_error'))
			return { ok: false, dsn: { status: '4.4.3', text: mx.why } };
	}
	const { hosts, failure } = yield* hostsOf(daemon, names, port);
	if (hosts.length === 0)
		return { ok: false, dsn: failure ? lookupFailure(failure) : { status: '5.4.4', text: `no address for ${host}` } };
	const own = hosts.find((one) => isOwn(daemon, one.address));
	if (own && (byMx || port === 25)) {
		const nearer = byMx ? hosts.filter((one) => one.preference < own.preference) : [];
		if (nearer.length === 0)
			return {
				ok: false,
				dsn: { status: '5.4.6', text: `mail for ${nexthop.replace(/^\[(.*)\]$/, '$1')} loops back to myself` }
			};
		return { ok: true, hosts: nearer };
	}
	return { ok: true, hosts };
}

function isOwn(daemon: Daemon, address: number): boolean {
	return address >>> 24 === 127 || daemon.config.ownAddresses.includes(address);
}
