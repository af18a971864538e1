/**
 * What the editor shows of a file in iptables-save's form: marks, completion and hover, from the parser that
 * iptables-restore uses and the extensions' own tables. Pure functions of the text and the host's files of names.
 *
 * Does: reads each line as `iptables-restore` (nf_tables) would, and puts the rules on a rule set of its own, so that what
 *       the kernel would refuse in its place is marked too. Names with "6" in the file's name are IPv6.
 */
import { OptionError, type AnyMatch, type AnyTarget, type OptionRow } from '#netfilter/extension';
import { findMatch, MATCHES } from '#netfilter/extensions/matches';
import { findTarget, TARGETS } from '#netfilter/extensions/targets';
import { RuleSet } from '#netfilter/rule-set';
import type { Family, TableName } from '#netfilter/rule';
import type { Services } from '#netfilter/services';
import { BUILT_IN, TABLE_NAMES } from '#netfilter/tables';
import type { Completion, Diagnostic, Hover } from '../editor';
import { parseCommandLine } from './command-line';
import { NameTables } from './names';
import { assertChainName, isVerdict } from './own-options';
import { Answered, CommandError, type Request } from './request';
import { readLine, readRule, splitLines, type PlacedWord } from './restore-text';
import { isTable, errnoText } from './variant';

/** What the editor's questions need beside the text. */
export interface Surroundings {
	readonly family: Family;
	/** of the host's disk; undefined for a file that is not there */
	readonly read: (path: string) => string | undefined;
	/** of the host's firewall: extensions ask it when a rule is put in */
	readonly services: Services;
	/** names of the host's interfaces */
	readonly interfaces: readonly string[];
}

const PROGRAM = 'iptables-restore';
const NO_NAME = 'No chain/target/match by that name';

/* ---- marks ------------------------------------------------------------------------------------------------------- */

export function diagnoseRules(text: string, surroundings: Surroundings): readonly Diagnostic[] {
	return new RulesReader(text, surroundings).diagnostics();
}

class RulesReader {
	readonly #found: Diagnostic[] = [];
	readonly #names: NameTables;
	readonly #rules: RuleSet;
	readonly #lines: readonly string[];
	#number = 0;
	#table: TableName | null = null;
	#announced = new Set<string>();

	constructor(
		text: string,
		readonly surroundings: Surroundings
	) {
		this.#lines = splitLines(text);
		this.#names = new NameTables(surroundings.read);
		this.#rules = new RuleSet('nf_tables', surroundings.family, surroundings.services, () => 0);
	}

