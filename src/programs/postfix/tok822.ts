/**
 * Addresses as tokens (tok822(3)): what RFC 822 allows in a header's address list, scanned, parsed and written again.
 *
 * Does: scans text to tokens, finds the addresses among comments, phrases and groups, and turns a list of tokens back
 *       into text, with quotes (`externalize`) or without (`internalize`).
 * Also: quoting of local parts as RFC 821 and RFC 822 want it.
 */

/** A token: an operator character, or a word with its text. `addr` holds the tokens of one address. */
export type Token =
	| { readonly type: 'atom' | 'qstring' | 'domlit' | 'comment'; text: string }
	| { readonly type: 'addr'; tokens: Token[] }
	| { readonly type: 'op'; char: string };

const OPERATORS = '"\\()<>@,;:.[]%!|';
const SPACE = ' \t\r\n';

/** Collects until `end`, resolving backslashes; @returns text and where scanning goes on */
function collect(text: string, at: number, end: string): { text: string; at: number } {
	let out = '';
	for (; at < text.length && text[at] !== end; at++) {
		if (text[at] === '\\' && at + 1 < text.length) at++;
		out += text[at];
	}
	return { text: out, at: at + 1 };
}

function comment(text: string, at: number): { text: string; at: number } {
	const start = at;
	let level = 0;
	for (; at < text.length; at++) {
		if (text[at] === '\\') at++;
		else if (text[at] === '(') level++;
		else if (text[at] === ')' && --level === 0) {
			at++;
			break;
		}
	}
	return { text: text.slice(start, at), at };
}

/** @param limit tokens at most (header_address_token_limit) */
export function scan(text: string, limit = 10_240): Token[] {
	const tokens: Token[] = [];
	for (let at = 0; at < text.length && tokens.length < limit;) {
		const char = text[at]!;
		if (SPACE.includes(char)) at++;
		else if (char === '(') {
			const found = comment(text, at);
			tokens.push({ type: 'comment', text: found.text });
			at = found.at;
		} else if (char === '[' || char === '"') {
			const found = collect(text, at + 1, char === '[' ? ']' : '"');
			tokens.push({ type: char === '[' ? 'domlit' : 'qstring', text: found.text });
			at = found.at;
		} else if (char !== '\\' && OPERATORS.includes(char)) {
			tokens.push({ type: 'op', char });
			at++;
		} else {
			let word = '';
			let quote = false;
			while (at < text.length && !SPACE.includes(text[at]!) && (text[at] === '\\' || !OPERATORS.includes(text[at]!))) {
				if (text[at] === '\\' && at + 1 < text.length) at++;
				if (OPERATORS.includes(text[at]!) || text[at]! <= ' ') quote = true;
				word += text[at++];
			}
			tokens.push({ type: quote ? 'qstring' : 'atom', text: word });
		}
	}
	return tokens;
}

const isOperator = (token: Token | undefined, chars: string): boolean =>
	token?.type === 'op' && chars.includes(token.char);
const isWord = (token: Token): boolean => token.type === 'atom' || token.type === 'qstring' || token.type === 'domlit';

/**
 * An address list: the addresses in it stand as `addr` tokens. Works from the right, as the original does, so that a
 * missing comma between addresses is noticed.
 */
export function parse(text: string, limit?: number): Token[] {
	const tokens = scan(text, limit);
	const out: Token[] = [];
	let address: Token[] = [];
	let expectWord = true;
	const group = (comma: boolean): void => {
		if (address.length === 0) return;
		out.unshift({ type: 'addr', tokens: address });
		if (comma) out.unshift({ type: 'op', char: ',' });
		address = [];
	};
	for (let i = tokens.length - 1; i >= 0; i--) {
		const token = tokens[i]!;
		if (token.type === 'comment') {
			/* a comment inside or before an address moves behind it */
			out.unshift(token);
		} else if (isOperator(token, '>')) {
			group(true);
			out.unshift(token);
			let j = i - 1;
			const inside: Token[] = [];
			for (; j >= 0 && !isOperator(tokens[j], '<'); j--) inside.unshift(tokens[j]!);
			if (inside.length > 0) out.unshift({ type: 'addr', tokens: inside });
			if (j >= 0) out.unshift(tokens[j]!);
			for (i = j - 1; i >= 0 && !isOperator(tokens[i], '>;,:'); i--) out.unshift(tokens[i]!);
			i++;
			expectWord = true;
		} else if (isOperator(token, ';')) {
			group(true);
			out.unshift(token);
			expectWord = true;
		} else if (isOperator(token, ':') && tokens.slice(i).some((later) => isOperator(later, ';'))) {
			group(false);
			out.unshift(token);
			for (i--; i >= 0 && !isOperator(tokens[i], ','); i--) out.unshift(tokens[i]!);
			i++;
			expectWord = true;
		} else if (isOperator(token, ',')) {
			group(false);
			out.unshift(token);
			expectWord = true;
		} else if (isWord(token)) {
			if (!expectWord) group(true);
			address.unshift(token);
			expectWord = false;
		} else {
			address.unshift(token);
			expectWord = true;
		}
	}
	group(false);
	return out;
}

