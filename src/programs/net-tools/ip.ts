/**
 * ip(8) of iproute2 6.1: address, link, route and neighbour, shown and changed. Objects and commands may be shortened.
 *
 * Not simulated: IPv6, tunnels, bridges, rules, name spaces, monitor, json.
 */
import { Errno, type LinkInfo, type Main, type RouteInfo, type Sys } from '#kernel/syscalls';
import { broadcastOf, formatIpv4Address, formatMac, parseIpv4Address, parseMac, parsePrefix } from '#wire/address';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import {
	addAddress,
	addNeighbour,
	addRoute,
	deleteAddress,
	deleteNeighbour,
	deleteRoute,
	links,
	neighbours,
	routes,
	routeTo,
	setLink
} from '../libc/unistd';
import { byIndex } from './show';
import { IP_ROUTE_USAGE } from './usage';

/** Ends the command with a message. */
class IpError {
	constructor(
		readonly message: string,
		readonly status = 1
	) {}
}

interface Flags {
	readonly brief: boolean;
	readonly statistics: boolean;
	readonly oneLine: boolean;
	readonly ipv4: boolean;
}

type Command = (words: string[], flags: Flags) => Sys<void>;

/** Object → command → what it does; the first command is the default. */
const NEIGHBOURS: Readonly<Record<string, Command>> = {
	show: showNeighbours,
	list: showNeighbours,
	add: changeNeighbour('add'),
	change: changeNeighbour('change'),
	replace: changeNeighbour('replace'),
	delete: changeNeighbour('delete'),
	flush: flushNeighbours
};

const OBJECTS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
	address: {
		show: showAddresses,
		list: showAddresses,
		add: changeAddress('add'),
		delete: changeAddress('delete'),
		flush: flushAddresses
	},
	link: { show: showLinks, list: showLinks, set: setLinkCommand },
	route: {
		show: showRoutes,
		list: showRoutes,
		get: getRoute,
		add: changeRoute('add'),
		delete: changeRoute('delete'),
		replace: changeRoute('replace'),
		flush: flushRoutes,
		append: changeRoute('add')
	},
	neighbour: NEIGHBOURS,
	neighbor: NEIGHBOURS
};

export const ip: Main = function* (argv) {
	const words = [...argv.slice(1)];
	const options: string[] = [];
	while (words[0]?.startsWith('-') === true) options.push(words.shift()!.replace(/^-+/, ''));
	if (options.includes('V') || options.includes('Version')) {
		yield* print('ip utility, iproute2-6.1.0, libbpf 1.1.2\n');
		return 0;
	}
	const flags = {
		brief: options.some((o) => 'brief'.startsWith(o) && o.startsWith('br')),
		statistics: options.some((o) => o.startsWith('s')),
		oneLine: options.some((o) => o.startsWith('o')),
		ipv4: options.includes('4')
	};
	try {
		const object = words.shift();
		if (object === undefined || object === 'help') throw new IpError(USAGE, 255);
		const commands = OBJECTS[pick(object, Object.keys(OBJECTS)) ?? ''];
		if (!commands) throw new IpError(`Object "${object}" is unknown, try "ip help".\n`);
		const name = words.shift() ?? 'show';
		const command = commands[pick(name, Object.keys(commands)) ?? ''];
		if (!command)
			throw new IpError(
				`Command "${name}" is unknown, try "ip ${(pick(object, Object.keys(OBJECTS)) ?? object).replace(/^neigh.*/, 'neigh')} help".\n`,
				255
			);
		yield* command(words, flags);
		return 0;
	} catch (thrown) {
		if (thrown instanceof IpError) {
			yield* printError(thrown.message);
			return thrown.status;
		}
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError(`RTNETLINK answers: ${strerror(thrown)}\n`);
		return 2;
	}
};

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | link | neighbor | route }
       OPTIONS := { -V[ersion] | -s[tatistics] | -br[ief] | -o[neline] }
