/** What a command of SMTP is to smtpd, and how one is refused. */
import type { Sys } from '#kernel/syscalls';
import type { Checks } from './checks';
import type { Session } from './session';
import type { Word } from './syntax';

export type CommandAction = (session: Session, checks: Checks, args: readonly Word[]) => Sys<boolean>;

export interface Command {
	readonly name: string;
	readonly action: CommandAction;
	/** counts as junk when nothing comes of it */
	readonly junk?: boolean;
	/** succeeding is not counted on the "disconnect" line */
	readonly uncounted?: boolean;
	/** may be said in clear where TLS is a must */
	readonly beforeTls?: boolean;
	/** must be the last of a pipelined group */
	readonly last?: boolean;
}

export function* fail(session: Session, text: string, errorClass: 'protocol' | 'policy' = 'protocol'): Sys<false> {
	session.errorClasses.add(errorClass);
	yield* session.reply(text);
	return false;
}

export const inTransaction = (session: Session): boolean => session.sender !== null;
/** The words from there on. */
export const rest = (args: readonly Word[], from: number): string =>
	args
		.slice(from)
		.map(({ text }) => text)
		.join(' ');
