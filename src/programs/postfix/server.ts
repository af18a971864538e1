/**
 * What every Postfix daemon has in common (single_server(3), multi_server(3), trigger_server(3)).
 *
 * Does: reads the arguments that master gives (-n, -t, -u, -o …), the configuration (once, at the start), changes to
 *       the queue directory, drops privileges, takes connections from the listening descriptors inherited from master,
 *       and tells master whether it is busy. Ends by itself after `max_idle` seconds without work or `max_use`
 *       clients, or as a client knocks and the index of an open table was rebuilt; ends when idle as soon as master closes the status channel (a reload, or master's own end). So the
 *       successor of an idle process is the one that reads an edited main.cf, as on a real host.
 * Reads: main.cf through `Config`; the sockets of the service.
 * Trusts: master for what it inherits: descriptor 5 is the status channel, 6 and up the listening sockets.
 * Lacks: chroot (`c`), debugging (-D, -S), the watchdog.
 */
import { Errno, O, SIGNAL, type SocketAddress, type Sys } from '#kernel/syscalls';
import { getpwnam } from '../libc/passwd';
import { encode } from '../libc/text';
import {
	accept,
	chdir,
	close,
	getpid,
	poll,
	setfl,
	setgid,
	setgroups,
	setuid,
	signal,
	sleep,
	write
} from '../libc/unistd';
import { openConfig, type Config } from './config';
import { changedTable } from './dict';
import { Fatal, Messages } from './errors';

export const STATUS_FD = 5;
export const LISTEN_FD = 6;
/** a daemon that fails waits a second, so that a failing service does not eat the machine (msg.c) */
const FATAL_PAUSE = 1_000_000;

/** What a running daemon knows about itself; handed to everything that works for it. */
export interface Daemon {
	/** "smtpd" */
	readonly program: string;
	/** as in master.cf: "smtp", "relay" */
	readonly service: string;
	readonly pid: number;
	readonly config: Config;
	readonly log: Messages;
	/** what master.cf has behind the options */
	readonly words: readonly string[];
}

export interface ServerOptions {
	/** runs before privileges are dropped */
	readonly preJail?: (daemon: Daemon) => Sys<void>;
	/** runs after that, before the first client */
	readonly postJail?: (daemon: Daemon) => Sys<void>;
	/** keeps root's rights where master.cf says so (local, virtual, pipe) */
	readonly privileged?: boolean;
	/** a server with a state of its own (the queue manager): never ends by `max_idle` or `max_use` */
	readonly solitary?: boolean;
	/** serves any number of clients; ends by `max_idle` all the same (anvil) */
	readonly unlimited?: boolean;
	/** work between clients: returns microseconds until it wants to be called again, -1 for never */
	readonly idle?: (daemon: Daemon) => Sys<number>;
	/** further descriptors to wait for, and what to do when one can be read */
	readonly watch?: () => readonly number[];
	readonly onReady?: (daemon: Daemon, fd: number) => Sys<void>;
}

export type Service = (daemon: Daemon, fd: number, from: SocketAddress) => Sys<void>;

interface Arguments {
	service: string;
	transport: string;
	unprivileged: boolean;
	sockets: number;
	overrides: [string, string][];
	/** from the first word on that is no option */
	words: string[];
}

/** master's words to its child: `smtpd -n smtp -t inet -u -o stress= -s 2`. */
export function parseServerArguments(program: string, argv: readonly string[]): Arguments {
	const out: Arguments = {
		service: program,
		transport: '',
		unprivileged: false,
		sockets: 1,
		overrides: [],
		words: []
	};
	for (let i = 1; i < argv.length; i++) {
		const word = argv[i]!;
		const value = (): string => (word.length > 2 ? word.slice(2) : (argv[++i] ?? ''));
		if (!word.startsWith('-')) {
			/* the program's own words, pipe(8)'s argv= with all that follows among them */
			out.words.push(...argv.slice(i));
			break;
		}
		switch (word[1]) {
			case 'n':
				out.service = value();
				break;
			case 't':
				out.transport = value();
				break;
			case 'u':
				out.unprivileged = true;
				break;
			case 's':
				out.sockets = Number(value());
				break;
			case 'o': {
				const pair = value();
				const equals = pair.indexOf('=');
				if (equals > 0) out.overrides.push([pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]);
				break;
			}
			case 'm':
			case 'i':
				value();
				break;
		}
	}
	return out;
}

export function* dropPrivileges(config: Config): Sys<void> {
	const owner = yield* getpwnam(config.text('mail_owner'));
	if (!owner) throw new Fatal(`unknown user name configuration parameter mail_owner: ${config.text('mail_owner')}`);
	yield* setgroups([]);
	yield* setgid(owner.gid);
	yield* setuid(owner.uid);
}

