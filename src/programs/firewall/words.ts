/**
 * The words of the argument list one after the other, options told from other words, as getopt_long(3) does when it
 * returns them in order.
 */
import type { Argument, LongOption, LongOptions } from './long-options';
import { LETTERS } from './long-options';

export type Token<O> =
	/** -A, --append */
	| { readonly kind: 'own'; readonly letter: string; readonly argument: string | null }
	| { readonly kind: 'extension'; readonly option: LongOption<O>; readonly argument: string | null }
	| { readonly kind: 'word'; readonly word: string }
	/** unknown; `letter` for one that was a letter */
	| { readonly kind: 'unknown'; readonly letter: string | null }
	| { readonly kind: 'missing' };

export class Words<O> {
	/** of the word that comes next */
	at = 1;
	/** the letters of "-nvL" that are still to be read */
	#cluster = '';
	#before = 1;

	constructor(
		readonly words: readonly string[],
		readonly options: LongOptions<O>
	) {}

	/** The word before the one that comes next: what getopt's callers find at argv[optind - 1]. */
	get last(): string {
		return this.words[this.at - 1] ?? '';
	}

	/** an argument that is no option and no "!" comes next */
	get hasArgument(): boolean {
		const word = this.words[this.at];
		return word !== undefined && !word.startsWith('-') && !word.startsWith('!');
	}

	shift(): string {
		return this.words[this.at++]!;
	}

	/** The same word again: its option may be known by now. */
	again(): void {
		this.at = this.#before;
		this.#cluster = '';
	}

	/** null at the end, or behind "--" */
	next(): Token<O> | null {
		if (this.#cluster !== '') return this.#letter();
		this.#before = this.at;
		const word = this.words[this.at];
		if (word === undefined) return null;
		if (word === '--') {
			this.at++;
			return null;
		}
		if (word.startsWith('--')) return this.#long(word);
		if (word.startsWith('-') && word !== '-') {
			this.#cluster = word.slice(1);
			return this.#letter();
		}
		this.at++;
		return { kind: 'word', word };
	}

	#letter(): Token<O> {
		const letter = String.fromCodePoint(this.#cluster.codePointAt(0)!);
		const rest = this.#cluster.slice(letter.length);
		const takes = LETTERS.get(letter);
		this.#cluster = takes === undefined || takes === 'none' ? rest : '';
		if (this.#cluster === '') this.at++;
		if (takes === undefined) return { kind: 'unknown', letter };
		if (takes === 'none') return { kind: 'own', letter, argument: null };
		const argument = this.#argument(takes, rest === '' ? null : rest);
		return argument === undefined ? { kind: 'missing' } : { kind: 'own', letter, argument };
	}

	#long(word: string): Token<O> {
		this.at++;
		const equals = word.indexOf('=');
		const option = this.options.find(equals < 0 ? word.slice(2) : word.slice(2, equals));
		if (!option || (option.argument === 'none' && equals >= 0)) return { kind: 'unknown', letter: null };
		const argument = this.#argument(option.argument, equals < 0 ? null : word.slice(equals + 1));
		if (argument === undefined) return { kind: 'missing' };
		return option.owner ? { kind: 'extension', option, argument } : { kind: 'own', letter: option.value, argument };
	}

	/** undefined: it is missing */
	#argument(takes: Argument, attached: string | null): string | null | undefined {
		if (attached !== null || takes !== 'required') return attached;
		return this.at < this.words.length ? this.shift() : undefined;
	}
}