	diagnostics(): readonly Diagnostic[] {
		for (const line of this.#lines) {
			this.#number++;
			try {
				this.#read(line);
			} catch (thrown) {
				if (thrown instanceof OptionError) this.#mark(thrown.text);
				else throw thrown;
			}
		}
		if (this.#table) this.#mark(`COMMIT expected at line ${this.#number + 1}`);
		return this.#found;
	}

	#mark(message: string, column = 0, length = this.#lines[this.#number - 1]?.trimEnd().length ?? 0): void {
		const line = Math.max(1, this.#number);
		const end = column + Math.max(1, length);
		this.#found.push({ line, column: column + 1, endLine: line, endColumn: end + 1, severity: 'error', message });
	}

	#read(text: string): void {
		const line = readLine(text, this.#table !== null, false);
		switch (line.kind) {
			case 'commit':
				this.#table = null;
				return;
			case 'table':
				return this.#beginTable(line.table ?? '');
			case 'chain':
				return this.#declareChain(line.chain, line.policy);
			case 'rule':
				if (this.#table) this.#rule(text, this.#table);
				else this.#mark('outside of a table: a line like "*filter" comes before it');
		}
	}

	#beginTable(name: string): void {
		if (!isTable(name)) return this.#mark(`table name '${name}' invalid`);
		this.#table = name as TableName;
		this.#announced = new Set(BUILT_IN[this.#table]);
		this.#rules.apply([{ do: 'add-table', table: this.#table }]);
	}

	#declareChain(chain: string | undefined, policy: string | undefined): void {
		if (chain === undefined) return this.#mark('chain name invalid');
		assertChainName(chain, isVerdict(chain));
		if (policy === undefined) return this.#mark('policy invalid');
		const table = this.#table!;
		if (!(BUILT_IN[table] as readonly string[]).includes(chain)) {
			if (!this.#announced.has(chain)) this.#rules.apply([{ do: 'add-chain', table, chain }]);
			this.#announced.add(chain);
		} else if (policy !== 'ACCEPT' && policy !== 'DROP' && policy !== '-')
			this.#mark('Bad policy name: a built-in chain takes ACCEPT or DROP');
	}

	#rule(text: string, table: TableName): void {
		const { words } = readRule(text.trimEnd(), this.#number);
		const request = this.#parse(words, table);
		if (!request) return;
		const chain = request.chain ?? '';
		if (request.commands.has('new-chain')) {
			this.#announced.add(chain);
			this.#rules.apply([{ do: 'add-chain', table, chain }]);
			return;
		}
		if (chain !== '' && !this.#announced.has(chain)) return this.#markWord(words, chain, NO_NAME);
		const wanted = request.chainWanted;
		if (wanted !== null && !this.#announced.has(wanted))
			return this.#markWord(words, wanted, `Chain '${wanted}' does not exist`);
		if (!request.commands.has('append') && !request.commands.has('insert')) return;
		for (const spec of request.specs) {
			const rule = this.#rules.table(table)?.chains.get(chain)?.rules.length ?? 0;
			const refused = this.#rules.apply([
				{ do: 'add-table', table },
				{ do: 'insert', table, chain, rule, spec }
			]);
			if (refused) return this.#mark(`RULE_APPEND failed (${errnoText(refused.errno)}): rule in chain ${chain}`);
		}
	}

	#parse(words: readonly PlacedWord[], table: TableName): Request | null {
		const argv = [PROGRAM, '-t', table, ...words.map(({ word }) => word)];
		const { family } = this.surroundings;
		const warn = (text: string): void => this.#warn(text.trim());
		const setting = {
			family,
			variant: 'nf_tables',
			names: this.#names.names,
			restore: PROGRAM,
			announced: this.#announced,
			warn
		} as const;
		try {
			return parseCommandLine(argv, setting);
		} catch (thrown) {
			if (thrown instanceof Answered) return null;
			if (!(thrown instanceof CommandError)) throw thrown;
			const message = (thrown.text ?? thrown.bare).trim();
			const at = words[(thrown.word ?? 0) - 3];
			if (at) this.#mark(message, at.column, at.word.length);
			else this.#mark(message);
			return null;
		}
	}

	#markWord(words: readonly PlacedWord[], word: string, message: string): void {
		const at = words.find((one) => one.word === word);
		this.#mark(message, at?.column ?? 0, at ? word.length : undefined);
	}

	#warn(message: string): void {
		this.#mark(message);
		const last = this.#found.pop();
		if (last) this.#found.push({ ...last, severity: 'warning' });
	}
}

/* ---- words under the cursor -------------------------------------------------------------------------------------- */

/** The rule's own options, in our words. */
const OWN: readonly (readonly [letter: string, long: string, text: string])[] = [
	['-A', '--append', 'appends the rule to the end of a chain'],
	['-I', '--insert', 'inserts the rule at a number, or at the beginning'],
	['-D', '--delete', 'deletes a rule, by its number or by what it says'],
	[
		'-s',
		'--source',
		'the sender: an address, or a network with its prefix length; several with commas make several rules'
	],
	['-d', '--destination', 'the receiver: an address, or a network with its prefix length'],
	['-p', '--protocol', 'tcp, udp, icmp or another name of /etc/protocols, a number, or all'],
	['-i', '--in-interface', 'the interface that the packet came in by; eth+ stands for every name that begins with eth'],
	['-o', '--out-interface', 'the interface that the packet will leave by'],
	['-f', '--fragment', 'second and further fragments only'],
	['-m', '--match', 'loads a match, whose options follow'],
	['-j', '--jump', 'the target: what becomes of a packet that matches, or a chain to go through'],
	['-g', '--goto', 'goes to a chain for good: at its end the packet does not come back here'],
	['-c', '--set-counters', 'packets and bytes to begin with']
];

