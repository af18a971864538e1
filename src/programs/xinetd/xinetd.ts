/**
 * xinetd(8) 2.3.15.3 (Debian 12): the super-server with access control, limits and a log of its own.
 *
 *     xinetd [-d] [-f config_file] [-filelog file] [-syslog facility] [-limit n] [-pidfile file] [-stayalive] [-dontfork]
 *            [-inetd_compat] [-version]
 *
 * Reads:   /etc/xinetd.conf and what it includes (/etc/inetd.conf with -inetd_compat) at the start and at SIGHUP.
 * Signals: HUP, USR2 read anew; TERM ends the servers of internal and redirected services, then xinetd; QUIT ends xinetd;
 *          USR1 writes /run/xinetd.dump.
 * Writes:  the file of -pidfile, the log files of the services.
 * As on a host with IPv6: a service that is not bound to an address of IPv4 listens on a socket of both, and its clients
 *          stand in the log as ::ffff:192.0.2.1. The socket itself is one of IPv4 here, and netstat shows it as that.
 * Not simulated: -d, -logprocs, -cc, the flag INTERCEPT, Sun RPC, resource limits (rlimit_*), a fork that fails for good,
 *          descriptors that run out.
 *
 * Length: the daemon's loop and its reconfiguration share the tables of services and servers.
 */
import { Errno, O, SIGNAL, type Main, type Sys, type WaitStatus } from '#kernel/syscalls';
import { printError, readText, writeFile } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import {
	accept, chdir, close, dup2, exit, fork, getcred, getpid, kill, open, poll, recvfrom, setsid, signal, sleep, takeSignals, time,
	umask, unlink, wait
} from '../libc/unistd'; // prettier-ignore
import { mayStart, peerText, Walk, type Refusal } from './access';
import type { Peer } from './addresses';
import { sendBanner } from './banner';
import { admit, serve, type Visit } from './child';
import { complete } from './complete';
import { dump } from './dump';
import { IDENT_TIMEOUT, identify } from './ident';
import { readInetdConf } from './inetd-conf';
import { errorText, ProgramLog, type Report } from './message';
import { parseOptions, Usage, type Options } from './options';
import { FatalDefaults, Parser, type Configuration } from './parse';
import { Sensor } from './sensor';
import { ServiceConfig } from './service-config';
import { logExit, logFailure, logLine, logStart, openFile, type Ending, type Sink } from './service-log';
import {
	activate, deactivate, drain, isAvailable, newService, startLog, stopLog, type Logs, type Server, type Service
} from './service'; // prettier-ignore

export const VERSION = '2.3.15.3';
const INETD_CONF = '/etc/inetd.conf';
const SECOND = 1_000_000;

export const xinetd: Main = function* (argv, env) {
	let options: Options;
	try {
		options = parseOptions(argv);
	} catch (thrown) {
		if (!(thrown instanceof Usage)) throw thrown;
		yield* printError(thrown.text);
		return 1;
	}
	if (options.notes !== '') yield* printError(options.notes);
	if (options.version) {
		yield* printError(`${VERSION} libwrap loadavg\n`);
		return 0;
	}
	const program = new ProgramLog(options.facility, options.fileLog);
	if (options.badFacility !== undefined) yield* program.write('err', `Bad syslog facility: ${options.badFacility}`);
	yield* umask((yield* umask(0o077)) | 0o022);
	const daemon = new Xinetd(options, program, new Map(env));
	if (options.foreground) return yield* daemon.run();
	yield* fork(function* () {
		yield* setsid();
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		if (nothing > 2) yield* close(nothing);
		return yield* daemon.run();
	});
	return 0;
};

