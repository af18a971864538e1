/**
 * Secondary zones (RFC 1034 4.3.5, RFC 1996): asks the primary for its serial number when the SOA's times say so or a NOTIFY
 * came, fetches the zone when the number has grown, keeps it in a file, and gives it up when it has expired.
 *
 * A child process does the asking, where the real named has a thread, so that the server goes on answering meanwhile; it
 * sends what it learnt through a pipe. The file is text (the real one's default is a binary form). Incremental transfers
 * are not asked for.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { buildDns, dnsQuery, parseDns, RCODE, type DnsMessage, type DnsRecord } from '#wire/dns';
import { writeFile } from '../libc/stdio';
import { close, fork, getrandom, pipe, read, write } from '../libc/unistd';
import { ask, type AskOptions, type Server } from './client';
import { shownName } from './load-zone';
import type { ZoneStatement } from './named-conf';
import { zoneDump } from './named-checkzone';
import { serialIsNewer } from './serve';
import { Zone } from './zone';
import { parseZoneFile } from './zone-file';
import { joinPath } from './zone-files';

const SECOND = 1_000_000;
/** When nothing is known of a zone yet, it is tried again after this. */
const FIRST_RETRY = 60 * SECOND;

/** What the child sends: a byte for the kind, two for the length, the bytes. */
const FRAME = { message: 1, upToDate: 2, failed: 3 } as const;

export class Secondary {
	zone: Zone | undefined;
	/** microseconds since 1970 */
	nextAt: number;
	expiresAt = Infinity;
	loadedAt = 0;
	/** the pipe of a transfer that is under way */
	fd: number | undefined;
	#received: number[] = [];
	#primary = 0;
	#startedAt = 0;

	constructor(
		readonly statement: ZoneStatement,
		readonly directory: string,
		now: number,
		readonly log: (text: string) => Sys<void>
	) {
		this.nextAt = now;
	}

	get #title(): string {
		return `zone ${shownName(this.statement.name)}/IN`;
	}

	/** A copy that was kept. */
	keep(zone: Zone, now: number): void {
		this.zone = zone;
		this.loadedAt = now;
		this.expiresAt = now + zone.soa!.record.expire * SECOND;
	}

	/** @returns whether the zone has just expired */
	*expire(now: number): Sys<boolean> {
		if (!this.zone || now < this.expiresAt) return false;
		this.zone = undefined;
		this.expiresAt = Infinity;
		yield* this.log(`${this.#title}: expired`);
		return true;
	}

	/** @param force whatever the serial number (rndc retransfer) */
	*start(now: number, force = false): Sys<void> {
		if (this.fd !== undefined || this.statement.masters.length === 0) return;
		const [readEnd, writeEnd] = yield* pipe();
		const serial = force ? undefined : this.zone?.soa?.record.serial;
		const { name, masters } = this.statement;
		this.#primary = masters[0]!;
		this.#startedAt = now;
		yield* fork(function* () {
			yield* close(readEnd);
			yield* refresh(name, masters, serial, writeEnd);
			return 0;
		});
		yield* close(writeEnd);
		this.fd = readEnd;
		this.#received = [];
		this.nextAt = Infinity;
	}

	/** Something came through the pipe. @returns whether the zone is a new one */
	*data(now: number): Sys<boolean> {
		const fd = this.fd!;
		const part = yield* read(fd, 65_535);
		for (const byte of part) this.#received.push(byte);
		if (part.length > 0) return false;
		yield* close(fd);
		this.fd = undefined;
		const { messages, kind, text, bytes } = frames(this.#received);
		this.#received = [];
		if (kind === FRAME.failed) yield* this.log(`${this.#title}: refresh: ${text}`);
		const fresh = kind === undefined && messages.length > 0;
		if (fresh) yield* this.#install(messages, bytes, now);
		else if (kind === FRAME.upToDate && this.zone) this.expiresAt = now + this.zone.soa!.record.expire * SECOND;
		const soa = this.zone?.soa?.record;
		const good = kind !== FRAME.failed;
		this.nextAt = now + (soa ? (good ? soa.refresh : soa.retry) * SECOND : FIRST_RETRY);
		return fresh;
	}

	*#install(messages: readonly DnsMessage[], bytes: number, now: number): Sys<void> {
		const { name, file } = this.statement;
		const records = messages.flatMap((message) => message.answers);
		const from = `${formatIpv4Address(this.#primary)}#53`;
		const text = zoneDump(zoneOfRecords(name, records.slice(0, -1)));
		const path = file ?? `${shownName(name)} (transfer)`;
		if (file !== undefined) {
			try {
				yield* writeFile(joinPath(this.directory, file), text, 0o644);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				yield* this.log(`dumping primary file: ${file}: open: permission denied`);
			}
		}
		const { zone } = parseZoneFile(text, name, path);
		if (!zone.soa) return;
		this.keep(zone, now);
		const { serial } = zone.soa.record;
		const seconds = (now - this.#startedAt) / SECOND;
		const rate = Math.floor(bytes / Math.max(seconds, 0.001));
		const transfer = `transfer of '${shownName(name)}/IN' from ${from}`;
		yield* this.log(`${this.#title}: Transfer started.`);
		yield* this.log(`${transfer}: connected using ${from}`);
		yield* this.log(`${this.#title}: transferred serial ${serial}`);
		yield* this.log(`${transfer}: Transfer status: success`);
		yield* this.log(
			`${transfer}: Transfer completed: ${messages.length} messages, ${records.length} records, ${bytes} bytes, ${seconds.toFixed(3)} secs (${rate} bytes/sec) (serial ${serial})`
		);
	}
}

