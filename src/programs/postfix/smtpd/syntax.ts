/**
 * What a client may write (smtpd_token.c, extract_addr()): words of a command, and addresses, with Postfix's leniency.
 */
import type { Sys } from '#kernel/syscalls';
import { addressesIn, internalize, parse } from '../tok822';
import { resolve } from '../rewrite-client';
import { RESOLVE } from '../trivial-rewrite';
import type { Session } from './session';

export interface Word {
	readonly text: string;
	/** an unbalanced quote or bracket */
	readonly bad: boolean;
}

/** `<…>` or `"…"`, brackets and quotes inside balanced. */
function quoted(line: string, at: number, open: string): { text: string; at: number; bad: boolean } {
	const stack = [open === '<' ? '>' : open];
	let text = open;
	while (at < line.length) {
		const char = line[at++]!;
		text += char;
		const wanted = stack.at(-1)!;
		if (char === '\\') {
			if (at < line.length) text += line[at++];
		} else if (char === wanted) {
			stack.pop();
			if (stack.length === 0) return { text, at, bad: false };
		} else if (char === '"') stack.push('"');
		else if (char === '<' && wanted === '>') stack.push('>');
	}
	return { text, at, bad: true };
}

/** The words of a command line; `FROM:<a>` is two. */
export function words(line: string): Word[] {
	const out: Word[] = [];
	let at = 0;
	while (at < line.length) {
		let text = '';
		let bad = false;
		while (at < line.length) {
			const char = line[at++]!;
			if (/\s/.test(char)) {
				while (at < line.length && /\s/.test(line[at]!)) at++;
				if (text !== '') break;
			} else if (char === '<' || char === '"') {
				const found = quoted(line, at, char);
				text += found.text;
				at = found.at;
				bad ||= found.bad;
			} else if (char === ':') {
				text += char;
				if (/^(to|from):$/i.test(text)) break;
			} else {
				text += char;
				if (char === '\\' && at < line.length) text += line[at++];
			}
		}
		if (text !== '') out.push({ text, bad });
	}
	return out;
}

/** Printable ASCII and UTF-8 stay; the rest becomes `?` (printable(3)). */
export function printable(text: string, replacement = '?'): string {
	return text.replace(/[\x00-\x1f\x7f\udc80-\udcff]/g, replacement);
}

/** The address of MAIL, RCPT or VRFY without quotes; null (and a warning logged) when it is none. */
export function* extractAddress(
	session: Session,
	word: string,
	allow: { readonly empty: boolean; readonly strict: boolean }
): Sys<string | null> {
	const inBrackets = word.startsWith('<') && word.endsWith('>') && word.length >= 2;
	let text = inBrackets ? word.slice(1, -1) : word;
	const colon = text.indexOf(':');
	if (text.startsWith('@') && colon >= 0) text = text.slice(colon + 1);
	const tree = parse(text);
	const found = addressesIn(tree);
	const others = tree.filter((token) => token.type !== 'addr' && !(token.type === 'op' && '<>'.includes(token.char)));
	const address = found.length > 0 ? internalize(found.at(-1)!.tokens) : '';
	let wrong = found.length > 1 || (allow.strict && (others.length > 0 || !word.startsWith('<')));
	if (!wrong)
		wrong =
			(address === '' && !allow.empty) ||
			(allow.strict && address.startsWith('@')) ||
			(yield* unresolvable(session, address));
	if (!wrong) return address;
	yield* session.daemon.log.warn(
		`Illegal address syntax from ${session.peer.nameAddress} in ${session.where} command: ${printable(word)}`
	);
	return null;
}

function* unresolvable(session: Session, address: string): Sys<boolean> {
	if (address === '') return false;
	const reply = yield* resolve(
		session.daemon,
		(session.where === 'MAIL' ? session.recipient : session.sender) ?? '',
		address
	);
	if (reply.flags & RESOLVE.ERROR) return true;
	const at = reply.recipient.lastIndexOf('@');
	return !session.smtputf8 && at >= 0 && /[^\x00-\x7f]/.test(reply.recipient.slice(at + 1));
}

/** xtext (RFC 3461 4); null when it is none. */
export function xtextDecode(text: string): string | null {
	if (/\+(?![0-9A-Fa-f]{2})/.test(text)) return null;
	return text.replace(/\+([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
