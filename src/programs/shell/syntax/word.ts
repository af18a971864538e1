/**
 * A word's raw text as parts: what is quoted, what is expanded and how.
 *
 * Does: splits a word, a here-document's body or an operand of `${…}` into parts. `${…}` keeps its operands raw; they are
 *       parsed when they are used, since what quotes mean in them depends on where they stand.
 * Reads: text that the recogniser accepted; unclosed constructs are taken to the end.
 * Trusts: nothing.
 */
import { decode } from '#kernel/text';
import { SyntaxFailure } from './failure';
import { Recognizer } from './recognizer';

export interface ParameterPart {
	readonly kind: 'parameter';
	/** as written, for messages */
	readonly text: string;
	readonly name: string;
	/** the subscript as written, "@" and "*" included */
	readonly index?: string;
	/** ${!name} */
	readonly indirect: boolean;
	/** ${#name} */
	readonly length: boolean;
	/** "-", ":-", "#", "//", "^^", ":" (substring), "@" (transformation), "names" (${!prefix*}), "keys" (${!name[@]}) */
	readonly operator?: string;
	/** all behind the operator */
	readonly operand?: string;
	readonly quoted: boolean;
}

export type Part =
	| { readonly kind: 'text'; readonly text: string }
	| { readonly kind: 'quoted'; readonly text: string }
	| { readonly kind: 'double'; readonly parts: readonly Part[] }
	| ParameterPart
	| { readonly kind: 'command'; readonly source: string; readonly offset: number; readonly backquoted: boolean }
	| { readonly kind: 'arithmetic'; readonly text: string }
	| { readonly kind: 'process'; readonly direction: '<' | '>'; readonly source: string; readonly offset: number }
	/** bad substitution: reported when it is expanded */
	| { readonly kind: 'bad'; readonly text: string };

/**
 * `word`: quotes of all kinds. `double`: as inside "…" (a here-document, an operand within double quotes).
 * `pattern`: an operand that is a pattern within double quotes: its quotes quote, but it is not split.
 */
export type Mode = 'word' | 'double' | 'quotes' | 'heredoc' | 'arithmetic';

