/** Numbers of command lines with their suffixes, and sizes for people (xstrtol, human(3) of gnulib). */
import { quote } from './quote';
import { Fatal } from './utility';

const UNITS = 'KMGTPEZY';

/** 1K is 1024, 1kB 1000, 1b 512; undefined when it is no number. */
export function parseSize(text: string): number | undefined {
	const found = /^([-+]?\d+)(?:b|([kKMGTPEZY])(iB|B)?)?$/.exec(text);
	if (!found) return undefined;
	const [, digits, unit, suffix] = found;
	if (unit === undefined) return Number(digits) * (text.endsWith('b') ? 512 : 1);
	const power = UNITS.indexOf(unit.toUpperCase()) + 1;
	return Number(digits) * (suffix === 'B' ? 1000 : 1024) ** power;
}

/** @param what "invalid number of lines" */
export function sizeArgument(text: string, what: string): number {
	const value = parseSize(text);
	if (value === undefined) throw new Fatal(`${what}: ${quote(text)}`);
	return value;
}

/** 4096 is "4.0K": rounded up, one decimal below ten. */
export function humanSize(bytes: number, base: 1024 | 1000 = 1024): string {
	if (bytes < base) return String(bytes);
	let value = bytes;
	let unit = -1;
	while (value >= base && unit < UNITS.length - 1) {
		value /= base;
		unit++;
	}
	const tenths = Math.ceil(value * 10 - 1e-9);
	const letter = base === 1000 && unit === 0 ? 'k' : UNITS[unit]!;
	if (tenths < 100) return `${(tenths / 10).toFixed(1)}${letter}`;
	const whole = Math.ceil(value - 1e-9);
	return whole >= base && unit < UNITS.length - 1 ? `1.0${UNITS[unit + 1]}` : `${whole}${letter}`;
}

/** "1.5", "2m": seconds as microseconds, for sleep and timeout. */
export function parseDuration(text: string): number | undefined {
	const found = /^(\d+\.?\d*|\.\d+)(?:[eE]([-+]?\d+))?([smhd]?)$/.exec(text);
	if (!found) return /^inf(inity)?$/i.test(text) ? Infinity : undefined;
	const scale = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[found[3] as '' | 's' | 'm' | 'h' | 'd'];
	return Math.round(Number(`${found[1]}e${found[2] ?? 0}`) * scale * 1e6);
}
