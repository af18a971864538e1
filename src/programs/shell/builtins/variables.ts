/** declare typeset local export readonly unset set shopt alias unalias */
import type { Assignment } from 'unbash';
import type { Sys } from '#kernel/syscalls';
import { assignArray, assignValue } from '../assignment';
import { CommandFailure } from '../control';
import { parseReference, subscriptKey } from '../expand/expand';
import { arrayLiteral } from '../expand/parameter';
import { LONG_OPTIONS } from '../options';
import { quoteDouble, quoteIfNeeded, quoteReusable } from '../quote';
import type { Shell } from '../shell';
import { printFunction } from '../syntax/print';
import { subscriptEnd } from '../syntax/word';
import { AssociativeArray, IndexedArray, Variable } from '../variables';
import { invalidOption, options, usage, type Builtin, type Options } from './options';

/* ---- showing ---- */

function declaration(name: string, variable: Variable): string {
	const flags = variable.flags;
	const head = `declare -${flags === '' ? '-' : flags} ${name}`;
	const { value } = variable;
	if (value === undefined) return `${head}\n`;
	return typeof value === 'string' ? `${head}=${quoteDouble(value)}\n` : `${head}=${arrayLiteral(value)}\n`;
}

function functionText(shell: Shell, name: string): string {
	const found = shell.functions.get(name)!;
	return `${printFunction(name, found.body, found.source.text)}\n`;
}

const sortedFunctions = (shell: Shell) => [...shell.functions.keys()].sort();

/* ---- declare and its kin ---- */

const ATTRIBUTES: Readonly<Record<string, (variable: Variable, on: boolean) => void>> = {
	i: (variable, on) => (variable.integer = on),
	l: (variable, on) => {
		variable.lower = on;
		if (on) variable.upper = false;
	},
	u: (variable, on) => {
		variable.upper = on;
		if (on) variable.lower = false;
	},
	c: (variable, on) => (variable.capitalize = on),
	n: (variable, on) => (variable.nameref = on),
	t: (variable, on) => (variable.traced = on),
	x: (variable, on) => (variable.exported = on)
};

const declare: Builtin = function* (shell, argv, declared) {
	const name = argv[0]!;
	if (name === 'local' && shell.functionDepth === 0) {
		yield* shell.complain(shell.dash ? 'not in a function' : 'can only be used in a function');
		return 1;
	}
	const given = yield* options(
		shell,
		argv,
		name === 'local' ? 'aAfFgiIlnprtuxc' : 'aAfFgiIlnprtuxc',
		'aAfFgiIlnprtuxc'
	);
	const { flags, rest } = given;
	if (flags.has('f') || flags.has('F')) return yield* declareFunctions(shell, given);
	if (flags.has('p')) return yield* showDeclared(shell, given);
	if (rest.length === 0) {
		showAll(shell, name === 'local', flags);
		return 0;
	}
	let status = 0;
	const offset = argv.length - rest.length;
	for (let i = 0; i < rest.length; i++) {
		const one = yield* declareOne(
			shell,
			rest[i]!,
			declared.get(i + offset),
			flags,
			name === 'local' || (shell.functionDepth > 0 && !flags.has('g'))
		);
		if (one !== 0) status = one;
	}
	return status;
};

function showAll(shell: Shell, local: boolean, flags: ReadonlySet<string>): void {
	const wanted = [...flags].filter((flag) => flag.length === 1 && 'aAilnrtux'.includes(flag));
	const scope = local ? shell.variables.top : shell.variables.visible();
	for (const [name, variable] of [...scope].sort(([a], [b]) => (a < b ? -1 : 1))) {
		if (wanted.length > 0) {
			if (wanted.every((flag) => variable.flags.includes(flag))) shell.print(declaration(name, variable));
		} else if (variable.value !== undefined) shell.print(`${name}=${shownValue(variable)}\n`);
	}
}

function shownValue(variable: Variable): string {
	const { value } = variable;
	return typeof value === 'string'
		? value === ''
			? ''
			: quoteIfNeeded(value)
		: value === undefined
			? ''
			: arrayLiteral(value);
}

function* declareFunctions(shell: Shell, given: Options): Sys<number> {
	const { flags, rest } = given;
	let status = 0;
	const names = rest.length > 0 ? rest : sortedFunctions(shell);
	for (const name of names) {
		if (!shell.functions.has(name)) status = 1;
		else if (flags.has('F')) shell.print(rest.length > 0 ? `${name}\n` : `declare -f ${name}\n`);
		else if (!flags.has('r') && !flags.has('x')) shell.print(functionText(shell, name));
	}
	return status;
}

