/**
 * smtpd(8): receives mail by SMTP.
 *
 * Does: the session: greeting, commands from the table, limits on errors and junk, the log lines of a connection.
 * Reads: main.cf when the process starts, tables it names, DNS; submits to cleanup; asks trivial-rewrite.
 * Trusts: nobody; who may do what is decided by the restriction lists (`smtpd/`).
 * Lacks: milters, proxy filters.
 */
import type { Main, SocketAddress, Sys } from '#kernel/syscalls';
import { DictError } from './dict';
import { formatIpv4Address } from '#wire/address';
import { getsockname, time } from '../libc/unistd';
import { splitItems } from './main-cf';
import { Checks, openTables } from './smtpd/checks';
import { learnRights } from './smtpd/client-attributes';
import type { Command } from './smtpd/command';
import { COMMANDS } from './smtpd/commands';
import type { Tables } from './smtpd/evaluation';
import { notifyPostmaster } from './smtpd/notify';
import { findPeer } from './smtpd/peer';
import { countConnection, isListed, tellAnvil } from './smtpd/rates';
import { checkSaslType, prepareSasl } from './smtpd/sasl';
import { Session } from './smtpd/session';
import { printable, words } from './smtpd/syntax';
import { beginTls, openTlsServer, type TlsServer } from './smtpd/tls';
import { serve, type Daemon } from './server';
import { SmtpStream, StreamEnd } from './smtp-stream';

const HEADER = /^[\x21-\x39\x3b-\x7e]*[ \t]*:/;