const VERDICT_TEXT: Readonly<Record<string, string>> = {
	ACCEPT: 'the packet passes this table',
	DROP: 'the packet is gone, and its sender is told nothing',
	RETURN: 'back to the chain that jumped here; in a built-in chain, the policy decides',
	QUEUE: 'handed to a program; none reads here'
};

const TABLE_TEXT: Readonly<Record<TableName, string>> = {
	filter: 'decides what passes: INPUT, FORWARD, OUTPUT',
	nat: 'translates addresses; asked for the first packet of a connection only',
	mangle: 'changes packets: marks, TOS, TTL, MSS',
	raw: 'comes before connection tracking',
	security: 'marks for mandatory access control'
};

/** The extensions that a line has loaded before a column: by -m and -j, and by -p the match of that name. */
function loaded(words: readonly PlacedWord[], before: number, family: Family): (AnyMatch | AnyTarget)[] {
	const list: (AnyMatch | AnyTarget)[] = [];
	for (const [at, { word, column }] of words.entries()) {
		if (column >= before) break;
		const next = words[at + 1]?.word ?? '';
		const found =
			word === '-m' || word === '--match' || word === '-p' || word === '--protocol'
				? findMatch(next, family)
				: word === '-j' || word === '--jump'
					? findTarget(next, family)
					: undefined;
		if (found) list.push(found);
	}
	return list;
}

function wordsOf(line: string): readonly PlacedWord[] {
	try {
		return readRule(line, 0).words;
	} catch (thrown) {
		if (thrown instanceof OptionError) return [];
		throw thrown;
	}
}

const CHAINS = /^:(\S+)/;

