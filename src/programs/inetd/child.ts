/**
 * The child of inetd that becomes a server: asks the access tables with -l, takes the user of the service, puts the
 * connection on the three standard descriptors, and executes the program.
 */
import { SIGNAL, type Sys } from '#kernel/syscalls';
import { getservbyport } from '../libc/netdb';
import { getgrnam, getgrouplist, getpwnam } from '../libc/passwd';
import { errnoOf, strerror } from '../libc/strerror';
import type { Log } from '../libc/syslog';
import {
	dup2, exec, exit, getpid, recvfrom, setcloexec, setgid, setgroups, setproctitle, setsid, setuid, signal
} from '../libc/unistd'; // prettier-ignore
import { fromText } from '../libwrap/bytes';
import { hostsAccess } from '../libwrap/hosts-access';
import { Library } from '../libwrap/library';
import { Request } from '../libwrap/request';
import { fromSocket, socketMethods } from '../libwrap/sock-host';
import type { ServiceLine } from './configuration';
import type { Ring } from './internal';

const TCPD = '/usr/sbin/tcpd';
/** characters of a client's name in the log */
const NAME_LENGTH = 500;

export interface Starter {
	readonly log: Log;
	/** who runs inetd */
	readonly uid: number;
	/** -l */
	readonly wrapped: boolean;
	readonly env: Map<string, string>;
}

export function* becomeServer(starter: Starter, line: ServiceLine, port: number, fd: number, ring: Ring): Sys<number> {
	let { server, argv } = line;
	const { log, wrapped } = starter;
	if (wrapped && !line.wait && !line.builtin && line.type === 'stream') {
		if (server === TCPD) {
			server = argv[0] ?? '';
			argv = [server.slice(server.lastIndexOf('/') + 1), ...argv.slice(1)];
		}
		if (!(yield* mayEnter(starter, line, argv[0] ?? '', port, fd))) return 1;
	}
	if (line.builtin) {
		yield* setproctitle([`-${line.service}`]);
		yield* line.builtin.serve(fd, ring);
		return 0;
	}
	if (!(yield* becomeUser(starter, line))) {
		if (line.type !== 'stream') yield* recvfrom(fd, 50);
		return 1;
	}
	if (fd !== 0) {
		yield* dup2(fd, 0);
		yield* setcloexec(fd, true);
	}
	yield* dup2(0, 1);
	yield* dup2(0, 2);
	yield* signal(SIGNAL.SIGPIPE, 'default');
	try {
		return yield* exec(server, argv, starter.env);
	} catch (thrown) {
		if (line.type !== 'stream') yield* recvfrom(0, 50);
		yield* log.write('err', `execv ${server}: ${strerror(errnoOf(thrown))}`);
		return 1;
	}
}

/** What tcpd would ask, in inetd's own words. */
function* mayEnter(starter: Starter, line: ServiceLine, daemon: string, port: number, fd: number): Sys<boolean> {
	const library = new Library({ ident: 'inetd', facility: 'daemon', pid: true, env: starter.env });
	const request = new Request(fd, yield* getpid(), socketMethods(library));
	request.setDaemon(fromText(daemon));
	yield* fromSocket(library, request);
	const service = (yield* getservbyport(port, 'tcp'))?.name ?? String(port);
	const { granted } = yield* hostsAccess(library, request);
	const client = (yield* request.clientInfo()).value.slice(0, NAME_LENGTH);
	const what = `connection from ${client}, service ${fromText(service)} (${fromText(line.protocol)})`;
	if (granted) yield* library.syslog(library.allowSeverity, what);
	else yield* library.syslog(library.denySeverity, `refused ${what}`);
	return granted;
}

/** Takes user and group of the service. @returns false when there is no such user or group (and it is logged) */
function* becomeUser({ log, uid }: Starter, line: ServiceLine): Sys<boolean> {
	const user = yield* getpwnam(line.user);
	if (!user) {
		yield* log.write('err', `getpwnam: ${line.user}: No such user`);
		return false;
	}
	try {
		yield* setsid();
	} catch (thrown) {
		yield* log.write('err', `${line.service}: setsid: ${strerror(errnoOf(thrown))}`);
	}
	const group = line.group === undefined ? undefined : yield* getgrnam(line.group);
	if (line.group !== undefined && !group) {
		yield* log.write('err', `getgrnam: ${line.group}: No such group`);
		return false;
	}
	if (uid !== 0) return uid === user.uid;
	const name = `${line.service}/${line.protocol}`;
	const must = function* (call: Sys<void>, what: string): Sys<void> {
		try {
			yield* call;
		} catch (thrown) {
			yield* log.write('err', `${name}: can't ${what}: ${strerror(errnoOf(thrown))}`);
			yield* exit(1);
		}
	};
	/* as this build: the group of a line counts for root only to enter root's own groups */
	const gid = user.uid !== 0 && group ? group.gid : user.gid;
	if (user.uid !== 0 || group) {
		yield* must(setgid(gid), `set gid ${gid}`);
		yield* must(setgroups(yield* getgrouplist(user.name, gid)), `initgroups(${user.name})`);
	}
	if (user.uid !== 0) yield* must(setuid(user.uid), `set uid ${user.uid}`);
	return true;
}
