/**
 * Options of a command line (getopt_long(3) of glibc): a program names its options in a table, this reads argv by it.
 *
 * A row of the table is a string: the letters and long names of one option, separated by `|`, then `=` when it takes an
 * argument, `=?` when the argument may be missing (`--color[=WHEN]`, `-s[abbrev]`). The last name of the row is the
 * option's name in the result: `['n|lines=', 'color|colour=?', 'v']`.
 *
 * Operands may stand between options (argv is permuted) unless `posix` is set; `--` ends the options; long names may be
 * shortened while they stay unambiguous.
 *
 * Throws `UsageError` with the words of glibc, without the program's name in front.
 */

export class UsageError {
	/** @param message "invalid option -- 'z'" */
	constructor(readonly message: string) {}
}

export interface GivenOption {
	readonly name: string;
	/** undefined for an option without an argument */
	readonly value: string | undefined;
	/** as written: "-n" or "--lines" */
	readonly as: string;
}

interface Row {
	readonly name: string;
	readonly argument: 'none' | 'required' | 'optional';
}

export class OptionTable {
	readonly #short = new Map<string, Row>();
	readonly #long = new Map<string, Row>();

	constructor(rows: readonly string[]) {
		for (const row of rows) {
			const [, names, mark] = /^(.*?)(=\??)?$/.exec(row)!;
			const list = names!.split('|');
			const option: Row = {
				name: list[list.length - 1]!,
				argument: mark === '=' ? 'required' : mark === '=?' ? 'optional' : 'none'
			};
			for (const name of list) (name.length === 1 ? this.#short : this.#long).set(name, option);
		}
	}

	short(letter: string): Row | undefined {
		return this.#short.get(letter);
	}

	/** @returns the option, or the names that it could be */
	long(name: string): Row | string[] {
		const exact = this.#long.get(name);
		if (exact) return exact;
		const candidates = [...this.#long.keys()].filter((key) => key.startsWith(name));
		const rows = new Set(candidates.map((key) => this.#long.get(key)!));
		return rows.size === 1 ? [...rows][0]! : candidates;
	}
}

/** The options that were given, and what remained. */
export class Parsed {
	constructor(
		readonly options: readonly GivenOption[],
		readonly operands: readonly string[]
	) {}

	has(name: string): boolean {
		return this.options.some((option) => option.name === name);
	}

	/** how often it was given */
	count(name: string): number {
		return this.options.filter((option) => option.name === name).length;
	}

	/** The value given last. */
	get(name: string): string | undefined {
		return this.options.findLast((option) => option.name === name)?.value;
	}

	all(name: string): string[] {
		return this.options.filter((option) => option.name === name).map((option) => option.value ?? '');
	}

	/** Which of these options was given last: for those that override one another. */
	last(...names: readonly string[]): string | undefined {
		return this.options.findLast((option) => names.includes(option.name))?.name;
	}
}

export interface GetoptStyle {
	/** stop at the first operand, as `env`, `nice` and everything under POSIXLY_CORRECT does */
	readonly posix?: boolean;
}

/** @param argv with the program's name at 0 */
export function getopt(argv: readonly string[], table: OptionTable, style: GetoptStyle = {}): Parsed {
	const options: GivenOption[] = [];
	const operands: string[] = [];
	let at = 1;
	while (at < argv.length) {
		const word = argv[at++]!;
		if (word === '--') {
			operands.push(...argv.slice(at));
			break;
		}
		if (word.startsWith('--')) {
			at = longOption(argv, at, table, options);
		} else if (word.startsWith('-') && word !== '-') {
			at = shortOptions(argv, at, table, options);
		} else {
			operands.push(word);
			if (style.posix) {
				operands.push(...argv.slice(at));
				break;
			}
		}
	}
	return new Parsed(options, operands);
}

function longOption(argv: readonly string[], at: number, table: OptionTable, options: GivenOption[]): number {
	const word = argv[at - 1]!;
	const equals = word.indexOf('=');
	const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
	const found = table.long(name);
	if (Array.isArray(found)) {
		if (found.length === 0) throw new UsageError(`unrecognized option '${equals < 0 ? word : word.slice(0, equals)}'`);
		const possible = found.map((candidate) => `'--${candidate}'`).join(' ');
		throw new UsageError(`option '${word}' is ambiguous; possibilities: ${possible}`);
	}
	let value = equals < 0 ? undefined : word.slice(equals + 1);
	if (found.argument === 'none' && value !== undefined)
		throw new UsageError(`option '--${fullName(table, name, found)}' doesn't allow an argument`);
	if (found.argument === 'required' && value === undefined) {
		value = argv[at++];
		if (value === undefined) throw new UsageError(`option '--${fullName(table, name, found)}' requires an argument`);
	}
	options.push({ name: found.name, value, as: `--${name}` });
	return at;
}

/** glibc names the option in full even when it was shortened. */
function fullName(table: OptionTable, given: string, row: Row): string {
	return row.name.startsWith(given) && table.long(row.name) === row ? row.name : given;
}

function shortOptions(argv: readonly string[], at: number, table: OptionTable, options: GivenOption[]): number {
	const word = argv[at - 1]!;
	for (let i = 1; i < word.length;) {
		const letter = String.fromCodePoint(word.codePointAt(i)!);
		i += letter.length;
		const row = table.short(letter);
		if (!row || letter === ':' || letter === ';') throw new UsageError(`invalid option -- '${letter}'`);
		if (row.argument === 'none') {
			options.push({ name: row.name, value: undefined, as: `-${letter}` });
			continue;
		}
		let value: string | undefined = word.slice(i);
		if (value === '') value = row.argument === 'required' ? argv[at++] : undefined;
		if (row.argument === 'required' && value === undefined)
			throw new UsageError(`option requires an argument -- '${letter}'`);
		options.push({ name: row.name, value, as: `-${letter}` });
		break;
	}
	return at;
}
