/**
 * The grammar of sed scripts (GNU sed 4.9): text becomes a flat list of commands, with blocks and labels resolved to
 * places in the list. Errors are in sed's words with expression and character.
 */
import { Regex, RegexError } from '../libc/regex';

export class SedError {
	constructor(
		readonly message: string,
		readonly status = 1
	) {}
}

export type Address =
	| { readonly kind: 'line'; readonly line: number }
	| { readonly kind: 'last' }
	| { readonly kind: 'step'; readonly first: number; readonly step: number }
	/** null: the last regular expression used */
	| { readonly kind: 'regex'; readonly regex: Regex | null }
	/** of a range only: +N lines, or up to a multiple of N */
	| { readonly kind: 'plus'; readonly count: number }
	| { readonly kind: 'multiple'; readonly of: number };

export type ReplacementPart =
	| { readonly kind: 'text'; readonly text: string }
	| { readonly kind: 'group'; readonly index: number }
	/** \U \L \u \l \E */
	| { readonly kind: 'case'; readonly letter: string };

export interface Substitution {
	readonly regex: Regex | null;
	readonly replacement: readonly ReplacementPart[];
	readonly global: boolean;
	readonly print: number;
	readonly number: number;
	readonly write: string | undefined;
	readonly execute: boolean;
}

export interface Command {
	readonly name: string;
	readonly first: Address | undefined;
	readonly second: Address | undefined;
	readonly negated: boolean;
	/** a, i, c: text; b, t, T: label; r, R, w, W: file; q, Q, l: number; y: not here */
	text: string;
	readonly substitution?: Substitution;
	readonly map?: ReadonlyMap<string, string>;
	/** where b, t, T and a failed { go */
	target: number;
}

interface Piece {
	readonly text: string;
	/** "-e expression #1" or a file's name */
	readonly name: string;
}

const NO_ADDRESS = new Set([':', '}', '#']);
/** q and Q end at one line */
const ONE_ADDRESS = new Set(['q', 'Q']);

const plainMarks = (source: string): string =>
	source.replace(/\[\^?\]?(?:\[[:.=].*?[:.=]\]|[^\]])*\]|\\./gs, (part) => (/^\\[+?|]$/.test(part) ? part[1]! : part));

export function parseScript(pieces: readonly Piece[], options: { extended: boolean; posix: boolean }): Command[] {
	return new Parser(pieces, options.extended, options.posix).parse();
}

class Parser {
	readonly #text: string;
	readonly #commands: Command[] = [];
	readonly #blocks: number[] = [];
	readonly #labels = new Map<string, number>();
	#at = 0;

	constructor(
		readonly pieces: readonly Piece[],
		readonly extended: boolean,
		readonly posix: boolean
	) {
		this.#text = pieces.map((piece) => piece.text).join('\n');
	}

