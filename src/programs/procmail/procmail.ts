/**
 * procmail(1) 3.22 as mailbox_command: puts the mail from standard input where ~/.procmailrc says.
 *
 *     procmail [-a argument] [-t] [-f fromwhom] [rcfile | NAME=value …]
 *
 * Reads: $HOME/.procmailrc unless files are named; the mail on standard input.
 * Does: assignments, recipes with their flags and conditions, mailboxes, maildirs, forwards, pipes, filters, blocks, LOGFILE.
 * Exit status: EXITCODE; 0 when the mail is somewhere, 73 when it is nowhere (75 with -t).
 * Not simulated: -d and -m, VERBOSE, MH folders, scores, INCLUDERC, comsat.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { getpwuid } from '../libc/passwd';
import { printError, readAll, readText } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { decode, encode } from '../libc/text';
import {
	chdir,
	chmod,
	close,
	fork,
	getcred,
	getpid,
	mkdir,
	open,
	preempt,
	rename,
	setegid,
	sleep,
	time,
	umask,
	uname,
	unlink,
	wait,
	write
} from '../libc/unistd';
import { Expander } from './expand';
import { ended, escaped, Mail, withoutFrom } from './mail';
import { match, RegexError } from './patterns';
import { parseRecipes, type Assignment, type Recipe, type Statement } from './recipes';
import { feed } from './run';

const OPTIONS = new OptionTable(['a=', 't', 'f=', 'Y', 'o', 'v']);
const CANNOT_CREATE = 73;
const TEMPORARY = 75;
/** columns of a folder's name in a log line; of a subject */
const FOLDER_WIDTH = 61;
const SUBJECT_WIDTH = 78;
const SIZE_COLUMN = 72;
const LOCK_TRIES = 5;
const LOCK_SLEEP = 8_000_000;

/** Whether the mail has been delivered, or the file is to be read no further. */
type Outcome = 'delivered' | 'stop' | 'on';

class Procmail {
	readonly variables: Map<string, string>;
	readonly #expander: Expander;
	#log: number | null = null;
	#mail: Mail;
	#folder = '';
	#size = 0;
	/** what A, a, E and e ask for: the last recipe's conditions, and whether its action worked */
	#matched = false;
	#worked = false;
	#deliveries = 0;

	constructor(mail: Mail, variables: Map<string, string>, argument: readonly string[]) {
		this.#mail = mail;
		this.variables = variables;
		this.#expander = new Expander(variables, argument, (command) => this.#captured(command));
	}

