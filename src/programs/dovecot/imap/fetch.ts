/** The items of FETCH (RFC 3501, 6.4.5), each as what it answers for a message. */
import { crlf, splitMessage, type Message } from '../storage/mailbox';
import type { Argument } from './arguments';
import { flagList, internalDate } from './format';
import { bodyStructure, envelope, sectionOf } from './structure';

/** For the log line at the end. */
export interface FetchCounts {
	headers: number;
	headerBytes: number;
	bodies: number;
	bodyBytes: number;
}

type Item = (message: Message, content: string, counts: FetchCounts) => string;

export interface FetchItems {
	readonly items: readonly Item[];
	/** it marks the message as read */
	readonly marks: boolean;
	readonly hasFlags: boolean;
	readonly needsContent: boolean;
}

const MACROS: Readonly<Record<string, readonly string[]>> = {
	ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
	FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
	FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY']
};

const SIMPLE: Readonly<Record<string, Item>> = {
	FLAGS: (message) => `FLAGS (${flagList(message)})`,
	UID: ({ uid }) => `UID ${uid}`,
	INTERNALDATE: ({ received }) => `INTERNALDATE "${internalDate(received)}"`,
	'RFC822.SIZE': ({ size }) => `RFC822.SIZE ${size}`,
	ENVELOPE: (_message, content) => `ENVELOPE ${envelope(splitMessage(content)[0])}`,
	BODY: (_message, content) => `BODY ${bodyStructure(content, false)}`,
	BODYSTRUCTURE: (_message, content) => `BODYSTRUCTURE ${bodyStructure(content, true)}`
};
const WITHOUT_CONTENT = new Set(['FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE']);
/** older names of BODY[…] */
const OLD: Readonly<Record<string, string>> = { RFC822: '', 'RFC822.HEADER': 'HEADER', 'RFC822.TEXT': 'TEXT' };

function section(label: string, name: string, range: readonly [from: number, count: number] | null): Item {
	return (_message, content, counts) => {
		const found = sectionOf(content, name);
		if (found === null) return `${label} NIL`;
		const whole = crlf(found);
		const sent = range ? whole.slice(range[0], range[0] + range[1]) : whole;
		if (/^(?:.*\.)?(?:HEADER|MIME)/i.test(name)) {
			counts.headers++;
			counts.headerBytes += sent.length;
		} else {
			counts.bodies++;
			counts.bodyBytes += sent.length;
		}
		return `${label} {${sent.length}}\r\n${sent}`;
	};
}

/** @returns what is wrong, or the items */
export function fetchItems(wanted: Argument, byUid: boolean): FetchItems | string {
	const given = typeof wanted === 'string' ? [wanted] : wanted;
	const words = given.flatMap((word) => (typeof word === 'string' ? (MACROS[word.toUpperCase()] ?? [word]) : []));
	if (words.length === 0) return 'FETCH list is empty.';
	const items: Item[] = [];
	let marks = false;
	let needsContent = false;
	if (byUid && !words.some((word) => word.toUpperCase() === 'UID')) items.push(SIMPLE.UID!);
	for (const word of words) {
		const upper = word.toUpperCase();
		const body = /^BODY(\.PEEK)?\[(.*)\](?:<(\d+)\.(\d+)>)?$/s.exec(upper);
		if (body) {
			const [, peek, name = '', from, count] = body;
			marks ||= peek === undefined;
			needsContent = true;
			const label = `BODY[${name}]${from === undefined ? '' : `<${from}>`}`;
			items.push(section(label, name, from === undefined ? null : [Number(from), Number(count)]));
		} else if (Object.hasOwn(OLD, upper)) {
			marks ||= upper !== 'RFC822.HEADER';
			needsContent = true;
			items.push(section(upper, OLD[upper]!, null));
		} else if (Object.hasOwn(SIMPLE, upper)) {
			needsContent ||= !WITHOUT_CONTENT.has(upper);
			items.push(SIMPLE[upper]!);
		} else return `Unknown parameter: ${upper}`;
	}
	return { items, marks, needsContent, hasFlags: words.some((word) => word.toUpperCase() === 'FLAGS') };
}
