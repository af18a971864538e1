/**
 * What xinetd says about itself: to the system log (facility daemon, or that of -syslog), or to the file of -filelog.
 *
 * Does: puts file and line behind a message of the parser, the number behind the words of an error, and process and
 *       function in front of a critical message, as the real program does.
 */
import type { ErrnoCode, Sys } from '#kernel/syscalls';
import { appendFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { breakDown } from '../libc/strftime';
import { Log, type Facility, type Priority } from '../libc/syslog';
import { getpid, time } from '../libc/unistd';

/** A line of a configuration file. */
export interface Place {
	readonly file: string;
	/** 1-based */
	readonly line: number;
}

/** Who takes the messages of the parser: the log, or the editor. */
export type Report = (priority: Priority, text: string, place?: Place) => Sys<void>;

const LEVEL_NAMES: Partial<Record<Priority, string>> = {
	warning: 'WARNING',
	err: 'ERROR',
	crit: 'CRITICAL',
	notice: 'NOTICE',
	debug: 'DEBUG',
	info: 'INFO'
};

/** Linux numbers of the errors that opening, binding and executing can give. */
const NUMBERS: Partial<Record<ErrnoCode, number>> = {
	EPERM: 1, ENOENT: 2, EINTR: 4, EIO: 5, E2BIG: 7, ENOEXEC: 8, EBADF: 9, EAGAIN: 11, ENOMEM: 12, EACCES: 13,
	EEXIST: 17, ENOTDIR: 20, EISDIR: 21, EINVAL: 22, ENFILE: 23, EMFILE: 24, ENOSPC: 28, EROFS: 30, EPIPE: 32,
	ENAMETOOLONG: 36, ELOOP: 40, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97, EADDRINUSE: 98, EADDRNOTAVAIL: 99,
	ENETDOWN: 100, ENETUNREACH: 101, ECONNABORTED: 103, ECONNRESET: 104, ENOBUFS: 105, ETIMEDOUT: 110,
	ECONNREFUSED: 111, EHOSTDOWN: 112, EHOSTUNREACH: 113
}; // prettier-ignore

/** `%m` of a message. */
export function errorText(thrown: unknown): string {
	const { code } = errnoOf(thrown);
	return `${strerror(code)} (errno = ${NUMBERS[code] ?? 0})`;
}

/** The time in front of a line of a log file: "26/11/22@16:00:00". */
export function* fileStamp(): Sys<string> {
	const { year, month, day, hour, minute, second } = breakDown(yield* time());
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${two(year % 100)}/${month + 1}/${day}@${two(hour)}:${two(minute)}:${two(second)}`;
}

export class ProgramLog {
	readonly #log: Log;

	/** @param file path of -filelog */
	constructor(
		facility: Facility,
		readonly file: string | undefined
	) {
		this.#log = new Log({ ident: 'xinetd', facility });
	}

	*write(priority: Priority, text: string, place?: Place): Sys<void> {
		const whole = place ? `${text} [file=${place.file}] [line=${place.line}]` : text;
		if (this.file === undefined) return yield* this.#log.write(priority, whole);
		const level = LEVEL_NAMES[priority] ?? 'UNKNOWN';
		yield* appendFile(this.file, `${yield* fileStamp()} xinetd[${yield* getpid()}]: ${level}: ${whole}\n`, 0o644);
	}

	/** Critical messages name the function of the real program. */
	*critical(where: string, text: string): Sys<void> {
		yield* this.write('crit', `${yield* getpid()} {${where}} ${text}`);
	}

	*close(): Sys<void> {
		yield* this.#log.close();
	}
}