function zoneOfRecords(origin: string, records: readonly DnsRecord[]): Zone {
	const zone = new Zone(origin);
	let batch: { record: DnsRecord; path: string; line: number }[] = [];
	for (const record of records) {
		if (batch.length > 0 && batch[0]!.record.name !== record.name) {
			zone.add(batch);
			batch = [];
		}
		batch.unshift({ record, path: '', line: 0 });
	}
	if (batch.length > 0) zone.add(batch);
	return zone;
}

function frames(received: readonly number[]): {
	readonly messages: readonly DnsMessage[];
	readonly kind?: number;
	readonly text: string;
	readonly bytes: number;
} {
	const messages: DnsMessage[] = [];
	let bytes = 0;
	for (let at = 0; at + 3 <= received.length;) {
		const length = received[at + 1]! * 256 + received[at + 2]!;
		const body = received.slice(at + 3, at + 3 + length);
		if (received[at] !== FRAME.message) {
			const text = String.fromCharCode(...body);
			return { messages: [], kind: received[at]!, text, bytes: 0 };
		}
		const message = parseDns(Uint8Array.from(body));
		if (message) messages.push(message);
		bytes += length;
		at += 3 + length;
	}
	return { messages, text: '', bytes };
}

/* ---- the child --------------------------------------------------------------------------------------------------- */

const UDP: AskOptions = {
	tcp: false,
	tries: 3,
	time: 5,
	port: 53,
	ignoreTruncation: false,
	*tell() {
		/* only whether it went well is told */
	}
};

function* tell(fd: number, kind: number, body: ArrayLike<number>): Sys<void> {
	yield* write(fd, Uint8Array.from([kind, body.length >> 8, body.length & 255, ...Array.from(body)]));
}

/** Asks the primaries in turn for the serial number, and for the zone where it is a later one. */
function* refresh(name: string, masters: readonly number[], serial: number | undefined, fd: number): Sys<void> {
	let failure = '';
	for (const address of masters) {
		const server: Server = { address, name: formatIpv4Address(address) };
		const place = `primary ${server.name}#53`;
		const source = '(source 0.0.0.0#0)';
		const reply = yield* ask(yield* query(name, 'SOA'), [server], UDP);
		const soa = reply?.message.answers.find((record) => record.type === 'SOA');
		if (!reply) failure = `retry limit for ${place} exceeded ${source}`;
		else if (reply.message.rcode !== RCODE.NOERROR)
			failure = `unexpected rcode (${rcodeWord(reply.message.rcode)}) from ${place} ${source}`;
		else if (!reply.message.authoritative) failure = `non-authoritative answer from ${place} ${source}`;
		else if (soa?.type !== 'SOA') failure = `non-authoritative answer from ${place} ${source}`;
		else if (serial !== undefined && !serialIsNewer(soa.serial, serial)) {
			yield* tell(fd, FRAME.upToDate, []);
			return;
		} else {
			const zone = yield* ask(yield* query(name, 'AXFR'), [server], { ...UDP, tcp: true, tries: 1 });
			if (zone?.message.rcode === RCODE.NOERROR && zone.message.answers.length > 1) {
				yield* sendZone(fd, zone.message);
				return;
			}
			failure = `failed to transfer from ${place}: ${zone ? rcodeWord(zone.message.rcode) : 'connection refused'}`;
		}
	}
	yield* tell(
		fd,
		FRAME.failed,
		Array.from(failure, (character) => character.charCodeAt(0) & 255)
	);
}

/** In messages of a bounded size, as they came over the wire. */
function* sendZone(fd: number, whole: DnsMessage): Sys<void> {
	const MOST = 100;
	for (let at = 0; at < whole.answers.length; at += MOST) {
		const answers = whole.answers.slice(at, at + MOST);
		yield* tell(fd, FRAME.message, buildDns({ ...whole, answers, authority: [], additional: [] }));
	}
}

function* query(name: string, type: string): Sys<DnsMessage> {
	const id = yield* getrandom(2);
	return dnsQuery(id[0]! * 256 + id[1]!, name, type, { recursionDesired: false });
}

function rcodeWord(rcode: number): string {
	return ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'][rcode] ?? 'NOTAUTH';
}
