/**
 * The FTP helper (nf_conntrack_ftp, nf_nat_ftp): reads the control connection for the data connections that it announces,
 * and where addresses are translated writes the translated ones into the text.
 *
 *      client   PORT h1,h2,h3,h4,p1,p2       EPRT |1|address|port|          (RFC 959, RFC 2428)
 *      server   227 … h1,h2,h3,h4,p1,p2      229 … (|||port|)               (RFC 1123 4.1.2.6, RFC 2428)
 *
 * Does: looks only at segments that begin a line, so the first line of each direction is not read: where it began was
 *       not known. A segment that breaks off within such a line is dropped, to come again whole. An address that is not
 *       the speaker's own is not believed (`loose` of the module is 0).
 * Not simulated: EPRT and 229 of IPv6.
 */
import type { Ipv4Address, TcpSegment } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import { portFor } from '../nat/follow-master';
import { CT, type Skb } from '../skb';
import { STATUS } from './connection';
import type { ExpectationDraft } from './expectation';
import { EVENT, type Flow } from './flow';
import type { Helper, HelperTable } from './helper';
import { after, noAdjustment, shift } from './sequence-adjust';

/** seconds that an announced connection is waited for */
const LIFE = 300;
/** line beginnings remembered for each direction */
const REMEMBERED = 2;

interface FtpNotes {
	/** sequence numbers behind a newline, by direction */
	readonly lines: readonly [number[], number[]];
}

interface Announcement {
	/** null: the speaker's own */
	readonly address: Ipv4Address | null;
	readonly port: number;
	/** of the numbers, in the text */
	readonly at: number;
	readonly length: number;
}

interface Pattern {
	readonly words: string;
	/** the numbers begin behind that character */
	readonly skip: string;
	/** null: the text breaks off */
	readonly read: (text: string, from: number) => Announcement | null;
	readonly write: (address: Ipv4Address, port: number) => string;
}

