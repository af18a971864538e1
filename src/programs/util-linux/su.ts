/**
 * su(1) and runuser(1) of util-linux 2.38: a shell, or one command, as another user.
 *
 * Does: asks for the password unless root calls; starts the user's shell with the user's ids and groups and waits for it;
 *       logs each try to the auth facility and the session to authpriv, as pam_unix does.
 *       runuser is for root alone, asks and logs less, and -u runs a command without a shell.
 * Reads: /etc/passwd, /etc/shadow, /etc/group, /etc/shells, /etc/environment, /etc/default/locale (pam_env).
 * Not simulated: /etc/pam.d, limits, --pty.
 */
import { Errno, S, SIGNAL, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { readPassword } from '../libc/getpass';
import { authenticate as askPam, closeSession, failDelay, isOpen, openSession } from '../libc/pam-unix';
import { getgrnam, getgrouplist, getpwnam, getpwuid, type PasswdEntry } from '../libc/passwd';
import { print, printError, readText, STDIN } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { Log, syslog } from '../libc/syslog';
import { chdir, exec, fork, getcred, setgid, setgroups, setsid, setuid, signal, stat, ttyname } from '../libc/unistd';
import { RUNUSER_USAGE, SU_USAGE } from './usage';
import { watchChild } from './watch-child';

const ROWS = [
	'c|command=',
	'session-command=',
	'f|fast',
	'l|login',
	'm|p|preserve-environment',
	's|shell=',
	'g|group=',
	'G|supp-group=',
	'w|whitelist-environment=',
	'P|pty',
	'h|help',
	'V|version'
];
const OPTIONS = { su: new OptionTable(ROWS), runuser: new OptionTable([...ROWS, 'u|user=']) };
type Name = keyof typeof OPTIONS;

const LOGIN_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';
const SUPERUSER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What one call of su is about. */
interface Request {
	readonly program: Name;
	readonly user: PasswdEntry;
	readonly parsed: Parsed;
	readonly login: boolean;
	/** -m: the environment stays as it is */
	readonly preserve: boolean;
	readonly command: string | undefined;
	/** operands after the user, for the shell */
	readonly rest: readonly string[];
}

export const su: Main = (argv, env) => main('su', argv, env);
export const runuser: Main = (argv, env) => main('runuser', argv, env);

function* main(program: Name, argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS[program], {
			posix: program === 'runuser' && argv.some((word) => /^(-u|--user)/.test(word))
		});
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		return yield* fail(program, `${thrown.message}\nTry '${program} --help' for more information.`);
	}
	if (parsed.has('help')) {
		yield* print(program === 'su' ? SU_USAGE : RUNUSER_USAGE);
		return 0;
	}
	if (parsed.has('version')) {
		yield* print(`${program} from util-linux 2.38.1\n`);
		return 0;
	}
	const caller = (yield* getcred()).uid;
	if (program === 'runuser' && caller !== 0) return yield* fail(program, 'may not be used by non-root users');
	const operands = [...parsed.operands];
	const direct = parsed.has('user');
	const login = parsed.has('login') || (operands[0] === '-' && !direct);
	if (operands[0] === '-' && !direct) operands.shift();
	const preserve = parsed.has('preserve-environment') && !login;
	if (parsed.has('preserve-environment') && login)
		yield* fail(program, "ignoring --preserve-environment, it's mutually exclusive with --login");
	if (direct && operands.length === 0) return yield* fail(program, 'no command was specified');
	const name = direct ? parsed.get('user')! : (operands.shift() ?? 'root');
	if ((parsed.has('group') || parsed.has('supp-group')) && caller !== 0)
		return yield* fail(program, 'only root can specify alternative groups');
	const user = yield* getpwnam(name);
	if (user === undefined || user.home === '' || user.name === '')
		return yield* fail(
			program,
			`user ${name} does not exist or the user entry does not contain all the required fields`
		);
	const command = parsed.get(parsed.last('command', 'session-command') ?? 'command');
	return yield* become({ program, user, parsed, login, preserve, command, rest: operands }, caller, env);
}