function spaceAfter(token: Token, next: Token | undefined, grouped: boolean): boolean {
	if (!next || grouped) return false;
	if (isOperator(token, ',') || isOperator(token, ':') || isOperator(next, '<')) return true;
	return token.type !== 'op' && next.type !== 'op';
}

/** Without quotes: what tables are asked and the queue file holds. */
export function internalize(tokens: readonly Token[], grouped = true): string {
	let out = '';
	for (const [i, token] of tokens.entries()) {
		if (token.type === 'op') out += token.char;
		else if (token.type === 'addr') out += internalize(token.tokens);
		else if (token.type === 'domlit') out += `[${token.text}]`;
		else out += token.text;
		if (spaceAfter(token, tokens[i + 1], grouped)) out += ' ';
	}
	return out;
}

/** With quotes where needed. @param lines one address a line: a comma is followed by a newline */
export function externalize(tokens: readonly Token[], lines = false, grouped = false): string {
	let out = '';
	for (const [i, token] of tokens.entries()) {
		if (token.type === 'op') {
			if (token.char === ',' && !grouped) {
				out += lines ? ',\n' : ', ';
				continue;
			}
			out += token.char;
		} else if (token.type === 'addr') out += quote822(internalize(token.tokens));
		else if (token.type === 'qstring') out += `"${token.text.replace(/["\\\r\n]/g, '\\$&')}"`;
		else if (token.type === 'domlit') out += `[${token.text.replace(/[\\\r\n]/g, '\\$&')}]`;
		else out += token.text;
		if (spaceAfter(token, tokens[i + 1], grouped)) out += ' ';
	}
	return out;
}

/** The `addr` tokens of a parsed list. */
export function addressesIn(tokens: readonly Token[]): Extract<Token, { type: 'addr' }>[] {
	return tokens.filter((token) => token.type === 'addr');
}

/* ---- quoting ----------------------------------------------------------------------------------------------------- */

function needsQuotes(local: string): boolean {
	return (
		local === '' ||
		local.startsWith('.') ||
		local.endsWith('.') ||
		local.includes('..') ||
		/[\x00-\x20\x7f<>()[\]\\,;:@"]/.test(local)
	);
}

/** Internal form to the form of a header: `a b@c` becomes `"a b"@c` (quote_822_local(3)). */
export function quote822(address: string): string {
	if (address === '') return '';
	const colon = address.startsWith('@') ? address.indexOf(':') : -1;
	const route = colon < 0 ? '' : address.slice(0, colon + 1);
	const rest = address.slice(route.length);
	const at = rest.lastIndexOf('@');
	const local = at < 0 ? rest : rest.slice(0, at);
	if (!needsQuotes(local)) return address;
	return `${route}"${local.replace(/["\\\r]/g, '\\$&')}"${at < 0 ? '' : rest.slice(at)}`;
}

/** Internal form to the form of the SMTP protocol (quote_821_local(3)); the null address stays empty. */
export function quote821(address: string): string {
	if (address === '') return '';
	const at = address.lastIndexOf('@');
	const local = at < 0 ? address : address.slice(0, at);
	if (!needsQuotes(local)) return address;
	return `"${local.replace(/["\\\r\n]/g, '\\$&')}"${at < 0 ? '' : address.slice(at)}`;
}

/** Back to the internal form (unquote_822_local(3)). */
export function unquote822(address: string): string {
	let out = '';
	let quoted = false;
	for (let i = 0; i < address.length; i++) {
		if (address[i] === '"') quoted = !quoted;
		else if (address[i] === '\\') {
			if (i + 1 < address.length) out += address[++i];
		} else out += address[i];
	}
	return out;
}

/** `user`, `domain` of an internal address; domain is undefined without an @. */
export function splitAddress(address: string): readonly [local: string, domain: string | undefined] {
	const at = address.lastIndexOf('@');
	return at < 0 ? [address, undefined] : [address.slice(0, at), address.slice(at + 1)];
}