function* showDeclared(shell: Shell, given: Options): Sys<number> {
	if (given.rest.length === 0) {
		const wanted = [...given.flags].filter((flag) => flag !== 'p' && flag.length === 1);
		for (const [name, variable] of shell.variables.visible())
			if (wanted.every((flag) => variable.flags.includes(flag))) shell.print(declaration(name, variable));
		return 0;
	}
	let status = 0;
	for (const name of given.rest) {
		const variable = shell.variables.find(name);
		if (variable !== undefined && (variable.value !== undefined || variable.flags !== '' || shell.functionDepth > 0))
			shell.print(declaration(name, variable));
		else {
			yield* shell.complain(`${name}: not found`);
			status = 1;
		}
	}
	return status;
}

function* declareOne(
	shell: Shell,
	text: string,
	compound: Assignment | undefined,
	flags: ReadonlySet<string>,
	local: boolean
): Sys<number> {
	const match = /^([A-Za-z_][A-Za-z0-9_]*)(\[)?/.exec(text);
	let at = match?.[1]!.length ?? 0;
	let subscript: string | undefined;
	if (match?.[2]) {
		const end = subscriptEnd(text, at);
		if (end > 0) {
			subscript = text.slice(at + 1, end);
			at = end + 1;
		}
	}
	const operator = /^\+?=/.exec(text.slice(at))?.[0];
	if (!match || (operator === undefined && at < text.length)) {
		yield* shell.complain(`\`${text}': not a valid identifier`);
		return 1;
	}
	const name = match[1]!;
	let variable = local
		? shell.variables.top.get(name)
		: flags.has('g')
			? shell.variables.globals.get(name)
			: flags.has('n') || flags.has('+n')
				? shell.variables.find(name)
				: shell.variables.get(name);
	if (variable === undefined) {
		variable = new Variable();
		const outer = shell.variables.find(name);
		if (local && outer?.readonly) {
			yield* shell.complain(`${name}: readonly variable`);
			return 1;
		}
		if (local && outer?.exported) variable.exported = true;
		(local ? shell.variables.top : shell.variables.globals).set(name, variable);
	}
	if (flags.has('A') && variable.isIndexed) {
		yield* shell.complain(`${name}: cannot convert indexed to associative array`);
		return 1;
	}
	if (flags.has('a') && variable.isAssociative) {
		yield* shell.complain(`${name}: cannot convert associative to indexed array`);
		return 1;
	}
	if (variable.readonly && (operator !== undefined || flags.has('+r'))) {
		yield* shell.complain(`${name}: readonly variable`);
		return 1;
	}
	if (flags.has('A')) toArray(variable, 'associative');
	else if (flags.has('a')) toArray(variable, 'indexed');
	for (const [letter, apply] of Object.entries(ATTRIBUTES)) {
		if (flags.has(letter) && letter !== 'n') apply(variable, true);
		else if (flags.has('+' + letter)) apply(variable, false);
	}
	if (compound?.value.type === 'ArrayValue') {
		if (!variable.isAssociative) toArray(variable, 'indexed');
		yield* assignArray(shell, name, compound.value, operator === '+=', variable);
	} else if (operator !== undefined) {
		const value = text.slice(at + operator.length);
		if (flags.has('n')) variable.value = value;
		else yield* assignTo(shell, name, variable, subscript, value, operator === '+=');
	}
	if (flags.has('n')) variable.nameref = true;
	if (flags.has('r')) variable.readonly = true;
	return 0;
}

function toArray(variable: Variable, kind: 'indexed' | 'associative'): void {
	if (typeof variable.value === 'string') {
		if (kind === 'indexed') variable.value = new IndexedArray([variable.value]);
		else {
			const map = new AssociativeArray();
			map.set('0', variable.value);
			variable.value = map;
		}
	} else if (variable.value === undefined) variable.declared = kind;
}

/** Assigns to that very variable: the name finds it, since it is the innermost of its name or the only one. */
function* assignTo(
	shell: Shell,
	name: string,
	variable: Variable,
	subscript: string | undefined,
	value: string,
	append: boolean
): Sys<void> {
	if (shell.variables.get(name) === variable) return yield* assignValue(shell, name, subscript, value, append);
	shell.assignUnchecked(name, append ? (variable.scalar ?? '') + value : value, variable);
}

/* ---- export, readonly ---- */

const mark = (attribute: 'exported' | 'readonly'): Builtin =>
	function* (shell, argv, declared) {
		const { flags, rest } = yield* options(shell, argv, attribute === 'exported' ? 'fnp' : 'aAfp');
		if (flags.has('f')) {
			for (const name of rest)
				if (!shell.functions.has(name)) {
					yield* shell.complain(`${name}: not a function`);
					return 1;
				}
			return 0;
		}
		if (rest.length === 0) {
			for (const [name, variable] of shell.variables.visible()) {
				if (!variable[attribute]) continue;
				if (shell.dash)
					shell.print(
						`${argv[0]} ${name}${variable.scalar === undefined ? '' : `=${quoteReusable(variable.scalar)}`}\n`
					);
				else shell.print(declaration(name, variable));
			}
			return 0;
		}
		let status = 0;
		const offset = argv.length - rest.length;
		for (let i = 0; i < rest.length; i++) {
			const text = rest[i]!;
			const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text)?.[0] ?? '';
			const operator = /^\+?=/.exec(text.slice(name.length))?.[0];
			if (name === '' || (operator === undefined && name !== text)) {
				yield* shell.complain(
					shell.dash ? `${text.replace(/=.*/s, '')}: bad variable name` : `\`${text}': not a valid identifier`
				);
				if (shell.dash) throw new CommandFailure(2);
				status = 1;
				continue;
			}
			const compound = declared.get(i + offset);
			try {
				if (compound?.value.type === 'ArrayValue') {
					if (flags.has('A')) toArray(shell.variables.obtain(name), 'associative');
					yield* assignArray(shell, name, compound.value, operator === '+=');
				} else if (operator !== undefined)
					yield* assignValue(shell, name, undefined, text.slice(name.length + operator.length), operator === '+=');
			} catch (thrown) {
				if (!(thrown instanceof CommandFailure)) throw thrown;
				if (shell.dash) throw thrown;
				status = 1;
				continue;
			}
			const variable = shell.variables.obtain(name);
			variable[attribute] = !flags.has('n');
		}
		return status;
	};

