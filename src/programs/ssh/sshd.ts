/**
 * sshd(8) of OpenSSH 9.2p1 as Debian 12 builds it, with libwrap: a shell for whoever proves who they are, over packets
 * that cannot be read on the wire (`transport.ts` says how little that means here).
 *
 *     sshd [-DdeTt] [-f config_file] [-o option] [-p port]
 *
 * Does: stands alone and listens; each connection is a child that asks hosts.allow and hosts.deny for `sshd` first
 *       (`connection.ts`). HUP: begins anew with the configuration as it is then. TERM: ends; sessions go on.
 * Reads: /etc/ssh/sshd_config, the host keys, at its start. Logs to the facility auth.
 * Not simulated: IPv6, MaxStartups, forwarding of ports, agents and X, sftp, privilege separation as a process of its own.
 */
import { SIGNAL, O, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { printError, print, writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { Log } from '../libc/syslog';
import {
	accept, bind, chdir, close, dup2, exec, fork, getpid, listen, open, poll, setproctitle, setsid, setsockopt, signal,
	socket, takeSignals, unlink, wait
} from '../libc/unistd'; // prettier-ignore
import { serveConnection } from './connection';
import { KINDS, loadPrivateKey, type Kind, type PrivateKey } from './keys';
import { ConfigError, readConfig, type SshdConfig } from './sshd-config';

const OPTIONS = new OptionTable([
	'd',
	'D',
	'e',
	'f=',
	'i',
	'o=',
	'p=',
	'q',
	'T',
	't',
	'V',
	'h=',
	'u=',
	'E=',
	'g=',
	'C=',
	'4',
	'6'
]);
const CONFIG = '/etc/ssh/sshd_config';
const BACKLOG = 128;
const ORDER: readonly Kind[] = ['rsa', 'ecdsa', 'ed25519'];
const USAGE = `OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026
usage: sshd [-46DdeiqTtV] [-C connection_spec] [-c host_cert_file]
            [-E log_file] [-f config_file] [-g login_grace_time]
            [-h host_key_file] [-o option] [-p port] [-u len]
`;

export const sshd: Main = function* (argv, env) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`${thrown.message}\n${USAGE}`);
		return 1;
	}
	if (options.has('V')) {
		yield* printError('OpenSSH_9.2, OpenSSL 3.0.19 27 Jan 2026\n');
		return 0;
	}
	const onlyAsks = options.has('t') || options.has('T');
	if (!onlyAsks && !argv[0]!.startsWith('/')) {
		yield* printError('sshd re-exec requires execution with an absolute path\r\n');
		return 255;
	}
	let config: SshdConfig;
	try {
		config = yield* readConfig(options.get('f') ?? CONFIG);
	} catch (thrown) {
		if (!(thrown instanceof ConfigError)) throw thrown;
		yield* printError(`${thrown.message}\r\n`);
		return 255;
	}
	const ports = options.all('p').length > 0 ? options.all('p') : config.all('Port');
	const keys = yield* hostKeys();
	if (keys.length === 0) {
		yield* printError('sshd: no hostkeys available -- exiting.\r\n');
		return 1;
	}
	if (options.has('T'))
		yield* print(
			config
				.lines()
				.map((line) => `${line}\n`)
				.join('')
		);
	if (onlyAsks) return 0;
	const daemon = new Daemon(config, keys, options.has('e'));
	const main = function* (): Sys<number> {
		if (!(yield* daemon.open(ports.map(Number)))) return 255;
		return (yield* daemon.run()) ? yield* exec(argv[0]!, argv, env) : 0;
	};
	if (options.has('D') || options.has('d')) return yield* main();
	yield* fork(function* () {
		yield* setsid();
		yield* chdir('/');
		const nowhere = yield* open('/dev/null', O.RDWR);
		for (const fd of [0, 1, 2]) yield* dup2(nowhere, fd);
		yield* close(nowhere);
		return yield* main();
	});
	return 0;
};

function* hostKeys(): Sys<PrivateKey[]> {
	const keys: PrivateKey[] = [];
	for (const kind of ORDER) {
		const key = yield* loadPrivateKey(`/etc/ssh/ssh_host_${kind}_key`);
		if (key && KINDS[key.kind]) keys.push(key);
	}
	return keys;
}

