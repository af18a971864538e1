/**
 * dovecot(8), the master process: reads dovecot.conf, binds the sockets, starts the others when they are needed.
 *
 *     dovecot [-F] [-c FILE] [-n] [-a] [--version] [reload|stop]
 *
 * Does: `dovecot/auth` when somebody connects to one of its sockets, a login process for each connection to POP3 or
 *       IMAP. The children get the configuration as it was when master read it: an edit counts after `dovecot reload`.
 * Reads: /etc/dovecot/dovecot.conf at the start and at SIGHUP. Writes: /run/dovecot/master.pid.
 * Not simulated: anvil, config, log and stats processes, limits on processes, other services; the login process is handed
 *       its connection by the master and becomes the mail process's parent.
 */
import { Errno, O, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getgrnam, getpwnam } from '../libc/passwd';
import { print, printError, readText, writeFile } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import {
	accept, bind, chdir, chmod, chown, close, dup2, fork, getpid, kill, listen, mkdir, open, poll, setcloexec, setfl, setgid,
	setgroups, setproctitle, setsid, setsockopt, setuid, signal, sleep, socket, takeSignals, umask, unlink, wait
} from '../libc/unistd'; // prettier-ignore
import { authMain } from './auth';
import { ConfigError, readConfiguration, type Configuration, type Section } from './configuration';
import { doveconfMain } from './doveconf';
import { DovecotLog } from './log';
import { loginMain, type LoginService } from './login';
import { FILE, REVISION, VERSION } from './version';

const OPTIONS = new OptionTable(['F', 'c=', 'p', 'n', 'a', 'help', 'version', 'build-options', 'hostdomain']);
const USAGE = `Usage: dovecot [-F] [-c <config file>] [-p] [-n] [-a] [--help] [--version]
       [--build-options] [--hostdomain] [reload] [stop]
`;
const EXIT = { fatal: 89, notRunning: 75 } as const;

interface Listener {
	readonly fd: number;
	readonly service: 'auth' | LoginService;
	readonly path: string;
}

export const dovecot: Main = function* (argv, env) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`dovecot: ${thrown.message}\n${USAGE}`);
		return EXIT.fatal;
	}
	const file = options.get('c') ?? FILE;
	if (options.has('version')) {
		yield* print(`${VERSION} (${REVISION})\n`);
		return 0;
	}
	if (options.has('help')) {
		yield* print(USAGE);
		return 0;
	}
	if (options.has('n') || options.has('a'))
		return yield* doveconfMain(['doveconf', options.has('n') ? '-n' : '-a', '-c', file], env);
	const [word] = options.operands;
	if (word === 'stop' || word === 'reload') return yield* signalMaster(file, word);
	if (word !== undefined) {
		yield* printError(`Fatal: Unknown argument: ${word}\n`);
		return EXIT.fatal;
	}
	return yield* start(file, options.has('F'));
};

