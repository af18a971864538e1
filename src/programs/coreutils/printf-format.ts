/** One conversion of printf(3) for numbers and text: what the shell, seq, awk and printf(1) share. */

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
		const word = Number.isNaN(value) ? 'nan' : 'inf';
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

/** More digits than these are not told; every tie shows within them. */
const EXACT = 100;
/** a format that asks for more gets no more: learners' loops must not fill the memory */
const WIDEST = 1_000_000;

/**
 * As C rounds: half to even on the exact value, where JavaScript takes the larger.
 * @param nearest the number with the wanted digits
 * @param exact the same with EXACT digits after the point
 */
function halfToEven(nearest: string, exact: string, digits: number): string {
	if (!/^50*$/.test(exact.slice(exact.indexOf('.') + 1 + digits))) return nearest;
	const lower = exact.slice(0, exact.indexOf('.') + (digits === 0 ? 0 : 1 + digits));
	return '02468'.includes(lower.at(-1)!) ? lower : nearest;
}

function fixed(value: number, precision: number, flags: string): string {
	const digits = Math.min(precision, EXACT);
	const text =
		value < 1e21
			? halfToEven(value.toFixed(digits), value.toFixed(EXACT), digits)
			: BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
	return flags.includes('#') && precision === 0 ? `${text}.` : text;
}

/** @returns mantissa with so many digits after the point, and exponent */
function scientific(value: number, digits: number): [mantissa: string, exponent: number] {
	const [nearest, power] = value.toExponential(digits).split('e') as [string, string];
	const [exact, exactPower] = value.toExponential(EXACT).split('e') as [string, string];
	const even = halfToEven(nearest, exact, digits);
	return [even, Number(even === nearest ? power : exactPower)];
}

function exponential(value: number, precision: number, flags: string): string {
	const [mantissa, exponent] = scientific(value, Math.min(precision, EXACT));
	const digits = String(Math.abs(exponent)).padStart(2, '0');
	return `${mantissa}${flags.includes('#') && precision === 0 ? '.' : ''}e${exponent < 0 ? '-' : '+'}${digits}`;
}

function general(value: number, precision: number, flags: string): string {
	const places = Math.min(precision === 0 ? 1 : precision, EXACT);
	const [, exponent] = scientific(value, places - 1);
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
	if (precision !== undefined)
		digits = precision === 0 && magnitude === 0n ? '' : digits.padStart(Math.min(precision, WIDEST), '0');
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

function justify({ flags, width: wanted }: Conversion, sign: string, body: string): string {
	const width = Math.min(wanted, WIDEST);
	if (flags.includes('-')) return (sign + body).padEnd(width);
	if (!flags.includes('0')) return (sign + body).padStart(width);
	const prefix = /^0[xX]/.exec(body)?.[0] ?? '';
	return sign + prefix + body.slice(prefix.length).padStart(width - sign.length - prefix.length, '0');
}
