/**
 * Log messages (syslog(3)): one datagram to /dev/log a message, in the form that glibc sends ("<22>Mar  4 09:12:31
 * postfix/smtpd[1207]: text"), so that syslogd sees what it would see.
 *
 * Nobody listening is no error: the message is lost, as it really is. The socket stays open between messages; a broken
 * one (syslogd was restarted) is opened once more.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { syslogTime } from './strftime';
import { encode } from './text';
import { close, connect, getpid, sendto, setcloexec, socket, time } from './unistd';

/** Facility numbers (syslog.h), by the names that syslog.conf uses. */
export const FACILITIES = {
	kern: 0,
	user: 1,
	mail: 2,
	daemon: 3,
	auth: 4,
	syslog: 5,
	lpr: 6,
	news: 7,
	uucp: 8,
	cron: 9,
	authpriv: 10,
	ftp: 11,
	local0: 16,
	local1: 17,
	local2: 18,
	local3: 19,
	local4: 20,
	local5: 21,
	local6: 22,
	local7: 23
} as const;
export type Facility = keyof typeof FACILITIES;

/** Severities; lower is worse. */
export const PRIORITIES = { emerg: 0, alert: 1, crit: 2, err: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;
export type Priority = keyof typeof PRIORITIES;

export const LOG_SOCKET = '/dev/log';

export interface LogOptions {
	/** in front of every message: "postfix/smtpd" */
	readonly ident: string;
	readonly facility: Facility;
	/** LOG_PID: the process number in brackets; default true */
	readonly pid?: boolean;
}

/** An open log: `const log = new Log({ ident: 'named', facility: 'daemon' }); yield* log.write('info', 'running')`. */
export class Log {
	readonly #options: LogOptions;
	#fd: number | undefined;

	constructor(options: LogOptions) {
		this.#options = options;
	}

	*write(priority: Priority, text: string): Sys<void> {
		const { ident, facility, pid } = this.#options;
		const tag = pid === false ? ident : `${ident}[${yield* getpid()}]`;
		const code = FACILITIES[facility] * 8 + PRIORITIES[priority];
		yield* this.#send(encode(`<${code}>${syslogTime(yield* time())} ${tag}: ${text}`));
	}

	*#send(bytes: Uint8Array): Sys<void> {
		for (let attempt = 0; attempt < 2; attempt++) {
			try {
				this.#fd ??= yield* connectLog();
				yield* sendto(this.#fd, bytes);
				return;
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				yield* this.close();
			}
		}
	}

	*close(): Sys<void> {
		if (this.#fd === undefined) return;
		const fd = this.#fd;
		this.#fd = undefined;
		try {
			yield* close(fd);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
}

function* connectLog(): Sys<number> {
	const fd = yield* socket('unix', 'dgram');
	try {
		yield* setcloexec(fd, true);
		yield* connect(fd, { family: 'unix', path: LOG_SOCKET });
	} catch (thrown) {
		yield* close(fd);
		throw thrown;
	}
	return fd;
}

/** One message from a program that logs seldom (`logger`, `su`, tcpd). */
export function* syslog(options: LogOptions, priority: Priority, text: string): Sys<void> {
	const log = new Log(options);
	yield* log.write(priority, text);
	yield* log.close();
}
