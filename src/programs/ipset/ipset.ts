/**
 * ipset(8) 7.17: makes sets of addresses, networks and ports, fills them, and shows them.
 *
 * Does: create add del test destroy list save restore flush rename swap help version, under their short names too; the
 *       options -! -q -s -n -t -o -f. A restored text is done command by command, elements of one set together.
 * Trusts: the kernel for who may (root) and for what is refused.
 * Not simulated: the interactive mode (`ipset -`), names for addresses (-r).
 */
import type { Element, SetError, SetRequest } from '#netfilter/ipset/message';
import { findSetType } from '#netfilter/ipset/set-type';
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import { NameTables } from '../firewall/names';
import { print, printError, readAll, readText, STDIN, writeFile } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { setChange, setList } from '../libc/unistd';
import { elementText, parseElement, setName, type Action } from './element';
import { parseCreate, parseExtras } from './options';
import { showSets, type Showing } from './show';
import { REVISIONS, TYPE_HELP } from './type-help';
import { CommandError, HELP, PROTOCOL_VERSION, REFUSALS, syntax, usage, VERSION } from './words';

const NAME = `ipset ${VERSION}`;
const TRY = "Try `ipset help' for more information.\n";

interface Command {
	readonly name: string;
	readonly short: string;
	/** arguments that must stand, and that may */
	readonly needs: 0 | 1 | 2;
	readonly takes: number;
}

const COMMANDS: readonly Command[] = [
	{ name: 'create', short: 'n', needs: 2, takes: Infinity },
	{ name: 'add', short: 'a', needs: 2, takes: Infinity },
	{ name: 'del', short: 'd', needs: 2, takes: Infinity },
	{ name: 'test', short: 't', needs: 2, takes: Infinity },
	{ name: 'destroy', short: 'x', needs: 0, takes: 1 },
	{ name: 'list', short: 'l', needs: 0, takes: 1 },
	{ name: 'save', short: 's', needs: 0, takes: 1 },
	{ name: 'restore', short: 'r', needs: 0, takes: 0 },
	{ name: 'flush', short: 'f', needs: 0, takes: 1 },
	{ name: 'rename', short: 'e', needs: 2, takes: 2 },
	{ name: 'swap', short: 'w', needs: 2, takes: 2 },
	{ name: 'help', short: 'h', needs: 0, takes: Infinity },
	{ name: 'version', short: 'v', needs: 0, takes: Infinity },
	{ name: 'quit', short: 'q', needs: 0, takes: 0 }
];

/** "-s", "-sorted", "--sorted" */
const OPTIONS = {
	'!': 'exist',
	q: 'quiet',
	s: 'sorted',
	r: 'resolve',
	n: 'name',
	t: 'terse',
	o: 'output',
	f: 'file'
} as const;
type OptionName = (typeof OPTIONS)[keyof typeof OPTIONS];
const WITH_ARGUMENT: ReadonlySet<OptionName> = new Set(['output', 'file']);
const MODES = ['plain', 'save', 'xml'] as const;

interface Line {
	readonly command: Command;
	readonly words: readonly string[];
	readonly options: ReadonlyMap<OptionName, string>;
}

export const ipset: Main = function* (argv) {
	const session = new Session();
	try {
		return yield* session.run(readLine(argv.slice(1)));
	} catch (thrown) {
		const error = thrown instanceof Errno ? new CommandError(reason(thrown)) : thrown;
		if (!(error instanceof CommandError)) throw thrown;
		const where = error.line !== null && error.status === 1 ? `Error in line ${error.line}: ` : '';
		if (!session.quiet || error.status === 2)
			yield* printError(`${NAME}: ${where}${error.text}\n${error.status === 2 ? TRY : ''}`);
		return error.status;
	}
};

const reason = (errno: Errno): string => `Kernel error received: ${strerror(errno)}`;

/* ---- the command line -------------------------------------------------------------------------------------------- */

function optionOf(word: string): OptionName | undefined {
	if (!word.startsWith('-')) return undefined;
	const name = word.replace(/^--?/, '');
	if (word.startsWith('--') || name.length > 1) return Object.values(OPTIONS).find((one) => one === name);
	return Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof typeof OPTIONS] : undefined;
}

