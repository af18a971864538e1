/**
 * The grammar of bash and dash as a recogniser: where a complete command ends, and the first token that does not fit.
 *
 * Does: tells for a text at a position how far the next complete line of commands reaches, or why there is none, in the
 *       terms of bash's own messages (parse.y). The tree itself comes from unbash, which is tolerant and so can say
 *       neither; what this accepts, unbash parses.
 * Reads: a script's text. Also gives the words in command position, which aliases are looked up for.
 * Trusts: nothing; nesting is bounded.
 */
import { ConditionGrammar } from './condition-grammar';
import { SyntaxFailure } from './failure';
import { DASH_RESERVED, RESERVED, unquote, type Token } from './tokens';

const REDIRECTS = new Set(['<<<', '<<-', '&>>', '<<', '>>', '<&', '>&', '<>', '>|', '&>', '<', '>']);
/** Builtins whose arguments may be `name=(…)`. */
const ASSIGNMENT_BUILTINS = new Set(['alias', 'declare', 'eval', 'export', 'local', 'readonly', 'typeset']);
const COMPOUND = new Set(['{', '(', 'if', 'for', 'while', 'until', 'case', 'select', '[[', '((']);

export class Recognizer extends ConditionGrammar {
	/**
	 * Reads one complete line of commands.
	 * @returns false at the end of the text
	 * @throws SyntaxFailure
	 */
	line(): boolean {
		this.newlines();
		if (this.peek(true).type === 'eof') return false;
		for (;;) {
			this.andOr();
			const token = this.peek();
			if (token.type === 'operator' && (token.text === ';' || token.text === '&')) {
				this.next();
				const after = this.peek(true);
				if (after.type === 'newline') {
					this.next();
					return true;
				}
				if (after.type === 'eof') return true;
				continue;
			}
			if (token.type === 'newline') {
				this.next();
				return true;
			}
			if (token.type === 'eof') return true;
			this.unexpected(token);
		}
	}

	/** @returns the offset behind the `)` that closes a `$(` whose content starts here */
	substitutionEnd(): number {
		this.substitutionBody();
		return this.position;
	}

	protected substitutionBody(): void {
		this.newlines();
		if (!this.isOperator(')')) this.compoundList(new Set([')']), true);
		const token = this.next();
		if (token.text !== ')' || token.type !== 'operator') this.unexpected(token);
	}

	/** At least one command, up to a word or operator of `terminators`, which is left to the caller. */
	protected compoundList(terminators: ReadonlySet<string>, empty = false): void {
		this.newlines();
		if (empty && this.ends(terminators)) return;
		this.andOr();
		for (;;) {
			const token = this.peek();
			if (token.type === 'newline' || (token.type === 'operator' && (token.text === ';' || token.text === '&'))) {
				this.next();
				this.newlines();
				if (this.ends(terminators)) return;
				this.andOr();
				continue;
			}
			if (this.ends(terminators)) return;
			this.unexpected(token);
		}
	}

	protected ends(terminators: ReadonlySet<string>): boolean {
		const token = this.peek(true);
		return (token.type === 'word' || token.type === 'operator') && terminators.has(token.text);
	}

	protected andOr(): void {
		this.pipeline();
		while (this.isOperator('&&') || this.isOperator('||')) {
			this.next();
			this.newlines();
			this.pipeline();
		}
	}

