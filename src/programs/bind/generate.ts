/**
 * The $GENERATE directive of zone files: one line for each number of a range, `$` and `${offset,width,base}` replaced.
 */
const MOST = 65_536;

/** @returns the lines "owner [ttl] [class] type data", undefined for a range that is none */
export function generateNames(range: string, left: string, rest: readonly string[]): string[] | undefined {
	const match = /^(\d+)-(\d+)(?:\/(\d+))?$/.exec(range);
	if (!match) return undefined;
	const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
	if (stop < start || step < 1 || (stop - start) / step > MOST) return undefined;
	const lines: string[] = [];
	for (let number = start; number <= stop; number += step)
		lines.push([left, ...rest].map((word) => substitute(word, number)).join(' '));
	return lines;
}

function substitute(word: string, number: number): string {
	return word.replace(
		/\\\$|\$\$|\$(?:\{(-?\d+)(?:,(\d+)(?:,([doxXnN]))?)?\})?/g,
		(whole: string, offset?: string, width?: string, base?: string) => {
			if (whole === '\\$' || whole === '$$') return '$';
			const value = number + Number(offset ?? 0);
			const digits =
				base === 'o'
					? value.toString(8)
					: base === 'x'
						? value.toString(16)
						: base === 'X'
							? value.toString(16).toUpperCase()
							: String(value);
			return digits.padStart(Number(width ?? 0), '0');
		}
	);
}
