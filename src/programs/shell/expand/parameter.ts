/**
 * Parameter expansion: $name and all forms of ${…} (Shell Parameter Expansion in bash's manual).
 *
 * Does: values of scalars, arrays and positional parameters; defaults, removal, replacement, slices, case, ${x@…}.
 * Errors: "unbound variable", "bad array subscript" and the like in bash's and dash's words.
 */
import type { Sys } from '#kernel/syscalls';
import { AbandonLine, AbandonShell, CommandFailure } from '../control';
import { expandPrompt } from '../prompt';
import { quoteAnsi, quoteDouble, quoteReusable } from '../quote';
import type { Shell } from '../shell';
import { unescapeAnsi, type ParameterPart } from '../syntax/word';
import { AssociativeArray, IndexedArray } from '../variables';
import {
	evaluateText,
	expandPattern,
	expandPieces,
	expandString,
	parseReference,
	setElement,
	subscriptKey,
	type Context
} from './expand';
import { Pattern } from './pattern';
import { BREAK, type Pieces } from './split';

/** What a parameter stands for before an operation: one value, or a list. */
interface Target {
	readonly values: readonly string[];
	readonly set: boolean;
	/** "@" or "*" for a list */
	readonly list: '@' | '*' | null;
	/** for messages and assignments */
	readonly name: string;
	readonly key?: string;
	/** indices of a list, for slices of sparse arrays */
	readonly indices?: readonly number[];
	readonly positional?: boolean;
}

export function* expandParameter(shell: Shell, part: ParameterPart, context: Context): Sys<Pieces> {
	if (part.text.length > 4) yield* shell.refresh(part.text);
	if (part.operator === 'names')
		return listPieces(shell, variableNames(shell, part.name), part.operand === '*' ? '*' : '@', context);
	if (part.operator === 'keys')
		return listPieces(shell, keysOf(shell, part.name), part.operand === '*' ? '*' : '@', context);
	const target = part.indirect ? yield* indirect(shell, part) : yield* resolve(shell, part.name, part.index);
	if (part.length) return [piece(String(lengthOf(shell, target, yield* checked(shell, target, part))), context)];
	const { operator } = part;
	if (operator !== undefined && DEFAULTS.has(operator)) return yield* expandDefault(shell, part, target, context);
	yield* checked(shell, target, part);
	if (operator === undefined) return result(shell, target, target.values, context);
	if (!target.set && target.list === null)
		return operator === '@' && (part.operand === 'A' || part.operand === 'a')
			? [piece(yield* transform(shell, target, part.operand, ''), context)]
			: [piece('', context)];
	if (operator === ':') return yield* slice(shell, part, target, context);
	if (operator === '@') return yield* expandTransform(shell, part, target, context);
	const operate = yield* operation(shell, part);
	return result(shell, target, target.values.map(operate), context);
}

const DEFAULTS = new Set(['-', ':-', '=', ':=', '+', ':+', '?', ':?']);

function piece(text: string, context: Context) {
	return { text, kind: context.quoted ? ('quoted' as const) : ('expanded' as const) };
}

function result(shell: Shell, target: Target, values: readonly string[], context: Context): Pieces {
	if (target.list !== null) return listPieces(shell, values, target.list, context);
	return [piece(values[0] ?? '', context)];
}

function listPieces(shell: Shell, values: readonly string[], list: '@' | '*', context: Context): Pieces {
	const { ifs } = shell;
	if (list === '*' && (context.quoted || context.joined)) return [piece(values.join(ifs.slice(0, 1)), context)];
	if (context.joined) return [piece(values.join(' '), context)];
	const pieces: Pieces = [];
	values.forEach((value, i) => {
		if (i > 0) pieces.push(BREAK);
		pieces.push(piece(value, context));
	});
	return pieces;
}

/* ---- values ---- */

