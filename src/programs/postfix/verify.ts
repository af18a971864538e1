/**
 * verify(8): whether mail to an address would be taken. smtpd asks (`query`); delivery agents report what became of a probe
 * (`update`).
 *
 * Does: keeps the answers, in address_verify_map where that is a btree or hash file, else in memory; sends a probe (a mail
 *       that is routed but never delivered) for an address that it does not know, or whose answer has become old; drops what
 *       has expired every address_verify_cache_cleanup_interval.
 * Format of an entry: `status:probed:updated:text`, times in seconds.
 * Not simulated: address_verify_sender_ttl; a file that other processes change.
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { readFile } from '../libc/stdio';
import { close, open, time } from '../libc/unistd';
import { attribute, attrPrint, AttrReader, mailCommand } from './attr';
import { TRACE_FLAG } from './delivery';
import { decodeIndex, encodeIndex } from './dict/index-file';
import { Fatal } from './errors';
import { INTERNAL } from './mail-stream';
import { writeFully } from './mail-queue';
import { closePostMail, openPostMail } from './post-mail';
import { serve, type Daemon } from './server';

/** What is known about an address (deliver_request.h, DEL_RCPT_STAT_*). */
export const RECIPIENT_STATUS = { OK: 0, DEFER: 1, BOUNCE: 2, UNKNOWN: 3 } as const;

export interface Verified {
	readonly status: number;
	readonly text: string;
}

interface Entry {
	readonly status: number;
	/** seconds since 1970 of a probe on its way; 0 when there is none */
	readonly probed: number;
	readonly updated: number;
	readonly text: string;
}

/** seconds until a probe that was not answered is sent again */
const PROBE_LIFETIME = 1000;
/** key of the time of the last cleanup (dict_cache(3)) */
const LAST_CLEANUP = '_LAST_CACHE_CLEANUP_COMPLETED_';
/** more than any mail host sees; a limit nevertheless */
const MOST_ENTRIES = 100_000;

class Cache {
	readonly entries = new Map<string, Entry>();
	nextCleanup = 0;
	#lastCleanup = 0;
	/** PATH.db of a table that outlives the process */
	readonly #path: string | null;
	readonly #type: string;

	constructor(readonly daemon: Daemon) {
		const [, type = '', path = ''] = /^(?:proxy:)?(\w+):(.*)$/.exec(daemon.config.text('address_verify_map')) ?? [];
		this.#type = type;
		this.#path = type === 'btree' || type === 'hash' || type === 'lmdb' ? `${path}.db` : null;
	}

	get name(): string {
		return this.daemon.config.text('address_verify_map') || 'internal:verify';
	}

