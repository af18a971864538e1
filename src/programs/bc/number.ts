/** Decimal numbers of any length with a scale, cut and never rounded (GNU bc's number.c). */
export interface Num {
	/** the number times ten to its scale */
	readonly value: bigint;
	readonly scale: number;
}

export const ten = (power: number): bigint => 10n ** BigInt(power);
export const whole = (value: bigint | number): Num => ({ value: BigInt(value), scale: 0 });
export const ZERO = whole(0);
export const ONE = whole(1);

/** The value with another scale; digits are cut off. */
export function rescale(num: Num, scale: number): bigint {
	return scale >= num.scale ? num.value * ten(scale - num.scale) : num.value / ten(num.scale - scale);
}

export function add(a: Num, b: Num, sign: 1n | -1n = 1n): Num {
	const scale = Math.max(a.scale, b.scale);
	return { value: rescale(a, scale) + sign * rescale(b, scale), scale };
}

export function order(a: Num, b: Num): number {
	const { value } = add(a, b, -1n);
	return value < 0n ? -1 : value > 0n ? 1 : 0;
}

export function multiply(a: Num, b: Num, scale: number): Num {
	const full = a.scale + b.scale;
	const kept = Math.min(full, Math.max(scale, a.scale, b.scale));
	return { value: (a.value * b.value) / ten(full - kept), scale: kept };
}

/** @param b not zero */
export function divide(a: Num, b: Num, scale: number): Num {
	const shift = scale + b.scale - a.scale;
	const value = shift >= 0 ? (a.value * ten(shift)) / b.value : a.value / (b.value * ten(-shift));
	return { value, scale };
}

export function modulo(a: Num, b: Num, scale: number): Num {
	const kept = Math.max(a.scale, b.scale + scale);
	const quotient = divide(a, b, scale);
	const rest = add(a, { value: quotient.value * b.value, scale: quotient.scale + b.scale }, -1n);
	return { value: rescale(rest, kept), scale: kept };
}

export function power(a: Num, exponent: number, scale: number): Num {
	if (exponent === 0) return ONE;
	const size = Math.abs(exponent);
	const raised: Num = { value: a.value ** BigInt(size), scale: a.scale * size };
	if (exponent < 0) return raised.value === 0n ? { value: 0n, scale } : divide(ONE, raised, scale);
	const kept = Math.min(raised.scale, Math.max(scale, a.scale));
	return { value: rescale(raised, kept), scale: kept };
}

/** @param a not negative */
export function squareRoot(a: Num, scale: number): Num {
	const kept = Math.max(scale, a.scale);
	const target = rescale(a, 2 * kept);
	if (target < 2n) return { value: target, scale: kept };
	let guess = 1n << BigInt((target.toString(2).length + 1) >> 1);
	for (;;) {
		const next = (guess + target / guess) >> 1n;
		if (next >= guess) return { value: guess, scale: kept };
		guess = next;
	}
}

/** `length()`: significant digits. */
export function digits(num: Num): number {
	const text = (num.value < 0n ? -num.value : num.value).toString();
	return Math.max(num.value === 0n ? 1 : text.length, num.scale);
}

const DIGITS = '0123456789ABCDEF';

export function parse(text: string, base: number): Num {
	const [integer, fraction = ''] = text.split('.') as [string, string | undefined];
	// a single digit keeps its value whatever the base, of several each is at most base - 1
	const limit = text.length === 1 ? 16 : base;
	const digit = (character: string): bigint => BigInt(Math.min(DIGITS.indexOf(character), limit - 1));
	let value = 0n;
	for (const character of integer) value = value * BigInt(base) + digit(character);
	let part = 0n;
	for (const character of fraction) part = part * BigInt(base) + digit(character);
	const scale = fraction.length;
	const divided = base === 10 ? part : (part * ten(scale)) / BigInt(base) ** BigInt(scale);
	return { value: value * ten(scale) + divided, scale };
}

export function format(num: Num, base: number): string {
	if (num.value === 0n) return '0';
	const sign = num.value < 0n ? '-' : '';
	const magnitude = num.value < 0n ? -num.value : num.value;
	const unit = ten(num.scale);
	const integer = magnitude / unit;
	let fraction = magnitude % unit;
	if (base === 10) {
		const after = num.scale > 0 ? `.${fraction.toString().padStart(num.scale, '0')}` : '';
		return sign + (integer === 0n ? '' : integer.toString()) + after;
	}
	const big = BigInt(base);
	const width = String(base - 1).length;
	const shown = (digit: bigint): string =>
		base <= 16 ? DIGITS[Number(digit)]! : digit.toString().padStart(width, '0');
	const between = base <= 16 ? '' : ' ';
	const front: string[] = [];
	for (let left = integer; left > 0n; left /= big) front.unshift(shown(left % big));
	let out = sign + front.map((digit) => between + digit).join('');
	if (num.scale === 0) return out;
	out += '.';
	let first = true;
	for (let size = 1n; size.toString().length <= num.scale; size *= big) {
		fraction *= big;
		out += (first ? '' : between) + shown(fraction / unit);
		fraction %= unit;
		first = false;
	}
	return out;
}