function* fail(program: Name, message: string): Sys<number> {
	yield* printError(`${program}: ${message}\n`);
	return 1;
}

function* become(request: Request, caller: number, env: ReadonlyMap<string, string>): Sys<number> {
	const { program, user, parsed } = request;
	let groups: readonly number[] = yield* getgrouplist(user.name, user.gid);
	let { gid } = user;
	for (const option of parsed.options.filter((given) => given.name === 'group' || given.name === 'supp-group')) {
		const group = yield* getgrnam(option.value!);
		if (!group) return yield* fail(program, `group ${option.value!} does not exist`);
		if (option.name === 'group') gid = group.gid;
	}
	groups = yield* chosenGroups(parsed, gid, groups);
	if (program === 'su' && !(yield* authenticate(request, caller))) return 1;
	const shell = yield* chooseShell(request, caller, env);
	const service = request.login ? `${program}-l` : program;
	const pam = { service, log: new Log({ ident: program, facility: 'authpriv' }) };
	yield* openSession(pam, user.name);
	// A command for somebody else gets a session of its own, so that it cannot push keys into the caller's terminal.
	const ownSession = parsed.has('command') && parsed.last('command', 'session-command') === 'command' && user.uid !== 0;
	const child = yield* fork(function* () {
		for (const caught of [SIGNAL.SIGTERM, SIGNAL.SIGINT, SIGNAL.SIGQUIT]) yield* signal(caught, 'default');
		yield* setgroups(groups);
		yield* setgid(gid);
		yield* setuid(user.uid);
		if (ownSession) yield* setsid();
		return yield* runShell(request, shell, yield* environment(request, shell, env));
	});
	const status = yield* watchChild(child, !ownSession);
	yield* closeSession(pam, user.name);
	return status;
}

/** With -g the group replaces all of the user's groups; -G adds to it. */
function* chosenGroups(parsed: Parsed, gid: number, own: readonly number[]): Sys<readonly number[]> {
	if (!parsed.has('group') && !parsed.has('supp-group')) return own;
	const ids: number[] = [];
	for (const name of parsed.all('supp-group')) ids.push((yield* getgrnam(name))!.gid);
	// Without -g the first supplemental group is the primary one too, and the user's own are gone.
	return [...new Set([...(parsed.has('group') ? [gid] : []), ...ids])];
}

function* loginName(uid: number): Sys<string | undefined> {
	return (yield* getpwuid(uid))?.name;
}

/** pam_rootok, else pam_unix. @returns whether the caller may go on; says so when not */
function* authenticate({ user, login }: Request, caller: number): Sys<boolean> {
	const from = (yield* loginName(caller)) ?? '';
	const terminal = yield* terminalName();
	const log = { ident: 'su', facility: 'auth' } as const;
	if (caller === 0) {
		yield* syslog(log, 'notice', `(to ${user.name}) ${from} on ${terminal ?? 'none'}`);
		return true;
	}
	const pam = {
		service: login ? 'su-l' : 'su',
		log: new Log({ ident: 'su', facility: 'authpriv', pid: false }),
		logname: from,
		uid: caller,
		tty: terminal === null ? '' : `/dev/${terminal}`,
		ruser: from
	};
	let right = yield* isOpen(user.name);
	if (right)
		yield* pam.log.write(
			'debug',
			`pam_unix(${pam.service}:auth): user [${user.name}] has blank password; authenticated without it`
		);
	else right = yield* askPam(pam, user.name, yield* readPassword('Password: '));
	if (!right) yield* failDelay();
	yield* syslog(log, 'notice', `${right ? '' : 'FAILED SU '}(to ${user.name}) ${from} on ${terminal ?? 'none'}`);
	if (!right) yield* printError('su: Authentication failure\n');
	return right;
}

