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
	/** options of one value are the same option */
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

export class LongOptions<O> {
	readonly #own: readonly LongOption<O>[] = OWN.map(([name, value, argument]) => ({
		name,
		value,
		argument,
		owner: null,
		row: null
	}));
	/** last loaded first */
	#loaded: LongOption<O>[] = [];
	#owners = 0;

	load(owner: O, rows: readonly OptionRow[]): void {
		const number = ++this.#owners;
		const options = rows.map((row) => ({
			name: row.name,
			argument: row.optional ? 'optional' : row.type === 'none' ? 'none' : 'required',
			value: `${number}:${row.id}`,
			owner,
			row
		})) satisfies LongOption<O>[];
		this.#loaded = [...options, ...this.#loaded];
	}

	/** By its name or a beginning of it that means one option only; undefined for none or several. */
	find(name: string): LongOption<O> | undefined {
		const all = [...this.#own, ...this.#loaded];
		const exact = all.find((option) => option.name === name);
		if (exact) return exact;
		const [first, ...others] = all.filter((option) => option.name.startsWith(name));
		const same = others.every((option) => option.value === first!.value && option.argument === first!.argument);
		return same ? first : undefined;
	}
}
