/**
 * rndc: tells a running named what to do (rndc(8)).
 *
 * Lacks: keys and other servers than 127.0.0.1; the channel is plain text here.
 */
import { Errno, type Main } from '#kernel/syscalls';
import { print, printError, readAll } from '../libc/stdio';
import { close, connect, socket, write } from '../libc/unistd';
import { decode, encode } from '../libc/text';

const CONTROL = { family: 'inet', address: 0x7f000001, port: 953 } as const;

const USAGE = `Usage: rndc [-b address] [-c config] [-s server] [-p port]
	[-k key-file ] [-y key] [-r] [-V] [-4 | -6] command

command is one of the following:

  flush 	Flushes all of the server's caches.
  flushname name [view]
		Flush the given name from the server's cache(s)
  flushtree name [view]
		Flush all names under the given name from the server's cache(s)
  freeze zone [class [view]]
		Suspend updates to a dynamic zone.
  halt		Stop the server without saving pending updates.
  notify zone [class [view]]
		Resend NOTIFY messages for the zone.
  querylog [ on | off ]
		Enable / disable query logging.
  reconfig	Reload configuration file and new zones only.
  reload	Reload configuration file and zones.
  reload zone [class [view]]
		Reload a single zone.
  refresh zone [class [view]]
		Schedule immediate maintenance for a zone.
  retransfer zone [class [view]]
		Retransfer a single zone without checking serial number.
  status	Display status of the server.
  stop		Save pending updates to master files and stop the server.
  zonestatus zone [class [view]]
		Display the current status of a zone.
`;

export const rndc: Main = function* (argv) {
	const words = argv.slice(1);
	while (words[0]?.startsWith('-')) words.splice(0, /^-[46rV]/.test(words[0]) ? 1 : 2);
	if (words.length === 0) {
		yield* printError(USAGE);
		return 1;
	}
	const fd = yield* socket('inet', 'stream');
	try {
		yield* connect(fd, CONTROL);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError('rndc: connect failed: 127.0.0.1#953: connection refused\n');
		return 1;
	}
	yield* write(fd, encode(`${words.join(' ')}\n`));
	const reply = decode(yield* readAll(fd));
	yield* close(fd);
	const text = reply.slice(reply.indexOf('\n') + 1);
	if (reply.startsWith('ok')) {
		yield* print(text);
		return 0;
	}
	yield* printError(text);
	return 1;
};