/** "pts/0"; null without a terminal */
function* terminalName(): Sys<string | null> {
	for (const fd of [STDIN, 1, 2]) {
		try {
			return (yield* ttyname(fd)).replace(/^\/dev\//, '');
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	return null;
}

function* chooseShell(
	{ user, parsed, preserve }: Request,
	caller: number,
	env: ReadonlyMap<string, string>
): Sys<string> {
	const wanted = parsed.get('shell') ?? (preserve ? env.get('SHELL') : undefined);
	if (wanted === undefined) return user.shell;
	if (caller !== 0 && !(yield* optionalText('/etc/shells')).split('\n').includes(user.shell)) {
		yield* printError(`su: using restricted shell ${user.shell}\n`);
		return user.shell;
	}
	return wanted;
}

function* optionalText(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

/** The environment of the new shell: su(1), pam_env(8), pam_mail(8). */
function* environment(
	{ user, login, preserve, parsed }: Request,
	shell: string,
	env: ReadonlyMap<string, string>
): Sys<Map<string, string>> {
	const kept = login
		? ['TERM', 'COLORTERM', 'NO_COLOR', ...(parsed.get('whitelist-environment') ?? '').split(',')]
		: [];
	const result = new Map([...env].filter(([name]) => !login || kept.includes(name)));
	const set = (name: string, value: string): void => {
		if (!login || !(parsed.get('whitelist-environment') ?? '').split(',').includes(name) || !env.has(name))
			result.set(name, value);
	};
	if (!preserve) {
		set('HOME', user.home);
		set('SHELL', shell);
		if (login || user.uid !== 0) {
			set('USER', user.name);
			set('LOGNAME', user.name);
		}
	}
	if (login) set('PATH', user.uid === 0 ? SUPERUSER_PATH : LOGIN_PATH);
	for (const path of ['/etc/environment', '/etc/default/locale'])
		for (const line of (yield* optionalText(path)).split('\n')) {
			const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line) ?? [];
			if (name !== undefined) result.set(name, value!.replace(/^(["'])(.*)\1$/, '$2'));
		}
	result.set('MAIL', `/var/mail/${user.name}`);
	return result;
}

function* runShell(request: Request, shell: string, env: ReadonlyMap<string, string>): Sys<number> {
	const { program, user, login, parsed, command, rest } = request;
	if (login)
		try {
			yield* chdir(user.home);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* printError(`${program}: warning: cannot change directory to ${user.home}: ${strerror(thrown)}\n`);
		}
	if (parsed.has('user')) return yield* execute(program, rest[0]!, rest, env);
	const name = shell.slice(shell.lastIndexOf('/') + 1);
	const argv = [
		login ? `-${name}` : name,
		...(parsed.has('fast') ? ['-f'] : []),
		...(command === undefined ? [] : ['-c', command]),
		...rest
	];
	return yield* execute(program, shell, argv, env);
}

/** execvp(3), with a message when it fails. */
function* execute(program: Name, file: string, argv: readonly string[], env: ReadonlyMap<string, string>): Sys<number> {
	const folders = file.includes('/')
		? ['']
		: (env.get('PATH') ?? SUPERUSER_PATH).split(':').map((folder) => `${folder}/`);
	let error = new Errno('ENOENT');
	for (const folder of folders) {
		try {
			yield* refuseDirectory(folder + file);
			return yield* exec(folder + file, argv, env);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'ENOENT') error = thrown;
		}
	}
	yield* printError(`${program}: failed to execute ${file}: ${strerror(error)}\n`);
	return error.code === 'ENOENT' ? 127 : 126;
}

/** execve(2) of a directory fails with EACCES. */
function* refuseDirectory(path: string): Sys<void> {
	const { mode } = yield* stat(path);
	if ((mode & S.IFMT) === S.IFDIR) throw new Errno('EACCES');
}
