/**
 * Plays `kind: "live"` of the TCP Wrappers recordings (`../tcpwrappers/README.md`): inetd on a server, clients that connect
 * one after the other, what they read and what was logged.
 */
import { SECOND, type Engine } from '#engine/engine';
import type { Host } from '#kernel/host';
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import {
	accept, bind, close, connect, listen, poll, read, recvfrom, sendto, setsockopt, sleep, socket, write
} from '#programs/libc/unistd'; // prettier-ignore
import { parseIpv4Address, reverseName } from '#wire/address';
import { buildDns, canonicalName, parseDns, RCODE, type DnsMessage, type DnsRecord } from '#wire/dns';
import { putFiles } from '#world/build';
import { Link } from '#world/link';
import { difference, fail, PASS, type Outcome, type Recording } from './case';
import { caseFiles, ENVIRONMENT, LogCollector, makeEngine, makeMachine } from './tcpwrappers-machine';

interface Connection {
	readonly from: string;
	readonly from_port: number;
	readonly to: string;
	readonly port: number;
	readonly protocol?: 'tcp' | 'udp';
	readonly send: string;
	readonly ident?: string;
	readonly replace?: Record<string, string>;
	/** a signal that inetd gets just before */
	readonly signal?: number;
	/** seconds to wait first */
	readonly pause?: number;
	/** the connection stays */
	readonly keep?: boolean;
	/** connections one after the other */
	readonly burst?: number;
	readonly received: string;
	readonly end: 'closed' | 'reset' | 'open' | 'refused';
	readonly ident_asked?: readonly string[];
	readonly log: readonly string[];
}

interface Zone {
	readonly ptr?: Record<string, string>;
	readonly a?: Record<string, readonly string[]>;
	readonly cname?: Record<string, string>;
}

interface LiveCase extends Recording {
	readonly files: Record<string, string>;
	readonly modes?: Record<string, string>;
	readonly argv: readonly string[];
	readonly connect: readonly Connection[];
	readonly log_start?: readonly string[];
	/** it had ended before anybody came */
	readonly ended?: number;
	readonly stderr?: string;
	readonly show?: readonly string[];
	readonly after?: Record<string, string | null>;
	readonly dns?: Zone;
}

const SERVER = ['192.168.1.1', '192.168.1.2', '192.168.10.1', '10.0.0.1'];
/** a client gives up when nothing comes for so long, seconds */
const SILENCE = 6;
/** until all that a connection started is over, seconds */
const SETTLE = 12;
const IDENT_PORT = 113;
const DOMAIN_PORT = 53;

export function playLive(recording: Recording): Outcome {
	const played = recording as LiveCase;
	const engine = makeEngine();
	const link = new Link({ name: 'wire', engine, random: engine.random.split(), delay: 100, rate: 1e9 });
	const server = makeMachine(engine, 'server', caseFiles(played.files, played.modes), [played.argv[0]!]);
	const client = makeMachine(engine, 'client', {});
	plug(server, link, 1, SERVER);
	plug(client, link, 2, [...new Set(played.connect.map(({ from }) => from))].filter((address) => !address.includes(':')));
	const log = new LogCollector(server);
	if (played.dns) spawn(server, nameServer(played.dns));
	engine.runUntil(engine.now + SECOND);
	const path = `/usr/sbin/${played.argv[0]}`;
	const daemon = server.spawn({ path, argv: played.argv, env: ENVIRONMENT, cwd: '/', stdin: null });
	engine.runUntil(engine.now + SECOND);
	if (played.ended !== undefined) {
		const seen = { ended: daemon.status, stderr: decode(daemon.stderr()) };
		const wrong = difference({ ended: played.ended, stderr: played.stderr ?? '' }, seen, '');
		if (wrong) return fail(wrong);
	}
	const start = difference(played.log_start ?? [], taken(log), '/log_start');
	if (start) return fail(start);
	for (const [index, row] of played.connect.entries()) {
		engine.runUntil(engine.now + (row.pause ?? 0) * SECOND);
		if (row.replace) putFiles(server, row.replace);
		if (row.signal !== undefined) daemon.kill(row.signal);
		engine.runUntil(engine.now + (row.signal === undefined ? 1 : 3) * SECOND);
		if (row.port === 0) {
			const said = difference(row.log, taken(log), `/connect/${index}/log`);
			if (said) return fail(said);
			continue;
		}
		const got = play(engine, client, row);
		const { received, end, ident_asked } = row;
		const seen = { received, end: end === 'reset' ? 'closed' : end, ...(ident_asked && { ident_asked }), log: row.log };
		const found = difference(seen, { ...got, log: taken(log) }, `/connect/${index}`);
		if (found) return fail(found);
	}
	const after = Object.fromEntries((played.show ?? []).map((file) => [file, fileOf(server, file)]));
	const found = difference(played.after ?? {}, after, '/after');
	return found ? fail(found) : PASS;
}

