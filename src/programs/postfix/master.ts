/**
 * master(8): the process that starts all others.
 *
 * Does: reads master.cf, makes and listens on every service's socket (inet ports; UNIX sockets below `public` and
 *       `private`), and starts a process of a service when a client knocks and none is free. The process inherits the
 *       listening socket and accepts by itself; it reports busy and free on a status channel. Wakes services up by
 *       their timers. A process that dies with an error on its first job stops its service for a minute ("throttling").
 *       HUP rereads main.cf and master.cf and closes the status channels, at which idle processes end and busy ones end
 *       after their client. TERM ends all.
 * Reads: master.cf, main.cf; writes pid/master.pid of the queue directory, which it keeps locked.
 * Lacks: fifo, pass and postlog's datagram services (postlogd is not needed without maillog_file); chroot; the stress
 *        behaviour of a service at its process limit.
 */
import { O, SIGNAL, type Sys, type WaitStatus } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getpwnam } from '../libc/passwd';
import { readText } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { decode, encode } from '../libc/text';
import {
	bind,
	chdir,
	chmod,
	chown,
	close,
	dup,
	dup2,
	exec,
	exit,
	fork,
	ftruncate,
	flock,
	getpid,
	getcred,
	kill,
	listen,
	open,
	pipe,
	poll,
	read,
	setcloexec,
	setsid,
	setsockopt,
	signal,
	sleep,
	socket,
	socketpair,
	takeSignals,
	time,
	unlink,
	wait,
	write
} from '../libc/unistd';
import { mailTrigger } from './attr';
import { openConfig, type Config } from './config';
import { parseMasterCf } from './master-cf';
import { Fatal, Messages } from './errors';
import { LISTEN_FD, STATUS_FD } from './server';
import { getservbyname } from '../libc/netdb';

const VERSION = '3.7.11';
const BACKLOG = 100;
/** descriptors below this one belong to what a child inherits */
const FIRST_FREE = 20;

/** A line of master.cf as master uses it. */
export interface MasterEntry {
	readonly name: string;
	readonly type: string;
	readonly private: boolean;
	readonly unprivileged: boolean;
	readonly chroot: boolean;
	/** seconds; 0 for never */
	readonly wakeup: number;
	/** `?`: only once the service was used */
	readonly conditionalWakeup: boolean;
	/** 0: as many as needed */
	readonly maxProcesses: number;
	readonly command: string;
	readonly arguments: readonly string[];
}

/** @param limit default_process_limit */
function* readMasterCf(path: string, limit: number): Sys<MasterEntry[]> {
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		throw new Fatal(`open ${path}: ${strerror(errnoOf(thrown))}`);
	}
	const parsed = parseMasterCf(text, path);
	const mistake = parsed.mistakes[0];
	if (mistake) throw new Fatal(`${path}: line ${mistake.line}: ${mistake.text}`);
	return parsed.services.map(({ words, name, type, command }) => {
		const yes = (word: string | undefined, fallback: boolean): boolean => (word === '-' ? fallback : word === 'y');
		const wakeup = words[5] === '-' ? '0' : words[5]!;
		return {
			name,
			type,
			command,
			private: yes(words[2], true),
			unprivileged: yes(words[3], true),
			chroot: yes(words[4], false),
			wakeup: parseInt(wakeup, 10) || 0,
			conditionalWakeup: wakeup.endsWith('?'),
			maxProcesses: words[6] === '-' ? limit : Number(words[6]),
			arguments: words.slice(8)
		};
	});
}

interface Child {
	readonly pid: number;
	readonly generation: number;
	available: boolean;
	jobs: number;
}

interface RunningService {
	/** "25", "public/pickup": what makes it the same service after a reload */
	readonly key: string;
	entry: MasterEntry;
	path: string;
	argv: string[];
	readonly listening: number[];
	status: readonly [master: number, child: number] | null;
	readonly children: Map<number, Child>;
	/** time at which it may start processes again; 0 when it may */
	throttledUntil: number;
	/** next wake-up, Infinity for none yet */
	wakeupAt: number;
	/** master.cf has it no more */
	gone: boolean;
}

interface Watch {
	readonly fds: readonly number[];
	readonly owners: Map<number, { readonly service: RunningService; readonly status: boolean }>;
	readonly requests: readonly { readonly fd: number; readonly read: true }[];
}

