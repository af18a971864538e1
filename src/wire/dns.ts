/**
 * DNS messages (RFC 1035), with EDNS(0) (RFC 6891) and unknown types (RFC 3597): typed values from bytes and back.
 *
 * The face of the DNS files: record types (`dns-types`), names (`dns-name`), records as bytes (`dns-record`) and as text
 * (`dns-text`), the places of things in a message (`dns-spans`).
 *
 * Trusts: nothing. `parseDns` answers undefined for bytes that are no message.
 * Not simulated: DNSSEC, TSIG, dynamic update.
 */
import { Malformed, Reader, Writer } from './dns-bytes';
import { DNS_HEADER, HEADER_LENGTH } from './dns-header';
import { readRecord, writeRecord, type Edns, type RawOpt } from './dns-record';
import { CLASS_IN, QUERY_TYPES, typeName, typeNumber, type DnsRecord } from './dns-types';
import { readHeader, writeHeader } from './header';

export { DNS_HEADER } from './dns-header';
export * from './dns-name';
export { rdataBytes, rdataFromBytes, type Edns } from './dns-record';
export * from './dns-spans';
export * from './dns-text';
export * from './dns-types';

export interface DnsQuestion {
	readonly name: string;
	/** "A", "MX", "ANY", "TYPE65280" */
	readonly type: string;
	readonly class: number;
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
