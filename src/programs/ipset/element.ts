/**
 * An element of a set as it is typed and printed: "10.0.0.0/8,tcp:80,eth0".
 *
 * The names of services, protocols and hosts come from the host's files and its resolver (`Names`).
 */
import { formatAddress, hostAddresses, parseAddress } from '#netfilter/address';
import { OptionError, type Names } from '#netfilter/extension';
import { ICMP6_NAMES, ICMP_NAMES, type IcmpName } from '#netfilter/extensions/icmp-names';
import type { Part, SetOptions } from '#netfilter/ipset/message';
import type { Dimension, SetType } from '#netfilter/ipset/set-type';
import type { Address, Family } from '#netfilter/rule';
import { formatMac, parseMac } from '#wire/address';
import { parseNumber } from './number';
import { CommandError, syntax } from './words';

export type Action = 'add' | 'del' | 'test';

const PORT_MAXIMUM = 0xffff;
const TCP = 6;
const ICMP = 1;
const ICMP6 = 58;
/** protocols that have ports */
const WITH_PORTS: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp', 136: 'udplite' };
const INTERFACE_MAXIMUM = 15;
const NAME_MAXIMUM = 31;
/** names of whole types, which ipset does not know */
const TYPES_ONLY: ReadonlySet<string> = new Set([
	'any',
	'destination-unreachable',
	'redirect',
	'time-exceeded',
	'ttl-exceeded',
	'parameter-problem'
]);
const SEPARATORS = ['none', 'one', 'two'] as const;
const COUNTS = ['Elem separator', 'Two elem separators', 'Three elem separators'] as const;
const MISSING = ['', 'Second', 'Third'] as const;

interface Reading {
	readonly type: SetType;
	readonly family: Family;
	readonly action: Action;
	readonly names: Names;
}

/** @throws CommandError */
export function parseElement(text: string, reading: Reading): Part[] {
	const { dimensions } = reading.type;
	if (reading.type.method === 'list') {
		if (text.includes(',')) throw new CommandError('you must specify elements as setname,[before|after],setname');
		return [{ value: setName(text), length: 0 }];
	}
	const words = text.split(',');
	if (words.length > dimensions.length && dimensions.length <= 3) {
		const settype = `but settype ${reading.type.name} supports ${SEPARATORS[dimensions.length - 1]}`;
		throw syntax(`${COUNTS[dimensions.length - 1]} in ${text}, ${settype}.`);
	}
	return dimensions.map((dimension, at) => {
		const word = words[at];
		if (word !== undefined) return partOf(word, dimension, at, reading);
		if (reading.type.name === 'bitmap:ip,mac') return { value: -1, length: 0 };
		throw syntax(`${MISSING[at]} element is missing from ${text}.`);
	});
}

export function setName(text: string): string {
	if (text.length > NAME_MAXIMUM) throw syntax(`setname '${text}' is longer than ${NAME_MAXIMUM} characters`);
	return text;
}

function partOf(word: string, dimension: Dimension, at: number, reading: Reading): Part {
	switch (dimension) {
		case 'ip': {
			const several = at === 0 && reading.family === 'ip' && reading.type.name !== 'bitmap:ip,mac';
			if (!several && /[/-]/.test(word)) throw syntax(`plain IP address must be supplied: ${word}`);
			return addresses(word, reading);
		}
		case 'net':
			if (reading.action === 'test' && /^[\d.]+-/.test(word)) throw rangeInTest('IP', reading);
			return addresses(word, reading);
		case 'port':
			return ports(word, reading);
		case 'mac': {
			const mac = parseMac(word);
			if (mac === undefined) throw syntax(`cannot parse '${word}' as ethernet address`);
			return { value: Number(mac), length: 0 };
		}
		case 'iface': {
			const physical = word.startsWith('physdev:');
			const name = physical ? word.slice('physdev:'.length) : word;
			if (name.length > INTERFACE_MAXIMUM)
				throw syntax(`interface name '${name}' is longer than ${INTERFACE_MAXIMUM} characters`);
			return { value: name, length: 0, ...(physical && { physical }) };
		}
		case 'mark':
			return { value: parseNumber(word, 0, 0xffffffff), length: 0 };
		default:
			return { value: setName(word), length: 0 };
	}
}

