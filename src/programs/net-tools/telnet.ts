/**
 * telnet(1), the client of inetutils 2.4: a line to a port, for speaking SMTP, POP3 or anything else by hand.
 *
 * Does: looks the host up, tries its addresses, copies lines from the terminal to the connection and back. Ctrl-] asks for a
 *       command (quit, close, help). When standard input ends the connection is closed.
 * Not simulated: option negotiation with a telnet server beyond refusing everything; environment, line modes, .telnetrc.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { gai_strerror, getaddrinfo } from '../libc/netdb';
import { print, printError, STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import { close, connect, poll, read, socket, write } from '../libc/unistd';

const OPTIONS = new OptionTable(['4', '6', '8', 'a', 'd', 'E', 'K', 'c', 'L', 'l|user=', 'n=', 'b=', 'e=', 'x']);
const ESCAPE = 0x1d;
const IAC = 255;
const DO = 253;
const WONT = 252;
const WILL = 251;
const DONT = 254;

export const telnet: Main = function* (argv) {
	let operands: readonly string[];
	try {
		({ operands } = getopt(argv, OPTIONS));
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`telnet: ${thrown.message}\nTry 'telnet --help' or 'telnet --usage' for more information.\n`);
		return 64;
	}
	const [host, port = 'telnet', extra] = operands;
	if (extra !== undefined) {
		yield* printError('telnet: too many arguments\n');
		return 1;
	}
	if (host === undefined) {
		yield* print('telnet> ');
		return 0;
	}
	const found = yield* getaddrinfo(host, port, { protocol: 'tcp' });
	if (!found.ok) {
		yield* print(`Server lookup failure:  ${host}:${port}, ${gai_strerror(found.error)}\n`);
		return 1;
	}
	for (const [index, target] of found.addresses.entries()) {
		const shown = formatIpv4Address(target.address);
		yield* print(`Trying ${shown}...\n`);
		const fd = yield* socket('inet', 'stream');
		try {
			yield* connect(fd, { family: 'inet', address: target.address, port: target.port });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* close(fd);
			if (index + 1 < found.addresses.length) {
				yield* printError(`telnet: connect to address ${shown}: ${strerror(thrown)}\n`);
				continue;
			}
			yield* printError(`telnet: Unable to connect to remote host: ${strerror(thrown)}\n`);
			return 1;
		}
		yield* print(`Connected to ${host}.\nEscape character is '^]'.\n`);
		return yield* relay(fd);
	}
	return 1;
};

function* relay(fd: number): Sys<number> {
	for (;;) {
		const ready = yield* poll(
			[
				{ fd, read: true },
				{ fd: STDIN, read: true }
			],
			-1
		);
		if (ready.some((row) => row.fd === fd && (row.read || row.hangup)) && !(yield* fromServer(fd))) {
			yield* printError('Connection closed by foreign host.\n');
			return 0;
		}
		if (ready.some((row) => row.fd === STDIN && (row.read || row.hangup))) {
			const typed = yield* read(STDIN, 4096);
			if (typed.length === 0) {
				/* the end of standard input ends the connection, and telnet blames the other side */
				yield* printError('Connection closed by foreign host.\n');
				return 0;
			}
			if (typed.includes(ESCAPE)) {
				if (yield* command(fd)) return 0;
			} else if (!(yield* send(fd, toNetwork(typed)))) return 0;
		}
	}
}

/** A newline of the terminal is CR LF on the wire (RFC 854). */
function toNetwork(bytes: Uint8Array): Uint8Array {
	return encode(decode(bytes).replaceAll('\n', '\r\n'));
}

function* send(fd: number, bytes: Uint8Array): Sys<boolean> {
	try {
		yield* write(fd, bytes);
		return true;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError('Connection closed by foreign host.\n');
		return false;
	}
}

/** @returns false when the server has hung up */
function* fromServer(fd: number): Sys<boolean> {
	let part: Uint8Array;
	try {
		part = yield* read(fd, 65_536);
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
	if (part.length === 0) return false;
	const shown: number[] = [];
	const answer: number[] = [];
	for (let i = 0; i < part.length; i++) {
		const byte = part[i]!;
		if (byte === IAC && i + 2 < part.length && part[i + 1]! >= WILL && part[i + 1]! <= DONT) {
			answer.push(IAC, part[i + 1] === DO || part[i + 1] === DONT ? WONT : DONT, part[i + 2]!);
			i += 2;
		} else if (byte !== 13 && byte !== 0) shown.push(byte);
	}
	if (answer.length > 0) yield* send(fd, Uint8Array.from(answer));
	if (shown.length > 0) yield* write(STDOUT, Uint8Array.from(shown));
	return true;
}

/** The prompt behind Ctrl-]. @returns true when the connection was given up */
function* command(fd: number): Sys<boolean> {
	yield* print('\ntelnet> ');
	const word = decode(yield* read(STDIN, 4096)).trim();
	if (word === '') return false;
	if ('quit'.startsWith(word) || 'close'.startsWith(word)) {
		yield* close(fd);
		yield* print('Connection closed.\n');
		return true;
	}
	yield* print(
		word === 'help' || word === '?' ? 'close\t\tclose current connection\nquit\t\texit telnet\n' : '?Invalid command\n'
	);
	return false;
}
