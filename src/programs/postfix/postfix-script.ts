/**
 * /usr/lib/postfix/sbin/postfix-script: what `postfix start`, `stop`, `reload` … do. A shell script in the real package;
 * here a program with the same steps, messages and exit statuses.
 *
 * Reads: the environment that postfix(1) exports, pid/master.pid in the queue directory.
 * Not simulated: `tls` beyond its usage, `post-install` beyond missing directories, multiple instances, `start-fg` as
 *       process 1. The real scripts run postconf once for every command and 19 times more in the checks: what it has to
 *       say about main.cf is said as often, but found out once.
 */
import { Errno, O, S, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getgrnam, getpwnam, getpwuid } from '../libc/passwd';
import { run, spawn } from '../libc/spawn';
import { readAll, readText } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import { chdir, chmod, chown, close, dup2, exec, kill, lstat, mkdir, open, pipe, readdir, readlink, rename, signal, sleep, stat, time, umask, unlink, wait, write } from '../libc/unistd'; // prettier-ignore
import { CONFIG_DIRECTORY, openConfig } from './config';
import { Messages, type Level } from './errors';
import { QUEUE_DIRECTORIES } from './files';
import { parseMainCf } from './main-cf';
import { parseMasterCf } from './master-cf';
import { parameter } from './parameters';
import { log } from './postlog';

type Environment = ReadonlyMap<string, string>;

const USAGE =
	'Usage: postfix start (or stop, reload, abort, flush, check, status, set-permissions, upgrade-configuration, logrotate)';

class Script {
	readonly tag: string;
	/** what postconf says on standard error */
	#complaints: Uint8Array | undefined;

	constructor(
		readonly env: Environment,
		readonly command: string
	) {
		this.tag = `${env.get('MAIL_LOGTAG') ?? 'postfix'}/postfix-script`;
	}

	get(name: string): string {
		return this.env.get(name) ?? '';
	}

	*say(level: Level, text: string): Sys<void> {
		yield* log(this.tag, level, text, this.env.get('MAIL_CONFIG'));
	}

	*fatal(text: string): Sys<number> {
		yield* this.say('fatal', text);
		return 1;
	}

	/** A program of the daemon directory, with standard error to /dev/null when `quiet`. */
	*daemon(name: string, args: readonly string[], quiet = false): Sys<number> {
		const path = `${this.get('daemon_directory')}/${name}`;
		return yield* run(path, [path, ...args], this.env, {
			prepare: function* () {
				if (!quiet) return;
				const fd = yield* open('/dev/null', O.WRONLY);
				yield* dup2(fd, 2);
				yield* close(fd);
			}
		});
	}

