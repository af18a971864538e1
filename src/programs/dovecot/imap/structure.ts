/** What IMAP tells of a message's inside: ENVELOPE, BODYSTRUCTURE and the sections of BODY[…] (RFC 3501, 7.4.2). */
import { crlf, splitMessage } from '../storage/mailbox';
import { quoted } from './arguments';

export function headerLines(header: string): string[] {
	return header
		.replace(/\r?\n$/, '')
		.split(/\r?\n(?![ \t])/)
		.filter((line) => line !== '');
}

export function headerValue(header: string, name: string): string | null {
	const line = headerLines(header).find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
	return line === undefined
		? null
		: line
				.slice(name.length + 1)
				.replace(/\r?\n[ \t]+/g, ' ')
				.trim();
}

/** `Bob <bob@x>, joe` → ((name NIL local domain) …) */
function addresses(text: string | null): string {
	if (text === null || text === '') return 'NIL';
	const one = (part: string): string => {
		const angle = /^(.*?)<([^<>]*)>/s.exec(part);
		const name = angle?.[1]!.trim().replace(/^"(.*)"$/s, '$1') ?? '';
		const address = (angle?.[2] ?? part.replace(/\([^()]*\)/g, '')).trim();
		const at = address.lastIndexOf('@');
		const [local, domain] = at < 0 ? [address, 'MISSING_DOMAIN'] : [address.slice(0, at), address.slice(at + 1)];
		return `(${quoted(name === '' ? null : name)} NIL ${quoted(local)} ${quoted(domain)})`;
	};
	return `(${text
		.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
		.map(one)
		.join('')})`;
}

export function envelope(header: string): string {
	const value = (name: string): string | null => headerValue(header, name);
	const from = addresses(value('from'));
	const or = (name: string): string => (value(name) === null ? from : addresses(value(name)));
	return `(${[
		quoted(value('date')),
		quoted(value('subject')),
		from,
		or('sender'),
		or('reply-to'),
		addresses(value('to')),
		addresses(value('cc')),
		addresses(value('bcc')),
		quoted(value('in-reply-to')),
		quoted(value('message-id'))
	].join(' ')})`;
}

interface Type {
	readonly major: string;
	readonly minor: string;
	readonly parameters: readonly (readonly [string, string])[];
}

function typeOf(header: string): Type {
	const text = headerValue(header, 'content-type') ?? 'text/plain; charset=us-ascii';
	const [, major = 'text', minor = 'plain', rest = ''] = /^\s*([^/;\s]+)\/([^;\s]+)(.*)$/s.exec(text) ?? [];
	const parameters = [...rest.matchAll(/;\s*([^=\s]+)\s*=\s*(?:"([^"]*)"|([^;\s]+))/g)].map(
		([, name, a, b]) => [name!.toLowerCase(), a ?? b ?? ''] as const
	);
	return { major: major.toLowerCase(), minor: minor.toLowerCase(), parameters };
}

/** The parts of a multipart message; none of another. */
export function partsOf(content: string): string[] {
	const [header, body] = splitMessage(content);
	const { major, parameters } = typeOf(header);
	const boundary = parameters.find(([name]) => name === 'boundary')?.[1];
	if (major !== 'multipart' || boundary === undefined) return [];
	const mark = `--${boundary}`;
	const parts: string[] = [];
	let current: string[] | null = null;
	for (const line of body.split('\n')) {
		const bare = line.replace(/\r$/, '').trimEnd();
		if (bare === mark || bare === `${mark}--`) {
			if (current) parts.push(current.join('\n'));
			current = bare === mark ? [] : null;
			if (bare !== mark) break;
		} else current?.push(line);
	}
	if (current) parts.push(current.join('\n'));
	return parts;
}

/** @param isExtended BODYSTRUCTURE rather than BODY */
export function bodyStructure(content: string, isExtended: boolean, depth = 0): string {
	const [header, body] = splitMessage(content);
	const { major, minor, parameters } = typeOf(header);
	const list = (pairs: readonly (readonly [string, string])[]): string =>
		pairs.length === 0 ? 'NIL' : `(${pairs.map(([name, value]) => `${quoted(name)} ${quoted(value)}`).join(' ')})`;
	const parts = depth < 10 ? partsOf(content) : [];
	if (parts.length > 0) {
		const inner = parts.map((part) => bodyStructure(part, isExtended, depth + 1)).join('');
		return `(${inner} ${quoted(minor)}${isExtended ? ` ${list(parameters)} NIL NIL NIL` : ''})`;
	}
	const sent = crlf(body);
	const disposition = headerValue(header, 'content-disposition');
	const kind = disposition === null ? 'NIL' : `(${quoted(disposition.split(';')[0]!.trim().toLowerCase())} NIL)`;
	const fields = [
		quoted(major),
		quoted(minor),
		list(parameters),
		quoted(headerValue(header, 'content-id')),
		quoted(headerValue(header, 'content-description')),
		quoted(headerValue(header, 'content-transfer-encoding')?.toLowerCase() ?? '7bit'),
		String(sent.length),
		...(major === 'text' ? [String(sent.split('\n').length - 1)] : []),
		...(isExtended ? [quoted(headerValue(header, 'content-md5')), kind, 'NIL', 'NIL'] : [])
	];
	return `(${fields.join(' ')})`;
}

/** What BODY[section] is; null for a part that is not there. @param section "", "HEADER.FIELDS (SUBJECT)", "1.2", "TEXT" */
export function sectionOf(content: string, section: string): string | null {
	const numbers = /^(\d+)(?:\.(.*))?$/s.exec(section);
	if (numbers) {
		const parts = partsOf(content);
		const index = Number(numbers[1]);
		const rest = numbers[2] ?? '';
		if (parts.length === 0) return index === 1 && rest === '' ? splitMessage(content)[1] : null;
		const part = parts[index - 1];
		if (part === undefined) return null;
		if (rest === '') return splitMessage(part)[1];
		if (rest.toUpperCase() === 'MIME') return splitMessage(part)[0];
		return sectionOf(part, rest);
	}
	const [header, body] = splitMessage(content);
	const upper = section.toUpperCase();
	if (upper === '') return content;
	if (upper === 'HEADER') return header;
	if (upper === 'TEXT') return body;
	const fields = /^HEADER\.FIELDS(\.NOT)? \(([^)]*)\)$/.exec(upper);
	if (!fields) return null;
	const names = fields[2]!.split(' ');
	const chosen = headerLines(header).filter(
		(line) => names.includes(line.slice(0, line.indexOf(':')).trim().toUpperCase()) !== (fields[1] !== undefined)
	);
	return `${chosen.map((line) => `${line}\n`).join('')}\n`;
}
