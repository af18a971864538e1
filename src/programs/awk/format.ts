/**
 * printf and sprintf of mawk (print.c): its own %s and %c, C's printf for numbers.
 *
 * Not simulated: the apostrophe flag (no thousands separator in the C locale), a sprintf buffer of other than 8192 bytes.
 */
import { type Conversion, formatInteger, formatNumber } from '../coreutils/printf-format';
import { RuntimeError } from './errors';
import { Input, MAX_INT, toInt, toNumber, toText, type Value } from './value';

const SPRINTF_BUFFER = 8192;
const CONVERSION = /^%([-+ #0']*)(\*|\d*)(?:\.(\*|\d*))?([lh]?)([^]?)/;

/** CONVFMT and OFMT: one conversion of a number. */
export function cNumber(format: string, value: number): string {
	return format.replace(
		/%(?:%|([-+ #0']*)(\d*)(?:\.(\d*))?[lh]?([a-zA-Z]))/g,
		(whole, flags: string, width: string, precision: string | undefined, letter: string) =>
			whole === '%%' ? '%' : convert({ flags, ...sizes(width, precision), letter }, value)
	);
}

function sizes(width: string, precision: string | undefined): Pick<Conversion, 'width' | 'precision'> {
	return { width: Number(width), precision: precision === undefined ? undefined : Number(precision) };
}

function convert(conversion: Conversion, value: number): string {
	const { letter } = conversion;
	if ('di'.includes(letter)) return formatInteger(conversion, BigInt(toInt(Number.isNaN(value) ? -MAX_INT : value)));
	if ('ouxX'.includes(letter)) {
		const unsigned = value >= 4_294_967_295 ? 4_294_967_295 : value > 0 ? Math.trunc(value) : 0;
		return formatInteger(conversion, BigInt(unsigned));
	}
	// the NaN that x86 makes has its sign set
	if (Number.isNaN(value)) return formatNumber({ ...conversion, flags: '' }, value).replace(/( ?)nan/i, (nan) => (letter < 'a' ? '-NAN' : '-nan').padStart(nan.length)); // prettier-ignore
	return formatNumber(conversion, value);
}

/** @param who "printf" or "sprintf", for messages */
export function printf(format: string, values: readonly Value[], convfmt: string, who: string): string {
	let out = '';
	let used = 0;
	let count = 0;
	let rest = format;
	for (;;) {
		const percent = rest.indexOf('%');
		if (percent < 0) break;
		out += rest.slice(0, percent);
		rest = rest.slice(percent);
		count++;
		if (rest.startsWith('%%')) {
			out += '%';
			rest = rest.slice(2);
			continue;
		}
		const [whole, flags, width, precision, size, letter] = CONVERSION.exec(rest)!;
		const star = (text: string | undefined): number | undefined =>
			text === '*' ? toInt(toNumber(values[used++])) : text === undefined ? undefined : Number(text);
		const widthValue = star(width) ?? 0;
		const precisionValue = star(precision);
		if (used >= values.length) throw new RuntimeError(`not enough arguments passed to ${who}("${format}")`);
		if (!'scdiouxXeEfgG'.includes(letter!) || letter === '' || (size !== '' && 'sceEfgG'.includes(letter!)))
			throw new RuntimeError(`improper conversion(number ${count}) in ${who}("${format}")`);
		out += one(flags!, widthValue, precisionValue, letter!, width !== '', values[used++], convfmt);
		rest = rest.slice(whole.length);
		if (who === 'sprintf' && out.length + 1 >= SPRINTF_BUFFER) throw sprintfOverflow();
	}
	return out + rest;
}

function sprintfOverflow(): RuntimeError {
	return new RuntimeError(`program limit exceeded: sprintf buffer size=${SPRINTF_BUFFER}`, true);
}

function one(
	flags: string,
	width: number,
	precision: number | undefined,
	letter: string,
	hasWidth: boolean,
	value: Value,
	convfmt: string
): string {
	const left = flags.includes('-') || width < 0;
	const size = Math.abs(width);
	if (size > SPRINTF_BUFFER * 16 || (precision ?? 0) > SPRINTF_BUFFER * 16) throw sprintfOverflow();
	if (letter !== 's' && letter !== 'c') {
		const clean = flags.replace(/['-]/g, '') + (left ? '-' : '');
		return convert({ flags: clean, width: size, precision: precision === undefined || precision < 0 ? undefined : precision, letter }, toNumber(value)); // prettier-ignore
	}
	let text = letter === 's' ? toText(value, convfmt) : character(value);
	let before = '';
	if (flags.includes(' ') && text === '') before = ' ';
	if (precision !== undefined && precision >= 0) text = text.slice(0, precision);
	if (hasWidth) text = left ? text.padEnd(size) : text.padStart(size);
	return before + text;
}

/** %c: of a number the character with that code, of text its first byte, NUL if there is none. */
function character(value: Value): string {
	const code =
		typeof value === 'number' ? value : value instanceof Input ? value.number : value === undefined ? 0 : null;
	if (code !== null) return String.fromCharCode(toInt(code) & 0xff);
	const text = value instanceof Input ? value.text : (value as string);
	return text === '' ? '\0' : text[0]!;
}
