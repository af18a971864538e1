/**
 * inetd(8) of openbsd-inetd 0.20221205: listens for other programs and starts them when somebody comes.
 *
 *     inetd [-E] [-i] [-l] [-q length] [-R rate] [inetd.conf]
 *
 * Reads:   /etc/inetd.conf at the start and at SIGHUP, and at no other time.
 * Writes:  /run/inetd.pid.
 * Trusts:  nobody who connects from port 20 (an FTP server made to connect elsewhere).
 * Limits:  a service that is started more than 256 times within a minute is closed for ten.
 * -l:      asks hosts.allow and hosts.deny itself, and starts what stands behind tcpd.
 * Not simulated: -d, IPv6 (entries for it are read and checked, and nobody comes), Sun RPC.
 */
import { Errno, O, SIGNAL, type Main, type Sys, type WaitStatus } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { printError, readText, writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Log, syslog, type LogOptions } from '../libc/syslog';
import {
	accept, alarm, bind, chdir, close, dup2, exit, fork, getcred, getpid, listen, open, poll, setcloexec, setgroups, setsid,
	setsockopt, signal, sleep, socket, takeSignals, umask, unlink, uptime, wait
} from '../libc/unistd'; // prettier-ignore
import { becomeServer, type Starter } from './child';
import { cUnsigned, keyOf, portOf, readServices, unknownService, type ServiceLine } from './configuration';

const CONFIGURATION = '/etc/inetd.conf';
const PID_FILE = '/run/inetd.pid';
const TOO_MANY = 256;
/** microseconds in which a service may be started that often */
const INTERVAL = 60_000_000;
/** minutes until a service that was closed is tried again */
const RETRY = 10;
const RESERVED_PORTS = 1024;
const FTP_DATA = 20;
/** pause after a socket that stays ready was ignored, microseconds */
const IGNORED = 100_000;

const OPTIONS = new OptionTable(['d', 'E', 'i', 'l', 'q=', 'R=']);
const USAGE = 'usage: inetd [-dEil] [-q len] [-R rate] [configuration_file]\n';

/** Before the log is opened, messages go out under the program's name alone. */
const EARLY: LogOptions = { ident: 'inetd', facility: 'user', pid: false };

/** A service and its socket. */
interface Service {
	line: ServiceLine;
	/** -1: closed */
	fd: number;
	port: number;
	/** the server that has the socket now (wait) */
	server: number | undefined;
	count: number;
	/** when `count` began, microseconds since boot */
	since: number;
}

export const inetd: Main = function* (argv, env) {
	let options;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`inetd: ${thrown.message}\n${USAGE}`);
		return 1;
	}
	const log = new Log({ ident: 'inetd', facility: 'daemon' });
	let rate = TOO_MANY;
	for (const value of options.all('R')) {
		const wanted = cUnsigned(value);
		if (wanted >= 1) rate = wanted;
		else yield* syslog(EARLY, 'err', `-R ${value}: bad value for service invocation rate`);
	}
	const { uid, gid } = yield* getcred();
	const path = options.operands[0] ?? (uid === 0 ? CONFIGURATION : undefined);
	if (path === undefined || options.operands.length > 1) {
		yield* printError(
			`inetd: ${path === undefined ? 'non-root must specify a config file' : 'more than one argument specified'}\n`
		);
		return 1;
	}
	yield* umask(0o022);
	const queue = Math.max(10, Number.parseInt(options.get('q') ?? '128', 10) || 0);
	const starter: Starter = { log, uid, wrapped: options.has('l'), env: options.has('E') ? new Map(env) : cleaned(env) };
	const daemon = new Inetd({ path, rate, queue, log, starter });
	if (!options.has('d') && !options.has('i')) return yield* detach(() => daemon.run(uid, gid));
	return yield* daemon.run(uid, gid);
};

/** What a service shall not see of the environment of whoever started inetd; prefixes. */
const STUPID = [
	'CVS', 'DISPLAY=', 'EDITOR=', 'GROUP=', 'HOME=', 'IFS=', 'LD_', 'LOGNAME=', 'MAIL=', 'PATH=', 'PRINTER=', 'PWD=',
	'SHELL=', 'SHLVL=', 'SSH', 'TERM', 'TMP', 'USER=', 'VISUAL='
]; // prettier-ignore

