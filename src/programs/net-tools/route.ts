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
import { FAMILIES, INET_ROUTE_USAGE, ROUTE_USAGE } from './usage';

const OPTION = /^-(?:[nevFA46CN]+|net|host|inet)$/;

export const route: Main = function* (argv) {
	const bad = argv.slice(1).find((word) => /^-[^-]/.test(word) && !OPTION.test(word));
	if (bad !== undefined) {
		const letter = [...bad.slice(1)].find((one) => !OPTION.test(`-${one}`)) ?? bad[1]!;
		yield* printError(`route: invalid option -- '${letter}'\n`);
		yield* print(ROUTE_USAGE);
		yield* printError(FAMILIES);
		return 0;
	}
	const [command, ...words] = argv.slice(1).filter((word) => !/^-[nevFA4]+$/.test(word));
	const numeric = argv.slice(1).some((word) => /^-\w*n(?!et)/.test(word));
	if (command === undefined) {
		const extended = argv.slice(1).some((word) => /^-\w*e/.test(word));
		yield* printRoutes(new Naming(numeric), extended ? 'netstat' : 'route');
		return 0;
	}
	if (command !== 'add' && command !== 'del') {
		yield* printError(ROUTE_USAGE + FAMILIES);
		return 3;
	}
	if (words.every((word) => word === '-net' || word === '-host')) {
		yield* print(INET_ROUTE_USAGE);
		return 0;
	}
	const parsed = yield* parse(words);
	if (typeof parsed === 'string') {
		yield* printError(`${parsed}\n`);
		return parsed.endsWith('Unknown host') ? 6 : 3;
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
	readonly isReject?: boolean;
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
		else if (word === 'gw') wanted.gateway = yield* addressOf(rest[++i] ?? '');
		else if (word === 'metric') wanted.metric = Number(rest[++i] ?? 0);
		else if (word === 'reject') wanted.isReject = true;
		else if (word === 'dev') wanted.device = rest[++i];
		else wanted.device = word;
	}
	const mask = wanted.prefix === 0 ? 0 : (-1 << (32 - wanted.prefix)) >>> 0;
	if ((wanted.destination & mask) >>> 0 !== wanted.destination >>> 0)
		return `route: netmask doesn't match route address\n${INET_ROUTE_USAGE.replace(/\n$/, '')}`;
	return wanted;
}

function* addressOf(text: string): Sys<number | undefined> {
	const address = parseIpv4Address(text);
	if (address !== undefined) return address;
	const found = yield* getaddrinfo(text);
	return found.ok ? found.addresses[0]!.address : undefined;
}

function* complete(wanted: Wanted): Sys<RouteInfo> {
	if (wanted.isReject) return { ...wanted, interface: 'lo', scope: 'host', protocol: 'boot', type: 'unreachable' };
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
	for (const row of [...shown].sort(
		(a, b) => Number(b.prefix === 0) - Number(a.prefix === 0) || a.destination - b.destination || a.metric - b.metric
	)) {
		const isDefault = row.prefix === 0;
		const target = isDefault ? (naming.numeric ? '0.0.0.0' : 'default') : yield* naming.host(row.destination);
		const isReject = row.type !== undefined && row.type !== 'unicast';
		const gateway = isReject ? '-' : row.gateway === undefined ? '0.0.0.0' : yield* naming.host(row.gateway);
		const flags = isReject ? '!' : `U${row.gateway === undefined ? '' : 'G'}${row.prefix === 32 ? 'H' : ''}`;
		const tail =
			style === 'route'
				? isReject
					? `${flags.padEnd(5)} ${String(row.metric).padEnd(6)} -        0 -`
					: `${flags.padEnd(5)} ${String(row.metric).padEnd(6)} 0        0 ${row.interface}`
				: isReject
					? `${flags.padEnd(5)}     - -          - -`
					: `${flags.padEnd(5)}     0 0          0 ${row.interface}`;
		text += `${target.slice(0, 15).padEnd(15)} ${gateway.slice(0, 15).padEnd(15)} ${netmask(row.prefix).padEnd(15)} ${tail}\n`;
	}
	yield* print(text);
}
