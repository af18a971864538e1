/** The options of postconf, which exclude and which go with which (postconf.c). */
import { getopt, OptionTable, UsageError } from '../../libc/getopt';
import type { Sys } from '#kernel/syscalls';
import { Fatal, type Messages } from '../errors';
import type { NameClass } from './names';

const LETTERS = 'aAbCdefFhHlmMnopPtTxX#';
const TABLE = new OptionTable([
	'a',
	'A',
	'b',
	'c=',
	'C=',
	'd',
	'e',
	'E',
	'f',
	'F',
	'h',
	'H',
	'l',
	'm',
	'M',
	'n',
	'o=',
	'p',
	'P',
	't',
	'T=',
	'v',
	'x',
	'X',
	'#'
]);

const USAGE =
	'[-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] [-p (main.cf, default)] [-P (master.cf parameters)] [-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms] [-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]';

const MAJOR = 'aAblmtpMFPT';

/** Of each set at most one. */
const EXCLUSIVE = [MAJOR, 'den#X', 'fe#X', 'xe#X', 'ode#X', 'he#XH'];

/** An option and those that may stand beside it. */
const COMPATIBLE: readonly (readonly [string, string])[] = [
	['a', ''],
	['A', ''],
	['b', ''],
	['l', ''],
	['m', ''],
	['T', ''],
	['t', ''],
	['p', 'eX#fhCxdnoH'],
	['M', 'eX#fox'],
	['F', 'efhoxH'],
	['P', 'eXfhoxH'],
	['C', 'pdn']
];

export interface PostconfOptions {
	readonly given: ReadonlySet<string>;
	readonly operands: readonly string[];
	readonly overrides: readonly string[];
	readonly directory: string | undefined;
	readonly classes: ReadonlySet<NameClass>;
	readonly tls: string | undefined;
}

const list = (letters: string): string =>
	[...LETTERS]
		.filter((letter) => letters.includes(letter))
		.map((letter) => `-${letter}`)
		.join(' ');

function classesOf(text: string): Set<NameClass> {
	const found = new Set<NameClass>();
	for (const name of text.split(/[,\s]+/).filter((word) => word !== '')) {
		const lower = name.toLowerCase();
		if (lower === 'all') ['builtin', 'service', 'user'].forEach((kind) => found.add(kind as NameClass));
		else if (lower === 'builtin' || lower === 'service' || lower === 'user') found.add(lower);
		else throw new Fatal(`unknown -C option value "${name}" in "${text}"`);
	}
	return found;
}

export function* readOptions(argv: readonly string[], messages: Messages): Sys<PostconfOptions> {
	let parsed;
	try {
		parsed = getopt(argv, TABLE, { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* messages.plain(thrown.message);
		throw new Fatal(`usage: ${argv[0]} ${USAGE}`);
	}
	const given = new Set(parsed.options.map((option) => option.name).filter((name) => LETTERS.includes(name)));
	const { operands } = parsed;
	if (parsed.count('T') > 1) throw new Fatal('At most one -T <mode> option may be specified');
	if (given.has('b') && given.has('t')) throw new Fatal('specify one of -b and -t');
	const classes = classesOf(parsed.get('C') ?? 'all');
	if (![...MAJOR].some((letter) => given.has(letter))) given.add('p');
	if ([...'pMFP'].some((letter) => given.has(letter)) && operands[0]?.includes('=')) given.add('e');
	for (const set of EXCLUSIVE) {
		const both = [...set].filter((letter) => given.has(letter));
		if (both.length > 1) throw new Fatal(`specify one of ${list(both.join(''))}`);
	}
	for (const [option, beside] of COMPATIBLE) {
		if (!given.has(option)) continue;
		const excess = [...given].filter((letter) => letter !== option && !beside.includes(letter));
		if (excess.length > 0) throw new Fatal(`with option -${option}, do not specify ${list(excess.join(''))}`);
	}
	if (given.has('e') && operands.length === 0) throw new Fatal('-e requires name=value argument');
	return { given, operands, overrides: parsed.all('o'), directory: parsed.get('c'), classes, tls: parsed.get('T') };
}
