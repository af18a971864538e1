/**
 * The options of matches and targets, read by the type in their row (libxtables' xtoptions.c): the values of the argument, and the
 * words of every complaint.
 *
 * `parseOption` reads one option, `checkOptions` looks at the rows after the last one: what must be there, what needs or
 * excludes another. A message that ends in a newline is followed by an empty line on the screen, as in the real one.
 *
 * Reads: names of hosts, services and protocols through `CommandContext.names`.
 */
import { addressBits, lengthMask, maskLength, parseAddress, parseInetAton } from './address';
import { OptionError, type CommandContext, type OptionRow, type OptionType, type ParsedOption } from './extension';
import { numberPrefix, parseBig, parseLeadingNumber, parseNumber, UINT32_MAX, UINT64_MAX } from './number';
import { parseProtocol, servicePort } from './protocol';
import type { Address, Family } from './rule';
import { byteLength } from './text';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<ParsedOption>;

/** One option's reading: what its type's reader may look at, and what it fills. */
interface Reading {
	readonly extension: string;
	readonly row: OptionRow;
	readonly context: CommandContext;
	readonly option: Draft;
}

/** levels of syslog(3), by number; `error` is what -L shows for 3 */
export const SYSLOG_LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'] as const;

/** the names of TOS values; 0 has one too */
export const TOS_NAMES: readonly (readonly [value: number, name: string])[] = [
	[0x10, 'Minimize-Delay'],
	[0x08, 'Maximize-Throughput'],
	[0x04, 'Maximize-Reliability'],
	[0x02, 'Minimize-Cost'],
	[0x00, 'Normal-Service']
];

/** Largest value of the types of whole numbers. */
const LIMIT: Partial<Record<OptionType, bigint>> = {
	uint8: 255n,
	uint16: 65535n,
	uint32: BigInt(UINT32_MAX),
	uint64: UINT64_MAX,
	'uint8-range': 255n,
	'uint16-range': 65535n,
	'uint32-range': BigInt(UINT32_MAX),
	'uint64-range': UINT64_MAX
};

const READERS: Readonly<Record<OptionType, (argument: string, reading: Reading) => void>> = {
	none: () => undefined,
	uint8: readInteger,
	uint16: readInteger,
	uint32: readInteger,
	uint64: readInteger,
	'uint8-range': readRange,
	'uint16-range': readRange,
	'uint32-range': readRange,
	'uint64-range': readRange,
	double: readDouble,
	string: readString,
	'tos-mask': readTos,
	'mark-mask': readMark,
	'syslog-level': readLevel,
	host: readHost,
	'host-mask': readHostMask,
	protocol: (argument, { option, context }) => (option.number = parseProtocol(argument, context.names)),
	port: (argument, { option, context }) => (option.number = portByName(argument, context)),
	'port-range': readPortRange,
	'prefix-length': readPrefix,
	'prefix-mask': readPrefix,
	ethernet: (argument, { option }) => (option.mac = parseEthernet(argument))
};

/**
 * Reads one option.
 * @param extension its name, for the messages
 * @param argument null when none was typed
 * @param seen ids given before
 * @throws OptionError
 */
export function parseOption(
	extension: string,
	row: OptionRow,
	argument: string | null,
	invert: boolean,
	seen: ReadonlySet<string>,
	context: CommandContext
): ParsedOption {
	if (seen.has(row.id) && (!row.multiple || row.exclude?.includes(row.id)))
		throw complaint(extension, row, 'can only be used once.');
	if (invert && !row.invert) throw complaint(extension, row, 'cannot be inverted.');
	if (row.type !== 'none' && argument === null) throw complaint(extension, row, 'requires an argument.');
	const none: Address = context.family === 'ip' ? 0 : 0n;
	const option: Draft = {
		id: row.id,
		name: row.name,
		invert,
		argument: argument ?? '',
		number: 0,
		big: 0n,
		range: [0, 0],
		bigRange: [0n, 0n],
		value: 0,
		mask: 0,
		address: none,
		addressMask: none,
		mac: 0
	};
	READERS[row.type](option.argument, { extension, row, context, option });
	return option;
}

/**
 * What the rows demand of one another, after the last option.
 * @throws OptionError
 */