function fileOf(host: Host, path: string): string | null {
	if (!host.disk.exists(path)) return null;
	return host.disk.readText(path).replace(/^\d\d\/\d+\/\d+@\d\d:\d\d:\d\d(?: (xinetd\[)\d+)?(.*)$/gm, (_, program: string | undefined, rest: string) =>
		`TIME${program === undefined ? '' : ` ${program}`}${plain(rest)}`
	);
}

/** Both hosts take every address for one on the wire. */
function plug(host: Host, link: Link, number: number, addresses: readonly string[]): void {
	const net = host.net.addInterface({ name: 'eth0', mac: 0x0200_0000_0000 + number });
	net.plug(link.attach(host.name, net));
	for (const address of addresses) host.net.addAddress('eth0', parseIpv4Address(address)!, 32);
	host.net.setLink('eth0', { up: true });
	host.net.addRoute({ destination: 0, prefix: 0, interface: 'eth0', metric: 0, scope: 'link', protocol: 'static' });
}

function spawn(host: Host, main: Main): void {
	host.spawn({ path: '/usr/bin/player', argv: ['player'], env: new Map(), main });
}

/** Lines since the last time, process numbers as the recordings have them. */
function taken(log: LogCollector): string[] {
	return log.lines.splice(0).map((line) => plain(line.replace(/^(\S+ \S+)\[\d+\]:/, '$1[PID]:').replace(/\bprocess \d+/g, 'process PID')));
}

/** A line of xinetd's without durations and process numbers. */
function plain(line: string): string {
	return line
		.replace(/^(\S+\.crit xinetd\[PID\]: )\d+ /, '$1PID ')
		.replace(/duration=\d+/, 'duration=N')
		.replace(/\bpid=[1-9]\d*/, 'pid=PID')
		.replace(/(Sending signal \d+ to \S+ server) \d+/, '$1 PID');
}

/* ---- a client ---------------------------------------------------------------------------------------------------- */

interface Seen {
	received: string;
	end: string;
	ident_asked?: string[];
}

function play(engine: Engine, host: Host, row: Connection): Seen {
	const seen: Seen = { received: '', end: 'open' };
	if (row.ident !== undefined) {
		seen.ident_asked = [];
		spawn(host, identServer(row.ident, row.from, seen.ident_asked));
	}
	const from = parseIpv4Address(row.from);
	const to = parseIpv4Address(row.to);
	if (from === undefined || to === undefined) return { ...seen, end: 'no IPv6 here' };
	engine.runUntil(engine.now + SECOND / 10);
	spawn(host, function* () {
		for (let i = 0; i < (row.burst ?? 1); i++)
			yield* (row.protocol === 'udp' ? askOnce : converse)({ ...row, from_port: row.from_port + i }, from, to, seen);
		if (row.keep) yield* sleep(1e12);
		return 0;
	});
	engine.runUntil(engine.now + (SILENCE + SETTLE) * SECOND);
	seen.received = withoutTime(seen.received);
	return seen;
}

/** The answers of daytime and time as the recordings have them. */
function withoutTime(text: string): string {
	if (encode(text).length === 4) return 'TTTT';
	return text.replace(/^(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}|\d\d [A-Z]{3} \d{4} \d\d:\d\d:\d\d UTC)\r\n$/, 'DAYTIME\r\n');
}

