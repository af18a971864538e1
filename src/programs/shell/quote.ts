/** Quoting for reuse as input: what `set`, `declare -p`, `printf %q`, ${x@Q} and `set -x` print (lib/sh/shquote.c). */
import { encode } from '#kernel/text';

/** '…' always */
export function quoteReusable(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** "…" with what stays special escaped, or $'…' for control characters */
export function quoteDouble(text: string): string {
	if (/[\x00-\x08\x0b-\x1f\x7f]|[\n]/.test(text) && /[\x00-\x1f\x7f]/.test(text)) return quoteAnsi(text);
	return `"${text.replace(/[$`"\\]/g, '\\$&')}"`;
}

const ANSI: Readonly<Record<string, string>> = {
	'\x07': '\\a',
	'\b': '\\b',
	'\t': '\\t',
	'\n': '\\n',
	'\v': '\\v',
	'\f': '\\f',
	'\r': '\\r',
	'\x1b': '\\E',
	'\\': '\\\\',
	"'": "\\'"
};

/** $'…' */
export function quoteAnsi(text: string): string {
	let out = '';
	for (const c of text) {
		const known = ANSI[c];
		const code = c.codePointAt(0)!;
		if (known !== undefined) out += known;
		else if (code < 32 || code === 127) out += '\\' + code.toString(8).padStart(3, '0');
		else if (code >= 0xdc80 && code <= 0xdcff) out += '\\' + (code - 0xdc00).toString(8).padStart(3, '0');
		else out += c;
	}
	return `$'${out}'`;
}

/** \ before each special character: printf %q */
export function quoteBackslash(text: string): string {
	if (text === '') return "''";
	if (/[\x00-\x1f\x7f\udc80-\udcff]/.test(text)) return quoteAnsi(text);
	return text.replace(/[ '"\\|&;()<>!{}*[\]?^$`,]/g, '\\$&').replace(/^[~#]/, '\\$&');
}

/** Whether the shell would read the word otherwise than it stands there (sh_contains_shell_metas). */
export function hasMetacharacters(text: string): boolean {
	return /[ \t\n'"\\|&;()<>!{}*[\]?^$`]|^[~#]|[=:]~|[ \t]#/.test(text);
}

/** As `set -x` prints an argument. */
export function quoteTrace(text: string): string {
	if (text === '') return "''";
	if (/[\x00-\x1f\x7f\udc80-\udcff]/.test(text)) return quoteAnsi(text);
	return hasMetacharacters(text) ? quoteReusable(text) : text;
}

/** As `set` and `export -p` of dash, `alias` and `trap -p` show a value. */
export function quoteIfNeeded(text: string): string {
	if (/[\x00-\x1f\x7f]/.test(text)) return quoteAnsi(text);
	return text === '' || hasMetacharacters(text) ? quoteReusable(text) : text;
}

export function byteLength(text: string): number {
	return encode(text).length;
}
