/**
 * The command's own options, and how a word is found among them and those of the loaded matches and targets (getopt_long(3)
 * with a table that grows while the line is read).
 *
 * Of two options of one name the one that was loaded last is meant; the command's own come before all others.
 */
import type { OptionRow } from '#netfilter/extension';

export type Argument = 'none' | 'required' | 'optional';

/** @template O who declared it: a loaded match or target */
export interface LongOption<O> {
	readonly name: string;
	readonly argument: Argument;
	/** options of one owner and value are the same option */
	readonly value: string;
	/** null: the command's own, `value` is its letter */
	readonly owner: O | null;
	readonly row: OptionRow | null;
}

const OWN: readonly (readonly [name: string, letter: string, argument: Argument])[] = [
	['append', 'A', 'required'],
	['delete', 'D', 'required'],
	['check', 'C', 'required'],
	['insert', 'I', 'required'],
	['replace', 'R', 'required'],
	['list', 'L', 'optional'],
	['list-rules', 'S', 'optional'],
	['flush', 'F', 'optional'],
	['zero', 'Z', 'optional'],
	['new-chain', 'N', 'required'],
	['delete-chain', 'X', 'optional'],
	['rename-chain', 'E', 'required'],
	['policy', 'P', 'required'],
	['source', 's', 'required'],
	['destination', 'd', 'required'],
	['src', 's', 'required'],
	['dst', 'd', 'required'],
	['protocol', 'p', 'required'],
	['in-interface', 'i', 'required'],
	['jump', 'j', 'required'],
	['table', 't', 'required'],
	['match', 'm', 'required'],
	['numeric', 'n', 'none'],
	['out-interface', 'o', 'required'],
	['verbose', 'v', 'none'],
	['wait', 'w', 'optional'],
	['wait-interval', 'W', 'optional'],
	['exact', 'x', 'none'],
	['fragments', 'f', 'none'],
	['version', 'V', 'none'],
	['help', 'h', 'optional'],
	['line-numbers', '0', 'none'],
	['modprobe', 'M', 'required'],
	['set-counters', 'c', 'required'],
	['goto', 'g', 'required'],
	['ipv4', '4', 'none'],
	['ipv6', '6', 'none']
];

/** What follows a letter. `--line-numbers` has none. */
export const LETTERS: ReadonlyMap<string, Argument> = new Map(
	OWN.filter(([, letter]) => letter !== '0').map(([, letter, argument]) => [letter, argument])
);

/** The command's own long names, for completion. */
export const OWN_OPTIONS: readonly string[] = OWN.map(([name]) => name);

const OWN_LIST: readonly LongOption<never>[] = OWN.map(([name, value, argument]) => ({
	name,
	value,
	argument,
	owner: null,
	row: null
}));
const OWN_BY_NAME: ReadonlyMap<string, LongOption<never>> = new Map(OWN_LIST.map((option) => [option.name, option]));

export class LongOptions<O> {
	/** last loaded first; made into options when one is looked for */
	#loaded: { readonly owner: O; readonly rows: readonly OptionRow[] }[] = [];

	load(owner: O, rows: readonly OptionRow[]): void {
		this.#loaded.unshift({ owner, rows });
	}

	/** By its name or a beginning of it that means one option only; undefined for none or several. */
	find(name: string): LongOption<O> | undefined {
		const own = OWN_BY_NAME.get(name);
		if (own) return own;
		for (const { owner, rows } of this.#loaded)
			for (const row of rows) if (row.name === name) return optionOf(owner, row);
		const all: LongOption<O>[] = OWN_LIST.filter((option) => option.name.startsWith(name));
		for (const { owner, rows } of this.#loaded)
			for (const row of rows) if (row.name.startsWith(name)) all.push(optionOf(owner, row));
		const [first, ...others] = all;
		const same = others.every(
			({ owner, value, argument }) => owner === first!.owner && value === first!.value && argument === first!.argument
		);
		return same ? first : undefined;
	}
}

function optionOf<O>(owner: O, row: OptionRow): LongOption<O> {
	const argument = row.optional ? 'optional' : row.type === 'none' ? 'none' : 'required';
	return { name: row.name, argument, value: row.id, owner, row };
}
