/**
 * Expansion of words (EXPANSION in bash(1)) in its order: braces, tilde, parameters and commands, splitting, names of files,
 * removal of quotes. `expand/parameter.ts` has ${…}; this file has what goes around it.
 *
 * Does: words to arguments, to one string (assignments, redirections), to a pattern (case, [[ ]], ${x#…}).
 * Trusts: the recogniser for what is a word.
 */
import type { Word } from 'unbash';
import { decode } from '#kernel/text';
import { Errno, O, type Sys } from '#kernel/syscalls';
import { getpwnam, getpwuid } from '../../libc/passwd';
import { readAll } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { close, dup2, getcred, open, pipe, preempt } from '../../libc/unistd';
import { AbandonLine, AbandonShell, CommandFailure } from '../control';
import { forkShell, collect } from '../process';
import { runText } from '../reader';
import type { Shell } from '../shell';
import { parseWord, subscriptEnd, type Mode, type Part } from '../syntax/word';
import { AssociativeArray, IndexedArray, type Variable } from '../variables';
import { ArithmeticError, evaluate, type ArithmeticVariables } from './arithmetic';
import { BraceOverflow, expandBraces } from './brace';
import { glob } from './glob';
import { Pattern, isPattern, quotePattern } from './pattern';
import { expandParameter } from './parameter';
import { BREAK, splitFields, type Field, type Pieces } from './split';

export interface Context {
	/** inside double quotes */
	readonly quoted: boolean;
	/** no splitting follows: "$*" and $@ are joined */
	readonly joined: boolean;
}
export const PLAIN: Context = { quoted: false, joined: false };
export const QUOTED: Context = { quoted: true, joined: false };
export const JOINED: Context = { quoted: false, joined: true };
const QUOTED_JOINED: Context = { quoted: true, joined: true };

/* ---- words already taken apart are kept, since loops expand them again and again ---- */

const parsed = new Map<string, readonly Part[]>();

function parts(raw: string, mode: Mode): readonly Part[] {
	const key = mode + raw;
	let found = parsed.get(key);
	if (found === undefined) {
		found = parseWord(raw, mode);
		if (parsed.size > 2000) parsed.clear();
		if (raw.length < 2000) parsed.set(key, found);
	}
	return found;
}