const dotted = (address: Ipv4Address, separator: string): string =>
	[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(separator);

const writeNumbers = (address: Ipv4Address, port: number): string =>
	`${dotted(address, ',')},${port >> 8},${port & 255}`;

const isDigit = (character: string | undefined): boolean =>
	character !== undefined && character >= '0' && character <= '9';

/** Six numbers with commas; `end` must follow, any other character when it is empty. */
function sixNumbers(text: string, from: number, end: string): Announcement | null {
	const found = /^\d*(?:,\d*){5}/.exec(text.slice(from));
	const next = found && text[from + found[0].length];
	if (!found || next === undefined || (end !== '' && next !== end) || next === ',') return null;
	const numbers = found[0].split(',').map((number) => Number(number) >>> 0);
	const [a, b, c, d, high, low] = numbers as [number, number, number, number, number, number];
	return {
		address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0,
		port: ((high << 8) | low) & 0xffff,
		at: from,
		length: found[0].length
	};
}

/** A port up to the delimiter. @returns the port and where the text goes on; null for none */
function delimitedPort(text: string, from: number, delimiter: string): { port: number; end: number } | null {
	let at = from;
	while (isDigit(text[at])) at++;
	const port = Number(text.slice(from, at)) & 0xffff;
	return text[at] === delimiter && port !== 0 ? { port, end: at + 1 } : null;
}

const isDelimiter = (character: string | undefined): character is string =>
	character !== undefined && /^[!-/:-~]$/.test(character);

function extendedPort(text: string, from: number): Announcement | null {
	const delimiter = text[from];
	if (!isDelimiter(delimiter) || text[from + 1] !== '1' || text[from + 2] !== delimiter) return null;
	const end = text.indexOf(delimiter, from + 3);
	const parts = text.slice(from + 3, end).split('.');
	if (end < 0 || parts.length !== 4 || !parts.every((part) => /^\d*$/.test(part))) return null;
	const found = delimitedPort(text, end + 1, delimiter);
	if (!found) return null;
	const address = parts.reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
	return { address, port: found.port, at: from, length: found.end - from };
}

function extendedPassive(text: string, from: number): Announcement | null {
	const delimiter = text[from];
	if (!isDelimiter(delimiter) || text[from + 1] !== delimiter || text[from + 2] !== delimiter) return null;
	const found = delimitedPort(text, from + 3, delimiter);
	return found && { address: null, port: found.port, at: from, length: found.end - from };
}

function passive(text: string, from: number): Announcement | null {
	while (from < text.length && !isDigit(text[from])) from++;
	return from === text.length ? null : sixNumbers(text, from, '');
}

/** what is looked for, by direction */
const PATTERNS: readonly [readonly Pattern[], readonly Pattern[]] = [
	[
		{ words: 'PORT', skip: ' ', read: (text, from) => sixNumbers(text, from, '\r'), write: writeNumbers },
		{
			words: 'EPRT',
			skip: ' ',
			read: extendedPort,
			write: (address, port) => `|1|${dotted(address, '.')}|${port}|`
		}
	],
	[
		{ words: '227 ', skip: '', read: passive, write: writeNumbers },
		{ words: '229 ', skip: '(', read: extendedPassive, write: (_address, port) => `|||${port}|` }
	]
];

/** undefined: not this one; null: it begins like it and breaks off */
function find(pattern: Pattern, text: string): Announcement | null | undefined {
	const { words, skip } = pattern;
	if (text.length <= words.length)
		return text !== '' && words.toLowerCase().startsWith(text.toLowerCase()) ? null : undefined;
	if (text.slice(0, words.length).toLowerCase() !== words.toLowerCase()) return undefined;
	let from = words.length;
	if (skip !== '') {
		from = text.indexOf(skip, from);
		if (from < 0) return null;
		from++;
	}
	return pattern.read(text, from);
}

const decodeLatin1 = (bytes: Uint8Array): string => {
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return text;
};

export const ftp: Helper = (skb, flow, direction, table) => {
	const segment = skb.packet.payload;
	if (skb.state !== CT.established || segment.kind !== 'tcp' || segment.payload.length === 0) return true;
	const notes = (flow.helperData ??= { lines: [[], []] } satisfies FtpNotes) as FtpNotes;
	const lines = notes.lines[direction];
	const passes = !lines.includes(segment.sequence) || read(skb, segment, flow, direction, table);
	if (passes && segment.payload[segment.payload.length - 1] === 10)
		remember(lines, (segment.sequence + segment.payload.length) >>> 0);
	return passes;
};

function remember(lines: number[], sequence: number): void {
	if (lines.includes(sequence)) return;
	if (lines.length < REMEMBERED) {
		lines.push(sequence);
		return;
	}
	const oldest = after(lines[1]!, lines[0]!) ? 0 : 1;
	if (after(sequence, lines[oldest]!)) lines[oldest] = sequence;
}

/** @returns false when the packet must be dropped */
function read(skb: Skb, segment: TcpSegment, flow: Flow, direction: 0 | 1, table: HelperTable): boolean {
	const text = decodeLatin1(segment.payload);
	for (const pattern of PATTERNS[direction]) {
		const found = find(pattern, text);
		if (found === undefined) continue;
		if (found === null) return false;
		const own = flow.tuple(direction).source;
		if (found.address !== null && found.address !== own) return true;
		return announce(skb, segment, flow, direction, table, pattern, found);
	}
	return true;
}

function announce(
	skb: Skb,
	segment: TcpSegment,
	flow: Flow,
	direction: 0 | 1,
	table: HelperTable,
	pattern: Pattern,
	found: Announcement
): boolean {
	const opposite = direction === 0 ? 1 : 0;
	const answer = flow.tuple(opposite);
	const translated = (flow.status & (STATUS.sourceNat | STATUS.destinationNat)) !== 0;
	const draft: ExpectationDraft = {
		master: flow,
		helper: 'ftp',
		protocol: PROTOCOL.tcp,
		source: answer.source,
		sourcePort: null,
		destination: answer.destination,
		destinationPort: found.port,
		saved: translated ? { port: found.port, direction: opposite } : null
	};
	const expect = (destinationPort: number): string | null => table.expect({ ...draft, destinationPort }, LIFE, 1);
	if (!translated) return expect(found.port) === null;
	const port = portFor(found.port, () => table.random(), expect);
	if (port === 0) return false;
	mangle(skb, segment, flow, direction, found, pattern.write(answer.destination, port));
	return true;
}

/** Writes `text` in the place of what was announced; later sequence numbers shift when it has another length. */
function mangle(
	skb: Skb,
	segment: TcpSegment,
	flow: Flow,
	direction: 0 | 1,
	{ at, length }: Announcement,
	text: string
): void {
	const old = segment.payload;
	const payload = new Uint8Array(old.length - length + text.length);
	payload.set(old.subarray(0, at));
	for (let i = 0; i < text.length; i++) payload[at + i] = text.charCodeAt(i);
	payload.set(old.subarray(at + length), at + text.length);
	skb.replace({ ...skb.packet, payload: { ...segment, payload } });
	if (text.length === length) return;
	flow.sequence ??= noAdjustment();
	shift(flow.sequence[direction], segment.sequence, text.length - length);
	flow.status |= STATUS.sequenceAdjust;
	flow.pending |= EVENT.sequence;
}