/** The main program of a daemon. */
export function* serve(
	program: string,
	argv: readonly string[],
	service: Service,
	options: ServerOptions = {}
): Sys<number> {
	const given = parseServerArguments(program, argv);
	const log = Messages.ofDaemon(program);
	try {
		yield* signal(SIGNAL.SIGPIPE, 'ignore');
		const config = yield* openConfig(program, log, {
			overrides: given.overrides,
			service: `${given.service}/${given.transport}`
		});
		const pid = yield* getpid();
		const names = new Map([['service_name', given.service]]);
		log.tag = `${config.expand(config.raw('syslog_name'), names)}/${program}`;
		const daemon: Daemon = { program, service: given.service, pid, config, log, words: given.words };
		yield* chdir(config.text('queue_directory'));
		if (options.preJail) yield* options.preJail(daemon);
		if (given.unprivileged && !options.privileged) yield* dropPrivileges(config);
		if (options.postJail) yield* options.postJail(daemon);
		const sockets = Array.from({ length: given.sockets }, (_, i) => LISTEN_FD + i);
		yield* takeClients(daemon, sockets, service, options);
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof Fatal)) throw thrown;
		yield* log.say('fatal', thrown.text);
		yield* sleep(FATAL_PAUSE);
		return thrown.status;
	}
}

function* tellMaster(daemon: Daemon, what: 'taken' | 'available'): Sys<boolean> {
	try {
		yield* write(STATUS_FD, encode(`${daemon.pid} ${what}\n`));
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* takeClients(daemon: Daemon, sockets: readonly number[], service: Service, options: ServerOptions): Sys<void> {
	const maxIdle = daemon.config.seconds('max_idle') * 1e6;
	const maxUse = daemon.config.number('max_use');
	for (const fd of sockets) yield* setfl(fd, O.NONBLOCK | O.RDWR);
	let idle = 0;
	let ending = false;
	for (let used = 0; options.solitary || options.unlimited || used < maxUse;) {
		const again = options.idle ? yield* options.idle(daemon) : -1;
		const further = options.watch?.() ?? [];
		if (ending && further.length === 0) return;
		const wait = options.solitary ? again : again < 0 ? maxIdle - idle : Math.min(maxIdle - idle, again);
		const watched = [...sockets, ...(ending ? [] : [STATUS_FD]), ...further].map((fd) => ({ fd, read: true }));
		const ready = yield* poll(watched, wait);
		if (ready.length === 0) {
			idle += wait;
			if (!options.solitary && idle >= maxIdle) return;
			continue;
		}
		if (ready.some(({ fd }) => fd === STATUS_FD)) ending = true;
		if (ending && further.length === 0) return;
		idle = 0;
		for (const { fd } of ready) {
			if (further.includes(fd)) yield* options.onReady!(daemon, fd);
			if (!sockets.includes(fd)) continue;
			if (!options.solitary && (yield* tablesChanged(daemon))) return;
			const client = yield* tryAccept(fd);
			if (client === null) continue;
			used++;
			const known = yield* tellMaster(daemon, 'taken');
			yield* serveOne(service, daemon, client);
			yield* close(client.fd);
			if (!known || !(yield* tellMaster(daemon, 'available'))) return;
		}
	}
}

/** A table's index was rebuilt: the client that knocks is left to a successor, which opens the new one. */
function* tablesChanged(daemon: Daemon): Sys<boolean> {
	const table = yield* changedTable(daemon.config);
	if (table !== null) yield* daemon.log.say('info', `table ${table} has changed -- restarting`);
	return table !== null;
}

/** One client; that it is gone before it has its answer is no trouble of ours. */
function* serveOne(
	service: Service,
	daemon: Daemon,
	client: { readonly fd: number; readonly from: SocketAddress }
): Sys<void> {
	try {
		yield* service(daemon, client.fd, client.from);
	} catch (thrown) {
		if (!(thrown instanceof Errno) || !['EPIPE', 'ECONNRESET'].includes(thrown.code)) throw thrown;
	}
}

/** Another process of the same service may have been quicker: then null. */
export function* tryAccept(fd: number): Sys<{ readonly fd: number; readonly from: SocketAddress } | null> {
	try {
		const client = yield* accept(fd);
		yield* setfl(client.fd, O.RDWR);
		return client;
	} catch (thrown) {
		if (thrown instanceof Errno && ['EAGAIN', 'ECONNABORTED', 'EINTR'].includes(thrown.code)) return null;
		throw thrown;
	}
}
