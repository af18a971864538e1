/**
 * The commands of ftp(1), a row each, in the order of its help. A name may be shortened while it stays unambiguous.
 *
 * Not simulated: macros ($, macdef), proxy, nmap and ntrans, tenex, IPv6 (ipv6, ipany): they are known and say so.
 */
import type { Sys } from '#kernel/syscalls';
import { run } from '../libc/spawn';
import { print, printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { chdir, getcwd, stat } from '../libc/unistd';
import { another, type Client } from './client';
import { REPLY } from './control';
import { getFiles, putFiles, removeFiles, listTo, listSeveral } from './several';

type Run = (client: Client, argv: readonly string[], env: ReadonlyMap<string, string>) => Sys<void>;

export interface Command {
	readonly name: string;
	readonly help: string;
	/** only with a connection */
	readonly connected: boolean;
	readonly run: Run;
}

export const onOff = (on: boolean): string => (on ? 'on' : 'off');

const local = (name: string, help: string, run: Run): Command => ({ name, help, connected: false, run });
const remote = (name: string, help: string, run: Run): Command => ({ name, help, connected: true, run });

/** A switch that each call turns, or that `on` and `off` set. */
function toggle(said: string, get: (client: Client) => boolean, set: (client: Client, on: boolean) => void): Run {
	return function* (client, [, given]) {
		set(client, given === 'on' ? true : given === 'off' ? false : !get(client));
		yield* print(`${said} ${onOff(get(client))}.\n`);
	};
}

/** A command of one word for the server. */
const plain = (text: string): Run =>
	function* (client) {
		yield* client.control.command(text);
	};

/** A command with one argument for the server; it is asked for when it is missing. */
function withArgument(verb: string, what: string): Run {
	return function* (client, argv) {
		const words = yield* another(client, argv, what);
		if (!words) return yield* print(`usage: ${argv[0]} ${what}\n`);
		yield* client.control.command(`${verb} ${words[1]}`);
	};
}

/* ---- connection -------------------------------------------------------------------------------------------------- */

const openHost: Run = function* (client, argv) {
	const { control } = client;
	if (control.connected) {
		yield* control.command('NOOP');
		if (control.connected) return yield* print(`Already connected to ${control.host}, use close first.\n`);
	}
	const words =
		argv.length > 1 || client.lastHost === '' ? yield* another(client, argv, 'to') : [argv[0]!, client.lastHost];
	if (!words || words.length > 3) return yield* print(`usage: ${argv[0]} host-name [port]\n`);
	yield* client.connect(words[1]!, words[2]);
};

const disconnect: Run = function* (client) {
	if (!client.control.connected) return;
	yield* client.control.command('QUIT');
	yield* client.control.lose();
};

const quit: Run = function* (client, argv, env) {
	yield* disconnect(client, argv, env);
	client.ended = true;
};

const user: Run = function* (client, argv) {
	const words = yield* another(client, argv, 'username');
	if (!words || words.length > 4) return yield* print(`usage: ${argv[0]} username [password] [account]\n`);
	if (!(yield* client.login(words[1]!, words[2]))) yield* print('Login failed.\n');
};

/* ---- settings ---------------------------------------------------------------------------------------------------- */

function setType(type: 'A' | 'I'): Run {
	return function* (client) {
		client.transfer.switches.type = type;
		yield* client.transfer.setType(type, false);
	};
}

const TYPES: Readonly<Record<string, 'A' | 'I'>> = { ascii: 'A', binary: 'I', image: 'I' };

const typeCommand: Run = function* (client, argv, env) {
	const { switches } = client.transfer;
	if (argv.length > 2) return yield* print(`usage: ${argv[0]} [ ascii | binary | ebcdic | image | tenex ]\n`);
	if (argv.length === 1)
		return yield* print(`Using ${switches.type === 'A' ? 'ascii' : 'binary'} mode to transfer files.\n`);
	const type = TYPES[argv[1]!];
	if (!type) return yield* print(`${argv[1]}: unknown mode\n`);
	yield* setType(type)(client, argv, env);
};

const status: Run = function* (client) {
	const { control, transfer } = client;
	const { switches } = transfer;
	yield* print(control.connected ? `Connected to ${control.host}.\n` : 'Not connected.\n');
	yield* print('Connection addressing: any\nNo proxy connection.\n');
	const [mode, type, form, structure] =
		client.lastHost !== ''
			? ['stream', switches.type === 'A' ? 'ascii' : 'binary', 'non-print', 'file']
			: ['', '', '', ''];
	yield* print(`Mode: ${mode}; Type: ${type}; Form: ${form}; Structure: ${structure}\n`);
	yield* print(
		`Verbose: ${onOff(control.verbose)}; Bell: ${onOff(client.bell)}; Prompting: ${onOff(client.interactive)}; Globbing: ${onOff(client.glob)}\n`
	);
	yield* print(`Store unique: off; Receive unique: off\nCase: off; CR stripping: ${onOff(switches.stripReturns)}\n`);
	yield* print('Ntrans: off\nNmap: off\n');
	yield* print(`Hash mark printing: ${onOff(switches.hash)}; Use of PORT cmds: ${onOff(switches.sendPort)}\n`);
	yield* print(`Use of EPRT/EPSV for IPv4: ${onOff(switches.extended)}\n`);
};

const hash: Run = function* (client) {
	const { switches } = client.transfer;
	switches.hash = !switches.hash;
	yield* print(`Hash mark printing ${onOff(switches.hash)}${switches.hash ? ' (1024 bytes/hash mark)' : ''}.\n`);
};

const debug: Run = function* (client, [, given]) {
	const { control } = client;
	control.debug = given === undefined ? (control.debug > 0 ? 0 : 1) : Math.max(0, Number.parseInt(given, 10) || 0);
	yield* print(control.debug > 0 ? `Debugging on (debug=${control.debug}).\n` : 'Debugging off.\n');
};

const only = (what: string): Run =>
	function* () {
		yield* print(`We only support ${what}, sorry.\n`);
	};

const notSimulated: Run = function* (_client, [name]) {
	yield* print(`${name}: not simulated here.\n`);
};

/* ---- files ------------------------------------------------------------------------------------------------------- */

const get: Run = function* (client, argv) {
	yield* getOne(client, argv, false);
};

const reget: Run = function* (client, argv) {
	yield* getOne(client, argv, true);
};

function* getOne(client: Client, argv: readonly string[], again: boolean): Sys<void> {
	let words: readonly string[] | undefined = argv;
	if (argv.length < 2) {
		words = yield* another(client, argv, 'remote-file');
		if (words && words.length < 3) words = yield* another(client, words, 'local-file', 2);
	}
	if (!words) return yield* print(`usage: ${argv[0]} remote-file [ local-file ]\n`);
	const from = words[1]!;
	const to = words[2] ?? from;
	if (again) {
		try {
			client.transfer.restart = (yield* stat(to)).size;
		} catch (thrown) {
			return yield* printError(`${client.control.program}: local: ${to}: ${strerror(errnoOf(thrown))}\n`);
		}
	}
	yield* client.transfer.receive(`RETR ${from}`, to, client.transfer.restart > 0);
}

function putBy(verb: string): Run {
	return function* (client, argv) {
		let words: readonly string[] | undefined = argv;
		if (argv.length < 2) {
			words = yield* another(client, argv, 'local-file');
			if (words && words.length < 3) words = yield* another(client, words, 'remote-file', 2);
		}
		if (!words) return yield* print(`usage: ${argv[0]} local-file remote-file\n`);
		yield* client.transfer.send(`${verb} ${words[2] ?? words[1]}`, words[1]!);
	};
}

const rename: Run = function* (client, argv) {
	let words = yield* another(client, argv, 'from-name');
	if (words && words.length < 3) words = yield* another(client, words, 'to-name', 2);
	if (!words) return yield* print(`${argv[0]} from-name to-name\n`);
	if ((yield* client.control.command(`RNFR ${words[1]}`)) === REPLY.continue)
		yield* client.control.command(`RNTO ${words[2]}`);
};

const modificationTime: Run = function* (client, argv) {
	const words = yield* another(client, argv, 'remote-file');
	if (!words) return yield* print(`usage: ${argv[0]} remote-file\n`);
	const { control } = client;
	const result = yield* control.quietly(`MDTM ${words[1]}`, false);
	const found = /^213 (\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(control.text);
	/* a refusal is shown as it came */
	if (result !== REPLY.complete || !found) return yield* print(`${control.text}\r\n`);
	const [, year, month, day, hour, minute, second] = found;
	yield* print(`${words[1]}\t${month}/${day}/${year} ${hour}:${minute}:${second} GMT\n`);
};

const localDirectory: Run = function* (client, argv, env) {
	if (argv.length > 2) return yield* print(`usage: ${argv[0]} local-directory\n`);
	try {
		yield* chdir(argv[1] ?? env.get('HOME') ?? '/');
	} catch (thrown) {
		return yield* printError(`${client.control.program}: dir: ${argv[1] ?? ''}: ${strerror(errnoOf(thrown))}\n`);
	}
	yield* print(`Local directory now ${yield* getcwd()}\n`);
};

const quote: Run = function* (client, argv) {
	const words = yield* another(client, argv, 'command line to send');
	if (!words) return yield* print(`usage: ${argv[0]} line-to-send\n`);
	if ((yield* client.control.command(words.slice(1).join(' '))) !== REPLY.preliminary) return;
	while ((yield* client.control.reply()) === REPLY.preliminary);
};

const site: Run = function* (client, argv) {
	const words = yield* another(client, argv, 'arguments to SITE command');
	if (!words) return yield* print(`usage: ${argv[0]} line-to-send\n`);
	yield* client.control.command(`SITE ${words.slice(1).join(' ')}`);
};

/** A command with words that may be missing. */
const passOn = (verb: string): Run =>
	function* (client, argv) {
		yield* client.control.command([verb, ...argv.slice(1)].join(' '));
	};

const restart: Run = function* (client, argv) {
	if (argv.length !== 2) return yield* print('restart: offset not specified\n');
	client.transfer.restart = Number.parseInt(argv[1]!, 10) || 0;
	yield* print(`restarting at ${client.transfer.restart}. execute get, put or append to initiate transfer\n`);
};

const shellCommand: Run = function* (_client, argv, env) {
	const shell = env.get('SHELL') ?? '/bin/sh';
	const words = argv.length > 1 ? [shell, '-c', argv.slice(1).join(' ')] : [shell];
	yield* run(shell, words, env);
};

/* ---- the table --------------------------------------------------------------------------------------------------- */

const verboseSwitch = toggle(
	'Verbose mode',
	({ control }) => control.verbose,
	({ control }, on) => (control.verbose = on)
);

export const COMMANDS: readonly Command[] = [
	local('!', 'escape to the shell', shellCommand),
	local('$', 'execute macro', notSimulated),
	remote('account', 'send account command to remote server', withArgument('ACCT', 'account')),
	remote('append', 'append to a file', putBy('APPE')),
	remote('ascii', 'set ascii transfer type', setType('A')),
	local(
		'bell',
		'beep when command completed',
		toggle(
			'Bell mode',
			(c) => c.bell,
			(c, on) => (c.bell = on)
		)
	),
	remote('binary', 'set binary transfer type', setType('I')),
	local('bye', 'terminate ftp session and exit', quit),
	local('case', 'toggle mget upper/lower case id mapping', notSimulated),
	remote('cd', 'change remote working directory', withArgument('CWD', 'remote-directory')),
	remote('cdup', 'change remote working directory to parent directory', plain('CDUP')),
	remote('chmod', 'change file permissions of remote file', function* (client, argv) {
		let words = yield* another(client, argv, 'mode');
		if (words && words.length < 3) words = yield* another(client, words, 'file-name', 2);
		if (!words) return yield* print(`usage: ${argv[0]} mode file-name\n`);
		yield* client.control.command(`SITE CHMOD ${words[1]} ${words[2]}`);
	}),
	remote('close', 'terminate ftp session', disconnect),
	local(
		'cr',
		'toggle carriage return stripping on ascii gets',
		toggle(
			'Carriage Return stripping',
			({ transfer }) => transfer.switches.stripReturns,
			({ transfer }, on) => (transfer.switches.stripReturns = on)
		)
	),
	remote('delete', 'delete remote file', withArgument('DELE', 'remote-file')),
	local('debug', 'toggle/set debugging mode', debug),
	remote('dir', 'list contents of remote directory', listTo('LIST')),
	remote('disconnect', 'terminate ftp session', disconnect),
	local(
		'epsv4',
		'toggle the use of EPRT/EPSV for IPv4',
		toggle(
			'Use of EPRT/EPSV for IPv4:',
			({ transfer }) => transfer.switches.extended,
			({ transfer }, on) => (transfer.switches.extended = on)
		)
	),
	remote('form', 'set file transfer format', only('non-print format')),
	remote('get', 'receive file', get),
	local(
		'glob',
		'toggle metacharacter expansion of local file names',
		toggle(
			'Globbing',
			(c) => c.glob,
			(c, on) => (c.glob = on)
		)
	),
	local('hash', "toggle printing `#' for each buffer transferred", hash),
	local('help', 'print local help information', help),
	remote('idle', 'get (set) idle timer on remote side', passOn('SITE IDLE')),
	remote('image', 'set binary transfer type', setType('I')),
	local('ipany', 'allow all address families', notSimulated),
	local('ipv4', 'select only IPv4 addresses', notSimulated),
	local('ipv6', 'select only IPv6 addresses', notSimulated),
	local('lcd', 'change local working directory', localDirectory),
	local('lpwd', 'print local working directory', function* () {
		yield* print(`Local directory is ${yield* getcwd()}\n`);
	}),
	remote('ls', 'list contents of remote directory', listTo('LIST')),
	local('macdef', 'define a macro', notSimulated),
	remote('mdelete', 'delete multiple files', removeFiles),
	remote('mdir', 'list contents of multiple remote directories', listSeveral('LIST')),
	remote('mget', 'get multiple files', getFiles),
	remote('mkdir', 'make directory on the remote machine', withArgument('MKD', 'directory-name')),
	remote('mls', 'list contents of multiple remote directories', listSeveral('NLST')),
	remote('mode', 'set file transfer mode', only('stream mode')),
	remote('modtime', 'show last modification time of remote file', modificationTime),
	remote('mput', 'send multiple files', putFiles),
	remote('newer', 'get file if remote file is newer than local file ', notSimulated),
	local('nmap', 'set templates for default file name mapping', notSimulated),
	remote('nlist', 'nlist contents of remote directory', listTo('NLST')),
	local('ntrans', 'set translation table for default file name mapping', notSimulated),
	local('open', 'connect to remote tftp', openHost),
	local(
		'passive',
		'enter passive transfer mode',
		toggle(
			'Passive mode',
			({ transfer }) => transfer.switches.passive,
			({ transfer }, on) => (transfer.switches.passive = on)
		)
	),
	local(
		'prompt',
		'force interactive prompting on multiple commands',
		toggle(
			'Interactive mode',
			(c) => c.interactive,
			(c, on) => (c.interactive = on)
		)
	),
	remote('proxy', 'issue command on alternate connection', notSimulated),
	local(
		'sendport',
		'toggle use of PORT cmd for each data connection',
		toggle(
			'Use of PORT cmds',
			({ transfer }) => transfer.switches.sendPort,
			({ transfer }, on) => (transfer.switches.sendPort = on)
		)
	),
	remote('put', 'send one file', putBy('STOR')),
	remote('pwd', 'print working directory on remote machine', shown('PWD')),
	local('quit', 'terminate ftp session and exit', quit),
	remote('quote', 'send arbitrary ftp command', quote),
	remote('recv', 'receive file', get),
	remote('reget', 'get file restarting at end of local file', reget),
	remote('rstatus', 'show status of remote machine', shown('STAT')),
	remote('rhelp', 'get help from remote server', shown('HELP')),
	remote('rename', 'rename file', rename),
	remote('reset', 'clear queued command replies', function* () {}),
	remote('restart', 'restart file transfer at bytecount', restart),
	remote('rmdir', 'remove directory on the remote machine', withArgument('RMD', 'directory-name')),
	local('runique', 'toggle store unique for local files', notSimulated),
	remote('send', 'send one file', putBy('STOR')),
	remote(
		'site',
		'send site specific command to remote server\n\t\tTry "rhelp site" or "site help" for more information',
		site
	),
	remote('size', 'show size of remote file', function* (client, argv) {
		const words = yield* another(client, argv, 'remote-file');
		if (!words) return yield* print(`usage: ${argv[0]} remote-file\n`);
		yield* aloud(client, `SIZE ${words[1]}`);
	}),
	local('status', 'show current status', status),
	remote('struct', 'set file transfer structure', only('file structure')),
	remote('system', 'show remote system type', plain('SYST')),
	local('sunique', 'toggle store unique on remote machine', notSimulated),
	remote('tenex', 'set tenex file transfer type', notSimulated),
	local('trace', 'toggle packet tracing', notSimulated),
	remote('type', 'set file transfer type', typeCommand),
	remote('user', 'send new user information', user),
	remote('umask', 'get (set) umask on remote side', passOn('SITE UMASK')),
	local('verbose', 'toggle verbose mode', verboseSwitch),
	local('?', 'print local help information', help)
];

/** The reply is shown even when others are not. */
function* aloud(client: Client, text: string): Sys<void> {
	const { control } = client;
	const before = control.verbose;
	control.verbose = true;
	yield* control.command(text);
	control.verbose = before;
}

function shown(verb: string): Run {
	return function* (client, argv) {
		yield* aloud(client, [verb, ...argv.slice(1)].join(' '));
	};
}

/** @returns the command, or what is wrong with the name */
export function find(name: string): Command | 'ambiguous' | 'invalid' {
	const exact = COMMANDS.find((command) => command.name === name);
	if (exact) return exact;
	const candidates = COMMANDS.filter((command) => command.name.startsWith(name));
	if (candidates.length === 0) return 'invalid';
	return candidates.length === 1 ? candidates[0]! : 'ambiguous';
}

const COLUMNS = 5;
const COLUMN_TABS = 2;
const TAB = 8;

function* help(_client: Client, argv: readonly string[]): Sys<void> {
	if (argv.length === 1) {
		yield* print('Commands may be abbreviated.  Commands are:\n\n');
		const rows = Math.ceil(COMMANDS.length / COLUMNS);
		for (let i = 0; i < rows; i++) {
			let text = '';
			for (let at = i; at < COMMANDS.length; at += rows) {
				const { name } = COMMANDS[at]!;
				text += at + rows < COMMANDS.length ? name + '\t'.repeat(name.length < TAB ? COLUMN_TABS : 1) : name;
			}
			yield* print(`${text}\n`);
		}
		return;
	}
	for (const name of argv.slice(1)) {
		const command = find(name);
		if (command === 'ambiguous') yield* print(`?Ambiguous help command ${name}\n`);
		else if (command === 'invalid') yield* print(`?Invalid help command ${name}\n`);
		else yield* print(`${command.name.padEnd(10)}\t${command.help}\n`);
	}
}
