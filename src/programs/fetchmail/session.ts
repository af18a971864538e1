/**
 * One poll of one user at one server: what POP3 (`pop3.ts`) and IMAP (`imap.ts`) have in common (driver.c, transact.c).
 *
 * Does: the handing over of a message to the sink, with the Received line; the words about it.
 */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { Closed } from '../libc/channel';
import { breakDown, strftime } from '../libc/strftime';
import { decode } from '../libc/text';
import { TLS_BITS, TlsError } from '../libc/tls';
import { Errno } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import type { Connected } from './connection';
import { readHeader } from './message';
import type { Report } from './report';
import type { Server, User } from './run-control';
import type { Sink } from './sink';
import { Failed, PS } from './status';

export const VERSION = '6.4.37';

export interface Poll {
	readonly report: Report;
	readonly server: Server;
	readonly user: User;
	readonly connected: Connected;
	readonly sink: Sink;
	/** "halo.example.org" */
	readonly hostname: string;
	readonly checkOnly: boolean;
	readonly invisible: boolean;
	/** UIDs that were seen before, those of this poll go there too */
	readonly seen: Set<string>;
}

export class Session {
	constructor(
		readonly poll: Poll,
		/** "POP3" */
		readonly protocol: string
	) {}

	get who(): string {
		return `${this.poll.user.remote}@${this.poll.server.name}`;
	}

	/** @param shown what is told instead of a password */
	*send(text: string, shown = text): Sys<void> {
		if (this.poll.report.verbose) yield* this.poll.report.say(`${this.protocol}> ${shown}`);
		yield* this.poll.connected.channel.write(`${text}\r\n`);
	}

	*line(): Sys<string> {
		const line = yield* this.poll.connected.channel.line();
		if (this.poll.report.verbose) yield* this.poll.report.say(`${this.protocol}< ${line}`);
		return line;
	}

	*counted(all: number, seen: number, octets: number | null): Sys<void> {
		const { report, user, server } = this.poll;
		if (report.silent) return;
		const some = `${all} message${all === 1 ? '' : 's'}${seen > 0 ? ` (${seen} seen)` : ''}`;
		const size = octets === null ? '' : ` (${octets} octets)`;
		yield* report.plain(`${some} for ${user.remote} at ${server.name}${size}.`);
	}

	*authFailed(): Sys<void> {
		const { report } = this.poll;
		yield* report.error(`Authorization failure on ${this.who}`);
		yield* report.error('For help, see http://www.fetchmail.info/fetchmail-FAQ.html#R15');
	}

	/** TLS failed, or the server has none, and it was wanted. */
	*tlsFailed(): Sys<never> {
		const { report, server } = this.poll;
		yield* report.error(`${server.name}: upgrade to TLS failed.`);
		yield* report.error(`Socket or TLS error on ${this.who}`);
		yield* report.error(`socket error while fetching from ${this.who}`);
		throw new Failed(PS.SOCKET);
	}

	/** The handshake, after the server has agreed. */
	*startTls(): Sys<void> {
		const { report, server, connected } = this.poll;
		try {
			yield* connected.channel.startTls('client', { timeout: server.timeout * 1e6, name: server.name });
		} catch (thrown) {
			if (!(thrown instanceof TlsError || thrown instanceof Errno)) throw thrown;
			yield* this.tlsFailed();
		}
		if (!report.verbose) return;
		const tls = connected.channel.tls!;
		yield* report.say('Server certificate:');
		yield* report.say(`Subject CommonName: ${tls.peerName}`);
		yield* report.say(
			`SSL/TLS: using protocol ${tls.version}, cipher ${tls.cipher}, ${TLS_BITS}/${TLS_BITS} secret/processed bits`
		);
		yield* report.say(`${server.name}: upgrade to TLS succeeded.`);
	}

	get wantsTls(): boolean {
		return this.poll.user.sslproto !== '' && this.poll.connected.channel.tls === null;
	}

	/* ---- a message ------------------------------------------------------------------------------------------------ */

	/** "reading message joeuser@relay.isp.com:1 of 2 (187 octets)" */
	*announce(number: number, of: number, size: string): Sys<void> {
		const { report } = this.poll;
		if (report.silent) return;
		yield* report.part(`reading message ${this.who}:${number} of ${of} (${size})`);
		if (report.progress) yield* report.part(' ');
	}

	*#received(): Sys<string[]> {
		const { poll } = this;
		if (poll.invisible) return [];
		const { server, connected, hostname } = poll;
		const to = this.recipients;
		const date = strftime('%a, %d %b %Y %H:%M:%S +0000 (UTC)', breakDown(yield* time()));
		return [
			`Received: from ${server.name} [${formatIpv4Address(connected.address)}]`,
			`\tby ${hostname} with ${this.protocol} (fetchmail-${VERSION})`,
			`\tfor <${to[0]!}> (single-drop); ${date}`
		];
	}

	get recipients(): string[] {
		const { user } = this.poll;
		const domain = user.smtpaddress || user.smtphost.split('/')[0]!;
		return user.local.map((name) => (name.includes('@') ? name : `${name}@${domain}`));
	}

	/** Opens the sink with a header; false when the listener does not want it. */
	*openSink(header: string, size: number): Sys<boolean> {
		const { poll } = this;
		const read = readHeader(header, poll.server.name, poll.user.rewrite);
		const is8bit = /[^\x00-\x7f]/.test(header) || /^content-transfer-encoding:\s*8bit/im.test(header);
		const isOpen = yield* poll.sink.open({ from: read.sender, to: this.recipients, size, is8bit });
		if (!isOpen) return false;
		const { progress, verbose } = poll.report;
		if (progress && verbose) yield* poll.report.part('#');
		for (const line of [...(yield* this.#received()), ...read.lines.flatMap((line) => line.split('\n'))])
			yield* poll.sink.line(line);
		yield* poll.sink.line('');
		return true;
	}

	*bodyLine(line: string): Sys<void> {
		const { report, sink } = this.poll;
		if (report.progress && report.verbose) yield* report.part('*');
		yield* sink.line(line);
	}

	/** " flushed" or " not flushed" */
	*done(flushed: boolean): Sys<void> {
		if (!this.poll.report.silent) yield* this.poll.report.end(flushed ? ' flushed' : ' not flushed');
	}

	*text(bytes: number): Sys<string> {
		return decode(yield* this.poll.connected.channel.bytes(bytes)).replaceAll('\r\n', '\n');
	}
}

/** Runs a dialogue; a server that hangs up or falls silent is a socket error. */
export function* guarded(session: Session, body: () => Sys<number>): Sys<number> {
	try {
		return yield* body();
	} catch (thrown) {
		if (!(thrown instanceof Closed)) throw thrown;
		const { report, server } = session.poll;
		if (thrown.why === 'timeout')
			yield* report.error(`timeout after ${server.timeout} seconds waiting for server ${server.name}.`);
		yield* report.error(`socket error while fetching from ${session.who}`);
		return PS.SOCKET;
	}
}