function chainsOf(lines: readonly string[], upTo: number): string[] {
	let table: TableName = 'filter';
	const declared: string[] = [];
	for (const [at, line] of lines.entries()) {
		if (line.startsWith('*')) {
			if (at > upTo) break;
			table = line.slice(1).trim() as TableName;
			declared.length = 0;
		}
		const chain = CHAINS.exec(line)?.[1];
		if (chain) declared.push(chain);
	}
	return [...new Set([...(isTable(table) ? BUILT_IN[table] : []), ...declared])];
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

export function completeRules(
	text: string,
	line: number,
	column: number,
	surroundings: Surroundings
): readonly Completion[] {
	const lines = splitLines(text).map((each) => each.replace(/\n$/, ''));
	const before = (lines[line - 1] ?? '').slice(0, column - 1);
	if (before.startsWith('*')) return TABLE_NAMES.map((name) => completion(name, 'value', 'table', TABLE_TEXT[name]));
	if (before.startsWith(':'))
		return /\s/.test(before)
			? ['ACCEPT', 'DROP', '-'].map((name) =>
					completion(name, 'value', 'policy', VERDICT_TEXT[name] ?? 'a chain of your own has none')
				)
			: chainsOf(lines, line - 1).map((name) => completion(name, 'value', 'chain', ''));
	const words = wordsOf(before);
	const typing = before.endsWith(' ') || before === '' ? '' : (words.at(-1)?.word ?? '');
	const previous = words.at(typing === '' ? -1 : -2)?.word ?? '';
	const answer = VALUES[previous]?.(lines, line - 1, surroundings);
	if (answer) return answer;
	if (words.length === 0 || (words.length === 1 && typing !== ''))
		return OWN.slice(0, 3).map(([letter, long, help]) => completion(letter, 'parameter', long, help));
	return optionsFor(words, column, surroundings.family);
}

/** What may stand behind an option of the rule itself. */
const VALUES: Readonly<Record<string, (lines: readonly string[], at: number, around: Surroundings) => Completion[]>> = {
	'-A': (lines, at) => chainsOf(lines, at).map((name) => completion(name, 'value', 'chain', '')),
	'-I': (lines, at) => chainsOf(lines, at).map((name) => completion(name, 'value', 'chain', '')),
	'-g': (lines, at) => chainsOf(lines, at).map((name) => completion(name, 'value', 'chain', '')),
	'-m': (_lines, _at, { family }) => extensionsOf(MATCHES, family, 'match'),
	'-p': () => ['tcp', 'udp', 'icmp', 'all'].map((name) => completion(name, 'value', 'protocol', '')),
	'-i': (_lines, _at, { interfaces }) => interfaces.map((name) => completion(name, 'value', 'interface', '')),
	'-o': (_lines, _at, { interfaces }) => interfaces.map((name) => completion(name, 'value', 'interface', '')),
	'-j': (lines, at, { family }) => [
		...Object.entries(VERDICT_TEXT).map(([name, help]) => completion(name, 'value', 'target', help)),
		...chainsOf(lines, at).map((name) => completion(name, 'value', 'chain', '')),
		...extensionsOf(TARGETS, family, 'target')
	]
};

function extensionsOf(all: readonly (AnyMatch | AnyTarget)[], family: Family, detail: string): Completion[] {
	return all
		.filter(({ families }) => families.includes(family))
		.map(({ name, summary }) => completion(name, 'value', detail, summary));
}

function optionsFor(words: readonly PlacedWord[], column: number, family: Family): Completion[] {
	const own = OWN.slice(3).map(([letter, long, help]) => completion(letter, 'parameter', long, help));
	const extra = loaded(words, column, family).flatMap(({ name, options }) =>
		options.map((row) => completion(`--${row.name}`, 'parameter', name, helpOf(row)))
	);
	return [...extra, ...own];
}

function completion(label: string, kind: Completion['kind'], detail: string, documentation: string): Completion {
	return { label, kind, insert: label, detail, documentation };
}

/* ---- hover ------------------------------------------------------------------------------------------------------- */

export function hoverRules(text: string, line: number, column: number, surroundings: Surroundings): Hover | null {
	const shown = splitLines(text)[line - 1]?.trimEnd() ?? '';
	const words = shown.startsWith('*') ? [{ word: shown.slice(1), column: 1 }] : wordsOf(shown);
	const at = words.findIndex((each) => column - 1 >= each.column && column - 1 < each.column + each.word.length);
	const placed = words[at];
	if (!placed) return null;
	const paragraphs = describe(words, at, shown, surroundings.family);
	if (!paragraphs) return null;
	const place = { line, column: placed.column + 1, endLine: line, endColumn: placed.column + placed.word.length + 1 };
	return { ...place, paragraphs };
}

function describe(words: readonly PlacedWord[], at: number, line: string, family: Family): string[] | null {
	const { word, column } = words[at]!;
	if (line.startsWith('*')) return isTable(word) ? [`table ${word}`, TABLE_TEXT[word as TableName]] : null;
	const own = OWN.find(([letter, long]) => letter === word || long === word);
	if (own) return [`${own[0]}, ${own[1]}`, own[2]];
	const previous = words[at - 1]?.word;
	if (previous === '-j' && VERDICT_TEXT[word] !== undefined) return [word, VERDICT_TEXT[word]];
	const extension =
		previous === '-m' ? findMatch(word, family) : previous === '-j' ? findTarget(word, family) : undefined;
	if (extension) return [extension.name, extension.summary, ...notes(extension)];
	if (!word.startsWith('--')) return null;
	for (const each of loaded(words, column, family)) {
		const row = each.options.find(({ name }) => `--${name}` === word);
		if (row) return [`${word} (${each.name})`, helpOf(row), ...(row.invert ? ['A ! before it turns it round.'] : [])];
	}
	return null;
}

function notes({ notSimulated }: AnyMatch | AnyTarget): string[] {
	return notSimulated === undefined ? [] : [`Not simulated: ${notSimulated}`];
}

const helpOf = (row: OptionRow): string => row.help ?? '';
