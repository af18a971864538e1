/**
 * How GNU utilities quote names (gnulib's quotearg): `quote` with the locale's marks ‘x’, `quoteShell` as a shell would
 * need it ('x'), `quoteFile` only when the name has something that a shell or a reader would stumble over.
 */

const ESCAPES: Readonly<Record<string, string>> = {
	'\x07': '\\a',
	'\b': '\\b',
	'\f': '\\f',
	'\n': '\\n',
	'\r': '\\r',
	'\t': '\\t',
	'\v': '\\v'
};

/** A byte that is not text, or a control character, as C writes it. */
function escapeControl(character: string): string {
	const code = character.charCodeAt(0);
	const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code;
	return ESCAPES[character] ?? `\\${byte.toString(8).padStart(3, '0')}`;
}

const UNPRINTABLE = /[\0-\x1f\x7f\x80-\x9f\udc80-\udcff]/;

/** ‘x’ */
export function quote(name: string): string {
	const inner = name.replace(/\\/g, '\\\\').replace(new RegExp(UNPRINTABLE, 'gu'), escapeControl);
	return `‘${inner}’`;
}

/** 'x', always quoted: messages like "cannot remove 'x'" */
export function quoteShell(name: string): string {
	if (!UNPRINTABLE.test(name)) {
		if (!name.includes("'")) return `'${name}'`;
		if (!/["\\`$]/.test(name)) return `"${name}"`;
		return `'${name.replaceAll("'", "'\\''")}'`;
	}
	return quoteWithEscapes(name);
}

function quoteWithEscapes(name: string): string {
	let out = "'";
	let escaped = false;
	for (const character of name) {
		const control = UNPRINTABLE.test(character);
		if (control !== escaped) out += control ? "'$'" : "''";
		escaped = control;
		out += control ? escapeControl(character) : character === "'" ? "'\\''" : character;
	}
	return `${out}'`;
}

const SPECIAL = /[\s!"$&'()*;<=>?[\\\]^`|]|^[#~]|^[{}]$|^$/;

/** Quoted only when it must be: what `ls` shows on a terminal. */
export function quoteIfNeeded(name: string): string {
	return SPECIAL.test(name) || UNPRINTABLE.test(name) ? quoteShell(name) : name;
}

/** In front of ": No such file or directory": as `quoteIfNeeded`, and a colon needs quoting as well. */
export function quoteFile(name: string): string {
	return name.includes(':') ? quoteShell(name) : quoteIfNeeded(name);
}

/** `ls -b`: C escapes without quotes. */
export function escapeName(name: string): string {
	return name.replace(/\\/g, '\\\\').replace(/ /g, '\\ ').replace(new RegExp(UNPRINTABLE, 'gu'), escapeControl);
}

/** `ls -Q`: a C string. */
export function quoteC(name: string): string {
	return `"${name.replace(/[\\"]/g, '\\$&').replace(new RegExp(UNPRINTABLE, 'gu'), escapeControl)}"`;
}

/** `ls -q`: what cannot be printed is a question mark. */
export function maskName(name: string): string {
	return name.replace(new RegExp(UNPRINTABLE, 'gu'), '?');
}