class Master {
	readonly services = new Map<string, RunningService>();
	generation = 0;
	readonly partial = new Map<string, string>();
	/** what the sockets were opened by: a reload does not open them again */
	readonly #started: Config;

	constructor(
		readonly directory: string,
		public config: Config,
		public log: Messages
	) {
		this.#started = config;
	}

	/** A parameter that a reload does not reach: its value at the start stays. */
	#isFrozen(name: 'inet_interfaces' | 'inet_protocols'): boolean {
		return this.#started.text(name).toLowerCase() !== this.config.text(name).toLowerCase();
	}

	*#warnOfProtocols(): Sys<void> {
		if (!this.#isFrozen('inet_protocols')) return;
		const [old, now] = [this.#started, this.config].map((config) => config.text('inet_protocols'));
		yield* this.log.warn('ignoring inet_protocols parameter value change');
		yield* this.log.warn(`old value: "${old}", new value: "${now}"`);
		yield* this.log.warn('to change inet_protocols, stop and start Postfix');
	}

	*#warnOfInterfaces(entry: MasterEntry): Sys<void> {
		if (entry.type !== 'inet' || entry.name.lastIndexOf(':') > 0 || !this.#isFrozen('inet_interfaces')) return;
		yield* this.log.warn(`service ${entry.name}: ignoring inet_interfaces change`);
		yield* this.log.warn('to change inet_interfaces, stop and start Postfix');
	}

	/** Reads master.cf, adds, changes and removes services. */
	*configure(): Sys<void> {
		this.#reconfigured = true;
		const limit = this.config.number('default_process_limit');
		const entries = yield* readMasterCf(`${this.directory}/master.cf`, limit);
		const seen = new Set<string>();
		for (const entry of entries) {
			if (entry.type !== 'inet' && entry.type !== 'unix') continue;
			yield* this.#warnOfInterfaces(entry);
			const key = serviceKey(entry);
			if (seen.has(key)) {
				yield* this.log.warn(
					`duplicate master.cf entry for service "${key}" (${servicePort(entry)}) -- using the last entry`
				);
			}
			seen.add(key);
			const path = `${this.config.text('daemon_directory')}/${entry.command}`;
			const old = this.services.get(key);
			const service: RunningService = old ?? {
				key,
				entry,
				path,
				argv: [],
				listening: [],
				status: null,
				children: new Map(),
				throttledUntil: 0,
				wakeupAt: Infinity,
				gone: false
			};
			service.entry = entry;
			service.path = path;
			if (!old) {
				yield* this.listen(service);
				this.services.set(key, service);
			} else yield* this.#closeStatus(service);
			service.argv = childArguments(service.entry, service.listening.length);
			yield* this.#openStatus(service);
			const wakeup = entry.wakeup;
			service.wakeupAt = wakeup > 0 && !entry.conditionalWakeup ? yield* time() : Infinity;
		}
		for (const [key, service] of this.services) if (!seen.has(key)) yield* this.#remove(service);
	}

	*#remove(service: RunningService): Sys<void> {
		service.gone = true;
		this.services.delete(service.key);
		this.#reconfigured = true;
		yield* this.#closeStatus(service);
		for (const fd of service.listening) yield* close(fd);
		for (const pid of service.children.keys()) {
			try {
				yield* kill(pid, SIGNAL.SIGTERM);
			} catch (thrown) {
				errnoOf(thrown);
			}
		}
	}

	*#openStatus(service: RunningService): Sys<void> {
		const [a, b] = yield* socketpair();
		service.status = [yield* upward(a), yield* upward(b)];
		for (const fd of service.status) yield* setcloexec(fd, true);
	}

	*#closeStatus(service: RunningService): Sys<void> {
		if (!service.status) return;
		for (const fd of service.status) yield* close(fd);
		service.status = null;
		for (const child of service.children.values()) child.available = false;
	}

	*listen(service: RunningService): Sys<void> {
		const { entry } = service;
		if (entry.type === 'inet') {
			const { addresses, port } = yield* this.#inetEndpoint(entry.name);
			for (const address of addresses) {
				const fd = yield* upward(yield* socket('inet', 'stream'));
				yield* setsockopt(fd, 'reuseaddr', 1);
				try {
					yield* bind(fd, { family: 'inet', address, port });
				} catch (thrown) {
					throw new Fatal(`bind ${formatIpv4Address(address)} port ${port}: ${strerror(errnoOf(thrown))}`);
				}
				yield* listen(fd, BACKLOG);
				service.listening.push(fd);
			}
		} else {
			const path = service.key;
			try {
				yield* unlink(path);
			} catch (thrown) {
				errnoOf(thrown);
			}
			const fd = yield* upward(yield* socket('unix', 'stream'));
			yield* bind(fd, { family: 'unix', path });
			yield* chmod(path, 0o666);
			const owner = yield* getpwnam(this.config.text('mail_owner'));
			if (owner) yield* chown(path, owner.uid, owner.gid);
			yield* listen(fd, BACKLOG);
			service.listening.push(fd);
		}
		for (const fd of service.listening) {
			yield* setcloexec(fd, true);
		}
	}

	/** "smtp", "10025", "127.0.0.1:10025": the addresses to bind, and the port. */
	*#inetEndpoint(name: string): Sys<{ readonly addresses: readonly number[]; readonly port: number }> {
		const colon = name.lastIndexOf(':');
		const host = colon < 0 ? '' : name.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
		const service = name.slice(colon + 1);
		const port = /^\d+$/.test(service) ? Number(service) : (yield* getservbyname(service, 'tcp'))?.port;
		if (port === undefined) throw new Fatal(`${this.directory}/master.cf: bad inet service name: ${name}`);
		if (host !== '') {
			const address = parseIpv4Address(host);
			if (address === undefined) throw new Fatal(`no valid IP address found: ${name}`);
			return { addresses: [address], port };
		}
		const all = this.#started.items('inet_interfaces').some(({ text }) => text.toLowerCase() === 'all');
		return { addresses: all ? [0] : this.#started.ownAddresses, port };
	}

	wantsClients(service: RunningService): boolean {
		if (service.throttledUntil > 0) return false;
		const limit = service.entry.maxProcesses;
		if (limit > 0 && service.children.size >= limit) return false;
		for (const child of service.children.values()) if (child.available) return false;
		return true;
	}

	*spawn(service: RunningService): Sys<void> {
		const status = service.status!;
		const env = new Map([
			['PATH', '/usr/bin:/bin:/usr/sbin:/sbin'],
			['MAIL_CONFIG', this.directory],
			['MAIL_LOGTAG', 'postfix'],
			['GENERATION', String(this.generation)],
			['LANG', 'C']
		]);
		const pid = yield* fork(function* () {
			yield* dup2(status[1], STATUS_FD);
			for (let i = 0; i < service.listening.length; i++) yield* dup2(service.listening[i]!, LISTEN_FD + i);
			for (const caught of [SIGNAL.SIGHUP, SIGNAL.SIGTERM, SIGNAL.SIGCHLD]) yield* signal(caught, 'default');
			try {
				return yield* exec(service.path, service.argv, env);
			} catch (thrown) {
				errnoOf(thrown);
				return 1;
			}
		});
		service.children.set(pid, { pid, generation: this.generation, available: true, jobs: 0 });
		if (service.entry.conditionalWakeup && service.wakeupAt === Infinity)
			service.wakeupAt = (yield* time()) + service.entry.wakeup * 1e6;
	}

	/** Status reports: "PID taken" and "PID available", a line each. */
	*readStatus(service: RunningService): Sys<void> {
		if (!service.status) return;
		const bytes = yield* read(service.status[0], 4096);
		const text = (this.partial.get(service.key) ?? '') + decode(bytes);
		const lines = text.split('\n');
		this.partial.set(service.key, lines.pop()!);
		for (const line of lines) {
			const [pid, what] = line.split(' ');
			const child = service.children.get(Number(pid));
			if (!child || child.generation !== this.generation) continue;
			child.available = what === 'available';
			if (what === 'available') child.jobs++;
		}
	}

	*reap(): Sys<void> {
		for (;;) {
			let status: WaitStatus | null;
			try {
				status = yield* wait(-1, { nohang: true });
			} catch (thrown) {
				errnoOf(thrown);
				return;
			}
			if (status === null) return;
			for (const service of this.services.values()) {
				const child = service.children.get(status.pid);
				if (!child) continue;
				service.children.delete(status.pid);
				yield* this.#bury(service, child, status);
			}
		}
	}

	*#bury(service: RunningService, child: Child, status: WaitStatus): Sys<void> {
		if (status.kind === 'exited' && status.status === 0) return;
		if (status.kind === 'exited')
			yield* this.log.warn(`process ${service.path} pid ${status.pid} exit status ${status.status}`);
		else if (status.kind === 'signalled')
			yield* this.log.warn(`process ${service.path} pid ${status.pid} killed by signal ${status.signal}`);
		if (child.jobs > 0 || service.throttledUntil > 0) return;
		yield* this.log.warn(`${service.path}: bad command startup -- throttling`);
		service.throttledUntil = (yield* time()) + this.config.seconds('service_throttle_time') * 1e6;
	}

	/** Wake-ups and throttles that are due. @returns microseconds to the next, -1 for none */
	*timers(): Sys<number> {
		const now = yield* time();
		let next = Infinity;
		for (const service of this.services.values()) {
			if (service.throttledUntil > 0 && service.throttledUntil <= now) service.throttledUntil = 0;
			if (service.throttledUntil > 0) next = Math.min(next, service.throttledUntil);
			if (service.wakeupAt <= now) {
				const slash = service.key.indexOf('/');
				const area = service.key.slice(0, slash) as 'public' | 'private';
				if (service.throttledUntil === 0) yield* mailTrigger(area, service.key.slice(slash + 1));
				service.wakeupAt = now + service.entry.wakeup * 1e6;
			}
			next = Math.min(next, service.wakeupAt);
		}
		return next === Infinity ? -1 : Math.max(0, next - now);
	}

	*signals(): Sys<void> {
		for (const caught of yield* takeSignals()) {
			if (caught === SIGNAL.SIGTERM) {
				yield* this.log.info('terminating on signal 15');
				yield* signal(SIGNAL.SIGTERM, 'ignore');
				yield* kill(0, SIGNAL.SIGTERM);
				yield* exit(0);
			} else if (caught === SIGNAL.SIGHUP) {
				yield* this.log.info(`reload -- version ${VERSION}, configuration ${this.directory}`);
				this.config = yield* openConfig('master', this.log);
				this.generation++;
				yield* this.#warnOfProtocols();
				yield* this.configure();
			}
		}
		yield* this.reap();
	}

	/** a descriptor may belong to another service than before */
	#reconfigured = false;
	#watch: Watch = { fds: [], owners: new Map(), requests: [] };

	/** What is polled: status pipes, and sockets of services that may have another process. The same as long as it is. */
	#watched(): Watch {
		const { fds } = this.#watch;
		let same = 0;
		let changed = false;
		const see = (fd: number): void => {
			if (fds[same++] !== fd) changed = true;
		};
		for (const service of this.services.values()) {
			if (service.status) see(service.status[0]);
			if (this.wantsClients(service)) service.listening.forEach(see);
		}
		if (!changed && same === fds.length && !this.#reconfigured) return this.#watch;
		this.#reconfigured = false;
		const owners: Watch['owners'] = new Map();
		for (const service of this.services.values()) {
			if (service.status) owners.set(service.status[0], { service, status: true });
			if (this.wantsClients(service)) for (const fd of service.listening) owners.set(fd, { service, status: false });
		}
		const keys = [...owners.keys()];
		this.#watch = { fds: keys, owners, requests: keys.map((fd) => ({ fd, read: true })) };
		return this.#watch;
	}

	*run(): Sys<never> {
		for (;;) {
			yield* this.signals();
			const timeout = yield* this.timers();
			const { owners, requests } = this.#watched();
			try {
				const ready = yield* poll(requests, timeout);
				for (const { fd } of ready) if (owners.get(fd)!.status) yield* this.readStatus(owners.get(fd)!.service);
				for (const { fd } of ready) {
					const { service, status } = owners.get(fd)!;
					if (!status && this.wantsClients(service)) yield* this.spawn(service);
				}
			} catch (thrown) {
				if (errnoOf(thrown).code !== 'EINTR') throw thrown;
			}
		}
	}
}

