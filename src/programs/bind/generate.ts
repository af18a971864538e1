/**
 * The $GENERATE directive of zone files: one line for each number of a range, `$` and `${offset,width,base}` replaced.
 */
const MOST = 65_536;

/** "1-10/2"; undefined for text that is no range. */
export function parseRange(
	text: string
): { readonly start: number; readonly stop: number; readonly step: number } | undefined {
	const match = /^(\d+)-(\d+)(?:\/(\d+))?$/.exec(text);
	if (!match) return undefined;
	const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
	if (stop < start || step < 1 || (stop - start) / step > MOST) return undefined;
	return { start, stop, step };
}

/** @returns the line "owner [ttl] [class] type data" of a number; undefined for a modifier that is none */
export function substitute(words: readonly string[], number: number): string | undefined {
	const out: string[] = [];
	for (const word of words) {
		const made = word.replace(/\\\$|\$\$|\$(\{[^}]*\})?/g, (whole: string, modifier?: string) => {
			if (whole === '$$') return '$';
			if (whole === '\\$') return whole;
			return (modifier === undefined ? String(number) : modified(number, modifier)) ?? '\u0000';
		});
		if (made.includes('\u0000')) return undefined;
		out.push(made);
	}
	return out.join(' ');
}

function modified(number: number, modifier: string): string | undefined {
	const match = /^\{(-?\d+)(?:,(\d+)(?:,([doxXnN]))?)?\}$/.exec(modifier);
	if (!match) return undefined;
	const value = number + Number(match[1]);
	const width = Math.min(Number(match[2] ?? 0), 255);
	const base = match[3] ?? 'd';
	if (base === 'n' || base === 'N') return nibbles(value, width, base === 'N');
	const digits = base === 'd' ? String(value) : value.toString(base === 'o' ? 8 : 16);
	return (base === 'X' ? digits.toUpperCase() : digits).padStart(width, '0');
}

/** Hexadecimal digits, the last one first, with dots: "1.0.0."; `width` counts the dots too. */
function nibbles(value: number, width: number, upper: boolean): string {
	let text = '';
	for (let rest = value; rest > 0 || text.length < width || text === ''; rest = Math.floor(rest / 16)) {
		text += (rest & 15).toString(16);
		if (text.length >= width && rest < 16) break;
		text += '.';
	}
	return upper ? text.toUpperCase() : text;
}
