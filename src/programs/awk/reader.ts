/**
 * What the whole of mawk's grammar stands on: the next token, the names that are known, and yyerror's messages.
 */
import { BUILTINS } from './arity';
import { type Problems, Scanner, Stop, type Token, type TokenKind } from './scanner';
import type { Call, Func, Name, NameType, Node } from './tree';

/** Thrown out to where reading can go on; the message was given. */
export class SyntaxError {}

const BEFORE_MISSING_PARENTHESIS: ReadonlySet<string> = new Set(['eof', 'nl', ';', '}']);

/** Predefined names, all but the special ones. */
const VARIABLES = ['ARGC', 'FILENAME', 'FNR', 'NR', 'OFS', 'ORS', 'RLENGTH', 'RSTART', 'SUBSEP'];
const ARRAYS = ['ARGV', 'ENVIRON'];

export class Reader {
	readonly calls: Call[] = [];
	protected readonly globals = new Map<string, Name>();
	protected readonly functions = new Map<string, Func>();
	protected readonly scanner: Scanner;
	protected locals = new Map<string, Name>();
	protected ahead: Token | undefined;
	protected scope: 'begin' | 'end' | 'main' | 'function' = 'main';
	protected depth = 0;
	/** nodes that stand in parentheses */
	protected readonly grouped = new WeakSet<Node>();

	constructor(
		source: string,
		readonly problems: Problems
	) {
		for (const name of VARIABLES) this.globals.set(name, { name, type: 'variable' });
		for (const name of ARRAYS) this.globals.set(name, { name, type: 'array' });
		this.scanner = new Scanner(source, problems, (name) => {
			if (this.locals.has(name)) return 'variable';
			if (name in BUILTINS) return 'builtin';
			return this.functions.has(name) ? 'function' : this.globals.has(name) ? 'variable' : 'new';
		});
	}

	/* ---- tokens ---- */

	protected get token(): Token {
		return (this.ahead ??= this.scanner.next());
	}

	protected take(): Token {
		const token = this.token;
		this.ahead = undefined;
		return token;
	}

	protected is(kind: TokenKind, text?: string): boolean {
		return this.token.kind === kind && (text === undefined || this.token.text === text);
	}

	protected keyword(name: string): boolean {
		return this.is('keyword', name);
	}

	protected expect(kind: TokenKind, text?: string): Token {
		if (!this.is(kind, text)) this.fail();
		return this.take();
	}

	/** The message of yyerror, then out to where reading can go on. */
	protected fail(): never {
		const { kind, shown, line } = this.token;
		const missing = (bracket: string): never => {
			this.problems.add(`missing ${bracket} near ${shown}`, line);
			throw new SyntaxError();
		};
		if (this.scanner.parentheses > 0 && BEFORE_MISSING_PARENTHESIS.has(kind)) {
			this.scanner.parentheses = 0;
			missing(')');
		}
		const ends = kind === 'eof' || (kind === 'keyword' && (shown === 'BEGIN' || shown === 'END'));
		if (this.scanner.braces > 0 && ends) {
			this.scanner.braces = 0;
			missing('}');
		}
		if (kind === 'unexpected') this.problems.raw(`${line}: unexpected character '${shown}'`);
		else this.problems.add(`syntax error at or near ${shown}`, line);
		throw new SyntaxError();
	}

	/** Skips to the end of a statement. */
	protected recover(inBlock: boolean): void {
		this.scanner.inPrint = this.scanner.inGetline = false;
		this.scanner.parentheses = 0;
		for (;;) {
			if (this.is('eof')) throw new Stop();
			if (inBlock && this.is('}')) return;
			if (this.is(';') || this.is('nl')) {
				this.take();
				return;
			}
			this.take();
		}
	}

	/* ---- names ---- */

	protected symbol(text: string): Name {
		const known = this.locals.get(text) ?? this.globals.get(text);
		if (known) return known;
		const made: Name = { name: text, type: 'none' };
		this.globals.set(text, made);
		return made;
	}

	/** A name used as a variable, or as an array: it must not have been the other. */
	protected name(text: string, type: Exclude<NameType, 'none'>): Name {
		const name = this.symbol(text);
		if (name.type === 'none') name.type = type;
		else if (name.type !== type) {
			const local = name.slot === undefined ? '' : 'local ';
			this.problems.add(`illegal reference to ${local}${name.type} ${text}`);
		}
		return name;
	}
}