/** Moves a descriptor out of the range that children inherit. */
function* upward(fd: number): Sys<number> {
	const high = yield* dup(fd, FIRST_FREE);
	yield* close(fd);
	return high;
}

function servicePort(entry: MasterEntry): string {
	return entry.name;
}

function serviceKey(entry: MasterEntry): string {
	return entry.type === 'inet' ? entry.name : `${entry.private ? 'private' : 'public'}/${entry.name}`;
}

/** What a process is started with: `smtpd -n smtp -t inet -u -o stress=` (master_ent.c). */
export function childArguments(entry: MasterEntry, sockets: number): string[] {
	const argv = [entry.command];
	const limit = entry.maxProcesses;
	if (limit === 1) argv.push('-l');
	if (limit === 0) argv.push('-z');
	if (entry.command !== entry.name) argv.push('-n', entry.name);
	argv.push('-t', entry.type);
	if (entry.unprivileged) argv.push('-u');
	if (entry.chroot) argv.push('-c');
	if (entry.type === 'inet' && limit > 1) argv.push('-o', 'stress=');
	if (sockets > 1) argv.push('-s', String(sockets));
	return [...argv, ...entry.arguments];
}

function* lockPidFile(test: boolean): Sys<number> {
	const path = 'pid/master.pid';
	const fd = yield* open(path, O.RDWR | O.CREAT, 0o644);
	try {
		yield* flock(fd, 'exclusive', true);
	} catch (thrown) {
		errnoOf(thrown);
		if (test) return -1;
		throw new Fatal(`open lock file ${path}: unable to set exclusive lock: Resource temporarily unavailable`);
	}
	return fd;
}