function commandOf(word: string): Command | undefined {
	return COMMANDS.find(
		({ name, short }) =>
			word === name ||
			word === `--${name}` ||
			word === short ||
			word === `-${short}` ||
			word === `-${short.toUpperCase()}`
	);
}

/** @throws CommandError */
function readLine(words: readonly string[]): Line {
	const options = new Map<OptionName, string>();
	const rest: string[] = [];
	for (let at = 0; at < words.length; at++) {
		const option = optionOf(words[at]!);
		// the value behind an element's option is none of ours
		if (!option || rest.at(-1) === 'comment') rest.push(words[at]!);
		else if (!WITH_ARGUMENT.has(option)) options.set(option, '');
		else if (at + 1 < words.length) options.set(option, words[++at]!);
		else throw usage(`Missing mandatory argument to option ${words[at]}`);
	}
	const mode = options.get('output');
	if (mode !== undefined && !(MODES as readonly string[]).includes(mode)) throw syntax(`unknown output mode '${mode}'`);
	const [first, ...args] = rest;
	if (first === undefined) throw usage('No command specified.');
	const command = commandOf(first);
	if (!command) throw usage(`No command specified: unknown argument ${first}`);
	if (args.length < command.needs) {
		const which = args.length === 0 ? 'mandatory' : 'second mandatory';
		throw usage(`Missing ${which} argument to command ${command.name}`);
	}
	if (args.length > command.takes) throw usage(`Unknown argument ${args[command.takes]}`);
	return { command, words: args, options };
}

