/**
 * ftp(1) of inetutils 2.4: transfers files from and to a server of the File Transfer Protocol (RFC 959).
 *
 *     ftp [-46AdeginNptv] [host [port]]
 *
 * Does: reads commands from standard input; prompts and shows replies when that is a terminal (or with -v). Data connections
 *       are active unless -p or `passive` says otherwise: active needs a firewall that lets servers connect to clients.
 * Not simulated: TLS, IPv6, proxies, .netrc, line editing, macros; ABOR, which Ctrl-C sends while data flow: the data connection
 *       is closed, and the server sees that.
 */
import { SIGNAL, type Main } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print, printError, STDIN } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { signal, tcgetattr } from '../libc/unistd';
import { Client, wordsOf } from './client';
import { find } from './commands';
import { HELP, VERSION } from './usage';

const OPTIONS = new OptionTable([
	'4|ipv4', '6|ipv6', 'A|active', 'd|debug', 'e|no-edit', 'g|no-glob', 'i|no-prompt', 'n|no-login', 'N|netrc=',
	'prompt=?', 'p|passive', 't|trace', 'v|verbose', '?|help', 'usage', 'V|version'
]); // prettier-ignore
const PROMPT = 'ftp> ';
const USAGE_ERROR = 64;

export const ftp: Main = function* (argv, env) {
	const program = argv[0]!.slice(argv[0]!.lastIndexOf('/') + 1);
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(
			`${program}: ${thrown.message}\nTry '${program} --help' or '${program} --usage' for more information.\n`
		);
		return USAGE_ERROR;
	}
	if (options.has('help')) {
		yield* print(HELP.replaceAll('PROGRAM', program));
		return 0;
	}
	if (options.has('version')) {
		yield* print(VERSION);
		return 0;
	}
	const client = new Client();
	client.control.program = program;
	try {
		yield* tcgetattr(STDIN);
		client.atTerminal = true;
	} catch (thrown) {
		errnoOf(thrown);
	}
	client.control.verbose = client.atTerminal || options.has('verbose');
	client.control.debug = options.all('debug').length;
	client.autoLogin = !options.has('no-login');
	client.interactive = !options.has('no-prompt');
	client.glob = !options.has('no-glob');
	client.transfer.switches.passive = (program === 'pftp' || options.has('passive')) && !options.has('active');
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	if (client.atTerminal) yield* signal(SIGNAL.SIGINT, 'catch');
	const prompt = client.atTerminal || options.has('prompt') ? (options.get('prompt') ?? PROMPT) : '';
	const [host, port] = options.operands;
	if (host !== undefined) yield* client.connect(host, port);
	while (!client.ended) {
		yield* print(prompt);
		const line = yield* client.line();
		if (line === null) {
			if (client.control.connected) yield* client.control.command('QUIT');
			break;
		}
		const words = wordsOf(line.startsWith('!') ? `! ${line.slice(1)}` : line);
		if (words.length === 0) continue;
		const command = find(words[0]!);
		if (command === 'ambiguous') yield* print('?Ambiguous command\n');
		else if (command === 'invalid') yield* print('?Invalid command\n');
		else if (command.connected && !client.control.connected) yield* print('Not connected.\n');
		else yield* command.run(client, [command.name, ...words.slice(1)], env);
	}
	return 0;
};
