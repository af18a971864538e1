/**
 * The records of a queue file (record(3), rec_type(3)): a type letter, a length in base 128, the data.
 *
 * Does: builds and reads records, and names what they mean to the rest of the mail system (a `QueuedMail`).
 * Trusts: nothing; a file that ends early reads as corrupt (null).
 * Lacks: records that a mail filter (milter) would insert.
 *
 * Layout: C (sizes and offsets, fixed width, so that it can be filled in at the end), T, A…, S, envelope; M; N and L
 * with the message; X; what was extracted from the headers; E. Sizes that Postfix logs count these bytes, not the text.
 */
import { decode, encode } from '../libc/text';

export const REC = {
	SIZE: 'C',
	TIME: 'T',
	CTIME: 'c',
	FULL: 'F',
	INSP: 'I',
	FILT: 'L',
	FROM: 'S',
	DONE: 'D',
	RCPT: 'R',
	ORCP: 'O',
	DRCP: '/',
	WARN: 'W',
	ATTR: 'A',
	KILL: 'K',
	RDIR: '>',
	VERP: 'V',
	FLGS: 'f',
	MESG: 'M',
	CONT: 'L',
	NORM: 'N',
	XTRA: 'X',
	RRTO: 'r',
	ERTO: 'e',
	PRIO: 'P',
	PTR: 'p',
	DSN_ORCPT: 'o',
	DSN_NOTIFY: 'n',
	DSN_RET: '<',
	DSN_ENVID: 'i',
	END: 'E'
} as const;

export interface QueueRecord {
	readonly type: string;
	readonly data: string;
	/** where it begins, bytes from the start of the file */
	readonly offset: number;
}

/** One record as bytes. */
export function recordBytes(type: string, data: string): Uint8Array {
	const content = encode(data);
	const head = [type.charCodeAt(0)];
	let length = content.length;
	do {
		head.push((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
		length >>>= 7;
	} while (length > 0);
	const out = new Uint8Array(head.length + content.length);
	out.set(head);
	out.set(content, head.length);
	return out;
}

/** Collects records; knows how many bytes they are. */
export class RecordWriter {
	#parts: Uint8Array[] = [];
	#length = 0;

	get length(): number {
		return this.#length;
	}

	/** @returns where the record begins */
	put(type: string, data: string): number {
		const at = this.#length;
		const bytes = recordBytes(type, data);
		this.#parts.push(bytes);
		this.#length += bytes.length;
		return at;
	}

	bytes(): Uint8Array {
		const all = new Uint8Array(this.#length);
		let at = 0;
		for (const part of this.#parts) {
			all.set(part, at);
			at += part.length;
		}
		return all;
	}
}

/** All records in the order of the file (pointers are not followed); null when one is cut off. */
export function parseRecords(bytes: Uint8Array): QueueRecord[] | null {
	const records: QueueRecord[] = [];
	for (let at = 0; at < bytes.length;) {
		const offset = at;
		const type = String.fromCharCode(bytes[at++]!);
		let length = 0;
		for (let shift = 0; ; shift += 7) {
			if (at >= bytes.length || shift > 28) return null;
			const byte = bytes[at++]!;
			length += (byte & 0x7f) * 2 ** shift;
			if ((byte & 0x80) === 0) break;
		}
		if (at + length > bytes.length) return null;
		records.push({ type, data: decode(bytes.subarray(at, at + length)), offset });
		at += length;
		if (type === REC.END) break;
	}
	return records;
}

/** A recipient as the queue file has it. */
export interface QueuedRecipient {
	/** where its R record stands: done recipients become D there */
	readonly offset: number;
	readonly address: string;
	/** as first given; empty when the same was not recorded */
	readonly original: string;
	readonly dsnOriginal: string;
	/** NOTIFY= as a mask: 1 never, 2 success, 4 failure, 8 delay; 0 none given */
	readonly notify: number;
	readonly done: boolean;
}

/** What a queue file says. */
export interface QueuedMail {
	readonly records: readonly QueueRecord[];
	/** bytes of message content and extracted headers, as logged; of a file without size record null */
	readonly size: number | null;
	readonly dataOffset: number;
	/** arrival, microseconds */
	readonly arrival: number;
	readonly sender: string;
	readonly fullName: string;
	readonly recipients: readonly QueuedRecipient[];
	readonly attributes: ReadonlyMap<string, string>;
	/** transport:nexthop that overrides the recipients' */
	readonly filter: string;
	readonly redirect: string;
	readonly returnType: string;
	readonly envelopeId: string;
	/** queue manager flags from the size record */
	readonly flags: number;
	/** warning time record: its offset, and seconds since 1970 (0: sent) */
	readonly warn: { readonly offset: number; readonly time: number } | null;
	/** the message, lines joined by newlines */
	readonly content: string;
	readonly complete: boolean;
}

/** Reads a queue file; null when it is damaged. An unfinished one has `complete` false. */
export function parseQueueFile(bytes: Uint8Array): QueuedMail | null {
	const records = parseRecords(bytes);
	if (records === null) return null;
	const attributes = new Map<string, string>();
	const recipients: QueuedRecipient[] = [];
	const mail = {
		size: null as number | null,
		dataOffset: 0,
		arrival: 0,
		sender: '',
		fullName: '',
		filter: '',
		redirect: '',
		returnType: '',
		envelopeId: '',
		flags: 0,
		warn: null as QueuedMail['warn']
	};
	let original = '';
	let dsnOriginal = '';
	let notify = 0;
	let inContent = false;
	const content: string[] = [];
	for (const { type, data, offset } of records) {
		const fields = data.trim().split(/\s+/);
		switch (type) {
			case REC.SIZE:
				mail.size = Number(fields[0]);
				mail.dataOffset = Number(fields[1]);
				mail.flags = Number(fields[3] ?? 0);
				break;
			case REC.TIME:
				mail.arrival = Number(fields[0]) * 1e6 + Number(fields[1] ?? 0);
				break;
			case REC.FROM:
				mail.sender = data;
				break;
			case REC.FULL:
				mail.fullName = data;
				break;
			case REC.RDIR:
				mail.redirect = data;
				break;
			case REC.WARN:
				mail.warn = { offset, time: Number(data) };
				break;
			case REC.DSN_RET:
				mail.returnType = data;
				break;
			case REC.DSN_ENVID:
				mail.envelopeId = data;
				break;
			case REC.ORCP:
				original = data;
				break;
			case REC.DSN_ORCPT:
				dsnOriginal = data;
				break;
			case REC.DSN_NOTIFY:
				notify = Number(data);
				break;
			case REC.ATTR: {
				const equals = data.indexOf('=');
				const [name, value] = [data.slice(0, equals), data.slice(equals + 1)];
				if (name === 'dsn_orig_rcpt') dsnOriginal = value;
				else if (name === 'notify_flags') notify = Number(value);
				else if (equals >= 0) attributes.set(name, value);
				break;
			}
			case REC.RCPT:
			case REC.DONE:
				recipients.push({ offset, address: data, original, dsnOriginal, notify, done: type === REC.DONE });
				original = dsnOriginal = '';
				notify = 0;
				break;
			case REC.NORM:
				content.push(data, '\n');
				break;
			case REC.CONT:
				if (inContent) content.push(data);
				else mail.filter = data;
				break;
			case REC.MESG:
			case REC.XTRA:
				inContent = type === REC.MESG;
				break;
		}
	}
	const complete = records.at(-1)?.type === REC.END;
	return { records, ...mail, recipients, attributes, content: content.join(''), complete };
}
