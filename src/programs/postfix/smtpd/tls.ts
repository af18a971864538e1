/**
 * STARTTLS in smtpd (smtpd.c, tls_server.c): whether it is offered or a must, the handshake, and what is told of it.
 *
 * Reads: smtpd_tls_security_level and its elders smtpd_use_tls and smtpd_enforce_tls; the certificate and the key, when the
 *       process starts.
 * Not simulated: client certificates, session tickets.
 */
import type { Sys } from '#kernel/syscalls';
import { TlsError, UNEXPECTED_END } from '../../libc/tls';
import type { Certificate } from '../../libc/x509';
import type { MatchList } from '../dict/match-list';
import { Fatal } from '../errors';
import type { Daemon } from '../server';
import { StreamEnd } from '../smtp-stream';
import { cipherText, keyText, libraryProblem, readCertificate, readChain, tlsLevel } from '../tls';
import type { Checks } from './checks';
import { fail } from './command';
import { prepareSasl } from './sasl';
import type { Session } from './session';
import type { Word } from './syntax';

export interface TlsServer {
	readonly isOffered: boolean;
	readonly isEnforced: boolean;
	/** null: TLS is not to be had, whatever is offered; 'none': it is to be had without one */
	readonly certificate: Certificate | 'none' | null;
}

/** What is known before the first client. @throws Fatal */
export function* openTlsServer(daemon: Daemon): Sys<TlsServer> {
	const { config, log } = daemon;
	const named = config.text('smtpd_tls_security_level');
	let isEnforced = config.flag('smtpd_enforce_tls');
	let isOffered = isEnforced || config.flag('smtpd_use_tls');
	if (named !== '') {
		const level = tlsLevel(named);
		if (!level) throw new Fatal(`Invalid TLS level "${named}"`);
		if (!['none', 'may', 'encrypt'].includes(level))
			yield* log.warn(`smtpd_tls_security_level: unsupported TLS level "${named}", using "encrypt"`);
		isOffered = level !== 'none';
		isEnforced = isOffered && level !== 'may';
	}
	if (config.flag('smtpd_tls_wrappermode')) isOffered = true;
	return { isOffered, isEnforced, certificate: isOffered ? yield* openCertificate(daemon) : null };
}

function* openCertificate({ config, log }: Daemon): Sys<TlsServer['certificate']> {
	const kind = config.text('smtpd_tls_cert_file') === '' ? 'ec' : '';
	const certFile = config.text(`smtpd_tls_${kind}cert_file`);
	const chain = config.items('smtpd_tls_chain_files').map(({ text }) => text);
	if (chain.length === 0 && certFile === '') {
		yield* log.warn("No server certs available. TLS won't be enabled");
		return null;
	}
	if (chain.length === 0 && certFile === 'none') return 'none';
	const found =
		chain.length > 0
			? yield* readChain(chain)
			: yield* readCertificate(certFile, config.text(`smtpd_tls_${kind}key_file`));
	if ('bytes' in found) return found;
	for (const text of found) yield* log.warn(text);
	return null;
}

const certificateOf = ({ certificate }: TlsServer): Certificate | null => (certificate === 'none' ? null : certificate);

export function* startTlsCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	const { tlsServer } = session;
	if (args.length !== 1) return yield* fail(session, '501 5.5.4 Syntax: STARTTLS');
	if (session.isEncrypted) return yield* fail(session, '554 5.5.1 Error: TLS already active');
	if (!tlsServer.isOffered || session.discardedKeywords.has('starttls'))
		return yield* fail(session, '502 5.5.1 Error: command not implemented');
	if (!tlsServer.certificate) {
		session.errorClasses.add('resource');
		yield* session.reply('454 4.7.0 TLS not available due to local problem');
		return false;
	}
	yield* session.reply('220 2.0.0 Ready to start TLS');
	if (!(yield* beginTls(session, checks.tables.saslMechanisms))) throw new StreamEnd('lost');
	return true;
}

/** The handshake; all that the client said before is forgotten. @returns false when it failed, which is logged */
export function* beginTls(session: Session, mechanisms: MatchList): Sys<boolean> {
	const { daemon, stream, peer, tlsServer } = session;
	const { config, log } = daemon;
	if (!tlsServer.certificate) return false;
	const own = certificateOf(tlsServer);
	stream.timeout = config.seconds('smtpd_starttls_timeout') * 1e6;
	try {
		const { name, bytes } = own ?? { name: '', bytes: new Uint8Array(0) };
		const tls = yield* stream.startTls('server', { name, certificate: bytes });
		if (config.number('smtpd_tls_loglevel') >= 1)
			yield* log.info(
				`Anonymous TLS connection established from ${peer.nameAddress}: ${cipherText(tls)} ${keyText(own)}`
			);
	} catch (thrown) {
		if (!(thrown instanceof TlsError)) throw thrown;
		const short = { timeout: 'Connection timed out', [UNEXPECTED_END]: 'lost connection' }[thrown.text];
		yield* log.info(`SSL_accept error from ${peer.nameAddress}: ${short ?? '-1'}`);
		if (short === undefined) yield* log.warn(libraryProblem(thrown));
		return false;
	}
	stream.timeout = config.seconds('smtpd_timeout') * 1e6;
	yield* session.resetMail();
	session.helo = null;
	yield* prepareSasl(session, mechanisms);
	return true;
}

/** smtpd_tls_received_header: what stands below "Received: from". */
export function tlsReceived(session: Session): string[] {
	const { tls } = session.stream;
	if (!tls || !session.daemon.config.flag('smtpd_tls_received_header')) return [];
	return [
		`\t(using ${cipherText(tls)}`,
		`\t ${keyText(certificateOf(session.tlsServer))})`,
		'\t(No client certificate requested)'
	];
}
