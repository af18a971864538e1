/**
 * Dovecot's log: `dovecot: pop3-login: Login: …`, by syslog(3) when log_path is empty or "syslog", else to that file.
 *
 * The real processes write to a pipe that `dovecot/log` reads; here each writes for itself.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { appendFile } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { FACILITIES, Log, type Facility, type Priority } from '../libc/syslog';
import { time } from '../libc/unistd';
import type { Configuration } from './configuration';

const LEVELS = {
	info: { priority: 'info', label: '', word: 'Info: ' },
	warning: { priority: 'warning', label: 'Warning: ', word: 'Warning: ' },
	error: { priority: 'err', label: 'Error: ', word: 'Error: ' },
	fatal: { priority: 'crit', label: 'Fatal: ', word: 'Fatal: ' }
} as const satisfies Record<string, { priority: Priority; label: string; word: string }>;
export type Level = keyof typeof LEVELS;

export class DovecotLog {
	readonly #syslog: Log;
	readonly #path: string;

	/** @param prefix in front of every message: "pop3-login: " */
	constructor(
		readonly configuration: Configuration,
		readonly prefix: string
	) {
		const facility = configuration.text('syslog_facility');
		const path = configuration.text('log_path');
		this.#path = path === 'syslog' ? '' : path;
		this.#syslog = new Log({
			ident: 'dovecot',
			facility: facility in FACILITIES ? (facility as Facility) : 'mail',
			pid: false
		});
	}

	*write(level: Level, text: string): Sys<void> {
		const { priority, label, word } = LEVELS[level];
		if (this.#path === '') return yield* this.#syslog.write(priority, this.prefix + label + text);
		const stamp = strftime('%b %d %H:%M:%S', breakDown(yield* time()));
		try {
			yield* appendFile(this.#path, `${stamp} ${this.prefix}${word}${text}\n`, 0o600);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	*info(text: string): Sys<void> {
		yield* this.write('info', text);
	}

	*error(text: string): Sys<void> {
		yield* this.write('error', text);
	}
}