	*load(): Sys<void> {
		if (this.#path === null) return;
		try {
			for (const [key, { value }] of decodeIndex(yield* readFile(this.#path)) ?? []) {
				if (key === LAST_CLEANUP) {
					this.nextCleanup =
						(Number(value) + this.daemon.config.seconds('address_verify_cache_cleanup_interval')) * 1e6;
					this.#lastCleanup = Number(value);
					continue;
				}
				const found = /^(\d+):(\d+):(\d+):(.*)$/s.exec(value);
				if (!found) yield* this.daemon.log.warn(`bad address verify table entry: ${value.slice(0, 100)}`);
				else
					this.entries.set(key, {
						status: Number(found[1]),
						probed: Number(found[2]),
						updated: Number(found[3]),
						text: found[4]!
					});
			}
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.#save();
		}
	}

	*#save(): Sys<void> {
		if (this.#path === null) return;
		const rows = [...this.entries].map(([key, entry]) => {
			const value = `${entry.status}:${entry.probed}:${entry.updated}:${entry.text}`;
			return [key, { value, line: 0 }] as const;
		});
		const noted = { value: String(this.#lastCleanup), line: 0 };
		try {
			const fd = yield* open(this.#path, O.WRONLY | O.CREAT | O.TRUNC, 0o600);
			yield* writeFully(fd, encodeIndex(this.#type, new Map([...rows, [LAST_CLEANUP, noted]])));
			yield* close(fd);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			throw new Fatal(`open database ${this.#path}: ${thrown.code}`);
		}
	}

	*put(address: string, entry: Entry): Sys<void> {
		if (!this.entries.has(address) && this.entries.size >= MOST_ENTRIES)
			this.entries.delete(this.entries.keys().next().value!);
		this.entries.set(address, entry);
		yield* this.#save();
	}

	#lifetime(status: number, what: 'expire' | 'refresh'): number {
		const sort = status === RECIPIENT_STATUS.OK ? 'positive' : 'negative';
		return this.daemon.config.seconds(`address_verify_${sort}_${what}_time`);
	}

	isExpired({ status, updated }: Entry, now: number): boolean {
		return updated + this.#lifetime(status, 'expire') < now;
	}

	wantsProbe({ status, probed, updated }: Entry, now: number): boolean {
		if (now - probed < PROBE_LIFETIME) return false;
		return status === RECIPIENT_STATUS.UNKNOWN || updated + this.#lifetime(status, 'refresh') < now;
	}

	*cleanUp(now: number): Sys<void> {
		let dropped = 0;
		for (const [address, entry] of this.entries)
			if (now - entry.probed >= PROBE_LIFETIME && this.isExpired(entry, now)) {
				this.entries.delete(address);
				dropped++;
			}
		this.#lastCleanup = now;
		yield* this.#save();
		yield* this.daemon.log.info(
			`cache ${this.name} full cleanup: retained=${this.entries.size} dropped=${dropped} entries`
		);
	}
}

/** Sends a mail that only asks. */
function* probe(daemon: Daemon, cache: Cache, address: string, entry: Entry, now: number): Sys<void> {
	const sender = daemon.config.text('address_verify_sender');
	try {
		const to = yield* openPostMail(daemon, sender, address, INTERNAL, TRACE_FLAG.MTA_VRFY);
		if (!(yield* closePostMail(to))) return;
	} catch (thrown) {
		if (!(thrown instanceof Fatal)) throw thrown;
		return;
	}
	/* the answer may be there already: then nothing is on its way any more */
	if (cache.entries.get(address) === entry) yield* cache.put(address, { ...entry, probed: now });
}

function* query(daemon: Daemon, cache: Cache, fd: number, address: string, now: number): Sys<void> {
	const found = cache.entries.get(address);
	let entry: Entry = {
		status: RECIPIENT_STATUS.UNKNOWN,
		probed: 0,
		updated: 0,
		text: 'Address verification in progress'
	};
	if (found && (found.status === RECIPIENT_STATUS.UNKNOWN || !cache.isExpired(found, now))) entry = found;
	yield* attrPrint(fd, [
		['status', '0'],
		['recipient_status', String(entry.status)],
		['reason', entry.text]
	]);
	if (!cache.wantsProbe(entry, now)) return;
	if (daemon.config.flag('address_verify_negative_cache')) yield* cache.put(address, entry);
	yield* probe(daemon, cache, address, entry, now);
}

function* update(cache: Cache, address: string, status: number, text: string, now: number): Sys<void> {
	const known = cache.entries.get(address);
	/* a failed probe does not take away what was good, before that expires: the next question probes again */
	const good = known?.status === RECIPIENT_STATUS.OK;
	if (status !== RECIPIENT_STATUS.OK && good) return;
	yield* cache.put(address, { status, probed: 0, updated: now, text });
}

export const verify: Main = (argv) => {
	let cache: Cache | null = null;
	return serve(
		'verify',
		argv,
		function* (daemon, fd) {
			const request = yield* new AttrReader(fd, 1_000_000).scan();
			if (request === null) return;
			const now = Math.floor((yield* time()) / 1e6);
			const address = attribute(request, 'address');
			if (attribute(request, 'request') === 'query') return yield* query(daemon, cache!, fd, address, now);
			const status = Number(attribute(request, 'recipient_status'));
			yield* update(cache!, address, status, attribute(request, 'reason'), now);
			yield* attrPrint(fd, [['status', '0']]);
		},
		{
			unlimited: true,
			*postJail(daemon) {
				cache = new Cache(daemon);
				yield* cache.load();
			},
			*idle(daemon) {
				const interval = daemon.config.seconds('address_verify_cache_cleanup_interval') * 1e6;
				if (interval === 0) return -1;
				const now = yield* time();
				if (now >= cache!.nextCleanup) {
					yield* cache!.cleanUp(Math.floor(now / 1e6));
					cache!.nextCleanup = now + interval;
				}
				return cache!.nextCleanup - now;
			}
		}
	);
};

/** Asks verify about an address (verify_clnt_query(3)). Null when the service gives no answer. */
export function* askVerify(daemon: Daemon, address: string): Sys<Verified | null> {
	try {
		const reply = yield* mailCommand('private', daemon.config.text('address_verify_service_name'), [
			['request', 'query'],
			['address', address]
		]);
		if (!reply || attribute(reply, 'status') !== '0') return null;
		return { status: Number(attribute(reply, 'recipient_status')), text: attribute(reply, 'reason') };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return null;
	}
}