	#fail(message: string, at = this.#at): never {
		let begin = 0;
		for (const piece of this.pieces) {
			const end = begin + piece.text.length;
			if (at <= end + 1 || piece === this.pieces.at(-1)) {
				const place = piece.name.startsWith('-e') ? `${piece.name}, char ${Math.min(at - begin, piece.text.length)}` : `file ${piece.name} line ${piece.text.slice(0, at - begin).split('\n').length}`; // prettier-ignore
				throw new SedError(`${place}: ${message}`);
			}
			begin = end + 1;
		}
		throw new SedError(message);
	}

	#peek(): string | undefined {
		return this.#text[this.#at];
	}

	#blanks(pattern = /[ \t]/): void {
		for (let next = this.#peek(); next !== undefined && pattern.test(next); next = this.#peek()) this.#at++;
	}

	parse(): Command[] {
		for (;;) {
			this.#blanks(/[\s;]/);
			if (this.#peek() === undefined) break;
			this.#command();
		}
		if (this.#blocks.length > 0) throw new SedError("-e expression #1, char 0: unmatched `{'");
		for (const command of this.#commands) {
			if (!'btT'.includes(command.name)) continue;
			const target = command.text === '' ? this.#commands.length : this.#labels.get(command.text);
			if (target === undefined) throw new SedError(`can't find label for jump to \`${command.text}'`, 4);
			command.target = target;
		}
		return this.#commands;
	}

	#address(): Address | undefined {
		const number = /^\d+/.exec(this.#text.slice(this.#at, this.#at + 20));
		if (number) {
			this.#at += number[0].length;
			if (this.#peek() === '~') {
				const step = /^~(\d*)/.exec(this.#text.slice(this.#at, this.#at + 20))!;
				this.#at += step[0].length;
				return { kind: 'step', first: Number(number[0]), step: Number(step[1] || 0) };
			}
			return { kind: 'line', line: Number(number[0]) };
		}
		if (this.#peek() === '$') {
			this.#at++;
			return { kind: 'last' };
		}
		if (this.#peek() !== '/' && this.#peek() !== '\\') return undefined;
		if (this.#peek() === '\\') this.#at++;
		const delimiter = this.#text[this.#at++];
		if (delimiter === undefined || delimiter === '\n') this.#fail("unexpected `,'");
		const source = this.#delimited(delimiter, true);
		if (source === undefined) this.#fail('unterminated address regex');
		let ignoreCase = false;
		let newline = false;
		for (; this.#peek() === 'I' || this.#peek() === 'M'; this.#at++) {
			if (this.#peek() === 'I') ignoreCase = true;
			else newline = true;
		}
		return { kind: 'regex', regex: this.#regex(source, ignoreCase, newline) };
	}

	#secondAddress(): Address {
		const mark = this.#peek();
		if (mark === '+' || mark === '~') {
			const number = /^.(\d+)/.exec(this.#text.slice(this.#at, this.#at + 20));
			if (!number) this.#fail(mark === '+' ? 'expected number' : "unexpected `,'");
			this.#at += number[0].length;
			return mark === '+' ? { kind: 'plus', count: Number(number[1]) } : { kind: 'multiple', of: Number(number[1]) };
		}
		return this.#address() ?? this.#fail("unexpected `,'");
	}

	#command(): void {
		const first = this.#address();
		let second: Address | undefined;
		this.#blanks();
		if (this.#peek() === ',') {
			if (!first) this.#fail("unexpected `,'", this.#at + 1);
			this.#at++;
			this.#blanks();
			second = this.#secondAddress();
		}
		if (first?.kind === 'line' && first.line === 0 && second?.kind !== 'regex')
			this.#fail('invalid usage of line address 0');
		this.#blanks();
		let negated = false;
		while (this.#peek() === '!') {
			negated = true;
			this.#at++;
			this.#blanks();
		}
		const name = this.#text[this.#at++];
		if (name === undefined || name === '\n' || name === ';')
			this.#fail('missing command', this.#at - (name === undefined ? 1 : 0));
		if (first && NO_ADDRESS.has(name)) {
			this.#fail(name === '#' ? "comments don't accept any addresses" : name === ':' ? ": doesn't want any addresses" : "} doesn't want any addresses"); // prettier-ignore
		}
		if (second && ONE_ADDRESS.has(name)) this.#fail('command only uses one address');
		this.#body(name, { name, first, second, negated, text: '', target: 0 });
	}

	#body(name: string, command: Command): void {
		switch (name) {
			case '#':
				while (this.#peek() !== undefined && this.#peek() !== '\n') this.#at++;
				return;
			case ':':
				this.#labels.set(this.#label() || this.#fail('":" lacks a label'), this.#commands.length);
				return;
			case '{':
				this.#blocks.push(this.#commands.length);
				this.#commands.push(command);
				return;
			case '}': {
				const open = this.#blocks.pop();
				if (open === undefined) this.#fail("unexpected `}'");
				this.#commands[open]!.target = this.#commands.length;
				return this.#end();
			}
			case 'a':
			case 'i':
			case 'c':
				command.text = this.#insertedText(name);
				break;
			case 'b':
			case 't':
			case 'T':
				command.text = this.#label();
				break;
			case 'r':
			case 'R':
			case 'w':
			case 'W':
				this.#blanks();
				command.text = this.#restOfLine();
				if (command.text === '') this.#fail('missing filename in r/R/w/W commands');
				break;
			case 's':
				this.#commands.push({ ...command, substitution: this.#substitution() });
				return;
			case 'y':
				this.#commands.push({ ...command, map: this.#transliteration() });
				return this.#end();
			case 'q':
			case 'Q':
			case 'l':
			case 'L': {
				this.#blanks();
				const number = /^\d+/.exec(this.#text.slice(this.#at, this.#at + 20));
				if (number) this.#at += number[0].length;
				command.text = number?.[0] ?? '';
				this.#end();
				break;
			}
			case 'e':
			case 'v':
				command.text = this.#restOfLine().trim();
				break;
			default:
				if (!'=dDFgGhHnNpPxz'.includes(name)) this.#fail(`unknown command: \`${name}'`);
				this.#end();
		}
		this.#commands.push(command);
	}

	/** What may follow a command. */
	#end(): void {
		this.#blanks();
		const next = this.#peek();
		if (next === undefined || next === '\n' || next === ';' || next === '}' || next === '#') {
			if (next === '\n' || next === ';') this.#at++;
			return;
		}
		this.#at++;
		this.#fail('extra characters after command');
	}

	#restOfLine(): string {
		const end = this.#text.indexOf('\n', this.#at);
		const rest = this.#text.slice(this.#at, end < 0 ? undefined : end);
		this.#at = end < 0 ? this.#text.length : end;
		return rest;
	}

	#label(): string {
		this.#blanks();
		const found = /^[^\n;}]*/.exec(this.#text.slice(this.#at))![0];
		this.#at += found.length;
		return found.trim();
	}

	#insertedText(name: string): string {
		this.#blanks();
		if (this.#peek() === undefined) this.#fail("expected \\ after `a', `c' or `i'");
		if (this.#peek() === '\\') {
			this.#at++;
			// blanks behind the backslash are text, unless the text begins on the next line
			const gap = /^[ \t]*(\n|$)/.exec(this.#text.slice(this.#at));
			if (gap) this.#at += gap[0].length;
			if (gap?.[1] === '' && name !== '') this.#fail("expected \\ after `a', `c' or `i'");
		}
		let out = '';
		while (this.#peek() !== undefined && this.#peek() !== '\n') {
			if (this.#peek() === '\\') {
				this.#at++;
				if (this.#peek() === undefined) break;
				const code = /^(?:x([0-9a-fA-F]{2})|d(\d{3})|o([0-7]{3}))/.exec(this.#text.slice(this.#at, this.#at + 4));
				const escaped = this.#peek() as string;
				if (code) {
					const [whole, hex, decimal, octal] = code;
					const radix = hex !== undefined ? 16 : decimal !== undefined ? 10 : 8;
					out += String.fromCharCode(Number.parseInt((hex ?? decimal ?? octal)!, radix));
					this.#at += whole.length - 1;
				} else out += SIMPLE[escaped] ?? escaped;
			} else out += this.#peek();
			this.#at++;
		}
		return `${out}\n`;
	}

	/** Text up to the delimiter; undefined when it does not come. */
	#delimited(delimiter: string, regex: boolean): string | undefined {
		let out = '';
		for (; this.#at < this.#text.length; this.#at++) {
			const character = this.#text[this.#at]!;
			if (regex && character === '[') {
				const bracket = this.#bracket();
				if (bracket !== undefined) {
					out += bracket;
					continue;
				}
			}
			if (character === delimiter) {
				this.#at++;
				return out;
			}
			if (character === '\\') {
				const next = this.#text[++this.#at];
				if (next === undefined) return undefined;
				if (next === delimiter)
					out += regex && /[.*[\]^$+?(){}|]/.test(next) && next !== '/' ? (/[+?(){}|]/.test(next) && !this.extended ? next : `\\${next}`) : regex ? next : next === '&' ? '\\&' : next; // prettier-ignore
				else if (next === 'n' && regex) out += '\n';
				else if (next === '\n' && regex) out += '\n';
				else out += `\\${next}`;
				continue;
			}
			if (regex && character === '\n') return undefined;
			out += character;
		}
		return undefined;
	}

	/** A whole bracket expression, in which the delimiter means itself; undefined when it does not end on this line. */
	#bracket(): string | undefined {
		const found = /^\[\^?\]?(?:\[([:.=])[^\n]*?\1\]|[^\]\n])*\]/.exec(this.#text.slice(this.#at));
		if (!found) return undefined;
		this.#at += found[0].length - 1;
		return found[0].replace(/\\n/g, '\n');
	}

	#regex(source: string, ignoreCase: boolean, newline: boolean): Regex | null {
		if (source === '') return null;
		const class_ = /^\[([:.=])[^\]]*\1\]$/.exec(source);
		if (class_)
			throw new SedError(
				`character class syntax is [[${class_[1]}space${class_[1]}]], not [${class_[1]}space${class_[1]}]`,
				1
			);
		try {
			// --posix: \+ \? \| are GNU's; without them each is its character
			const pattern = this.posix && !this.extended ? plainMarks(source) : source;
			return new Regex(escapes(pattern), { extended: this.extended, ignoreCase, newline });
		} catch (thrown) {
			if (thrown instanceof RegexError) this.#fail(thrown.message);
			throw thrown;
		}
	}

	#substitution(): Substitution {
		const delimiter = this.#text[this.#at++];
		if (delimiter === undefined || delimiter === '\n' || delimiter === '\\') this.#fail("unterminated `s' command");
		const source = this.#delimited(delimiter, true);
		const template = source === undefined ? undefined : this.#delimited(delimiter, false);
		if (source === undefined || template === undefined) this.#fail("unterminated `s' command");
		let [global, print, number, ignoreCase, newline, execute] = [false, 0, 0, false, false, false];
		let file: string | undefined;
		for (;;) {
			const flag = this.#peek();
			if (flag === undefined || flag === '\n' || flag === ';') {
				if (flag !== undefined) this.#at++;
				break;
			}
			if (flag === '}' || flag === '#') break;
			this.#at++;
			if (flag === 'g') {
				if (global) this.#fail("multiple `g' options to `s' command");
				global = true;
			} else if (flag === 'p') {
				if (print) this.#fail("multiple `p' options to `s' command");
				print++;
			} else if (flag === 'i' || flag === 'I') ignoreCase = true;
			else if (flag === 'm' || flag === 'M') newline = true;
			else if (flag === 'e') execute = true;
			else if (/\d/.test(flag)) {
				const rest = /^\d*/.exec(this.#text.slice(this.#at, this.#at + 10))![0];
				this.#at += rest.length;
				if (number) this.#fail("multiple number options to `s' command");
				number = Number(flag + rest);
				if (number === 0) this.#fail("number option to `s' command may not be zero");
			} else if (flag === 'w') {
				this.#blanks();
				file = this.#restOfLine();
				if (file === '') this.#fail('missing filename in r/R/w/W commands');
				break;
			} else if (flag !== ' ' && flag !== '\t' && flag !== '\r') this.#fail("unknown option to `s'");
		}
		const regex = this.#regex(source, ignoreCase, newline);
		const replacement = parseReplacement(template);
		const most = Math.max(0, ...replacement.map((part) => (part.kind === 'group' ? part.index : 0)));
		if (regex && most > regex.groups) this.#fail(`invalid reference \\${most} on \`s' command's RHS`);
		return { regex, replacement, global, print, number: number || 1, write: file, execute };
	}

	#transliteration(): ReadonlyMap<string, string> {
		const delimiter = this.#text[this.#at++];
		const from = delimiter === undefined ? undefined : this.#delimited(delimiter, false);
		const to = from === undefined ? undefined : this.#delimited(delimiter!, false);
		if (from === undefined || to === undefined) this.#fail("unterminated `y' command");
		const characters = (text: string): string[] => [
			...text.replace(/\\([\\nt])/g, (_whole, letter: string) => ({ '\\': '\\', n: '\n', t: '\t' })[letter]!)
		];
		const [a, b] = [characters(from), characters(to)];
		if (a.length !== b.length) this.#fail("strings for `y' command are different lengths");
		return new Map(a.map((character, i) => [character, b[i]!]));
	}
}