/** Text for the log with unprintable characters as C escapes (escape(3)). */
function escaped(text: string): string {
	const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
	return text.replace(
		/[\x00-\x1f\x7f\\]/g,
		(char) => names[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`
	);
}

/** Notes, once, that the client did not wait for the reply it had to wait for. */
function* notePipelining(session: Session): Sys<void> {
	if (session.illPipelining) return;
	yield* session.stream.flush();
	const waiting = yield* session.stream.peek();
	if (waiting.length === 0) return;
	const text = String.fromCharCode(...waiting.subarray(0, 100));
	yield* session.daemon.log.info(
		`improper command pipelining after ${session.where} from ${session.peer.nameAddress}: ${escaped(text)}`
	);
	session.illPipelining = true;
}

function count(session: Session, name: string, success: boolean): void {
	const entry = session.counts.get(name) ?? { total: 0, success: 0 };
	session.counts.set(name, entry);
	if (success) entry.success++;
	else entry.total++;
}

/** smtpd_command_filter: the line that is taken in place of what the client said; null for no change. */
function* filterCommand(session: Session, checks: Checks, line: string): Sys<string | null> {
	const maps = checks.tables.commandFilter;
	if (maps.dicts.length === 0) return null;
	try {
		const found = yield* maps.find(line);
		if (!found) return null;
		yield* session.daemon.log.info(
			`${session.peer.nameAddress}: replacing command "${line.slice(0, 100)}" with "${found.value.slice(0, 100)}"`
		);
		return found.value;
	} catch (thrown) {
		if (thrown instanceof DictError) return null;
		throw thrown;
	}
}

/** smtpd_discard_ehlo_keywords, or what the address maps say in place of them. */
function* discardedKeywords(session: Session, tables: Tables): Sys<Set<string>> {
	let words = session.daemon.config.items('smtpd_discard_ehlo_keywords').map(({ text }) => text);
	try {
		const found = yield* tables.discardedKeywords.find(session.peer.addressText);
		if (found) words = splitItems(found.value).map(({ text }) => text);
	} catch (thrown) {
		if (!(thrown instanceof DictError)) throw thrown;
	}
	return new Set(words.map((word) => word.toLowerCase()));
}

function* isForbidden(tables: Tables, verb: string): Sys<boolean> {
	try {
		return (yield* tables.forbiddenCommands.match(verb)).matched;
	} catch (thrown) {
		if (thrown instanceof DictError) return false;
		throw thrown;
	}
}

/** One command line. @returns true when the session is over */
function* command(session: Session, checks: Checks, given: string): Sys<boolean> {
	const { config, log } = session.daemon;
	const filtered = yield* filterCommand(session, checks, given);
	const line = filtered ?? given;
	const answer = function* (text: string): Sys<boolean> {
		yield* session.reply(text);
		session.errors++;
		return false;
	};
	if (config.flag('smtputf8_enable') && /[\udc80-\udcff]/.test(line))
		return yield* answer('500 5.5.2 Error: bad UTF-8 syntax');
	const args = words(line);
	if (args.length === 0) return yield* answer('500 5.5.2 Error: bad syntax');
	const verb = args[0]!.text;
	if (config.items('smtpd_noop_commands').some(({ text }) => text.toLowerCase() === verb.toLowerCase())) {
		yield* session.reply('250 2.0.0 Ok');
		if (session.junk++ > config.number('smtpd_junk_command_limit')) session.errors++;
		return false;
	}
	const row: Command | undefined = COMMANDS.find(({ name }) => name === verb.toUpperCase());
	count(session, row?.name ?? 'UNKNOWN', false);
	if (!row) {
		session.where = 'UNKNOWN';
		if (HEADER.test(verb) || (yield* isForbidden(checks.tables, verb))) {
			yield* log.warn(`non-SMTP command from ${session.peer.nameAddress}: ${escaped(line).slice(0, 100)}`);
			yield* session.reply('221 2.7.0 Error: I can break rules, too. Goodbye.');
			return true;
		}
	}
	if (session.accessDenied && row?.name !== 'QUIT') {
		if (session.accessDenied.startsWith('21', 1)) {
			yield* session.reply(session.accessDenied);
			return false;
		}
		return yield* answer(`503 5.7.0 Error: access denied for ${session.peer.nameAddress}`);
	}
	if (!row) {
		session.errorClasses.add('protocol');
		return yield* answer('500 5.5.2 Error: command not recognized');
	}
	session.where = row.name;
	if (session.tlsServer.isEnforced && !session.isEncrypted && !row.beforeTls)
		return yield* answer('530 5.7.0 Must issue a STARTTLS command first');
	if (session.protocol !== 'ESMTP' || row.last) yield* notePipelining(session);
	if (session.illPipelining && config.flag('smtpd_forbid_unauth_pipelining')) {
		yield* session.reply('554 5.5.0 Error: SMTP protocol synchronization');
		return true;
	}
	if (!(yield* row.action(session, checks, args))) session.errors++;
	else if (!row.uncounted) count(session, row.name, true);
	if (row.junk && session.junk++ > config.number('smtpd_junk_command_limit')) session.errors++;
	return row.name === 'QUIT';
}

function* converse(session: Session, checks: Checks): Sys<void> {
	const { config } = session.daemon;
	yield* notePipelining(session);
	const refusal = config.flag('smtpd_delay_reject') ? null : yield* checks.client();
	if (refusal !== null) {
		session.accessDenied = refusal;
		yield* session.reply(refusal);
		session.errors++;
	} else yield* session.reply(`220 ${config.text('smtpd_banner')}`);
	while (!session.hangUp) {
		if (session.errors >= config.number('smtpd_hard_error_limit')) {
			session.errorClasses.add('protocol');
			yield* session.reply(`421 4.7.0 ${config.text('myhostname')} Error: too many errors`);
			yield* session.daemon.log.info(`too many errors after ${session.where} from ${session.peer.nameAddress}`);
			return;
		}
		const { text, complete } = yield* session.stream.command(config.number('line_length_limit'));
		if (!complete)
			yield* session.daemon.log.warn(
				`${session.peer.nameAddress}: request longer than ${config.number('line_length_limit')}: ${text.slice(0, 30)}...`
			);
		yield* session.heard(printable(text));
		if (yield* command(session, checks, text)) return;
	}
}

function summary(session: Session): string {
	let all = 0;
	let done = 0;
	let text = '';
	const part = (name: string, success: number, total: number): string =>
		` ${name}=${success}${total > success || total === 0 ? `/${total}` : ''}`;
	for (const name of [...COMMANDS.map((row) => row.name), 'UNKNOWN']) {
		const entry = session.counts.get(name);
		if (!entry) continue;
		text += part(name.toLowerCase(), entry.success, entry.total);
		all += entry.total;
		done += entry.success;
	}
	return text + part('commands', done, all);
}

interface Ready {
	readonly tables: Tables;
	readonly tls: TlsServer;
}

function* serveClient(daemon: Daemon, { tables, tls }: Ready, fd: number, from: SocketAddress): Sys<void> {
	const { config, log } = daemon;
	const stream = new SmtpStream(fd, config.seconds('smtpd_timeout') * 1e6);
	const peer = yield* findPeer(daemon, from);
	const session = new Session(daemon, stream, peer, `${daemon.pid}.${yield* time()}`);
	yield* log.info(`connect from ${peer.nameAddress}`);
	session.isExempt = yield* isListed(tables.eventLimitExceptions, peer);
	const checks = new Checks(session, tables);
	yield* learnRights(session, checks);
	session.footers = tables.rejectFooter;
	session.discardedKeywords = yield* discardedKeywords(session, tables);
	const local = yield* getsockname(fd);
	session.localAddress = local.family === 'inet' ? formatIpv4Address(local.address) : '127.0.0.1';
	session.tlsServer = tls;
	if (config.flag('smtpd_sasl_auth_enable')) session.saslHidden = yield* isListed(tables.saslExceptions, peer);
	if (!config.flag('smtpd_tls_wrappermode')) yield* prepareSasl(session, tables.saslMechanisms);
	try {
		const refusal = session.isExempt ? null : yield* countConnection(session);
		const wrapped = refusal === null && config.flag('smtpd_tls_wrappermode');
		if (wrapped && !(yield* beginTls(session, tables.saslMechanisms))) throw new StreamEnd('lost');
		if (refusal === null) yield* converse(session, checks);
		else yield* session.reply(refusal);
		yield* stream.flush();
	} catch (thrown) {
		if (!(thrown instanceof StreamEnd)) throw thrown;
		if (thrown.why !== 'quiet') yield* hungUp(session, thrown.why);
	}
	yield* session.resetMail();
	if (session.sasl) yield* session.sasl.end();
	if (session.isCounted) yield* tellAnvil(session, 'disconnect');
	yield* isListed(tables.eventLimitExceptions, peer);
	yield* notifyPostmaster(session);
	yield* log.info(`disconnect from ${session.peer.nameAddress}${summary(session)}`);
}

function* hungUp(session: Session, why: 'lost' | 'timeout'): Sys<void> {
	const { config, log } = session.daemon;
	if (why === 'timeout') {
		try {
			yield* session.reply(`421 4.4.2 ${config.text('myhostname')} Error: timeout exceeded`);
		} catch (thrown) {
			if (!(thrown instanceof StreamEnd)) throw thrown;
		}
	}
	const reason = why === 'timeout' ? 'timeout' : 'lost connection';
	const { where } = session;
	const content = /^(DATA|BDAT) content$/.exec(where);
	if (content)
		yield* log.info(`${reason} after ${content[1]} (${session.actualSize} bytes) from ${session.peer.nameAddress}`);
	else if (where !== 'END-OF-MESSAGE' || why === 'timeout')
		yield* log.info(`${reason} after ${where} from ${session.peer.nameAddress}`);
}

export const smtpd: Main = (argv) => {
	let tables: Tables | null = null;
	let tls: TlsServer | null = null;
	return serve('smtpd', argv, (daemon, fd, from) => serveClient(daemon, { tables: tables!, tls: tls! }, fd, from), {
		/* a key is root's to read */
		preJail: function* (daemon) {
			tls = yield* openTlsServer(daemon);
		},
		postJail: function* (daemon) {
			tables = yield* openTables(daemon);
			yield* checkSaslType(daemon);
		}
	});
};