/** Does what may fail. */
function* attempt(call: Sys<unknown>): Sys<void> {
	try {
		yield* call;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

interface Timer {
	/** microseconds since 1970 */
	readonly at: number;
	readonly run: () => Sys<void>;
}

export class Xinetd {
	defaults = new ServiceConfig(undefined, { file: '', line: 0 });
	services: Service[] = [];
	servers: Server[] = [];
	#timers: Timer[] = [];
	/** children that ask who a refused user was */
	readonly #askers = new Set<number>();
	readonly #sensor = new Sensor();
	readonly #ring = { next: 0 };
	#common: Sink | undefined;
	#commonFailed = false;
	#superuser = true;

	constructor(
		readonly options: Options,
		readonly program: ProgramLog,
		readonly environment: ReadonlyMap<string, string>
	) {}

	get #report(): Report {
		return (priority, text, place) => this.program.write(priority, text, place);
	}

	*run(): Sys<number> {
		const { program, options } = this;
		this.#superuser = (yield* getcred()).euid === 0;
		if (options.pidFile !== undefined) {
			yield* attempt(unlink(options.pidFile));
			yield* attempt(writeFile(options.pidFile, `${yield* getpid()}\n`, 0o644));
		}
		for (const name of [
			'SIGHUP',
			'SIGUSR2',
			'SIGTERM',
			'SIGUSR1',
			'SIGABRT',
			'SIGCHLD',
			'SIGQUIT',
			'SIGINT',
			'SIGALRM'
		] as const)
			yield* signal(SIGNAL[name], 'catch');
		for (const name of ['SIGPIPE', 'SIGTTIN', 'SIGTTOU', 'SIGTSTP'] as const) yield* signal(SIGNAL[name], 'ignore');
		const configuration = yield* this.#configuration();
		if (!configuration) {
			yield* program.critical('init_services', "couldn't get configuration. Exiting...");
			return yield* exit(1);
		}
		this.defaults = configuration.defaults;
		yield* this.#startServices(configuration.services);
		if (!options.stayAlive && this.#available === 0) yield* this.#giveUp('init_services', 'no services. Exiting...');
		yield* attempt(chdir('/'));
		yield* program.write('notice', `${VERSION} started with libwrap loadavg labeled-networking options compiled in.`);
		const count = this.#available;
		yield* program.write('notice', `Started working: ${count} available service${count === 1 ? '' : 's'}`);
		for (;;) yield* this.#wait();
	}

	get #available(): number {
		return this.services.filter(isAvailable).length;
	}

	*#giveUp(where: string, text: string): Sys<never> {
		yield* this.program.critical(where, text);
		if (this.options.pidFile !== undefined) yield* attempt(unlink(this.options.pidFile));
		return yield* exit(1);
	}

	/** One round of the loop. Signals are taken right before it waits: one that came earlier does not interrupt. */
	*#wait(): Sys<void> {
		yield* this.#runTimers();
		const active = this.services.filter(({ state, fd }) => state === 'active' && fd >= 0);
		const now = yield* time();
		const next = this.#timers.length === 0 ? -1 : Math.max(0, Math.min(...this.#timers.map(({ at }) => at)) - now);
		if (yield* this.#signals()) return;
		try {
			const ready = yield* poll(
				active.map(({ fd }) => ({ fd, read: true })),
				next
			);
			for (const { fd } of ready) {
				const service = active.find((one) => one.fd === fd);
				if (service?.state === 'active') yield* this.#request(service);
			}
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'EINTR') throw thrown;
		}
	}

	*#runTimers(): Sys<void> {
		const now = yield* time();
		const due = this.#timers.filter(({ at }) => at <= now);
		this.#timers = this.#timers.filter(({ at }) => at > now);
		for (const { run } of due) yield* run();
	}

	/** @returns whether there were any */
	*#signals(): Sys<boolean> {
		const signals = yield* takeSignals();
		for (const caught of signals) {
			if (caught === SIGNAL.SIGCHLD) yield* this.#reap();
			else if (caught === SIGNAL.SIGHUP || caught === SIGNAL.SIGUSR2) yield* this.#reconfigure();
			else if (caught === SIGNAL.SIGTERM) yield* this.#terminate();
			else if (caught === SIGNAL.SIGQUIT) yield* this.#quit();
			else if (caught === SIGNAL.SIGUSR1) yield* dump(this);
			else if (caught === SIGNAL.SIGABRT)
				yield* this.program.write('info', 'User requested consistency check completed without error.');
		}
		return signals.length > 0;
	}

	/* ---- configuration ---- */

	*#configuration(): Sys<Configuration | undefined> {
		const { config } = this.options;
		const configuration: Configuration = {
			defaults: new ServiceConfig(undefined, { file: config, line: 1 }),
			services: []
		};
		let text: string;
		try {
			text = yield* readText(config);
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (error.code !== 'EISDIR') {
				yield* this.program.write('err', `open( ${config} ) failed: ${errorText(error)}`);
				return undefined;
			}
			text = '';
		}
		const surroundings = { report: this.#report, environment: this.environment };
		try {
			yield* new Parser(config, configuration, surroundings).read(text, config);
		} catch (thrown) {
			if (!(thrown instanceof FatalDefaults)) throw thrown;
			yield* this.#terminate();
		}
		if (this.options.inetdCompat) configuration.services.push(...(yield* this.#inetdConf()));
		yield* complete(configuration, this.environment, this.#report);
		return configuration;
	}

	*#inetdConf(): Sys<ServiceConfig[]> {
		try {
			return yield* readInetdConf(yield* readText(INETD_CONF), INETD_CONF, this.#report);
		} catch (thrown) {
			errnoOf(thrown);
			return [];
		}
	}

	get #logs(): Logs {
		return { program: this.program, common: () => this.#commonLog() };
	}

	*#commonLog(): Sys<Sink | undefined> {
		const { log } = this.defaults;
		if (this.#common || this.#commonFailed || log.type !== 'file') return this.#common;
		this.#common = yield* openFile('default', 'common', log, this.program);
		this.#commonFailed = this.#common === undefined;
		return this.#common;
	}

	/** @returns how many run */
	*#startServices(configs: readonly ServiceConfig[]): Sys<number> {
		let started = 0;
		for (const config of configs) {
			const service = newService(config);
			if (yield* activate(service, this.#logs)) {
				this.services.push(service);
				started++;
			} else yield* this.program.write('err', `Service ${config.id} failed to start and is deactivated.`);
		}
		return started;
	}

	*#reconfigure(): Sys<void> {
		const { program } = this;
		yield* program.write('notice', 'Starting reconfiguration');
		const fresh = yield* this.#configuration();
		if (!fresh) return yield* program.write('warning', 'reconfiguration failed');
		yield* program.write('notice', 'Swapping defaults');
		const oldCommon = this.#common;
		this.#common = undefined;
		this.#commonFailed = false;
		this.defaults = fresh.defaults;
		let [old, dropped] = [0, 0];
		for (const service of [...this.services]) {
			const at = fresh.services.findIndex((one) => isSame(service.config, one));
			if (at >= 0 && (yield* this.#readjust(service, fresh.services.splice(at, 1)[0]!))) {
				old++;
				continue;
			}
			yield* this.#terminateServers(service);
			yield* deactivate(service);
			this.services = this.services.filter((one) => one !== service);
			yield* program.write('notice', `service ${service.config.id} deactivated`);
			yield* stopLog(service);
			dropped++;
		}
		if (oldCommon) yield* oldCommon.close();
		const started = yield* this.#startServices(fresh.services);
		yield* program.write('notice', `Reconfigured: new=${started} old=${old} dropped=${dropped} (services)`);
		if (!this.options.stayAlive && this.#available === 0)
			yield* this.#giveUp('hard_reconfig', 'No available services. Exiting');
	}

	/** A service that stays gets its new attributes. @returns false when its log cannot be opened */
	*#readjust(service: Service, fresh: ServiceConfig): Sys<boolean> {
		const before = service.config;
		yield* this.program.write('notice', `readjusting service ${before.id}`);
		yield* stopLog(service);
		service.config = fresh;
		service.rate = { count: 0, since: 0 };
		const moved = fresh.bind !== undefined && before.bind !== fresh.bind;
		if (!moved && before.dual === fresh.dual) return yield* startLog(service, this.#logs);
		yield* this.#terminateServers(service);
		yield* deactivate(service);
		yield* activate(service, this.#logs);
		return true;
	}

	/* ---- ending ---- */

	*#terminate(): Sys<never> {
		for (const service of this.services)
			if (service.config.internal || service.config.redirect) yield* this.#terminateServers(service);
		return yield* this.#quit();
	}

	*#quit(): Sys<never> {
		for (const service of this.services)
			if (service.config.internal || service.config.redirect) yield* deactivate(service);
		if (this.options.pidFile !== undefined) yield* attempt(unlink(this.options.pidFile));
		yield* this.program.write('warning', 'Exiting...');
		return yield* exit(0);
	}

	*#terminateServers(service: Service): Sys<void> {
		const number = service.config.internal ? SIGNAL.SIGTERM : SIGNAL.SIGKILL;
		for (const server of this.servers.filter((one) => one.service === service)) {
			const text = `Sending signal ${number} to ${service.config.id} server ${server.pid}`;
			yield* this.program.write('warning', text);
			yield* attempt(kill(server.pid, number));
			/* it is taken for ended well before it can have ended */
			yield* this.#ended(server, { kind: 'status', value: 0 });
			yield* attempt(sleep(SECOND / 2));
		}
	}

	*#reap(): Sys<void> {
		for (;;) {
			let changed: WaitStatus | null;
			try {
				changed = yield* wait(-1, { nohang: true });
			} catch (thrown) {
				if (errnoOf(thrown).code === 'EINTR') continue;
				return;
			}
			if (!changed) return;
			if (changed.kind !== 'exited' && changed.kind !== 'signalled') continue;
			const { pid } = changed;
			if (this.#askers.delete(pid)) continue;
			const server = this.servers.find((one) => one.pid === pid);
			if (!server) yield* this.program.write('notice', `unknown child process ${pid} died`);
			else if (changed.kind === 'exited') yield* this.#ended(server, { kind: 'status', value: changed.status });
			else yield* this.#ended(server, { kind: 'signal', value: changed.signal });
		}
	}

	*#ended(server: Server, ending: Ending): Sys<void> {
		const { service } = server;
		const { config } = service;
		this.servers = this.servers.filter((one) => one !== server);
		service.running--;
		const now = Math.floor((yield* time()) / SECOND);
		yield* logExit(service.sink, config, ending, server.pid, now - server.started);
		if (!config.wait) return;
		if (config.socketType === 'dgram' && service.fd >= 0) yield* drain(service.fd);
		if (service.state === 'suspended') service.state = 'active';
	}

	/* ---- clients ---- */

	*#request(service: Service): Sys<void> {
		const { config } = service;
		const connection = yield* this.#connection(service);
		if (!connection) return;
		const { fd, peer, port } = connection;
		const datagram = config.socketType === 'dgram';
		if (config.wait) service.state = 'suspended';
		yield* sendBanner(config, config.banner, fd, this.program);
		const done = yield* this.#handle(service, fd, peer, port);
		if (datagram && service.state === 'active') yield* drain(fd);
		if (!done && config.logOnFailure.has('USERID') && service.sink && !datagram) yield* this.#askWho(service, fd, peer);
		if (!config.wait && !datagram) yield* attempt(close(fd));
	}

	*#connection({ fd, config }: Service): Sys<{ fd: number; peer: Peer | undefined; port: number } | undefined> {
		const mapped = config.dual;
		try {
			if (config.socketType === 'stream') {
				if (config.wait) return { fd, peer: undefined, port: 0 };
				const { fd: connection, from } = yield* accept(fd);
				const peer = from.family === 'inet' ? { address: from.address, mapped } : undefined;
				return { fd: connection, peer, port: from.family === 'inet' ? from.port : 0 };
			}
			const { from } = yield* recvfrom(fd, 1, true);
			return from.family === 'inet'
				? { fd, peer: { address: from.address, mapped }, port: from.port }
				: { fd, peer: undefined, port: 0 };
		} catch (thrown) {
			const what = config.socketType === 'stream' ? 'accept' : 'recvfrom';
			yield* this.program.write('err', `service ${config.id}, ${what}: ${errorText(thrown)}`);
			return undefined;
		}
	}

	/** @returns false when the client is refused by the parent */
	*#handle(service: Service, fd: number, peer: Peer | undefined, port: number): Sys<boolean> {
		const { config } = service;
		const walk = new Walk(config, peer);
		const refusal = (yield* this.#tooFast(service, walk)) ?? (yield* mayStart(walk, yield* this.#load(service, peer)));
		if (refusal !== undefined) {
			yield* walk.tell(refusal);
			yield* logFailure(service.sink, config, peerText(peer), refusal);
			yield* sendBanner(config, config.bannerFail, fd, this.program);
			return false;
		}
		const visit = this.#visit(service, fd, peer, walk);
		if (config.forks) return yield* this.#start(service, visit);
		const admitted = yield* this.#serveHere(service, visit, port);
		if (config.wait && service.state === 'suspended') service.state = 'active';
		return admitted;
	}

	#visit(service: Service, fd: number, peer: Peer | undefined, walk: Walk): Visit {
		const sockets = this.services.map((one) => one.fd).filter((one) => one >= 0 && one !== fd);
		const mux = this.services.filter((one) => one.config.muxClient).map(({ config }) => config);
		return {
			config: service.config,
			sink: service.sink,
			fd,
			peer,
			walk,
			program: this.program,
			ring: this.#ring,
			trapped: !service.config.flags.has('SENSOR') && this.#sensor.has(peer),
			superuser: this.#superuser,
			sockets,
			mux: new Map(mux.map((config) => [config.shownName.toLowerCase(), config]))
		};
	}

	*#load(service: Service, peer: Peer | undefined): Sys<Parameters<typeof mayStart>[1]> {
		const { servers, options } = this;
		const own = servers.filter((one) => one.service === service && one.peer?.address === peer?.address).length;
		let average = 0;
		if (service.config.maxLoad !== 0) {
			try {
				average = Number.parseFloat(yield* readText('/proc/loadavg'));
			} catch (thrown) {
				errnoOf(thrown);
			}
		}
		return { running: service.running, own, all: servers.length, processLimit: options.limit, average };
	}

	/** cps: counts, and closes the service for a while when too many come. */
	*#tooFast(service: Service, walk: Walk): Sys<Refusal | undefined> {
		const { config, rate } = service;
		const { most, rest } = config.cps;
		if (most === 0) return undefined;
		const now = Math.floor((yield* time()) / SECOND);
		const passed = now - rate.since;
		if (rate.count === 0) service.rate = { count: 1, since: now };
		else if (passed < most) {
			rate.count++;
			const each = Math.trunc(rate.count / Math.max(1, passed));
			if (each > most) {
				const text = `${rate.count} connections within ${Math.max(1, passed)} s are more than ${most} a second`;
				walk.add('cps', 'decided', text, 'cps', `${most} ${rest}`);
				yield* this.#rest(service, rest);
				return 'connections per second';
			}
		} else service.rate = { count: 1, since: now };
		return undefined;
	}

	*#rest(service: Service, seconds: number): Sys<void> {
		const { config } = service;
		yield* deactivate(service);
		const text = `Deactivating service ${config.shownName} due to excessive incoming connections.  Restarting in ${seconds} seconds.`;
		yield* this.program.write('err', text);
		const now = yield* time();
		service.reenable = Math.floor(now / SECOND) + seconds;
		this.#timers.push({ at: now + seconds * SECOND, run: () => this.#restart() });
	}

	*#restart(): Sys<void> {
		const now = Math.floor((yield* time()) / SECOND);
		for (const service of this.services) {
			if (service.state !== 'disabled' || service.reenable > now) continue;
			yield* stopLog(service);
			const what = (yield* activate(service, this.#logs)) ? 'Activating' : 'Error activating';
			yield* this.program.write('err', `${what} service ${service.config.shownName}`);
		}
	}

	/** An internal service that needs no process. @returns false when the client is refused */
	*#serveHere(service: Service, visit: Visit, port: number): Sys<boolean> {
		const { config, peer, fd } = visit;
		const now = Math.floor((yield* time()) / SECOND);
		if (config.flags.has('SENSOR') && peer) {
			const first = this.#sensor.empty;
			yield* this.#sensor.touch(peer, config.denyTime, now, this.program);
			if (first && !this.#sensor.empty) this.#watchSensor();
		}
		if (!(yield* admit(visit, (refusal) => isNews(service, refusal, peer, port, now)))) return false;
		yield* logStart(service.sink, config, peerText(peer), 0);
		yield* config.builtin!.serve(fd, this.#ring);
		return true;
	}

	#watchSensor(): void {
		const again = function* (this: Xinetd): Sys<void> {
			const now = yield* time();
			yield* this.#sensor.forgive(Math.floor(now / SECOND), this.program);
			if (!this.#sensor.empty) this.#timers.push({ at: now + 60 * SECOND, run: () => again.call(this) });
		};
		this.#timers.push({ at: 0, run: () => again.call(this) });
	}

	*#start(service: Service, visit: Visit): Sys<boolean> {
		const { config, peer, fd } = visit;
		let pid: number;
		try {
			pid = yield* fork(() => serve(visit));
		} catch (thrown) {
			yield* this.program.write('err', `${config.id}: fork failed: ${errorText(thrown)}`);
			yield* logFailure(service.sink, config, peerText(peer), 'fork');
			return false;
		}
		service.running++;
		this.servers.push({ service, pid, peer, started: Math.floor((yield* time()) / SECOND), fd });
		yield* logStart(service.sink, config, peerText(peer), pid);
		return true;
	}

	/** USERID of log_on_failure: a process of its own asks. */
	*#askWho({ config, sink }: Service, fd: number, peer: Peer | undefined): Sys<void> {
		const { program } = this;
		const pid = yield* fork(function* () {
			const found = yield* identify(fd, IDENT_TIMEOUT, program);
			if ('user' in found) yield* logLine(sink, config, 'USERID', found.user);
			else if (found.reason !== 'no server')
				yield* program.write('err', `Failed to contact identity server at ${peerText(peer)}: ${found.reason}`);
			return 0;
		});
		this.#askers.add(pid);
	}
}

/** seconds in which a refused datagram of the same client is not told again */
const SILENT = 60;

/** Clients ask again and again when no answer comes. */
function isNews(service: Service, refusal: Refusal, peer: Peer | undefined, port: number, now: number): boolean {
	if (refusal !== 'address' || service.config.socketType !== 'dgram' || !peer) return true;
	const last = service.lastRefused;
	const again = last?.address === peer.address && last.port === port;
	if (again && now - last.time <= SILENT) return false;
	service.lastRefused = { address: peer.address, port, time: now };
	return true;
}

/** Whether a service stays across a reconfiguration; what differs otherwise makes it another one. */
function isSame(a: ServiceConfig, b: ServiceConfig): boolean {
	return (
		a.id === b.id &&
		a.types.has('UNLISTED') === b.types.has('UNLISTED') &&
		a.internal === b.internal &&
		a.types.has('RPC') === b.types.has('RPC') &&
		a.wait === b.wait &&
		a.protocol?.number === b.protocol?.number &&
		a.socketType === b.socketType &&
		a.port === b.port
	);
}
