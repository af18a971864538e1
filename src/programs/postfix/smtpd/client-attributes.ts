/**
 * XCLIENT and XFORWARD: what an authorized client says about the client behind it (XCLIENT_README, XFORWARD_README).
 * XCLIENT changes who the client is for everything that follows; XFORWARD changes only what is written in the log.
 */
import type { Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import type { Checks } from './checks';
import { fail, inTransaction } from './command';
import type { Peer } from './peer';
import { isListed } from './rates';
import type { Session } from './session';
import { xtextDecode, type Word } from './syntax';

export const XCLIENT = ['NAME', 'ADDR', 'PROTO', 'HELO', 'REVERSE_NAME', 'PORT', 'LOGIN', 'DESTADDR', 'DESTPORT'];
export const XFORWARD = ['NAME', 'ADDR', 'PROTO', 'HELO', 'SOURCE', 'PORT', 'IDENT'];
const NOT_KNOWN = ['[UNAVAILABLE]', '[TEMPUNAVAIL]'];

/** The attributes of a command, in capitals; a string says what is wrong. */
function attributes(
	verb: 'XCLIENT' | 'XFORWARD',
	known: readonly string[],
	args: readonly Word[]
): [name: string, value: string][] | string {
	if (args.length < 2) return `501 5.5.4 Syntax: ${verb} attribute=value...`;
	const found: [string, string][] = [];
	for (const { text } of args.slice(1)) {
		const equals = text.indexOf('=');
		if (equals < 0) return '501 5.5.4 Error: attribute=value expected';
		const name = text.slice(0, equals).toUpperCase();
		const written = text.slice(equals + 1);
		if (written.length >= 255) return '501 5.5.4 Error: attribute value too long';
		if (!known.includes(name)) return `501 5.5.4 Bad ${verb} attribute name: ${text.slice(0, equals)}`;
		const value = NOT_KNOWN.includes(written.toUpperCase()) ? written.toUpperCase() : xtextDecode(written);
		if (value === null) return `501 5.5.4 Bad ${verb} attribute value: ${written}`;
		if (name === 'ADDR' && !NOT_KNOWN.includes(value) && parseIpv4Address(value) === undefined)
			return `501 5.5.4 Bad ADDR syntax: ${value}`;
		if (name === 'PROTO' && !['SMTP', 'ESMTP'].includes(value.toUpperCase()))
			return `501 5.5.4 Bad PROTO syntax: ${value}`;
		found.push([name, value]);
	}
	return found;
}

/** Whether this client may say who is behind it; asked again when it has said so. */
export function* learnRights(session: Session, checks: Checks): Sys<void> {
	session.mayXclient = yield* isListed(checks.tables.xclientHosts, session.peer);
	session.mayXforward = yield* isListed(checks.tables.xforwardHosts, session.peer);
}

function changedPeer(peer: Peer, name: string, value: string): Peer {
	const missing = NOT_KNOWN.includes(value);
	const status = value === '[TEMPUNAVAIL]' ? 'temporary' : missing ? 'permanent' : 'ok';
	switch (name) {
		case 'NAME':
			return missing
				? { ...peer, name: 'unknown', reverseName: 'unknown', nameStatus: status, reverseStatus: status }
				: { ...peer, name: value, reverseName: value, nameStatus: 'ok', reverseStatus: 'ok' };
		case 'REVERSE_NAME':
			return { ...peer, reverseName: missing ? 'unknown' : value, reverseStatus: status };
		case 'ADDR':
			return missing
				? { ...peer, address: 0, addressText: 'unknown' }
				: { ...peer, address: parseIpv4Address(value)!, addressText: value };
		case 'PORT':
			return { ...peer, port: missing ? 0 : Number(value) || 0 };
		default:
			return peer;
	}
}

export function* xclientCommand(session: Session, checks: Checks, args: readonly Word[]): Sys<boolean> {
	if (inTransaction(session)) return yield* fail(session, '503 5.5.1 Error: MAIL transaction in progress');
	if (args.length < 2) return yield* fail(session, '501 5.5.4 Syntax: XCLIENT attribute=value...');
	if (!session.mayXclient) return yield* fail(session, '550 5.7.0 Error: insufficient authorization', 'policy');
	const given = attributes('XCLIENT', XCLIENT, args);
	if (typeof given === 'string') return yield* fail(session, given);
	session.helo = null;
	session.protocol = 'SMTP';
	for (const [name, value] of given) {
		const peer = changedPeer(session.peer, name, value);
		session.peer = { ...peer, nameAddress: `${peer.name}[${peer.addressText}]` };
		if (name === 'HELO') session.helo = NOT_KNOWN.includes(value) ? null : value;
		if (name === 'PROTO') session.protocol = value.toUpperCase() === 'ESMTP' ? 'ESMTP' : 'SMTP';
		if (name === 'LOGIN') session.saslUsername = NOT_KNOWN.includes(value) ? '' : value;
	}
	yield* learnRights(session, checks);
	yield* session.resetMail();
	yield* session.reply(`220 ${session.daemon.config.text('smtpd_banner')}`);
	return true;
}

export function* xforwardCommand(session: Session, _checks: Checks, args: readonly Word[]): Sys<boolean> {
	if (inTransaction(session)) return yield* fail(session, '503 5.5.1 Error: MAIL transaction in progress');
	if (args.length < 2) return yield* fail(session, '501 5.5.4 Syntax: XFORWARD attribute=value...');
	if (!session.mayXforward) return yield* fail(session, '550 5.7.0 Error: insufficient authorization', 'policy');
	const given = attributes('XFORWARD', XFORWARD, args);
	if (typeof given === 'string') return yield* fail(session, given);
	for (const [name, value] of given) session.forwarded.set(name, NOT_KNOWN.includes(value) ? 'unknown' : value);
	yield* session.reply('250 2.0.0 Ok');
	return true;
}
