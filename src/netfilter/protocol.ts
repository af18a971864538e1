/**
 * Protocols and ports by number and name (/etc/protocols, /etc/services), as the command reads and prints them.
 *
 * The command knows a few protocols itself and asks the files for the others.
 */
import { OptionError, type Names } from './extension';
import { parseNumber } from './number';

/** known to the command without /etc/protocols */
const KNOWN: readonly (readonly [name: string, number: number])[] = [
	['tcp', 6],
	['sctp', 132],
	['udp', 17],
	['udplite', 136],
	['icmp', 1],
	['ipv6-icmp', 58],
	['icmpv6', 58],
	['esp', 50],
	['ah', 51],
	['mobility-header', 135],
	['ipv6-mh', 135],
	['mh', 135],
	['all', 0]
];

/** @throws OptionError `unknown protocol "x" specified` */
export function parseProtocol(text: string, names: Names): number {
	const number = parseNumber(text, 0, 255) ?? KNOWN.find(([name]) => name === text)?.[1] ?? names.protocolNumber(text);
	if (number === undefined) throw new OptionError(`unknown protocol "${text}" specified`);
	return number;
}

/** undefined when nobody has a name for it */
export function protocolName(number: number, names: Names): string | undefined {
	return KNOWN.find(([, known]) => known === number)?.[0] ?? names.protocolName(number);
}

/**
 * A port by number or by its service's name (xtables_parse_port).
 * @param protocol name; null for any
 * @throws OptionError "invalid port/service `x' specified"
 */
export function parsePort(text: string, protocol: string | null, names: Names): number {
	const port = parseNumber(text, 0, 65535) ?? servicePort(text, protocol, names);
	if (port === undefined) throw new OptionError(`invalid port/service \`${text}' specified`);
	return port;
}

/** in the order in which getaddrinfo(3) tries them */
const ANY_PROTOCOL = ['tcp', 'udp', 'dccp', 'udplite', 'sctp'];

export function servicePort(name: string, protocol: string | null, names: Names): number | undefined {
	for (const one of protocol === null ? ANY_PROTOCOL : [protocol]) {
		const port = names.servicePort(name, one);
		if (port !== undefined) return port;
	}
	return undefined;
}

/**
 * "22", "20:21", ":1024", "1024:"; missing ends are 0 and 65535 (as tcp, udp and their like read it).
 * @throws OptionError
 */
export function parsePortRange(text: string, protocol: string, names: Names): readonly [number, number] {
	const colon = text.indexOf(':');
	if (colon < 0) {
		const port = parsePort(text, protocol, names);
		return [port, port];
	}
	const [low, high] = [text.slice(0, colon), text.slice(colon + 1)];
	const from = low === '' ? 0 : parsePort(low, protocol, names);
	const to = high === '' ? 65535 : parsePort(high, protocol, names);
	if (from > to) throw new OptionError('invalid portrange (min > max)');
	return [from, to];
}

/** The service's name, or the number. */
export function portText(port: number, protocol: string, names: Names, numeric: boolean): string {
	return (numeric ? undefined : names.serviceName(port, protocol)) ?? String(port);
}
