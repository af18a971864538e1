import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { SyntaxFailure, type Failure } from './failure';
import { Recognizer } from './recognizer';

function failureOf(text: string, dialect: 'bash' | 'dash' = 'bash'): Failure | null {
	const recognizer = new Recognizer(text, 0, { dialect });
	try {
		while (recognizer.line());
		return null;
	} catch (thrown) {
		if (thrown instanceof SyntaxFailure) return thrown.failure;
		throw thrown;
	}
}

describe('complete lines', () => {
	it.each([
		'echo a b > f 2>&1\n',
		'a=(1 [2]=x "b c") b[1]+=z cmd\n',
		'if true; then a; elif b; then c; else d; fi | cat\n',
		'for ((i=0;i<3;i++)); do :; done\n',
		'case $x in (a|b) c;; *) d;& esac\n',
		'f() { ls; } > x\n',
		'[[ $a == b* && ( -f x || ! $b =~ ^(a|b)$ ) ]]\n',
		'cat <<A; cat <<B\n1\nA\n2\nB\n',
		'echo $(case a in a) echo b;; esac) "$(echo ")")" ${x:-"}"}\n',
		'x=$((1 << 2)) y=$( (a) ); ((x++))\n',
		'time ! a && { b; } &\n'
	])('%s', (text) => expect(failureOf(text)).toBeNull());
});

describe('the token that does not fit', () => {
	it.each([
		['echo a || || b\n', '||'],
		['if; then\n', ';'],
		['for i in 1 2; echo $i; done\n', 'echo'],
		['f() echo\n', 'echo'],
		['echo >\n', 'newline'],
		['while true; do done\n', 'done'],
		['a=(1 2))\n', ')'],
		['echo a=(1)\n', '('],
		['case x in a echo;; esac\n', 'echo'],
		['x=$(if true)\n', ')']
	])('%s: %s', (text, token) => expect(failureOf(text)).toMatchObject({ kind: 'token', token }));
});

describe('the end of the text', () => {
	it.each([
		["echo 'a\n", "'"],
		['echo "a\n', '"'],
		['echo ${a\n', '}'],
		['echo `a\n', '`'],
		['echo $(a\n', ')']
	])('%s wants %s', (text, wanted) => expect(failureOf(text)).toMatchObject({ kind: 'matching', wanted }));
	it.each(['if true\n', '{ a\n', 'a &&\n', 'case x in\n'])('%s', (text) =>
		expect(failureOf(text)).toMatchObject({ kind: 'eof' })
	);
});

it('ends on any text', () => {
	const pieces = fc.constantFrom(
		'a',
		' ',
		'\n',
		';',
		'(',
		')',
		'{',
		'}',
		'$(',
		'${',
		'"',
		"'",
		'`',
		'<<E',
		'|',
		'&',
		'if',
		'then',
		'fi',
		'[[',
		']]',
		'case',
		'esac',
		'\\',
		'=',
		'#'
	);
	fc.assert(
		fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => void failureOf(parts.join(''))),
		{ numRuns: 300 }
	);
});