function cleaned(env: ReadonlyMap<string, string>): Map<string, string> {
	return new Map([...env].filter(([name, value]) => !STUPID.some((prefix) => `${name}=${value}`.startsWith(prefix))));
}

/** daemon(3) */
function* detach(main: () => Sys<number>): Sys<number> {
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		if (nothing > 2) yield* close(nothing);
		return yield* main();
	});
	return 0;
}

interface Settings {
	readonly path: string;
	/** starts a minute */
	readonly rate: number;
	readonly queue: number;
	readonly log: Log;
	readonly starter: Starter;
}

class Inetd {
	/** newest first, as they are tried */
	#services: Service[] = [];
	readonly #ring = { next: 0 };
	#retrying = false;

	constructor(readonly settings: Settings) {}

	*run(uid: number, gid: number): Sys<number> {
		if (uid === 0) yield* setgroups([gid]);
		yield* attempt(writeFile(PID_FILE, `${yield* getpid()}\n`));
		for (const caught of [SIGNAL.SIGALRM, SIGNAL.SIGHUP, SIGNAL.SIGCHLD, SIGNAL.SIGTERM, SIGNAL.SIGINT])
			yield* signal(caught, 'catch');
		yield* this.#configure();
		yield* signal(SIGNAL.SIGPIPE, 'ignore');
		for (;;) {
			yield* this.#signals();
			const open = this.#services.filter(({ fd, server }) => fd >= 0 && server === undefined);
			try {
				const ready = yield* poll(
					open.map(({ fd }) => ({ fd, read: true })),
					-1
				);
				for (const { fd } of ready) {
					const service = open.find((one) => one.fd === fd);
					if (service && service.server === undefined) yield* this.#ready(service);
				}
			} catch (thrown) {
				if (errnoOf(thrown).code !== 'EINTR') throw thrown;
			}
		}
	}