export function checkOptions(extension: string, rows: readonly OptionRow[], seen: ReadonlySet<string>): void {
	for (const row of rows) {
		if (!seen.has(row.id)) {
			if (row.mandatory) throw complaint(extension, row, 'must be specified');
			continue;
		}
		for (const id of row.also ?? [])
			if (!seen.has(id)) throw complaint(extension, row, `also requires "--${nameOf(rows, id)}".`);
		for (const id of row.exclude ?? [])
			if (id !== row.id && seen.has(id))
				throw complaint(extension, row, `cannot be used together with "--${nameOf(rows, id)}".`);
	}
}

function complaint(extension: string, row: OptionRow, words: string): OptionError {
	return new OptionError(`${extension}: option "--${row.name}" ${words}\n`);
}

function nameOf(rows: readonly OptionRow[], id: string): string {
	return rows.find((row) => row.id === id)!.name;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

function readInteger(argument: string, { extension, row, option }: Reading): void {
	const min = BigInt(row.min ?? 0);
	const max = row.max === undefined || BigInt(row.max) === 0n ? LIMIT[row.type]! : BigInt(row.max);
	const value = parseBig(argument, min, max);
	if (value === undefined)
		throw new OptionError(`${extension}: bad value for option "--${row.name}", or out of range (${min}-${max}).\n`);
	option.big = value;
	option.number = Number(value);
}

/** "5", "5:10", ":10", "5:" */
function readRange(argument: string, { extension, row, option }: Reading): void {
	const limit = LIMIT[row.type]!;
	const ends: bigint[] = [];
	for (let rest = argument; ; rest = rest.slice(1)) {
		if (ends.length === 2)
			throw new OptionError(`${extension}: Too many components for option "--${row.name}" (max: 2)\n`);
		if (rest === '' || rest.startsWith(':')) ends.push(ends.length === 1 ? limit : 0n);
		else {
			const { value, end } = numberPrefix(rest);
			if (end === 0 || value > limit)
				throw new OptionError(
					`${extension}: bad value for option "--${row.name}" near "${rest}", or out of range (0-${limit}).\n`
				);
			rest = rest.slice(end);
			if (rest !== '' && !rest.startsWith(':'))
				throw new OptionError(`${extension}: Argument to "--${row.name}" has unexpected characters near "${rest}".\n`);
			ends.push(value);
		}
		if (rest === '') break;
	}
	const [low, high = low] = ends as [bigint, bigint?];
	option.bigRange = [low, high];
	option.range = [Number(low), Number(high)];
	option.big = low;
	option.number = Number(low);
}

function readDouble(argument: string, { extension, row, option }: Reading): void {
	const [min, max] = [Number(row.min ?? 0), Number(row.max ?? 0)];
	const decimal = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(argument);
	const value = decimal ? Number(argument) : NaN;
	if (!decimal || (min !== max && (value < min || value > max)))
		throw new OptionError(`${extension}: bad value for option "--${row.name}", or out of range (${min}-${max}).\n`);
	option.number = value;
}

/** value[/mask] or a name, under which `max` is the mask */
function readTos(argument: string, { row, option }: Reading): void {
	const number = parseLeadingNumber(argument, 0, 255);
	if (number === undefined) {
		const named = TOS_NAMES.find(([, name]) => name.toLowerCase() === argument.toLowerCase());
		if (!named) throw new OptionError(`Symbolic name "${argument}" is unknown`);
		option.value = named[0];
		option.mask = Number(row.max ?? 255);
		return;
	}
	const [value, rest] = number;
	const mask = rest === '' ? 255 : rest.startsWith('/') ? parseNumber(rest.slice(1), 0, 255) : undefined;
	if (mask === undefined) throw new OptionError(`Illegal value: "${argument}"`);
	option.value = value;
	option.mask = mask;
}

/** value[/mask] of 32 bits, as `--mark` takes it (xtables_parse_mark_mask) */
function readMark(argument: string, { extension, row, option }: Reading): void {
	const bad = new OptionError(`${extension}: bad integer value for option "--${row.name}", or out of range.\n`);
	const garbage = new OptionError(`${extension}: trailing garbage after value for option "--${row.name}".\n`);
	const number = parseLeadingNumber(argument);
	if (number === undefined) throw bad;
	option.value = number[0];
	option.mask = UINT32_MAX;
	if (number[1] === '') return;
	if (!number[1].startsWith('/')) throw garbage;
	const mask = parseLeadingNumber(number[1].slice(1));
	if (mask === undefined) throw bad;
	if (mask[1] !== '') throw garbage;
	option.mask = mask[0];
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

function readString(argument: string, { row }: Reading): void {
	const length = byteLength(argument);
	if (row.min && length < Number(row.min))
		throw new OptionError(`Argument must have a minimum length of ${row.min} characters\n`);
	if (row.max && length > Number(row.max))
		throw new OptionError(`Argument must have a maximum length of ${row.max} characters\n`);
}

function readLevel(argument: string, { option }: Reading): void {
	const word = argument === 'panic' ? 'emerg' : argument;
	const level = parseNumber(argument, 0, 7) ?? SYSLOG_LEVELS.findIndex((name) => name === word);
	if (level < 0) throw new OptionError(`log level "${argument}" unknown\n`);
	option.number = level;
}

/** Six bytes with colons, each of up to two hexadecimal digits. @throws OptionError */
export function parseEthernet(text: string): number {
	const bytes = text.split(':');
	if (bytes.length !== 6 || !bytes.every((byte) => /^[0-9a-f]{0,2}$/i.test(byte)))
		throw new OptionError('Invalid MAC address specified.');
	return bytes.reduce((sum, byte) => sum * 256 + (byte === '' ? 0 : parseInt(byte, 16)), 0);
}

/* ---- ports ------------------------------------------------------------------------------------------------------- */

/** As getaddrinfo(3) reads a service: decimal, kept to 16 bits, or a name of any protocol. */
function portByName(text: string, context: CommandContext): number {
	const { value, end } = numberPrefix(text, 10);
	const numeric = end === text.length;
	const port = numeric ? Number(value & 0xffffn) : servicePort(text, null, context.names);
	if (port === undefined) throw new OptionError(`Port "${text}" does not resolve to anything.\n`);
	return port;
}

function readPortRange(argument: string, { extension, row, option, context }: Reading): void {
	const range: [number, number] = [0, 65535];
	const parts = argument.split(':');
	for (const [i, part] of parts.entries()) {
		if (i === 2) throw new OptionError(`${extension}: Too many components for option "--${row.name}" (max: 2)\n`);
		if (part === '') continue;
		range[i as 0 | 1] = portByName(part, context);
	}
	option.range = parts.length === 1 ? [range[0], range[0]] : range;
	option.number = range[0];
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

const OTHER: Readonly<Record<Family, Family>> = { ip: 'ip6', ip6: 'ip' };

/** getaddrinfo(3) with AI_NUMERICHOST */
function parseNumeric(text: string, family: Family): Address | undefined {
	return parseAddress(text, family) ?? (family === 'ip' ? parseInetAton(text) : undefined);
}

/** One address or the name of one (getaddrinfo). @throws OptionError */
export function parseHost(text: string, context: CommandContext): Address {
	const { family, names } = context;
	const number = parseNumeric(text, family);
	if (number !== undefined) return number;
	if (parseNumeric(text, OTHER[family]) !== undefined)
		throw new OptionError('getaddrinfo: Address family for hostname not supported\n');
	const found = names.hostAddresses(text, family);
	if (found.length === 0) throw new OptionError('getaddrinfo: Name or service not known\n');
	if (found.some((address) => address !== found[0]))
		throw new OptionError(`${text} resolves to more than one address\n`);
	return found[0]!;
}

function readHost(argument: string, { option, context }: Reading): void {
	option.address = parseHost(argument, context);
	option.addressMask = lengthMask(addressBits(context.family), context.family);
	option.number = addressBits(context.family);
}

function readHostMask(argument: string, reading: Reading): void {
	const slash = argument.indexOf('/');
	readHost(slash < 0 ? argument : argument.slice(0, slash), reading);
	if (slash >= 0) readPrefix(argument.slice(slash + 1), reading);
}

/** A length or a mask; `number` is 255 for a mask that no length can say. */
function readPrefix(argument: string, { extension, row, option, context }: Reading): void {
	const { family } = context;
	const bits = addressBits(family);
	const length = parseNumber(argument, 0, bits);
	const mask = length === undefined ? parseNumeric(argument, family) : lengthMask(length, family);
	if (mask === undefined)
		throw new OptionError(
			`${extension}: bad value for option "--${row.name}", neither a valid network mask nor valid CIDR (0-${bits}).\n`
		);
	option.number = length ?? maskLength(mask, family) ?? 255;
	// a mask that no length can say is taken for a full one
	option.addressMask = option.number === 255 ? lengthMask(bits, family) : mask;
}
