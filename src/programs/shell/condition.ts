/**
 * The conditional command [[ … ]]: no splitting, patterns on the right of ==, regular expressions on the right of =~.
 * Regular expressions run on re2js, in time linear to the text; back-references are not simulated.
 */
import { RE2JS } from 're2js';
import type { TestBinaryExpression, TestExpression } from 'unbash';
import type { Sys } from '#kernel/syscalls';
import { CommandFailure } from './control';
import { expandPattern, expandPieces, expandString, JOINED } from './expand/expand';
import { Pattern } from './expand/pattern';
import { BREAK } from './expand/split';
import { arithmeticOperand, compareFiles, compareNumbers, FILE_COMPARISONS, NUMERIC, unaryTest } from './file-tests';
import { tracePrefix } from './xtrace';
import { quoteTrace } from './quote';
import type { Shell } from './shell';
import { IndexedArray, Variable } from './variables';

/** @throws CommandFailure with status 2 for a bad regular expression, 1 for bad arithmetic */
export function* testCondition(shell: Shell, expression: TestExpression): Sys<boolean> {
	switch (expression.type) {
		case 'TestLogical': {
			let value = expression.operator === '&&';
			for (const operand of expression.operands) {
				value = yield* testCondition(shell, operand);
				if (value !== (expression.operator === '&&')) break;
			}
			return value;
		}
		case 'TestNot': {
			const value = yield* testCondition(shell, expression.operand);
			return expression.negations.length % 2 === 1 ? !value : value;
		}
		case 'TestGroup':
			return yield* testCondition(shell, expression.expression);
		case 'TestUnary': {
			const operand = yield* expandString(shell, expression.operand.text);
			yield* traceTest(shell, `${expression.operator} ${quoteTrace(operand)}`);
			return yield* unaryTest(shell, expression.operator, operand);
		}
		case 'TestBinary':
			return yield* binary(shell, expression);
	}
}

function* traceTest(shell: Shell, text: string): Sys<void> {
	if (shell.option('xtrace')) yield* shell.writeError(`${yield* tracePrefix(shell)}[[ ${text} ]]\n`);
}

function* binary(shell: Shell, expression: TestBinaryExpression): Sys<boolean> {
	const { operator } = expression;
	const left = yield* expandString(shell, expression.left.text);
	const raw = expression.right.text;
	if (operator === '=' || operator === '==' || operator === '!=') {
		const pattern = yield* expandPattern(shell, raw);
		yield* traceTest(shell, `${quoteTrace(left)} ${operator} ${pattern === '' ? "''" : pattern}`);
		const matched = new Pattern(pattern, { extglob: true, ignoreCase: shell.shopt('nocasematch') }).matches(left);
		return matched !== (operator === '!=');
	}
	if (operator === '=~') return yield* matchRegex(shell, left, raw);
	const right = yield* expandString(shell, raw);
	yield* traceTest(shell, `${quoteTrace(left)} ${operator} ${quoteTrace(right)}`);
	if (NUMERIC.has(operator))
		return compareNumbers(operator, yield* arithmeticOperand(shell, left), yield* arithmeticOperand(shell, right));
	if (FILE_COMPARISONS.has(operator)) return yield* compareFiles(operator, left, right);
	return operator === '<' ? left < right : left > right;
}

const compiled = new Map<string, RE2JS>();

function* matchRegex(shell: Shell, left: string, raw: string): Sys<boolean> {
	const pieces = yield* expandPieces(shell, raw, 'word', JOINED);
	const regex = pieces
		.map((piece) =>
			piece === BREAK ? ' ' : piece.kind === 'quoted' ? piece.text.replace(/[\\^$.[\]|()?*+{}]/g, '\\$&') : piece.text
		)
		.join('');
	yield* traceTest(shell, `${quoteTrace(left)} =~ ${regex}`);
	const ignoreCase = shell.shopt('nocasematch');
	const key = (ignoreCase ? 'i' : '') + regex;
	let program = compiled.get(key);
	if (program === undefined) {
		try {
			program = RE2JS.compile(fromPosix(regex), ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
		} catch {
			shell.variables.globals.delete('BASH_REMATCH');
			throw new CommandFailure(2);
		}
		if (compiled.size > 200) compiled.clear();
		compiled.set(key, program);
	}
	const matcher = program.matcher(left);
	const found = matcher.find();
	const groups = new IndexedArray();
	if (found) for (let i = 0; i <= matcher.groupCount(); i++) groups.set(i, matcher.group(i) ?? '');
	const variable = new Variable();
	variable.value = groups;
	shell.variables.globals.set('BASH_REMATCH', variable);
	return found;
}

/** A POSIX extended regular expression in RE2's syntax: backslashes in brackets are ordinary, \< \> are word edges. */
function fromPosix(regex: string): string {
	let out = '';
	for (let at = 0; at < regex.length; at++) {
		const c = regex[at]!;
		if (c === '\\') {
			const next = regex[++at];
			if (next === '<' || next === '>') out += '\\b';
			else if (next !== undefined && /[wWsSbB]/.test(next)) out += '\\' + next;
			else if (next !== undefined) out += /[A-Za-z0-9]/.test(next) ? next : '\\' + next;
		} else if (c === '[') {
			let end = at + 1;
			if (regex[end] === '^') end++;
			if (regex[end] === ']') end++;
			while (end < regex.length && regex[end] !== ']') {
				if (regex[end] === '[' && ':.='.includes(regex[end + 1] ?? ' '))
					end = regex.indexOf(regex[end + 1]! + ']', end + 2) + 1 || regex.length;
				end++;
			}
			if (end >= regex.length) throw new Error('unmatched [');
			const body = regex.slice(at + 1, end);
			const negated = body[0] === '^';
			out +=
				'[' +
				(negated ? '^' : '') +
				body.slice(negated ? 1 : 0).replace(/\[:(\w+):\]|\\|^\]|\[/g, (whole, name) => (name ? whole : '\\' + whole)) +
				']';
			at = end;
		} else if (c === '{' && !/^\{\d+(,\d*)?\}/.test(regex.slice(at))) out += '\\{';
		else out += c;
	}
	return out;
}
