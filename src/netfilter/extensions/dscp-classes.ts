/** The names of DSCP values (RFC 2474, 2597, 3246), in the order in which they are looked up. */
import { OptionError } from '../extension';

const CLASSES: readonly (readonly [name: string, value: number])[] = [
	...[0, 1, 2, 3, 4, 5, 6, 7].map((n): [string, number] => [`CS${n}`, n << 3]),
	['BE', 0],
	...[1, 2, 3, 4].flatMap((n) => [1, 2, 3].map((drop): [string, number] => [`AF${n}${drop}`, (n << 3) | (drop << 1)])),
	['EF', 46]
];

/** The name may go on with other letters, as the real one reads it. @throws OptionError */
export function dscpClass(text: string): number {
	const found = CLASSES.find(([name]) => text.toUpperCase().startsWith(name));
	if (!found) throw new OptionError(`Invalid DSCP value \`${text}'`);
	return found[1];
}