class Daemon {
	readonly #log = new Log({ ident: 'sshd', facility: 'auth' });
	readonly #listeners: number[] = [];

	constructor(
		readonly config: SshdConfig,
		readonly keys: readonly PrivateKey[],
		readonly toScreen: boolean
	) {}

	*#say(priority: 'info' | 'err' | 'crit', text: string): Sys<void> {
		yield* this.#log.write(priority, text);
		if (this.toScreen) yield* printError(`${text}\r\n`);
	}

	/** @returns whether it listens anywhere */
	*open(ports: readonly number[]): Sys<boolean> {
		const named = this.config.all('ListenAddress').filter((text) => !text.includes('::'));
		const places = (named.length > 0 ? named : ['0.0.0.0']).flatMap((text) => {
			const [address = '', port] = text.split(':');
			return (port === undefined ? ports : [Number(port)]).map((each) => ({
				address: parseIpv4Address(address) ?? 0,
				port: each
			}));
		});
		for (const { address, port } of places) {
			const fd = yield* socket('inet', 'stream');
			try {
				yield* setsockopt(fd, 'reuseaddr', 1);
				yield* bind(fd, { family: 'inet', address, port });
				yield* listen(fd, BACKLOG);
				this.#listeners.push(fd);
				yield* this.#say('info', `Server listening on ${formatIpv4Address(address)} port ${port}.`);
			} catch (thrown) {
				const why = strerror(errnoOf(thrown));
				yield* this.#say('err', `error: Bind to port ${port} on ${formatIpv4Address(address)} failed: ${why}.`);
				yield* close(fd);
			}
		}
		if (this.#listeners.length === 0) yield* this.#say('crit', 'fatal: Cannot bind any address.');
		return this.#listeners.length > 0;
	}

	/** @returns whether it shall begin anew */
	*run(): Sys<boolean> {
		const pidFile = this.config.get('PidFile');
		if (pidFile !== 'none') yield* writeFile(pidFile, `${yield* getpid()}\n`, 0o644);
		yield* setproctitle(['sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups']);
		for (const one of [SIGNAL.SIGHUP, SIGNAL.SIGTERM, SIGNAL.SIGCHLD]) yield* signal(one, 'catch');
		for (;;) {
			try {
				const ready = yield* poll(
					this.#listeners.map((fd) => ({ fd, read: true })),
					-1
				);
				for (const { fd } of ready) yield* this.#accept(fd);
			} catch (thrown) {
				if (errnoOf(thrown).code !== 'EINTR') throw thrown;
			}
			const signals = yield* takeSignals();
			while (signals.includes(SIGNAL.SIGCHLD) && (yield* reap()));
			if (signals.includes(SIGNAL.SIGTERM)) {
				yield* this.#say('info', 'Received signal 15; terminating.');
				yield* this.#close(pidFile);
				return false;
			}
			if (signals.includes(SIGNAL.SIGHUP)) {
				yield* this.#say('info', 'Received SIGHUP; restarting.');
				yield* this.#close(pidFile);
				for (const one of [SIGNAL.SIGHUP, SIGNAL.SIGTERM, SIGNAL.SIGCHLD]) yield* signal(one, 'default');
				return true;
			}
		}
	}

	*#close(pidFile: string): Sys<void> {
		for (const fd of this.#listeners.splice(0)) yield* close(fd);
		try {
			yield* unlink(pidFile);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}

	*#accept(listener: number): Sys<void> {
		const { fd } = yield* accept(listener);
		const { config, keys } = this;
		const listeners = [...this.#listeners];
		yield* fork(function* () {
			for (const one of listeners) yield* close(one);
			for (const one of [SIGNAL.SIGHUP, SIGNAL.SIGTERM, SIGNAL.SIGCHLD]) yield* signal(one, 'default');
			yield* setsid();
			return yield* serveConnection(fd, config, keys);
		});
		yield* close(fd);
	}
}

function* reap(): Sys<boolean> {
	try {
		return (yield* wait(-1, { nohang: true })) !== null;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}
