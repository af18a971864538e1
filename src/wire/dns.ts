/**
 * DNS messages (RFC 1035), with EDNS(0) (RFC 6891) and unknown types (RFC 3597): typed values, bytes, and text.
 *
 * A record type is a row of `RECORD_TYPES`: its number and the fields of its data. Parsing, building, the text of a zone
 * file or of dig, and reading a zone file all go by that row.
 *
 * Names are absolute, in the form of zone files: "halo.example.org.", the root is "."; a byte that would be mistaken is
 * written \. or \032. Character strings hold a character a byte (0–255).
 *
 * Trusts: nothing. `parseDns` answers undefined for bytes that are no message.
 * Long because names, record types, bytes and text all go by the one table of record types.
 * Not simulated: DNSSEC, TSIG, dynamic update.
 */
import { formatIpv4Address, formatIpv6Address, parseIpv6Address } from './address';
import { readHeader, writeHeader, type HeaderTable } from './header';
import type { Ipv4Address } from './packet';

type FieldKind = 'ipv4' | 'ipv6' | 'u16' | 'u32' | 'ttl' | 'name' | 'plain-name' | 'string' | 'strings' | 'bytes';

/** name → number and the fields of the data; a `name` is compressed, a `plain-name` is not (RFC 3597 4) */
export const RECORD_TYPES = {
	A: { number: 1, fields: [['address', 'ipv4']] },
	NS: { number: 2, fields: [['host', 'name']] },
	CNAME: { number: 5, fields: [['host', 'name']] },
	SOA: {
		number: 6,
		fields: [
			['mname', 'name'],
			['rname', 'name'],
			['serial', 'u32'],
			['refresh', 'ttl'],
			['retry', 'ttl'],
			['expire', 'ttl'],
			['minimum', 'ttl']
		]
	},
	PTR: { number: 12, fields: [['host', 'name']] },
	HINFO: {
		number: 13,
		fields: [
			['cpu', 'string'],
			['os', 'string']
		]
	},
	MX: {
		number: 15,
		fields: [
			['preference', 'u16'],
			['exchange', 'name']
		]
	},
	TXT: { number: 16, fields: [['strings', 'strings']] },
	AAAA: { number: 28, fields: [['address6', 'ipv6']] },
	SRV: {
		number: 33,
		fields: [
			['priority', 'u16'],
			['weight', 'u16'],
			['port', 'u16'],
			['target', 'plain-name']
		]
	}
} as const satisfies Record<string, { number: number; fields: readonly (readonly [string, FieldKind])[] }>;