const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** \t, \xHH, \dNNN, \oNNN inside a regular expression. */
function escapes(source: string): string {
	return source.replace(
		/\\(?:([aftrv])|x([0-9a-fA-F]{2})|d(\d{3})|o([0-7]{3})|([^]))/g,
		(whole, letter?: string, hex?: string, decimal?: string, octal?: string) => {
			// prettier-ignore
			if (letter !== undefined) return SIMPLE[letter]!;
			const code =
				hex !== undefined
					? Number.parseInt(hex, 16)
					: decimal !== undefined
						? Number(decimal)
						: octal !== undefined
							? Number.parseInt(octal, 8)
							: undefined;
			if (code === undefined) return whole;
			const character = String.fromCharCode(code);
			return /[.*[\]^$\\+?(){}|]/.test(character) ? `\\${character}` : character;
		}
	);
}

function parseReplacement(template: string): ReplacementPart[] {
	const parts: ReplacementPart[] = [];
	let text = '';
	const flush = (): void => {
		if (text !== '') parts.push({ kind: 'text', text });
		text = '';
	};
	for (let i = 0; i < template.length; i++) {
		const character = template[i]!;
		if (character === '&') {
			flush();
			parts.push({ kind: 'group', index: 0 });
		} else if (character === '\\' && i + 1 < template.length) {
			const next = template[++i]!;
			const hex = next === 'x' ? /^[0-9a-fA-F]{2}/.exec(template.slice(i + 1)) : null;
			if (/\d/.test(next)) {
				flush();
				parts.push({ kind: 'group', index: Number(next) });
			} else if ('ULulE'.includes(next)) {
				flush();
				parts.push({ kind: 'case', letter: next });
			} else if (hex) {
				text += String.fromCharCode(Number.parseInt(hex[0], 16));
				i += 2;
			} else text += SIMPLE[next] ?? next;
		} else text += character;
	}
	flush();
	return parts;
}
