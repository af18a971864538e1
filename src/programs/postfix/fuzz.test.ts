/**
 * Nothing that a learner or a client writes makes the parsers throw, hang or grow: main.cf, master.cf, all table formats,
 * SMTP commands. FUZZ_RUNS draws more examples than a usual run (CONTRIBUTING.md).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitItems, parseMainCf } from './main-cf';
import { parseMasterCf } from './master-cf';
import { Fatal } from './errors';
import { expand } from './expand';
import { parseCidrPattern } from './dict/cidr-pattern';
import { openCidr } from './dict/cidr';
import { OpenFailure } from './dict';
import { openRegexp } from './dict/regexp';
import { openInline, openStatic } from './dict/simple';
import { parseTable } from './dict/table-file';
import { parseEndpoint } from './smtpd/policy';
import { words, xtextDecode } from './smtpd/syntax';
import { addressesIn, internalize, parse, quote822 } from './tok822';

const runs = Number(process.env.FUZZ_RUNS ?? 200);
/** milliseconds */
const PATIENCE = 600_000;

/** Pieces that the formats are made of, and anything else. */
const piece = fc.oneof(
	{ weight: 5, arbitrary: fc.constantFrom(...'={}[]()<>"\'\\/,;:#$@!|.*+?^-_ \t\n\r\0'.split('')) },
	{
		weight: 3,
		arbitrary: fc.constantFrom(
			'${',
			'$(',
			'if ',
			'endif',
			'/a/',
			'!/b/i ',
			' -o ',
			'smtp inet n - n - - smtpd',
			'level',
			'10.0.0.0/8',
			'::1/64',
			'==',
			'>=',
			'FROM:<',
			'SIZE=',
			'\ud800',
			'\udc80',
			'é'
		)
	},
	{ weight: 2, arbitrary: fc.string({ maxLength: 12 }) },
	{ weight: 1, arbitrary: fc.constant('a'.repeat(3000)) }
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

/** Runs a body that may refuse, in Postfix's own ways alone. */
function mayRefuse(body: () => unknown): void {
	try {
		body();
	} catch (thrown) {
		if (!(thrown instanceof Fatal || thrown instanceof OpenFailure)) throw thrown;
	}
}

/** A generator that makes no system call. */
function finish<T>(body: Generator<unknown, T>): T {
	const step = body.next();
	expect(step.done).toBe(true);
	return step.value as T;
}

const PARSERS: readonly (readonly [name: string, run: (text: string) => unknown])[] = [
	['main.cf', (given) => parseMainCf(given, 'main.cf', () => undefined)],
	['lists', (given) => splitItems(given)],
	[
		'values',
		(given) => {
			const { text: out } = expand(given, {
				lookup: (name) => (name === 'a' ? given.slice(0, 50) : ''),
				warn: () => undefined
			});
			expect(out.length).toBeLessThan(4_000_000);
		}
	],
	['master.cf', (given) => parseMasterCf(given, 'master.cf')],
	[
		'tables',
		(given) =>
			parseTable(
				given,
				't',
				() => undefined,
				'',
				() => undefined
			)
	],
	['address patterns', (given) => parseCidrPattern(given)],
	['cidr', (given) => finish(openCidr(`{${given}}`, { inline: true }, () => undefined) as Generator<unknown, unknown>)],
	['inline', (given) => openInline(`{${given}}`, {})],
	['static', (given) => openStatic(given)],
	['policy services', (given) => parseEndpoint(given)],
	['SMTP words', (given) => words(given).forEach(({ text: word }) => xtextDecode(word))],
	['addresses', (given) => addressesIn(parse(given)).forEach((token) => quote822(internalize(token.tokens)))]
];

describe('what is written wrongly', { timeout: PATIENCE }, () => {
	it.each(PARSERS)('%s: is refused in words', (_name, run) => {
		fc.assert(
			fc.property(text, (given) => mayRefuse(() => run(given))),
			{ numRuns: runs }
		);
	});

	it.each(['regexp', 'pcre'] as const)('%s: is refused in words, and a look-up ends', (kind) => {
		fc.assert(
			fc.property(text, fc.string({ maxLength: 40 }), (given, key) => {
				mayRefuse(() => {
					const open = openRegexp(kind, `{${given}}`, { inline: true }, () => undefined, {});
					const dict = finish(open as Generator<unknown, { lookup(key: string): Generator<unknown, unknown> }>);
					finish(dict.lookup(key));
				});
			}),
			{ numRuns: runs }
		);
	});
});
