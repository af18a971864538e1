/** nmap's way of writing a time: "250ms", "10s", "30m", "2h"; without a unit seconds. */

const UNITS: Readonly<Record<string, number>> = { '': 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @returns milliseconds; undefined for text that is no time */
export function parseMilliseconds(text: string): number | undefined {
	const match = /^(-?\d+(?:\.\d*)?|-?\.\d+)(ms|s|m|h)?$/i.exec(text);
	if (!match) return undefined;
	return Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()]!;
}
