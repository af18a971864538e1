/**
 * iptables(8), ip6tables(8) of 1.8.9 in both variants: reads one command line, changes or lists the rules of one table.
 *
 * Reads: the rules of the kernel; files of names when something has to be looked up in them.
 * Lacks: the lock /run/xtables.lock (commands run one after the other here); what -vv shows of the kernel's own form.
 */
import type { Origin, TableName } from '#netfilter/rule';
import type { Main, Sys } from '#kernel/syscalls';
import { print, printError } from '../libc/stdio';
import { time } from '../libc/unistd';
import { parseCommandLine } from './command-line';
import { ending, type Kind } from './command';
import { Draft, Failure } from './draft';
import { commitLegacy, commitNft, readTables } from './kernel';
import { LegacyTable } from './legacy';
import { NameTables } from './names';
import { NftRun } from './nft';
import type { Style } from './print-rule';
import { CommandError, type Request } from './request';
import { isTable } from './variant';

export function iptables(kind: Kind): Main {
	const program = kind.family === 'ip' ? 'iptables' : 'ip6tables';
	return (argv) =>
		ending(kind, program, function* () {
			const tables = new NameTables();
			const origin: Origin = { command: commandText(argv), time: yield* time() };
			const { result: request, warnings } = yield* withWarnings(tables, (warn) =>
				parseCommandLine(argv, { ...kind, names: tables.names, restore: null, warn }, origin)
			);
			yield* printError(warnings);
			yield* kind.variant === 'legacy' ? runLegacy(request, kind, tables) : runNft(request, kind, tables);
			return 0;
		});
}

/** Runs what may look names up; the warnings of its last run alone count. */
export function* withWarnings<T>(
	tables: NameTables,
	task: (warn: (text: string) => void) => T
): Sys<{ readonly result: T; readonly warnings: string }> {
	let warnings = '';
	try {
		const result = yield* tables.with(() => {
			warnings = '';
			return task((text) => (warnings += text));
		});
		return { result, warnings };
	} catch (thrown) {
		// what was said before the end is said all the same
		yield* printError(warnings);
		throw thrown;
	}
}

function commandText(argv: readonly string[]): string {
	return argv.map((word) => (/^[-\w.,:/=+!@%]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)).join(' ');
}

export function plainStyle(kind: Kind, tables: NameTables, warn: (text: string) => void): Style {
	const shown = { numeric: false, verbose: false, exact: false, lineNumbers: false };
	return { ...kind, ...shown, names: tables.names, warn };
}

function* runNft(request: Request, kind: Kind, tables: NameTables): Sys<void> {
	if (!isTable(request.table)) throw new CommandError(`table '${request.table}' does not exist`, 3);
	const there = yield* readTables('nf_tables', kind.family);
	const fresh = (warn: (text: string) => void): NftRun =>
		new NftRun(new Draft(there, 'nf_tables'), plainStyle(kind, tables, warn));
	const run = yield* running(tables, fresh, (one) => one.run([{ job: 'request', request, line: 0 }]));
	if (request.commands.has('list') || request.commands.has('list-rules')) yield* warnOfLegacy(kind, '');
	yield* commitNft(run.draft, kind.family);
}

/** Both variants may hold rules at once, and neither shows the other's. */
export function* warnOfLegacy(kind: Kind, suffix: '' | '-save'): Sys<void> {
	if ((yield* readTables('legacy', kind.family)).length === 0) return;
	const command = kind.family === 'ip' ? 'iptables' : 'ip6tables';
	yield* printError(`# Warning: ${command}-legacy tables present, use ${command}-legacy${suffix} to see them\n`);
}

function* runLegacy(request: Request, kind: Kind, tables: NameTables): Sys<void> {
	const { table } = request;
	const command = kind.family === 'ip' ? 'iptables' : 'ip6tables';
	if (!isTable(table))
		throw new CommandError(
			`can't initialize ${command} table \`${table}': Table does not exist (do you need to insmod?)`,
			3
		);
	const there = yield* readTables('legacy', kind.family, table);
	const fresh = (warn: (text: string) => void): LegacyTable => openLegacy(there, table, kind, tables, warn);
	const run = yield* running(tables, fresh, (one) => one.run(request));
	const errno = yield* commitLegacy(run.draft, kind.family);
	if (errno !== null) throw new Failure('commit', errno);
}

/**
 * Runs `task` on something fresh, again when names were wanted, and prints what it says, even if it fails.
 * @throws what the task throws
 */
export function* running<T extends { readonly text: string }>(
	tables: NameTables,
	fresh: (warn: (text: string) => void) => T,
	task: (run: T) => void
): Sys<T> {
	let run = fresh(() => undefined);
	try {
		const { warnings } = yield* withWarnings(tables, (warn) => {
			run = fresh(warn);
			task(run);
		});
		yield* printError(warnings);
	} finally {
		yield* print(run.text);
	}
	return run;
}

export function openLegacy(
	there: ConstructorParameters<typeof Draft>[0],
	table: TableName,
	kind: Kind,
	tables: NameTables,
	warn: (text: string) => void
): LegacyTable {
	return new LegacyTable(new Draft(there, 'legacy'), table, plainStyle(kind, tables, warn));
}
