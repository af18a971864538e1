/**
 * finger(1) of bsd-finger 0.17: who is logged in, or what is known about somebody, here or elsewhere (RFC 1288).
 *
 *     finger [-lmps] [user …] [user@host …]
 *
 * Run by in.fingerd (its output is a connection), lines end with CRLF and people with a .nofinger are passed over.
 * Lacks: the database of last logins, so nobody has logged in before.
 */
import { Errno, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { gai_strerror, getaddrinfo, getservbyname } from '../libc/netdb';
import { STDERR, STDIN, STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import { alarm, close, connect, getsockname, read, signal, socket, time, winsize, write } from '../libc/unistd';
import { paragraph, table } from './format';
import { loggedIn, named, type Person, type Search } from './people';

const OPTIONS = new OptionTable(['l', 'm', 'p', 's']);
const TIMEOUT = 5_000_000;

export const finger: Main = function* (argv) {
	const output = new Screen(yield* isSocket(STDOUT));
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* output.complain(`${argv[0]}: ${thrown.message}\nusage: finger [-lmps] [login ...]\n`);
		return 1;
	}
	const fromNetwork = output.crlf || (yield* isSocket(STDIN));
	const search = { exact: options.has('m'), fromNetwork, complain: (text: string) => output.complain(text) };
	const { people, status } = yield* find(options, search, output);
	const lines = !options.has('l') && (options.operands.length === 0 || options.has('s'));
	if (people.length > 0 && lines) yield* output.print(table(people, yield* time(), yield* columns()));
	else
		for (const [i, person] of people.entries())
			yield* output.print(`${i > 0 ? '\n' : ''}${yield* paragraph(person, !options.has('p'))}`);
	yield* output.flush();
	return status;
};

function* find(options: Parsed, search: Search, output: Screen): Sys<{ people: Person[]; status: number }> {
	const { operands } = options;
	if (operands.length === 0) {
		const people = yield* loggedIn(search);
		if (people.length === 0) yield* output.print('No one logged on.\n');
		return { people, status: 0 };
	}
	const local = operands.filter((name) => !name.includes('@'));
	const remote = operands.filter((name) => name.includes('@'));
	const people = local.length > 0 ? yield* named(local, search) : [];
	let status = 0;
	for (const [i, name] of remote.entries()) {
		status |= yield* askHost(name, options.has('l'), output);
		if (i < remote.length - 1 || people.length > 0) yield* output.print('\n');
	}
	return { people, status };
}

/** Printable characters; others as ^X and M-^X, so that nobody's plan does things to a terminal. */
class Screen {
	#text: number[] = [];

	constructor(readonly crlf: boolean) {}

	*print(text: string): Sys<void> {
		for (const byte of encode(text)) this.byte(byte);
		if (this.#text.length > 8192) yield* this.flush();
	}

	byte(given: number): void {
		const low = given & 0x7f;
		if (given === 10) this.#text.push(...(this.crlf ? [13, 10] : [10]));
		else if (given === 9 || (low >= 32 && low !== 0x7f)) this.#text.push(given);
		else
			this.#text.push(...encode(`${given > 0x7f ? 'M-' : ''}^${low === 0x7f ? '?' : String.fromCharCode(low + 64)}`));
	}

	*flush(): Sys<void> {
		const bytes = Uint8Array.from(this.#text.splice(0));
		if (bytes.length > 0) yield* write(STDOUT, bytes);
	}

	/** Standard error is not buffered, and has CRLF as the output has. */
	*complain(text: string): Sys<void> {
		const screen = new Screen(this.crlf);
		for (const byte of encode(text)) screen.byte(byte);
		yield* write(STDERR, Uint8Array.from(screen.#text));
	}
}

function* isSocket(fd: number): Sys<boolean> {
	try {
		yield* getsockname(fd);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* columns(): Sys<number> {
	try {
		return (yield* winsize(STDIN)).columns || 80;
	} catch (thrown) {
		if (thrown instanceof Errno) return 80;
		throw thrown;
	}
}

/** `user@host`, `@host`, `user@far@near`: asks the last host about the rest. @returns exit status */
function* askHost(target: string, long: boolean, output: Screen): Sys<number> {
	const at = target.lastIndexOf('@');
	const host = target.slice(at + 1);
	const service = yield* getservbyname('finger', 'tcp');
	if (!service) {
		yield* output.complain('finger: tcp/finger: unknown service\n');
		return 1;
	}
	const found = yield* getaddrinfo(host, 'finger', { protocol: 'tcp' });
	if (!found.ok) {
		yield* output.complain(`finger: unknown host: ${host}\n`);
		yield* output.complain(`getaddrinfo: ${gai_strerror(found.error)}\n`);
		return 1;
	}
	const fd = yield* connectTo(found.addresses);
	if (fd instanceof Errno) {
		yield* output.complain(`finger: connect: ${strerror(fd)}\n`);
		return 1;
	}
	try {
		yield* write(fd, encode(`${long ? '/W ' : ''}${target.slice(0, at)}\r\n`));
		yield* copyAnswer(fd, output);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	yield* close(fd);
	return 0;
}

function* connectTo(addresses: readonly { readonly address: number; readonly port: number }[]): Sys<number | Errno> {
	let failed = new Errno('ECONNREFUSED');
	for (const { address, port } of addresses) {
		const fd = yield* socket('inet', 'stream');
		const before = yield* signal(SIGNAL.SIGALRM, 'catch');
		yield* alarm(TIMEOUT);
		try {
			yield* connect(fd, { family: 'inet', address, port });
			yield* alarm(0);
			yield* signal(SIGNAL.SIGALRM, before);
			return fd;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			failed = thrown.code === 'EINTR' ? new Errno('ETIMEDOUT') : thrown;
			yield* close(fd);
		}
	}
	return failed;
}

/** A carriage return is a newline, and a newline after it is none. */
function* copyAnswer(fd: number, output: Screen): Sys<void> {
	let afterReturn = false;
	let atEnd = true;
	for (let part = yield* read(fd, 4096); part.length > 0; part = yield* read(fd, 4096)) {
		for (const given of part) {
			const byte = given === 0x8d || given === 0x8a ? given & 0x7f : given;
			if (byte === 13) output.byte(10);
			else if (!(afterReturn && byte === 10)) output.byte(byte);
			atEnd = byte === 13 || byte === 10;
			afterReturn = byte === 13;
		}
		yield* output.flush();
	}
	if (!atEnd) output.byte(10);
	yield* output.flush();
}
