/**
 * route(8) of net-tools 2.10: the table (-n), `add` and `del` of networks, hosts and the default route.
 *
 * Not simulated: the cache (-C), metrics beyond `metric N`, reject routes.
 */
import { Errno, type Main, type RouteInfo, type Sys } from '#kernel/syscalls';
import { parseIpv4Address, parsePrefix, prefixOf } from '#wire/address';
import { getaddrinfo } from '../libc/netdb';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { addRoute, deleteRoute, links, routes, routeTo } from '../libc/unistd';
import { Naming, netmask } from './show';

export const route: Main = function* (argv) {
	const [command, ...words] = argv.slice(1).filter((word) => !/^-[nevFA4]+$/.test(word));
	const numeric = argv.slice(1).some((word) => /^-\w*n/.test(word));
	if (command === undefined) {
		yield* printRoutes(new Naming(numeric), 'route');
		return 0;
	}
	if (command !== 'add' && command !== 'del') {
		yield* printError(
			'Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables\n       route [-v] [-FC] {add|del|flush} ...  Modify routing table for AF.\n'
		);
		return 4;
	}
	const parsed = yield* parse(words);
	if (typeof parsed === 'string') {
		yield* printError(`${parsed}\n`);
		return 1;
	}
	try {
		if (command === 'del')
			yield* deleteRoute({
				destination: parsed.destination,
				prefix: parsed.prefix,
				...(parsed.gateway !== undefined && { gateway: parsed.gateway })
			});
		else yield* addRoute(yield* complete(parsed));
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError(`SIOC${command === 'add' ? 'ADD' : 'DEL'}RT: ${strerror(thrown)}\n`);
		return 7;
	}
};

interface Wanted {
	readonly destination: number;
	readonly prefix: number;
	readonly gateway?: number;
	readonly device?: string;
	readonly metric: number;
}

/** `[-net|-host] TARGET [netmask M] [gw G] [metric N] [[dev] IF]` */
function* parse(words: readonly string[]): Sys<Wanted | string> {
	const rest = words.filter((word) => word !== '-net' && word !== '-host');
	const target = rest.shift();
	if (target === undefined) return 'route: no target given';
	const network =
		target === 'default' ? { address: 0, prefix: 0 } : target.includes('/') ? parsePrefix(target) : undefined;
	let address = network?.address ?? parseIpv4Address(target);
	if (address === undefined) {
		const found = yield* getaddrinfo(target);
		if (!found.ok) return `${target}: Unknown host`;
		address = found.addresses[0]!.address;
	}
	const wanted: { -readonly [K in keyof Wanted]: Wanted[K] } = {
		destination: address,
		prefix: network?.prefix ?? 32,
		metric: 0
	};
	for (let i = 0; i < rest.length; i++) {
		const word = rest[i]!;
		if (word === 'netmask') wanted.prefix = prefixOf(parseIpv4Address(rest[++i] ?? '') ?? 0) ?? 0;
		else if (word === 'gw') wanted.gateway = parseIpv4Address(rest[++i] ?? '');
		else if (word === 'metric') wanted.metric = Number(rest[++i] ?? 0);
		else if (word === 'dev') wanted.device = rest[++i];
		else wanted.device = word;
	}
	return wanted;
}

function* complete(wanted: Wanted): Sys<RouteInfo> {
	const device =
		wanted.device ?? (wanted.gateway === undefined ? undefined : (yield* routeTo(wanted.gateway)).interface);
	if (device === undefined || !(yield* links()).some((card) => card.name === device)) throw new Errno('ENODEV');
	return {
		destination: wanted.destination,
		prefix: wanted.prefix,
		...(wanted.gateway !== undefined && { gateway: wanted.gateway }),
		interface: device,
		metric: wanted.metric,
		scope: wanted.gateway === undefined ? 'link' : 'global',
		protocol: 'boot'
	};
}

/** The kernel's table as route and as netstat -r write it. */
export function* printRoutes(naming: Naming, style: 'route' | 'netstat'): Sys<void> {
	const last = style === 'route' ? 'Flags Metric Ref    Use Iface' : 'Flags   MSS Window  irtt Iface';
	let text = `Kernel IP routing table\nDestination     Gateway         Genmask         ${last}\n`;
	const shown = (yield* routes()).filter((row) => row.type !== 'local' && row.type !== 'broadcast');
	for (const row of [...shown].sort((a, b) => a.prefix - b.prefix || a.metric - b.metric)) {
		const isDefault = row.prefix === 0;
		const target = isDefault ? (naming.numeric ? '0.0.0.0' : 'default') : yield* naming.host(row.destination);
		const gateway = row.gateway === undefined ? '0.0.0.0' : yield* naming.host(row.gateway);
		const flags = `U${row.gateway === undefined ? '' : 'G'}${row.prefix === 32 ? 'H' : ''}`;
		const tail =
			style === 'route'
				? `${flags.padEnd(5)} ${String(row.metric).padEnd(6)} 0        0 ${row.interface}`
				: `${flags.padEnd(5)}     0 0          0 ${row.interface}`;
		text += `${target.padEnd(15)} ${gateway.padEnd(15)} ${netmask(row.prefix).padEnd(15)} ${tail}\n`;
	}
	yield* print(text);
}
