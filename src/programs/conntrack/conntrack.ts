/**
 * conntrack(8) of conntrack-tools 1.4.7: shows and changes the table of tracked connections, and listens to it.
 *
 * Does: -L -G -D -I -A -U -E -F -C -S -R for connections; -L, -F and -C for expectations. All selections, and the outputs
 *       extended, id, timestamp, ktimestamp, xml and save.
 * Trusts: the kernel for who may (root), and for ids.
 * Not simulated: expectations made or removed by hand, labels, security marks, IPv6 (its table is empty), the dying and
 *       unconfirmed lists (always empty when somebody can look), zones of one direction.
 */
import type { ConntrackEntry, ConntrackEvent, ExpectationEvent } from '#netfilter/conntrack/entry';
import { toolLine } from '#netfilter/conntrack/text';
import { sameTuple } from '#netfilter/conntrack/tuple';
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import { print, printError, readText } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import {
	conntrackCreate,
	conntrackDelete,
	conntrackEvents,
	conntrackExpectations,
	conntrackFlush,
	conntrackList,
	conntrackStatistics,
	conntrackUpdate,
	read,
	signal,
	takeSignals
} from '../libc/unistd';
import { expectLine, saveLine, XML_HEAD, xmlExpectation, xmlFlow } from './formats';
import { CommandError, parseCommandLine, type Command, type CommandLine } from './options';
import { change, draft, number, selection, tuples } from './select';
import { USAGE } from './usage';

const NAME = 'conntrack v1.4.7 (conntrack-tools)';
const TRY = "Try `conntrack -h' or 'conntrack --help' for more information.\n";
const MEGABYTE = 1 << 20;

export const conntrack: Main = function* (argv) {
	try {
		const line = parseCommandLine(argv.slice(1));
		for (const warning of line.warnings) yield* printError(`${warning}\n`);
		return yield* run(line);
	} catch (thrown) {
		if (thrown instanceof CommandError) {
			yield* printError(`${NAME}: ${thrown.message}\n${thrown.status === 2 ? TRY : ''}`);
			return thrown.status;
		}
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError(`${NAME}: Operation failed: ${reason(thrown)}\n`);
		return 1;
	}
};

function reason({ code }: Errno): string {
	const known: Partial<Record<typeof code, string>> = {
		EPERM: 'sorry, you must be root or get CAP_NET_ADMIN capability to do this',
		EEXIST: 'Such conntrack exists, try -U to update',
		ENOENT: "such conntrack doesn't exist",
		EINVAL: 'invalid parameters'
	};
	return known[code] ?? code;
}

const ACTIONS: Readonly<Record<Command, (line: CommandLine) => Sys<number>>> = {
	dump: (line) => (line.table === 'expect' ? listExpectations(line) : list(line)),
	get,
	create: (line) => create(line, 'created'),
	add: (line) => create(line, 'added'),
	update,
	delete: remove,
	flush,
	event: listen,
	count,
	stats,
	version: function* () {
		yield* print(`${NAME}\n`);
		return 0;
	},
	help,
	'load-file': loadFile
};

function* run(line: CommandLine): Sys<number> {
	return yield* line.command === null ? help() : ACTIONS[line.command](line);
}

function* help(): Sys<number> {
	yield* print(USAGE);
	return 0;
}

/* ---- how an entry is shown --------------------------------------------------------------------------------------- */

const localTime = (microseconds: number): string => strftime('%a %b %e %H:%M:%S %Y', breakDown(microseconds));

function entryLine(line: CommandLine, entry: ConntrackEntry, use: number): string {
	const { outputs } = line;
	if (outputs.includes('xml')) return `${xmlFlow(entry, { use, mark: true, counters: true, change: null })}\n`;
	if (outputs.includes('save')) return `${saveLine(entry)}\n`;
	const options = {
		extended: outputs.includes('extended'),
		id: outputs.includes('id'),
		time: outputs.includes('ktimestamp') ? localTime : null,
		use,
		mark: true,
		counters: true
	};
	return `${toolLine(entry, options)}\n`;
}

