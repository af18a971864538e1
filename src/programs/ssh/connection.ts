/**
 * One connection of sshd: the doorman, the key exchange, the proof, the session.
 *
 * Reads: /etc/hosts.allow, /etc/hosts.deny (daemon name `sshd`), /etc/passwd, /etc/shadow, authorized_keys of the user.
 * Trusts: nobody. `[preauth]` in the log means that nobody has proved anything yet, as in the real one's unprivileged child.
 */
import { Errno, SIGNAL, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { cleanExit } from '../libwrap/clean-exit';
import { hostsAccess } from '../libwrap/hosts-access';
import { Library } from '../libwrap/library';
import { Request } from '../libwrap/request';
import { fromSocket, socketMethods } from '../libwrap/sock-host';
import { readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { Log } from '../libc/syslog';
import { alarm, close, getpeername, getpid, getsockname, setproctitle, signal, write } from '../libc/unistd';
import { encode } from '../libc/text';
import { Proof } from './auth';
import type { PrivateKey } from './keys';
import { runSession } from './sshd-session';
import type { SshdConfig } from './sshd-config';
import { MSG, PeerGone, Transport } from './transport';

/** What all parts of a connection know. */
export interface Connection {
	readonly transport: Transport;
	readonly config: SshdConfig;
	readonly keys: readonly PrivateKey[];
	/** facility auth */
	readonly log: Log;
	/** facility authpriv, where PAM writes */
	readonly pamLog: Log;
	readonly address: string;
	/** "203.0.113.2 port 40000" */
	readonly peer: string;
	/** "203.0.113.2 40000 203.0.113.21 22", as the session's environment has it */
	readonly endpoints: string;
}

/** The log line is written, nothing more is to say: the connection ends. */
export class Hangup {}

export function* serveConnection(fd: number, config: SshdConfig, keys: readonly PrivateKey[]): Sys<number> {
	const log = new Log({ ident: 'sshd', facility: 'auth' });
	const peer = yield* getpeername(fd);
	const own = yield* getsockname(fd);
	if (peer.family !== 'inet' || own.family !== 'inet') return 255;
	yield* askDoorman(fd);
	const address = formatIpv4Address(peer.address);
	const connection: Connection = {
		transport: new Transport(fd, 'server'),
		config,
		keys,
		log,
		pamLog: new Log({ ident: 'sshd', facility: 'authpriv' }),
		address,
		peer: `${address} port ${peer.port}`,
		endpoints: `${address} ${peer.port} ${formatIpv4Address(own.address)} ${own.port}`
	};
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	yield* signal(SIGNAL.SIGALRM, 'catch');
	yield* alarm(config.seconds('LoginGraceTime') * 1_000_000);
	try {
		if (!(yield* greet(connection))) return 255;
		return yield* afterGreeting(connection);
	} catch (thrown) {
		if (thrown instanceof Hangup) return 255;
		if (thrown instanceof Errno && thrown.code === 'EINTR') {
			yield* log.write('crit', `fatal: Timeout before authentication for ${connection.peer}`);
			return 255;
		}
		throw thrown;
	} finally {
		yield* close(fd);
	}
}

function* askDoorman(fd: number): Sys<void> {
	const library = new Library({ ident: 'sshd', facility: 'auth', pid: true });
	library.denySeverity = { priority: 'info' };
	const request = new Request(fd, yield* getpid(), socketMethods(library));
	request.setDaemon('sshd');
	yield* fromSocket(library, request);
	const { granted } = yield* hostsAccess(library, request);
	if (granted) return;
	const client = `${(yield* request.clientInfo()).value} (${yield* request.client.getAddress()})`;
	yield* library.syslog(library.denySeverity, `refused connect from ${client}`);
	yield* cleanExit(request);
}

/** Version lines. @returns whether it is a client of SSH */
function* greet({ transport, log, peer }: Connection): Sys<boolean> {
	try {
		yield* transport.sendVersion();
		if (yield* transport.readVersion()) return true;
	} catch (thrown) {
		if (!(thrown instanceof PeerGone)) throw thrown;
		if (thrown.how === 'closed') {
			yield* log.write('err', 'error: kex_exchange_identification: Connection closed by remote host');
			yield* log.write('info', `Connection closed by ${peer}`);
		} else {
			yield* log.write('err', 'error: kex_exchange_identification: read: Connection reset by peer');
			yield* log.write('info', `Connection reset by ${peer}`);
		}
		return false;
	}
	const line = transport.peerVersion.slice(0, 100);
	yield* log.write('err', `error: kex_exchange_identification: client sent invalid protocol identifier "${line}"`);
	yield* log.write('info', `banner exchange: Connection from ${peer}: invalid format`);
	try {
		yield* write(transport.fd, encode('Invalid SSH identification string.\r\n'));
	} catch (thrown) {
		errnoOf(thrown);
	}
	return false;
}

function* afterGreeting(connection: Connection): Sys<number> {
	const { transport, keys, log, peer } = connection;
	const hostKey = keys.find(({ kind }) => kind === 'ed25519') ?? keys[0]!;
	const proof = new Proof(connection);
	try {
		yield* transport.exchangeKeys(hostKey.blob);
		yield* transport.takeKeys();
		yield* transport.receive();
		yield* transport.send(MSG.SERVICE_ACCEPT, 'ssh-userauth');
		yield* proof.run();
	} catch (thrown) {
		if (!(thrown instanceof PeerGone)) throw thrown;
		const who = proof.about === '' ? '' : `${proof.about} `;
		yield* log.write('info', `Connection ${thrown.how === 'reset' ? 'reset' : 'closed'} by ${who}${peer} [preauth]`);
		yield* proof.end();
		return 255;
	}
	yield* alarm(0);
	yield* signal(SIGNAL.SIGALRM, 'default');
	yield* setproctitle([`sshd: ${proof.user!.name} [priv]`]);
	return yield* runSession(connection, proof.user!);
}

/** A file that need not be there. */
export function* optional(path: string): Sys<string | undefined> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}
