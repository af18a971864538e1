/**
 * DNS messages as dig, host -v and nslookup -debug print them (dns_message_totext, dns_master_style of BIND 9.18).
 *
 * Columns are tab stops of 8: name, TTL at 24, class at 32, type at 40, data at 48.
 */
import {
	className,
	EDNS_OPTION,
	genericText,
	opcodeName,
	rcodeName,
	rdataBytes,
	rdataText,
	recordType,
	typeNumber,
	type DnsMessage,
	type DnsQuestion,
	type DnsRecord,
	type Edns
} from '#wire/dns';

export interface TextStyle {
	readonly comments: boolean;
	readonly question: boolean;
	readonly answer: boolean;
	readonly authority: boolean;
	readonly additional: boolean;
	readonly ttl: boolean;
	readonly ttlUnits: boolean;
	readonly class: boolean;
	readonly multiline: boolean;
	readonly badCookie: boolean;
	/** types and data as numbers (RFC 3597) */
	readonly unknownFormat?: boolean;
}

/** Where TTL, class, type and data begin; fields that are left out leave no gap (dig.c, printmessage). */
const FULL = { ttl: 24, class: 32, type: 40, data: 48 };
const WITHOUT_ONE = { ttl: 24, class: 24, type: 32, data: 40 };
const NARROW = { ttl: 24, class: 24, type: 24, data: 32 };
const TAB = 8;

/** White space up to a column, or to the next one when the text is there already (indent() of masterdump.c). */
export function toColumn(text: string, column: number): string {
	const from = displayWidth(text.slice(text.lastIndexOf('\n') + 1));
	const to = from < column ? column : from + 1;
	const tabs = Math.floor(to / TAB) - Math.floor(from / TAB);
	return text + (tabs > 0 ? '\t'.repeat(tabs) + ' '.repeat(to % TAB) : ' '.repeat(to - from));
}

function displayWidth(text: string): number {
	let width = 0;
	for (const character of text) width = character === '\t' ? width - (width % TAB) + TAB : width + 1;
	return width;
}

type LineStyle = Pick<TextStyle, 'ttl' | 'ttlUnits' | 'class' | 'multiline' | 'unknownFormat'>;

function columnsOf(style: LineStyle): typeof FULL {
	if (style.multiline || (!style.ttl && !style.class)) return NARROW;
	return style.ttl && style.class ? FULL : WITHOUT_ONE;
}

export function recordLine(record: DnsRecord, style: LineStyle): string {
	const columns = columnsOf(style);
	let line = record.name;
	if (style.ttl) line = toColumn(line, columns.ttl) + (style.ttlUnits ? ttlText(record.ttl) : String(record.ttl));
	const numbers = style.unknownFormat === true;
	if (style.class) line = toColumn(line, columns.class) + classText(record.class, numbers);
	line = toColumn(toColumn(line, columns.type) + typeText(recordType(record), numbers), columns.data);
	if (numbers) return line + genericText(rdataBytes(record));
	return line + (style.multiline ? multilineData(record) : rdataText(record));
}

function classText(number: number, asNumber: boolean): string {
	return asNumber ? `CLASS${number}` : className(number);
}

function typeText(name: string, asNumber: boolean): string {
	return asNumber ? `TYPE${typeNumber(name)!}` : name;
}

/** "1d2h" (dns_ttl_totext, short) */
export function ttlText(seconds: number): string {
	const parts: string[] = [];
	for (const [unit, size] of [
		['w', 604_800],
		['d', 86_400],
		['h', 3_600],
		['m', 60]
	] as const) {
		if (seconds >= size) parts.push(`${Math.floor(seconds / size)}${unit}`);
		seconds %= size;
	}
	if (seconds > 0 || parts.length === 0) parts.push(`${seconds}s`);
	return parts.join('');
}

/** "8 hours", "1 week 2 days" (dns_ttl_totext, verbose) */
function verboseTime(seconds: number): string {
	const parts: string[] = [];
	for (const [unit, size] of [
		['week', 604_800],
		['day', 86_400],
		['hour', 3_600],
		['minute', 60],
		['second', 1]
	] as const) {
		const count = Math.floor(seconds / size);
		if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
		seconds %= size;
	}
	return parts.length === 0 ? '0 seconds' : parts.join(' ');
}