	*#captured(command: string): Sys<string> {
		return (yield* feed(['/bin/sh', '-c', command], this.#mail.text, this.variables)).output.replace(/\n+$/, '');
	}

	*say(text: string): Sys<void> {
		if (this.#log === null) yield* printError(text);
		else yield* write(this.#log, encode(text));
	}

	*run(statements: readonly Statement[]): Sys<Outcome> {
		for (const statement of statements) {
			yield* preempt();
			if (statement.kind === 'skipped') yield* this.say(`procmail: Skipped "${statement.text}"\n`);
			else {
				const outcome =
					statement.kind === 'assignment' ? yield* this.#assign(statement) : yield* this.#recipe(statement);
				if (outcome !== 'on') return outcome;
			}
		}
		return 'on';
	}

	*#assign({ name, value }: Assignment): Sys<Outcome> {
		if (name === 'HOST') return value === (yield* uname()).nodename ? 'on' : 'stop';
		if (value === null) {
			this.variables.delete(name);
			return 'on';
		}
		const text = (yield* this.#expander.words(value)).shift() ?? '';
		this.variables.set(name, text);
		try {
			if (name === 'LOGFILE') {
				if (this.#log !== null) yield* close(this.#log);
				this.#log = yield* open(text, O.WRONLY | O.APPEND | O.CREAT, 0o666);
			} else if (name === 'LOG') yield* this.say(text);
			else if (name === 'MAILDIR') yield* chdir(text);
			else if (name === 'UMASK') yield* umask(parseInt(text, 8) || 0);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (name === 'MAILDIR') this.variables.set(name, '.');
			yield* this.say(
				name === 'MAILDIR' ? `procmail: Couldn't chdir to "${text}"\n` : `procmail: Error while writing to "${text}"\n`
			);
		}
		return 'on';
	}

	*#recipe(recipe: Recipe): Sys<Outcome> {
		const { flags } = recipe;
		if (flags.has('A') && !this.#matched) return 'on';
		if (flags.has('a') && !(this.#matched && this.#worked)) return 'on';
		if (flags.has('E') && this.#matched) return 'on';
		if (flags.has('e') && !(this.#matched && !this.#worked)) return 'on';
		let fits = true;
		for (const { text } of recipe.conditions) fits &&= yield* this.#holds(text, flags);
		if (!flags.has('A') && !flags.has('a')) this.#matched = fits;
		if (flags.has('E') && fits) this.#matched = true;
		if (!fits) return 'on';
		const { action } = recipe;
		if (action.kind === 'block') {
			this.#worked = true;
			if (!flags.has('c')) return yield* this.run(action.statements);
			yield* this.#clone(action.statements);
			return 'on';
		}
		this.#worked = yield* this.#act(recipe);
		if (!this.#worked || flags.has('c') || flags.has('f') || (action.kind === 'pipe' && action.into !== null)) {
			if (this.#worked && flags.has('c') && this.variables.get('LOGABSTRACT') === 'all') yield* this.abstract();
			return 'on';
		}
		return 'delivered';
	}

	/** A block with `c`: a process of its own goes through it, and delivers by the default what the block does not. */
	*#clone(statements: readonly Statement[]): Sys<void> {
		const self = this;
		const child = yield* fork(function* () {
			if ((yield* self.run(statements)) === 'delivered') yield* self.abstract();
			return 0;
		});
		yield* wait(child);
	}

	*#holds(text: string, flags: ReadonlySet<string>): Sys<boolean> {
		if (text.startsWith('!')) return !(yield* this.#holds(text.slice(1).trim(), flags));
		if (text.startsWith('$')) return yield* this.#holds(yield* this.#expander.text(text.slice(1).trim()), flags);
		const size = /^([<>])\s*(\d+)/.exec(text);
		if (size) {
			const length = encode(this.#subject(flags)).length;
			return size[1] === '<' ? length < Number(size[2]) : length > Number(size[2]);
		}
		if (text.startsWith('?'))
			return (yield* feed(['/bin/sh', '-c', text.slice(1).trim()], this.#subject(flags), this.variables)).status === 0;
		const other = /^(\w+)\s*\?\?\s*(.*)$/s.exec(text);
		let subject = this.#subject(flags);
		let pattern = text.replace(/^\\(?=[!$<>?])/, '');
		if (other) {
			const [, name = '', rest = ''] = other;
			if (/^[HB]{1,2}$/.test(name))
				return yield* this.#holds(rest, new Set([...flags].filter((flag) => !'HB'.includes(flag)).concat([...name])));
			subject = this.variables.get(name) ?? '';
			pattern = rest;
			if (rest.startsWith('!')) return !(yield* this.#holds(`${name} ?? ${rest.slice(1).trim()}`, flags));
		}
		try {
			const found = match(pattern, subject, flags.has('D'));
			if (found?.marked !== undefined) this.variables.set('MATCH', found.marked.replace(/\n$/, ''));
			return found !== null;
		} catch (thrown) {
			if (!(thrown instanceof RegexError)) throw thrown;
			yield* this.say(`procmail: Invalid regexp "${pattern}"\n`);
			return false;
		}
	}

	/** What a pattern looks at: the head unless B says otherwise. */
	#subject(flags: ReadonlySet<string>): string {
		const { unfolded, body } = this.#mail;
		if (!flags.has('B')) return unfolded;
		return flags.has('H') ? unfolded + body : body;
	}

	*#act(recipe: Recipe): Sys<boolean> {
		const { action, flags } = recipe;
		if (action.kind === 'block') return true;
		if (action.kind === 'folder') {
			const name = yield* this.#expander.text(action.text);
			return yield* this.deliver(name, this.#mail.part(flags), this.#lockName(recipe, name));
		}
		const lock = recipe.lock ? yield* this.#expander.text(recipe.lock) : null;
		if (lock !== null && !(yield* this.#lock(lock))) yield* this.say(`procmail: Lock failure on "${lock}"\n`);
		const worked = action.kind === 'forward' ? yield* this.#forward(action.text, flags) : yield* this.#pipe(recipe);
		if (lock !== null) yield* this.#unlock(lock);
		return worked;
	}

	#lockName({ lock }: Recipe, folder: string): string | null {
		if (lock === null || folder.endsWith('/')) return null;
		return lock === '' ? `${folder}${this.variables.get('LOCKEXT') ?? '.lock'}` : lock;
	}

	*#forward(text: string, flags: ReadonlySet<string>): Sys<boolean> {
		const sendmail = this.variables.get('SENDMAIL') ?? '/usr/sbin/sendmail';
		const options = (this.variables.get('SENDMAILFLAGS') ?? '-oi').split(' ');
		const argv = [sendmail, ...options, ...(yield* this.#expander.words(text))];
		const sent = ended(withoutFrom(this.#mail.part(flags)));
		this.#folder = argv.join(' ');
		this.#size = encode(sent).length;
		const { status } = yield* feed(argv, sent, this.variables, (output) => this.say(output));
		if (status !== 0) yield* this.say(`procmail: Program failure (${status}) of "${sendmail}"\n`);
		return status === 0;
	}

	*#pipe({ action, flags }: Recipe): Sys<boolean> {
		if (action.kind !== 'pipe') return false;
		const metas = this.variables.get('SHELLMETAS') ?? '&|<>~;?*[';
		const byShell = [...action.text].some((character) => metas.includes(character));
		const words = byShell ? [] : yield* this.#expander.words(action.text.trim());
		const shell = this.variables.get('SHELL') ?? '/bin/sh';
		const argv = byShell ? [shell, '-c', action.text] : words;
		const name = byShell ? action.text : (words[0] ?? '');
		const text = ended(this.#mail.part(flags));
		const captures = action.into !== null || flags.has('f');
		const { status, output } = yield* feed(argv, text, this.variables, captures ? undefined : (said) => this.say(said));
		const checked = flags.has('w') || flags.has('W');
		if (status !== 0 && (checked || flags.has('f'))) {
			if (!flags.has('W')) yield* this.say(`procmail: Program failure (${status}) of "${name}"\n`);
			if (flags.has('f')) yield* this.say('procmail: Rescue of unfiltered data succeeded\n');
			return false;
		}
		if (action.into !== null) this.variables.set(action.into, output.replace(/\n+$/, ''));
		else if (flags.has('f')) this.#filtered(output, flags);
		else {
			this.#folder = byShell ? action.text : words.join(' ');
			this.#size = encode(text).length;
		}
		return true;
	}

	#filtered(output: string, flags: ReadonlySet<string>): void {
		const { head, body } = this.#mail;
		const both = flags.has('h') === flags.has('b');
		this.#mail = new Mail(both ? output : flags.has('h') ? ended(output) + body : head + output);
	}

	/** Into a mailbox or a maildir. @returns false when that cannot be, which is said */
	*deliver(name: string, text: string, lock: string | null): Sys<boolean> {
		const maildir = name.endsWith('/');
		const sink = name === '/dev/null';
		const content = sink ? text : maildir ? withoutFrom(text) : ended(escaped(text));
		if (lock !== null && !(yield* this.#lock(lock))) yield* this.say(`procmail: Lock failure on "${lock}"\n`);
		try {
			const path = maildir ? yield* this.#maildir(name.replace(/\/+$/, ''), content) : name;
			if (!maildir && !sink) {
				const fd = yield* open(path, O.WRONLY | O.APPEND | O.CREAT, 0o666);
				yield* writeAll(fd, content);
				yield* close(fd);
			}
			this.#folder = path;
			this.#size = encode(content).length;
			this.variables.set('LASTFOLDER', path);
			return true;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.say(`procmail: Error while writing to "${name}"\n`);
			return false;
		} finally {
			if (lock !== null) yield* this.#unlock(lock);
		}
	}

	*#maildir(directory: string, content: string): Sys<string> {
		for (const part of ['', '/tmp', '/new', '/cur'])
			try {
				yield* mkdir(`${directory}${part}`, 0o777);
			} catch (thrown) {
				if (!(thrown instanceof Errno) || thrown.code !== 'EEXIST') throw thrown;
			}
		const seconds = Math.floor((yield* time()) / 1e6);
		const file = `${seconds}.${yield* getpid()}_${++this.#deliveries}.${(yield* uname()).nodename}`;
		const fd = yield* open(`${directory}/tmp/${file}`, O.WRONLY | O.CREAT | O.EXCL, 0o666);
		yield* writeAll(fd, content);
		yield* close(fd);
		yield* rename(`${directory}/tmp/${file}`, `${directory}/new/${file}`);
		return `${directory}/new/${file}`;
	}

	*#lock(path: string): Sys<boolean> {
		for (let tries = 0; tries < LOCK_TRIES; tries++)
			try {
				yield* close(yield* open(path, O.WRONLY | O.CREAT | O.EXCL, 0o444));
				this.#held.add(path);
				return true;
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EEXIST') return false;
				yield* sleep(LOCK_SLEEP);
			}
		return false;
	}

	readonly #held = new Set<string>();

	*#unlock(path: string): Sys<void> {
		if (!this.#held.delete(path)) return;
		try {
			yield* unlink(path);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** The mailbox of the user is there from the beginning, for the group mail too. */
	*makeMailbox(path: string): Sys<void> {
		try {
			yield* close(yield* open(path, O.WRONLY | O.CREAT | O.EXCL, 0o600));
			yield* chmod(path, 0o660);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** What no recipe has delivered: DEFAULT, then ORGMAIL. */
	*byDefault(): Sys<boolean> {
		const original = this.variables.get('ORGMAIL') ?? '';
		const places = [...new Set([this.variables.get('DEFAULT') ?? original, original])];
		for (const place of places) {
			const lock = place.endsWith('/') ? null : `${place}${this.variables.get('LOCKEXT') ?? '.lock'}`;
			if (yield* this.deliver(place, this.#mail.text, lock)) return true;
		}
		return false;
	}

	/** Three lines in the LOGFILE: from whom, about what, where to. */
	*abstract(): Sys<void> {
		if (this.#log === null || this.variables.get('LOGABSTRACT') === 'no') return;
		const folder = `  Folder: ${this.#folder.slice(0, FOLDER_WIDTH)}`;
		const tabs = Math.max(1, Math.ceil((SIZE_COLUMN - folder.length) / 8));
		const { subject, fromLine } = this.#mail;
		const about = subject === null ? '' : ` ${subject.slice(0, SUBJECT_WIDTH)}\n`;
		yield* this.say(`${fromLine}${about}${folder}${'\t'.repeat(tabs)}${String(this.#size).padStart(7)}\n`);
	}
}

function* writeAll(fd: number, text: string): Sys<void> {
	const bytes = encode(text);
	for (let at = 0; at < bytes.length;) at += yield* write(fd, bytes.subarray(at));
}

export function* procmail(argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	let parsed;
	try {
		parsed = getopt(argv, OPTIONS, { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`procmail: ${thrown.message}\n`);
		return 64;
	}
	const { uid, gid } = yield* getcred();
	const entry = yield* getpwuid(uid);
	const user = entry?.name ?? 'nobody';
	const home = entry?.home ?? '/';
	yield* umask(0o077);
	let text = decode(yield* readAll(0));
	if (!text.startsWith('From ')) {
		const now = strftime('%a %b %e %H:%M:%S %Y', breakDown(yield* time()));
		text = `From ${parsed.get('f') ?? user}  ${now}\n${text}`;
	}
	const mailbox = `/var/mail/${user}`;
	const variables = new Map([
		...env,
		...Object.entries({
			LOGNAME: user,
			HOME: home,
			SHELL: /\/(?:ba|da|k|z)?sh$/.test(entry?.shell ?? '') ? entry!.shell : '/bin/sh',
			MAILDIR: home,
			ORGMAIL: mailbox,
			DEFAULT: mailbox,
			PATH: `${home}/bin:/usr/local/bin:/usr/bin:/bin`
		})
	]);
	const run = new Procmail(new Mail(text), variables, parsed.all('a'));
	yield* run.makeMailbox(mailbox);
	let outcome: Outcome = 'on';
	const files = parsed.operands.filter((word) => !word.includes('='));
	for (const word of parsed.operands)
		if (word.includes('=')) variables.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
	try {
		yield* chdir(home);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	for (const path of files.length > 0 ? files : [`${home}/.procmailrc`]) {
		let rules: string;
		try {
			rules = yield* readText(path);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			continue;
		}
		/* what a user has written is obeyed with the user's rights only */
		yield* setegid(gid);
		outcome = yield* run.run(parseRecipes(rules));
		if (outcome !== 'on') break;
	}
	const done = outcome !== 'on' || (yield* run.byDefault());
	yield* run.abstract();
	const code = Number(variables.get('EXITCODE') ?? NaN);
	return Number.isInteger(code) ? code & 0xff : done ? 0 : parsed.has('t') ? TEMPORARY : CANNOT_CREATE;
}
