/**
 * anvil(8): counts, for each client and service, connections at a time, and connections, mails and recipients by the unit
 * of time (anvil_rate_time_unit). smtpd asks, and decides what is too much.
 *
 * Does: its log lines about the largest counts, every anvil_status_update_time and when it ends.
 * Lacks: connections that a killed smtpd left behind are counted until anvil itself ends.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import { attribute, attrPrint, AttrReader } from './attr';
import { serve, type Daemon } from './server';

interface Remote {
	count: number;
	rate: number;
	mail: number;
	recipient: number;
	/** begin of the unit of time in which is counted */
	since: number;
}

interface Record_ {
	readonly value: number;
	readonly ident: string;
	readonly at: number;
}

/** The largest of each, in the order of the log. */
const MAXIMA = ['connection rate', 'connection count', 'message rate', 'recipient rate', 'cache size'] as const;
type Maximum = (typeof MAXIMA)[number];

/** a table that grows without end would be a gift to an attacker: the real one is bounded by its clients alone */
const MOST_REMOTES = 10_000;

class Anvil {
	readonly remotes = new Map<string, Remote>();
	maxima = new Map<Maximum, Record_>();
	nextReport = 0;

	constructor(readonly daemon: Daemon) {}

	get unit(): number {
		return this.daemon.config.seconds('anvil_rate_time_unit');
	}

	#max(what: Maximum, value: number, ident: string, at: number): void {
		if (value > (this.maxima.get(what)?.value ?? 0)) this.maxima.set(what, { value, ident, at });
	}

	remote(ident: string, now: number): Remote {
		let remote = this.remotes.get(ident);
		if (!remote) {
			if (this.remotes.size >= MOST_REMOTES) this.remotes.delete(this.remotes.keys().next().value!);
			remote = { count: 0, rate: 0, mail: 0, recipient: 0, since: now };
			this.remotes.set(ident, remote);
			this.#max('cache size', this.remotes.size, '', now);
		}
		if (now >= remote.since + this.unit * 1e6) Object.assign(remote, { rate: 0, mail: 0, recipient: 0, since: now });
		return remote;
	}

	answer(request: string, ident: string, now: number): [name: string, value: string][] {
		if (request === 'disconnect') {
			const known = this.remotes.get(ident);
			if (known && --known.count <= 0 && now >= known.since + this.unit * 1e6) this.remotes.delete(ident);
			return [];
		}
		const remote = this.remote(ident, now);
		if (request === 'message') {
			this.#max('message rate', ++remote.mail, ident, now);
			return [['rate', String(remote.mail)]];
		}
		if (request === 'recipient') {
			this.#max('recipient rate', ++remote.recipient, ident, now);
			return [['rate', String(remote.recipient)]];
		}
		if (request === 'connect') {
			remote.count++;
			remote.rate++;
			this.#max('connection rate', remote.rate, ident, now);
			this.#max('connection count', remote.count, ident, now);
		}
		return [
			['count', String(remote.count)],
			['rate', String(remote.rate)]
		];
	}

	*report(): Sys<void> {
		for (const what of MAXIMA) {
			const found = this.maxima.get(what);
			if (!found) continue;
			const value = what.endsWith('rate') ? `${found.value}/${this.unit}s` : String(found.value);
			const who = found.ident === '' ? '' : ` for (${found.ident})`;
			yield* this.daemon.log.info(`statistics: max ${what} ${value}${who} at ${clock(found.at)}`);
		}
		this.maxima = new Map();
	}
}

/** "Nov 23 01:45:00" */
function clock(microseconds: number): string {
	const [, , day, month, , time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(
		new Date(Math.floor(microseconds / 1000)).toUTCString()
	)!;
	return `${month} ${day!.replace(/^0/, ' ')} ${time}`;
}

export const anvil: Main = function* (argv) {
	let state: Anvil | null = null;
	const status = yield* serve(
		'anvil',
		argv,
		function* (_daemon, fd) {
			const request = yield* new AttrReader(fd, 1_000_000).scan();
			if (request === null) return;
			const rows = state!.answer(attribute(request, 'request'), attribute(request, 'ident'), yield* time());
			yield* attrPrint(fd, [['status', '0'], ...rows]);
		},
		{
			postJail: function* (daemon) {
				state = new Anvil(daemon);
			},
			unlimited: true,
			idle: function* (daemon) {
				const period = daemon.config.seconds('anvil_status_update_time') * 1e6;
				const now = yield* time();
				if (state!.nextReport === 0) state!.nextReport = now + period;
				if (now >= state!.nextReport) {
					yield* state!.report();
					state!.nextReport = now + period;
				}
				return state!.nextReport - now;
			}
		}
	);
	if (state) yield* (state as Anvil).report();
	return status;
};