export function parseWord(raw: string, mode: Mode = 'word'): Part[] {
	const parser = new WordParser(raw);
	return mode === 'word' ? parser.word() : parser.double(mode);
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPECIAL = '@*#?-$!0123456789';

class WordParser {
	at = 0;
	readonly #parts: Part[] = [];
	#text = '';

	constructor(readonly raw: string) {}

	word(): Part[] {
		const { raw } = this;
		while (this.at < raw.length) {
			const c = raw[this.at]!;
			if (c === '\\') {
				const next = raw[this.at + 1];
				this.at += 2;
				if (next === '\n') continue;
				this.#push({ kind: 'quoted', text: next ?? '\\' });
			} else if (c === "'") {
				const end = this.#find("'", this.at + 1);
				this.#push({ kind: 'quoted', text: raw.slice(this.at + 1, end) });
				this.at = end + 1;
			} else if (c === '"') this.#doubleQuoted();
			else if (c === '$' && raw[this.at + 1] === "'") {
				const end = this.#ansiEnd(this.at + 2);
				this.#push({ kind: 'quoted', text: unescapeAnsi(raw.slice(this.at + 2, end)) });
				this.at = end + 1;
			} else if (c === '$' && raw[this.at + 1] === '"') {
				this.at++;
				this.#doubleQuoted();
			} else if (c === '$') this.#dollar(false);
			else if (c === '`') this.#backquoted(false);
			else if ((c === '<' || c === '>') && raw[this.at + 1] === '(') {
				const start = this.at + 2;
				const end = substitutionEnd(raw, start);
				this.#push({ kind: 'process', direction: c, source: raw.slice(start, end - 1), offset: start });
				this.at = end;
			} else {
				this.#text += c;
				this.at++;
			}
		}
		this.#flush('text');
		return this.#parts;
	}

	/** @param mode double: a quote inside an operand toggles; heredoc: quotes are ordinary */
	double(mode: Mode): Part[] {
		const { raw } = this;
		while (this.at < raw.length) {
			const c = raw[this.at]!;
			if (c === '\\') {
				const next = raw[this.at + 1];
				this.at += 2;
				if (next === '\n') continue;
				if (
					next !== undefined &&
					('$`\\'.includes(next) || (next === '"' && mode !== 'heredoc') || (next === '}' && mode === 'double'))
				)
					this.#quotedText(next);
				else this.#quotedText('\\' + (next ?? ''));
			} else if (c === '"' && mode === 'double') this.at++;
			else if (c === '"' && mode === 'arithmetic') this.at++;
			else if (c === '$') this.#dollar(true);
			else if (c === '`') this.#backquoted(true);
			else this.#quotedText(c, this.at++);
		}
		this.#flush('quoted');
		return this.#parts;
	}

	#quotedText(text: string, _at?: number): void {
		this.#text += text;
	}

	#find(character: string, from: number): number {
		const end = this.raw.indexOf(character, from);
		return end < 0 ? this.raw.length : end;
	}

	#ansiEnd(from: number): number {
		let at = from;
		while (at < this.raw.length && this.raw[at] !== "'") at += this.raw[at] === '\\' ? 2 : 1;
		return Math.min(at, this.raw.length);
	}

	#flush(kind: 'text' | 'quoted'): void {
		if (this.#text !== '') this.#parts.push({ kind, text: this.#text });
		this.#text = '';
	}

	#push(part: Part, quotedContext = false): void {
		this.#flush(quotedContext ? 'quoted' : 'text');
		this.#parts.push(part);
	}

	#doubleQuoted(): void {
		const end = doubleQuoteEnd(this.raw, this.at);
		const inner = new WordParser(this.raw.slice(this.at + 1, end));
		this.#push({ kind: 'double', parts: inner.double('quotes') });
		this.at = end + 1;
	}

	#backquoted(quoted: boolean): void {
		const { raw } = this;
		let end = this.at + 1;
		while (end < raw.length && raw[end] !== '`') end += raw[end] === '\\' ? 2 : 1;
		const body = raw.slice(this.at + 1, Math.min(end, raw.length));
		const source = body.replace(quoted ? /\\([$`\\"])/g : /\\([$`\\])/g, '$1');
		this.#push({ kind: 'command', source, offset: this.at + 1, backquoted: true }, quoted);
		this.at = Math.min(end, raw.length) + 1;
	}

	#dollar(quoted: boolean): void {
		const { raw, at } = this;
		const next = raw[at + 1];
		if (next === '(') {
			if (raw[at + 2] === '(') {
				const end = new Recognizer(raw).arithmeticEnd(at + 3);
				if (end >= 0) {
					this.#push({ kind: 'arithmetic', text: raw.slice(at + 3, end - 2) }, quoted);
					this.at = end;
					return;
				}
			}
			const end = substitutionEnd(raw, at + 2);
			this.#push({ kind: 'command', source: raw.slice(at + 2, end - 1), offset: at + 2, backquoted: false }, quoted);
			this.at = end;
			return;
		}
		if (next === '{') {
			const end = bracedEnd(raw, at, quoted);
			this.#push(parseParameter(raw.slice(at, end), quoted), quoted);
			this.at = end;
			return;
		}
		if (next === '[') {
			let depth = 0;
			let end = at + 1;
			for (; end < raw.length; end++) {
				if (raw[end] === '[') depth++;
				else if (raw[end] === ']' && --depth === 0) break;
			}
			this.#push({ kind: 'arithmetic', text: raw.slice(at + 2, end) }, quoted);
			this.at = end + 1;
			return;
		}
		NAME.lastIndex = at + 1;
		const name = NAME.exec(raw)?.[0] ?? (next !== undefined && SPECIAL.includes(next) ? next : '');
		if (name === '') {
			this.#text += '$';
			this.at++;
			return;
		}
		this.#push({ kind: 'parameter', text: `$${name}`, name, indirect: false, length: false, quoted }, quoted);
		this.at += 1 + name.length;
	}
}