function* resolve(shell: Shell, name: string, index: string | undefined): Sys<Target> {
	const reference = index === undefined ? shell.variables.resolve(name) : shell.variables.resolve(name);
	if (reference !== name) {
		const parsed = parseReference(reference);
		if (parsed) {
			name = parsed.name;
			index ??= parsed.subscript;
		}
	}
	if (name === '@' || name === '*')
		return { values: shell.args, set: shell.args.length > 0, list: name, name, positional: true };
	if (index === undefined) {
		const value = shell.parameter(name);
		return { values: value === undefined ? [] : [value], set: value !== undefined, list: null, name };
	}
	const array = shell.array(name);
	if (index === '@' || index === '*') {
		if (array === undefined) {
			const value = shell.parameter(name);
			return { values: value === undefined ? [] : [value], set: value !== undefined, list: index, name, indices: [0] };
		}
		return {
			values: array.values,
			set: array.size > 0,
			list: index,
			name,
			indices: array instanceof IndexedArray ? array.indices : undefined
		};
	}
	const key = yield* subscriptKey(shell, name, index);
	let value: string | undefined;
	if (array instanceof AssociativeArray) value = array.get(key);
	else {
		const number = Number(key);
		const end = array === undefined ? (shell.parameter(name) === undefined ? 0 : 1) : array.end;
		const at = number < 0 ? number + end : number;
		if (at < 0) yield* shell.message(`${name}: bad array subscript`);
		else if (array instanceof IndexedArray) value = array.get(at);
		else if (at === 0) value = shell.parameter(name);
	}
	return { values: value === undefined ? [] : [value], set: value !== undefined, list: null, name, key };
}

