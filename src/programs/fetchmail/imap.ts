/**
 * Fetching by IMAP (imap.c): LOGIN, SELECT, which messages are new by SEARCH UNSEEN, header and text apart, STORE.
 *
 * Not simulated: IDLE, SASL mechanisms other than the plain LOGIN, several folders, servers without IMAP4rev1.
 */
import type { Sys } from '#kernel/syscalls';
import { Session, type Poll } from './session';
import { Failed, PS } from './status';

interface Answer {
	readonly ok: boolean;
	/** the untagged lines */
	readonly lines: readonly string[];
}

class Imap extends Session {
	#tag = 0;

	constructor(poll: Poll) {
		super(poll, 'IMAP');
	}

	*command(text: string, shown = text): Sys<void> {
		const tag = `A${String(++this.#tag).padStart(4, '0')}`;
		yield* this.send(`${tag} ${text}`, `${tag} ${shown}`);
	}

	/** Reads to the tagged line. */
	*answer(): Sys<Answer> {
		const lines: string[] = [];
		const tag = `A${String(this.#tag).padStart(4, '0')} `;
		for (;;) {
			const line = yield* this.line();
			if (/CAPABILITY .*\bIDLE\b/.test(line) && this.poll.report.verbose)
				yield* this.poll.report.say('will idle after poll');
			if (line.startsWith(tag)) return { ok: line.slice(tag.length).startsWith('OK'), lines };
			lines.push(line);
		}
	}

	*ask(text: string, shown = text): Sys<Answer> {
		yield* this.command(text, shown);
		return yield* this.answer();
	}

	*login(): Sys<boolean> {
		const { user, report } = this.poll;
		const greeting = yield* this.line();
		if (!/^\* (?:OK|PREAUTH)/.test(greeting)) throw new Failed(PS.PROTOCOL);
		if (/\bIDLE\b/.test(greeting) && report.verbose) yield* report.say('will idle after poll');
		if (this.wantsTls) {
			if (!(yield* this.ask('STARTTLS')).ok) yield* this.tlsFailed();
			yield* this.startTls();
			yield* this.ask('CAPABILITY');
		}
		const quoted = (text: string): string => `"${text.replace(/(["\\])/g, '\\$1')}"`;
		const name = quoted(user.remote);
		if ((yield* this.ask(`LOGIN ${name} ${quoted(user.password ?? '')}`, `LOGIN ${name} *`)).ok) return true;
		yield* this.authFailed();
		yield* this.ask('LOGOUT');
		return false;
	}

	*run(): Sys<number> {
		const { report, user, server, checkOnly } = this.poll;
		if (!(yield* this.login())) return PS.AUTHFAIL;
		const selected = yield* this.ask(`${checkOnly ? 'EXAMINE' : 'SELECT'} "${user.folder}"`);
		if (!selected.ok) {
			yield* report.error(`mailbox selection failed`);
			yield* this.ask('LOGOUT');
			return PS.PROTOCOL;
		}
		const count = Number(/^\* (\d+) EXISTS/m.exec(selected.lines.join('\n'))?.[1] ?? 0);
		if (count === 0) {
			if (!report.silent) yield* report.say(`No mail for ${user.remote} at ${server.name}`);
			yield* this.ask('LOGOUT');
			return PS.NOMAIL;
		}
		const fresh = yield* this.#unseen(count);
		yield* this.counted(count, count - fresh.length, null);
		if (checkOnly || fresh.length === 0) {
			yield* this.ask('LOGOUT');
			return fresh.length > 0 ? PS.SUCCESS : PS.NOMAIL;
		}
		const sizes = yield* this.#sizes(count);
		let deleted = 0;
		for (const number of fresh) {
			if (yield* this.#fetch(number, count, sizes.get(number) ?? 0)) deleted++;
		}
		if (deleted > 0) yield* this.ask('EXPUNGE');
		yield* this.ask('LOGOUT');
		return PS.SUCCESS;
	}

	*#unseen(count: number): Sys<number[]> {
		const { user, checkOnly } = this.poll;
		const all = Array.from({ length: count }, (_, i) => i + 1);
		if (!user.keep && !checkOnly) yield* this.ask('EXPUNGE');
		if (user.fetchall) return all;
		const found = yield* this.ask(user.keep || checkOnly ? 'SEARCH UNSEEN UNDELETED' : 'SEARCH UNSEEN');
		const line = found.lines.find((one) => one.startsWith('* SEARCH')) ?? '';
		return line
			.split(' ')
			.slice(2)
			.map(Number)
			.filter((number) => number > 0);
	}

	*#sizes(count: number): Sys<Map<number, number>> {
		const { lines } = yield* this.ask(`FETCH 1:${count} RFC822.SIZE`);
		return new Map(
			lines.flatMap((line) => {
				const match = /^\* (\d+) FETCH \(RFC822\.SIZE (\d+)\)/.exec(line);
				return match ? [[Number(match[1]), Number(match[2])] as const] : [];
			})
		);
	}

	/** The size of the literal that the first untagged line announces. */
	*#literal(text: string): Sys<number | null> {
		yield* this.command(text);
		const line = yield* this.line();
		const size = /\{(\d+)\}$/.exec(line);
		return size ? Number(size[1]) : null;
	}

	/** @returns true when it was deleted there */
	*#fetch(number: number, count: number, size: number): Sys<boolean> {
		const { report, user, sink } = this.poll;
		if (user.limit > 0 && size > user.limit) {
			if (!report.silent)
				yield* report.plain(`skipping message ${this.who}:${number} (${size} octets) (oversized) not flushed`);
			return false;
		}
		const headerSize = yield* this.#literal(`FETCH ${number} RFC822.HEADER`);
		if (headerSize === null) return false;
		yield* this.announce(number, count, `${headerSize} header octets`);
		const isOpen = yield* this.openSink(yield* this.text(headerSize), size);
		yield* this.answer();
		if (isOpen) {
			const bodySize = yield* this.#literal(`FETCH ${number} BODY.PEEK[TEXT]`);
			if (bodySize !== null) {
				if (!report.silent) yield* report.part(` (${bodySize} body octets)${report.progress ? ' ' : ''}`);
				for (const line of (yield* this.text(bodySize)).replace(/\n$/, '').split('\n')) yield* this.bodyLine(line);
				yield* this.answer();
			}
		}
		const taken = isOpen && (yield* sink.end());
		const flushes = taken && !user.keep;
		yield* this.done(flushes);
		if (flushes) yield* this.ask(`STORE ${number} +FLAGS (\\Seen \\Deleted)`);
		else if (taken) yield* this.ask(`STORE ${number} +FLAGS (\\Seen)`);
		return flushes;
	}
}

export const fetchByImap = (poll: Poll): { session: Session; run: () => Sys<number> } => {
	const session = new Imap(poll);
	return { session, run: () => session.run() };
};
