/**
 * Regular expressions of procmailrc(5): extended, letters of either case, `^` and `$` at every line, the macros `^TO_`, `^TO`,
 * `^FROM_DAEMON`, `^FROM_MAILER`, `^^` for the ends of the text, `\/` before what goes to MATCH.
 */
import { Regex, RegexError } from '../libc/regex';

const TO = '(^((Original-)?(Resent-)?(To|Cc|Bcc)|(X-Envelope|Apparently(-Resent)?)-To):';
const NAMES =
	'(Post(ma?(st(e?r)?|n)|office)|(send)?Mail(er)?|daemon|m(mdf|ajordomo)|n?uucp|LIST(SERV|proc)|NETSERV|o(wner|ps)|r(e(quest|sponse)|oot)|b(ounce|bs\\.smtp)|echo|mirror|s(erv(ices?|er)|mtp(error)?|ystem)|A(dmin(istrator)?|MMGR|utoanswer))';
const MAILERS =
	'(Post(ma(st(er)?|n)|office)|(send)?Mail(er)?|daemon|mmdf|n?uucp|ops|r(esponse|oot)|(bbs\\.)?smtp(error)?|s(erv(ices?|er)|ystem)|A(dmin(istrator)?|MMGR))';
const SENDER = '((((Resent-)?(From|Sender)|X-Envelope-From):|>?From )([^>]*[^(.%@a-z0-9])?';
const REST = '(([^).!:a-z0-9][-_a-z0-9]*)?[%@>\\t ][^<)]*(\\(.*\\).*)?)?$)';

const MACROS: readonly (readonly [string, string])[] = [
	['^TO_', `${TO}(.*[^-a-zA-Z0-9_.])?)`],
	['^TO', `${TO}(.*[^a-zA-Z])?)`],
	[
		'^FROM_DAEMON',
		`(^(Mailing-List:|Precedence:.*(junk|bulk|list)|To: Multiple recipients of |${SENDER}${NAMES}${REST}))`
	],
	['^FROM_MAILER', `(^${SENDER}${MAILERS}${REST})`]
];

export interface PatternMatch {
	/** what `\/` marked; undefined without the mark */
	readonly marked: string | undefined;
}

/**
 * @returns null when it does not match, or is no pattern
 * @throws RegexError
 */
export function match(pattern: string, text: string, caseSensitive: boolean): PatternMatch | null {
	let source = pattern;
	for (const [name, value] of MACROS) source = source.replaceAll(name, () => value);
	const options = { extended: true, ignoreCase: !caseSensitive, newline: true };
	const cut = source.indexOf('\\/');
	const left = cut < 0 ? source : source.slice(0, cut);
	const anchoredStart = left.startsWith('^^');
	const anchoredEnd = source.endsWith('^^') && source.length > 2;
	const clean = (part: string): string => part.replace(/^\^\^/, '').replace(/\^\^$/, '');
	const front = clean(left) === '' ? '' : `(${clean(left)})`;
	const regex = new Regex(cut < 0 ? clean(source) : `${front}(${clean(source.slice(cut + 2))})`, options);
	const group = cut < 0 || front === '' ? 1 : new Regex(front, options).groups + 1;
	const found = regex.exec(text);
	if (!found) return null;
	if (anchoredStart && found.start !== 0) return null;
	if (anchoredEnd && found.end < text.replace(/\n+$/, '').length) return null;
	return { marked: cut < 0 ? undefined : (found.groups[group] ?? '') };
}

export { RegexError };