	/** Whether postconf can have nothing to say: nothing but known names, each set once. */
	*#isPlain(): Sys<boolean> {
		const isKnown = (name: string): boolean => parameter(name) !== undefined || name === 'service_name';
		const knows = (text: string): boolean => [...text.matchAll(/\$[{(]?(\w*)/g)].every(([, name]) => isKnown(name!));
		try {
			const [main, services] = ['main.cf', 'master.cf'].map((file) => `${this.get('config_directory')}/${file}`);
			let quiet = true;
			const warn = (): void => {
				quiet = false;
			};
			const parsed = parseMainCf(yield* readText(main!), main!, warn);
			const master = parseMasterCf(yield* readText(services!), services!, warn);
			const all = [...parsed.entries.values(), ...master.services.flatMap(({ overrides }) => overrides)];
			return (
				quiet &&
				parsed.mistakes.length + master.mistakes.length === 0 &&
				all.every(({ name, value }) => isKnown(name) && knows(value))
			);
		} catch (thrown) {
			if (thrown instanceof Errno) return false;
			throw thrown;
		}
	}

	/** What standard error shows of so many runs of postconf. */
	*postconf(times: number): Sys<void> {
		if (!this.#complaints && (yield* this.#isPlain())) this.#complaints = new Uint8Array(0);
		if (!this.#complaints) {
			const [input, output] = yield* pipe();
			const path = `${this.get('command_directory')}/postconf`;
			const pid = yield* spawn(path, [path, '-h', 'maillog_file'], this.env, {
				prepare: function* () {
					yield* dup2(output, 2);
					yield* dup2(yield* open('/dev/null', O.WRONLY), 1);
					yield* close(input);
					yield* close(output);
				}
			});
			yield* close(output);
			this.#complaints = yield* readAll(input);
			yield* close(input);
			yield* wait(pid);
		}
		if (this.#complaints.length === 0) return;
		for (let i = 0; i < times; i++) yield* write(2, this.#complaints);
	}

	*tool(name: string, args: readonly string[]): Sys<number> {
		return yield* run(`${this.get('command_directory')}/${name}`, [name, ...args], this.env);
	}

	*isRunning(): Sys<boolean> {
		return (yield* this.daemon('master', ['-t'], true)) !== 0;
	}

	*masterPid(): Sys<number> {
		return Number.parseInt((yield* readText('pid/master.pid')).split('\n')[0]!, 10);
	}

	/** Signals master; a pid file without a process behind it is no news. */
	*signalMaster(number: number, group = false): Sys<void> {
		try {
			const pid = yield* this.masterPid();
			if (pid > 0) yield* kill(group ? -pid : pid, number);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
}

type Action = (script: Script, args: readonly string[]) => Sys<number>;

/** A command that needs the mail system. */
function whenRunning(action: Action): Action {
	return function* (script, args) {
		if (!(yield* script.isRunning())) return yield* script.fatal('the Postfix mail system is not running');
		return yield* action(script, args);
	};
}

const ACTIONS: Readonly<Record<string, Action>> = {
	start: (script) => start(script, ['-w']),
	'start-fg': (script) => start(script, ['-s']),
	stop: whenRunning(stop),
	'quick-stop': function* (script) {
		const status = yield* stop(script);
		const fd = yield* open('quick-start', O.WRONLY | O.CREAT, 0o644);
		yield* close(fd);
		return status;
	},
	drain: whenRunning(function* (script) {
		yield* script.say('info', 'stopping the Postfix mail system');
		yield* script.signalMaster(SIGNAL.SIGKILL);
		return 0;
	}),
	abort: whenRunning(function* (script) {
		yield* script.say('info', 'aborting the Postfix mail system');
		yield* script.signalMaster(SIGNAL.SIGTERM);
		return 0;
	}),
	reload: whenRunning(function* (script) {
		yield* script.say('info', 'refreshing the Postfix mail system');
		if ((yield* script.tool('postsuper', ['active'])) !== 0) return 1;
		yield* script.signalMaster(SIGNAL.SIGHUP);
		yield* spawn(`${script.get('command_directory')}/postsuper`, ['postsuper'], script.env);
		return 0;
	}),
	flush: (script) => script.tool('postqueue', ['-f']),
	check: function* (script) {
		if ((yield* checkFatal(script)) !== 0) return 1;
		yield* checkWarn(script);
		return 0;
	},
	status: function* (script) {
		if (!(yield* script.isRunning())) {
			yield* script.say('info', 'the Postfix mail system is not running');
			return 1;
		}
		yield* script.say('info', `the Postfix mail system is running: PID: ${yield* script.masterPid()}`);
		return 0;
	},
	'check-fatal': checkFatal,
	'check-warn': function* (script) {
		yield* checkWarn(script);
		return 0;
	},
	'set-permissions': createMissing,
	'upgrade-configuration': createMissing,
	logrotate,
	tls
};

export const postfixScript: Main = function* (argv, env) {
	const command = argv[1] ?? '';
	const script = new Script(env, command);
	if (script.get('daemon_directory') === '') {
		const messages = Messages.toStderr('postfix-script', false);
		yield* messages.plain('This script must be run by the postfix command.');
		return 1;
	}
	yield* signal(SIGNAL.SIGHUP, 'ignore');
	yield* umask(0o022);
	for (const [name, what] of [
		['config_directory', 'configuration'],
		['queue_directory', 'queue']
	] as const) {
		try {
			yield* chdir(script.get(name));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			return yield* script.fatal(`no Postfix ${what} directory ${script.get(name)}!`);
		}
	}
	yield* script.postconf(1);
	const action = Object.hasOwn(ACTIONS, command) ? ACTIONS[command] : undefined;
	if (!action) return yield* script.fatal(`unknown command: '${command}'. ${USAGE}`);
	return yield* action(script, argv.slice(2));
};

function* start(script: Script, options: readonly string[]): Sys<number> {
	if (yield* script.isRunning()) return yield* script.fatal('the Postfix mail system is already running');
	if (yield* exists('quick-start')) yield* unlink('quick-start');
	else {
		if ((yield* checkFatal(script)) !== 0) return yield* script.fatal('Postfix integrity check failed!');
		yield* checkWarn(script);
	}
	yield* script.say('info', 'starting the Postfix mail system');
	if (options[0] === '-s') {
		const path = `${script.get('daemon_directory')}/master`;
		return yield* exec(path, ['master', ...options], script.env);
	}
	if ((yield* script.daemon('master', options)) !== 0) return yield* script.fatal('mail system startup failed');
	return 0;
}

const PATIENCE = 5;

function* stop(script: Script): Sys<number> {
	yield* script.say('info', 'stopping the Postfix mail system');
	yield* script.signalMaster(SIGNAL.SIGTERM);
	for (let i = 0; i < PATIENCE; i++) {
		if (!(yield* script.isRunning())) return 0;
		yield* script.say('info', 'waiting for the Postfix mail system to terminate');
		yield* sleep(1_000_000);
	}
	yield* script.say('warning', 'stopping the Postfix mail system with force');
	yield* script.signalMaster(SIGNAL.SIGKILL, true);
	return 0;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

function* exists(path: string): Sys<boolean> {
	try {
		yield* stat(path);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

/** post-install create-missing: directories of the spool. */
function* createMissing(script: Script): Sys<number> {
	const owner = yield* getpwnam(script.get('mail_owner'));
	const group = yield* getgrnam(script.get('setgid_group'));
	for (const [name, mode, who, setgid] of QUEUE_DIRECTORIES) {
		const path = `${script.get('queue_directory')}/${name}`;
		if (yield* exists(path)) continue;
		if ((yield* makeDirectory(path, mode)) !== 0) return 1;
		yield* chown(path, who === 'root' ? 0 : (owner?.uid ?? 0), setgid ? (group?.gid ?? 0) : 0);
		yield* chmod(path, mode);
	}
	const data = script.get('data_directory');
	if (yield* exists(data)) return 0;
	if ((yield* makeDirectory(data, 0o700)) !== 0) return 1;
	yield* chown(data, owner?.uid ?? 0, 0);
	return 0;
}

/** mkdir(1) */
function* makeDirectory(path: string, mode: number): Sys<number> {
	try {
		yield* mkdir(path, mode);
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* write(2, encode(`mkdir: cannot create directory '${path}': ${strerror(thrown)}\n`));
		return 1;
	}
}

function* checkFatal(script: Script): Sys<number> {
	yield* script.postconf(18);
	if ((yield* createMissing(script)) !== 0) return yield* script.fatal('unable to create missing queue directories');
	const master = `${script.get('config_directory')}/master.cf`;
	if (!(yield* exists(master))) return yield* script.fatal(`no ${master} file found`);
	return (yield* script.tool('postsuper', [])) === 0 ? 0 : 1;
}

interface Visited {
	readonly path: string;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
}

/** find(1): the path itself and, with `deep`, everything below it. */
function* find(path: string, deep: boolean): Sys<Visited[]> {
	const found: Visited[] = [];
	try {
		const { mode, uid, gid } = yield* lstat(path);
		found.push({ path, mode, uid, gid });
		if (deep && (mode & S.IFMT) === S.IFDIR)
			for (const entry of yield* readdir(path)) found.push(...(yield* find(`${path}/${entry.name}`, true)));
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
	return found;
}

const isLink = (file: Visited): boolean => (file.mode & S.IFMT) === S.IFLNK;

function* warnOwner(script: Script, files: readonly Visited[], user: string, shown?: string): Sys<void> {
	for (const file of files)
		if ((yield* getpwuid(file.uid))?.name !== user)
			yield* script.say('warning', `not owned by ${user}: ${shown ?? file.path}`);
}

function* warnWritable(script: Script, files: readonly Visited[]): Sys<void> {
	for (const file of files)
		if (!isLink(file) && (file.mode & 0o022) !== 0)
			yield* script.say('warning', `group or other writable: ${file.path}`);
}

const OWNED = /^(saved|incoming|active|defer|deferred|bounce|hold|trace|corrupt|public|private|flush)$/;

function* checkWarn(script: Script): Sys<void> {
	yield* script.postconf(1);
	const queue = script.get('queue_directory');
	const owner = script.get('mail_owner');
	const top = [...(yield* find(`${queue}/.`, false)), ...(yield* find(`${queue}/pid`, false))];
	yield* warnOwner(script, top, 'root');
	yield* warnWritable(script, top);
	const shared = ['shlib_directory', 'daemon_directory', 'meta_directory', 'config_directory'];
	const trees = new Set(shared.map((name) => `${script.get(name)}/.`).sort());
	for (const tree of trees) {
		const files = yield* find(tree, true);
		yield* warnOwner(script, files, 'root');
		yield* warnWritable(script, files);
		for (const file of files) {
			if (!isLink(file) || file.path === '/etc/postfix/./makedefs.out') continue;
			if ((yield* readlink(file.path)).includes('/'))
				yield* script.say('warning', `symlink leaves directory: ${file.path}`);
		}
	}
	const data = yield* find(`${script.get('data_directory')}/.`, true);
	yield* warnOwner(script, data, owner);
	yield* warnWritable(script, data);
	for (const entry of yield* readdir(queue)) {
		if (!OWNED.test(entry.name)) continue;
		const files = yield* find(`${queue}/${entry.name}`, true);
		const plain = files.filter((file) => ![S.IFIFO, S.IFSOCK].includes((file.mode & S.IFMT) as never));
		yield* warnOwner(script, plain, owner);
	}
	yield* warnOwner(script, yield* find(`${queue}/maildrop`, false), owner);
	yield* checkSetgid(script, queue);
	for (const file of yield* find('corrupt', true))
		if ((file.mode & S.IFMT) === S.IFREG) yield* script.say('warning', `damaged message: ${file.path}`);
}

function* checkSetgid(script: Script, queue: string): Sys<void> {
	const name = script.get('setgid_group');
	const group = yield* getgrnam(name);
	const tools = ['postqueue', 'postdrop'].map((tool) => `${script.get('command_directory')}/${tool}`);
	for (const path of [...tools, `${queue}/public`, `${queue}/maildrop`])
		for (const file of yield* find(path, false))
			if (file.gid !== group?.gid) yield* script.say('warning', `not owned by group ${name}: ${path}`);
	for (const path of tools)
		for (const file of yield* find(path, false))
			if ((file.mode & 0o2111) !== 0o2111)
				yield* script.say('warning', `not set-gid or not owner+group+world executable: ${path}`);
}

/* ---- logrotate --------------------------------------------------------------------------------------------------- */

function* logrotate(script: Script, args: readonly string[]): Sys<number> {
	if (args.length > 0) return yield* script.fatal('usage postfix logrotate (no arguments)');
	const messages = yield* Messages.ofCommand('postconf');
	const config = yield* openConfig('postconf', messages, {
		directory: script.get('config_directory') || CONFIG_DIRECTORY
	});
	for (const name of ['maillog_file', 'maillog_file_compressor', 'maillog_file_rotate_suffix'])
		if (config.text(name) === '')
			return yield* script.fatal(`empty '${name}' parameter value - logfile rotation failed`);
	const file = config.text('maillog_file');
	if (file.startsWith('/dev/')) return yield* script.fatal(`not rotating '${file}'`);
	try {
		yield* rename(file, `${file}.${Math.floor((yield* time()) / 1e6)}`);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return yield* script.fatal(
			`logfile '${file}' rotation failed: mv: cannot stat '${file}': No such file or directory`
		);
	}
	if (yield* script.isRunning()) yield* script.signalMaster(SIGNAL.SIGHUP);
	return 0;
}

/* ---- tls --------------------------------------------------------------------------------------------------------- */

function* tls(script: Script, args: readonly string[]): Sys<number> {
	const tag = script.tag.replace('postfix-script', 'postfix-tls-script');
	yield* log(tag, 'error', `unknown tls command: '${args[0] ?? ''}'`);
	yield* log(
		tag,
		'fatal',
		'usage: postfix tls enable-client (or enable-server, new-server-key, new-server-cert, deploy-server-cert, output-server-csr, output-server-tlsa, all-default-client, all-default-server)'
	);
	return 1;
}
