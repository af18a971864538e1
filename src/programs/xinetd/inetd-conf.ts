/**
 * /etc/inetd.conf as xinetd reads it with -inetd_compat: after its own files, so a service of the same id stands in the way
 * when it comes to binding; the server is started as inetd would, without libwrap.
 *
 * Not simulated: a line with fewer than three words crashes the real program; here it is left out.
 */
import type { Sys } from '#kernel/syscalls';
import { getprotobyname } from '../libc/netdb';
import { getgrnam, getpwnam } from '../libc/passwd';
import type { Report } from './message';
import { ServiceConfig, SOCKET_TYPES } from './service-config';

/** Internal services that get an id of their own. The protocol is compared with "stream", so all are called dgram. */
const DATAGRAM_IDS = ['time', 'daytime', 'chargen', 'echo'];

export function* readInetdConf(text: string, file: string, report: Report): Sys<ServiceConfig[]> {
	const out: ServiceConfig[] = [];
	for (const [i, line] of text.split('\n').entries()) {
		if (/^\s*(#|$)/.test(line)) continue;
		const place = { file, line: i + 1 };
		const words = line.split(/[ \t]+/).filter((word) => word !== '');
		const service = new ServiceConfig(words[0]!.replace(/\/.*/s, ''), place);
		const problem = yield* readLine(service, words, (priority, said) =>
			report(priority, `inetd.conf - ${said}`, place)
		);
		if (!problem) continue;
		out.push(service);
		yield* report('debug', `added service ${service.shownName}`, place);
	}
	return out;
}

type Say = (priority: 'err' | 'warning', text: string) => Sys<void>;

/** @returns false when the line is left out */
function* readLine(service: ServiceConfig, words: readonly string[], say: Say): Sys<boolean> {
	const [, type, protocol, wait, account, server, ...argv] = words;
	service.groups = true;
	service.specify('groups');
	if (type === undefined) return yield* refuse(say, 'Invalid socket type');
	service.socketType = SOCKET_TYPES.find((one) => one === type);
	if (!service.socketType) return yield* refuse(say, 'Bad socket type: (null)');
	if (protocol === undefined || protocol.includes('rpc')) return false;
	const entry = yield* getprotobyname(protocol);
	if (!entry) return yield* refuse(say, `Protocol ${protocol} not in /etc/protocols`);
	service.protocol = { name: protocol, number: entry.number };
	if (wait === undefined) return yield* refuse(say, 'No value specified for wait');
	if (wait !== 'wait' && wait !== 'nowait') yield* say('err', `Bad value for wait: ${wait}`);
	service.wait = wait === 'wait';
	if (account === undefined) return yield* refuse(say, 'No value specified for user');
	if (!(yield* readAccount(service, account, say))) return false;
	if (server === undefined) return yield* refuse(say, 'No value specified for user');
	for (const name of ['protocol', 'user', 'socket_type', 'wait']) service.specify(name, service.place);
	service.id = service.shownName;
	if (server === 'internal') {
		service.types.add('INTERNAL');
		if (service.name === 'discard') {
			yield* say('warning', 'service discard not supported');
			return false;
		}
		if (DATAGRAM_IDS.includes(service.id)) service.id += '-dgram';
		return true;
	}
	service.server = server;
	service.argv = argv;
	for (const flag of ['REUSE', 'NOLIBWRAP', 'NAMEINARGS'] as const) service.flags.add(flag);
	service.specify('server');
	service.specify('server_args');
	return true;
}

function* refuse(say: Say, text: string): Sys<false> {
	yield* say('err', text);
	return false;
}

/** user or user.group */
function* readAccount(service: ServiceConfig, account: string, say: Say): Sys<boolean> {
	const [name, groupName] = account.split(/\.(.*)/s) as [string, string?];
	if (groupName !== undefined) {
		const group = yield* getgrnam(groupName);
		if (!group) return yield* refuse(say, `Unknown group: ${groupName}`);
		service.gid = group.gid;
		service.specify('group');
	}
	const user = yield* getpwnam(name);
	if (!user) return yield* refuse(say, `Unknown user: ${name}`);
	service.uid = user.uid;
	service.userGid = user.gid;
	return true;
}