/** Types that may be asked for but have no records. */
const QUERY_TYPES = { OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;
/** Names for types whose data we keep as bytes. */
const NAMED_TYPES = {
	RP: 17, AFSDB: 18, LOC: 29, NAPTR: 35, DNAME: 39, DS: 43, SSHFP: 44, RRSIG: 46, NSEC: 47, DNSKEY: 48, TLSA: 52, SVCB: 64,
	HTTPS: 65, SPF: 99, CAA: 257
} as const; // prettier-ignore

export type RecordTypeName = keyof typeof RECORD_TYPES;

export type Rdata =
	| { readonly type: 'A'; readonly address: Ipv4Address }
	| { readonly type: 'NS' | 'CNAME' | 'PTR'; readonly host: string }
	| {
			readonly type: 'SOA';
			readonly mname: string;
			readonly rname: string;
			readonly serial: number;
			/** seconds, like the three after it */
			readonly refresh: number;
			readonly retry: number;
			readonly expire: number;
			readonly minimum: number;
	  }
	| { readonly type: 'HINFO'; readonly cpu: string; readonly os: string }
	| { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
	| { readonly type: 'TXT'; readonly strings: readonly string[] }
	/** RFC 5952 text */
	| { readonly type: 'AAAA'; readonly address6: string }
	| {
			readonly type: 'SRV';
			readonly priority: number;
			readonly weight: number;
			readonly port: number;
			readonly target: string;
	  }
	| { readonly type: 'unknown'; readonly number: number; readonly bytes: Uint8Array };

export type DnsRecord = { readonly name: string; readonly class: number; /** seconds */ readonly ttl: number } & Rdata;
export type RecordOf<T extends Rdata['type']> = Extract<DnsRecord, { type: T }>;

export interface DnsQuestion {
	readonly name: string;
	/** "A", "MX", "ANY", "TYPE65280" */
	readonly type: string;
	readonly class: number;
}

/** The OPT record (RFC 6891). */
export interface Edns {
	readonly udpSize: number;
	readonly version: number;
	readonly dnssecOk: boolean;
	readonly options: readonly { readonly code: number; readonly data: Uint8Array }[];
}

export const EDNS_OPTION = { nsid: 3, cookie: 10, extendedError: 15 } as const;

export interface DnsMessage {
	readonly id: number;
	readonly response: boolean;
	readonly opcode: number;
	readonly authoritative: boolean;
	readonly truncated: boolean;
	readonly recursionDesired: boolean;
	readonly recursionAvailable: boolean;
	readonly authenticData: boolean;
	readonly checkingDisabled: boolean;
	/** with the upper bits of the OPT record */
	readonly rcode: number;
	readonly questions: readonly DnsQuestion[];
	readonly answers: readonly DnsRecord[];
	readonly authority: readonly DnsRecord[];
	/** without OPT */
	readonly additional: readonly DnsRecord[];
	readonly edns?: Edns;
}

export const CLASS_IN = 1;
const CLASS_NAMES: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

export const RCODE = {
	NOERROR: 0,
	FORMERR: 1,
	SERVFAIL: 2,
	NXDOMAIN: 3,
	NOTIMP: 4,
	REFUSED: 5,
	NOTAUTH: 9,
	BADVERS: 16
} as const;
const RCODE_NAMES = [
	'NOERROR',
	'FORMERR',
	'SERVFAIL',
	'NXDOMAIN',
	'NOTIMP',
	'REFUSED',
	'YXDOMAIN',
	'YXRRSET',
	'NXRRSET',
	'NOTAUTH',
	'NOTZONE'
];
const OPCODE_NAMES = ['QUERY', 'IQUERY', 'STATUS', 'RESERVED3', 'NOTIFY', 'UPDATE'];

export function rcodeName(rcode: number): string {
	return RCODE_NAMES[rcode] ?? (rcode === RCODE.BADVERS ? 'BADVERS' : `RESERVED${rcode}`);
}

export function opcodeName(opcode: number): string {
	return OPCODE_NAMES[opcode] ?? `RESERVED${opcode}`;
}

export function className(number: number): string {
	return CLASS_NAMES[number] ?? `CLASS${number}`;
}

/** undefined for text that names no class */
export function classNumber(name: string): number | undefined {
	const upper = name.toUpperCase();
	for (const [number, known] of Object.entries(CLASS_NAMES)) if (known === upper) return Number(number);
	return /^CLASS\d{1,5}$/.test(upper) ? Number(upper.slice(5)) : undefined;
}

const TYPE_NUMBERS = new Map<string, number>([
	...Object.entries(RECORD_TYPES).map(([name, row]): [string, number] => [name, row.number]),
	...Object.entries(QUERY_TYPES),
	...Object.entries(NAMED_TYPES)
]);
const TYPE_NAMES = new Map([...TYPE_NUMBERS].map(([name, number]) => [number, name]));

/** "MX" for 15, "TYPE65280" for one without a name (RFC 3597) */
export function typeName(number: number): string {
	return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** undefined for text that names no type; any case */
export function typeNumber(name: string): number | undefined {
	const upper = name.toUpperCase();
	const known = TYPE_NUMBERS.get(upper);
	if (known !== undefined) return known;
	return /^TYPE\d{1,5}$/.test(upper) && Number(upper.slice(4)) < 65_536 ? Number(upper.slice(4)) : undefined;
}

/** The name of a record's type as it is written: "MX", "TYPE65280". */
export function recordType(record: Rdata): string {
	return record.type === 'unknown' ? typeName(record.number) : record.type;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/**
 * The labels of an absolute or relative name, as byte strings; the root has none. Undefined when a label is empty or
 * longer than 63 bytes, or the name longer than 255.
 */
export function labelsOf(name: string): string[] | undefined {
	if (name === '.') return [];
	const labels: string[] = [];
	let label = '';
	let length = 1;
	for (let i = 0; i <= name.length; i++) {
		const character = name[i];
		if (character === undefined || character === '.') {
			if (character === undefined && label === '' && labels.length > 0) break;
			if (label === '' || label.length > 63) return undefined;
			labels.push(label);
			length += label.length + 1;
			label = '';
		} else if (character === '\\') {
			const digits = /^\d{3}/.exec(name.slice(i + 1, i + 4))?.[0];
			if (digits) {
				if (Number(digits) > 255) return undefined;
				label += String.fromCharCode(Number(digits));
				i += 3;
			} else {
				if (i + 1 >= name.length) return undefined;
				label += name[++i]!;
			}
		} else label += character;
	}
	return length > 255 ? undefined : labels;
}

/** An absolute name of labels, written so that it can be read back (dns_name_totext). */
export function nameOf(labels: readonly string[]): string {
	return labels.length === 0 ? '.' : labels.map((label) => `${escapeLabel(label)}.`).join('');
}

function escapeLabel(label: string): string {
	return label.replace(/[^!-~]|["().;\\@$]/g, (character) =>
		/[!-~]/.test(character) ? `\\${character}` : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
	);
}

/** The form in which names are compared: ASCII lower case. */
export function canonicalName(name: string): string {
	return /[A-Z]/.test(name) ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : name;
}

/** The order of DNSSEC (RFC 4034 6.1), in which BIND keeps and lists names: by label from the right. */
export function compareNames(a: string, b: string): number {
	const left = (labelsOf(canonicalName(a)) ?? []).reverse();
	const right = (labelsOf(canonicalName(b)) ?? []).reverse();
	for (let i = 0; i < left.length && i < right.length; i++) {
		if (left[i]! !== right[i]!) return left[i]! < right[i]! ? -1 : 1;
	}
	return left.length - right.length;
}

/** The name without its first label; undefined for the root. */
export function parentName(name: string): string | undefined {
	const labels = labelsOf(name);
	return !labels || labels.length === 0 ? undefined : nameOf(labels.slice(1));
}

/** Whether `name` is `ancestor` or below it. Both absolute. */
export function isWithin(name: string, ancestor: string): boolean {
	if (ancestor === '.') return true;
	const below = canonicalName(name);
	const above = canonicalName(ancestor);
	return below === above || below.endsWith(`.${above}`);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

class Malformed {}

class Reader {
	at = 0;
	constructor(
		readonly bytes: Uint8Array,
		public end = bytes.length
	) {}

	uint(count: number): number {
		if (this.at + count > this.end) throw new Malformed();
		let value = 0;
		for (let i = 0; i < count; i++) value = value * 256 + this.bytes[this.at++]!;
		return value;
	}

	take(count: number): Uint8Array {
		if (this.at + count > this.end) throw new Malformed();
		this.at += count;
		return this.bytes.slice(this.at - count, this.at);
	}

	text(): string {
		return String.fromCharCode(...this.take(this.uint(1)));
	}

	/** follows compression pointers, each of which must point before the last (so it ends) */
	name(): string {
		const labels: string[] = [];
		let at = this.at;
		let limit = this.at;
		let after = -1;
		for (;;) {
			const length = this.bytes[at];
			if (length === undefined) throw new Malformed();
			if (length >= 0xc0) {
				const target = ((length & 0x3f) << 8) | (this.bytes[at + 1] ?? 0);
				if (after < 0) after = at + 2;
				if (target >= limit) throw new Malformed();
				at = limit = target;
			} else if (length > 63 || at + length >= this.bytes.length) throw new Malformed();
			else if (length === 0) break;
			else {
				labels.push(String.fromCharCode(...this.bytes.subarray(at + 1, at + 1 + length)));
				at += length + 1;
			}
			if (labels.length > 127) throw new Malformed();
		}
		this.at = after < 0 ? at + 1 : after;
		return nameOf(labels);
	}
}

/** A name and its parent may be pointed at and replaced by a pointer. */
const COMPRESSED_SUFFIXES = 2;

class Writer {
	bytes: number[] = [];
	#names = new Map<string, number>();

	uint(value: number, count: number): void {
		for (let i = count - 1; i >= 0; i--) this.bytes.push(Math.floor(value / 2 ** (8 * i)) & 255);
	}

	put(bytes: ArrayLike<number>): void {
		for (let i = 0; i < bytes.length; i++) this.bytes.push(bytes[i]!);
	}

	text(text: string): void {
		this.bytes.push(text.length & 255);
		for (let i = 0; i < text.length; i++) this.bytes.push(text.charCodeAt(i) & 255);
	}

	/**
	 * Compresses as BIND does in answers: by exact spelling, so that the case of a zone is kept, and looking only at the whole
	 * name and at what is behind its first label (dns_compress_find).
	 */
	name(name: string, compress = true): void {
		const labels = labelsOf(name) ?? [];
		for (let i = 0; i < labels.length; i++) {
			if (i >= COMPRESSED_SUFFIXES) {
				this.text(labels[i]!);
				continue;
			}
			const rest = nameOf(labels.slice(i));
			const earlier = this.#names.get(rest);
			if (compress && earlier !== undefined) {
				this.uint(0xc000 | earlier, 2);
				return;
			}
			if (this.bytes.length < 0x4000) this.#names.set(rest, this.bytes.length);
			this.text(labels[i]!);
		}
		this.bytes.push(0);
	}

	/** Cuts back to an earlier length and forgets the names behind it. */
	rewind(length: number): void {
		this.bytes.length = length;
		for (const [name, at] of this.#names) if (at >= length) this.#names.delete(name);
	}
}

type Value = number | string | readonly string[] | Uint8Array;

const FIELD_CODECS: Record<FieldKind, { read(from: Reader): Value; write(to: Writer, value: never): void }> = {
	ipv4: { read: (from) => from.uint(4), write: (to, value: number) => to.uint(value, 4) },
	ipv6: {
		read: (from) => formatIpv6Address(from.take(16)),
		write: (to, value: string) => to.put(parseIpv6Address(value) ?? new Uint8Array(16))
	},
	u16: { read: (from) => from.uint(2), write: (to, value: number) => to.uint(value, 2) },
	u32: { read: (from) => from.uint(4), write: (to, value: number) => to.uint(value, 4) },
	ttl: { read: (from) => from.uint(4), write: (to, value: number) => to.uint(value, 4) },
	name: { read: (from) => from.name(), write: (to, value: string) => to.name(value) },
	'plain-name': { read: (from) => from.name(), write: (to, value: string) => to.name(value, false) },
	string: { read: (from) => from.text(), write: (to, value: string) => to.text(value) },
	strings: {
		read: (from) => {
			const strings: string[] = [];
			while (from.at < from.end) strings.push(from.text());
			return strings;
		},
		write: (to, value: readonly string[]) => value.forEach((text) => to.text(text))
	},
	bytes: { read: (from) => from.take(from.end - from.at), write: (to, value: Uint8Array) => to.put(value) }
};

const UNKNOWN_FIELDS = [['bytes', 'bytes']] as const;

function fieldsOf(type: string): readonly (readonly [string, FieldKind])[] {
	return type in RECORD_TYPES ? RECORD_TYPES[type as RecordTypeName].fields : UNKNOWN_FIELDS;
}

function writeRecord(to: Writer, record: DnsRecord): void {
	to.name(record.name);
	to.uint(record.type === 'unknown' ? record.number : RECORD_TYPES[record.type].number, 2);
	to.uint(record.class, 2);
	to.uint(record.ttl, 4);
	const at = to.bytes.length;
	to.uint(0, 2);
	const values = record as unknown as Record<string, never>;
	for (const [name, kind] of fieldsOf(record.type)) FIELD_CODECS[kind].write(to, values[name]!);
	const length = to.bytes.length - at - 2;
	to.bytes[at] = length >> 8;
	to.bytes[at + 1] = length & 255;
}

/** The data of a record from bytes of their own (no compression); undefined when they do not fit the type. */
export function rdataFromBytes(number: number, bytes: Uint8Array): Rdata | undefined {
	try {
		return readRdata(new Reader(bytes), number);
	} catch (thrown) {
		if (thrown instanceof Malformed) return undefined;
		throw thrown;
	}
}

function readRdata(from: Reader, number: number): Rdata {
	const type = typeName(number);
	if (!(type in RECORD_TYPES)) return { type: 'unknown', number, bytes: from.take(from.end - from.at) };
	const values: Record<string, Value> = { type };
	for (const [name, kind] of fieldsOf(type)) values[name] = FIELD_CODECS[kind].read(from);
	if (from.at !== from.end) throw new Malformed();
	return values as unknown as Rdata;
}

interface RawOpt {
	readonly opt: true;
	readonly edns: Edns;
	readonly extendedRcode: number;
}

function readRecord(from: Reader): DnsRecord | RawOpt {
	const name = from.name();
	const number = from.uint(2);
	const classValue = from.uint(2);
	const ttl = from.uint(4);
	const length = from.uint(2);
	const end = from.at + length;
	if (end > from.bytes.length) throw new Malformed();
	const inside = new Reader(from.bytes, end);
	inside.at = from.at;
	from.at = end;
	if (number === QUERY_TYPES.OPT) {
		const options: { code: number; data: Uint8Array }[] = [];
		while (inside.at < end) options.push({ code: inside.uint(2), data: inside.take(inside.uint(2)) });
		const edns = { udpSize: classValue, version: (ttl >>> 16) & 255, dnssecOk: (ttl & 0x8000) !== 0, options };
		return { opt: true, edns, extendedRcode: ttl >>> 24 };
	}
	return { name, class: classValue, ttl, ...readRdata(inside, number) };
}

export const DNS_HEADER = [
	{ name: 'id', bits: 16, show: 'hex', label: 'Transaction ID' },
	{
		name: 'response',
		bits: 1,
		show: 'decimal',
		label: 'Response',
		values: { 0: 'Message is a query', 1: 'Message is a response' }
	},
	{
		name: 'opcode',
		bits: 4,
		show: 'decimal',
		label: 'Opcode',
		values: { 0: 'Standard query', 4: 'Zone change notification', 5: 'Dynamic update' }
	},
	{ name: 'authoritative', bits: 1, show: 'flag', label: 'Authoritative' },
	{ name: 'truncated', bits: 1, show: 'flag', label: 'Truncated' },
	{ name: 'recursionDesired', bits: 1, show: 'flag', label: 'Recursion desired' },
	{ name: 'recursionAvailable', bits: 1, show: 'flag', label: 'Recursion available' },
	{ name: 'reserved', bits: 1, show: 'flag', label: 'Z' },
	{ name: 'authenticData', bits: 1, show: 'flag', label: 'Answer authenticated' },
	{ name: 'checkingDisabled', bits: 1, show: 'flag', label: 'Non-authenticated data' },
	{
		name: 'rcode',
		bits: 4,
		show: 'decimal',
		label: 'Reply code',
		values: {
			0: 'No error',
			1: 'Format error',
			2: 'Server failure',
			3: 'No such name',
			4: 'Not implemented',
			5: 'Refused',
			9: 'Not authoritative'
		}
	},
	{ name: 'questions', bits: 16, show: 'decimal', label: 'Questions' },
	{ name: 'answers', bits: 16, show: 'decimal', label: 'Answer RRs' },
	{ name: 'authority', bits: 16, show: 'decimal', label: 'Authority RRs' },
	{ name: 'additional', bits: 16, show: 'decimal', label: 'Additional RRs' }
] as const satisfies HeaderTable;

const HEADER_LENGTH = 12;
const FLAGS = [
	'response',
	'authoritative',
	'truncated',
	'recursionDesired',
	'recursionAvailable',
	'authenticData',
	'checkingDisabled'
] as const;
type Flags = Record<(typeof FLAGS)[number], boolean>;
/** The TC bit, in the third byte of the header. */
const TRUNCATED_BIT = 2;

/** A message from its bytes; undefined when they are none. */
export function parseDns(bytes: Uint8Array): DnsMessage | undefined {
	try {
		return readMessage(new Reader(bytes));
	} catch (thrown) {
		if (thrown instanceof Malformed) return undefined;
		throw thrown;
	}
}

function readMessage(from: Reader): DnsMessage {
	const header = readHeader(DNS_HEADER, from.take(HEADER_LENGTH));
	const flags = Object.fromEntries(FLAGS.map((name) => [name, header[name] === 1])) as Flags;
	const questions: DnsQuestion[] = [];
	for (let i = 0; i < header.questions; i++)
		questions.push({ name: from.name(), type: typeName(from.uint(2)), class: from.uint(2) });
	let opt: RawOpt | undefined;
	const sections = [header.answers, header.authority, header.additional].map((count) => {
		const records: DnsRecord[] = [];
		for (let i = 0; i < count; i++) {
			const record = readRecord(from);
			if (!('opt' in record)) records.push(record);
			else if (opt) throw new Malformed();
			else opt = record;
		}
		return records;
	});
	return {
		id: header.id,
		...flags,
		opcode: header.opcode,
		rcode: header.rcode | ((opt?.extendedRcode ?? 0) << 4),
		questions,
		answers: sections[0]!,
		authority: sections[1]!,
		additional: sections[2]!,
		...(opt ? { edns: opt.edns } : {})
	};
}

/**
 * The bytes of a message. When they would be more than `limit`, records are left out from the end: of the additional
 * section silently, of the others with the TC bit set (RFC 2181 9).
 */
export function buildDns(message: DnsMessage, limit = 65_535): Uint8Array {
	const to = new Writer();
	const flags = Object.fromEntries(FLAGS.map((name) => [name, Number(message[name])])) as Record<keyof Flags, number>;
	const questions = message.questions.length;
	const { id, opcode, rcode } = message;
	to.put(
		writeHeader(DNS_HEADER, {
			id,
			opcode,
			rcode,
			...flags,
			reserved: 0,
			questions,
			answers: 0,
			authority: 0,
			additional: 0
		})
	);
	for (const question of message.questions) {
		to.name(question.name);
		to.uint(typeNumber(question.type) ?? 0, 2);
		to.uint(question.class, 2);
	}
	const opt = message.edns ? optBytes(message.edns, message.rcode) : [];
	const counts = [0, 0, 0];
	let full = false;
	for (const [section, records] of [message.answers, message.authority, message.additional].entries()) {
		for (const record of records) {
			const before = to.bytes.length;
			if (!full) writeRecord(to, record);
			if (full || to.bytes.length + opt.length > limit) {
				if (!full) to.rewind(before);
				full = true;
				if (section < 2) to.bytes[2]! |= TRUNCATED_BIT;
				break;
			}
			counts[section]!++;
		}
	}
	if (message.edns) {
		to.put(opt);
		counts[2]!++;
	}
	for (const [section, count] of counts.entries()) {
		to.bytes[6 + 2 * section] = count >> 8;
		to.bytes[7 + 2 * section] = count & 255;
	}
	return Uint8Array.from(to.bytes);
}

function optBytes(edns: Edns, rcode: number): number[] {
	const to = new Writer();
	to.name('.');
	to.uint(QUERY_TYPES.OPT, 2);
	to.uint(edns.udpSize, 2);
	to.uint(rcode >> 4, 1);
	to.uint(edns.version, 1);
	to.uint(edns.dnssecOk ? 0x8000 : 0, 2);
	to.uint(
		edns.options.reduce((sum, option) => sum + 4 + option.data.length, 0),
		2
	);
	for (const option of edns.options) {
		to.uint(option.code, 2);
		to.uint(option.data.length, 2);
		to.put(option.data);
	}
	return to.bytes;
}

/** Where a question or record stands in a message. */
export interface DnsSpan {
	readonly section: 'Queries' | 'Answers' | 'Authoritative nameservers' | 'Additional records';
	readonly text: string;
	/** bytes from the start of the message */
	readonly offset: number;
	readonly length: number;
}

/** The places of the questions and records; as far as the message can be read. */
export function dnsSpans(bytes: Uint8Array): DnsSpan[] {
	const spans: DnsSpan[] = [];
	const from = new Reader(bytes);
	try {
		const header = readHeader(DNS_HEADER, from.take(HEADER_LENGTH));
		const sections = [
			['Queries', header.questions],
			['Answers', header.answers],
			['Authoritative nameservers', header.authority],
			['Additional records', header.additional]
		] as const;
		for (const [section, count] of sections) {
			for (let i = 0; i < count; i++) {
				const offset = from.at;
				const text = section === 'Queries' ? questionText(from) : recordText(readRecord(from));
				spans.push({ section, text, offset, length: from.at - offset });
			}
		}
	} catch (thrown) {
		if (!(thrown instanceof Malformed)) throw thrown;
	}
	return spans;
}

function questionText(from: Reader): string {
	return `${from.name()}: type ${typeName(from.uint(2))}, class ${className(from.uint(2))}`;
}

function recordText(record: DnsRecord | RawOpt): string {
	if ('opt' in record) return `<Root>: type OPT, UDP payload size ${record.edns.udpSize}`;
	return `${record.name}: type ${recordType(record)}, class ${className(record.class)}, TTL ${record.ttl}, ${rdataText(record)}`;
}

/** A query for one name, recursion desired. */
export function dnsQuery(id: number, name: string, type: string, change: Partial<DnsMessage> = {}): DnsMessage {
	return {
		id,
		response: false,
		opcode: 0,
		authoritative: false,
		truncated: false,
		recursionDesired: true,
		recursionAvailable: false,
		authenticData: false,
		checkingDisabled: false,
		rcode: 0,
		questions: [{ name, type, class: CLASS_IN }],
		answers: [],
		authority: [],
		additional: [],
		...change
	};
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/** A character string in quotes, as zone files and dig write it. */
export function quoteString(text: string): string {
	const inside = text.replace(/[^ -~]|["\\]/g, (character) =>
		/[ -~]/.test(character) ? `\\${character}` : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
	);
	return `"${inside}"`;
}

const FIELD_TEXT: Partial<Record<FieldKind, (value: never) => string>> = {
	ipv4: (value: number) => formatIpv4Address(value),
	string: (value: string) => quoteString(value),
	strings: (value: readonly string[]) => value.map(quoteString).join(' '),
	bytes: (value: Uint8Array) =>
		`\\# ${value.length}${
			value.length
				? ` ${Array.from(value, (byte) => byte.toString(16).padStart(2, '0'))
						.join('')
						.toUpperCase()}`
				: ''
		}`
};

/** The data of a record in the form of zone files: "10 halo.example.org." */
export function rdataText(record: Rdata): string {
	const values = record as unknown as Record<string, never>;
	return fieldsOf(record.type)
		.map(([name, kind]) => FIELD_TEXT[kind]?.(values[name]!) ?? String(values[name] as unknown))
		.join(' ');
}

/** The names and kinds of the fields of a type's data; undefined for a type that is kept as bytes. */
export function rdataFields(type: string): readonly (readonly [string, FieldKind])[] | undefined {
	return type in RECORD_TYPES ? RECORD_TYPES[type as RecordTypeName].fields : undefined;
}

/** Whether two records have the same owner, type, class and data; TTLs are not compared. */
export function sameRecord(a: DnsRecord, b: DnsRecord): boolean {
	return (
		canonicalName(a.name) === canonicalName(b.name) &&
		recordType(a) === recordType(b) &&
		a.class === b.class &&
		canonicalRdata(a) === canonicalRdata(b)
	);
}

function canonicalRdata(record: Rdata): string {
	return fieldsOf(record.type).some(([, kind]) => kind === 'name' || kind === 'plain-name')
		? canonicalName(rdataText(record))
		: rdataText(record);
}
