/**
 * The running name server: its zones, its sockets, and the queries that wait for other servers. One process serves all
 * (the real one has a thread a processor).
 *
 * Serves: port 53 over UDP and TCP on every address that listen-on allows; the control channel on 127.0.0.1:953.
 * Trusts: allow-query, allow-recursion and allow-transfer.
 * Length: sockets, zones and the queries that wait are one state; what can be told apart stands in the files beside it.
 * Lacks:  dynamic update, DNSSEC, views, IPv6; the control channel is plain text without keys.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import {
	buildDns, canonicalName, className, dnsQuery, EDNS_OPTION, parseDns, RCODE, type DnsMessage, type DnsRecord
} from '#wire/dns'; // prettier-ignore
import { tcpMessage } from '../libc/resolver';
import {
	accept, bind, close, connect, getrandom, links, listen, poll, read, recvfrom, sendto, socket, stat, time, trace, uname, write
} from '../libc/unistd'; // prettier-ignore
import { isUnreachable } from './client';
import { matchAcl, type LocalAddresses } from './acl';
import { Cache } from './cache';
import { controlReply } from './control';
import { shownName } from './load-zone';
import { zoneFor } from './answer';
import type { NamedConfiguration, ZoneStatement } from './named-conf';
import type { Ask, AskResult, Asking } from './recursion';
import { Secondary } from './secondary';
import { answerEvent, bareReply, serialIsNewer, serve, transferZone, type NameServer, type Served } from './serve';
import type { Zone } from './zone';
import { parseZoneFile } from './zone-file';
import { joinPath, readNamedConf, readOptional, readZone } from './zone-files';

const SECOND = 1_000_000;
const NOTIFY = 4;
/** where the real one says in which memory a client is kept */
const CLIENT = '0x7f2c5c0a1168';
const CONTROL_PORT = 953;
const TCP_IDLE = 30 * SECOND;
const MOST_TCP = 150;
const MOST_RECURSIONS = 1000;
const PLAIN_UDP = 512;
const EDNS_UDP = 1232;

/** How a query came, and so how its answer goes back. */
type Reply =
	| { readonly kind: 'udp'; readonly fd: number; readonly address: number; readonly port: number }
	| { readonly kind: 'tcp'; readonly connection: Connection };

interface Connection {
	readonly fd: number;
	readonly address: number;
	received: Uint8Array;
	idleAt: number;
	readonly control: boolean;
}

interface Pending {
	readonly fd: number;
	readonly id: number;
	readonly server: number;
	readonly deadline: number;
	readonly task: Asking<Served>;
	readonly query: DnsMessage;
	readonly reply: Reply;
}

/** named has read its configuration. */
export interface ConfigurationReadEvent {
	readonly kind: 'dns.config-read';
	readonly host: string;
	readonly program: string;
	readonly paths: readonly string[];
}

export class Named {
	#configuration!: NamedConfiguration;
	#zones = new Map<string, Zone | null>();
	#secondaries = new Map<string, Secondary>();
	/** when the files of primary zones were changed last, as they were read */
	#fileTimes = new Map<string, number>();
	/** serial numbers that were told to other servers */
	#told = new Map<string, number>();
	querylog = false;
	#hints: readonly DnsRecord[] = [];
	readonly cache = new Cache();
	#local: LocalAddresses = { addresses: [] };
	#hostname = '';
	#udp: number[] = [];
	#tcp: number[] = [];
	#control: number | undefined;
	#connections = new Map<number, Connection>();
	#pending = new Map<number, Pending>();
	#now = 0;
	#chance: number[] = [];
	#lines: string[] = [];
	#stopping = false;
	readonly counts = { queries: 0, started: 0, reloaded: 0 };

	constructor(
		readonly path: string,
		readonly log: (text: string) => Sys<void>
	) {}

	get stopping(): boolean {
		return this.#stopping;
	}

