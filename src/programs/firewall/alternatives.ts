/**
 * update-alternatives(1): which of several programs a name stands for (dpkg 1.21.22).
 *
 * Reads:  /var/lib/dpkg/alternatives/NAME: the links that belong together, the choices and their priorities.
 * Writes: the same, and the symbolic links in /etc/alternatives.
 * Not simulated: --install, --remove and their like (packages bring their groups), other directories, the log.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { print, printError, readText, writeFile, LineReader, STDIN } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { readdir, readlink, rename, symlink, unlink } from '../libc/unistd';

const NAME = 'update-alternatives';
const ADMINISTRATION = '/var/lib/dpkg/alternatives';
const LINKS = '/etc/alternatives';

interface Choice {
	readonly path: string;
	readonly priority: number;
	/** of each slave; empty for none */
	readonly slaves: readonly string[];
}

/** Links that are changed together: one master with its slaves. */
interface Group {
	readonly name: string;
	readonly link: string;
	readonly mode: 'auto' | 'manual';
	readonly slaves: readonly (readonly [name: string, link: string])[];
	/** by path */
	readonly choices: readonly Choice[];
	/** where the link points to; null for nowhere */
	readonly current: string | null;
}

/** Ends the program with status 2. */
class Complaint {
	constructor(readonly text: string) {}
}

const USAGE_HINT = `\n\nUse '${NAME} --help' for program usage information.`;
const error = (text: string): Complaint => new Complaint(`error: ${text}`);
const misuse = (text: string): Complaint => new Complaint(text + USAGE_HINT);

/** Commands with the names of their arguments. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
	display: ['name'],
	query: ['name'],
	list: ['name'],
	'get-selections': [],
	config: ['name'],
	set: ['name', 'path'],
	auto: ['name']
};
const ACTIONS: Readonly<Record<string, (name: string, path: string, quiet: boolean) => Sys<void>>> = {
	display: (name) => show(name, displayText),
	query: (name) => show(name, queryText),
	list: (name) => show(name, ({ choices }) => choices.map(({ path }) => `${path}\n`).join('')),
	'get-selections': selections,
	config: (name, _path, quiet) => configure(name, quiet),
	set: setTo,
	auto: (name, _path, quiet) => setAuto(name, quiet)
};

export const updateAlternatives: Main = function* (argv) {
	try {
		yield* run(argv.slice(1));
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof Complaint)) throw thrown;
		yield* printError(`${NAME}: ${thrown.text}\n`);
		return 2;
	}
};

function* run(words: readonly string[]): Sys<void> {
	let command: string | null = null;
	let given: string[] = [];
	let quiet = false;
	for (let i = 0; i < words.length; i++) {
		const word = words[i]!;
		const option = word.startsWith('--') ? word.slice(2) : null;
		const takes = option === null ? undefined : COMMANDS[option];
		if (option === null) throw error(`unknown argument '${word}'`);
		if (option === 'help') return yield* print(HELP);
		if (option === 'version') return yield* print(VERSION);
		if (option === 'quiet') quiet = true;
		else if (takes) {
			if (command !== null) throw misuse(`two commands specified: --${command} and --${option}`);
			command = option;
			given = words.slice(i + 1, i + 1 + takes.length);
			if (given.length < takes.length) throw misuse(`--${option} needs ${takes.map((one) => `<${one}>`).join(' ')}`);
			i += takes.length;
		} else if (!['verbose', 'force', 'skip-auto', 'debug'].includes(option)) throw misuse(`unknown option '${word}'`);
	}
	if (command === null)
		throw misuse(
			'need --display, --query, --list, --get-selections, --config, --set, --set-selections, --install, --remove, --all, --remove-all or --auto'
		);
	yield* ACTIONS[command]!(given[0] ?? '', given[1] ?? '', quiet);
}

/* ---- groups -------------------------------------------------------------------------------------------------------- */

function* readGroup(name: string): Sys<Group> {
	let text: string;
	try {
		text = yield* readText(`${ADMINISTRATION}/${name}`);
	} catch (thrown) {
		if (thrown instanceof Errno) throw error(`no alternatives for ${name}`);
		throw thrown;
	}
	return { ...parseGroup(name, text), current: yield* target(`${LINKS}/${name}`) };
}

