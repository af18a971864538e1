/**
 * mail(1), mailx(1) of bsd-mailx 8.1.2: sends a mail from a command line, reads a mailbox at the prompt `& `.
 *
 *     mail [-dEIinv] [-a header] [-b bcc-addr] [-c cc-addr] [-r from-addr] [-s subject] [--] to-addr ...
 *     mail [-dEIiNnv] -f [name]
 *     mail [-dEIiNnv] [-u user]
 *
 * Reads: /etc/mail.rc, ~/.mailrc, /var/mail/USER ($MAIL). Sends by /usr/sbin/sendmail -i -t.
 * Trusts: nobody; a file that cannot be read or written is said on standard error.
 * Not simulated: dot locks, editors, see also commands.ts and compose.ts.
 */
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getpwnam, getpwuid } from '../libc/passwd';
import { print, printError, readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { getcred, signal, tcgetattr } from '../libc/unistd';
import { execute, headers, VERSION } from './commands';
import { compose } from './compose';
import { Folder } from './folder';
import { INTERRUPT, Session } from './session';

const OPTIONS = new OptionTable(['E', 'I', 'N', 'a=', 'b=', 'c=', 'd', 'e', 'f', 'i', 'n', 'r=', 's=', 'u=', 'v']);
const PROMPT = '& ';

const usage = (program: string): string =>
	`usage: ${program} [-dEIinv] [-a header] [-b bcc-addr] [-c cc-addr] [-r from-addr] [-s subject] [--] to-addr ...\n` +
	`       ${program} [-dEIiNnv] -f [name]\n       ${program} [-dEIiNnv] [-u user]\n`;

export const mailx: Main = function* (argv, env) {
	const program = argv[0]!.slice(argv[0]!.lastIndexOf('/') + 1);
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`${program}: ${thrown.message}\n${usage(program)}`);
		return 1;
	}
	const { operands } = options;
	const sending = operands.length > 0 && !options.has('f');
	const problem = checked(options);
	if (problem) {
		yield* printError(`${program}: ${problem}\n`);
		return 1;
	}
	const session = yield* open(program, options, env);
	if (!session) return 1;
	if (!options.has('n')) yield* source(session, '/etc/mail.rc');
	yield* source(session, env.get('MAILRC') ?? `${session.home}/.mailrc`);
	if (sending) {
		yield* compose(
			session,
			{
				to: operands.slice(),
				cc: options.all('c'),
				bcc: options.all('b'),
				extra: options.all('a'),
				...(options.has('r') ? { from: options.get('r')! } : {}),
				...(options.has('s') ? { subject: options.get('s')! } : {})
			},
			{
				skipEmpty: options.has('E') || session.variables.has('skipempty'),
				verbose: options.has('v'),
				debug: options.has('d')
			}
		);
		return 0;
	}
	return yield* readMail(session, options);
};

function checked(options: Parsed): string | null {
	const operands = options.operands.length;
	if (options.has('f'))
		return operands > 1 || options.last('s', 'c', 'b', 'r') ? 'Cannot give -f and people to send to' : null;
	if (operands === 0 && options.last('s', 'c', 'b', 'r'))
		return 'You must specify to-addr recipients when using -s, -c, -b, or -r';
	return null;
}

function* open(program: string, options: Parsed, env: ReadonlyMap<string, string>): Sys<Session | null> {
	const other = options.get('u');
	const entry = other === undefined ? yield* getpwuid((yield* getcred()).uid) : yield* getpwnam(other);
	if (!entry) {
		yield* printError(`${program}: "${other ?? 'nobody'}" is not a user of this system\n`);
		return null;
	}
	let terminal = options.has('I');
	try {
		yield* tcgetattr(0);
		terminal = true;
	} catch (thrown) {
		errnoOf(thrown);
	}
	const home = other === undefined ? (env.get('HOME') ?? entry.home) : entry.home;
	const own = other === undefined ? env : new Map([...env].filter(([name]) => name !== 'MAIL'));
	const session = new Session(program, entry.name, home, own, terminal);
	yield* session.measure();
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	if (terminal && !options.has('i')) yield* signal(SIGNAL.SIGINT, 'catch');
	if (options.has('d')) yield* print(`user = ${session.user}, homedir = ${home}\n`);
	return session;
}

/** A file of commands; a missing one is none. */
function* source(session: Session, path: string): Sys<void> {
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return;
	}
	for (const line of text.split('\n')) if (line.trim() !== '') yield* execute(session, line);
}

function* readMail(session: Session, options: Parsed): Sys<number> {
	const [name] = options.operands;
	const edited = options.has('f');
	const path = edited ? session.expand(name ?? '&') : session.systemMailbox;
	let folder: Folder | null = null;
	try {
		folder = yield* Folder.open(path, !edited);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (edited || thrown.code !== 'ENOENT') {
			yield* session.complain(path, thrown);
			return 1;
		}
	}
	if (!folder || folder.messages.length === 0) {
		yield* printError(edited ? `No messages in ${path}\n` : `No mail for ${session.user}\n`);
		return 1;
	}
	session.folder = folder;
	yield* print(`Mail version ${VERSION}.  Type ? for help.\n${folder.title}`);
	if (!options.has('N') && !session.variables.has('noheader')) yield* headers(session, folder, folder.dot + 1);
	for (;;) {
		const line = yield* session.line(PROMPT);
		if (line === INTERRUPT) {
			session.sawCommand = true;
			yield* print('Interrupt\n');
			continue;
		}
		const ending = line === null ? 'quit' : yield* execute(session, line);
		if (ending === 'exit') return 0;
		if (ending !== 'quit') continue;
		yield* session.folder.quit(session.mbox);
		return 0;
	}
}