function* summary(count: number, what: string): Sys<void> {
	yield* printError(`${NAME}: ${count} ${what}.\n`);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

function* list(line: CommandLine): Sys<number> {
	const chosen = selection(line);
	const all = yield* conntrackList(line.options.has('zero'));
	const shown = line.table === 'conntrack' ? all.filter(chosen) : [];
	const lines = shown.map((entry) => entryLine(line, entry, 1)).join('');
	const xml = line.outputs.includes('xml') && shown.length > 0;
	yield* print(xml ? `${XML_HEAD}<conntrack>\n${lines}</conntrack>\n` : lines);
	yield* summary(shown.length, 'flow entries have been shown');
	return 0;
}

function* get(line: CommandLine): Sys<number> {
	if (line.table === 'expect') throw new CommandError("Operation failed: such expectation doesn't exist", 1);
	const wanted = tuples(line);
	const all = yield* conntrackList();
	const found =
		wanted && all.find((one) => sameTuple(one.original, wanted.original) || sameTuple(one.reply, wanted.original));
	if (!found) throw new Errno('ENOENT');
	yield* print(entryLine(line, found, 2));
	yield* summary(1, 'flow entries have been shown');
	return 0;
}

/** -A, other than -I, does not mind an entry that is there. */
function* create(line: CommandLine, done: 'created' | 'added'): Sys<number> {
	if (line.table === 'expect') throw new Errno('EINVAL');
	let made = 1;
	try {
		yield* make(line);
	} catch (thrown) {
		if (done === 'created' || !(thrown instanceof Errno) || thrown.code !== 'EEXIST') throw thrown;
		made = 0;
	}
	yield* summary(made, `flow entries have been ${done}`);
	return 0;
}

function* make(line: CommandLine): Sys<void> {
	const wanted = draft(line);
	if (!wanted) throw new Errno('EINVAL');
	yield* conntrackCreate(wanted);
}

function* update(line: CommandLine): Sys<number> {
	const chosen = selection(line, true);
	let updated = 0;
	for (const entry of (yield* conntrackList()).filter(chosen)) {
		const changes = change(line, entry);
		if (Object.keys(changes).length === 0) continue;
		yield* print(entryLine(line, yield* conntrackUpdate(entry.id, changes), 2));
		updated++;
	}
	yield* summary(updated, 'flow entries have been updated');
	return updated > 0 ? 0 : 1;
}

function* remove(line: CommandLine): Sys<number> {
	if (line.table === 'expect') throw new CommandError("Operation failed: such expectation doesn't exist", 1);
	const chosen = (yield* conntrackList()).filter(selection(line));
	for (const entry of chosen) {
		yield* conntrackDelete(entry.id);
		yield* print(entryLine(line, entry, 1));
	}
	yield* summary(chosen.length, 'flow entries have been deleted');
	return chosen.length > 0 ? 0 : 1;
}

/** The real one reports success before it looks at the answer. */
function* flush({ table }: CommandLine): Sys<number> {
	let refused: Errno | null = null;
	try {
		yield* conntrackFlush(table === 'expect' ? 'expect' : 'conntrack');
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		refused = thrown;
	}
	yield* printError(`${NAME}: ${table === 'expect' ? 'expectation' : 'connection tracking'} table has been emptied.\n`);
	if (refused) throw refused;
	return 0;
}

function* count({ table }: CommandLine): Sys<number> {
	const statistics = yield* conntrackStatistics();
	yield* print(`${table === 'expect' ? statistics.expectations : statistics.count}\n`);
	return 0;
}

/** Of the simulated machine's one processor. */
function* stats(): Sys<number> {
	const s = yield* conntrackStatistics();
	yield* print(
		`cpu=0   \tfound=${s.found} invalid=${s.invalid} insert=${s.insert} insert_failed=${s.insertFailed} ` +
			`drop=${s.drop} early_drop=${s.earlyDrop} error=${s.error} search_restart=${s.searchRestart} ` +
			`clash_resolve=${s.clashResolve} chaintoolong=${s.chainTooLong} \n`
	);
	return 0;
}

/** -R: a command a line, as `-o save` prints them. */
function* loadFile({ file }: CommandLine): Sys<number> {
	let text: string;
	try {
		text = yield* readText(file);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new CommandError(`Failed to open file ${file} for reading`);
	}
	for (const words of text.split('\n').map((row) => row.trim().split(/\s+/))) {
		if (words[0] === '') continue;
		const line = parseCommandLine(words);
		if (line.command === 'create' || line.command === 'add') yield* make(line);
		else if (line.command === 'delete')
			for (const { id } of (yield* conntrackList()).filter(selection(line))) yield* conntrackDelete(id);
		else if (line.command === 'update')
			for (const entry of (yield* conntrackList()).filter(selection(line, true)))
				yield* conntrackUpdate(entry.id, change(line, entry));
		else if (line.command === 'flush') yield* conntrackFlush('conntrack');
	}
	return 0;
}

function* listExpectations(line: CommandLine): Sys<number> {
	if (line.options.get('family')?.toLowerCase() === 'ipv6') {
		yield* summary(0, 'expectations have been shown');
		return 0;
	}
	const all = yield* conntrackExpectations();
	const xml = line.outputs.includes('xml');
	const lines = all.map((entry) => `${xml ? xmlExpectation(entry) : expectLine(entry)}\n`).join('');
	yield* print(xml && all.length > 0 ? `${XML_HEAD}<expect>\n${lines}</expect>\n` : lines);
	yield* summary(all.length, 'expectations have been shown');
	return 0;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

/** names that -e takes, with the change that each is about; null for all */
const EVENT_NAMES: Readonly<Record<string, ConntrackEvent['change'] | null>> = {
	ALL: null,
	NEW: 'NEW',
	UPDATE: 'UPDATE',
	UPDATES: 'UPDATE',
	DESTROY: 'DESTROY'
};

function wantedChanges(mask: string | null | undefined): ReadonlySet<string> | null {
	if (typeof mask !== 'string') return null;
	const wanted = new Set<string>();
	for (const name of mask.split(',')) {
		const known = name.toUpperCase();
		if (!Object.hasOwn(EVENT_NAMES, known)) throw new CommandError(`Bad parameter \`${name}'`);
		const one = EVENT_NAMES[known];
		if (one === null || one === undefined) return null;
		wanted.add(one);
	}
	return wanted;
}

/** Until a signal comes. */
function* listen(line: CommandLine): Sys<number> {
	const expectations = line.table === 'expect';
	const changes = wantedChanges(line.options.get('event-mask'));
	const chosen = selection(line);
	const size = line.options.get('buffer-size');
	if (typeof size === 'string')
		yield* printError(
			`NOTICE: Netlink socket buffer size has been set to ${Math.max(2304, number(size) * 2)} bytes.\n`
		);
	yield* signal(SIGNAL.SIGINT, 'catch');
	yield* signal(SIGNAL.SIGTERM, 'catch');
	let fd: number;
	try {
		fd = yield* conntrackEvents(expectations ? 'expect' : 'conntrack');
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError('mnl_socket_bind: Operation not permitted\n');
		throw new CommandError("Can't open netlink socket", 1);
	}
	const xml = line.outputs.includes('xml');
	let shown = 0;
	for (;;) {
		const event = yield* nextEvent(fd);
		if (!event) break;
		if ('by' in event && (!chosen(event.entry) || (changes && !changes.has(event.change)))) continue;
		if (xml && shown === 0) yield* print(`${XML_HEAD}<${expectations ? 'expect' : 'conntrack'}>\n`);
		yield* print('by' in event ? eventLine(line, event) : expectationLine(line, event));
		shown++;
	}
	if (xml && shown > 0) yield* print(`</${expectations ? 'expect' : 'conntrack'}>\n`);
	yield* summary(shown, expectations ? 'expectation events have been shown' : 'flow events have been shown');
	return 0;
}

/** Null: a signal asks to end. */
function* nextEvent(fd: number): Sys<ConntrackEvent | ExpectationEvent | null> {
	for (;;)
		try {
			return JSON.parse(decode(yield* read(fd, MEGABYTE))) as ConntrackEvent | ExpectationEvent;
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') throw thrown;
			if ((yield* takeSignals()).length > 0) return null;
		}
}

function expectationLine({ outputs }: CommandLine, { change, entry, time }: ExpectationEvent): string {
	if (outputs.includes('xml')) return `${xmlExpectation(entry, change)}\n`;
	const stamp = outputs.includes('timestamp') ? timestamp(time) : '';
	return `${stamp}${`[${change}]`.padStart(9)} ${expectLine(entry)}\n`;
}

function timestamp(time: number): string {
	return `[${Math.floor(time / 1_000_000)}.${String(time % 1_000_000).padStart(6, '0')}]\t`;
}

function eventLine(line: CommandLine, { change, entry, time, by }: ConntrackEvent): string {
	const { outputs } = line;
	const ended = change === 'DESTROY';
	const userspace = by ? ` [USERSPACE] portid=${by.pid} progname=${by.program}` : '';
	const mark = entry.mark !== 0 || (by !== null && !ended);
	if (outputs.includes('xml')) return `${xmlFlow(entry, { use: null, mark, counters: ended, change })}${userspace}\n`;
	if (outputs.includes('save')) return `${saveLine(entry, change)}${userspace}\n`;
	const stamp = outputs.includes('timestamp') ? timestamp(time) : '';
	const text = toolLine(entry, {
		extended: outputs.includes('extended'),
		id: outputs.includes('id'),
		time: outputs.includes('ktimestamp') ? localTime : null,
		use: null,
		mark,
		counters: ended
	});
	return `${stamp}${`[${change}]`.padStart(9)} ${text}${userspace}\n`;
}