function* indirect(shell: Shell, part: ParameterPart): Sys<Target> {
	const variable = shell.variables.find(part.name);
	if (variable?.nameref && part.index === undefined)
		return { values: [shell.variables.resolve(part.name)], set: true, list: null, name: part.name };
	const first = yield* resolve(shell, part.name, part.index);
	if (!first.set) {
		if (part.operator !== undefined && DEFAULTS.has(part.operator)) return { ...first, list: null };
		yield* shell.message(
			`${part.name}${part.index === undefined ? '' : `[${part.index}]`}: invalid indirect expansion`
		);
		throw new AbandonLine(1);
	}
	const reference = first.values.join(' ');
	if (/^([0-9]+|[@*#?$!-])$/.test(reference)) return yield* resolve(shell, reference, undefined);
	const parsed = parseReference(reference);
	if (parsed === null) {
		yield* shell.message(`${reference}: invalid variable name`);
		throw new AbandonLine(1);
	}
	return yield* resolve(shell, parsed.name, parsed.subscript);
}

/** Complains about an unset parameter under `set -u`. */
function* checked(shell: Shell, target: Target, part: ParameterPart): Sys<true> {
	if (target.set || !shell.option('nounset') || target.list !== null) return true;
	const shown = part.indirect ? target.name : part.index === undefined ? part.name : `${part.name}[${part.index}]`;
	yield* shell.message(
		shell.dash ? `${shown}: parameter not set` : `${/^\d/.test(shown) ? '$' : ''}${shown}: unbound variable`
	);
	throw new AbandonShell(shell.dash ? 2 : 1);
}

function lengthOf(_shell: Shell, target: Target, _checked: true): number {
	if (target.list !== null) return target.values.length;
	return countCharacters(target.values[0] ?? '');
}

export function countCharacters(text: string): number {
	let count = text.length;
	for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) count--;
	return count;
}

function variableNames(shell: Shell, prefix: string): string[] {
	const names: string[] = [];
	for (const [name, variable] of shell.variables.visible())
		if (name.startsWith(prefix) && variable.value !== undefined) names.push(name);
	return names;
}

function keysOf(shell: Shell, name: string): string[] {
	const resolved = shell.variables.resolve(name);
	const array = shell.array(resolved);
	if (array instanceof AssociativeArray) return array.keys;
	if (array instanceof IndexedArray) return array.indices.map(String);
	return shell.parameter(resolved) === undefined ? [] : ['0'];
}

/* ---- defaults ---- */

function* expandDefault(shell: Shell, part: ParameterPart, target: Target, context: Context): Sys<Pieces> {
	const operator = part.operator!;
	const colon = operator.length === 2;
	const empty =
		target.list === null ? (target.values[0] ?? '') === '' : target.values.join('') === '' && target.values.length <= 1;
	const has = target.set && !(colon && empty);
	const mode = context.quoted ? 'double' : 'word';
	switch (operator[operator.length - 1]) {
		case '-':
			if (has) return result(shell, target, target.values, context);
			return withoutNothing(yield* expandPieces(shell, part.operand!, mode, context, !context.quoted), context);
		case '+':
			return has
				? withoutNothing(yield* expandPieces(shell, part.operand!, mode, context, !context.quoted), context)
				: target.list !== null
					? []
					: [piece('', context)];
		case '=': {
			if (has) return result(shell, target, target.values, context);
			if (!/^[A-Za-z_]/.test(target.name)) {
				yield* shell.message(`$${target.name}: cannot assign in this way`);
				throw new AbandonLine(1);
			}
			const value = yield* expandString(shell, part.operand!, { mode });
			yield* assignTarget(shell, target, value);
			return [piece(value, context)];
		}
		default: {
			if (has) return result(shell, target, target.values, context);
			const given = yield* expandString(shell, part.operand!, { mode });
			const said = given !== '' ? given : colon ? 'parameter null or not set' : 'parameter not set';
			const shown = part.index === undefined ? part.name : `${part.name}[${part.index}]`;
			yield* shell.message(`${shown}: ${shell.dash && given === '' && colon ? 'parameter not set or null' : said}`);
			throw new AbandonShell(shell.dash ? 2 : 127);
		}
	}
}

/** An operand that is nothing still gives an empty word inside double quotes. */
function withoutNothing(pieces: Pieces, context: Context): Pieces {
	return pieces.length === 0 && context.quoted
		? [{ text: '', kind: 'quoted' }]
		: pieces.map((each) =>
				each !== BREAK && each.kind === 'literal' && !context.quoted
					? { text: each.text, kind: 'expanded' as const }
					: each
			);
}

function* assignTarget(shell: Shell, target: Target, value: string): Sys<void> {
	try {
		const variable = shell.variables.obtain(target.name);
		if (target.key === undefined) yield* shell.assign(target.name, value);
		else if (variable.readonly) yield* shell.assign(target.name, value);
		else setElement(variable, target.key, value);
	} catch (thrown) {
		if (thrown instanceof CommandFailure) throw new AbandonLine(1);
		throw thrown;
	}
}

/* ---- operations on each value ---- */

function* operation(shell: Shell, part: ParameterPart): Sys<(value: string) => string> {
	const operator = part.operator!;
	const operand = part.operand!;
	switch (operator) {
		case '#':
		case '##':
		case '%':
		case '%%': {
			const pattern = new Pattern(yield* expandPattern(shell, operand), patternOptions(shell, false));
			const longest = operator.length === 2;
			if (operator[0] === '#')
				return (value) => {
					const length = pattern.prefix(value, longest);
					return length < 0 ? value : value.slice(length);
				};
			return (value) => {
				const length = pattern.suffix(value, longest);
				return length < 0 ? value : value.slice(0, value.length - length);
			};
		}
		case '^':
		case '^^':
		case ',':
		case ',,':
		case '~':
		case '~~': {
			const pattern =
				operand === '' ? null : new Pattern(yield* expandPattern(shell, operand), patternOptions(shell, false));
			return changeCase(operator, pattern);
		}
		default:
			return yield* replacement(shell, operator, operand);
	}
}

function patternOptions(shell: Shell, fold: boolean) {
	return { extglob: shell.shopt('extglob'), ignoreCase: fold && shell.shopt('nocasematch') };
}

function changeCase(operator: string, pattern: Pattern | null): (value: string) => string {
	const change =
		operator[0] === '^'
			? upper
			: operator[0] === ','
				? (c: string) => c.toLowerCase()
				: (c: string) => (c === upper(c) ? c.toLowerCase() : upper(c));
	const all = operator.length === 2;
	return (value) => {
		const characters = Array.from(value);
		return characters
			.map((c, i) => ((all || i === 0) && (pattern === null || pattern.matches(c)) ? change(c) : c))
			.join('');
	};
}

/** One character for one, as towupper(3): ß stays. */
function upper(c: string): string {
	const changed = c.toUpperCase();
	return countCharacters(changed) === countCharacters(c) ? changed : c;
}

function* replacement(shell: Shell, operator: string, operand: string): Sys<(value: string) => string> {
	const slash = splitOperand(operand, '/');
	const rawPattern = slash < 0 ? operand : operand.slice(0, slash);
	const pattern = new Pattern(yield* expandPattern(shell, rawPattern), patternOptions(shell, true));
	const pieces =
		slash < 0
			? []
			: yield* expandPieces(shell, operand.slice(slash + 1), 'word', { quoted: false, joined: true }, true);
	const active = shell.shopt('patsub_replacement');
	const build = (matched: string) =>
		pieces
			.map((each) =>
				each === BREAK ? ' ' : active && each.kind !== 'quoted' ? substituteMatch(each.text, matched) : each.text
			)
			.join('');
	if (operator === '/#')
		return (value) => {
			const length = pattern.prefix(value, true);
			return length < 0 ? value : build(value.slice(0, length)) + value.slice(length);
		};
	if (operator === '/%')
		return (value) => {
			const length = pattern.suffix(value, true);
			return length < 0 ? value : value.slice(0, value.length - length) + build(value.slice(value.length - length));
		};
	return (value) => replaceIn(value, pattern, build, operator === '//');
}

/** An unquoted & is the match, \& an ampersand. */
function substituteMatch(text: string, matched: string): string {
	return text.includes('&') || text.includes('\\')
		? text.replace(/\\([&\\])|&/g, (_, escaped) => escaped ?? matched)
		: text;
}

function replaceIn(value: string, pattern: Pattern, build: (matched: string) => string, all: boolean): string {
	let out = '';
	let at = 0;
	if (value === '' && pattern.matches('') && pattern.literal === null) return build('');
	for (;;) {
		const found = pattern.search(value, at);
		if (found === null) break;
		out += value.slice(at, found.start) + build(value.slice(found.start, found.end));
		at = found.end;
		if (!all) break;
	}
	return out + value.slice(at);
}

/** The first `separator` outside quotes, expansions and brackets, or -1. */
function splitOperand(text: string, separator: string): number {
	let depth = 0;
	let questions = 0;
	for (let at = 0; at < text.length; at++) {
		const c = text[at]!;
		if (c === '\\') at++;
		else if (c === separator && depth === 0 && (separator !== ':' || questions-- <= 0)) return at;
		else if (c === '?' && separator === ':') questions++;
		else if (c === "'" || c === '"' || c === '`') {
			const end = text.indexOf(c, at + 1);
			if (end > 0) at = end;
		} else if ((c === '(' || c === '[') && separator === ':') depth++;
		else if ((c === ')' || c === ']') && separator === ':') depth--;
		else if (c === '$' && (text[at + 1] === '{' || text[at + 1] === '(')) {
			const [open, close] = text[at + 1] === '{' ? '{}' : '()';
			let nested = 0;
			for (at++; at < text.length; at++) {
				if (text[at] === open) nested++;
				else if (text[at] === close && --nested === 0) break;
			}
		}
		if (questions < 0) questions = 0;
	}
	return -1;
}

/* ---- slices ---- */

function* slice(shell: Shell, part: ParameterPart, target: Target, context: Context): Sys<Pieces> {
	const operand = part.operand!;
	const colon = splitOperand(operand, ':');
	const rawLength = colon < 0 ? undefined : operand.slice(colon + 1);
	const offset = Number(yield* number(shell, colon < 0 ? operand : operand.slice(0, colon)));
	const length = rawLength === undefined ? undefined : Number(yield* number(shell, rawLength));
	if (target.list !== null) {
		if (length !== undefined && length < 0) {
			yield* shell.message(`${length}: substring expression < 0`);
			throw new AbandonLine(1);
		}
		return listPieces(shell, sliceList(shell, target, offset, length), target.list, context);
	}
	const characters = Array.from(target.values[0] ?? '');
	let from = offset;
	if (from < 0) from += characters.length;
	if (from < 0 || from > characters.length) return [piece('', context)];
	let to = characters.length;
	if (length !== undefined) to = length < 0 ? characters.length + length : from + length;
	if (to < from) {
		yield* shell.message(`${length}: substring expression < 0`);
		throw new AbandonLine(1);
	}
	return [piece(characters.slice(from, to).join(''), context)];
}

function sliceList(shell: Shell, target: Target, offset: number, length: number | undefined): string[] {
	if (target.positional) {
		const all = [shell.zero, ...target.values];
		const from = offset < 0 ? offset + all.length : offset;
		if (from < 0) return [];
		return all.slice(from, length === undefined ? undefined : from + length);
	}
	const { indices } = target;
	if (indices === undefined)
		return target.values.slice(
			Math.max(0, offset - 1),
			length === undefined ? undefined : Math.max(0, offset - 1) + length
		);
	const end = indices.length === 0 ? 0 : indices[indices.length - 1]! + 1;
	const from = offset < 0 ? offset + end : offset;
	if (from < 0) return [];
	const first = indices.findIndex((index) => index >= from);
	return first < 0 ? [] : target.values.slice(first, length === undefined ? undefined : first + length);
}

function* number(shell: Shell, raw: string): Sys<bigint> {
	const text = yield* expandString(shell, raw, { mode: 'arithmetic' });
	try {
		return yield* evaluateText(shell, text);
	} catch (thrown) {
		if (thrown instanceof CommandFailure) throw new AbandonLine(1);
		throw thrown;
	}
}

/* ---- ${x@…} ---- */

function* expandTransform(shell: Shell, part: ParameterPart, target: Target, context: Context): Sys<Pieces> {
	const letter = part.operand!;
	if (target.list !== null && !target.positional) {
		const array = shell.array(target.name);
		if (letter === 'A' && array)
			return [
				piece(
					`declare -${shell.variables.get(target.name)?.flags ?? 'a'} ${target.name}=${arrayLiteral(array)}`,
					context
				)
			];
		if (letter === 'K' && array)
			return [
				piece(
					keyedValues(array)
						.map(([key, value]) => `${key} ${quoteDouble(value)}`)
						.join(' ') + (array instanceof AssociativeArray ? ' ' : ''),
					context
				)
			];
		if (letter === 'k' && array) return listPieces(shell, keyedValues(array).flat(), target.list, context);
	}
	const values: string[] = [];
	for (const value of target.values) values.push(yield* transform(shell, target, letter, value));
	if (letter === 'A' && target.positional)
		return [piece(`set -- ${target.values.map(quoteReusable).join(' ')}`, context)];
	return result(shell, target, values, context);
}

export function keyedValues(array: IndexedArray | AssociativeArray): [string, string][] {
	if (array instanceof AssociativeArray)
		return array.keys.map((key) => [/^[\w.,:@%+/-]+$/.test(key) ? key : quoteDouble(key), array.get(key)!]);
	return array.indices.map((index) => [String(index), array.get(index)!]);
}

/** `([0]="a" [1]="b")`, an associative one with a blank before the bracket */
export function arrayLiteral(array: IndexedArray | AssociativeArray): string {
	const elements = keyedValues(array).map(([key, value]) => `[${key}]=${quoteDouble(value)}`);
	return array instanceof AssociativeArray
		? `(${elements.map((each) => each + ' ').join('')})`
		: `(${elements.join(' ')})`;
}

function* transform(shell: Shell, target: Target, letter: string, value: string): Sys<string> {
	switch (letter) {
		case 'U':
			return Array.from(value, upper).join('');
		case 'u':
			return changeCase('^', null)(value);
		case 'L':
			return value.toLowerCase();
		case 'Q':
		case 'K':
		case 'k':
			return /[\x00-\x1f\x7f]/.test(value) ? quoteAnsi(value) : quoteReusable(value);
		case 'E':
			return unescapeAnsi(value);
		case 'P':
			return yield* expandPrompt(shell, value);
		case 'a':
			return shell.variables.get(target.name)?.flags ?? '';
		default: {
			const flags = shell.variables.get(target.name)?.flags ?? '';
			const assigned = `${target.name}${target.key === undefined ? '' : `[${target.key}]`}=${quoteReusable(value)}`;
			if (!target.set) return flags === '' ? '' : `declare -${flags} ${target.name}`;
			return flags === '' ? assigned : `declare -${flags} ${assigned}`;
		}
	}
}