/** words that stand for themselves */
const SIMPLE = /^(?:[A-Za-z0-9_./:,@%+=!\]-]*|\[)$/;
/** without any of these a word is no pattern, extended ones included */
const GLOBBING = /[*?[(\\]/;

/* ---- to arguments ---- */

export function* expandWords(shell: Shell, words: readonly Word[]): Sys<string[]> {
	const out: string[] = [];
	for (const word of words) yield* expandWordTo(shell, word.text, out);
	return out;
}

export function* expandWordTo(shell: Shell, raw: string, out: string[]): Sys<void> {
	if (raw !== '' && SIMPLE.test(raw)) {
		out.push(raw);
		return;
	}
	let alternatives = [raw];
	if (raw.includes('{') && shell.option('braceexpand') && !shell.dash) {
		try {
			alternatives = expandBraces(raw);
		} catch (thrown) {
			if (!(thrown instanceof BraceOverflow)) throw thrown;
			yield* shell.message('brace expansion: failed to allocate memory for that many elements');
		}
	}
	for (const alternative of alternatives) {
		const pieces = yield* expandParts(shell, parts(alternative, 'word'), PLAIN, true);
		for (const field of splitFields(pieces, shell.ifs)) yield* globField(shell, field, out);
	}
}

function* globField(shell: Shell, field: Field, out: string[]): Sys<void> {
	const text = field.map((segment) => segment.text).join('');
	if (!GLOBBING.test(text) || shell.option('noglob')) {
		out.push(text);
		return;
	}
	const extglob = shell.shopt('extglob');
	const pattern = field.map((segment) => (segment.quoted ? quotePattern(segment.text) : segment.text)).join('');
	if (!isPattern(pattern, extglob)) {
		out.push(text);
		return;
	}
	const ignored = shell.dash ? '' : (shell.variables.get('GLOBIGNORE')?.scalar ?? '');
	let names = yield* glob(pattern, {
		extglob,
		dotglob: shell.shopt('dotglob') || ignored !== '',
		globstar: shell.shopt('globstar'),
		ignoreCase: shell.shopt('nocaseglob')
	});
	if (ignored !== '') {
		const patterns = ignored.split(':').map((each) => new Pattern(each, { extglob: true }));
		names = names.filter((name) => name !== '.' && name !== '..' && !patterns.some((each) => each.matches(name)));
	}
	if (names.length > 0) for (const name of names) out.push(name);
	else if (shell.shopt('failglob')) {
		yield* shell.message(`no match: ${text}`);
		throw new AbandonLine(1);
	} else if (!shell.shopt('nullglob')) out.push(text);
}

/* ---- to one string ---- */

/** An assignment's value, a here-string, the word of case: no splitting, no names of files. */
export function* expandString(
	shell: Shell,
	raw: string,
	options: { readonly assignment?: boolean; readonly mode?: Mode } = {}
): Sys<string> {
	if (SIMPLE.test(raw)) return raw;
	const mode = options.mode ?? 'word';
	const context = mode === 'word' ? JOINED : QUOTED_JOINED;
	const pieces = yield* expandParts(shell, parts(raw, mode), context, mode === 'word', options.assignment);
	return join(pieces);
}

export function join(pieces: Pieces): string {
	let text = '';
	for (const piece of pieces) text += piece === BREAK ? ' ' : piece.text;
	return text;
}

/** A pattern: what was quoted stands behind backslashes. */
export function* expandPattern(shell: Shell, raw: string): Sys<string> {
	if (SIMPLE.test(raw)) return quotePattern(raw);
	const pieces = yield* expandParts(shell, parts(raw, 'word'), JOINED, true);
	return pieces
		.map((piece) => (piece === BREAK ? ' ' : piece.kind === 'quoted' ? quotePattern(piece.text) : piece.text))
		.join('');
}

/** The pieces themselves, for those who treat quoted text in their own way. */
export function* expandPieces(shell: Shell, raw: string, mode: Mode, context: Context, tilde = false): Sys<Pieces> {
	return yield* expandParts(shell, parts(raw, mode), context, tilde);
}

/** A redirection's target: one word, or more, which is an error there. */
export function* expandTarget(shell: Shell, raw: string): Sys<string[]> {
	const out: string[] = [];
	yield* expandWordTo(shell, raw, out);
	return out;
}

/* ---- parts ---- */

function* expandParts(
	shell: Shell,
	list: readonly Part[],
	context: Context,
	tilde: boolean,
	assignment = false
): Sys<Pieces> {
	const pieces: Pieces = [];
	for (let i = 0; i < list.length; i++) {
		const part = list[i]!;
		switch (part.kind) {
			case 'text':
				if (tilde && part.text.includes('~'))
					yield* expandTildes(shell, part.text, i === 0, i === list.length - 1, assignment, pieces);
				else pieces.push({ text: part.text, kind: context.quoted ? 'quoted' : 'literal' });
				break;
			case 'quoted':
				pieces.push({ text: part.text, kind: 'quoted' });
				break;
			case 'double':
				yield* expandDouble(shell, part.parts, context, pieces);
				break;
			case 'parameter':
				for (const piece of yield* expandParameter(shell, part, context)) pieces.push(piece);
				break;
			case 'command':
				pieces.push({
					text: yield* substitute(shell, part.source, part.backquoted),
					kind: context.quoted ? 'quoted' : 'expanded'
				});
				break;
			case 'arithmetic':
				pieces.push({
					text: String(yield* evaluateExpansion(shell, part.text)),
					kind: context.quoted ? 'quoted' : 'expanded'
				});
				break;
			case 'process':
				pieces.push({ text: yield* substituteProcess(shell, part.direction, part.source), kind: 'literal' });
				break;
			case 'bad':
				yield* shell.message(shell.dash ? 'Bad substitution' : `${part.text}: bad substitution`);
				throw shell.dash ? new AbandonShell(2) : new AbandonLine(1);
		}
	}
	return pieces;
}

/** "…": a null that stays, unless all it holds is an empty "$@". */
function* expandDouble(shell: Shell, list: readonly Part[], context: Context, pieces: Pieces): Sys<void> {
	const inner = yield* expandParts(shell, list, context.joined ? QUOTED_JOINED : QUOTED, false);
	if (inner.length === 0) {
		const onlyAt = list.some((part) => part.kind === 'parameter');
		if (!onlyAt) pieces.push({ text: '', kind: 'quoted' });
		return;
	}
	pieces.push(...inner);
}

/* ---- tilde ---- */

function* expandTildes(
	shell: Shell,
	text: string,
	first: boolean,
	last: boolean,
	assignment: boolean,
	pieces: Pieces
): Sys<void> {
	let at = 0;
	const like = !assignment && first && !shell.dash && /^[A-Za-z_]\w*\+?=/.test(text);
	const segments = assignment ? text.split(/(?<=:)/) : like ? text.split(/(?<=:)|(?<=^\w+\+?=)/) : [text];
	for (let i = 0; i < segments.length; i++) {
		const segment = segments[i]!;
		const starts = i > 0 || first;
		const match = starts ? /^~([^/:\\]*)/.exec(segment) : null;
		const end = match ? match[0].length : 0;
		const whole = end < segment.length || (i === segments.length - 1 ? last : true);
		if (match && whole) {
			const home = yield* tilde(shell, match[1]!);
			if (home !== null) {
				pieces.push({ text: home, kind: 'quoted' });
				if (end < segment.length) pieces.push({ text: segment.slice(end), kind: 'literal' });
				at += segment.length;
				continue;
			}
		}
		pieces.push({ text: segment, kind: 'literal' });
		at += segment.length;
	}
	void at;
}

function* tilde(shell: Shell, name: string): Sys<string | null> {
	if (name === '') {
		const home = shell.variables.get('HOME')?.scalar;
		if (home !== undefined) return home;
		const { uid } = yield* getcred();
		return (yield* getpwuid(uid))?.home ?? null;
	}
	if (name === '+') return shell.variables.get('PWD')?.scalar ?? null;
	if (name === '-') return shell.variables.get('OLDPWD')?.scalar ?? null;
	if (/^\+?\d+$/.test(name)) {
		const index = Number(name);
		return index === 0 ? (shell.variables.get('PWD')?.scalar ?? null) : (shell.directories[index - 1] ?? null);
	}
	return (yield* getpwnam(name))?.home ?? null;
}

/* ---- commands ---- */

const OUTPUT_MAX = 16 * 1024 * 1024;

export function* substitute(shell: Shell, source: string, backquoted: boolean): Sys<string> {
	const file = /^\s*<\s*([^\s<>&|;()]+|"[^"]*")\s*$/.exec(source);
	if (file && !shell.dash) return yield* readSubstitution(shell, file[1]!);
	const [from, to] = yield* pipe();
	const line = shell.line;
	const child = yield* forkShell(shell, function* (subshell) {
		subshell.line = line;
		yield* close(from);
		if (to !== 1) {
			yield* dup2(to, 1);
			yield* close(to);
		}
		subshell.commandString = false;
		if (!subshell.shopt('inherit_errexit')) subshell.options.delete('errexit');
		return yield* runText(subshell, source, {
			name: backquoted ? 'command substitution' : shell.input.name,
			line,
			disposable: true
		});
	});
	yield* close(to);
	let bytes: Uint8Array;
	try {
		bytes = yield* readAll(from);
	} finally {
		yield* close(from);
	}
	shell.substitutionStatus = yield* collect(shell, child);
	if (bytes.length > OUTPUT_MAX) {
		yield* shell.message('xrealloc: cannot allocate 18446744071562067968 bytes');
		throw new AbandonShell(2);
	}
	if (bytes.includes(0)) {
		if (!shell.dash) yield* shell.message('warning: command substitution: ignored null byte in input');
		bytes = bytes.filter((byte) => byte !== 0);
	}
	return decode(bytes).replace(/\n+$/, '');
}

function* readSubstitution(shell: Shell, raw: string): Sys<string> {
	const path = yield* expandString(shell, raw);
	try {
		const fd = yield* open(path, O.RDONLY);
		const bytes = yield* readAll(fd);
		yield* close(fd);
		shell.substitutionStatus = 0;
		return decode(bytes.filter((byte) => byte !== 0)).replace(/\n+$/, '');
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* shell.message(`${path}: ${strerror(thrown)}`);
		shell.substitutionStatus = 1;
		return '';
	}
}

function* substituteProcess(shell: Shell, direction: '<' | '>', source: string): Sys<string> {
	const [from, to] = yield* pipe();
	const line = shell.line;
	const mine = direction === '<' ? from : to;
	const theirs = direction === '<' ? to : from;
	const child = yield* forkShell(shell, function* (subshell) {
		subshell.line = line;
		yield* close(mine);
		yield* dup2(theirs, direction === '<' ? 1 : 0);
		yield* close(theirs);
		return yield* runText(subshell, source, { name: shell.input.name, line, disposable: true });
	});
	yield* close(theirs);
	// bash counts down from 63
	const high = Math.max(10, 63 - shell.substitutionDescriptors.length);
	yield* dup2(mine, high);
	yield* close(mine);
	shell.children.push(child);
	shell.background = child;
	shell.substitutionDescriptors.push(high);
	return `/dev/fd/${high}`;
}

/* ---- arithmetic ---- */

export function* evaluateExpansion(shell: Shell, raw: string): Sys<bigint> {
	const text = yield* expandString(shell, raw, { mode: 'arithmetic' });
	try {
		return yield* evaluateText(shell, text);
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		throw shell.dash ? new AbandonShell(2) : new AbandonLine(1);
	}
}

/** @throws CommandFailure after the message @param name what the message names: "let", "((" */
export function* evaluateText(shell: Shell, text: string, name = ''): Sys<bigint> {
	yield* shell.refresh(text);
	if (++shell.turns % 64 === 0) yield* preempt();
	try {
		return evaluate(text, arithmeticVariables(shell));
	} catch (thrown) {
		if (thrown instanceof ArithmeticError) {
			yield* shell.message(
				shell.dash ? dashArithmetic(thrown.message, text) : (name === '' ? '' : `${name}: `) + thrown.message
			);
			throw new CommandFailure(1);
		}
		if (thrown instanceof VariableFailure) {
			yield* shell.message(thrown.message);
			if (thrown.unbound) throw new AbandonShell(1);
			throw new CommandFailure(1);
		}
		throw thrown;
	}
}

function dashArithmetic(message: string, text: string): string {
	const kind = message.includes('division by 0')
		? 'division by zero'
		: message.includes('operand expected')
			? 'expecting primary'
			: 'expecting EOF';
	return `arithmetic expression: ${kind}: "${text}"`;
}

class VariableFailure {
	constructor(
		readonly message: string,
		readonly unbound: boolean
	) {}
}

function arithmeticVariables(shell: Shell): ArithmeticVariables {
	const variables: ArithmeticVariables = {
		get(name, subscript) {
			const resolved = shell.variables.resolve(name);
			if (subscript === undefined && resolved.includes('[')) [name, subscript] = splitSubscript(resolved);
			else name = resolved;
			if (subscript === undefined) {
				const value = shell.parameter(name);
				if (value === undefined && shell.option('nounset'))
					throw new VariableFailure(shell.dash ? `${name}: parameter not set` : `${name}: unbound variable`, true);
				return value;
			}
			const array = shell.array(name);
			if (array instanceof AssociativeArray) return array.get(unquoteKey(subscript));
			if (subscript === '@' || subscript === '*') return array?.values.join(' ');
			const index = Number(evaluate(subscript, variables));
			if (array instanceof IndexedArray) return array.get(index < 0 ? index + array.end : index);
			return index === 0 ? shell.parameter(name) : undefined;
		},
		set(name, subscript, value) {
			const resolved = shell.variables.resolve(name);
			if (subscript === undefined && resolved.includes('[')) [name, subscript] = splitSubscript(resolved);
			const variable = shell.variables.obtain(name);
			if (variable.readonly) throw new VariableFailure(`${name}: readonly variable`, false);
			if (subscript === undefined) shell.assignUnchecked(name, value, variable);
			else {
				const associative = variable.isAssociative;
				const key = associative ? unquoteKey(subscript) : String(Number(evaluate(subscript, variables)));
				setElement(variable, key, value);
			}
		}
	};
	return variables;
}

function splitSubscript(reference: string): [string, string] {
	const at = reference.indexOf('[');
	return [reference.slice(0, at), reference.slice(at + 1, -1)];
}

function unquoteKey(key: string): string {
	return key.replace(/^"(.*)"$|^'(.*)'$/s, (_, double, single) => double ?? single);
}

/* ---- elements of arrays ---- */

/** @param key an associative key, or an index in decimal; @returns false for a negative index that is out of range */
export function setElement(variable: Variable, key: string, value: string): boolean {
	value = variable.transform(value);
	if (variable.isAssociative) {
		if (!(variable.value instanceof AssociativeArray)) variable.value = new AssociativeArray();
		variable.value.set(key, value);
		return true;
	}
	if (!(variable.value instanceof IndexedArray)) {
		const old = variable.value;
		variable.value = new IndexedArray(typeof old === 'string' ? [old] : []);
	}
	let index = Number(key);
	if (index < 0) index += variable.value.end;
	if (index < 0) return false;
	variable.value.set(index, value);
	return true;
}

/** A subscript as written to the key that it means: arithmetic for indexed arrays. */
export function* subscriptKey(shell: Shell, name: string, raw: string): Sys<string> {
	const variable = shell.variables.get(name);
	if (variable?.isAssociative) return yield* expandString(shell, raw);
	const text = yield* expandString(shell, raw, { mode: 'arithmetic' });
	try {
		return String(yield* evaluateText(shell, text));
	} catch (thrown) {
		if (thrown instanceof CommandFailure) throw new AbandonLine(1);
		throw thrown;
	}
}

/** `name[subscript]` taken apart; null when it is no such reference */
export function parseReference(text: string): { readonly name: string; readonly subscript?: string } | null {
	const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text)?.[0];
	if (name === undefined) return null;
	if (name.length === text.length) return { name };
	if (text[name.length] !== '[') return null;
	const end = subscriptEnd(text, name.length);
	if (end !== text.length - 1 || end === name.length + 1) return null;
	return { name, subscript: text.slice(name.length + 1, end) };
}