	get zoneCount(): number {
		return [...this.#zones.values()].filter((zone) => zone !== null).length;
	}

	get recursing(): number {
		return this.#pending.size;
	}

	get tcpClients(): number {
		return [...this.#connections.values()].filter((connection) => !connection.control).length;
	}

	get pidFile(): string {
		return this.#configuration.pidFile;
	}

	get hostname(): string {
		return this.#hostname;
	}

	get port(): number {
		return this.#configuration.port;
	}

	/** Stops listening; processes that ask are refused from now on. */
	*close(): Sys<void> {
		for (const fd of [...this.#udp, ...this.#tcp, ...this.#connections.keys(), ...this.#pending.keys()])
			yield* close(fd);
		if (this.#control !== undefined) yield* close(this.#control);
	}

	/* ---- configuration and zones --------------------------------------------------------------------------------- */

	/** @returns false when the configuration is refused; the old one stays */
	*load(): Sys<boolean> {
		yield* this.log(`loading configuration from '${this.path}'`);
		const parsed = yield* readNamedConf(this.path);
		if (!parsed?.configuration) {
			for (const error of parsed?.errors ?? [`open: ${this.path}: file not found`]) yield* this.log(error);
			return false;
		}
		this.#configuration = parsed.configuration;
		this.querylog = parsed.configuration.querylog;
		const event: ConfigurationReadEvent = {
			kind: 'dns.config-read',
			host: '',
			program: 'named',
			paths: parsed.configuration.files
		};
		yield* trace(event);
		this.#hostname = (yield* uname()).nodename;
		const addresses = (yield* links()).flatMap((link) => link.addresses);
		this.#local = { addresses };
		return true;
	}

	*loadZones(only?: string): Sys<boolean> {
		const { zones, directory } = this.#configuration;
		let all = true;
		const wanted = zones.filter((zone) => only === undefined || canonicalName(zone.name) === only);
		const fresh = new Map(only === undefined ? [] : this.#zones);
		for (const statement of wanted) {
			if (statement.type === 'secondary') {
				fresh.set(canonicalName(statement.name), yield* this.#loadSecondary(statement, directory));
				continue;
			}
			if (statement.file === undefined) continue;
			if (statement.type === 'hint') {
				yield* this.#loadHints(statement.file, directory);
				continue;
			}
			if (statement.type !== 'primary') continue;
			const loaded = yield* readZone(canonicalName(statement.name), statement.file, directory);
			for (const message of loaded.messages) yield* this.log(message);
			const key = canonicalName(statement.name);
			this.#fileTimes.set(key, yield* this.#fileTime(statement));
			/* a zone that cannot be read again goes on as it was */
			fresh.set(key, loaded.zone ?? this.#zones.get(key) ?? null);
			if (!loaded.zone) all = false;
		}
		this.#zones = fresh;
		for (const name of [...this.#secondaries.keys()]) if (!fresh.has(name)) this.#secondaries.delete(name);
		for (const name of fresh.keys()) yield* this.notify(name, false);
		return all;
	}

	/** What is kept of a secondary zone; the primary is asked at once. */
	*#loadSecondary(statement: ZoneStatement, directory: string): Sys<Zone | null> {
		const name = canonicalName(statement.name);
		const now = yield* time();
		const before = this.#secondaries.get(name);
		const secondary = new Secondary(statement, directory, now, this.log);
		this.#secondaries.set(name, secondary);
		if (before?.fd !== undefined) yield* close(before.fd);
		if (before?.zone) secondary.keep(before.zone, now);
		else if (statement.file !== undefined && (yield* readOptional(joinPath(directory, statement.file))) !== null) {
			const loaded = yield* readZone(name, statement.file, directory);
			for (const message of loaded.messages) yield* this.log(message);
			if (loaded.zone) secondary.keep(loaded.zone, now);
		}
		return secondary.zone ?? null;
	}

	*#fileTime({ file }: ZoneStatement): Sys<number> {
		try {
			return (yield* stat(joinPath(this.#configuration.directory, file ?? ''))).mtime;
		} catch (thrown) {
			if (thrown instanceof Errno) return -1;
			throw thrown;
		}
	}

	/** Whether a zone's file is the one that was read. Included files are not looked at, as in the real one. */
	*unchanged(name: string): Sys<boolean> {
		const statement = this.statement(name);
		if (!statement || !this.#zones.get(canonicalName(name))) return false;
		return (yield* this.#fileTime(statement)) === this.#fileTimes.get(canonicalName(name));
	}

	secondary(name: string): Secondary | undefined {
		return this.#secondaries.get(canonicalName(name));
	}

	statement(name: string): ZoneStatement | undefined {
		return this.#configuration.zones.find((zone) => canonicalName(zone.name) === canonicalName(name));
	}

	/**
	 * Tells the other servers of a zone that it has changed (RFC 1996). Only those whose addresses zones of ours have.
	 * @param always also when they were told of this serial number before
	 */
	*notify(name: string, always: boolean): Sys<void> {
		const zone = this.#zones.get(name);
		const statement = this.statement(name);
		const soa = zone?.soa?.record;
		if (!zone || !soa || !statement || statement.notify === 'no' || this.#udp.length === 0) return;
		if (!always && this.#told.get(name) === soa.serial) return;
		this.#told.set(name, soa.serial);
		const hosts = zone.set(zone.origin, 'NS')?.records ?? [];
		const named = hosts.flatMap(({ record }) =>
			record.type === 'NS' && record.host !== soa.mname ? this.#ownAddresses(record.host) : []
		);
		const all = [...(statement.notify === 'yes' ? named : []), ...statement.alsoNotify];
		const targets = [...new Set(all)].filter(
			(address) => !this.#local.addresses.some((own) => own.address === address)
		);
		if (targets.length === 0) return;
		yield* this.log(`zone ${shownName(zone.origin)}/IN: sending notifies (serial ${soa.serial})`);
		for (const address of targets) {
			yield* this.#refill();
			const message = dnsQuery((this.#chance.pop() ?? 0) & 0xffff, zone.origin, 'SOA', {
				opcode: NOTIFY,
				authoritative: true,
				recursionDesired: false,
				answers: [soa]
			});
			const fd = yield* socket('inet', 'dgram');
			try {
				yield* sendto(fd, buildDns(message), { family: 'inet', address, port: 53 });
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
			}
			yield* close(fd);
		}
	}

	#ownAddresses(host: string): number[] {
		const zone = zoneFor(this.#zones, host)?.zone;
		return zone?.set(host, 'A')?.records.flatMap(({ record }) => (record.type === 'A' ? [record.address] : [])) ?? [];
	}

	/** A NOTIFY of a primary. */
	*#notified(query: DnsMessage, client: number, port: number): Sys<DnsMessage> {
		const name = query.questions[0]?.name ?? '.';
		const secondary = this.secondary(name);
		const from = `${formatIpv4Address(client)}#${port}`;
		yield* this.log(`client @${CLIENT} ${from}: received notify for zone '${shownName(name)}'`);
		if (!secondary) return bareReply(query, RCODE.NOTAUTH);
		const title = `zone ${shownName(secondary.statement.name)}/IN`;
		if (!secondary.statement.masters.includes(client)) {
			yield* this.log(`${title}: refused notify from non-primary: ${from}`);
			return bareReply(query, RCODE.REFUSED);
		}
		const soa = query.answers.find((record) => record.type === 'SOA');
		const serial = soa?.type === 'SOA' ? soa.serial : undefined;
		const upToDate =
			serial !== undefined && secondary.zone?.soa && !serialIsNewer(serial, secondary.zone.soa.record.serial);
		yield* this.log(
			`${title}: notify from ${from}: ${upToDate ? 'zone is up to date' : serial === undefined ? 'no serial' : `serial ${serial}`}`
		);
		if (!upToDate) secondary.nextAt = this.#now;
		return bareReply(query, RCODE.NOERROR, { authoritative: true });
	}

	*#tendSecondaries(): Sys<void> {
		for (const [name, secondary] of this.#secondaries) {
			if (yield* secondary.expire(this.#now)) this.#zones.set(name, null);
			if (secondary.nextAt <= this.#now) yield* secondary.start(this.#now);
		}
	}

	*#transferred(secondary: Secondary): Sys<void> {
		if (!(yield* secondary.data(this.#now)) || !secondary.zone) return;
		const name = canonicalName(secondary.statement.name);
		this.#zones.set(name, secondary.zone);
		yield* this.notify(name, false);
	}

	*#loadHints(file: string, directory: string): Sys<void> {
		const text = yield* readOptional(joinPath(directory, file));
		if (text === null) {
			yield* this.log(`could not configure root hints from '${file}': file not found`);
			return;
		}
		const { zone } = parseZoneFile(text, '.', file);
		this.#hints = zone
			.names()
			.flatMap((name) => zone.sets(name).flatMap((set) => set.records.map(({ record }) => record)));
	}

	*reload(only?: string): Sys<boolean> {
		this.counts.reloaded = yield* time();
		if (only !== undefined) return yield* this.loadZones(only);
		if (!(yield* this.load())) {
			yield* this.log(`reloading configuration failed: failure`);
			return false;
		}
		yield* this.log('reloading configuration succeeded');
		const all = yield* this.loadZones();
		yield* this.log(all ? 'reloading zones succeeded' : 'reloading zones failed: failure');
		yield* this.log('all zones loaded');
		yield* this.log('running');
		return all;
	}

	stop(): void {
		this.#stopping = true;
	}

	zone(name: string): Zone | null | undefined {
		return this.#zones.get(canonicalName(name));
	}

	/* ---- sockets ------------------------------------------------------------------------------------------------- */

	*listen(port: number): Sys<void> {
		const { listenOn } = this.#configuration;
		for (const link of yield* links()) {
			for (const { address } of link.addresses) {
				if (!link.up || matchAcl(listenOn, address, this.#local) !== true) continue;
				yield* this.log(`listening on IPv4 interface ${link.name}, ${formatIpv4Address(address)}#${port}`);
				const udp = yield* socket('inet', 'dgram');
				yield* bind(udp, { family: 'inet', address, port });
				this.#udp.push(udp);
				this.#tcp.push(yield* listenTcp(address, port));
			}
		}
		try {
			this.#control = yield* listenTcp(0x7f000001, CONTROL_PORT);
			yield* this.log(`command channel listening on 127.0.0.1#${CONTROL_PORT}`);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** Waits for something to happen and deals with it. */
	*turn(): Sys<void> {
		const fds = [
			...this.#udp,
			...this.#tcp,
			...(this.#control === undefined ? [] : [this.#control]),
			...this.#connections.keys(),
			...this.#pending.keys(),
			...[...this.#secondaries.values()].flatMap(({ fd }) => fd ?? [])
		];
		this.#now = yield* time();
		const deadlines = [
			...[...this.#secondaries.values()].flatMap(({ nextAt, expiresAt }) =>
				[nextAt, expiresAt].filter((at) => at !== Infinity)
			),
			...[...this.#pending.values()].map((pending) => pending.deadline),
			...[...this.#connections.values()].map((one) => one.idleAt)
		];
		const timeout = deadlines.length === 0 ? -1 : Math.max(0, Math.min(...deadlines) - this.#now);
		const ready = yield* poll(
			fds.map((fd) => ({ fd, read: true })),
			timeout
		);
		this.#now = yield* time();
		for (const { fd } of ready) {
			const secondary = [...this.#secondaries.values()].find((one) => one.fd === fd);
			if (secondary) {
				yield* this.#transferred(secondary);
				continue;
			}
			if (this.#udp.includes(fd)) yield* this.#datagram(fd);
			else if (this.#tcp.includes(fd) || fd === this.#control) yield* this.#accept(fd);
			else if (this.#pending.has(fd)) yield* this.#answered(this.#pending.get(fd)!);
			else if (this.#connections.has(fd)) yield* this.#data(this.#connections.get(fd)!);
		}
		for (const pending of [...this.#pending.values()])
			if (pending.deadline <= this.#now)
				yield* this.#resume(pending, (yield* isUnreachable(pending.server)) ? 'unreachable' : 'timeout');
		for (const connection of [...this.#connections.values()])
			if (connection.idleAt <= this.#now) yield* this.#hangUp(connection);
		yield* this.#tendSecondaries();
	}

	*#datagram(fd: number): Sys<void> {
		let received;
		try {
			received = yield* recvfrom(fd, 65_535);
		} catch (thrown) {
			if (thrown instanceof Errno) return;
			throw thrown;
		}
		const { bytes, from } = received;
		if (from.family === 'inet')
			yield* this.#query(bytes, from.address, { kind: 'udp', fd, address: from.address, port: from.port });
	}

	*#accept(fd: number): Sys<void> {
		const accepted = yield* accept(fd);
		if (accepted.from.family !== 'inet' || this.#connections.size >= MOST_TCP) {
			yield* close(accepted.fd);
			return;
		}
		const connection = {
			fd: accepted.fd,
			address: accepted.from.address,
			received: new Uint8Array(0),
			idleAt: this.#now + TCP_IDLE,
			control: fd === this.#control
		};
		this.#connections.set(accepted.fd, connection);
	}

	*#hangUp(connection: Connection): Sys<void> {
		if (!this.#connections.delete(connection.fd)) return;
		for (const pending of this.#pending.values())
			if (pending.reply.kind === 'tcp' && pending.reply.connection === connection) yield* this.#drop(pending);
		yield* close(connection.fd);
	}

	*#data(connection: Connection): Sys<void> {
		let part: Uint8Array;
		try {
			part = yield* read(connection.fd, 65_535);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			part = new Uint8Array(0);
		}
		if (part.length === 0) {
			yield* this.#hangUp(connection);
			return;
		}
		connection.idleAt = this.#now + TCP_IDLE;
		const joined = new Uint8Array(connection.received.length + part.length);
		joined.set(connection.received);
		joined.set(part, connection.received.length);
		connection.received = joined;
		if (connection.control) {
			yield* this.#command(connection);
			return;
		}
		for (;;) {
			const { received } = connection;
			const length = received.length < 2 ? Infinity : received[0]! * 256 + received[1]!;
			if (received.length < length + 2) return;
			connection.received = received.slice(length + 2);
			yield* this.#query(received.subarray(2, length + 2), connection.address, { kind: 'tcp', connection });
		}
	}

	*#command(connection: Connection): Sys<void> {
		const text = String.fromCharCode(...connection.received);
		if (!text.includes('\n')) return;
		const command = text.slice(0, text.indexOf('\n'));
		yield* this.log(`received control channel command '${command}'`);
		const reply = yield* controlReply(this, command);
		yield* write(
			connection.fd,
			Uint8Array.from(reply, (character) => character.charCodeAt(0) & 255)
		);
		yield* this.#hangUp(connection);
	}

	/* ---- queries ------------------------------------------------------------------------------------------------- */

	#server(): NameServer {
		return {
			configuration: this.#configuration,
			zones: this.#zones,
			hints: this.#hints,
			cache: this.cache,
			local: this.#local,
			hostname: this.#hostname,
			now: () => this.#now,
			random: () => this.#chance.pop() ?? 0,
			log: (_category, text) => void this.#lines.push(text)
		};
	}

	*#query(bytes: Uint8Array, client: number, reply: Reply): Sys<void> {
		const query = parseDns(bytes);
		if (!query) {
			const header =
				bytes.length >= 12 ? parseDns(new Uint8Array([...bytes.subarray(0, 4), 0, 0, 0, 0, 0, 0, 0, 0])) : undefined;
			if (header && !header.response) yield* this.#send(header, bareReply(header, RCODE.FORMERR), reply);
			return;
		}
		if (query.response) return;
		this.counts.queries++;
		yield* this.#refill();
		if (query.opcode === NOTIFY) {
			yield* this.#send(query, yield* this.#notified(query, client, reply.kind === 'udp' ? reply.port : 0), reply);
			return;
		}
		if (this.querylog) yield* this.log(queryLine(query, client, reply));
		const type = query.questions[0]?.type;
		if ((type === 'AXFR' || type === 'IXFR') && query.questions.length === 1) {
			const message =
				reply.kind === 'tcp' || type === 'IXFR'
					? transferZone(this.#server(), query, client, reply.kind === 'tcp')
					: bareReply(query, RCODE.FORMERR);
			yield* this.#send(query, message, reply);
		} else yield* this.#advance(serve(this.#server(), query, client), undefined, query, reply);
		yield* this.#flushLog();
	}

	/** Chance for cookies and message ids is drawn beforehand: the pure part cannot make system calls. */
	*#refill(): Sys<void> {
		if (this.#chance.length > 256) return;
		const bytes = yield* getrandom(1024);
		for (let i = 0; i < bytes.length; i += 2) this.#chance.push(bytes[i]! * 256 + bytes[i + 1]!);
	}

	*#flushLog(): Sys<void> {
		const lines = this.#lines;
		this.#lines = [];
		for (const line of lines) yield* this.log(line);
	}

	/** Runs a query's computation until it waits for another server or is done. */
	*#advance(task: Asking<Served>, result: AskResult | undefined, query: DnsMessage, reply: Reply): Sys<void> {
		let step = result === undefined ? task.next('timeout') : task.next(result);
		while (!step.done) {
			yield* this.#refill();
			const failed =
				this.#pending.size >= MOST_RECURSIONS ? 'unreachable' : yield* this.#ask(step.value, task, query, reply);
			if (failed === undefined) return;
			step = task.next(failed);
		}
		const served = step.value;
		yield* trace(answerEvent(query, reply.kind === 'udp' ? reply.address : reply.connection.address, served));
		yield* this.#send(query, served.message, reply);
	}

	*#ask(
		{ server, query: asked, timeout }: Ask,
		task: Asking<Served>,
		query: DnsMessage,
		reply: Reply
	): Sys<'unreachable' | undefined> {
		const fd = yield* socket('inet', 'dgram');
		try {
			yield* connect(fd, { family: 'inet', address: server, port: 53 });
			yield* sendto(fd, buildDns(asked));
		} catch (thrown) {
			yield* close(fd);
			if (thrown instanceof Errno) return 'unreachable';
			throw thrown;
		}
		this.#pending.set(fd, { fd, id: asked.id, server, deadline: this.#now + timeout, task, query, reply });
		return undefined;
	}

	/** Something came on a socket on which another server was asked. */
	*#answered(pending: Pending): Sys<void> {
		let result: AskResult;
		try {
			const message = parseDns((yield* recvfrom(pending.fd, 65_535)).bytes);
			if (!message?.response || message.id !== pending.id) return;
			result = message;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			result = 'unreachable';
		}
		yield* this.#resume(pending, result);
	}

	*#resume(pending: Pending, result: AskResult): Sys<void> {
		yield* this.#drop(pending);
		yield* this.#advance(pending.task, result, pending.query, pending.reply);
		yield* this.#flushLog();
	}

	*#drop(pending: Pending): Sys<void> {
		if (this.#pending.delete(pending.fd)) yield* close(pending.fd);
	}

	*#send(query: DnsMessage, message: DnsMessage, reply: Reply): Sys<void> {
		const shuffled = this.#ordered(message);
		try {
			if (reply.kind === 'tcp') yield* write(reply.connection.fd, tcpMessage(buildDns(shuffled)));
			else {
				const limit = query.edns ? Math.max(PLAIN_UDP, Math.min(query.edns.udpSize, EDNS_UDP)) : PLAIN_UDP;
				yield* sendto(reply.fd, buildDns(shuffled, limit), {
					family: 'inet',
					address: reply.address,
					port: reply.port
				});
			}
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** rrset-order: BIND's default is a random order of the records of a set in the answer. */
	#ordered(message: DnsMessage): DnsMessage {
		const order = this.#configuration.rrsetOrder;
		if (
			order === 'none' ||
			order === 'fixed' ||
			message.answers.length < 2 ||
			/^[AI]XFR$/.test(message.questions[0]?.type ?? '')
		)
			return message;
		const answers = [...message.answers];
		for (let start = 0; start < answers.length;) {
			let end = start + 1;
			const first = answers[start]!;
			while (end < answers.length && answers[end]!.type === first.type && answers[end]!.name === first.name) end++;
			const by = order === 'cyclic' ? this.counts.queries : (this.#chance.pop() ?? 0);
			const set = answers.slice(start, end);
			const turn = by % set.length;
			answers.splice(start, set.length, ...set.slice(turn), ...set.slice(0, turn));
			start = end;
		}
		return { ...message, answers };
	}
}

/** "client @0x… 127.0.0.1#59632 (halo.example.org): query: halo.example.org IN A +E(0)K" */
function queryLine(query: DnsMessage, client: number, reply: Reply): string {
	const question = query.questions[0];
	const name = shownName(question?.name ?? '.');
	const cookie = query.edns?.options.some((option) => option.code === EDNS_OPTION.cookie) ?? false;
	const flags = [
		query.recursionDesired ? '+' : '-',
		query.edns ? `E(${query.edns.version})` : '',
		reply.kind === 'tcp' ? 'T' : '',
		query.edns?.dnssecOk ? 'D' : '',
		query.checkingDisabled ? 'C' : '',
		cookie ? 'K' : ''
	].join('');
	const from = `${formatIpv4Address(client)}#${reply.kind === 'udp' ? reply.port : 0}`;
	return `client @${CLIENT} ${from} (${name}): query: ${name} ${className(question?.class ?? 1)} ${question?.type ?? ''} ${flags}`;
}

function* listenTcp(address: number, port: number): Sys<number> {
	const fd = yield* socket('inet', 'stream');
	yield* bind(fd, { family: 'inet', address, port });
	yield* listen(fd, 10);
	return fd;
}