/** The offset of the quote that closes the one at `start`. */
export function doubleQuoteEnd(raw: string, start: number): number {
	for (let at = start + 1; at < raw.length;) {
		const c = raw[at]!;
		if (c === '"') return at;
		if (c === '\\') at += 2;
		else if (c === '`') at = backquoteEnd(raw, at);
		else if (c === '$' && raw[at + 1] === '{') at = bracedEnd(raw, at, true);
		else if (c === '$' && raw[at + 1] === '(') at = dollarParenthesisEnd(raw, at);
		else at++;
	}
	return raw.length;
}

function backquoteEnd(raw: string, start: number): number {
	let at = start + 1;
	while (at < raw.length && raw[at] !== '`') at += raw[at] === '\\' ? 2 : 1;
	return at + 1;
}

function dollarParenthesisEnd(raw: string, at: number): number {
	if (raw[at + 2] === '(') {
		const end = new Recognizer(raw).arithmeticEnd(at + 3);
		if (end >= 0) return end;
	}
	return substitutionEnd(raw, at + 2);
}

function substitutionEnd(raw: string, start: number): number {
	try {
		return new Recognizer(raw, start, { extglob: true }).substitutionEnd();
	} catch (thrown) {
		if (thrown instanceof SyntaxFailure) return raw.length + 1;
		throw thrown;
	}
}

/** The offset behind the `}` of the `${` at `start`. */
export function bracedEnd(raw: string, start: number, quoted: boolean): number {
	const patternOperand = /^\$\{[!#]?[A-Za-z0-9_@*#?$!-]*(\[[^\]]*\])?(##?|%%?|\/\/?|\^\^?|,,?)/.test(raw.slice(start));
	for (let at = start + 2; at < raw.length;) {
		const c = raw[at]!;
		if (c === '}') return at + 1;
		if (c === '\\') at += 2;
		else if (c === "'" && (!quoted || patternOperand)) {
			const end = raw.indexOf("'", at + 1);
			at = end < 0 ? raw.length : end + 1;
		} else if (c === '"') at = doubleQuoteEnd(raw, at) + 1;
		else if (c === '`') at = backquoteEnd(raw, at);
		else if (c === '$' && raw[at + 1] === '{' && at > start + 1) at = bracedEnd(raw, at, quoted);
		else if (c === '$' && raw[at + 1] === '(') at = dollarParenthesisEnd(raw, at);
		else at++;
	}
	return raw.length;
}

const PARAMETER = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])/;

