/**
 * iptables-restore(8) of 1.8.9: reads what iptables-save wrote and puts it in place table by table, each as a whole or
 * not at all.
 *
 * Reads: the file named, or standard input.
 * The nf_tables variant looks at a table's lines one by one and does them at its COMMIT; legacy does each at once on its
 * copy of the table.
 */
import { OptionError } from '#netfilter/extension';
import type { Origin, TableName } from '#netfilter/rule';
import { BUILT_IN } from '#netfilter/tables';
import { byteLength } from '#netfilter/text';
import { decode } from '#kernel/text';
import type { Main, Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { print, printError, readAll, readFile, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { time } from '../libc/unistd';
import { parseCommandLine, type Setting } from './command-line';
import { ending, Exit, programName, type Kind } from './command';
import { Draft, Failure } from './draft';
import { openLegacy, plainStyle, running, withWarnings } from './iptables';
import { commitLegacy, commitNft, readTables } from './kernel';
import type { LegacyTable } from './legacy';
import { NameTables } from './names';
import { NftRun, type Job } from './nft';
import { assertChainName, isVerdict, NAME_LIMIT, scanWait } from './own-options';
import { Answered, CommandError, type Request } from './request';
import { readLine, readRule, splitLines, type Line } from './restore-text';
import { complaint, isTable, VERSION } from './variant';

interface Options {
	readonly counters: boolean;
	readonly verbose: number;
	readonly test: boolean;
	readonly noflush: boolean;
	/** -T */
	readonly table: string | undefined;
	readonly file: string | undefined;
}

const USAGE: Readonly<Record<Kind['variant'], readonly [first: string, rest: readonly string[]]>> = {
	nf_tables: [
		'[-c] [-v] [-V] [-t] [-h] [-n] [-T table] [-M command] [-4] [-6] [file]',
		[
			'--counters',
			'--verbose',
			'--version]',
			'--test',
			'--help',
			'--noflush',
			'--table=<TABLE>',
			'--modprobe=<command>',
			'--ipv4',
			'--ipv6'
		]
	],
	legacy: [
		'[-c] [-v] [-V] [-t] [-h] [-n] [-w secs] [-W usecs] [-T table] [-M command] [file]',
		[
			'--counters',
			'--verbose',
			'--version]',
			'--test',
			'--help',
			'--noflush',
			'--wait=<seconds>\n',
			'--table=<TABLE>',
			'--modprobe=<command>'
		]
	]
};
const TABLE = new OptionTable([
	'c|counters', 'v|verbose', 'V|version', 't|test', 'h|help', 'n|noflush', 'M|modprobe=', 'T|table=', '4|ipv4', '6|ipv6',
	'w|wait=?', 'W|wait-interval=?', 'b'
]); // prettier-ignore

function usage(program: string, kind: Kind): string {
	const [first, rest] = USAGE[kind.variant];
	const line = (option: string): string =>
		`\t   [ ${option.endsWith(']') || option.endsWith('\n') ? option.trimEnd() : `${option} ]`}\n`;
	return `Usage: ${program} ${first}\n${rest.map(line).join('')}`;
}

export function iptablesRestore(kind: Kind): Main {
	return (argv) => {
		const program = programName(argv, kind, '-restore');
		const restore: { current: Restore | null } = { current: null };
		return ending(
			kind,
			program,
			function* () {
				const options = yield* readOptions(argv, program, kind);
				const text = yield* readInput(options.file);
				restore.current = new Restore(kind, program, options);
				return yield* restore.current.run(splitLines(text));
			},
			() => restore.current?.line ?? 0
		);
	};
}

function* readInput(file: string | undefined): Sys<string> {
	if (file === undefined) return decode(yield* readAll(STDIN));
	try {
		return decode(yield* readFile(file));
	} catch (thrown) {
		throw new Exit(1, `Can't open ${file}: ${strerror(errnoOf(thrown))}\n`);
	}
}

/** -w and -W take the word behind them if it is none of "-x" and "!". */
function withoutWait(argv: readonly string[]): { readonly words: string[]; readonly waits: string[] } {
	const waits: string[] = [];
	const words = argv.filter((word, i) => {
		const waited = i > 1 && /^(-[a-zA-Z]*[wW]|--wait\S*)$/.test(argv[i - 1]!) && !argv[i - 1]!.includes('=');
		if (!waited || /^[-!]/.test(word)) return true;
		waits.push(word);
		return false;
	});
	return { words, waits };
}

function* readOptions(argv: readonly string[], program: string, kind: Kind): Sys<Options> {
	const { words, waits } = withoutWait(argv);
	try {
		const options = getopt(words, TABLE);
		if (options.has('b')) yield* printError('-b/--binary option is not implemented\n');
		if (options.has('version')) throw new Answered(`${program} v${VERSION} (${kind.variant})\n`);
		if (options.has('help')) throw new Exit(0, usage(program, kind));
		if (options.operands.length > 1) throw new Exit(1, 'Unknown arguments found on commandline\n');
		if (kind.variant === 'legacy') for (const wait of waits.slice(0, 1)) checkWait(wait);
		return {
			counters: options.has('counters'),
			verbose: options.count('verbose'),
			test: options.has('test'),
			noflush: options.has('noflush'),
			table: options.get('table'),
			file: options.operands[0]
		};
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		throw new Exit(1, `${argv[0]!}: ${thrown.message}\nTry \`${program} -h' for more information.\n`);
	}
}

function checkWait(text: string): void {
	try {
		scanWait(text);
	} catch (thrown) {
		throw thrown instanceof OptionError ? new CommandError(thrown.text, 2) : thrown;
	}
}

class Restore {
	line = 0;
	#jobs: Job[] = [];
	#legacy: LegacyTable | null = null;
	#table: string | null = null;
	#inTable = false;
	readonly #announced = new Set<string>();
	readonly #names = new NameTables();
	/** of the rule that is being read, for standard error */
	#warnings = '';
	readonly #setting: Setting;

	constructor(
		readonly kind: Kind,
		readonly program: string,
		readonly options: Options
	) {
		const warn = (text: string): void => void (this.#warnings += text);
		const { names } = this.#names;
		this.#setting = { ...kind, names, restore: program, announced: this.#announced, warn };
	}

	*run(lines: readonly string[]): Sys<number> {
		const now = yield* time();
		for (const text of lines) {
			this.line++;
			const line = readLine(text, this.#inTable, this.kind.variant === 'legacy');
			if (line.kind === 'empty') continue;
			if (line.kind === 'comment') {
				if (this.options.verbose > 0) yield* print(text);
				continue;
			}
			try {
				yield* this.#read(line, now);
			} catch (thrown) {
				if (thrown instanceof OptionError) throw new CommandError(thrown.text, thrown.kind === 'other' ? 1 : 2);
				throw thrown;
			}
		}
		if (!this.#inTable) return 0;
		throw new Exit(1, `${this.program}: COMMIT expected at line ${this.line + 1}\n`);
	}

	/** -T names another table than this one */
	get #skipped(): boolean {
		const { table } = this.options;
		return table !== undefined && this.#table !== null && table !== this.#table;
	}

	*#read(line: Line, now: number): Sys<void> {
		if (line.kind === 'commit') return yield* this.#commit();
		if (line.kind === 'table') return yield* this.#beginTable(line.table);
		if (line.kind === 'chain') return yield* this.#declareChain(line.chain, line.policy, line.counters);
		if (line.kind !== 'rule') return;
		if (this.#inTable) return yield* this.#readRule(line.text, now);
		if (!this.#skipped) throw new Exit(1, `${this.program}: line ${this.line} failed\n`);
	}

	*#beginTable(table: string | undefined): Sys<void> {
		if (table === undefined) throw new OptionError(`${this.program}: line ${this.line} table name invalid`);
		const { variant, family } = this.kind;
		if (variant === 'nf_tables' && !isTable(table))
			throw new OptionError(`${this.program}: line ${this.line} table name '${table}' invalid`);
		this.#table = table;
		if (this.#skipped) return;
		if (!isTable(table)) throw new OptionError(`${this.program}: unable to initialize table '${table}'`);
		this.#inTable = true;
		if (variant === 'nf_tables') {
			const verbose = this.options.verbose > 0;
			if (!this.options.noflush) this.#jobs.push({ job: 'flush-table', table, verbose, line: this.line });
			return;
		}
		const there = yield* readTables('legacy', family, table);
		this.#legacy = openLegacy(there, table, this.kind, this.#names, () => undefined);
		if (this.options.noflush) return;
		const verbose = this.options.verbose > 0;
		this.#legacy.flushAll(verbose);
		this.#legacy.deleteChains(null, verbose);
		yield* this.#say();
	}

	/** What the legacy table has to say by now. */
	*#say(): Sys<void> {
		const table = this.#legacy!;
		yield* print(table.text);
		table.text = '';
	}

	/* ---- ":INPUT ACCEPT [0:0]" */

	*#declareChain(chain: string | undefined, policy: string | undefined, counters: string | undefined): Sys<void> {
		const where = `${this.program}: line ${this.line}`;
		if (chain === undefined) throw new OptionError(`${where} chain name invalid`);
		if (this.kind.variant === 'legacy') return this.#declareLegacy(chain, policy, counters);
		this.#announced.add(chain);
		assertChainName(chain, isVerdict(chain));
		if (policy === undefined) throw new OptionError(`${where} policy invalid`);
		const table = this.#table as TableName;
		const { line } = this;
		if (!(BUILT_IN[table] as readonly string[]).includes(chain)) {
			this.#jobs.push({ job: 'restore-chain', table, chain, line });
			return;
		}
		const { packets, bytes } = this.#policyCounters(chain, counters) ?? { packets: 0, bytes: 0 };
		this.#jobs.push({ job: 'set-chain', table, chain, policy, packets, bytes, line });
		yield* [];
	}

	#declareLegacy(chain: string, policy: string | undefined, counters: string | undefined): void {
		const table = this.#legacy!;
		if (byteLength(chain) >= NAME_LIMIT)
			throw new OptionError(`Invalid chain name \`${chain}' (${NAME_LIMIT - 1} chars max)`);
		const there = table.draft.chain(table.table, chain);
		if (there && !there.hook && this.options.noflush) table.flushChain(chain);
		else if (!there?.hook)
			this.#named(
				() => table.newChain(chain),
				(errno) => `error creating chain '${chain}':${strerror(errno as never)}`
			);
		if (policy === undefined) throw new OptionError(`${this.program}: line ${this.line} policy invalid`);
		if (policy !== '-') {
			const given = this.#policyCounters(chain, counters) ?? undefined;
			this.#named(
				() => table.setPolicy(chain, policy, given),
				(errno) => {
					const words = complaint('legacy', 'policy', errno);
					throw new OptionError(`Can't set policy \`${policy}' on \`${chain}' line ${this.line}: ${words}`, 'other');
				}
			);
		}
		this.#announced.add(chain);
	}

	#named(task: () => void, words: (errno: string) => string): void {
		try {
			task();
		} catch (thrown) {
			throw thrown instanceof Failure ? new OptionError(words(thrown.errno)) : thrown;
		}
	}

	/** They count with -c alone. */
	#policyCounters(chain: string, text: string | undefined): { packets: number; bytes: number } | null {
		if (!this.options.counters) return null;
		const numbers = /^\[\s*\+?(\d+):\s*\+?(\d+)/.exec(text ?? '');
		if (!numbers) throw new OptionError(`invalid policy counters for chain '${chain}'`);
		return { packets: Number(numbers[1]), bytes: Number(numbers[2]) };
	}

	/* ---- "-A INPUT -j ACCEPT" */

	*#readRule(text: string, now: number): Sys<void> {
		const { counters: withCounters, verbose, noflush } = this.options;
		const { counters, words } = readRule(text, this.line);
		const table = this.#table!;
		const argv = [this.program, '-t', table];
		if (!noflush) for (let i = 0; i < verbose; i++) argv.push('-v');
		if (withCounters && counters) argv.push('--set-counters', ...counters);
		for (const { word } of words) argv.push(word);
		const origin: Origin = { command: text.trim(), line: this.line, time: now, path: this.options.file };
		const request = yield* this.#parse(argv, origin);
		if (this.kind.variant === 'nf_tables') this.#jobs.push({ job: 'request', request, line: this.line });
		else yield* this.#runLegacy(request);
	}

	/** As `withWarnings`, with one setting for all lines. */
	*#parse(argv: readonly string[], origin: Origin): Sys<Request> {
		try {
			return yield* this.#names.with(() => {
				this.#warnings = '';
				return parseCommandLine(argv, this.#setting, origin);
			});
		} finally {
			if (this.#warnings !== '') yield* printError(this.#warnings);
		}
	}

	*#runLegacy(request: Request): Sys<void> {
		const table = this.#legacy!;
		try {
			const { warnings } = yield* withWarnings(this.#names, (warn) => {
				table.style = plainStyle(this.kind, this.#names, warn);
				table.run(request);
			});
			yield* printError(warnings);
		} catch (thrown) {
			yield* this.#say();
			if (thrown instanceof Failure) throw new Exit(1, `${this.program}: line ${this.line} failed\n`);
			throw thrown;
		}
		yield* this.#say();
	}

	/* ---- COMMIT */

	*#commit(): Sys<void> {
		this.#inTable = false;
		if (this.kind.variant === 'legacy') {
			const table = this.#legacy!;
			this.#legacy = null;
			if (this.options.test) return;
			const errno = yield* commitLegacy(table.draft, this.kind.family);
			if (errno !== null) throw new Exit(1, `${this.program}: line ${this.line} failed\n`);
			return;
		}
		const jobs = this.#jobs;
		this.#jobs = [];
		if (!this.options.test) yield* this.#commitNft(jobs);
	}

	*#commitNft(jobs: readonly Job[]): Sys<void> {
		const there = yield* readTables('nf_tables', this.kind.family);
		const fresh = (warn: (text: string) => void): NftRun =>
			new NftRun(new Draft(there, 'nf_tables'), plainStyle(this.kind, this.#names, warn));
		let line = 0;
		try {
			const run = yield* running(this.#names, fresh, (one) => {
				try {
					one.run(jobs);
				} finally {
					line = one.line;
				}
			});
			yield* commitNft(run.draft, this.kind.family);
		} catch (thrown) {
			if (!(thrown instanceof Failure)) throw thrown;
			const words = complaint('nf_tables', thrown.doing, thrown.errno);
			throw new Exit(1, `${this.program}: line ${line} failed: ${words}.\n`);
		}
	}
}