`;

/** The first of the names that begins so. */
function pick(word: string, names: readonly string[]): string | undefined {
	return names.find((name) => name.startsWith(word));
}

function* device(words: readonly string[]): Sys<LinkInfo | undefined> {
	if (words.at(-1) === 'dev') throw new IpError('Command line is not complete. Try option "help"\n', 255);
	const name = wordAfter(words, 'dev') ?? words.find((word) => !KEYWORDS.has(word));
	if (name === undefined) return undefined;
	const found = (yield* links()).find((card) => card.name === name);
	if (!found)
		throw new IpError(
			words.includes('dev') && words.length > 2
				? `Cannot find device "${name}"\n`
				: `Device "${name}" does not exist.\n`
		);
	return found;
}

const KEYWORDS = new Set(['dev', 'up', 'down', 'to', 'scope']);

function wordAfter(words: readonly string[], key: string): string | undefined {
	const at = words.indexOf(key);
	return at < 0 ? undefined : words[at + 1];
}

/* ---- addresses and links ---- */

function flagsOf(card: LinkInfo): string {
	const kind = card.loopback
		? ['LOOPBACK']
		: [...(card.up && !card.carrier ? ['NO-CARRIER'] : []), 'BROADCAST', 'MULTICAST'];
	return [...kind, ...(card.up ? ['UP'] : []), ...(card.up && card.carrier ? ['LOWER_UP'] : [])].join(',');
}

function stateOf(card: LinkInfo): string {
	if (!card.up) return 'DOWN';
	return card.loopback ? 'UNKNOWN' : card.carrier ? 'UP' : 'DOWN';
}

function headOf(card: LinkInfo, withMode: boolean): string {
	const discipline = card.loopback ? 'noqueue' : 'pfifo_fast';
	const kind = card.loopback ? 'loopback' : 'ether';
	const broadcast = card.loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff';
	return `${card.index}: ${card.name}: <${flagsOf(card)}> mtu ${card.mtu} qdisc ${discipline} state ${stateOf(card)} ${withMode ? 'mode DEFAULT ' : ''}group default qlen 1000\n    link/${kind} ${formatMac(card.mac)} brd ${broadcast}\n`;
}

function* chosen(words: readonly string[]): Sys<LinkInfo[]> {
	const one = yield* device(words);
	const all = one ? [one] : byIndex(yield* links());
	return words.includes('up') ? all.filter((card) => card.up) : all;
}

function* showAddresses(words: string[], flags: Flags): Sys<void> {
	let text = '';
	for (const card of yield* chosen(words)) {
		if (flags.brief) {
			const addresses = card.addresses
				.map(({ address, prefix }) => `${formatIpv4Address(address)}/${prefix} `)
				.join('');
			text += `${card.name.padEnd(16)} ${stateOf(card).padEnd(14)} ${addresses}\n`;
			continue;
		}
		if (!flags.oneLine) text += flags.ipv4 ? headOf(card, false).replace(/\n.*\n$/, '\n') : headOf(card, false);
		for (const { address, prefix, broadcast } of card.addresses) {
			const brd = broadcast === undefined || card.loopback ? '' : ` brd ${formatIpv4Address(broadcast)}`;
			const begin = flags.oneLine ? `${card.index}: ${card.name}` : '';
			const end = flags.oneLine ? '\\' : '\n';
			text += `${begin}    inet ${formatIpv4Address(address)}/${prefix}${brd} scope ${card.loopback ? 'host' : 'global'}${isSecondary(card, address) ? ' secondary' : ''} ${card.name}${end}       valid_lft forever preferred_lft forever\n`;
		}
	}
	yield* print(text);
}

/** An address is secondary when an earlier one lies in the same network. */
function isSecondary(card: LinkInfo, address: number): boolean {
	const at = card.addresses.findIndex((row) => row.address === address);
	const own = card.addresses[at]!;
	const network = (value: number): number => (own.prefix === 0 ? 0 : value >>> (32 - own.prefix));
	return card.addresses
		.slice(0, at)
		.some((row) => row.prefix === own.prefix && network(row.address) === network(address));
}

function* showLinks(words: string[], flags: Flags): Sys<void> {
	let text = '';
	for (const card of yield* chosen(words)) {
		if (flags.brief)
			text += `${card.name.padEnd(16)} ${stateOf(card).padEnd(14)} ${formatMac(card.mac)} <${flagsOf(card)}> \n`;
		else {
			const picture = headOf(card, true) + (flags.statistics ? countersOf(card) : '');
			text += flags.oneLine ? `${picture.slice(0, -1).replaceAll('\n', '\\')}\n` : picture;
		}
	}
	yield* print(text);
}

function countersOf({ statistics: { rxBytes, rxPackets, rxDropped, txBytes, txPackets } }: LinkInfo): string {
	const row = (...values: number[]): string =>
		`    ${values.map((value, i) => String(value).padStart(i === 0 ? 10 : 7)).join(' ')} \n`;
	return `    RX:  bytes packets errors dropped  missed   mcast           \n${row(rxBytes, rxPackets, 0, rxDropped, 0, 0)}    TX:  bytes packets errors dropped carrier collsns           \n${row(txBytes, txPackets, 0, 0, 0, 0)}`;
}

function* setLinkCommand(words: string[]): Sys<void> {
	const rest = words.filter((word) => word !== 'dev');
	const name = rest.shift();
	if (name === undefined) throw new IpError('Not enough information: "dev" argument is required.\n', 255);
	if (!(yield* links()).some((card) => card.name === name)) throw new IpError(`Cannot find device "${name}"\n`);
	const mtu = wordAfter(rest, 'mtu');
	if (mtu !== undefined && !/^\d+$/.test(mtu))
		throw new IpError(`Error: argument "${mtu}" is wrong: Invalid "mtu" value\n\n`, 255);
	const up = rest.includes('up') ? true : rest.includes('down') ? false : undefined;
	yield* setLink(name, { ...(up !== undefined && { up }), ...(mtu !== undefined && { mtu: Number(mtu) }) });
}

/** What the kernel says in words of its own. */
const ADDRESS_ERRORS: ReadonlyMap<string, IpError> = new Map([
	['EEXIST', new IpError('Error: ipv4: Address already assigned.\n', 2)],
	['EADDRNOTAVAIL', new IpError('Error: ipv4: Address not found.\n', 2)]
]);

function changeAddress(how: 'add' | 'delete'): Command {
	return function* (words) {
		const name = wordAfter(words, 'dev');
		const [text = ''] = words.filter(
			(word, i) =>
				word !== 'dev' &&
				words[i - 1] !== 'dev' &&
				!['brd', 'broadcast', '+'].includes(word) &&
				!['brd', 'broadcast'].includes(words[i - 1] ?? '')
		);
		if (text === '' && name !== undefined) throw new Errno('EOPNOTSUPP');
		const parsed = parsePrefix(text.includes('/') ? text : `${text}/32`);
		if (!parsed) throw new IpError(`Error: any valid prefix is expected rather than "${text}".\n`);
		if (name === undefined) throw new IpError('Not enough information: "dev" argument is required.\n');
		if (!(yield* links()).some((card) => card.name === name)) throw new IpError(`Cannot find device "${name}"\n`);
		const broadcast = broadcastAmong(words, parsed);
		try {
			if (how === 'delete') yield* deleteAddress(name, parsed.address, parsed.prefix);
			else yield* addAddress(name, parsed.address, parsed.prefix, broadcast);
		} catch (thrown) {
			throw (thrown instanceof Errno && ADDRESS_ERRORS.get(thrown.code)) || thrown;
		}
	};
}

/** `brd ADDRESS`, or `brd +` for that of the prefix; without it none is noted. */
function broadcastAmong(
	words: readonly string[],
	own: { readonly address: number; readonly prefix: number }
): number | undefined {
	const text = wordAfter(words, 'brd') ?? wordAfter(words, 'broadcast');
	if (text === '+') return own.prefix < 31 ? broadcastOf(own.address, own.prefix) : undefined;
	const given = text === undefined ? undefined : parseIpv4Address(text);
	if (text !== undefined && given === undefined)
		throw new IpError(`Error: inet address is expected rather than "${text}".\n`);
	return given;
}

function* flushAddresses(words: string[]): Sys<void> {
	const card = yield* device(words);
	if (!card) throw new IpError('Flush requires arguments.\n');
	for (const { address, prefix } of card.addresses) yield* deleteAddress(card.name, address, prefix);
}

/* ---- routes ---- */

function targetOf(row: RouteInfo): string {
	if (row.prefix === 0) return 'default';
	return `${formatIpv4Address(row.destination)}${row.prefix === 32 ? '' : `/${row.prefix}`}`;
}

/** Rows of the table that the selector words choose. */
function selected(words: readonly string[], rows: readonly RouteInfo[]): RouteInfo[] {
	const table = wordAfter(words, 'table');
	const gateway = wordAfter(words, 'via');
	const only = wordAfter(words, 'dev');
	const protocol = wordAfter(words, 'proto');
	const target = words.find((word, i) => /^(default$|\d)/.test(word) && !SELECTORS.has(words[i - 1] ?? ''));
	const isLocal = (row: RouteInfo): boolean => row.type === 'local' || row.type === 'broadcast';
	return rows.filter(
		(row) =>
			(table === 'all' || (table === 'local') === isLocal(row)) &&
			(gateway === undefined || row.gateway === parseIpv4Address(gateway)) &&
			(only === undefined || row.interface === only) &&
			(protocol === undefined || row.protocol === protocol) &&
			(target === undefined || targetOf(row) === target)
	);
}

const SELECTORS = new Set(['table', 'via', 'dev', 'proto']);

/** What the selector says already is not shown again. */
function* showRoutes(words: string[]): Sys<void> {
	const has = (key: string): boolean => words.includes(key);
	const rows = selected(words, yield* routes());
	let text = '';
	for (const row of rows.sort(
		(a, b) =>
			Number(b.prefix === 0) - Number(a.prefix === 0) ||
			a.destination - b.destination ||
			a.prefix - b.prefix ||
			a.metric - b.metric
	)) {
		const isDead = row.type === 'unreachable' || row.type === 'blackhole' || row.type === 'prohibit';
		const kind = row.type !== undefined && row.type !== 'unicast' ? `${row.type} ` : '';
		const via = row.gateway === undefined || has('via') ? '' : ` via ${formatIpv4Address(row.gateway)}`;
		const card = isDead || has('dev') ? '' : ` dev ${row.interface}`;
		const protocol = row.protocol === 'boot' || has('proto') ? '' : ` proto ${row.protocol}`;
		const scope = row.scope === 'global' ? '' : ` scope ${row.scope}`;
		const source = row.source === undefined ? '' : ` src ${formatIpv4Address(row.source)}`;
		const metric = row.metric === 0 ? '' : ` metric ${row.metric}`;
		text += `${kind}${targetOf(row)}${via}${card}${protocol}${scope}${source}${metric} \n`;
	}
	yield* print(text);
}

function* flushRoutes(words: string[]): Sys<void> {
	for (const { destination, prefix, interface: card } of selected(words, yield* routes()))
		yield* deleteRoute({ destination, prefix, interface: card });
}

function* getRoute(words: string[]): Sys<void> {
	const address = parseIpv4Address(words[0] ?? '');
	if (address === undefined)
		throw new IpError(`Error: any valid prefix is expected rather than "${words[0] ?? ''}".\n`);
	const row = yield* routeTo(address);
	const local = row.type === 'local' ? 'local ' : '';
	const via = row.gateway === undefined ? '' : ` via ${formatIpv4Address(row.gateway)}`;
	yield* print(
		`${local}${formatIpv4Address(address)}${via} dev ${row.interface} src ${formatIpv4Address(row.source)} uid 0 \n    cache${local === '' ? '' : ' <local>'} \n`
	);
}

function changeRoute(how: 'add' | 'delete' | 'replace'): Command {
	return function* (words) {
		if (words.length === 0) throw new IpError(IP_ROUTE_USAGE, 255);
		const [kind, ...after] = words;
		const isType = kind === 'unreachable' || kind === 'blackhole' || kind === 'prohibit';
		const [text = '', ...rest] = isType ? after : words;
		const target =
			text === 'default' ? { address: 0, prefix: 0 } : parsePrefix(text.includes('/') ? text : `${text}/32`);
		if (!target) throw new IpError(`Error: any valid prefix is expected rather than "${text}".\n`);
		const isAligned = target.prefix === 0 || (target.address << target.prefix) >>> 0 === 0 || target.prefix === 32;
		const gatewayText = wordAfter(rest, 'via');
		const gateway = gatewayText === undefined ? undefined : parseIpv4Address(gatewayText);
		if (gatewayText !== undefined && gateway === undefined)
			throw new IpError(`Error: inet address is expected rather than "${gatewayText}".\n`);
		const given = wordAfter(rest, 'dev');
		if (given !== undefined && !(yield* links()).some((card) => card.name === given))
			throw new IpError(`Cannot find device "${given}"\n`);
		if (!isAligned && how !== 'delete') throw new IpError('Error: Invalid prefix for given prefix length.\n', 2);
		const match = {
			destination: target.address,
			prefix: target.prefix,
			...(gateway !== undefined && { gateway }),
			...(given !== undefined && { interface: given })
		};
		if (how === 'delete') return yield* deleteRoute(match);
		if (how === 'replace') yield* dropQuietly({ destination: target.address, prefix: target.prefix });
		const via = given ?? (gateway === undefined ? (isType ? 'lo' : undefined) : yield* directDevice(gateway));
		if (via === undefined) throw new Errno('ENODEV');
		yield* addRoute({
			...match,
			interface: via,
			metric: Number(wordAfter(rest, 'metric') ?? 0),
			scope: gateway === undefined && !isType ? 'link' : 'global',
			protocol: 'boot',
			...(isType && { type: kind })
		});
	};
}

function* directDevice(gateway: number): Sys<string> {
	try {
		const row = yield* routeTo(gateway);
		if (row.gateway === undefined) return row.interface;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	throw new IpError('Error: Nexthop has invalid gateway.\n', 2);
}

function* dropQuietly(match: Partial<RouteInfo>): Sys<void> {
	try {
		yield* deleteRoute(match);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

/* ---- neighbours ---- */

function* showNeighbours(words: string[]): Sys<void> {
	const only = yield* device(words);
	const rows = (yield* neighbours()).filter((row) => !only || row.interface === only.name);
	let text = '';
	for (const row of rows)
		text += `${formatIpv4Address(row.address)}${only ? '' : ` dev ${row.interface}`}${row.mac === undefined ? '' : ` lladdr ${formatMac(row.mac)}`} ${row.state} \n`;
	yield* print(text);
}

function changeNeighbour(how: 'add' | 'change' | 'replace' | 'delete'): Command {
	return function* (words) {
		const [text] = words;
		const name = wordAfter(words, 'dev');
		if (text === undefined || name === undefined)
			throw new IpError('Device and destination are required arguments.\n', 255);
		const address = parseIpv4Address(text);
		if (address === undefined) throw new IpError(`Error: any valid address is expected rather than "${text}".\n`);
		if (!(yield* links()).some((card) => card.name === name)) throw new IpError(`Cannot find device "${name}"\n`);
		const known = (yield* neighbours()).some((row) => row.interface === name && row.address === address);
		if (known ? how === 'add' : how === 'change' || how === 'delete') throw new Errno(known ? 'EEXIST' : 'ENOENT');
		if (how === 'delete') return yield* deleteNeighbour(name, address);
		const given = wordAfter(words, 'lladdr');
		if (given === undefined) throw new IpError('Error: No link layer address given.\n', 2);
		const mac = parseMac(given);
		if (mac === undefined) throw new IpError(`"${given}" is invalid lladdr.\n`);
		yield* addNeighbour(name, address, mac);
	};
}

function* flushNeighbours(words: string[]): Sys<void> {
	if (words.length === 0) throw new IpError('Flush requires arguments.\n');
	const only = words.includes('all') ? undefined : yield* device(words);
	for (const row of yield* neighbours())
		if (row.state !== 'PERMANENT' && (!only || row.interface === only.name))
			yield* deleteNeighbour(row.interface, row.address);
}