function rangeInTest(what: 'IP' | 'port', { type, family }: Reading): CommandError {
	const name = type.neutral ? 'unspec' : family === 'ip' ? 'inet' : 'inet6';
	return new CommandError(
		`FROM-TO ${what} range is not allowed in command test with set type ${type.name} and family ${name}`
	);
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

/** IP, IP/CIDR or FROM-TO. @throws CommandError */
function addresses(word: string, { family, names }: Reading): Part {
	const bits = family === 'ip' ? 32 : 128;
	const slash = word.indexOf('/');
	if (slash > 0 && slash < word.length - 1) {
		const length = parseNumber(word.slice(slash + 1), 0, bits);
		return { value: host(word.slice(0, slash), family, names), length };
	}
	const dash = family === 'ip' && parseAddress(word, family) === undefined ? word.indexOf('-') : -1;
	if (dash > 0 && dash < word.length - 1 && /^[\d.]+$/.test(word.slice(0, dash))) {
		const ends = [word.slice(0, dash), word.slice(dash + 1)].map((end) => Number(host(end, family, names)));
		return { value: Math.min(...ends), length: bits, to: Math.max(...ends) };
	}
	return { value: host(word, family, names), length: bits };
}

/** @throws CommandError */
export function host(word: string, family: Family, names: Names): Address {
	const [found] = word === '' || word.includes('/') ? [] : resolve(word, family, names);
	if (found === undefined) {
		const version = family === 'ip' ? 'IPv4' : 'IPv6';
		throw syntax(`cannot parse ${word}: resolving to ${version} address failed`);
	}
	return found;
}

function resolve(word: string, family: Family, names: Names): readonly Address[] {
	try {
		return hostAddresses(word, family, names);
	} catch (thrown) {
		if (thrown instanceof OptionError) return [];
		throw thrown;
	}
}

/** Both ends of a bitmap's addresses. @throws CommandError */
export function addressRange(word: string, names: Names): [number, number] {
	if (!/[^-/][-/][^-/]/.test(word)) throw syntax(`IP/cidr or IP-IP range must be specified: ${word}`);
	const { value, length, to } = addresses(word, {
		family: 'ip',
		names,
		action: 'add',
		type: undefined as never
	});
	if (to !== undefined) return [Number(value), Number(to)];
	const size = 2 ** (32 - length);
	const from = Math.floor(Number(value) / size) * size;
	return [from, from + size - 1];
}

/* ---- ports ------------------------------------------------------------------------------------------------------- */

function ports(word: string, reading: Reading): Part {
	const { names, type } = reading;
	const colon = word.indexOf(':');
	const split = colon > 0 && colon < word.length - 1;
	const protocol = split ? protocolNumber(word.slice(0, colon), names) : TCP;
	const rest = split ? word.slice(colon + 1) : word;
	const base = type.name === 'bitmap:port' ? 0 : protocol * 0x10000;
	if (protocol === ICMP6 && reading.family === 'ip') throw syntax('Protocol ICMPv6 can be used with family inet6 only');
	if (protocol === ICMP && reading.family === 'ip6') throw syntax('Protocol ICMP can be used with family inet only');
	if (protocol === ICMP || protocol === ICMP6) return { value: base + icmpCode(rest, protocol), length: 0 };
	const withPorts = WITH_PORTS[protocol];
	if (withPorts === undefined) {
		if (rest !== '0')
			throw syntax(
				`Protocol ${names.protocolName(protocol) ?? word.slice(0, colon)} can be used with pseudo port value 0 only.`
			);
		return { value: base, length: 0 };
	}
	const range = portRange(rest, withPorts, names);
	if (range[1] === null) return { value: base + range[0], length: 0 };
	if (reading.action === 'test') throw rangeInTest('port', reading);
	const [from, to] = [Math.min(range[0], range[1]), Math.max(range[0], range[1])];
	return { value: base + from, length: 0, to: base + to };
}

/** @throws CommandError */
export function portRange(text: string, protocol: string, names: Names): [number, number | null] {
	const dash = text.indexOf('-');
	const whole = names.servicePort(text, protocol);
	if (whole !== undefined) return [whole, null];
	if (dash <= 0 || dash === text.length - 1) return [port(text, protocol, names), null];
	return [port(text.slice(0, dash), protocol, names), port(text.slice(dash + 1), protocol, names)];
}

function port(text: string, protocol: string, names: Names): number {
	try {
		return names.servicePort(text, protocol) ?? parseNumber(text, 0, PORT_MAXIMUM);
	} catch (thrown) {
		if (!(thrown instanceof CommandError)) throw thrown;
		const stack = [thrown.text, `Syntax error: '${protocol}' is invalid as number`];
		throw new CommandError(`${stack.join('\n')}\ncannot parse '${text}' as a ${protocol} port`);
	}
}

function protocolNumber(text: string, names: Names): number {
	const found = text === 'icmpv6' ? ICMP6 : names.protocolNumber(text.toLowerCase());
	const number = found ?? (/^\d+$/.test(text) ? Number(text) : NaN);
	if (!(number <= 255)) throw syntax(`cannot parse '${text}' as a protocol`);
	return number;
}

function icmpRows(protocol: number): readonly IcmpName[] {
	return (protocol === ICMP ? ICMP_NAMES : ICMP6_NAMES).filter(({ name }) => !TYPES_ONLY.has(name));
}

function icmpCode(text: string, protocol: number): number {
	const named = icmpRows(protocol).find(({ name }) => name.toLowerCase() === text.toLowerCase());
	if (named) return named.type * 256 + named.codes[0];
	const [type = '', code] = text.split('/');
	if (code === undefined || type === '')
		throw new CommandError(`Cannot parse ${text} as an ICMP${protocol === ICMP ? '' : 'v6'} type/code.`);
	return parseNumber(type, 0, 255) * 256 + parseNumber(code, 0, 255);
}

/* ---- as printed -------------------------------------------------------------------------------------------------- */

export function elementText(
	parts: readonly Part[],
	type: SetType,
	{ family }: Pick<SetOptions, 'family'>,
	names: Names
) {
	const words = parts.map((part, at) => partText(part, type.dimensions[at]!, type, family, names));
	return words.filter((word) => word !== '').join(',');
}

function partText(part: Part, dimension: Dimension, type: SetType, family: Family, names: Names): string {
	const { value, length, to } = part;
	switch (dimension) {
		case 'ip':
		case 'net': {
			const first = formatAddress(value as Address, family);
			if (to !== undefined) return `${first}-${formatAddress(to, family)}`;
			return length === (family === 'ip' ? 32 : 128) ? first : `${first}/${length}`;
		}
		case 'port':
			return type.name === 'bitmap:port' ? String(Number(value) % 0x10000) : portText(Number(value), names);
		case 'mac':
			return value === -1 ? '' : formatMac(Number(value) as never).toUpperCase();
		case 'mark':
			return `0x${Number(value).toString(16).padStart(8, '0')}`;
		case 'iface':
			return `${part.physical ? 'physdev:' : ''}${value}`;
		default:
			return String(value);
	}
}

function portText(value: number, names: Names): string {
	const protocol = Math.floor(value / 0x10000);
	const port = value % 0x10000;
	const name = WITH_PORTS[protocol] ?? names.protocolName(protocol) ?? String(protocol);
	if (protocol !== ICMP && protocol !== ICMP6) return `${name}:${port}`;
	const [type, code] = [port >> 8, port & 255];
	const named = icmpRows(protocol).find((row) => row.type === type && row.codes[0] === code);
	return `${name}:${named?.name ?? `${type}/${code}`}`;
}
