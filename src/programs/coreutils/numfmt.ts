/** numfmt(1): numbers with units. Not simulated: --format with grouping, --debug, --grouping. */
import type { Sys } from '#kernel/syscalls';
import { quote } from './quote';
import { Fatal, splitLines, UsageError, utility } from './utility';

const UNITS = 'KMGTPEZY';
const FROM = ['none', 'auto', 'si', 'iec', 'iec-i'] as const;
const TO = ['none', 'si', 'iec', 'iec-i'] as const;
const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
	up: Math.ceil,
	down: Math.floor,
	'from-zero': (value) => (value < 0 ? Math.floor(value) : Math.ceil(value)),
	'towards-zero': Math.trunc,
	nearest: (value) => Math.sign(value) * Math.round(Math.abs(value))
};

function choice<T extends string>(given: string | undefined, allowed: readonly T[], option: string, fallback: T): T {
	if (given === undefined) return fallback;
	const found = allowed.find((one) => one === given) ?? allowed.find((one) => one.startsWith(given));
	if (found === undefined) throw new UsageError(`invalid argument ${quote(given)} for ${quote(option)}\nValid arguments are:\n${allowed.map((one) => `  - ${quote(one)}`).join('\n')}`); // prettier-ignore
	return found;
}

export const numfmt = utility(
	['d|delimiter=', 'field=', 'format=', 'from=', 'from-unit=', 'grouping', 'header=?', 'invalid=', 'padding=', 'round=', 'suffix=', 'to=', 'to-unit=', 'z|zero-terminated', 'debug'], // prettier-ignore
	function* (tool, options) {
		const from = choice(options.get('from'), FROM, '--from', 'none');
		const to = choice(options.get('to'), TO, '--to', 'none');
		const round = ROUNDINGS[choice(options.get('round'), Object.keys(ROUNDINGS), '--round', 'from-zero')]!;
		const suffix = options.get('suffix') ?? '';
		const padding = Number(options.get('padding') ?? 0);
		const policy = options.get('invalid') ?? 'abort';
		const fields = fieldTest(options.get('field') ?? '1');
		const delimiter = options.get('delimiter');
		const fromUnit = unit(options.get('from-unit'));
		const toUnit = unit(options.get('to-unit'));
		const convert = function* (word: string): Sys<string> {
			const body = suffix !== '' && word.endsWith(suffix) ? word.slice(0, -suffix.length) : word;
			const value = parse(body, from);
			if (typeof value === 'string') {
				if (policy === 'abort') {
					yield* tool.flush();
					throw new Fatal(value, 2);
				}
				if (policy !== 'ignore') yield* tool.complain(value, policy === 'warn' ? 0 : 2);
				return word;
			}
			const decimals = /\.(\d+)$/.exec(body)?.[1]?.length ?? 0;
			return show((value * fromUnit) / toUnit, to, round, decimals) + suffix;
		};
		const convertLine = function* (line: string): Sys<string> {
			const parts = delimiter === undefined ? (line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) : line.split(delimiter);
			const out: string[] = [];
			for (const [i, part] of parts.entries()) {
				const lead = delimiter === undefined ? /^[ \t]*/.exec(part)![0] : '';
				const word = part.slice(lead.length);
				if (!fields(i + 1) || word === '') {
					out.push(part);
					continue;
				}
				const text = yield* convert(word);
				// blanks in front are the room that the number may take
				const space = delimiter === undefined && i > 0 ? lead[0]! : '';
				const width =
					padding !== 0 ? Math.abs(padding) : lead.length > (i > 0 ? 1 : 0) ? part.length - space.length : 0;
				out.push(space + (padding < 0 ? text.padEnd(width) : text.padStart(width)));
			}
			return out.join(delimiter ?? '');
		};
		const end = options.has('zero-terminated') ? '\0' : '\n';
		if (options.operands.length > 0) {
			for (const word of options.operands) yield* tool.print((yield* convertLine(word)) + end);
			return;
		}
		const header = options.has('header') ? Number(options.get('header') ?? 1) : 0;
		const lines = splitLines((yield* tool.inputText('-')) ?? '', end);
		for (const [i, line] of lines.entries()) yield* tool.print((i < header ? line : yield* convertLine(line)) + end);
	}
);

function unit(text: string | undefined): number {
	if (text === undefined) return 1;
	const value = parse(text, 'auto');
	if (typeof value === 'string' || value <= 0) throw new Fatal(`invalid unit size: ${quote(text)}`);
	return value;
}

function fieldTest(text: string): (field: number) => boolean {
	if (text === '-') return () => true;
	const ranges = text.split(',').map((item) => {
		const found = /^(\d*)(-?)(\d*)$/.exec(item);
		if (!found || (found[1] === '' && found[3] === '')) throw new Fatal(`invalid field value ${quote(item)}`);
		const low = Number(found[1] || 1);
		return [low, found[2] === '' ? low : Number(found[3] || Infinity)] as const;
	});
	return (field) => ranges.some(([low, high]) => field >= low && field <= high);
}

/** @returns the number, or the complaint */
function parse(text: string, from: (typeof FROM)[number]): number | string {
	const found = /^(-?\d+(?:\.\d+)?)(.*)$/s.exec(text);
	if (!found) return `invalid number: ${quote(text)}`;
	const [, digits, rest] = found as unknown as [string, string, string];
	if (rest === '') return Number(digits);
	const power = UNITS.indexOf(rest[0] === 'k' ? 'K' : rest[0]!) + 1;
	if (power === 0) return `invalid suffix in input: ${quote(text)}`;
	if (from === 'none') return `rejecting suffix in input: ${quote(text)} (consider using --from)`;
	const binary = rest[1] === 'i' && (from === 'auto' || from === 'iec-i');
	if (from === 'iec-i' && !binary) return `missing 'i' suffix in input: ${quote(text)} (e.g Ki/Mi/Gi)`;
	if (rest.length > (binary ? 2 : 1))
		return `invalid suffix in input ${quote(text)}: ${quote(rest.slice(binary ? 2 : 1))}`;
	return Number(digits) * (from === 'si' || (from === 'auto' && !binary) ? 1000 : 1024) ** power;
}

function show(value: number, to: (typeof TO)[number], round: (value: number) => number, decimals: number): string {
	if (to === 'none') return (round(value * 10 ** decimals) / 10 ** decimals).toFixed(decimals);
	const base = to === 'si' ? 1000 : 1024;
	let power = 0;
	let scaled = value;
	while (Math.abs(scaled) >= base && power < UNITS.length) {
		scaled /= base;
		power++;
	}
	const fine = Math.abs(scaled) < 10 && power > 0;
	scaled = fine ? round(scaled * 10) / 10 : round(scaled);
	if (Math.abs(scaled) >= base) {
		scaled /= base;
		power++;
	}
	const text = power > 0 && Math.abs(scaled) < 10 ? scaled.toFixed(1) : String(scaled);
	return text + (power === 0 ? '' : UNITS[power - 1]! + (to === 'iec-i' ? 'i' : ''));
}
