/**
 * Fetching by POP3 (pop3.c): CAPA, STLS, USER and PASS, which messages are new by their UIDs, TOP or RETR, DELE.
 *
 * TOP is used where the message will be deleted: a RETR would mark it as read if the transfer broke. Not simulated: APOP,
 * SASL mechanisms other than the plain login, LAST of servers that have it, fast UIDL.
 */
import type { Sys } from '#kernel/syscalls';
import { Session, type Poll } from './session';
import { Failed, PS } from './status';

class Pop3 extends Session {
	constructor(poll: Poll) {
		super(poll, 'POP3');
	}

	/** @returns the text behind +OK; null for -ERR, which is told */
	*reply(): Sys<string | null> {
		const line = yield* this.line();
		if (line.startsWith('+OK')) return line.slice(4);
		const { report } = this.poll;
		if (report.verbose) yield* report.error(line.replace(/^-ERR ?/, ''));
		return null;
	}

	*ask(text: string, shown = text): Sys<string | null> {
		yield* this.send(text, shown);
		return yield* this.reply();
	}

	*list(): Sys<string[]> {
		const lines: string[] = [];
		for (;;) {
			const line = yield* this.line();
			if (line === '.') return lines;
			lines.push(line);
		}
	}

	*quit(): Sys<void> {
		yield* this.ask('QUIT');
	}

	*login(): Sys<boolean> {
		const { user } = this.poll;
		if ((yield* this.reply()) === null) throw new Failed(PS.PROTOCOL);
		const capable = (yield* this.ask('CAPA')) !== null;
		if (capable) yield* this.list();
		if (this.wantsTls) {
			if ((yield* this.ask('STLS')) === null) yield* this.tlsFailed();
			yield* this.startTls();
			if ((yield* this.ask('CAPA')) !== null) yield* this.list();
		}
		const known = (yield* this.ask(`USER ${user.remote}`)) !== null;
		if (known && (yield* this.ask(`PASS ${user.password ?? ''}`, 'PASS *')) !== null) return true;
		yield* this.authFailed();
		yield* this.quit();
		return false;
	}

	*run(): Sys<number> {
		const { report, user, server, seen, checkOnly } = this.poll;
		if (!(yield* this.login())) return PS.AUTHFAIL;
		const [count = 0, octets = 0] = ((yield* this.ask('STAT')) ?? '').split(' ').map(Number);
		if (count === 0) {
			if (!report.silent) yield* report.say(`No mail for ${user.remote} at ${server.name}`);
			yield* this.quit();
			return PS.NOMAIL;
		}
		const uids = yield* this.#uids();
		const old = new Set([...uids].filter(([, uid]) => seen.has(uid) && !user.fetchall).map(([number]) => number));
		yield* this.counted(count, old.size, octets);
		if (checkOnly) {
			yield* this.quit();
			return old.size < count ? PS.SUCCESS : PS.NOMAIL;
		}
		let fetched = 0;
		for (let number = 1; number <= count; number++) {
			const uid = uids.get(number);
			if (old.has(number)) {
				if (user.flush) yield* this.#delete(number, uid);
				continue;
			}
			if (user.fetchlimit > 0 && fetched >= user.fetchlimit) {
				yield* report.say(
					`fetchlimit ${user.fetchlimit} reached; ${count - number + 1} messages left on server ${server.name} account ${user.remote}`
				);
				break;
			}
			if (yield* this.#fetch(number, count, uid)) fetched++;
		}
		yield* this.quit();
		return fetched > 0 || old.size < count ? (this.#oversized === count ? PS.NOMAIL : PS.SUCCESS) : PS.NOMAIL;
	}

	#oversized = 0;

	*#uids(): Sys<Map<number, string>> {
		const { user, server } = this.poll;
		if (user.fetchall) return new Map();
		if (!server.uidl) yield* this.ask('LAST');
		if ((yield* this.ask('UIDL')) === null) return new Map();
		return new Map(
			(yield* this.list()).map((line): [number, string] => {
				const [number = '', uid = ''] = line.split(' ');
				return [Number(number), uid];
			})
		);
	}

	*#delete(number: number, uid: string | undefined): Sys<void> {
		yield* this.ask(`DELE ${number}`);
		if (uid !== undefined) this.poll.seen.delete(uid);
	}

	*#fetch(number: number, count: number, uid: string | undefined): Sys<boolean> {
		const { report, user, sink, seen } = this.poll;
		const size = Number(((yield* this.ask(`LIST ${number}`)) ?? '').split(' ')[1] ?? 0);
		if (user.limit > 0 && size > user.limit) {
			this.#oversized++;
			if (!report.silent)
				yield* report.plain(`skipping message ${this.who}:${number} (${size} octets) (oversized) not flushed`);
			return false;
		}
		const wholly = user.keep || user.fetchall;
		if ((yield* this.ask(wholly ? `RETR ${number}` : `TOP ${number} 99999999`)) === null) return false;
		yield* this.announce(number, count, `${size} octets`);
		const header: string[] = [];
		let isOver = false;
		for (;;) {
			const line = yield* this.poll.connected.channel.line();
			isOver = line === '.';
			if (isOver || line === '') break;
			header.push(line.startsWith('.') ? line.slice(1) : line);
		}
		const isOpen = yield* this.openSink(header.join('\n'), size);
		while (!isOver) {
			const line = yield* this.poll.connected.channel.line();
			if (line === '.') break;
			if (isOpen) yield* this.bodyLine(line.startsWith('.') ? line.slice(1) : line);
		}
		const taken = isOpen && (yield* sink.end());
		const flushes = taken && !user.keep;
		if (!isOpen && report.progress) yield* report.raw('\n');
		yield* this.done(flushes);
		if (flushes) yield* this.#delete(number, uid);
		else if (taken && uid !== undefined) seen.add(uid);
		return taken;
	}
}

export const fetchByPop3 = (poll: Poll): { session: Session; run: () => Sys<number> } => {
	const session = new Pop3(poll);
	return { session, run: () => session.run() };
};
