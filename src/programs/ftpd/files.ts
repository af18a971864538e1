/** Commands of in.ftpd that look at files and directories or change them. */
import { S, type Sys } from '#kernel/syscalls';
import { getpwnam } from '../libc/passwd';
import { readText } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { errnoOf } from '../libc/strerror';
import { chdir, chmod, getcwd, mkdir, rename, rmdir, stat, unlink } from '../libc/unistd';
import { linesOf, readOptional } from './login';
import type { Session } from './session';

const MAX_MODE = 0o777;

/** With -l given twice, what is done to files is logged. */
export function* logged(session: Session, what: string, name: string): Sys<void> {
	if (session.settings.logging < 2) return;
	const path = name.startsWith('/') ? name : `${(yield* getcwd()).replace(/\/$/, '')}/${name}`;
	yield* session.log.write('info', `${what} ${path}`);
}

const done = (session: Session, verb: string): Sys<void> => session.reply(250, `${verb} command successful.`);

/** @param path undefined: home */
export function* changeDirectory(session: Session, path: string | undefined): Sys<void> {
	const to = path ?? (session.guest ? '/' : ((yield* getpwnam(session.user))?.home ?? '/'));
	try {
		yield* chdir(to);
	} catch (thrown) {
		return yield* session.failed(550, to, errnoOf(thrown));
	}
	for (const line of linesOf(yield* readOptional('.message'))) yield* session.line(250, line);
	yield* done(session, 'CWD');
}

export function* workingDirectory(session: Session): Sys<void> {
	try {
		yield* session.reply(257, `"${(yield* getcwd()).replaceAll('"', '""')}" is current directory.`);
	} catch (thrown) {
		yield* session.failed(550, "Can't get current directory", errnoOf(thrown));
	}
}

export function* makeDirectory(session: Session, name: string): Sys<void> {
	try {
		yield* mkdir(name, 0o777);
	} catch (thrown) {
		return yield* session.failed(550, name, errnoOf(thrown));
	}
	yield* logged(session, 'mkdir', name);
	yield* session.reply(257, `"${name.replaceAll('"', '""')}" directory created.`);
}

export function* removeDirectory(session: Session, name: string): Sys<void> {
	try {
		yield* rmdir(name);
	} catch (thrown) {
		return yield* session.failed(550, name, errnoOf(thrown));
	}
	yield* logged(session, 'rmdir', name);
	yield* done(session, 'RMD');
}

/** A directory too. */
export function* remove(session: Session, name: string): Sys<void> {
	try {
		const { mode } = yield* stat(name);
		if ((mode & S.IFMT) === S.IFDIR) yield* rmdir(name);
		else yield* unlink(name);
	} catch (thrown) {
		return yield* session.failed(550, name, errnoOf(thrown));
	}
	yield* logged(session, 'delete', name);
	yield* done(session, 'DELE');
}

export function* renameFrom(session: Session, name: string): Sys<void> {
	try {
		yield* stat(name);
	} catch (thrown) {
		return yield* session.failed(550, name, errnoOf(thrown));
	}
	session.renameFrom = name;
	yield* session.reply(350, 'File exists, ready for destination name');
}

export function* renameTo(session: Session, name: string): Sys<void> {
	const from = session.renameFrom;
	session.renameFrom = undefined;
	if (from === undefined) return yield* session.reply(503, 'Bad sequence of commands.');
	try {
		yield* rename(from, name);
	} catch (thrown) {
		return yield* session.failed(550, 'rename', errnoOf(thrown));
	}
	yield* logged(session, 'rename', `${from} ${name}`);
	yield* done(session, 'RNTO');
}

/** As many bytes as would be sent in this type. */
export function* size(session: Session, name: string): Sys<void> {
	try {
		const found = yield* stat(name);
		if ((found.mode & S.IFMT) !== S.IFREG) return yield* session.reply(550, `${name}: not a plain file.`);
		if (session.type !== 'A') return yield* session.reply(213, String(found.size));
		const newlines = (yield* readText(name)).split('\n').length - 1;
		yield* session.reply(213, String(found.size + newlines));
	} catch (thrown) {
		yield* session.failed(550, name, errnoOf(thrown));
	}
}

export function* modificationTime(session: Session, name: string): Sys<void> {
	try {
		const { mode, mtime } = yield* stat(name);
		if ((mode & S.IFMT) !== S.IFREG) return yield* session.reply(550, `${name}: not a plain file.`);
		yield* session.reply(213, strftime('%Y%m%d%H%M%S', breakDown(mtime)));
	} catch (thrown) {
		errnoOf(thrown);
		yield* session.reply(550, `${name}: No such file or directory`);
	}
}

export function* changeMode(
	session: Session,
	_argument: string,
	[mode, name]: readonly (string | undefined)[]
): Sys<void> {
	const bits = Number.parseInt(mode!, 8);
	if (bits > MAX_MODE) return yield* session.reply(501, 'CHMOD: Mode value must be between 0 and 0777');
	try {
		yield* chmod(name!, bits);
	} catch (thrown) {
		return yield* session.failed(550, name!, errnoOf(thrown));
	}
	yield* session.reply(200, 'CHMOD command successful.');
}
