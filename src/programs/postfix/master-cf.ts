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

/** Words at white space; what stands in braces stays together. */
function wordsOf(text: string): Word[] {
	const words: Word[] = [];
	let start = -1;
	let level = 0;
	for (let i = 0; i <= text.length; i++) {
		const char = text[i];
		if (char === '{') level++;
		else if (char === '}' && level > 0) level--;
		const separates = char === undefined || (level === 0 && /[ \t\r\n]/.test(char));
		if (!separates && start < 0) start = i;
		if (separates && start >= 0) {
			words.push({ text: text.slice(start, i), offset: start });
			start = -1;
		}
	}
	return words;
}

const inner = (text: string): string => (/^\{.*\}$/s.test(text) ? text.slice(1, -1).trim() : text);

/**
 * Brings arguments into the form `-o name=value` (pcf_normalize_daemon_args): options that are written together come
 * apart, braces around a value or an argument go away. As in the real program an `o` inside of `-oname=value` splits the
 * word there.
 */
function normalise(given: readonly Word[]): Word[] {
	const words = [...given];
	let at = 0;
	for (; at < words.length; at++) {
		let { text, offset } = words[at]!;
		if (!text.startsWith('-') || text === '--') break;
		const later = text.indexOf(WITH_VALUE, 2);
		if (later > 0) {
			words.splice(at + 1, 0, { text: `-${text.slice(later)}`, offset });
			text = text.slice(0, later);
			words[at] = { text, offset };
		}
		if (text[1] !== WITH_VALUE) continue;
		if (text.length > 2) {
			words.splice(at, 1, { text: '-o', offset }, { text: text.slice(2), offset });
		}
		const value = words[++at];
		if (!value?.text.startsWith('{')) continue;
		({ text, offset } = value);
		const pair = splitNameValue(inner(text));
		words[at] = { text: typeof pair === 'string' ? inner(text) : `${pair.name}=${pair.value}`, offset };
	}
	for (; at < words.length; at++) words[at] = { ...words[at]!, text: inner(words[at]!.text) };
	return words;
}

export function parseMasterCf(text: string, path: string, warn: (text: string) => void = () => undefined): MasterCf {
	const services: MasterService[] = [];
	const mistakes: MasterMistake[] = [];
	for (const lines of logicalLines(text, path, warn)) {
		const split = wordsOf(lines.text);
		if (split.length < LEAST_FIELDS) {
			mistakes.push({ line: lines.line, text: 'bad field count', withPlace: true });
			continue;
		}
		const words = [...split.slice(0, LEAST_FIELDS), ...normalise(split.slice(LEAST_FIELDS))];
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

/** Which field is wrong: 'chroot field "maybe"'. */
export function invalidField(words: readonly string[]): string | undefined {
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
		const value = word.text === '-o' ? words[++i] : undefined;
		if (!value) continue;
		const pair = splitNameValue(value.text);
		if (typeof pair !== 'string') found.push({ name: pair.name, value: pair.value, line: lineOf(word.offset) });
	}
	return found;
}