	*#signals(): Sys<void> {
		for (const caught of yield* takeSignals()) {
			if (caught === SIGNAL.SIGHUP) yield* this.#configure();
			else if (caught === SIGNAL.SIGCHLD) yield* this.#reap();
			else if (caught === SIGNAL.SIGALRM) yield* this.#retry();
			else yield* this.#die();
		}
	}

	*#die(): Sys<void> {
		for (const { fd, line } of this.#services) {
			if (fd < 0) continue;
			if (line.family === 'unix') yield* attempt(unlink(line.service));
			yield* close(fd);
		}
		yield* attempt(unlink(PID_FILE));
		yield* exit(0);
	}

	/* ---- configuration ---- */

	*#configure(): Sys<void> {
		const { path, log, rate } = this.settings;
		let text: string;
		try {
			text = yield* readText(path);
		} catch (thrown) {
			yield* log.write('err', `${path}: ${strerror(errnoOf(thrown))}`);
			return yield* exit(1);
		}
		const named = new Set<Service>();
		for (const line of yield* readServices(text, log, rate)) {
			const key = keyOf(line);
			let service = this.#services.find((one) => keyOf(one.line) === key);
			if (service) service.line = line;
			else {
				service = { line, fd: -1, port: 0, server: undefined, count: 0, since: 0 };
				this.#services.unshift(service);
			}
			named.add(service);
			yield* this.#place(service);
		}
		for (const { fd, line } of this.#services.filter((one) => !named.has(one))) {
			if (fd >= 0) yield* close(fd);
			if (line.family === 'unix') yield* attempt(unlink(line.service));
		}
		this.#services = this.#services.filter((one) => named.has(one));
	}

	/** Finds the port of a service and opens its socket, unless it is open there already. */
	*#place(service: Service): Sys<void> {
		const { line } = service;
		if (line.family !== 'unix') {
			const port = yield* portOf(line);
			if (port === undefined) return yield* this.settings.log.write('err', unknownService(line));
			if (port !== service.port && service.fd >= 0) yield* this.#shut(service);
			service.port = port;
		} else if (service.fd < 0) yield* attempt(unlink(line.service));
		if (service.fd < 0) yield* this.#open(service);
	}

	*#shut(service: Service): Sys<void> {
		yield* close(service.fd);
		service.fd = -1;
	}

	*#open(service: Service): Sys<void> {
		const { line, port } = service;
		const { log, queue } = this.settings;
		if (line.family === 'inet6') return;
		const name = `${line.service}/${line.protocol}`;
		if (line.type === 'unknown') return yield* log.write('err', `${name}: socket: ${strerror('EINVAL')}`);
		const fd = yield* socket(line.family, line.type);
		try {
			yield* setcloexec(fd, true);
			yield* setsockopt(fd, 'reuseaddr', 1);
			if (line.family === 'unix') {
				const mask = yield* umask(0o111);
				yield* bind(fd, { family: 'unix', path: line.service });
				yield* umask(mask);
			} else yield* bind(fd, { family: 'inet', address: line.address, port });
		} catch (thrown) {
			yield* log.write('err', `${name}: bind: ${strerror(errnoOf(thrown))}`);
			yield* close(fd);
			return yield* this.#retryLater();
		}
		if (line.type === 'stream') yield* listen(fd, queue);
		service.fd = fd;
	}

	*#retryLater(): Sys<void> {
		if (this.#retrying) return;
		this.#retrying = true;
		yield* alarm(RETRY * 60_000_000);
	}

	*#retry(): Sys<void> {
		this.#retrying = false;
		for (const service of this.#services) if (service.fd < 0) yield* this.#open(service);
	}

	/* ---- clients ---- */

	*#ready(service: Service): Sys<void> {
		const { line } = service;
		if (line.wait || line.type !== 'stream') return yield* this.#start(service, service.fd);
		const connection = yield* this.#accept(service);
		if (connection === undefined) return;
		yield* this.#start(service, connection);
		yield* close(connection);
	}

	*#accept({ fd, line }: Service): Sys<number | undefined> {
		try {
			const { fd: connection, from } = yield* accept(fd);
			if (from.family !== 'inet' || from.port !== FTP_DATA) return connection;
			yield* close(connection);
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (!['EAGAIN', 'EINTR', 'ECONNABORTED'].includes(error.code))
				yield* this.settings.log.write('warning', `accept (for ${line.service}): ${strerror(error)}`);
		}
		return undefined;
	}

	/** Starts the server of a service for a connection, or for the socket itself. */
	*#start(service: Service, fd: number): Sys<void> {
		const { line } = service;
		const { builtin } = line;
		if (builtin && !builtin.forks) return yield* builtin.serve(fd, this.#ring);
		if (!(yield* this.#mayStart(service))) return;
		let pid: number;
		try {
			pid = yield* fork(() => becomeServer(this.settings.starter, line, service.port, fd, this.#ring));
		} catch (thrown) {
			yield* this.settings.log.write('err', `fork: ${strerror(errnoOf(thrown))}`);
			yield* attempt(sleep(1_000_000));
			return;
		}
		if (line.wait) service.server = pid;
	}

	/** Counts starts; a service that is started too often is closed for a while. */
	*#mayStart(service: Service): Sys<boolean> {
		const { line } = service;
		const now = yield* uptime();
		if (service.count++ === 0) service.since = now;
		else if (service.count >= line.max) {
			if (Math.floor(now / 1e6) - Math.floor(service.since / 1e6) > INTERVAL / 1e6) {
				service.since = now;
				service.count = 1;
				return true;
			}
			if (line.family === 'inet' && service.port >= RESERVED_PORTS) {
				service.count--;
				/* as the real one it would ask again at once; the pause only keeps it from taking all the time there is */
				if (line.wait || line.type !== 'stream') yield* attempt(sleep(IGNORED));
				return false;
			}
			const text = `${line.service}/${line.protocol} server failing (looping), service terminated for ${RETRY} min`;
			yield* this.settings.log.write('err', text);
			yield* this.#shut(service);
			service.count = 0;
			yield* this.#retryLater();
			return false;
		}
		return true;
	}

	*#reap(): Sys<void> {
		for (;;) {
			let ended: WaitStatus | null;
			try {
				ended = yield* wait(-1, { nohang: true });
			} catch (thrown) {
				if (errnoOf(thrown).code === 'EINTR') continue;
				return;
			}
			if (!ended) return;
			const service = this.#services.find((one) => one.server === ended.pid);
			if (!service) continue;
			service.server = undefined;
			const how =
				ended.kind === 'exited' ? `status ${ended.status}` : ended.kind === 'signalled' ? `signal ${ended.signal}` : '';
			if (how !== '' && how !== 'status 0')
				yield* this.settings.log.write('warning', `${service.line.server}: exit ${how}`);
		}
	}
}

/** Does what may fail. */
function* attempt(call: Sys<unknown>): Sys<void> {
	try {
		yield* call;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}