interface Options {
	readonly directory: string;
	readonly test: boolean;
	readonly wait: boolean;
	readonly foreground: boolean;
}

function parseOptions(argv: readonly string[], env: ReadonlyMap<string, string>): Options {
	let directory = env.get('MAIL_CONFIG') ?? '/etc/postfix';
	let test = false;
	let wait = false;
	let foreground = false;
	for (let i = 1; i < argv.length; i++) {
		const word = argv[i]!;
		if (word === '-c') directory = argv[++i] ?? directory;
		else if (word === '-e') i++;
		else if (word === '-t') test = true;
		else if (word === '-w') wait = true;
		else if (word === '-d' || word === '-i' || word === '-s') foreground = true;
		else if (word !== '-v' && word !== '-D')
			throw new Fatal(
				"usage: master [-c config_dir] [-D (debug)] [-d (don't detach from terminal)] [-e exit_time] [-t (test)] [-v] [-w (wait for initialization)]"
			);
	}
	return { directory, test, wait, foreground };
}

export function* master(argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	const log = Messages.ofDaemon('master');
	try {
		const options = parseOptions(argv, env);
		if ((yield* getcred()).uid !== 0) throw new Fatal('the master command is reserved for the superuser');
		const config = yield* openConfig('master', log);
		yield* chdir(config.text('queue_directory'));
		if (options.test) return (yield* lockPidFile(true)) < 0 ? 1 : 0;
		if (options.wait) return yield* startAndWait(options, config);
		return yield* run(options, config, null);
	} catch (thrown) {
		if (!(thrown instanceof Fatal)) throw thrown;
		yield* log.say('fatal', thrown.text);
		yield* sleep(1e6);
		return thrown.status;
	}
}

