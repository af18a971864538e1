/**
 * `$name` in values (mac_parse(3), mac_expand(3), compatibility_level in `compat_level(3)`).
 *
 * Does: `$name`, `${name}`, `$(name)`, `${name?text}`, `${name:text}`, `${name?{a}:{b}}`, `${{x} == {y}?{a}:{b}}` with
 *       ==, !=, <, <=, >=, > (numbers when both sides are digits) and the same with the suffix `level`; `$$` is a dollar.
 * Errors: warnings in Postfix's words through `warn`, and `error` in the result; the caller says what is fatal.
 */
import { parseLevel } from './compatibility';
import { Fatal } from './errors';

export interface ExpandContext {
	/** undefined: no such name */
	readonly lookup: (name: string) => string | undefined;
	readonly warn: (text: string) => void;
	/** expands what a look-up gives; default true */
	readonly recursive?: boolean;
	/** what a look-up gives is passed here, to clean text from outside (`default_rbl_reply`) */
	readonly filter?: (value: string) => string;
}

export interface Expanded {
	readonly text: string;
	readonly error: boolean;
	/** a name without a value was met */
	readonly undefinedName: boolean;
}

const NESTING = 100;
const SPACE = /^[ \t\r\n]*/;
const OPERATORS = ['==', '!=', '<', '<=', '>=', '>'];
const OPERATOR_NAMES = '"==" or "!="" or "<"" or "<="" or ">="" or ">"';
/** all levels of one expansion together; Postfix has no such bound, `a = $b$b`, `b = $c$c` … doubles for ever */
const MAXIMUM = 1_000_000;

class SyntaxError_ {}

/** One expansion, as mac_expand(3) has its context. */
class Expansion {
	out = '';
	failed = false;
	undefinedName = false;
	#depth = 0;

	constructor(
		readonly context: ExpandContext,
		readonly scan: boolean
	) {}

	fail(text: string): never {
		this.context.warn(text);
		throw new SyntaxError_();
	}

	/**
	 * One literal or reference. After an error nothing more is evaluated, but what follows is still looked through, so
	 * that a loop of names warns as often as the real program does.
	 */
	#piece(text: string, evaluate: () => void): void {
		if (this.#depth++ > NESTING) {
			this.context.warn(`unreasonable macro call nesting: "${text}"`);
			this.failed = true;
		}
		if (this.failed) return;
		try {
			evaluate();
		} catch (thrown) {
			if (!(thrown instanceof SyntaxError_)) throw thrown;
			this.failed = true;
			return;
		}
		this.#depth--;
	}

	parse(value: string): void {
		let at = 0;
		let literal = '';
		while (at < value.length) {
			const char = value[at]!;
			if (char !== '$' || value[at + 1] === '$') {
				literal += char;
				at += char === '$' ? 2 : 1;
				continue;
			}
			this.#literal(literal);
			literal = '';
			const reference = referenceAt(value, at + 1);
			if (!reference || reference.inside === '') {
				this.context.warn(`${reference ? 'empty macro name' : 'truncated macro reference'}: "${value}"`);
				this.failed = true;
				return;
			}
			this.#piece(reference.inside, () => this.#expression(reference.inside));
			at = reference.next;
		}
		if (!this.failed) this.#literal(literal);
	}

	#literal(text: string): void {
		if (text === '') return;
		this.#piece(text, () => {
			if (this.out.length > MAXIMUM) this.fail(`unreasonable macro call nesting: "${text.slice(0, 30)}"`);
			if (!this.scan) this.out += text;
		});
	}

	#expression(inside: string): void {
		let rest = inside.slice(SPACE.exec(inside)![0].length);
		let value: string | undefined;
		let operator = '';
		if (rest.startsWith('{')) {
			[value, rest] = this.#relation(rest);
			operator = rest.slice(0, 1);
			if (operator !== '' && operator !== '?' && operator !== ':')
				this.fail(`"?" or ":" expected at: "...}>>>${rest.slice(0, 20)}"`);
			rest = rest.slice(1);
		} else {
			const name = /^[A-Za-z0-9_]*/.exec(rest)![0];
			const after = rest.slice(name.length);
			const blank = SPACE.exec(after)![0].length;
			operator = after.slice(blank, blank + 1);
			if (operator !== '' && operator !== '?' && operator !== ':') {
				const before = inside.slice(0, inside.length - after.length);
				this.fail(`attribute name syntax error at: "...${before}>>>${after.slice(0, 20)}"`);
			}
			rest = after.slice(blank + 1);
			value = this.context.lookup(name);
		}
		if (operator === '') this.#result(value);
		else this.#conditional(operator, rest, value !== undefined && value !== '');
	}

	#result(value: string | undefined): void {
		if (value === undefined) this.undefinedName = true;
		else if (value === '' || this.scan) return;
		else if (this.context.recursive !== false) this.parse(value);
		else this.out += this.context.filter ? this.context.filter(value) : value;
	}

	/** What stands behind `?` or `:`. */
	#conditional(operator: string, text: string, truth: boolean): void {
		let rest = text;
		if (operator === '?') {
			const [whenTrue, after] = this.#operand(rest);
			if (truth || this.scan) this.parse(whenTrue);
			if (after === '') return;
			if (!after.startsWith(':')) this.fail(`":" expected at: "...${whenTrue}}>>>${after.slice(0, 20)}"`);
			rest = after.slice(1);
		}
		const [whenFalse, after] = this.#operand(rest);
		if (!truth || this.scan) this.parse(whenFalse);
		if (after !== '') this.fail(`unexpected input at: "...${whenFalse}}>>>${after.slice(0, 20)}"`);
	}

	/** `{text}`, or all of the rest. */
	#operand(text: string): [operand: string, rest: string] {
		const start = text.slice(SPACE.exec(text)![0].length);
		return start.startsWith('{') ? this.#braces(start) : [text, ''];
	}

	/** @param text starts with `{`. @returns what is inside, and what follows after white space */
	#braces(text: string): [inside: string, rest: string] {
		let level = 0;
		for (let i = 0; i < text.length; i++) {
			if (text[i] === '{') level++;
			if (text[i] === '}' && --level === 0) {
				const rest = text.slice(i + 1);
				return [text.slice(1, i), rest.slice(SPACE.exec(rest)![0].length)];
			}
		}
		return this.fail(`unbalanced {} in attribute expression: "${text}"`);
	}

	#relation(text: string): [value: string | undefined, rest: string] {
		const [left, afterLeft] = this.#braces(text);
		const operator = /^[<>!=?+\-*/~&|%]*/.exec(afterLeft)![0];
		if (!OPERATORS.includes(operator))
			this.fail(`${OPERATOR_NAMES} expected at: "...${left}}>>>${afterLeft.slice(0, 20)}"`);
		const afterOperator = afterLeft.slice(operator.length);
		const suffix = /^[A-Za-z0-9]*/.exec(afterOperator)![0];
		if (suffix !== '' && suffix !== 'level') this.fail(`bad operator suffix at: "...${operator}>>>${suffix}"`);
		const afterSuffix = afterOperator.slice(suffix.length);
		const start = afterSuffix.slice(SPACE.exec(afterSuffix)![0].length);
		if (!start.startsWith('{'))
			this.fail(`"{expression}" expected at: "...{${left}} ${operator}>>>${afterSuffix.slice(0, 20)}"`);
		const [right, rest] = this.#braces(start);
		const leftText = this.#inner(left);
		const rightText = this.#inner(right);
		if (this.scan) return [undefined, rest];
		const truth =
			suffix === 'level' ? this.#compareLevels(leftText, operator, rightText) : compare(leftText, operator, rightText);
		return [truth ? 'true' : '', rest];
	}

	#inner(text: string): string {
		const inner = new Expansion(this.context, this.scan);
		inner.#depth = this.#depth;
		inner.parse(text);
		if (inner.undefinedName) this.undefinedName = true;
		if (inner.failed) throw new SyntaxError_();
		return inner.out;
	}

	#compareLevels(left: string, operator: string, right: string): boolean {
		const [a, b] = [left, right].map((text) => {
			const level = parseLevel(text);
			return typeof level === 'string' ? this.fail(level) : level;
		});
		return holds(a! - b!, operator);
	}
}

