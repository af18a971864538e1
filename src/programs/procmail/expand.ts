/** Words of procmailrc(5) as sh(1) reads them: quotes, `$NAME`, `${NAME:-word}`, `$1`, back quotes. */
import type { Sys } from '#kernel/syscalls';

export class Expander {
	readonly #variables: ReadonlyMap<string, string>;
	readonly #arguments: readonly string[];
	readonly #run: (command: string) => Sys<string>;

	/** @param run a command between back quotes; its output without newlines at the end */
	constructor(variables: ReadonlyMap<string, string>, words: readonly string[], run: (command: string) => Sys<string>) {
		this.#variables = variables;
		this.#arguments = words;
		this.#run = run;
	}

	/** All of it as one text. */
	*text(source: string): Sys<string> {
		return (yield* this.words(source)).join(' ');
	}

	*words(source: string): Sys<string[]> {
		const words: string[] = [];
		let word: string | null = null;
		let quote = '';
		for (let at = 0; at < source.length; at++) {
			const character = source[at]!;
			if (quote !== "'" && character === '\\' && at + 1 < source.length) word = (word ?? '') + source[++at]!;
			else if (quote !== '' && character === quote) quote = '';
			else if (quote === '' && (character === '"' || character === "'")) {
				quote = character;
				word ??= '';
			} else if (quote !== "'" && character === '`') {
				const end = source.indexOf('`', at + 1);
				word = (word ?? '') + (yield* this.#run(source.slice(at + 1, end < 0 ? undefined : end)));
				at = end < 0 ? source.length : end;
			} else if (quote !== "'" && character === '$') {
				const [whole, value] = this.#variable(source.slice(at));
				word = (word ?? '') + value;
				at += whole - 1;
			} else if (quote === '' && /\s/.test(character)) {
				if (word !== null) words.push(word);
				word = null;
			} else word = (word ?? '') + character;
		}
		if (word !== null) words.push(word);
		return words;
	}

	/** @returns how many characters the reference takes, its value */
	#variable(source: string): [number, string] {
		const plain = /^\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^}]*))?\})/.exec(source);
		if (!plain) return [1, '$'];
		const name = plain[1] ?? plain[2]!;
		const value = /^\d+$/.test(name) ? this.#arguments[Number(name) - 1] : this.#variables.get(name);
		const missing = value === undefined || (plain[3]?.startsWith(':') && value === '');
		if (plain[3]?.endsWith('-') && missing) return [plain[0].length, plain[4] ?? ''];
		if (plain[3]?.endsWith('+')) return [plain[0].length, missing ? '' : (plain[4] ?? '')];
		return [plain[0].length, value ?? ''];
	}
}