/** `${…}` */
function parseParameter(text: string, quoted: boolean): Part {
	const bad: Part = { kind: 'bad', text };
	const inside = text.slice(2, -1);
	let rest = inside;
	let indirect = false;
	let length = false;
	if (rest[0] === '#' && rest.length > 1 && !/^#(?:[-:=+%/^,@]|\?.|##|#.)/.test(rest)) {
		length = true;
		rest = rest.slice(1);
	} else if (rest[0] === '#' && /^#(?:[@#?-]|)$/.test(rest) && rest.length > 1) {
		length = true;
		rest = rest.slice(1);
	} else if (rest[0] === '!' && /^!(?:[A-Za-z0-9_@*#?$!])/.test(rest)) {
		indirect = true;
		rest = rest.slice(1);
	}
	const name = PARAMETER.exec(rest)?.[0];
	if (name === undefined) return bad;
	rest = rest.slice(name.length);
	let index: string | undefined;
	if (rest[0] === '[' && /^[A-Za-z_]/.test(name)) {
		const end = subscriptEnd(rest, 0);
		if (end < 0) return bad;
		index = rest.slice(1, end);
		if (index === '') return bad;
		rest = rest.slice(end + 1);
	}
	const base = { kind: 'parameter', text, name, index, indirect, length, quoted } as const;
	if (indirect && (rest === '*' || rest === '@')) return { ...base, indirect: false, operator: 'names', operand: rest };
	if (indirect && (index === '@' || index === '*') && rest === '')
		return { ...base, indirect: false, operator: 'keys', operand: index };
	if (rest === '') return base;
	if (length) return bad;
	const operator = /^(?::[-=+?]|[-=+?]|##?|%%?|\/\/|\/#|\/%|\/|\^\^?|,,?|~~?|:|@)/.exec(rest)?.[0];
	if (operator === undefined) return bad;
	const operand = rest.slice(operator.length);
	if (operator === '@' && !/^[UuLQEPAKak]$/.test(operand)) return bad;
	return { ...base, operator, operand };
}

/** The offset of the `]` that closes the `[` at `start`, or -1. */
export function subscriptEnd(text: string, start: number): number {
	let depth = 0;
	for (let at = start; at < text.length; at++) {
		const c = text[at]!;
		if (c === '\\') at++;
		else if (c === '[') depth++;
		else if (c === ']' && --depth === 0) return at;
		else if (c === "'") {
			const end = text.indexOf("'", at + 1);
			if (end > 0) at = end;
		} else if (c === '"') at = doubleQuoteEnd(text, at);
		else if (c === '$' && text[at + 1] === '{') at = bracedEnd(text, at, false) - 1;
		else if (c === '$' && text[at + 1] === '(') at = dollarParenthesisEnd(text, at) - 1;
		else if (c === '`') at = backquoteEnd(text, at) - 1;
	}
	return -1;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
	a: '\x07',
	b: '\b',
	e: '\x1b',
	E: '\x1b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
	v: '\v',
	'\\': '\\',
	"'": "'",
	'"': '"',
	'?': '?'
};

/** The inside of $'…' (QUOTING in bash(1)); bytes that are no UTF-8 become lone surrogates. */
export function unescapeAnsi(text: string): string {
	let out = '';
	const bytes: number[] = [];
	const flush = () => {
		if (bytes.length > 0) out += bytesToText(bytes.splice(0));
	};
	for (let at = 0; at < text.length;) {
		const c = text[at]!;
		if (c !== '\\' || at + 1 >= text.length) {
			flush();
			out += c;
			at++;
			continue;
		}
		const rest = text.slice(at + 1, at + 11);
		let match: RegExpExecArray | null;
		if ((match = /^[0-7]{1,3}/.exec(rest))) bytes.push(parseInt(match[0], 8) & 255);
		else if ((match = /^x([0-9a-fA-F]{1,2})/.exec(rest))) bytes.push(parseInt(match[1]!, 16));
		else if ((match = /^x\{([0-9a-fA-F]+)\}/.exec(rest))) bytes.push(parseInt(match[1]!, 16) & 255);
		else if ((match = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest))) {
			flush();
			const code = parseInt(match[1] ?? match[2]!, 16);
			if (code <= 0x10ffff) out += String.fromCodePoint(code);
		} else if ((match = /^c([\s\S])/.exec(rest))) bytes.push(match[1]!.charCodeAt(0) & 31);
		else {
			flush();
			const simple = SIMPLE_ESCAPES[rest[0]!];
			out += simple ?? '\\' + rest[0]!;
			at += 2;
			continue;
		}
		at += 1 + match[0].length;
		if (bytes.length > 0 && bytes[bytes.length - 1] === 0) {
			bytes.pop();
			flush();
			return out;
		}
	}
	flush();
	return out;
}

function bytesToText(bytes: readonly number[]): string {
	return decode(Uint8Array.from(bytes));
}
