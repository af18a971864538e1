/**
 * Postfix's messages (msg(3), msg_vstream(3), msg_syslog(3), postlogd's older way).
 *
 * Does: `info`, `warn`, `error`, `fatal`, `panic`, each one line, to the system log as `postfix/PROGRAM[pid]: …` and, of a
 *       command whose standard error is a terminal, also there as `PROGRAM: …`. With standard error elsewhere the
 *       message goes to the log alone, as the real commands do.
 * Writes: the datagram socket /dev/log. Trusts: that a missing syslogd is no reason to stop.
 * Not simulated: `maillog_file` (postlogd).
 *
 * Code without system calls (parsers, getters) throws a `Fatal`; `Messages.guard` turns it into the fatal message and
 * exit status of a real program.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { syslog } from '../libc/syslog';
import { encode } from '../libc/text';
import { exit, tcgetattr, write } from '../libc/unistd';

const STDERR = 2;

/** What ends a program, thrown by code that makes no system calls. */
export class Fatal {
	/** @param text without "fatal: " */
	constructor(
		readonly text: string,
		readonly status = 1,
		/** said before it */
		readonly warnings: readonly string[] = []
	) {}
}

/** Priority (syslog(3)) and the word before the text. */
const LEVEL = {
	info: { priority: 'info', label: '' },
	warning: { priority: 'warning', label: 'warning: ' },
	error: { priority: 'err', label: 'error: ' },
	fatal: { priority: 'crit', label: 'fatal: ' },
	panic: { priority: 'crit', label: 'panic: ' }
} as const;
export type Level = keyof typeof LEVEL;

/** sysexits(3), as Postfix commands use them. */
export const EX = {
	OK: 0,
	USAGE: 64,
	DATAERR: 65,
	NOUSER: 67,
	UNAVAILABLE: 69,
	SOFTWARE: 70,
	OSERR: 71,
	TEMPFAIL: 75,
	NOPERM: 77,
	CONFIG: 78
} as const;

export class Messages {
	/** the syslog tag; a daemon changes it once it knows `syslog_name` and its service's name */
	tag: string;

	/**
	 * @param program as messages name it: "postconf"
	 * @param terminal whether messages also go to standard error
	 */
	constructor(
		public program: string,
		readonly terminal: boolean,
		tag = `postfix/${program}`
	) {
		this.tag = tag;
	}

	/** Of a command: standard error is used when it is a terminal. */
	static *ofCommand(program: string): Sys<Messages> {
		let terminal = true;
		try {
			yield* tcgetattr(STDERR);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			terminal = false;
		}
		return new Messages(program, terminal);
	}

	/** Of a command that always writes to standard error, terminal or not: postconf, postmap, postalias. */
	static toStderr(program: string, log = true): Messages {
		return new Messages(program, true, log ? `postfix/${program.replace(/^.*\//, '')}` : '');
	}

	/** Of a daemon: the log alone. @param service its name in the log, "smtpd" */
	static ofDaemon(service: string): Messages {
		return new Messages(service, false);
	}

	*say(level: Level, text: string): Sys<void> {
		if (this.terminal) {
			try {
				yield* write(STDERR, encode(`${this.program}: ${LEVEL[level].label}${text}\n`));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
			}
		}
		const { priority, label } = LEVEL[level];
		if (this.tag !== '') yield* syslog({ ident: this.tag, facility: 'mail' }, priority, label + text);
	}

	/** Words of getopt(3), which only standard error gets. */
	*plain(text: string): Sys<void> {
		yield* write(STDERR, encode(`${this.program}: ${text}\n`));
	}

	*info(text: string): Sys<void> {
		yield* this.say('info', text);
	}

	*warn(text: string): Sys<void> {
		yield* this.say('warning', text);
	}

	*error(text: string): Sys<void> {
		yield* this.say('error', text);
	}

	/** Ends the process. */
	*fatal(text: string, status = 1): Sys<never> {
		yield* this.say('fatal', text);
		return yield* exit(status);
	}

	*panic(text: string): Sys<never> {
		yield* this.say('panic', text);
		return yield* exit(1);
	}

	/** Runs `body`; a `Fatal` thrown inside becomes the message and the exit status. */
	*guard<T>(body: () => Sys<T>): Sys<T> {
		try {
			return yield* body();
		} catch (thrown) {
			if (!(thrown instanceof Fatal)) throw thrown;
			for (const text of thrown.warnings) yield* this.warn(text);
			return yield* this.fatal(thrown.text, thrown.status);
		}
	}
}

/** Warnings of code that makes no system calls, said afterwards by `flush`. */
export class Warnings {
	#texts: string[] = [];

	readonly add = (text: string): void => {
		this.#texts.push(text);
	};

	get texts(): readonly string[] {
		return this.#texts;
	}

	*flush(messages: Messages): Sys<void> {
		const texts = this.#texts;
		this.#texts = [];
		for (const text of texts) yield* messages.warn(text);
	}
}
