/**
 * The commands of in.ftpd, a row each: what HELP says, which argument it takes, who may give it, what it does.
 *
 * Rows stand in the order of HELP. A row without `run` is known and not implemented.
 * Not simulated: AUTH, PBSZ, PROT and CCC (TLS): refused as by a server without a certificate's method.
 */
import type { Sys } from '#kernel/syscalls';
import { pass, user } from './login';
import { Hangup, type Session } from './session';
import { list, names, statusOf } from './list';
import * as files from './files';
import * as settings from './transfer-settings';
import { receiveFile, sendFile } from './data';

/** none: nothing may follow; path: the rest of the line must follow; optional: it may; form: read by a pattern */
type Argument = 'none' | 'path' | 'optional' | RegExp;

export interface Command {
	readonly name: string;
	readonly syntax: string;
	readonly argument?: Argument;
	/** may be given before the login */
	readonly open?: boolean;
	readonly run?: (session: Session, argument: string, words: readonly (string | undefined)[]) => Sys<void>;
}

const PATH = '<sp> path-name';
const row = (
	name: string,
	syntax: string,
	argument: Argument,
	run: NonNullable<Command['run']>,
	open = false
): Command => ({ name, syntax, argument, run, open });
const missing = (name: string, syntax: string): Command => ({ name, syntax });

const cwd: Command['run'] = (session, path) => files.changeDirectory(session, path === '' ? undefined : path);
const cdup: Command['run'] = (session) => files.changeDirectory(session, '..');
const optional = (text: string): string | undefined => (text === '' ? undefined : text);

/** One number of PORT. */
const N = '(\\d+)';
const SIX = new RegExp(`^${[N, N, N, N, N, N].join(',')}$`);

const notEncrypted: Command['run'] = (session) => session.reply(503, 'Not valid without AUTH.');

export const COMMANDS: readonly Command[] = [
	row('AUTH', '<sp> auth_type', 'path', (session) => session.reply(504, 'AUTH type not supported.'), true),
	row('USER', '<sp> username', 'path', user, true),
	row('PASS', '<sp> password', 'path', pass, true),
	missing('ACCT', '(specify account)'),
	missing('SMNT', '(structure mount)'),
	missing('REIN', '(reinitialize server state)'),
	row('QUIT', '(terminate service)', 'none', quit, true),
	row('PORT', '<sp> b0, b1, b2, b3, b4', SIX, settings.port),
	row('PASV', '(set server in passive mode)', 'none', settings.passive),
	row('EPRT', '<sp> <d> addr_fam <d> addr <d> port <d>', 'path', settings.extendedPort),
	row('EPSV', '[ <sp> addr-fam ]', /^(\d*)$/, settings.extendedPassive),
	row('TYPE', '<sp> [ A | E | I | L ]', /^([AEIL])(?: (?:([NTC])|(\d+)))?$/i, settings.type),
	row('STRU', '(specify file structure)', /^([FRP])$/i, settings.structure),
	row('MODE', '(specify transfer mode)', /^([SBC])$/i, settings.mode),
	row('RETR', '<sp> file-name', 'path', function* (session, name) {
		if (yield* sendFile(session, name)) yield* files.logged(session, 'get', name);
	}),
	row('STOR', '<sp> file-name', 'path', function* (session, name) {
		if ((yield* receiveFile(session, name, 'store')) !== undefined) yield* files.logged(session, 'put', name);
	}),
	row('APPE', '<sp> file-name', 'path', function* (session, name) {
		if ((yield* receiveFile(session, name, 'append')) !== undefined) yield* files.logged(session, 'append', name);
	}),
	missing('MLFL', '(mail file)'),
	missing('MAIL', '(mail to user)'),
	missing('MSND', '(mail send to terminal)'),
	missing('MSOM', '(mail send to terminal or mailbox)'),
	missing('MSAM', '(mail send to terminal and mailbox)'),
	missing('MRSQ', '(mail recipient scheme question)'),
	missing('MRCP', '(mail recipient)'),
	row('ALLO', 'allocate storage (vacuously)', /^\d+(?: R \d+)?$/i, (session) =>
		session.reply(202, 'ALLO command ignored.')
	),
	row('REST', '<sp> offset (restart command)', /^(\d+)$/, settings.restart),
	row('RNFR', '<sp> file-name', 'path', files.renameFrom),
	row('RNTO', '<sp> file-name', 'path', files.renameTo),
	row('ABOR', '(abort operation)', 'none', (session) => session.reply(226, 'ABOR command caused no action.')),
	row('DELE', '<sp> file-name', 'path', files.remove),
	row('CWD', '[ <sp> directory-name ]', 'optional', cwd),
	row('XCWD', '[ <sp> directory-name ]', 'optional', cwd),
	row('LIST', `[ ${PATH} ]`, 'optional', (session, given) => list(session, given)),
	row('NLST', `[ ${PATH} ]`, 'optional', (session, given) => names(session, optional(given))),
	row('SITE', 'site-cmd [ <sp> arguments ]', 'path', site, true),
	row('SYST', '(get type of operating system)', 'none', (session) => session.reply(215, 'UNIX Type: L8 (Linux)')),
	row('STAT', `[ ${PATH} ]`, 'optional', (session, given) =>
		given === '' ? settings.status(session) : statusOf(session, given)
	),
	row('HELP', '[ <sp> <string> ]', 'optional', help, true),
	row('NOOP', '', 'none', (session) => session.reply(200, 'NOOP command successful.'), true),
	row('MKD', PATH, 'path', files.makeDirectory),
	row('XMKD', PATH, 'path', files.makeDirectory),
	row('RMD', PATH, 'path', files.removeDirectory),
	row('XRMD', PATH, 'path', files.removeDirectory),
	row('PWD', '(return current directory)', 'none', files.workingDirectory),
	row('XPWD', '(return current directory)', 'none', files.workingDirectory),
	row('CDUP', '(change to parent directory)', 'none', cdup),
	row('XCUP', '(change to parent directory)', 'none', cdup),
	row('STOU', '<sp> file-name', 'path', function* (session, name) {
		const stored = yield* receiveFile(session, name, 'unique');
		if (stored !== undefined) yield* files.logged(session, 'put', stored);
	}),
	row('SIZE', PATH, 'path', files.size),
	row('MDTM', PATH, 'path', files.modificationTime),
	row('PBSZ', '<sp> size', 'path', notEncrypted, true),
	row('PROT', '<sp> level-char', 'path', notEncrypted, true),
	row('CCC', '(drop integrity protection)', 'none', notEncrypted, true)
];