/** The inside of `${…}`, `$(…)` or the name after `$`, and where it ends; null when the bracket is never closed. */
export function referenceAt(value: string, at: number): { inside: string; next: number } | null {
	const open = value[at];
	if (open !== '{' && open !== '(') {
		const name = /^[A-Za-z0-9_]*/.exec(value.slice(at, at + 256))![0];
		return { inside: name, next: at + name.length };
	}
	const close = open === '{' ? '}' : ')';
	let level = 1;
	for (let i = at + 1; i < value.length; i++) {
		if (value[i] === open) level++;
		if (value[i] === close && --level === 0) return { inside: value.slice(at + 1, i), next: i + 1 };
	}
	return null;
}

/** An unsigned long, as strtoul(3) takes it. */
function integer(text: string): bigint {
	const value = BigInt(text);
	if (value > 0xffff_ffff_ffff_ffffn) throw new Fatal(`mac_exp_eval: bad conversion: ${text}`);
	return value;
}

function compare(left: string, operator: string, right: string): boolean {
	if (/^\d+$/.test(left) && /^\d+$/.test(right)) {
		const [a, b] = [integer(left), integer(right)];
		return holds(a < b ? -1 : a > b ? 1 : 0, operator);
	}
	return holds(left < right ? -1 : left > right ? 1 : 0, operator);
}

function holds(difference: number, operator: string): boolean {
	switch (operator) {
		case '==':
			return difference === 0;
		case '!=':
			return difference !== 0;
		case '<':
			return difference < 0;
		case '<=':
			return difference <= 0;
		case '>=':
			return difference >= 0;
		default:
			return difference > 0;
	}
}

export function expand(text: string, context: ExpandContext): Expanded {
	const expansion = new Expansion(context, false);
	expansion.parse(text);
	return { text: expansion.out, error: expansion.failed, undefinedName: expansion.undefinedName };
}

/** Calls `lookup` for every name in the text, both branches of conditions included; nothing is expanded. */
export function scanNames(
	text: string,
	lookup: (name: string) => void,
	warn: (text: string) => void = () => undefined
): void {
	const visit = (name: string): undefined => {
		lookup(name);
	};
	new Expansion({ lookup: visit, warn }, true).parse(text);
}
