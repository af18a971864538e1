/**
 * tcpdchk(8): reads all rules of hosts.allow and hosts.deny and the lines of inetd.conf, and reports what looks wrong.
 *
 *     tcpdchk [-a] [-d] [-i inetd.conf] [-v]
 *
 * Prints: with -v each rule and its verdict. Warnings go to the system log, as with Debian's build.
 * Does:   what the options of all rules say in trying-out mode, for a client of placeholders.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { getpid } from '../libc/unistd';
import type { ByteText } from './bytes';
import { checkClients, checkDaemons, type Checker } from './check-patterns';
import { readTable } from './hosts-access';
import { checkDaemonDirectory, checkPath, readInetdConf, Services } from './inetd-conf';
import { Jump, type Library } from './library';
import { processOptions } from './options';
import { Request } from './request';
import { toolMethods } from './sock-host';
import { LogicalLines, readTableLine, words } from './table';
import { byteArguments, Output, printWarning, toolLibrary } from './tool';

const OPTIONS = new OptionTable(['a', 'd', 'i=', 'v']);
const USAGE = `[-a] [-d] [-i inet_conf] [-v]
	-a: report rules with implicit "ALLOW" at end
	-d: use allow/deny files in current directory
	-i: location of inetd.conf file
	-v: list all rules
`;

/** Daemons outside of inetd that are known to be linked with the library. */
const LINKED = [
	'portmap', 'mountd', 'statd', 'ugidd', 'redir', 'rlinetd', 'sshd', 'atftpd', 'diald', 'esound', 'gdm',
	'gnome-session', 'icecast', 'icecast_admin', 'icecast_client', 'icecast_source', 'mysqld', 'ntop', 'pptpd',
	'rquotad', 'sendmail', 'smail'
]; // prettier-ignore

export const tcpdchk: Main = function* (argv) {
	const output = yield* Output.open();
	const status = yield* run(output, byteArguments(argv));
	yield* output.flush();
	return status;
};

function* run(output: Output, argv: readonly ByteText[]): Sys<number> {
	let parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printWarning(`${argv[0]}: ${thrown.message}\n`);
	}
	if (!parsed || parsed.operands.length > 0) {
		yield* printWarning(`usage: ${argv[0]} ${USAGE}`);
		return 1;
	}
	const library = toolLibrary(argv[0]!, output, parsed.count('v'));
	if (parsed.has('d')) [library.allowTable, library.denyTable] = ['hosts.allow', 'hosts.deny'];
	const settings = { inetdConf: parsed.get('i'), implicit: parsed.has('a'), asksNames: true };
	const problem = yield* checkAll(library, output, settings);
	if (!problem) return 0;
	yield* printWarning(`open ${settings.inetdConf}: ${strerror(problem)}\n`);
	return 1;
}

interface Settings {
	/** from the command line */
	readonly inetdConf: ByteText | undefined;
	/** complain about rules without a word for their verdict */
	readonly implicit: boolean;
	readonly asksNames: boolean;
}

/** Checks inetd.conf and both tables. @returns why the inetd.conf that was named cannot be read */
export function* checkAll(library: Library, output: Output, settings: Settings): Sys<Errno | undefined> {
	yield* checkDaemonDirectory(library);
	const services = new Services();
	const file = yield* readInetdConf(library, services, settings.inetdConf);
	if (file instanceof Errno) return file;
	if (library.verbose > 0) yield* output.print(`Using network configuration file: ${file ?? '(null)'}\n`);
	for (const name of LINKED) services.set(name, 'yes');
	yield* checkPath(library, library.allowTable);
	yield* checkPath(library, library.denyTable);
	const request = yield* placeholders(library);
	const checker = { ...settings, library, services, inetdConf: file, output, request };
	yield* checkTable(checker, library.allowTable, true);
	yield* checkTable(checker, library.denyTable, false);
	return undefined;
}

/** A client that shows what the letters of options stand for. */
function* placeholders(library: Library): Sys<Request> {
	const request = new Request(STDOUT, yield* getpid(), toolMethods(library));
	request.setDaemon('daemon_name');
	request.setUser('user_name');
	request.client.setName('client_hostname');
	request.client.setAddress('client_addr');
	request.server.setName('server_hostname');
	request.server.setAddress('server_addr');
	return request;
}

interface TableChecker extends Checker {
	readonly output: Output;
	readonly request: Request;
	readonly implicit: boolean;
}

/** @param grants the verdict of a rule of this table that says nothing about it */
function* checkTable(checker: TableChecker, table: ByteText, grants: boolean): Sys<void> {
	const { library, output } = checker;
	const text = yield* readTable(table);
	if (text instanceof Errno) {
		if (text.code !== 'ENOENT') yield* library.warn(`cannot open ${table}: ${strerror(text)}`);
		return;
	}
	const before = library.place;
	const lines = new LogicalLines(text);
	for (let line = lines.next(); line !== undefined; line = lines.next()) {
		library.place = { file: table, line: lines.line };
		const row = readTableLine(line);
		if (row.kind === 'broken') yield* library.warn('missing newline or line too long');
		if (row.kind === 'no-separator') yield* library.warn('missing ":" separator');
		if (row.kind !== 'rule') continue;
		const list = (label: string, text: ByteText): ByteText => `${label}  ${words(text, /[, \t\n]+/).join(' ')}\n`;
		if (library.verbose > 0) yield* output.print(`\n>>> Rule ${table} line ${lines.line}:\n`);
		if (library.verbose > 0) yield* output.print(list('daemons:', row.daemons));
		yield* checkDaemons(checker, row.daemons);
		if (library.verbose > 0) yield* output.print(list('clients:', row.clients));
		yield* checkClients(checker, row.clients);
		const granted = yield* checkOptions(checker, row.options, grants);
		if (library.verbose > 0) yield* output.print(`access:   ${granted ? 'granted' : 'denied'}\n`);
	}
	library.place = before;
}

function* checkOptions(
	{ library, request, implicit }: TableChecker,
	options: ByteText | undefined,
	grants: boolean
): Sys<boolean> {
	if (options !== undefined) {
		library.dryRun = true;
		try {
			yield* processOptions(library, request, options, []);
		} catch (thrown) {
			if (thrown instanceof Jump) return thrown.verdict === 'permit';
			throw thrown;
		}
	}
	const handsOver = options !== undefined && !library.dryRun;
	if (grants && implicit && !handsOver) yield* library.warn('implicit "allow" at end of rule');
	return grants;
}