function* converse(row: Connection, from: number, to: number, seen: Seen): Sys<void> {
	const fd = yield* socket('inet', 'stream');
	seen.end = 'open';
	try {
		yield* setsockopt(fd, 'reuseaddr', 1);
		yield* bind(fd, { family: 'inet', address: from, port: row.from_port });
		yield* connect(fd, { family: 'inet', address: to, port: row.port });
		if (row.send !== '') yield* write(fd, encode(row.send));
		for (;;) {
			if ((yield* poll([{ fd, read: true }], SILENCE * SECOND)).length === 0) break;
			const part = yield* read(fd, 65_536);
			if (part.length === 0) {
				seen.end = 'closed';
				break;
			}
			seen.received += decode(part);
		}
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		seen.end = thrown.code === 'ECONNREFUSED' ? 'refused' : 'closed';
	}
	if (!row.keep) yield* close(fd);
}

/** A datagram, and what comes back within the silence. */
function* askOnce(row: Connection, from: number, to: number, seen: Seen): Sys<void> {
	const fd = yield* socket('inet', 'dgram');
	try {
		yield* bind(fd, { family: 'inet', address: from, port: row.from_port });
		yield* sendto(fd, encode(row.send), { family: 'inet', address: to, port: row.port });
		while ((yield* poll([{ fd, read: true }], SILENCE * SECOND)).length > 0)
			seen.received += decode((yield* recvfrom(fd, 65_536)).bytes);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		seen.end = 'refused';
	}
	yield* close(fd);
}

/** Answers one question on port 113; `$PORTS` stands for the ports that were asked about. */
function identServer(answer: string, address: string, asked: string[]): Main {
	return function* () {
		const fd = yield* socket('inet', 'stream');
		yield* setsockopt(fd, 'reuseaddr', 1);
		yield* bind(fd, { family: 'inet', address: parseIpv4Address(address)!, port: IDENT_PORT });
		yield* listen(fd, 5);
		if ((yield* poll([{ fd, read: true }], SILENCE * SECOND)).length > 0) {
			const { fd: connection } = yield* accept(fd);
			const question = decode(yield* read(connection, 1000)).trim();
			asked.push(question);
			yield* write(connection, encode(`${answer.replaceAll('$PORTS', question)}\r\n`));
			yield* close(connection);
		}
		yield* close(fd);
		return 0;
	};
}

/* ---- the name server --------------------------------------------------------------------------------------------- */

function nameServer(zone: Zone): Main {
	return function* () {
		const fd = yield* socket('inet', 'dgram');
		yield* bind(fd, { family: 'inet', address: 0x7f000001, port: DOMAIN_PORT });
		for (;;) {
			const { bytes, from } = yield* recvfrom(fd, 512);
			const query = parseDns(bytes);
			if (query) yield* sendto(fd, buildDns(answerTo(query, zone)), from);
		}
	};
}

function answerTo(query: DnsMessage, zone: Zone): DnsMessage {
	const [question] = query.questions;
	const wanted = canonicalName(question!.name).replace(/\.$/, '');
	const alias = zone.cname?.[wanted];
	const name = alias ?? wanted;
	const owner = { class: 1, ttl: 60 };
	const answers: DnsRecord[] = alias === undefined ? [] : [{ ...owner, name: `${wanted}.`, type: 'CNAME', host: `${alias}.` }];
	const pointer = Object.entries(zone.ptr ?? {}).find(([address]) => reverseOf(address) === wanted)?.[1];
	if (question!.type === 'PTR' && pointer !== undefined) answers.push({ ...owner, name: `${wanted}.`, type: 'PTR', host: `${pointer}.` });
	for (const text of zone.a?.[name] ?? []) {
		const address = parseIpv4Address(text);
		if (question!.type === 'A' && address !== undefined) answers.push({ ...owner, name: `${name}.`, type: 'A', address });
		if (question!.type === 'AAAA' && address === undefined) answers.push({ ...owner, name: `${name}.`, type: 'AAAA', address6: text });
	}
	const exists = alias !== undefined || pointer !== undefined || zone.a?.[name] !== undefined;
	const rcode = exists ? RCODE.NOERROR : RCODE.NXDOMAIN;
	return { ...query, response: true, authoritative: true, recursionAvailable: true, rcode, answers, authority: [], additional: [] };
}

function reverseOf(address: string): string | undefined {
	const number = parseIpv4Address(address);
	return number === undefined ? undefined : reverseName(number).replace(/\.$/, '');
}