	protected pipeline(): void {
		let prefixed = false;
		for (;;) {
			const word = this.reserved();
			if (word === '!' || (word === 'time' && !this.dash)) {
				this.next();
				prefixed = !this.dash;
				if (word === 'time') while (this.peek(true).type === 'word' && /^(-p|--)$/.test(this.peek().text)) this.next();
				continue;
			}
			break;
		}
		const token = this.peek(true);
		if (
			prefixed &&
			(token.type === 'newline' ||
				token.type === 'eof' ||
				(token.type === 'operator' && /^(;|&|&&|\|\||\))$/.test(token.text)))
		) {
			if (token.type !== 'operator' || token.text === ';' || token.text === ')') return;
		}
		this.command();
		while (this.isOperator('|') || this.isOperator('|&')) {
			this.next();
			this.newlines();
			if (this.reserved() === '!') {
				this.pipeline();
				return;
			}
			this.command();
		}
	}

	protected command(): void {
		this.enter();
		this.commandInner();
		this.depth--;
	}

	protected commandInner(): void {
		const token = this.peek(true);
		if (token.type === 'word') {
			const reserved = this.reserved();
			if (reserved === null) return this.simple();
			if (reserved === ']]') return this.simple();
			if (reserved === 'function') return this.function();
			if (reserved === 'coproc') return this.coproc();
			if (!COMPOUND.has(reserved)) this.unexpected(token);
			return this.compound();
		}
		if (token.type === 'number') return this.simple();
		if (token.type === 'operator') {
			if (token.text === '(') return this.compound();
			if (REDIRECTS.has(token.text)) return this.simple();
		}
		this.unexpected(token);
	}

	/** A compound command with its redirections. */
	protected compound(): void {
		const token = this.next(true);
		switch (token.text) {
			case '(':
				this.parenthesis(token);
				break;
			case '{':
				this.compoundList(new Set(['}']));
				this.expectWord('}');
				break;
			case 'if':
				this.if();
				break;
			case 'while':
			case 'until':
				this.compoundList(new Set(['do']));
				this.doGroup();
				break;
			case 'for':
				this.for();
				break;
			case 'select':
				this.select();
				break;
			case 'case':
				this.case();
				break;
			case '[[':
				this.condition(token.position);
				break;
			default:
				this.unexpected(token);
		}
		this.redirections();
	}

	protected expectWord(text: string): void {
		const token = this.next(true);
		if (token.type !== 'word' || token.text !== text) this.unexpected(token);
	}

	protected parenthesis(open: Token): void {
		if (this.text[open.end] === '(' && !this.dash && this.peeked === null) {
			const end = this.arithmeticEnd(open.end + 1);
			if (end >= 0) {
				this.position = end;
				return;
			}
		}
		this.compoundList(new Set([')']));
		const token = this.next();
		if (token.type !== 'operator' || token.text !== ')') this.unexpected(token);
	}

	protected if(): void {
		this.compoundList(new Set(['then']));
		this.expectWord('then');
		this.compoundList(new Set(['elif', 'else', 'fi']));
		for (;;) {
			const token = this.next(true);
			if (token.text === 'fi') return;
			if (token.text === 'else') {
				this.compoundList(new Set(['fi']));
				this.expectWord('fi');
				return;
			}
			if (token.text !== 'elif') this.unexpected(token);
			this.compoundList(new Set(['then']));
			this.expectWord('then');
			this.compoundList(new Set(['elif', 'else', 'fi']));
		}
	}

	protected doGroup(): void {
		if (this.reserved() === '{' && !this.dash) {
			this.next();
			this.compoundList(new Set(['}']));
			this.expectWord('}');
			return;
		}
		this.expectWord('do');
		this.compoundList(new Set(['done']));
		this.expectWord('done');
	}

	protected for(): void {
		if (this.isOperator('(') && !this.dash) {
			const open = this.next();
			if (this.text[open.end] !== '(') this.unexpected(open);
			this.arithmeticFor(open);
			return;
		}
		this.select();
	}

	protected arithmeticFor(open: Token): void {
		const end = this.arithmeticEnd(open.end + 1);
		if (end < 0) this.unterminated(')', open.position);
		const inside = this.text.slice(open.end + 1, end - 2);
		const parts = inside.split(';').length;
		const second = `syntax error: \`((${inside}))'`;
		if (parts < 3)
			throw new SyntaxFailure({
				kind: 'message',
				message: 'syntax error: arithmetic expression required',
				position: open.position,
				second,
				within: 'command'
			});
		if (parts > 3)
			throw new SyntaxFailure({
				kind: 'message',
				message: "syntax error: `;' unexpected",
				position: open.position,
				second,
				within: 'command'
			});
		this.position = end;
		if (this.isOperator(';')) this.next();
		this.newlines();
		this.doGroup();
	}

	/** for and select: `NAME [in WORDS]; do … done` */
	protected select(): void {
		const name = this.next();
		if (name.type !== 'word') this.unexpected(name);
		this.newlines();
		if (this.reserved() === 'in') {
			this.next();
			while (this.peek().type === 'word' || this.peek().type === 'number') this.next();
			const token = this.next();
			if (token.type !== 'newline' && !(token.type === 'operator' && token.text === ';')) this.unexpected(token);
		} else if (this.isOperator(';')) this.next();
		this.newlines();
		this.doGroup();
	}

	protected case(): void {
		const word = this.next();
		if (word.type !== 'word') this.unexpected(word);
		this.newlines();
		this.expectWord('in');
		this.newlines();
		while (this.reserved() !== 'esac') {
			if (this.isOperator('(')) this.next();
			for (;;) {
				const pattern = this.next();
				if (pattern.type !== 'word') this.unexpected(pattern);
				const token = this.next();
				if (token.type === 'operator' && token.text === '|') continue;
				if (token.type === 'operator' && token.text === ')') break;
				this.unexpected(token);
			}
			this.newlines();
			const ends = new Set([';;', ';&', ';;&', 'esac']);
			if (!this.ends(ends)) this.caseBody(ends);
			if (this.reserved() === 'esac') break;
			this.next();
			this.newlines();
		}
		this.expectWord('esac');
	}

	protected caseBody(ends: ReadonlySet<string>): void {
		this.compoundList(ends);
	}

	protected function(): void {
		this.next();
		const name = this.next();
		if (name.type !== 'word') this.unexpected(name);
		if (this.isOperator('(')) {
			this.next();
			const close = this.next();
			if (close.text !== ')') this.unexpected(close);
		}
		this.functionBody();
	}

	protected functionBody(): void {
		this.newlines();
		const token = this.peek(true);
		const compound =
			(token.type === 'operator' && token.text === '(') ||
			(token.type === 'word' && COMPOUND.has(token.text) && (!this.dash || DASH_RESERVED.has(token.text)));
		if (compound) this.compound();
		else if (this.dash) this.command();
		else this.unexpected(token);
	}

	protected coproc(): void {
		this.next();
		const token = this.peek(true);
		if (token.type === 'word' && !RESERVED.has(token.text)) {
			this.next();
			const after = this.peek(true);
			if ((after.type === 'word' && COMPOUND.has(after.text)) || (after.type === 'operator' && after.text === '('))
				return this.compound();
			this.simpleRest(false);
			return;
		}
		this.command();
	}

	protected redirections(): void {
		while (this.redirection());
	}

	protected redirection(): boolean {
		const token = this.peek();
		if (token.type !== 'number' && !(token.type === 'operator' && REDIRECTS.has(token.text))) return false;
		this.next();
		const operator = token.type === 'number' ? this.next() : token;
		const target = this.next();
		if (target.type !== 'word' && target.type !== 'number') this.unexpected(target);
		if (operator.text === '<<' || operator.text === '<<-')
			this.pending.push({
				delimiter: unquote(target.text),
				stripTabs: operator.text === '<<-',
				position: operator.position
			});
		return true;
	}

	protected simple(): void {
		let first = true;
		for (;;) {
			if (this.redirection()) continue;
			const token = this.peek(true);
			if (token.type !== 'word') break;
			if (first && isAssignment(token.text)) {
				this.next();
				continue;
			}
			if (!first) break;
			first = false;
			this.next();
			this.commandWords.push({ position: token.position, end: token.end, text: token.text });
			if (this.isOperator('(')) {
				this.next();
				const close = this.next();
				if (close.type !== 'operator' || close.text !== ')') this.unexpected(close);
				this.functionBody();
				return;
			}
			this.simpleRest(ASSIGNMENT_BUILTINS.has(token.text));
			return;
		}
		if (this.isOperator('(')) this.unexpected(this.peek());
	}

	protected simpleRest(assignable: boolean): void {
		for (;;) {
			const token = this.peek(assignable);
			if (token.type === 'word') this.next();
			else if (!this.redirection()) break;
		}
		if (this.isOperator('(')) this.unexpected(this.peek());
	}
}

export function isAssignment(word: string): boolean {
	return /^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=/s.test(word) && !/^[A-Za-z_][A-Za-z0-9_]*\[[^\]]*$/s.test(word);
}