const SITE_COMMANDS: readonly Command[] = [
	row('UMASK', '[ <sp> umask ]', /^([0-7]*)$/, settings.siteUmask),
	row('IDLE', '[ <sp> maximum-idle-time ]', /^(\d*)$/, settings.siteIdle),
	row('CHMOD', '<sp> mode <sp> file-name', /^([0-7]+) (.+)$/, files.changeMode),
	row('HELP', '[ <sp> <string> ]', 'optional', (session, name) => helpOf(session, SITE_COMMANDS, 'SITE ', name), true)
];

const NOT_LOGGED_IN = 'Please login with USER and PASS.';

/** Reads one command and does it. */
export function* obey(session: Session, line: string): Sys<void> {
	const { settings: given, log } = session;
	if (given.debug) yield* log.write('debug', `command: ${/^pass /i.test(line) ? `${line.slice(0, 4)} ???` : line}`);
	yield* dispatch(session, COMMANDS, line, line);
}

function* dispatch(session: Session, table: readonly Command[], text: string, line: string): Sys<void> {
	const space = text.indexOf(' ');
	const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
	const argument = space < 0 ? undefined : text.slice(space + 1);
	const shown = table === COMMANDS ? verb + line.slice(verb.length) : line;
	const command = table.find(({ name }) => name === verb);
	const misunderstood = (): Sys<void> => session.reply(500, `'${shown}': command not understood.`);
	if (!command) return yield* misunderstood();
	if (!command.run) return yield* session.reply(502, `${verb} command not implemented.`);
	const words = fits(command.argument!, argument);
	if (!session.loggedIn && !command.open) {
		yield* session.reply(530, NOT_LOGGED_IN);
		if (words) return;
	}
	if (!words) {
		yield* misunderstood();
		/* the parser stumbles twice over words where none may stand */
		if (command.argument === 'none') yield* misunderstood();
		return;
	}
	if (verb !== 'RNTO') session.renameFrom = undefined;
	yield* command.run(session, argument ?? '', words);
}

function fits(kind: Argument, argument: string | undefined): readonly (string | undefined)[] | undefined {
	if (kind === 'none') return argument === undefined ? [] : undefined;
	if (kind === 'path') return argument !== undefined && argument !== '' ? [] : undefined;
	if (kind === 'optional') return argument !== '' ? [] : undefined;
	return kind.exec(argument ?? '')?.slice(1);
}

function* quit(session: Session): Sys<void> {
	yield* session.reply(221, 'Goodbye.');
	throw new Hangup(0);
}

function* site(session: Session, argument: string): Sys<void> {
	yield* dispatch(session, SITE_COMMANDS, argument, `SITE ${argument}`);
}

function* help(session: Session, name: string): Sys<void> {
	if (/^site/i.test(name)) return yield* helpOf(session, SITE_COMMANDS, 'SITE ', name.slice(4).trimStart());
	yield* helpOf(session, COMMANDS, '', name);
}

const LINE = 76;

function* helpOf(session: Session, table: readonly Command[], kind: string, given: string): Sys<void> {
	const longest = Math.max(...table.map(({ name }) => name.length));
	const width = (longest + 8) & ~7;
	if (given !== '') {
		const name = given.toUpperCase();
		const command = table.find((one) => one.name === name);
		if (!command) return yield* session.reply(502, `Unknown command ${name}.`);
		if (command.run) return yield* session.reply(214, `Syntax: ${kind}${name} ${command.syntax}`);
		return yield* session.reply(214, `${kind}${name.padEnd(width)}\t${command.syntax}; unimplemented.`);
	}
	const columns = Math.max(1, Math.floor(LINE / width));
	const lines = Math.ceil(table.length / columns);
	yield* session.line(214, `The following ${kind}commands are recognized (* =>'s unimplemented).`);
	for (let i = 0; i < lines; i++) {
		let text = '   ';
		for (let at = i; at < table.length; at += lines) {
			const { name, run } = table[at]!;
			const cell = `${name}${run ? ' ' : '*'}`;
			text += at + lines < table.length ? cell.padEnd(width) : cell;
		}
		yield* session.send(`${text}\r\n`);
	}
	yield* session.reply(214, `Direct comments to ftp-bugs@${session.hostname}.`);
}
