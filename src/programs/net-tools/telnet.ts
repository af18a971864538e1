/**
 * telnet(1), the client of inetutils 2.4: a terminal at another host, or a line to a port, for speaking SMTP, POP3 or
 * anything else by hand.
 *
 * Does: looks the host up and tries its addresses; `telnet-session.ts` is the rest.
 * Not simulated: the prompt without a host, authentication, encryption, -l, -n, -x, .telnetrc.
 */
import { Errno, type Main } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { gai_strerror, getaddrinfo } from '../libc/netdb';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { close, connect, socket } from '../libc/unistd';
import { TelnetSession } from './telnet-session';

const OPTIONS = new OptionTable(['4', '6', '8', 'a', 'd', 'E', 'K', 'c', 'L', 'l|user=', 'n=', 'b=', 'e=', 'x']);
const TELNET_PORT = 23;

export const telnet: Main = function* (argv, env) {
	let operands: readonly string[];
	let escape: string | undefined;
	try {
		const parsed = getopt(argv, OPTIONS);
		({ operands } = parsed);
		escape = parsed.has('E') ? '' : parsed.get('e');
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
		const session = new TelnetSession(fd, host, env.get('TERM') ?? 'UNKNOWN', escape);
		yield* print(`Connected to ${host}.\nEscape character is '${session.escapeName}'.\n`);
		return yield* session.run(target.port === TELNET_PORT);
	}
	return 1;
};