/* ---- unset ---- */

const unset: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'fnv');
	let status = 0;
	for (const text of rest) {
		if (flags.has('f')) {
			shell.functions.delete(text);
			continue;
		}
		const reference = parseReference(text);
		if (reference === null) {
			if (!flags.has('v') && (shell.functions.delete(text) || !shell.dash)) continue;
			yield* shell.complain(shell.dash ? `${text}: bad variable name` : `\`${text}': not a valid identifier`);
			status = shell.dash ? 2 : 1;
			continue;
		}
		const name = flags.has('n') ? reference.name : shell.variables.resolve(reference.name).replace(/\[.*/s, '');
		const variable = shell.variables.find(name);
		if (variable === undefined || (variable.value === undefined && variable.flags === '')) {
			if (shell.dynamic(name) !== undefined) shell.unsetDynamic.add(name);
			else if (!flags.has('v')) shell.functions.delete(name);
			continue;
		}
		if (variable.readonly) {
			yield* shell.complain(shell.dash ? `${name}: is read only` : `${name}: cannot unset: readonly variable`);
			status = shell.dash ? 2 : 1;
			continue;
		}
		if (reference.subscript === undefined) {
			shell.variables.unset(name);
			if (shell.dynamic(name) !== undefined) shell.unsetDynamic.add(name);
		} else yield* unsetElement(shell, variable, reference.name, reference.subscript);
	}
	return status;
};

function* unsetElement(shell: Shell, variable: Variable, name: string, subscript: string): Sys<void> {
	if ((subscript === '@' || subscript === '*') && !variable.isAssociative) {
		variable.value = new IndexedArray();
		return;
	}
	const key = yield* subscriptKey(shell, name, subscript);
	if (variable.value instanceof AssociativeArray) variable.value.delete(key);
	else if (variable.value instanceof IndexedArray) {
		const index = Number(key);
		variable.value.delete(index < 0 ? index + variable.value.end : index);
	} else if (key === '0') shell.variables.unset(name);
}

/* ---- set, shopt ---- */