function* masterPid(directory: string): Sys<number | null> {
	try {
		const pid = Number((yield* readText(`${directory}/master.pid`)).trim());
		yield* kill(pid, 0);
		return pid;
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

function* load(file: string): Sys<Configuration | string> {
	try {
		return yield* readConfiguration(file);
	} catch (thrown) {
		if (!(thrown instanceof ConfigError)) throw thrown;
		return thrown.plain
			? `Fatal: Error reading configuration: stat(${file}) failed: ${thrown.text.replace(/^.*failed: /, '')}`
			: `doveconf: Fatal: Error in configuration file ${thrown.text}`;
	}
}

function* signalMaster(file: string, word: 'stop' | 'reload'): Sys<number> {
	const configuration = yield* load(file);
	const directory = typeof configuration === 'string' ? '/run/dovecot' : configuration.text('base_dir');
	const pid = yield* masterPid(directory);
	if (pid === null) {
		yield* printError(`Fatal: Dovecot is not running (read from ${directory}/master.pid)\n`);
		return EXIT.notRunning;
	}
	try {
		yield* kill(pid, word === 'stop' ? SIGNAL.SIGTERM : SIGNAL.SIGHUP);
		if (word === 'reload') return 0;
		for (let i = 0; i < 50; i++) {
			yield* sleep(100_000);
			yield* kill(pid, 0);
		}
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code === 'ESRCH') return 0;
		yield* printError(`Fatal: kill(${pid}) failed: ${strerror(thrown)}\n`);
		return EXIT.fatal;
	}
	return 0;
}

function* start(file: string, isForeground: boolean): Sys<number> {
	const configuration = yield* load(file);
	if (typeof configuration === 'string') {
		yield* printError(`${configuration}\n`);
		return EXIT.fatal;
	}
	const directory = configuration.text('base_dir');
	const log = new DovecotLog(configuration, 'master: ');
	const fatal = function* (text: string): Sys<number> {
		yield* log.write('fatal', text);
		yield* printError(`Fatal: ${text}\n`);
		return EXIT.fatal;
	};
	const running = yield* masterPid(directory);
	if (running !== null)
		return yield* fatal(`Dovecot is already running with PID ${running} (read from ${directory}/master.pid)`);
	if (!(yield* makeDirectories(directory))) return yield* fatal(`mkdir(${directory}) failed: Permission denied`);
	let listeners: Listener[];
	try {
		listeners = yield* openListeners(configuration, log);
	} catch (thrown) {
		if (!(thrown instanceof ListenFailed)) throw thrown;
		yield* log.write('error', thrown.text);
		yield* printError(`Error: ${thrown.text}\n`);
		return yield* fatal('Failed to start listeners');
	}
	const master = new Master(file, configuration, listeners);
	if (isForeground) return yield* master.run();
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nothing = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nothing, fd);
		return yield* master.run();
	});
	return 0;
}

/* ---- sockets ---------------------------------------------------------------------------------------------------- */

class ListenFailed {
	constructor(readonly text: string) {}
}

function* makeDirectories(directory: string): Sys<boolean> {
	for (const [path, mode] of [
		[directory, 0o755],
		[`${directory}/login`, 0o750]
	] as const) {
		try {
			yield* mkdir(path, mode);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'EEXIST') return false;
		}
	}
	return true;
}

/** The socket at which login processes ask. */
export const loginSocket = (configuration: Configuration): string => `${configuration.text('base_dir')}/login/login`;

function* openListeners(configuration: Configuration, log: DovecotLog): Sys<Listener[]> {
	const out: Listener[] = [];
	const auth = configuration.sections('service').find(({ name }) => name === 'auth');
	const login: Section = {
		type: 'unix_listener',
		name: loginSocket(configuration),
		values: new Map([['mode', '0666']]),
		sections: []
	};
	for (const one of [login, ...(auth?.sections ?? []).filter(({ type }) => type === 'unix_listener')])
		out.push(yield* unixListener(configuration, one));
	for (const protocol of ['pop3', 'imap'] as const)
		if (configuration.protocols.includes(protocol)) out.push(...(yield* inetListeners(configuration, protocol, log)));
	return out;
}

function* ownerOf(configuration: Configuration, section: Section): Sys<readonly [uid: number, gid: number]> {
	const name = (key: string): string =>
		(section.values.get(key) ?? '').replace(/^\$(\w+)$/, (_all, variable: string) => configuration.text(variable));
	const [user, group] = [name('user'), name('group')];
	const uid = user === '' ? 0 : (yield* getpwnam(user))?.uid;
	const gid = group === '' ? 0 : (yield* getgrnam(group))?.gid;
	if (uid === undefined)
		throw new ListenFailed(
			`service(auth) User doesn't exist: ${user} (See service auth { unix_listener ${section.name} { user } } setting)`
		);
	if (gid === undefined)
		throw new ListenFailed(
			`service(auth) Group doesn't exist: ${group} (See service auth { unix_listener ${section.name} { group } } setting)`
		);
	return [uid, gid];
}

