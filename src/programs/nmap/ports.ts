/**
 * Which ports to scan: nmap's -p, -F, --top-ports, --exclude-ports.
 *
 * Throws: `NmapExit` with nmap's words.
 */
import { fatal, type NmapOptions } from './options';
import { frequentPorts, namedPorts, type PortProtocol } from './services';

export type PortLists = Readonly<Record<PortProtocol, readonly number[]>>;

const ILLEGAL =
	'Error #485: Your port specifications are illegal.  Example of proper form: "-100,200-1024,T:3000-4000,U:60000-"';
const LAST = 65_535;
/** up to here nmap's table has nearly every port */
const WELL_KNOWN = 1023;
const DEFAULT_COUNT = 1000;
const FAST_COUNT = 100;

/** @returns the ports of each protocol, ascending, and which protocols the specification named */
export function parsePorts(text: string, wanted: readonly PortProtocol[]): PortLists & { named: Set<PortProtocol> } {
	const sets = { tcp: new Set<number>(), udp: new Set<number>() };
	const named = new Set<PortProtocol>();
	let current: readonly PortProtocol[] = wanted;
	let seen = false;
	for (const part of text.split(',')) {
		let rest = part.trim();
		for (let prefix = /^([TUSP]):/i.exec(rest); prefix; prefix = /^([TUSP]):/i.exec(rest)) {
			const letter = prefix[1]!.toUpperCase();
			current = letter === 'T' ? ['tcp'] : letter === 'U' ? ['udp'] : [];
			for (const protocol of current) named.add(protocol);
			rest = rest.slice(2);
			seen = true;
			if (rest === '') break;
		}
		if (rest === '') {
			if (!seen) throw fatal(ILLEGAL);
			continue;
		}
		seen = true;
		addPart(rest, current, sets);
	}
	const sorted = (set: Set<number>): number[] => [...set].sort((a, b) => a - b);
	return { tcp: sorted(sets.tcp), udp: sorted(sets.udp), named };
}

function addPart(part: string, protocols: readonly PortProtocol[], sets: Record<PortProtocol, Set<number>>): void {
	const inBrackets = /^\[(.*)\]$/.exec(part);
	const range = /^(\d*)(-?)(\d*)$/.exec(inBrackets ? inBrackets[1]! : part);
	if (!range) {
		if (!/^[\w*?.-]+$/.test(part)) throw fatal(ILLEGAL);
		return addNames(part, protocols, sets);
	}
	const [, low = '', dash = '', high = ''] = range;
	if (low === '' && dash === '') throw fatal(ILLEGAL);
	const first = low === '' ? 1 : Number(low);
	const last = dash === '' ? first : high === '' ? LAST : Number(high);
	if (first > LAST || last > LAST) throw fatal('Ports specified must be between 0 and 65535 inclusive');
	if (first > last) throw fatal(`Your port range ${first}-${last} is backwards. Did you mean ${last}-${first}?`);
	for (const protocol of protocols) {
		const names = namedPorts(protocol);
		for (let port = first; port <= last; port++)
			if (!inBrackets || port <= WELL_KNOWN || names.has(port)) sets[protocol].add(port);
	}
}

/** Service names, with the wildcards * and ?. */
function addNames(mask: string, protocols: readonly PortProtocol[], sets: Record<PortProtocol, Set<number>>): void {
	const pattern = new RegExp(
		`^${mask
			.replace(/[.+^$(){}|[\]\\]/g, '\\$&')
			.replaceAll(/\*+/g, '[^]*')
			.replaceAll('?', '[^]')}$`
	);
	let found = false;
	for (const protocol of protocols)
		for (const [port, name] of namedPorts(protocol))
			if (pattern.test(name)) {
				sets[protocol].add(port);
				found = true;
			}
	if (!found) throw fatal(`Found no matches for the service mask '${mask}' and your specified protocols`);
}

/** The ports of a scan; messages for standard error beside them. */
export function portsToScan(options: NmapOptions): { readonly lists: PortLists; readonly warnings: string } {
	const wanted: PortProtocol[] = [
		...(options.tcp ? (['tcp'] as const) : []),
		...(options.udp ? (['udp'] as const) : [])
	];
	if (options.noPortScan && (options.ports !== undefined || options.fast))
		throw fatal('You cannot use -F (fast scan) or -p (explicit port selection) when not doing a port scan');
	if (options.fast && options.ports !== undefined)
		throw fatal(
			'You cannot use -F (fast scan) with -p (explicit port selection) but see --top-ports and --port-ratio to fast scan a range of ports'
		);
	if (options.noPortScan) return { lists: { tcp: [], udp: [] }, warnings: '' };
	let lists: PortLists;
	let warnings = '';
	if (options.ports !== undefined && options.topPorts === undefined) {
		const { named, ...parsed } = parsePorts(options.ports, wanted);
		lists = parsed;
		if (parsed.tcp.length + parsed.udp.length === 0)
			throw fatal("No ports specified -- If you really don't want to scan any ports use ping scan...");
		if (named.has('udp') && !options.udp)
			warnings += 'WARNING: Your ports include "U:" but you haven\'t specified UDP scan with -sU.\n';
		if (named.has('tcp') && !options.tcp)
			warnings += 'WARNING: Your ports include "T:" but you haven\'t specified any TCP scan type.\n';
		if (options.tcp && parsed.tcp.length === 0)
			warnings +=
				'WARNING: a TCP scan type was requested, but no tcp ports were specified.  Skipping this scan type.\n';
		if (options.udp && parsed.udp.length === 0)
			warnings += 'WARNING: UDP scan was requested, but no udp ports were specified.  Skipping this scan type.\n';
	} else {
		const count = options.topPorts ?? (options.fast ? FAST_COUNT : DEFAULT_COUNT);
		const top = (protocol: PortProtocol): number[] => topPorts(protocol, count, options.ports);
		lists = { tcp: top('tcp'), udp: top('udp') };
	}
	const without = options.excludePorts === undefined ? undefined : parsePorts(options.excludePorts, wanted);
	const scanned = (protocol: PortProtocol): number[] =>
		wanted.includes(protocol) ? lists[protocol].filter((port) => !without?.[protocol].includes(port)) : [];
	return { lists: { tcp: scanned('tcp'), udp: scanned('udp') }, warnings };
}

function topPorts(protocol: PortProtocol, count: number, among: string | undefined): number[] {
	const only = among === undefined ? undefined : new Set(parsePorts(among, [protocol])[protocol]);
	const frequent = frequentPorts(protocol, DEFAULT_COUNT).filter((port) => !only || only.has(port));
	const chosen = new Set(frequent.slice(0, count));
	for (let port = 1; port <= LAST && chosen.size < count; port++) if (!only || only.has(port)) chosen.add(port);
	return [...chosen].sort((a, b) => a - b);
}

/** "1,3-4,6": how nmap writes a list of ports. */
export function formatPorts(ports: readonly number[]): string {
	const parts: string[] = [];
	for (let i = 0; i < ports.length;) {
		let end = i;
		while (ports[end + 1] === ports[end]! + 1) end++;
		parts.push(end === i ? String(ports[i]) : `${ports[i]}-${ports[end]}`);
		i = end + 1;
	}
	return parts.join(',');
}