/** `-w`: the command ends when the daemon runs (0), or could not (1). */
function* startAndWait(options: Options, config: Config): Sys<number> {
	const [read1, write1] = yield* pipe();
	yield* fork(function* () {
		yield* close(read1);
		const log = Messages.ofDaemon('master');
		try {
			return yield* run(options, config, write1);
		} catch (thrown) {
			if (!(thrown instanceof Fatal)) throw thrown;
			yield* log.say('fatal', thrown.text);
			yield* sleep(1e6);
			return thrown.status;
		}
	});
	yield* close(write1);
	const told = yield* read(read1, 1);
	if (told.length > 0) return 0;
	throw new Fatal('daemon initialization failure -- see logs for details');
}

function* run(options: Options, config: Config, monitor: number | null): Sys<number> {
	if (!options.foreground) {
		const none = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(none, fd);
		if (none > 2) yield* close(none);
		try {
			yield* setsid();
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
	const lock = yield* upward(yield* lockPidFile(false));
	yield* setcloexec(lock, true);
	yield* ftruncate(lock, 0);
	yield* write(lock, encode(`${String(yield* getpid()).padStart(32)}\n`));
	for (const caught of [SIGNAL.SIGHUP, SIGNAL.SIGTERM, SIGNAL.SIGCHLD]) yield* signal(caught, 'catch');
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	const running = new Master(options.directory, config, Messages.ofDaemon('master'));
	yield* running.configure();
	yield* running.log.info(`daemon started -- version ${VERSION}, configuration ${options.directory}`);
	if (monitor !== null) {
		yield* write(monitor, encode('x'));
		yield* close(monitor);
	}
	return yield* running.run();
}
