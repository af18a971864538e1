/** Commands of in.ftpd that say how and where data are to be sent: TYPE, PORT, PASV and their like; STAT tells them. */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { umask } from '../libc/unistd';
import { closePassive, openPassive } from './data';
import type { Endpoint, Representation, Session } from './session';

type Words = readonly (string | undefined)[];

const RESERVED_PORTS = 1024;
const BYTE_SIZE = '8';
const MIN_IDLE = 30;
const MAX_MASK = 0o777;
const INET = '1';
const VERSION = 'Version 6.4/OpenBSD/Linux-ftpd-0.17';
const NAMES: Readonly<Record<Representation, string>> = { A: 'ASCII, FORM: Nonprint', I: 'Image', L: 'Local 8' };

export { VERSION };

/* ---- representation ---------------------------------------------------------------------------------------------- */

export function* type(session: Session, _argument: string, [letter, form, size]: Words): Sys<void> {
	const name = letter!.toUpperCase();
	if (name === 'E') return yield* session.reply(504, 'Type E not implemented.');
	if (name === 'A') {
		if (form !== undefined && form.toUpperCase() !== 'N') return yield* session.reply(504, 'Form must be N.');
		session.type = 'A';
		return yield* session.reply(200, 'Type set to A.');
	}
	if (name === 'I') {
		session.type = 'I';
		return yield* session.reply(200, 'Type set to I.');
	}
	if ((size ?? BYTE_SIZE) !== BYTE_SIZE) return yield* session.reply(504, 'Byte size must be 8.');
	session.type = 'L';
	yield* session.reply(200, 'Type set to L (byte size 8).');
}

export function* structure(session: Session, _argument: string, [letter]: Words): Sys<void> {
	if (letter!.toUpperCase() === 'F') yield* session.reply(200, 'STRU F ok.');
	else yield* session.reply(504, 'Unimplemented STRU type.');
}

export function* mode(session: Session, _argument: string, [letter]: Words): Sys<void> {
	if (letter!.toUpperCase() === 'S') yield* session.reply(200, 'MODE S ok.');
	else yield* session.reply(502, 'Unimplemented MODE type.');
}

export function* restart(session: Session, _argument: string, [offset]: Words): Sys<void> {
	session.restart = Number(offset);
	yield* session.reply(350, `Restarting at ${offset}. Send STORE or RETRIEVE to initiate transfer.`);
}

/* ---- where ------------------------------------------------------------------------------------------------------- */

const numbersOf = ({ address, port }: Endpoint): string =>
	[24, 16, 8, 0, -1].map((shift) => (shift < 0 ? `${port >> 8},${port & 255}` : (address >>> shift) & 255)).join(',');

/** The client listens there. Others than the client itself, and ports of services, are not believed. */
export function* port(session: Session, _argument: string, words: Words): Sys<void> {
	const numbers = words.map(Number);
	const [a, b, c, d, high, low] = numbers as [number, number, number, number, number, number];
	if (numbers.some((number) => number > 255)) return yield* session.reply(500, 'Illegal PORT rejected (range errors).');
	const to = { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, port: (high << 8) | low };
	if (!session.settings.anyPort) {
		if (to.port < RESERVED_PORTS) return yield* session.reply(500, 'Illegal PORT rejected (reserved port).');
		if (to.address !== session.remote.address)
			return yield* session.reply(500, 'Illegal PORT rejected (address wrong).');
	}
	yield* believe(session, to, 'PORT');
}

function* believe(session: Session, to: Endpoint, verb: string): Sys<void> {
	yield* closePassive(session);
	session.port = to;
	yield* session.reply(200, `${verb} command successful.`);
}

/** RFC 2428; ports of services are believed here. */
export function* extendedPort(session: Session, argument: string): Sys<void> {
	const delimiter = argument[0]!;
	const [, family, host, number, rest] = argument.split(delimiter);
	if (family === undefined || host === undefined || number === undefined || rest !== '' || !/^\d+$/.test(number))
		return yield* session.reply(500, 'Syntax error, command unrecognized.');
	if (family !== INET) return yield* session.reply(522, `Network protocol not supported, use (${INET}).`);
	const address = parseIpv4Address(host);
	const to = Number(number);
	if (address === undefined || to > 65_535) return yield* session.reply(500, 'Syntax error, command unrecognized.');
	if (!session.settings.anyPort && address !== session.remote.address)
		return yield* session.reply(500, 'Illegal EPRT rejected (address wrong).');
	yield* believe(session, { address, port: to }, 'EPRT');
}

export function* passive(session: Session): Sys<void> {
	const at = yield* openPassive(session);
	if (at) yield* session.reply(227, `Entering Passive Mode (${numbersOf(at)})`);
}

export function* extendedPassive(session: Session, _argument: string, [family]: Words): Sys<void> {
	if (family !== undefined && family !== '' && family !== INET)
		return yield* session.reply(501, `Not a compatible address family, use (${INET})`);
	const at = yield* openPassive(session);
	if (at) yield* session.reply(229, `Extended Passive Mode OK (|||${at.port}|)`);
}

/* ---- STAT and SITE ----------------------------------------------------------------------------------------------- */

export function* status(session: Session): Sys<void> {
	const shown = formatIpv4Address(session.remote.address);
	yield* session.line(211, `${session.hostname} FTP server status:`);
	yield* session.send(`     ${VERSION}\r\n`);
	const name = session.clientName === shown ? '' : ` (${shown})`;
	yield* session.send(`     Connected to ${session.clientName}${name}\r\n`);
	const who = session.guest ? 'anonymously' : `as ${session.user}`;
	yield* session.send(`     Logged in ${who}\r\n`);
	yield* session.send(`     TYPE: ${NAMES[session.type]}; STRUcture: File; transfer MODE: Stream\r\n`);
	if (session.passive !== undefined) yield* session.send('     in Passive mode\r\n');
	else if (session.port) yield* session.send(`     PORT (${numbersOf(session.port)})\r\n`);
	else yield* session.send('     No data connection\r\n');
	yield* session.reply(211, 'End of status');
}

const octal = (mask: number): string => mask.toString(8).padStart(3, '0');

export function* siteUmask(session: Session, _argument: string, [given]: Words): Sys<void> {
	const mask = given ? Number.parseInt(given, 8) : undefined;
	if (mask !== undefined && mask > MAX_MASK) return yield* session.reply(501, 'Bad UMASK value');
	const before = yield* umask(mask ?? 0);
	if (mask !== undefined) return yield* session.reply(200, `UMASK set to ${octal(mask)} (was ${octal(before)})`);
	yield* umask(before);
	yield* session.reply(200, `Current UMASK is ${octal(before)}`);
}

export function* siteIdle(session: Session, _argument: string, [given]: Words): Sys<void> {
	const { maxTimeout } = session.settings;
	if (!given)
		return yield* session.reply(200, `Current IDLE time limit is ${session.timeout} seconds; max ${maxTimeout}`);
	const seconds = Number(given);
	if (seconds < MIN_IDLE || seconds > maxTimeout)
		return yield* session.reply(501, `Maximum IDLE time must be between ${MIN_IDLE} and ${maxTimeout} seconds`);
	session.timeout = seconds;
	yield* session.reply(200, `Maximum IDLE time set to ${seconds} seconds`);
}