/** The words of a line of a saved text: quotes hold blanks together. */
function wordsOf(line: string): string[] {
	const words: string[] = [];
	for (const [whole, quoted] of line.matchAll(/"([^"]*)"|"[^]*|[^\s"]+/g))
		if (quoted !== undefined || !whole.startsWith('"')) words.push(quoted ?? whole);
	return words;
}

/* ---- what it does ------------------------------------------------------------------------------------------------ */

class Session {
	readonly #tables = new NameTables();
	quiet = false;
	/** a restored text's elements of one set, not yet sent */
	#waiting: { readonly request: SetRequest; readonly line: number }[] = [];
	/** of a restored text */
	#line: number | null = null;

	*run({ command, words, options }: Line): Sys<number> {
		this.quiet ||= options.has('quiet');
		const exist = options.has('exist');
		const [first = '', second = ''] = words;
		switch (command.name) {
			case 'create':
				yield* this.#create(words, exist);
				return 0;
			case 'add':
			case 'del':
			case 'test':
				return yield* this.#element(command.name, words, exist);
			case 'destroy':
			case 'flush':
				yield* this.#send({ do: command.name, set: first === '' ? null : setName(first) });
				return 0;
			case 'rename':
			case 'swap':
				yield* this.#send({ do: command.name, set: setName(first), to: setName(second) });
				return 0;
			case 'list':
			case 'save':
				if (this.#line === null) yield* this.#show(command.name, first, options);
				return 0;
			case 'restore':
				return yield* this.#restore(options.get('file'), exist);
			case 'help':
				return yield* help(first);
			case 'version':
				yield* print(`${NAME}, protocol version: ${PROTOCOL_VERSION}\n`);
				return 0;
			default:
				return 0;
		}
	}

	*#send(request: SetRequest, line = this.#line): Sys<boolean> {
		const answer: SetError | false | null = yield* setChange(request);
		if (answer === null) return true;
		if (answer === false) return false;
		throw new CommandError(REFUSALS[answer], 1, line);
	}

	/** Errors of a restored text name the line. */
	*#named<T>(task: () => T): Sys<T> {
		try {
			return yield* this.#tables.with(task);
		} catch (thrown) {
			if (!(thrown instanceof CommandError) || this.#line === null) throw thrown;
			throw new CommandError(thrown.text, thrown.status, this.#line);
		}
	}

	*#create([set = '', typeName = '', ...rest]: readonly string[], exist: boolean): Sys<void> {
		const { names } = this.#tables;
		const request = yield* this.#named((): SetRequest => {
			const name = setName(set);
			const type = findSetType(typeName);
			if (!type) throw syntax(`typename '${typeName}' is unknown`);
			return { do: 'create', set: name, type: type.name, options: parseCreate(type, rest, names), exist };
		});
		yield* this.#send(request);
	}

	*#element(action: Action, [set = '', text = '', ...rest]: readonly string[], exist: boolean): Sys<number> {
		const { names } = this.#tables;
		yield* this.#named(() => setName(set));
		const info = yield* this.#header(set);
		const type = findSetType(info.type)!;
		const { family } = info.options;
		const element = yield* this.#named((): Element => {
			const parts = parseElement(text, { type, family, action, names });
			return { parts, ...parseExtras(type, action, rest) };
		});
		if (action !== 'test') {
			const request: SetRequest = { do: action, set, element, exist };
			if (this.#line === null) yield* this.#send(request);
			else this.#waiting.push({ request, line: this.#line });
			return 0;
		}
		const shown = yield* this.#tables.with(() => elementText(element.parts, type, info.options, names));
		const found = yield* this.#send({ do: 'test', set, element });
		if (!this.quiet)
			yield* printError(found ? `Warning: ${shown} is in set ${set}.\n` : `${shown} is NOT in set ${set}.\n`);
		return found ? 0 : 1;
	}

	*#header(set: string) {
		try {
			return (yield* setList(set))[0]!;
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'ENOENT') throw thrown;
			throw new CommandError(REFUSALS['no-set'], 1, this.#line);
		}
	}

	*#show(command: 'list' | 'save', set: string, options: Line['options']): Sys<void> {
		if (set !== '') yield* this.#header(setName(set));
		const sets = yield* setList(set === '' ? null : set);
		const mode = options.get('output') as Showing['mode'] | undefined;
		const only = options.has('name') ? 'names' : options.has('terse') ? 'headers' : null;
		const text = yield* this.#tables.with(() =>
			showSets(sets, {
				mode: mode ?? (command === 'save' ? 'save' : 'plain'),
				sorted: options.has('sorted'),
				only,
				names: this.#tables.names
			})
		);
		const file = options.get('file');
		if (file === undefined) return yield* print(text);
		try {
			yield* writeFile(file, text);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			throw new CommandError(`Cannot open ${file} for writing: ${strerror(thrown)}`);
		}
	}

	/* ---- restore ----------------------------------------------------------------------------------------------------- */

	*#restore(file: string | undefined, exist: boolean): Sys<number> {
		const text = yield* restoredText(file);
		let status = 0;
		let pending = '';
		for (const [at, line] of text.split('\n').entries()) {
			this.#line = at + 1;
			if (/^\s*(#|$)/.test(line)) continue;
			const words = wordsOf(line);
			const read = readLine(words);
			const { name } = read.command;
			const joins = name === 'add' || name === 'del' ? `${name} ${read.words[0]}` : '';
			if (joins !== pending) yield* this.#flush();
			pending = joins;
			const options = exist ? new Map([...read.options, ['exist', ''] as const]) : read.options;
			const done = yield* this.run({ ...read, options });
			if (done !== 0) status = done;
		}
		yield* this.#flush();
		return status;
	}

	*#flush(): Sys<void> {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const { request, line } of waiting) yield* this.#send(request, line);
	}
}

function* restoredText(file: string | undefined): Sys<string> {
	if (file === undefined) return decode(yield* readAll(STDIN));
	try {
		return yield* readText(file);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new CommandError(`Cannot open ${file} for reading: ${strerror(thrown)}`);
	}
}

/** The types that `ipset help` lists, revision by revision. */
function knownTypes(): string {
	const rows = Object.entries(REVISIONS).flatMap(([type, revisions]) =>
		revisions.map(([revision, brought]) => `    ${type}${type.length < 12 ? '\t\t' : '\t'}${revision}\t${brought}`)
	);
	return `\nSupported set types:\n${rows.join('\n')}\n`;
}

function* help(typeName: string): Sys<number> {
	const type = findSetType(typeName);
	if (typeName === '' || type) {
		yield* print(HELP + (type ? TYPE_HELP[type.name]! : knownTypes()));
		return 0;
	}
	yield* printError(`${NAME}: Unknown settype: \`${typeName}'\n${TRY}`);
	yield* print(HELP);
	return 2;
}