function multilineData(record: DnsRecord): string {
	if (record.type !== 'SOA') return rdataText(record);
	const break_ = `\n${'\t'.repeat(4)}`;
	const numbers = [
		[record.serial, 'serial'],
		[record.refresh, 'refresh'],
		[record.retry, 'retry'],
		[record.expire, 'expire'],
		[record.minimum, 'minimum']
	] as const;
	const lines = numbers.map(
		([value, name], i) => `${String(value).padEnd(10)} ; ${name}${i === 0 ? '' : ` (${verboseTime(value)})`}`
	);
	return `${record.mname} ${record.rname} (${[...lines, ')'].map((line) => break_ + line).join('')}`;
}

export function questionLine(question: DnsQuestion, style: LineStyle): string {
	const columns = columnsOf(style);
	const numbers = style.unknownFormat === true;
	/* the semicolon does not count for the columns */
	const name = `;${toColumn(question.name, columns.class)}`;
	return style.class
		? `;${toColumn(name.slice(1) + classText(question.class, numbers), columns.type)}${typeText(question.type, numbers)}`
		: name + typeText(question.type, numbers);
}

const FLAG_WORDS = [
	['response', 'qr'],
	['authoritative', 'aa'],
	['truncated', 'tc'],
	['recursionDesired', 'rd'],
	['recursionAvailable', 'ra'],
	['authenticData', 'ad'],
	['checkingDisabled', 'cd']
] as const;

/** The two lines ";; ->>HEADER<<- …" and ";; flags: …". */
export function headerLines(message: DnsMessage): string {
	const flags = FLAG_WORDS.filter(([name]) => message[name]).map(([, word]) => ` ${word}`);
	const additional = message.additional.length + (message.edns ? 1 : 0);
	return (
		`;; ->>HEADER<<- opcode: ${opcodeName(message.opcode)}, status: ${rcodeName(message.rcode)}, id: ${message.id}\n` +
		`;; flags:${flags.join('')}; QUERY: ${message.questions.length}, ANSWER: ${message.answers.length}, ` +
		`AUTHORITY: ${message.authority.length}, ADDITIONAL: ${additional}\n`
	);
}

const EXTENDED_ERRORS: Readonly<Record<number, string>> = {
	0: 'Other', 3: 'Stale Answer', 4: 'Forged Answer', 15: 'Blocked', 16: 'Censored', 17: 'Filtered', 18: 'Prohibited', 19: 'Stale NXDOMAIN Answer', 20: 'Not Authoritative',
	21: 'Not Supported', 22: 'No Reachable Authority', 23: 'Network Error', 24: 'Invalid Data'
}; // prettier-ignore

function hexText(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The OPT pseudo section. @param sentCookie what the client sent, to tell whether the server's cookie is good */
export function optLines(edns: Edns, sentCookie?: Uint8Array): string {
	let text = `; EDNS: version: ${edns.version}, flags:${edns.dnssecOk ? ' do' : ''}; udp: ${edns.udpSize}\n`;
	for (const { code, data } of edns.options) {
		if (code === EDNS_OPTION.cookie) {
			const same = sentCookie !== undefined && hexText(data.subarray(0, 8)) === hexText(sentCookie.subarray(0, 8));
			text += `; COOKIE: ${hexText(data)}${data.length > 8 ? (same ? ' (good)' : ' (bad)') : sentCookie === undefined ? '' : same ? ' (echoed)' : ' (bad)'}\n`;
		} else if (code === EDNS_OPTION.extendedError) {
			const number = data[0]! * 256 + data[1]!;
			const extra = String.fromCharCode(...data.subarray(2));
			const name = EXTENDED_ERRORS[number];
			text += `; EDE: ${number}${name === undefined ? '' : ` (${name})`}${extra && `: (${extra})`}\n`;
		} else text += `; OPT=${code}: ${Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}\n`;
	}
	return text;
}

/** Sections of a message from the OPT record on, each with its heading and the empty line behind it. */
export function sectionsText(message: DnsMessage, style: TextStyle, sentCookie?: Uint8Array): string {
	let text = '';
	const heading = (title: string) => (style.comments ? `;; ${title} SECTION:\n` : '');
	const gap = style.comments ? '\n' : '';
	if (message.edns && style.comments) text += `;; OPT PSEUDOSECTION:\n${optLines(message.edns, sentCookie)}`;
	if (message.questions.length > 0 && style.question)
		text += `${heading('QUESTION')}${message.questions.map((question) => `${questionLine(question, style)}\n`).join('')}${gap}`;
	const sections = [
		['ANSWER', message.answers, style.answer],
		['AUTHORITY', message.authority, style.authority],
		['ADDITIONAL', message.additional, style.additional]
	] as const;
	for (const [title, records, wanted] of sections) {
		if (wanted && records.length > 0)
			text += `${heading(title)}${records.map((record) => `${recordLine(record, style)}\n`).join('')}${gap}`;
	}
	return text;
}
