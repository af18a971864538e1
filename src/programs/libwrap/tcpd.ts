/**
 * tcpd(8): stands before a daemon that inetd starts. Asks hosts.allow and hosts.deny whether the client may come in, logs
 * it, and becomes the daemon.
 *
 * Reads:  the two tables, once for each connection.
 * Trusts: nothing of the client; a name only when it leads back to the address.
 * Logs:   "connect from NAME (ADDRESS)" before it becomes the daemon, "refused connect from …".
 * Lacks:  IP options (source routing), which no host here sends.
 */
import { Errno, type Main } from '#kernel/syscalls';
import { strerror } from '../libc/strerror';
import { STDIN } from '../libc/stdio';
import { exec, getpid, umask } from '../libc/unistd';
import { fromText } from './bytes';
import { cleanExit } from './clean-exit';
import { hostsAccess } from './hosts-access';
import { DAEMON_DIRECTORY } from './inetd-conf';
import { Library } from './library';
import { Request } from './request';
import { fromSocket, socketMethods } from './sock-host';

const DAEMON_UMASK = 0o022;

export const tcpd: Main = function* (argv, env) {
	yield* umask(DAEMON_UMASK);
	const called = argv[0]!;
	const name = called.startsWith('/') ? called.slice(called.lastIndexOf('/') + 1) : called;
	const path = called.startsWith('/') ? called : `${DAEMON_DIRECTORY}/${called}`;
	const library = new Library({ ident: name, facility: 'daemon', pid: true, env: new Map(env) });
	const request = new Request(STDIN, yield* getpid(), socketMethods(library));
	request.setDaemon(fromText(name));
	yield* fromSocket(library, request);
	const { granted } = yield* hostsAccess(library, request);
	const client = `${(yield* request.clientInfo()).value} (${yield* request.client.getAddress()})`;
	if (!granted) {
		yield* library.syslog(library.denySeverity, `refused connect from ${client}`);
		return yield* cleanExit(request);
	}
	yield* library.syslog(library.allowSeverity, `connect from ${client}`);
	try {
		return yield* exec(path, [name, ...argv.slice(1)], library.env);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* library.syslog({ priority: 'err' }, `error: cannot execute ${fromText(path)}: ${strerror(thrown)}`);
	}
	return yield* cleanExit(request);
};
