import { describe, expect, it } from 'vitest';
import { expand } from './expand';

const values: Record<string, string> = {
	myhostname: 'halo.example.org',
	mydomain: 'example.org',
	relayhost: '',
	compatibility_level: '3.6',
	a: '$b',
	b: 'B',
	x1: '$x2',
	x2: '$x1'
};

function run(text: string): { text: string; warnings: string[]; error: boolean } {
	const warnings: string[] = [];
	const result = expand(text, { lookup: (name) => values[name], warn: (what) => warnings.push(what) });
	return { text: result.text, error: result.error, warnings };
}

describe('expand', () => {
	it.each([
		['$myhostname', 'halo.example.org'],
		['$(myhostname) ${mydomain}local', 'halo.example.org example.orglocal'],
		['$$myhostname', '$myhostname'],
		['$a', 'B'],
		['${relayhost:unset}', 'unset'],
		['${relayhost?{via}}', ''],
		['${relayhost?{via $relayhost}:{direct}}', 'direct'],
		['${{$myhostname} == {halo.example.org}?yes:no}', 'yes:no'],
		['${{$compatibility_level} <level {3.10} ? {old} : {new}}', 'old'],
		['${{10} > {9}?{numeric}:{text}}', 'numeric']
	])('%s', (text, expected) => {
		expect(run(text)).toEqual({ text: expected, warnings: [], error: false });
	});

	it('ends a loop as Postfix does', () => {
		expect(run('$x1')).toMatchObject({ error: true, warnings: ['unreasonable macro call nesting: "x2"'] });
	});
});
