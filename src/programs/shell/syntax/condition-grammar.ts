/** The grammar of `[[ … ]]`, whose tokens and messages are its own (parse_cond_command of parse.y). */
import { SyntaxFailure } from './failure';
import { TokenReader, type Token } from './tokens';

const UNARY_TEST = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY_TEST = new Set([
	'=',
	'==',
	'!=',
	'=~',
	'<',
	'>',
	'-eq',
	'-ne',
	'-lt',
	'-le',
	'-gt',
	'-ge',
	'-nt',
	'-ot',
	'-ef'
]);
const IN_CONDITION = 'syntax error in conditional expression';

export abstract class ConditionGrammar extends TokenReader {
	protected condition(opened: number): void {
		const saved = this.within;
		this.within = 'condition';
		this.conditionOr(opened);
		const token = this.next();
		if (token.text !== ']]')
			this.conditionFailure(
				token,
				opened,
				(text) => `unexpected token \`${text}' in conditional command`,
				IN_CONDITION
			);
		this.within = saved;
	}

	protected conditionFailure(token: Token, opened: number, withToken: (text: string) => string, plain: string): never {
		if (token.type === 'eof')
			throw new SyntaxFailure({
				kind: 'message',
				message: "unexpected EOF while looking for `]]'",
				position: opened,
				within: 'command'
			});
		const known = token.type === 'operator' || token.text === ']]';
		const position = plain === IN_CONDITION ? opened : token.position;
		throw new SyntaxFailure({
			kind: 'message',
			message: known ? withToken(token.text) : plain,
			position,
			within: 'condition'
		});
	}

	protected conditionOr(opened: number): void {
		this.enter();
		this.conditionAnd(opened);
		while (this.isOperator('||')) {
			this.next();
			this.conditionAnd(opened);
		}
		this.depth--;
	}

	protected conditionAnd(opened: number): void {
		this.conditionTerm(opened);
		while (this.isOperator('&&')) {
			this.next();
			this.conditionTerm(opened);
		}
	}

	protected conditionTerm(opened: number): void {
		this.newlines();
		const token = this.next();
		if (token.type === 'operator' && token.text === '(') {
			this.conditionOr(opened);
			this.newlines();
			const close = this.next();
			if (close.text !== ')')
				this.conditionFailure(close, opened, (text) => `unexpected token \`${text}', expected \`)'`, "expected `)'");
			this.newlines();
			return;
		}
		if (token.type === 'word' && token.text === '!') return this.conditionTerm(opened);
		if (token.type === 'number') return this.conditionBinary(opened);
		if (token.type !== 'word' || token.text === ']]') {
			if (token.text === ']]')
				throw new SyntaxFailure({ kind: 'message', message: '', position: token.position, within: 'condition' });
			this.conditionFailure(
				token,
				opened,
				(text) => `unexpected token \`${text}' in conditional command`,
				'unexpected token in conditional command'
			);
		}
		if (UNARY_TEST.test(token.text)) {
			const operand = this.peek();
			if (operand.type === 'word' && operand.text !== ']]') {
				this.next();
				this.newlines();
				return;
			}
			this.conditionFailure(
				operand,
				opened,
				(text) => `unexpected argument \`${text}' to conditional unary operator`,
				'unexpected argument to conditional unary operator'
			);
		}
		this.conditionBinary(opened);
	}

	protected conditionBinary(opened: number): void {
		const operator = this.peek();
		if (operator.type === 'newline') {
			this.newlines();
			const after = this.peek();
			if (after.type === 'word' && after.text !== ']]')
				throw new SyntaxFailure({ kind: 'message', message: IN_CONDITION, position: opened, within: 'condition' });
			return;
		}
		if (operator.text === ']]' || (operator.type === 'operator' && ['&&', '||', ')'].includes(operator.text))) return;
		const known = BINARY_TEST.has(operator.text);
		if (!known)
			this.conditionFailure(
				operator,
				opened,
				(text) => `unexpected token \`${text}', conditional binary operator expected`,
				'conditional binary operator expected'
			);
		this.next();
		const operand = this.conditionOperand(operator.text);
		if ((operand.type !== 'word' && operand.type !== 'number') || operand.text === ']]')
			this.conditionFailure(
				operand,
				opened,
				(text) => `unexpected argument \`${text}' to conditional binary operator`,
				'unexpected argument to conditional binary operator'
			);
		this.newlines();
	}

	/** The right side: a pattern (always with extended patterns) or a regular expression, in which brackets may stand. */
	protected conditionOperand(operator: string): Token {
		if (operator !== '=~' && !/^(==?|!=)$/.test(operator)) return this.next();
		const { text } = this;
		let at = this.position;
		while (text[at] === ' ' || text[at] === '\t') at++;
		const start = at;
		let depth = 0;
		while (at < text.length) {
			const c = text[at]!;
			if (c === '\\') at += 2;
			else if (c === "'") at = this.singleQuoted(at);
			else if (c === '"') at = this.doubleQuoted(at);
			else if (c === '`') at = this.backquoted(at);
			else if (c === '$') at = this.dollar(at, false);
			else if (c === '(' && (operator === '=~' || depth > 0 || '?*+@!'.includes(text[at - 1] ?? ' '))) {
				depth++;
				at++;
			} else if (c === ')' && depth > 0) {
				depth--;
				at++;
			} else if (
				depth === 0 &&
				(' \t\n;&()'.includes(c) ||
					(c === '|' && (operator !== '=~' || text[at + 1] === '|')) ||
					('<>'.includes(c) && operator !== '=~'))
			)
				break;
			else at++;
		}
		if (at === start) return this.next();
		if (depth > 0) this.unterminated(')', start);
		this.peeked = null;
		this.position = Math.min(at, text.length);
		return { type: 'word', text: text.slice(start, at), position: start, end: at };
	}
}
