/** Numbers as ipset reads them: decimal, hexadecimal or octal, within bounds. */
import { syntax } from './words';

/** @throws CommandError */
export function parseNumber(text: string, minimum: number, maximum: number): number {
	return Number(parseBig(text, BigInt(minimum), BigInt(maximum)));
}

/** @throws CommandError */
export function parseBig(text: string, minimum: bigint, maximum: bigint): bigint {
	const value = readBig(text);
	if (value === undefined) throw syntax(`'${text}' is invalid as number`);
	if (value < minimum || value > maximum) throw syntax(`'${text}' is out of range ${minimum}-${maximum}`);
	return value;
}

function readBig(text: string): bigint | undefined {
	const [, sign, digits] = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(text) ?? [];
	if (digits === undefined) return undefined;
	const octal = /^0\d/.test(digits);
	if (octal && !/^[0-7]+$/.test(digits)) return undefined;
	const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
	return sign === '-' ? -value : value;
}
