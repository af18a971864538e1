/**
 * The child of xinetd that serves one client: takes user and group, asks xinetd's own lists and then hosts.allow and
 * hosts.deny, asks who the user at the other end is, and becomes the server, a redirector or an internal service.
 *
 * Trusts: nobody before that; the tables are read with the rights of the service's user.
 */
import { SIGNAL, type Sys } from '#kernel/syscalls';
import { getgrouplist, getpwuid } from '../libc/passwd';
import { errnoOf } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import {
	accept, close, dup2, exec, exit, getpid, read, setgid, setgroups, setpriority, setproctitle, setsid, setuid, signal, umask, write
} from '../libc/unistd'; // prettier-ignore
import { FACILITIES, PRIORITIES, type Facility } from '../libc/syslog';
import { fromText } from '../libwrap/bytes';
import { hostsAccess } from '../libwrap/hosts-access';
import { Library, type Severity } from '../libwrap/library';
import { Request } from '../libwrap/request';
import { fromSocket, socketMethods } from '../libwrap/sock-host';
import { mayEnter, peerText, type Refusal, type Walk } from './access';
import { nameOf, type Peer } from './addresses';
import { sendBanner } from './banner';
import type { Ring } from '../inetd/internal';
import { IDENT_TIMEOUT, identify } from './ident';
import { errorText, type ProgramLog } from './message';
import { redirect } from './redirect';
import { logFailure, logLine, type Sink } from './service-log';
import type { ServiceConfig } from './service-config';

/** What a child knows of its service and its client. */
export interface Visit {
	readonly config: ServiceConfig;
	readonly sink: Sink | undefined;
	readonly fd: number;
	readonly peer: Peer | undefined;
	readonly walk: Walk;
	readonly program: ProgramLog;
	readonly ring: Ring;
	/** hit a SENSOR lately */
	readonly trapped: boolean;
	readonly superuser: boolean;
	/** sockets of all services */
	readonly sockets: readonly number[];
	/** services behind tcpmux, by name in small letters */
	readonly mux: ReadonlyMap<string, ServiceConfig>;
}

export function* serve(visit: Visit): Sys<number> {
	const { config, program, peer, sink, fd } = visit;
	yield* signal(SIGNAL.SIGPIPE, 'default');
	if (visit.superuser) yield* takeCredentials(visit);
	if (config.has('umask')) yield* umask(config.umask);
	if (config.has('nice')) yield* setpriority(config.nice);
	if (!(yield* admit(visit))) return 0;
	if (config.logOnSuccess.has('USERID') && sink) {
		const must = config.flags.has('IDONLY');
		const found = yield* identify(fd, must ? 0 : IDENT_TIMEOUT, program);
		if ('user' in found) yield* logLine(sink, config, 'USERID', found.user);
		else if (must) {
			yield* logLine(sink, config, 'NOID', `${peerText(peer)} ${found.reason}`);
			visit.walk.add('flags', 'decided', `IDONLY: who the user is could not be learned (${found.reason})`);
			yield* visit.walk.tell('address');
			return 0;
		}
	}
	if (config.internal) return yield* serveInternal(visit);
	if (!config.redirect) return yield* becomeServer(visit);
	for (const one of visit.sockets) yield* close(one);
	return yield* redirect(fd, config, sink, program);
}

/** Access control of a connection. Failures are logged. @param report false: the failure was logged a moment ago */
export function* admit(visit: Visit, report: (refusal: Refusal) => boolean = () => true): Sys<boolean> {
	const { config, program, peer, sink, fd, walk } = visit;
	const refusal = yield* refusalOf(visit);
	if (refusal === undefined) {
		yield* sendBanner(config, config.bannerSuccess, fd, program);
		return true;
	}
	if (refusal !== 'libwrap') yield* walk.tell(refusal);
	if (report(refusal)) yield* logFailure(sink, config, peerText(peer), refusal);
	yield* sendBanner(config, config.bannerFail, fd, program);
	return false;
}

function* refusalOf(visit: Visit): Sys<Refusal | undefined> {
	const { config, program, walk } = visit;
	if (config.flags.has('SENSOR')) {
		walk.add('flags', 'decided', 'the service is a SENSOR, which lets nobody in');
		return 'address';
	}
	if (visit.trapped) {
		walk.add('flags', 'decided', 'the client has touched a SENSOR and is shut out for a while');
		return 'address';
	}
	if (!(yield* mayEnter(walk, program))) return 'address';
	yield* walk.tell();
	if (config.flags.has('NOLIBWRAP')) return undefined;
	return (yield* mayPassLibwrap(visit)) ? undefined : 'libwrap';
}

/** The daemon name for hosts.allow and hosts.deny. */
export function daemonName(config: ServiceConfig): string | undefined {
	if (config.libwrap !== undefined) return config.libwrap;
	if (config.redirect || config.internal) return config.name;
	const path = config.flags.has('NAMEINARGS') ? config.argv?.[0] : config.server;
	if (path === undefined) return config.id;
	return path.includes('/') ? path.slice(path.lastIndexOf('/') + 1) : config.argv?.[0];
}

