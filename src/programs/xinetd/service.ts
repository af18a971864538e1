/** A service of the running xinetd: its configuration, its socket, its log, its servers. */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { bind, close, listen, poll, recvfrom, setcloexec, setfl, setsockopt, socket } from '../libc/unistd';
import type { Peer } from './addresses';
import { errorText, type ProgramLog } from './message';
import { openFile, openSyslog, type Sink } from './service-log';
import type { ServiceConfig } from './service-config';

export interface Service {
	config: ServiceConfig;
	/** -1: none */
	fd: number;
	/** suspended: a server has the socket (wait); disabled: too many came */
	state: 'not-started' | 'active' | 'suspended' | 'disabled';
	running: number;
	sink: Sink | undefined;
	/** connections counted, and since when (seconds) */
	rate: { count: number; since: number };
	/** when a service that was closed opens again, seconds */
	reenable: number;
	/** who was refused last, for datagrams */
	lastRefused: { readonly address: number; readonly port: number; readonly time: number } | undefined;
}

/** A server that runs. */
export interface Server {
	readonly service: Service;
	readonly pid: number;
	readonly peer: Peer | undefined;
	/** seconds since 1970 */
	readonly started: number;
	readonly fd: number;
}

export function newService(config: ServiceConfig): Service {
	return {
		config,
		fd: -1,
		state: 'not-started',
		running: 0,
		sink: undefined,
		rate: { count: 0, since: 0 },
		reenable: 0,
		lastRefused: undefined
	};
}

export function isAvailable({ state }: Service): boolean {
	return state === 'active' || state === 'suspended';
}

const BIND_ATTEMPTS = 10;
const BACKLOG = 64;

/** The log files that services share: that of `defaults` is opened once. */
export interface Logs {
	readonly program: ProgramLog;
	common(): Sys<Sink | undefined>;
}

/** Opens the socket and the log of a service. @returns false when it cannot run, which has been said */
export function* activate(service: Service, logs: Logs): Sys<boolean> {
	const { config } = service;
	if (config.muxClient) return true;
	const fd = yield* openSocket(config, logs.program);
	if (fd === undefined) return false;
	service.fd = fd;
	if (!(yield* startLog(service, logs))) {
		yield* close(fd);
		service.fd = -1;
		return false;
	}
	service.running = 0;
	if (config.socketType === 'stream') yield* listen(fd, BACKLOG);
	service.state = 'active';
	return true;
}

function* openSocket(config: ServiceConfig, program: ProgramLog): Sys<number | undefined> {
	const { socketType, id } = config;
	const tcp = config.protocol?.name === 'tcp';
	let fd: number;
	try {
		if (socketType === undefined || socketType === 'seqpacket') throw new Errno('EPROTONOSUPPORT');
		fd = yield* socket('inet', socketType, socketType === 'raw' ? config.protocol?.number : undefined);
	} catch (thrown) {
		yield* program.write('err', `socket creation failed (${errorText(thrown)}). service = ${id}`);
		return undefined;
	}
	if (!config.forks && config.wait) yield* setfl(fd, O.RDWR | O.NONBLOCK);
	yield* setcloexec(fd, true);
	/* a socket that takes IPv6 alone has nobody to take here */
	if (config.dual && (config.has('v6only') || config.has('bind'))) return fd;
	yield* setsockopt(fd, 'reuseaddr', 1);
	if (config.flags.has('NODELAY') && tcp) yield* setsockopt(fd, 'nodelay', 1);
	if (config.flags.has('KEEPALIVE') && tcp) yield* setsockopt(fd, 'keepalive', 1);
	for (let retry = 0; ; retry++) {
		try {
			yield* bind(fd, { family: 'inet', address: config.bind ?? 0, port: config.port });
			return fd;
		} catch (thrown) {
			yield* program.write('err', `bind failed (${errorText(thrown)}). service = ${id}`);
		}
		if (retry === BIND_ATTEMPTS) break;
		yield* program.write('notice', `bind retry attempt ${retry + 1}`);
	}
	yield* close(fd);
	return undefined;
}

/** @returns false when the log cannot be opened */
export function* startLog(service: Service, logs: Logs): Sys<boolean> {
	const { log, id } = service.config;
	switch (log.type) {
		case 'none':
			return true;
		case 'syslog':
			service.sink = openSyslog(log);
			return true;
		case 'file':
			service.sink = yield* openFile(id, id, log, logs.program);
			return service.sink !== undefined;
		case 'common':
			service.sink = yield* logs.common();
			return service.sink !== undefined;
	}
}

export function* stopLog(service: Service): Sys<void> {
	const { sink, config } = service;
	service.sink = undefined;
	if (sink && config.log.type !== 'common') yield* sink.close();
}

export function* deactivate(service: Service): Sys<void> {
	if (!isAvailable(service)) return;
	if (service.fd >= 0) yield* close(service.fd);
	service.fd = -1;
	service.state = 'disabled';
}

/** Takes all datagrams that wait. */
export function* drain(fd: number): Sys<void> {
	try {
		while ((yield* poll([{ fd, read: true }], 0)).length > 0) yield* recvfrom(fd, 256);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}