const set: Builtin = function* (shell, argv) {
	if (argv.length === 1) {
		for (const [name, variable] of shell.variables.visible())
			if (variable.value !== undefined)
				shell.print(`${name}=${shell.dash ? quoteReusable(variable.scalar ?? '') : shownValue(variable)}\n`);
		if (!shell.dash) for (const name of sortedFunctions(shell)) shell.print(functionText(shell, name));
		return 0;
	}
	let at = 1;
	for (; at < argv.length; at++) {
		const word = argv[at]!;
		if (word === '--') {
			shell.args = argv.slice(at + 1);
			return 0;
		}
		if (word === '-') {
			shell.options.delete('xtrace');
			shell.options.delete('verbose');
			if (at + 1 < argv.length) shell.args = argv.slice(at + 1);
			return 0;
		}
		if (!/^[-+]./.test(word)) break;
		const on = word[0] === '-';
		for (const letter of word.slice(1)) {
			if (letter === 'o') {
				const name = argv[at + 1];
				if (name === undefined) {
					listOptions(shell, on);
					continue;
				}
				at++;
				if (!LONG_OPTIONS.some(([, long]) => long === name)) {
					yield* shell.complain(shell.dash ? `Illegal option -o ${name}` : `${name}: invalid option name`);
					return 2;
				}
				setOption(shell, name, on);
				continue;
			}
			const found = LONG_OPTIONS.find(([short]) => short === letter);
			if (found === undefined) yield* invalidOption(shell, `${word[0]}${letter}`);
			else setOption(shell, found[1], on);
		}
	}
	if (at < argv.length) shell.args = argv.slice(at);
	return 0;
};

export function setOption(shell: Shell, name: string, on: boolean): void {
	if (on) shell.options.add(name);
	else shell.options.delete(name);
	if (name === 'monitor') shell.jobControl = on && shell.subshell === 0;
}

function listOptions(shell: Shell, table: boolean): void {
	for (const [, name] of LONG_OPTIONS) {
		const on = shell.option(name);
		shell.print(table ? `${name.padEnd(15)}\t${on ? 'on' : 'off'}\n` : `set ${on ? '-' : '+'}o ${name}\n`);
	}
}

const shopt: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'opqsu');
	const long = flags.has('o');
	const known = long ? LONG_OPTIONS.map(([, name]) => name) : [...shell.shopts.keys()];
	const isOn = (name: string) => (long ? shell.option(name) : shell.shopt(name));
	const show = (name: string) => {
		if (flags.has('q')) return;
		if (flags.has('p'))
			shell.print(long ? `set ${isOn(name) ? '-' : '+'}o ${name}\n` : `shopt ${isOn(name) ? '-s' : '-u'} ${name}\n`);
		else shell.print(`${name.padEnd(15)}\t${isOn(name) ? 'on' : 'off'}\n`);
	};
	if (rest.length === 0) {
		for (const name of known) if (flags.has('s') ? isOn(name) : flags.has('u') ? !isOn(name) : true) show(name);
		return 0;
	}
	let status = 0;
	for (const name of rest) {
		if (!known.includes(name)) {
			yield* shell.complain(`${name}: invalid ${long ? 'option name' : 'shell option name'}`);
			status = 1;
		} else if (flags.has('s') || flags.has('u')) {
			if (long) setOption(shell, name, flags.has('s'));
			else shell.shopts.set(name, flags.has('s'));
		} else {
			show(name);
			if (!isOn(name)) status = 1;
		}
	}
	return status;
};

/* ---- aliases ---- */

const alias: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'p');
	const show = (name: string, text: string) =>
		shell.print(`${shell.dash ? '' : 'alias '}${name}=${quoteReusable(text)}\n`);
	if (rest.length === 0 || flags.has('p')) for (const [name, text] of [...shell.aliases].sort()) show(name, text);
	let status = 0;
	for (const word of rest) {
		const equals = word.indexOf('=');
		if (equals > 0) {
			const name = word.slice(0, equals);
			if (/[/$`=\s"'\\|&;()<>]/.test(name)) {
				yield* shell.complain(`\`${name}': invalid alias name`);
				status = 1;
			} else shell.aliases.set(name, word.slice(equals + 1));
			continue;
		}
		const text = shell.aliases.get(word);
		if (text !== undefined) show(word, text);
		else {
			yield* shell.complain(`${word}: not found`);
			status = 1;
		}
	}
	return status;
};

const unalias: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'a');
	if (flags.has('a')) shell.aliases.clear();
	else if (rest.length === 0) yield* usage(shell);
	let status = 0;
	for (const name of rest)
		if (!shell.aliases.delete(name)) {
			yield* shell.complain(`${name}: not found`);
			status = 1;
		}
	return status;
};

export const VARIABLES: readonly (readonly [string, Builtin])[] = [
	['declare', declare],
	['typeset', declare],
	['local', declare],
	['export', mark('exported')],
	['readonly', mark('readonly')],
	['unset', unset],
	['set', set],
	['shopt', shopt],
	['alias', alias],
	['unalias', unalias]
];
