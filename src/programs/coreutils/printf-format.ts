/** One conversion of printf(3) for numbers and text: what seq, awk and printf(1) share. */

export interface Conversion {
	readonly flags: string;
	readonly width: number;
	/** undefined: not given */
	readonly precision: number | undefined;
	readonly letter: string;
}

/** Puts a value into the first conversion of a format. */
export function formatPrintf(format: string, value: number): string {
	let done = false;
	return format.replace(
		/%(?:%|([-+ #0']*)(\d*)(?:\.(\d*))?([a-zA-Z]))/g,
		(whole, flags: string, width: string, precision: string | undefined, letter: string) => {
			// prettier-ignore
			if (whole === '%%') return '%';
			if (done) return whole;
			done = true;
			return formatNumber(
				{ flags, width: Number(width), precision: precision === undefined ? undefined : Number(precision), letter },
				value
			);
		}
	);
}

export function formatNumber(conversion: Conversion, value: number): string {
	const { flags, letter, precision } = conversion;
	const lower = letter.toLowerCase();
	if (!Number.isFinite(value) && 'fega'.includes(lower)) {
		const word = Number.isNaN(value) ? (Object.is(value, -NaN) ? 'nan' : 'nan') : 'inf';
		const sign = value < 0 ? '-' : flags.includes('+') ? '+' : '';
		return justify(
			{ ...conversion, flags: flags.replace('0', '') },
			sign,
			letter === lower ? word : word.toUpperCase()
		);
	}
	const negative = value < 0 || Object.is(value, -0);
	const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
	const magnitude = Math.abs(value);
	switch (lower) {
		case 'f':
			return justify(conversion, sign, fixed(magnitude, precision ?? 6, flags));
		case 'e':
			return justify(conversion, sign, cased(exponential(magnitude, precision ?? 6, flags), letter));
		case 'g':
		case 'a':
			return justify(conversion, sign, cased(general(magnitude, precision ?? 6, flags), letter));
		default:
			return formatInteger(conversion, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
	}
}

const cased = (text: string, letter: string): string => (letter === letter.toLowerCase() ? text : text.toUpperCase());

/** Exact decimal digits of a double, as C rounds (half to even on the exact value). */
function fixed(value: number, precision: number, flags: string): string {
	const text = value < 1e21 ? value.toFixed(Math.min(precision, 100)) : BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : ''); // prettier-ignore
	return flags.includes('#') && precision === 0 ? `${text}.` : text;
}

function exponential(value: number, precision: number, flags: string): string {
	const [mantissa, exponent] = value.toExponential(Math.min(precision, 100)).split('e') as [string, string];
	const digits = exponent.replace(/^[-+]/, '').padStart(2, '0');
	return `${mantissa}${flags.includes('#') && precision === 0 ? '.' : ''}e${exponent.startsWith('-') ? '-' : '+'}${digits}`;
}

function general(value: number, precision: number, flags: string): string {
	const places = precision === 0 ? 1 : precision;
	const exponent = value === 0 ? 0 : Number(value.toExponential(places - 1).split('e')[1]);
	const text =
		exponent < -4 || exponent >= places
			? exponential(value, places - 1, flags)
			: fixed(value, places - 1 - exponent, flags);
	if (flags.includes('#')) return text;
	const [mantissa, tail] = text.split('e') as [string, string | undefined];
	const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
	return tail === undefined ? short : `${short}e${tail}`;
}

const RADIX: Readonly<Record<string, number>> = { d: 10, i: 10, u: 10, o: 8, x: 16, X: 16 };

/** d, i, u, o, x, X; unsigned ones wrap at 64 bits */
export function formatInteger(conversion: Conversion, value: bigint): string {
	const { flags, letter, precision } = conversion;
	const signed = letter === 'd' || letter === 'i';
	const magnitude = signed ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
	let digits = magnitude.toString(RADIX[letter] ?? 10);
	if (letter === 'X') digits = digits.toUpperCase();
	if (precision !== undefined) digits = precision === 0 && magnitude === 0n ? '' : digits.padStart(precision, '0');
	if (flags.includes('#') && magnitude !== 0n) digits = letter === 'o' ? `0${digits}` : letter === 'x' || letter === 'X' ? `0${letter}${digits}` : digits; // prettier-ignore
	const sign = !signed ? '' : value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
	return justify(
		precision === undefined ? conversion : { ...conversion, flags: flags.replaceAll('0', '') },
		sign,
		digits
	);
}

export function formatString(conversion: Conversion, text: string): string {
	const shown = conversion.precision === undefined ? text : text.slice(0, conversion.precision);
	return conversion.flags.includes('-') ? shown.padEnd(conversion.width) : shown.padStart(conversion.width);
}

function justify({ flags, width }: Conversion, sign: string, body: string): string {
	if (flags.includes('-')) return (sign + body).padEnd(width);
	if (!flags.includes('0')) return (sign + body).padStart(width);
	const prefix = /^0[xX]/.exec(body)?.[0] ?? '';
	return sign + prefix + body.slice(prefix.length).padStart(width - sign.length - prefix.length, '0');
}
