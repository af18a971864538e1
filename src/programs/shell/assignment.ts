/** Assignments: name=value, name+=value, name[key]=value, name=(…) with the variable's attributes. */
import type { ArrayValue, Assignment } from 'unbash';
import type { Sys } from '#kernel/syscalls';
import { AbandonLine, CommandFailure } from './control';
import { evaluateText, expandString, expandWordTo, parseReference, setElement, subscriptKey } from './expand/expand';
import { tracePrefix } from './xtrace';
import { quoteTrace } from './quote';
import type { Shell } from './shell';
import { subscriptEnd } from './syntax/word';
import { AssociativeArray, IndexedArray, Variable } from './variables';

export function* traceAssignment(shell: Shell, assignment: Assignment, value: string): Sys<void> {
	if (!shell.option('xtrace')) return;
	const left = assignment.text.slice(0, assignment.text.indexOf('='));
	const shown =
		assignment.value.type === 'ArrayValue'
			? assignment.text.slice(left.length + 1)
			: value === ''
				? ''
				: quoteTrace(value);
	yield* shell.writeError(`${yield* tracePrefix(shell)}${left}=${shown}\n`);
}

/** @throws CommandFailure after a message (readonly, bad subscript) */
export function* assignWord(shell: Shell, assignment: Assignment): Sys<void> {
	const { name } = assignment;
	if (assignment.value.type === 'ArrayValue') {
		yield* traceAssignment(shell, assignment, '');
		yield* assignArray(shell, name, assignment.value, assignment.append ?? false);
		return;
	}
	yield* shell.refresh(name);
	const value = yield* expandString(shell, assignment.value.text, { assignment: true });
	yield* traceAssignment(shell, assignment, value);
	const raw = assignment.index === undefined ? undefined : subscriptOf(assignment);
	yield* assignValue(shell, name, raw, value, assignment.append ?? false);
}

/** The subscript as written: unbash's Word leaves blanks out of it. */
function subscriptOf(assignment: Assignment): string {
	const { text } = assignment;
	const open = text.indexOf('[');
	const end = subscriptEnd(text, open);
	return end < 0 ? assignment.index!.text : text.slice(open + 1, end);
}

export function* assignValue(
	shell: Shell,
	name: string,
	subscript: string | undefined,
	value: string,
	append: boolean
): Sys<void> {
	const resolved = shell.variables.resolve(name);
	if (resolved !== name) {
		const reference = parseReference(resolved);
		if (reference) {
			name = reference.name;
			subscript ??= reference.subscript;
		}
	}
	const variable = shell.variables.obtain(name);
	if (variable.readonly || name === 'BASH_VERSINFO') {
		yield* shell.message(shell.dash ? `${name}: is read only` : `${name}: readonly variable`);
		throw new CommandFailure(shell.dash ? 2 : 1);
	}
	if (subscript === undefined) {
		if (variable.nameref && variable.value === undefined) variable.value = value;
		else shell.assignUnchecked(name, yield* combined(shell, variable, variable.scalar, value, append), variable);
		return;
	}
	if (subscript === '@' || subscript === '*') {
		yield* shell.message(`${name}[${subscript}]: bad array subscript`);
		throw new CommandFailure(1);
	}
	const key = yield* subscriptKey(shell, name, subscript);
	if (variable.isAssociative && key === '') {
		yield* shell.message(`${name}[${subscript}]: bad array subscript`);
		throw new CommandFailure(1);
	}
	const old = elementOf(variable, key);
	if (!setElement(variable, key, yield* combined(shell, variable, old, value, append))) {
		yield* shell.message(`${name}[${subscript}]: bad array subscript`);
		throw new CommandFailure(1);
	}
}

function elementOf(variable: Variable, key: string): string | undefined {
	if (variable.value instanceof AssociativeArray) return variable.value.get(key);
	if (variable.value instanceof IndexedArray) return variable.value.get(Number(key));
	return key === '0' ? variable.value : undefined;
}

/** What is stored: appended, or evaluated for an integer. */
function* combined(
	shell: Shell,
	variable: Variable,
	old: string | undefined,
	value: string,
	append: boolean
): Sys<string> {
	if (!variable.integer) return append ? (old ?? '') + value : value;
	try {
		const number = yield* evaluateText(shell, value);
		const before = append ? yield* evaluateText(shell, old ?? '0') : 0n;
		return String(BigInt.asIntN(64, before + number));
	} catch (thrown) {
		if (thrown instanceof CommandFailure) throw new AbandonLine(1);
		throw thrown;
	}
}

/** name=( … ) */
export function* assignArray(
	shell: Shell,
	name: string,
	value: ArrayValue,
	append: boolean,
	target?: Variable
): Sys<void> {
	name = shell.variables.resolve(name);
	const variable = target ?? shell.variables.obtain(name);
	if (variable.readonly) {
		yield* shell.message(`${name}: readonly variable`);
		throw new CommandFailure(1);
	}
	const elements = yield* arrayElements(shell, variable, value);
	if (variable.isAssociative) {
		const map = append && variable.value instanceof AssociativeArray ? variable.value : new AssociativeArray();
		const plain: string[] = [];
		for (const element of elements) {
			if (element.key === undefined) plain.push(element.value);
			else
				map.set(
					element.key,
					variable.transform(yield* combined(shell, variable, map.get(element.key), element.value, element.append))
				);
		}
		for (let i = 0; i < plain.length; i += 2) map.set(plain[i]!, plain[i + 1] ?? '');
		variable.value = map;
		return;
	}
	const old = variable.value;
	const array = !append
		? new IndexedArray()
		: old instanceof IndexedArray
			? old
			: new IndexedArray(typeof old === 'string' ? [old] : []);
	let next = array.end;
	for (const element of elements) {
		if (element.key !== undefined) {
			next = Number(element.key);
			if (next < 0) next += array.end;
			if (next < 0) {
				yield* shell.message(`${name}: bad array subscript`);
				continue;
			}
		}
		array.set(
			next,
			variable.transform(yield* combined(shell, variable, array.get(next), element.value, element.append))
		);
		next++;
	}
	variable.value = array;
}

interface Element {
	readonly key?: string;
	readonly value: string;
	readonly append: boolean;
}

function* arrayElements(shell: Shell, variable: Variable, value: ArrayValue): Sys<Element[]> {
	const elements: Element[] = [];
	for (const word of value.elements) {
		const { text } = word;
		const end = text.startsWith('[') ? subscriptEnd(text, 0) : -1;
		const operator = end > 0 ? /^\+?=/.exec(text.slice(end + 1))?.[0] : undefined;
		if (operator !== undefined) {
			const raw = text.slice(1, end);
			const key = variable.isAssociative
				? yield* expandString(shell, raw)
				: String(yield* evaluateText(shell, yield* expandString(shell, raw, { mode: 'arithmetic' })));
			elements.push({
				key,
				value: yield* expandString(shell, text.slice(end + 1 + operator.length), { assignment: true }),
				append: operator === '+='
			});
			continue;
		}
		const words: string[] = [];
		yield* expandWordTo(shell, text, words);
		for (const each of words) elements.push({ value: each, append: false });
	}
	return elements;
}