function* target(path: string): Sys<string | null> {
	try {
		return yield* readlink(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

/** The file's lines: mode, link, two for each slave, an empty one; then path, priority and slaves of each choice. */
export function parseGroup(name: string, text: string): Omit<Group, 'current'> {
	const lines = text.split('\n');
	const slaves: [string, string][] = [];
	let at = 2;
	while (lines[at]) {
		slaves.push([lines[at]!, lines[at + 1] ?? '']);
		at += 2;
	}
	const choices: Choice[] = [];
	for (at++; lines[at]; at += 2 + slaves.length)
		choices.push({
			path: lines[at]!,
			priority: Number(lines[at + 1]),
			slaves: lines.slice(at + 2, at + 2 + slaves.length)
		});
	choices.sort((a, b) => (a.path < b.path ? -1 : 1));
	return { name, mode: lines[0] === 'manual' ? 'manual' : 'auto', link: lines[1] ?? '', slaves, choices };
}

function groupText({ mode, link, slaves, choices }: Group): string {
	const lines = [mode, link, ...slaves.flat(), ''];
	for (const { path, priority, slaves: own } of choices) lines.push(path, String(priority), ...own);
	return `${lines.join('\n')}\n\n`;
}

/** The choice of the highest priority. */
function best({ choices }: Group): Choice | undefined {
	return choices.reduce<Choice | undefined>((top, one) => (top && top.priority >= one.priority ? top : one), undefined);
}

/* ---- showing ------------------------------------------------------------------------------------------------------- */

function* show(name: string, text: (group: Group) => string): Sys<void> {
	yield* print(text(yield* readGroup(name)));
}

function displayText(group: Group): string {
	let text = `${group.name} - ${group.mode} mode\n`;
	const top = best(group);
	text += top ? `  link best version is ${top.path}\n` : '  link best version not available\n';
	text += group.current === null ? '  link currently absent\n' : `  link currently points to ${group.current}\n`;
	text += `  link ${group.name} is ${group.link}\n`;
	for (const [name, link] of group.slaves) text += `  slave ${name} is ${link}\n`;
	for (const choice of group.choices) {
		text += `${choice.path} - priority ${choice.priority}\n`;
		text += eachSlave(group, choice, (name, path) => `  slave ${name}: ${path}\n`);
	}
	return text;
}

function queryText(group: Group): string {
	let text = `Name: ${group.name}\nLink: ${group.link}\n`;
	if (group.slaves.length > 0) text += `Slaves:\n${group.slaves.map(([name, link]) => ` ${name} ${link}\n`).join('')}`;
	text += `Status: ${group.mode}\n`;
	const top = best(group);
	if (top) text += `Best: ${top.path}\n`;
	text += `Value: ${group.current ?? 'none'}\n`;
	for (const choice of group.choices) {
		text += `\nAlternative: ${choice.path}\nPriority: ${choice.priority}\n`;
		const slaves = eachSlave(group, choice, (name, path) => ` ${name} ${path}\n`);
		if (slaves !== '') text += `Slaves:\n${slaves}`;
	}
	return text;
}

function eachSlave(group: Group, choice: Choice, line: (name: string, path: string) => string): string {
	return group.slaves.map(([name], i) => (choice.slaves[i] ? line(name, choice.slaves[i]) : '')).join('');
}

function* selections(): Sys<void> {
	const names = (yield* readdir(ADMINISTRATION)).map(({ name }) => name).filter((name) => !name.startsWith('.'));
	for (const name of names.sort()) {
		const { mode, current } = yield* readGroup(name);
		yield* print(`${name.padEnd(30)} ${mode.padEnd(8)} ${current ?? ''}\n`);
	}
}

/* ---- choosing ------------------------------------------------------------------------------------------------------ */

function* setTo(name: string, path: string, quiet: boolean): Sys<void> {
	const group = yield* readGroup(name);
	const choice = group.choices.find((one) => one.path === path);
	if (!choice) throw error(`alternative ${path} for ${name} not registered; not setting`);
	yield* change(group, choice, 'manual', quiet);
}

function* setAuto(name: string, quiet: boolean): Sys<void> {
	const group = yield* readGroup(name);
	const top = best(group);
	if (top) yield* change(group, top, 'auto', quiet);
}

function* change(group: Group, choice: Choice, mode: Group['mode'], quiet: boolean): Sys<void> {
	if (group.current !== choice.path && !quiet)
		yield* print(`${NAME}: using ${choice.path} to provide ${group.link} (${group.name}) in ${mode} mode\n`);
	const path = `${ADMINISTRATION}/${group.name}`;
	try {
		yield* writeFile(`${path}.dpkg-tmp`, groupText({ ...group, mode }));
		yield* rename(`${path}.dpkg-tmp`, path);
	} catch (thrown) {
		throw error(`unable to create file '${path}.dpkg-tmp': ${strerror(errnoOf(thrown))}`);
	}
	yield* relink(`${LINKS}/${group.name}`, choice.path);
	for (const [i, [name]] of group.slaves.entries()) yield* relink(`${LINKS}/${name}`, choice.slaves[i] ?? '');
}

/** Makes the link point there; without a target it goes. */
function* relink(link: string, path: string): Sys<void> {
	if ((yield* target(link)) === path) return;
	try {
		if (path === '') return yield* unlink(link);
		yield* symlink(path, `${link}.dpkg-tmp`);
		yield* rename(`${link}.dpkg-tmp`, link);
	} catch (thrown) {
		throw error(`error creating symbolic link '${link}.dpkg-tmp': ${strerror(errnoOf(thrown))}`);
	}
}

/** --config: asks which. */
function* configure(name: string, quiet: boolean): Sys<void> {
	const group = yield* readGroup(name);
	const top = best(group);
	if (!top) return;
	if (group.choices.length === 1 && group.mode === 'auto' && group.current === top.path) {
		yield* print(`There is only one alternative in link group ${name} (providing ${group.link}): ${top.path}\n`);
		yield* print('Nothing to configure.\n');
		return;
	}
	const rows: readonly (readonly [choice: Choice, mode: Group['mode']])[] = [
		[top, 'auto'],
		...group.choices.map((choice) => [choice, 'manual'] as const)
	];
	const reader = new LineReader(STDIN);
	for (;;) {
		yield* print(questionText(group, rows));
		const line = yield* reader.line();
		const answer = line === null ? '' : decode(line).trim();
		if (line === null || answer === '') return;
		const row = /^\d+$/.test(answer) ? rows[Number(answer)] : rows.slice(1).find(([{ path }]) => path === answer);
		if (row) return yield* change(group, row[0], row[1], quiet);
	}
}

function questionText(group: Group, rows: readonly (readonly [choice: Choice, mode: Group['mode']])[]): string {
	const width = Math.max(...group.choices.map(({ path }) => path.length)) + 1;
	const count = group.choices.length;
	const things = count === 1 ? 'There is 1 choice' : `There are ${count} choices`;
	let text = `${things} for the alternative ${group.name} (providing ${group.link}).\n\n`;
	text += `  ${'Selection'.padEnd(12)} ${'Path'.padEnd(width)} ${'Priority'.padEnd(10)} Status\n`;
	text += `${'-'.repeat(60)}\n`;
	for (const [i, [choice, mode]] of rows.entries()) {
		const mark = choice.path === group.current && mode === group.mode ? '*' : ' ';
		text += `${mark} ${String(i).padEnd(12)} ${choice.path.padEnd(width)} ${` ${choice.priority}`.padEnd(10)} ${mode} mode\n`;
	}
	return `${text}\nPress <enter> to keep the current choice[*], or type selection number: `;
}

const VERSION = `Debian update-alternatives version 1.21.22.

This is free software; see the GNU General Public License version 2 or
later for copying conditions. There is NO warranty.
`;

const HELP = `Usage: update-alternatives [<option> ...] <command>

Commands:
  --install <link> <name> <path> <priority>
    [--slave <link> <name> <path>] ...
                           add a group of alternatives to the system.
  --remove <name> <path>   remove <path> from the <name> group alternative.
  --remove-all <name>      remove <name> group from the alternatives system.
  --auto <name>            switch the master link <name> to automatic mode.
  --display <name>         display information about the <name> group.
  --query <name>           machine parseable version of --display <name>.
  --list <name>            display all targets of the <name> group.
  --get-selections         list master alternative names and their status.
  --set-selections         read alternative status from standard input.
  --config <name>          show alternatives for the <name> group and ask the
                           user to select which one to use.
  --set <name> <path>      set <path> as alternative for <name>.
  --all                    call --config on all alternatives.

<link> is the symlink pointing to /etc/alternatives/<name>.
  (e.g. /usr/bin/pager)
<name> is the master name for this link group.
  (e.g. pager)
<path> is the location of one of the alternative target files.
  (e.g. /usr/bin/less)
<priority> is an integer; options with higher numbers have higher priority in
  automatic mode.

Options:
  --altdir <directory>     change the alternatives directory
                             (default is /etc/alternatives).
  --admindir <directory>   change the administrative directory
                             (default is /var/lib/dpkg/alternatives).
  --instdir <directory>    change the installation directory.
  --root <directory>       change the filesystem root directory.
  --log <file>             change the log file.
  --force                  allow replacing files with alternative links.
  --skip-auto              skip prompt for alternatives correctly configured
                           in automatic mode (relevant for --config only)
  --quiet                  quiet operation, minimal output.
  --verbose                verbose operation, more output.
  --debug                  debug output, way more output.
  --help                   show this help message.
  --version                show the version.
`;