function* mayPassLibwrap({ config, program, peer, fd }: Visit): Sys<boolean> {
	const daemon = daemonName(config);
	const from = peerText(peer);
	if (daemon === undefined) {
		const text = `server param not provided to libwrap refusing connection to ${config.id} from ${from}`;
		yield* program.write('info', text);
		return false;
	}
	const library = new Library({ ident: 'xinetd', facility: 'daemon', pid: true, env: new Map(config.environment) });
	library.denySeverity = { priority: 'info' };
	const request = new Request(fd, yield* getpid(), socketMethods(library));
	request.setDaemon(fromText(daemon));
	yield* fromSocket(library, request);
	const { granted } = yield* hostsAccess(library, request);
	if (!granted) {
		const text = `libwrap refused connection to ${config.id} (libwrap=${daemon}) from ${from}`;
		if (library.denySeverity.facility === undefined || program.file !== undefined)
			yield* program.write(library.denySeverity.priority, text);
		else yield* library.syslog(summed(library.denySeverity), fromText(text));
	}
	return granted;
}

/** xinetd adds its own facility to that of the option `severity`, which gives a third one. */
function summed({ facility, priority }: Severity): Severity {
	const sum = FACILITIES[facility!] + FACILITIES.daemon;
	const known = (Object.keys(FACILITIES) as Facility[]).find((one) => FACILITIES[one] === sum);
	return { priority: PRIORITIES[priority] === undefined ? 'info' : priority, facility: known ?? facility! };
}

function* takeCredentials({ config, program }: Visit): Sys<void> {
	const must = function* (call: Sys<void>, what: string): Sys<void> {
		try {
			yield* call;
		} catch (thrown) {
			yield* program.write('err', `${what} failed: ${errorText(thrown)}`);
			yield* exit(1);
		}
	};
	if (config.has('group') || config.has('user')) {
		yield* must(setgid(config.has('group') ? config.gid : config.userGid), 'setgid');
		let groups: number[] = [];
		if (config.has('user') && config.groups) {
			const user = yield* getpwuid(config.uid);
			if (!user) {
				yield* program.write('err', `getpwuid( ${config.uid} ) (service=${config.id}) failed: Success (errno = 0)`);
				return yield* exit(1);
			}
			groups = yield* getgrouplist(user.name, user.gid);
		}
		yield* must(setgroups(groups), 'setgroups( 0, NULL )');
	}
	if (config.has('user')) yield* must(setuid(config.uid), 'setuid');
}

function* becomeServer({ config, program, peer, fd }: Visit): Sys<number> {
	for (const standard of [0, 1, 2]) yield* dup2(fd, standard);
	if (fd > 2) yield* close(fd);
	try {
		yield* setsid();
	} catch (thrown) {
		errnoOf(thrown);
	}
	const environment = new Map(config.environment);
	environment.set('REMOTE_HOST', peerText(peer));
	try {
		return yield* exec(config.server!, config.argv ?? [], environment);
	} catch (thrown) {
		yield* program.write('err', `execv( ${config.server} ) failed: ${errorText(thrown)}`);
		return 0;
	}
}

function* serveInternal(visit: Visit): Sys<number> {
	const { config, peer, fd, ring } = visit;
	const host = peer ? ((yield* nameOf(peer)) ?? peerText(peer)) : '';
	const title = `(xinetd service) ${config.id}`;
	yield* setproctitle([config.builtin!.type === 'stream' && !config.wait ? `${title} ${host}` : title]);
	for (const one of visit.sockets) yield* close(one);
	if (config.builtin!.name === 'tcpmux') return yield* tcpmux(visit);
	const connection = config.wait && config.socketType === 'stream' ? (yield* accept(fd)).fd : fd;
	yield* config.builtin!.serve(connection, { next: ring.next });
	return 0;
}

/** A string constant's NUL goes out with it. */
const MUX_ACCEPTED = '+Go\r\n\0';
const MUX_UNKNOWN = '-Service name not found\r\n\0';

/** RFC 1078: the client names the service. */
function* tcpmux(visit: Visit): Sys<number> {
	const { fd, program, mux } = visit;
	let text = '';
	try {
		text = decode(yield* read(fd, 1024));
	} catch (thrown) {
		errnoOf(thrown);
	}
	if (text === '') {
		yield* program.write('err', 'read failed');
		return 0;
	}
	if (text.length <= 2 || !text.endsWith('\r\n')) return 0;
	const config = mux.get(text.slice(0, -2).replace(/\0.*/s, '').toLowerCase());
	if (!config) {
		yield* write(fd, encode(MUX_UNKNOWN));
		return 0;
	}
	if (config.types.has('TCPMUXPLUS')) yield* write(fd, encode(MUX_ACCEPTED));
	return yield* serve({ ...visit, config, sink: undefined, sockets: [], walk: visit.walk.of(config) });
}
