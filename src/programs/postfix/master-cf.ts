/**
 * master.cf: one service a logical line, `name type private unpriv chroot wakeup maxproc command args…` (master(5)).
 *
 * Does: parses with line numbers, also of each `-o name=value`, for master, postconf -M/-F/-P and the editor.
 * Errors: as values; master and postconf say them in their own words.
 */
import { logicalLines, placeOf } from './logical-lines';
import { splitNameValue } from './main-cf';

export const FIELD_NAMES = [
	'service',
	'type',
	'private',
	'unprivileged',
	'chroot',
	'wakeup',
	'process_limit',
	'command'
] as const;
export const LEAST_FIELDS = 8;
export const SERVICE_TYPES: readonly string[] = ['inet', 'unix', 'fifo', 'pass', 'unix-dgram'];

/** Options of daemons that take a value, as far as postconf and we look. */
const WITH_VALUE = 'o';

export interface MasterOverride {
	readonly name: string;
	readonly value: string;
	readonly line: number;
}

export interface MasterService {
	/** all words; arguments as they stand, with `-o` pairs apart and `{ … }` without its braces */
	readonly words: readonly string[];
	readonly name: string;
	readonly type: string;
	/** first line, 1-based */
	readonly line: number;
	readonly endLine: number;
	/** the eight fields and the arguments */
	readonly command: string;
	readonly arguments: readonly string[];
	readonly overrides: readonly MasterOverride[];
}

export interface MasterMistake {
	readonly line: number;
	/** as `postconf -M` ends: "bad field count", "invalid type field …" */
	readonly text: string;
	/** whether the file and line stand before the text */
	readonly withPlace: boolean;
}

export interface MasterCf {
	readonly path: string;
	readonly services: readonly MasterService[];
	readonly mistakes: readonly MasterMistake[];
}

interface Word {
	readonly text: string;
	readonly offset: number;
}

/** Words at white space; `{ … }` is one word without the braces. */
function wordsOf(text: string): Word[] {
	const words: Word[] = [];
	for (let i = 0; i < text.length;) {
		if (/\s/.test(text[i]!)) {
			i++;
			continue;
		}
		const start = i;
		if (text[i] === '{') {
			let level = 0;
			for (; i < text.length; i++) {
				if (text[i] === '{') level++;
				if (text[i] === '}' && --level === 0) break;
			}
			words.push({ text: text.slice(start + 1, i).trim(), offset: start });
			i++;
		} else {
			while (i < text.length && !/\s/.test(text[i]!)) i++;
			words.push({ text: text.slice(start, i), offset: start });
		}
	}
	return words;
}

export function parseMasterCf(text: string, path: string, warn: (text: string) => void = () => undefined): MasterCf {
	const services: MasterService[] = [];
	const mistakes: MasterMistake[] = [];
	for (const lines of logicalLines(text, path, warn)) {
		const words = wordsOf(lines.text);
		if (words.length < LEAST_FIELDS) {
			mistakes.push({ line: lines.line, text: 'bad field count', withPlace: true });
			continue;
		}
		const texts = words.map((word) => word.text);
		const invalid = invalidField(texts);
		if (invalid) mistakes.push({ line: lines.line, text: `invalid ${invalid} in "${lines.text}"`, withPlace: false });
		services.push({
			words: texts,
			name: texts[0]!,
			type: texts[1]!,
			line: lines.line,
			endLine: lines.endLine,
			command: texts[7]!,
			arguments: texts.slice(LEAST_FIELDS),
			overrides: overridesIn(words.slice(LEAST_FIELDS), (offset) => placeOf(lines, offset).line)
		});
	}
	return { path, services, mistakes };
}

function invalidField(words: readonly string[]): string | undefined {
	const [, type, privacy, unprivileged, chroot, wakeup, limit] = words;
	if (!SERVICE_TYPES.includes(type!)) return `type field "${type}"`;
	for (const [value, name] of [
		[privacy!, 'private'],
		[unprivileged!, 'unpriv'],
		[chroot!, 'chroot']
	] as const)
		if (!/^[yn-]$/.test(value)) return `${name} field "${value}"`;
	if (wakeup !== '-' && !/^\d+\??$/.test(wakeup!)) return `wakeup field "${wakeup}"`;
	if (limit !== '-' && !/^\d+$/.test(limit!)) return `process_limit field "${limit}"`;
	return undefined;
}

function overridesIn(words: readonly Word[], lineOf: (offset: number) => number): MasterOverride[] {
	const found: MasterOverride[] = [];
	for (let i = 0; i < words.length; i++) {
		const word = words[i]!;
		if (!word.text.startsWith('-') || word.text === '--') break;
		if (!WITH_VALUE.includes(word.text[1] ?? ' ')) continue;
		const value = word.text.length > 2 ? { text: word.text.slice(2), offset: word.offset } : words[++i];
		if (word.text[1] !== 'o' || !value) continue;
		const pair = splitNameValue(value.text);
		if (typeof pair !== 'string') found.push({ name: pair.name, value: pair.value, line: lineOf(word.offset) });
	}
	return found;
}