function* unixListener(configuration: Configuration, section: Section): Sys<Listener> {
	const written = section.values.get('path') ?? section.name;
	const path = written.startsWith('/') ? written : `${configuration.text('base_dir')}/${written}`;
	const [uid, gid] = yield* ownerOf(configuration, section);
	const fd = yield* socket('unix', 'stream');
	try {
		yield* removeOld(path);
		yield* bind(fd, { family: 'unix', path });
		yield* listen(fd, 128);
		yield* chmod(path, Number.parseInt(section.values.get('mode') ?? '0600', 8));
		if (uid !== 0 || gid !== 0) yield* chown(path, uid, gid);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new ListenFailed(`bind(${path}) failed: ${strerror(thrown)}`);
	}
	yield* setcloexec(fd, true);
	yield* setfl(fd, O.NONBLOCK | O.RDWR);
	return { fd, service: 'auth', path };
}

function* removeOld(path: string): Sys<void> {
	try {
		yield* unlink(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}

const PORTS = { pop3: [110, 995], imap: [143, 993] } as const;

function* inetListeners(configuration: Configuration, protocol: 'pop3' | 'imap', log: DovecotLog): Sys<Listener[]> {
	const out: Listener[] = [];
	const service = configuration.sections('service').find(({ name }) => name === `${protocol}-login`);
	for (const [i, name] of [protocol, `${protocol}s` as const].entries()) {
		const own = service?.sections.find((one) => one.type === 'inet_listener' && one.name === name);
		const port = Number(own?.values.get('port') ?? PORTS[protocol][i]);
		if (port === 0 || (i === 1 && configuration.ssl === 'no')) continue;
		const addresses = (own?.values.get('address') ?? configuration.text('listen')).split(/[\s,]+/).filter((one) => one);
		for (const address of addresses) {
			const number = address === '*' ? 0 : parseIpv4Address(address);
			if (number === undefined) continue;
			const fd = yield* socket('inet', 'stream');
			try {
				yield* setsockopt(fd, 'reuseaddr', 1);
				yield* bind(fd, { family: 'inet', address: number, port });
				yield* listen(fd, 128);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				yield* close(fd);
				const where = `${address === '*' ? '0.0.0.0' : formatIpv4Address(number)}, ${port}`;
				if (thrown.code !== 'EADDRINUSE')
					yield* log.error(`service(${protocol}-login): listen(${address}, ${port}) failed: ${strerror(thrown)}`);
				throw new ListenFailed(
					`service(${protocol}-login): listen(${where.replace('0.0.0.0', '*')}) failed: ${strerror(thrown)}`
				);
			}
			yield* setcloexec(fd, true);
			yield* setfl(fd, O.NONBLOCK | O.RDWR);
			out.push({ fd, service: name, path: '' });
		}
	}
	return out;
}

/* ---- the process ------------------------------------------------------------------------------------------------ */

class Master {
	#auth = 0;
	readonly #children = new Set<number>();
	#log: DovecotLog;

	constructor(
		readonly file: string,
		public configuration: Configuration,
		readonly listeners: readonly Listener[]
	) {
		this.#log = new DovecotLog(configuration, 'master: ');
	}

	get #pidFile(): string {
		return `${this.configuration.text('base_dir')}/master.pid`;
	}

	*run(): Sys<number> {
		for (const one of [SIGNAL.SIGTERM, SIGNAL.SIGINT, SIGNAL.SIGHUP, SIGNAL.SIGCHLD]) yield* signal(one, 'catch');
		yield* signal(SIGNAL.SIGPIPE, 'ignore');
		yield* umask(0o022);
		yield* writeFile(this.#pidFile, `${yield* getpid()}\n`, 0o600);
		const { protocols } = this.configuration;
		const what = protocols.length === 0 ? 'without any protocols' : `for ${protocols.join(', ')}`;
		yield* this.#log.info(`Dovecot v${VERSION} (${REVISION}) starting up ${what} (core dumps disabled)`);
		for (;;) {
			const watched = this.listeners.filter(({ service }) => service !== 'auth' || this.#auth === 0);
			let ready: readonly { readonly fd: number }[] = [];
			try {
				ready = yield* poll(
					watched.map(({ fd }) => ({ fd, read: true })),
					-1
				);
			} catch (thrown) {
				if (!(thrown instanceof Errno && thrown.code === 'EINTR')) throw thrown;
			}
			for (const number of yield* takeSignals()) {
				if (number === SIGNAL.SIGHUP) yield* this.#reload();
				else if (number !== SIGNAL.SIGCHLD) return yield* this.#end(number);
			}
			yield* this.#reap();
			for (const { fd } of ready) yield* this.#serve(watched.find((one) => one.fd === fd)!);
		}
	}

	*#reload(): Sys<void> {
		yield* this.#log.write('warning', 'SIGHUP received - reloading configuration');
		const fresh = yield* load(this.file);
		if (typeof fresh === 'string') {
			yield* this.#log.error(
				fresh.replace(/^(?:doveconf: )?Fatal: /, '').replace(/^Error in/, 'Error reading configuration: Error in')
			);
			return;
		}
		this.configuration = fresh;
		this.#log = new DovecotLog(fresh, 'master: ');
		if (this.#auth > 0) yield* this.#kill(this.#auth);
		this.#auth = 0;
	}

	*#kill(pid: number): Sys<void> {
		try {
			yield* kill(pid, SIGNAL.SIGTERM);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	*#end(number: number): Sys<number> {
		yield* this.#log.write('warning', `Killed with signal ${number} (by pid=0 uid=0 code=kill)`);
		for (const pid of this.#children) yield* this.#kill(pid);
		yield* removeOld(this.#pidFile);
		for (const { path } of this.listeners) if (path !== '') yield* removeOld(path);
		return 0;
	}

	*#reap(): Sys<void> {
		try {
			for (;;) {
				const status = yield* wait(-1, { nohang: true });
				if (status === null) return;
				this.#children.delete(status.pid);
				if (status.pid === this.#auth) this.#auth = 0;
			}
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	*#serve({ fd, service }: Listener): Sys<void> {
		const { configuration, listeners } = this;
		if (service === 'auth') {
			const sockets = listeners.filter((one) => one.service === 'auth').map((one) => one.fd);
			this.#auth = yield* this.#child('auth', [], () => authProcess(configuration, sockets));
			return;
		}
		let connection: number;
		try {
			connection = (yield* accept(fd)).fd;
		} catch (thrown) {
			if (thrown instanceof Errno) return;
			throw thrown;
		}
		yield* setfl(connection, O.RDWR);
		const name = `${service.replace(/s$/, '')}-login`;
		yield* this.#child(
			name,
			listeners.map((one) => one.fd),
			() => loginMain(configuration, service, connection)
		);
		yield* close(connection);
	}

	*#child(name: string, closed: readonly number[], main: () => Sys<number>): Sys<number> {
		const pid = yield* fork(function* () {
			for (const one of [SIGNAL.SIGTERM, SIGNAL.SIGINT, SIGNAL.SIGHUP, SIGNAL.SIGCHLD]) yield* signal(one, 'default');
			for (const fd of closed) yield* close(fd);
			yield* setproctitle([`dovecot/${name}`]);
			return yield* main();
		});
		this.#children.add(pid);
		return pid;
	}
}

/** As default_internal_user, unless a database can be read by root alone. */
function* authProcess(configuration: Configuration, sockets: readonly number[]): Sys<number> {
	const needsRoot = configuration
		.sections('passdb')
		.some(({ values }) => ['pam', 'shadow'].includes(values.get('driver') ?? ''));
	const owner = yield* getpwnam(configuration.text('default_internal_user'));
	if (owner && !needsRoot) {
		yield* setgroups([]);
		yield* setgid(owner.gid);
		yield* setuid(owner.uid);
	}
	return yield* authMain(configuration, sockets);
}
