/**
 * tcpdmatch(8): says what tcpd would do with a client, without doing it.
 *
 *     tcpdmatch [-d] [-i inetd.conf] daemon[@server] [user@]client
 *
 * Reads:  hosts.allow, hosts.deny (-d: of the current directory), inetd.conf, names by look-up.
 * Prints: what is known of both ends, and the verdict. The library's messages (which rule matched, warnings) go to the
 *         system log: that is how Debian's build behaves.
 * Exit:   0; 1 for a wrong call or a host that cannot be found.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { getpid, links } from '../libc/unistd';
import { dottedQuad, ipv6, isLinkLocal, looksNumeric } from './address';
import { fromText, sameWord, type ByteText } from './bytes';
import { hostsAccess } from './hosts-access';
import { checkDaemonDirectory, checkPath, readInetdConf, Services } from './inetd-conf';
import type { Library } from './library';
import { isKnownName, UNKNOWN } from './pattern';
import { percentX } from './percent-x';
import { Request } from './request';
import { hostAddresses, toolMethods } from './sock-host';
import { BUFFER_LENGTH, splitAt } from './table';
import { byteArguments, Output, printWarning, toolLibrary } from './tool';

const OPTIONS = new OptionTable(['d', 'i=']);
const USAGE =
	'[-d] [-i inet_conf] daemon[@host] [user@]host\n\t-d: use allow/deny files in current directory\n\t-i: location of inetd.conf file\n';

export const tcpdmatch: Main = function* (argv) {
	const output = yield* Output.open();
	const library = toolLibrary(argv[0]!, output, 2);
	const status = yield* run(library, output, byteArguments(argv));
	yield* output.flush();
	return status;
};

function* run(library: Library, output: Output, argv: readonly ByteText[]): Sys<number> {
	const parsed = yield* readOptions(argv);
	if (!parsed) return 1;
	if (parsed.has('d')) [library.allowTable, library.denyTable] = ['hosts.allow', 'hosts.deny'];
	yield* checkDaemonDirectory(library);
	const [wanted, who] = parsed.operands as [ByteText, ByteText];
	const target = yield* readTarget(library, wanted, who);
	const services = new Services();
	const file = yield* readInetdConf(library, services, parsed.get('i'));
	if (file instanceof Errno) {
		yield* printWarning(`open ${parsed.get('i')}: ${strerror(file)}\n`);
		return 1;
	}
	for (const name of ['portmap', 'rpcbind']) services.set(name, 'no');
	yield* checkDaemon(library, services, target.daemon, file);
	yield* checkPath(library, library.allowTable);
	yield* checkPath(library, library.denyTable);
	const request = new Request(STDOUT, yield* getpid(), toolMethods(library));
	request.setDaemon(target.daemon);
	request.setUser(target.user);
	return yield* tryClient({ library, output, request }, target);
}

function* readOptions(argv: readonly ByteText[]): Sys<Parsed | undefined> {
	try {
		const parsed = getopt(argv, OPTIONS);
		if (parsed.operands.length === 2) return parsed;
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printWarning(`${argv[0]}: ${thrown.message}\n`);
	}
	yield* printWarning(`usage: ${argv[0]} ${USAGE}`);
	return undefined;
}

interface Target {
	readonly daemon: ByteText;
	readonly server: ByteText;
	readonly user: ByteText;
	readonly client: ByteText;
}

function* readTarget(library: Library, wanted: ByteText, who: ByteText): Sys<Target> {
	const ends = splitAt(wanted, '@');
	let daemon = ends ? ends[0] : wanted;
	if (daemon.startsWith('/')) {
		const normal = daemon.slice(daemon.lastIndexOf('/') + 1);
		yield* library.warn(`${daemon}: daemon name normalized to: ${normal}`);
		daemon = normal;
	}
	const user = splitAt(who, '@');
	return { daemon, server: ends ? ends[1] : UNKNOWN, user: user ? user[0] : UNKNOWN, client: user ? user[1] : who };
}

function* checkDaemon(library: Library, services: Services, daemon: ByteText, file: ByteText | undefined): Sys<void> {
	const wrapped = services.get(daemon);
	if (wrapped === 'unknown') yield* library.warn(`${daemon}: no such process name in ${file ?? '(null)'}`);
	if (wrapped === 'no') yield* library.warn(`${daemon}: service possibly not wrapped`);
}

interface Trial {
	readonly library: Library;
	readonly output: Output;
	readonly request: Request;
}

function* tryClient(trial: Trial, { server, client }: Target): Sys<number> {
	const { library, output, request } = trial;
	if (!(yield* setServer(trial, server))) return 1;
	if (dottedQuad(client) !== undefined || (ipv6(client) && (yield* hasScope(client)))) {
		request.client.setAddress(client);
		yield* tryOne(trial);
		return 0;
	}
	if (!looksNumeric(client) && !isKnownName(client)) {
		request.client.setName(client);
		yield* tryOne(trial);
		return 0;
	}
	const addresses = yield* hostAddresses(library, client);
	if (!addresses) return 1;
	for (const [i, endpoint] of addresses.entries()) {
		request.client.endpoint = endpoint;
		if (endpoint.family === 'inet' || !isLinkLocal(endpoint.address)) yield* findName(library, request, 'client');
		yield* tryOne(trial);
		if (i < addresses.length - 1) yield* output.print('\n');
	}
	return 0;
}

/** The interface that an IPv6 address names after a percent sign, if it names one, has to be there. */
function* hasScope(address: ByteText): Sys<boolean> {
	const scope = /%(?!\d+$)(.*)/.exec(address)?.[1];
	return scope === undefined || (yield* links()).some(({ name }) => fromText(name) === scope);
}

/** The name of an end whose address has just been set. */
function* findName(library: Library, request: Request, end: 'client' | 'server'): Sys<void> {
	const host = request[end];
	host.name = host.address = '';
	if (sameWord(yield* host.getName(), UNKNOWN))
		yield* library.warn(`host address ${yield* host.getAddress()}->name lookup failed`);
}

/** A server has to have one address. */
function* setServer({ library, request }: Trial, server: ByteText): Sys<boolean> {
	if (!looksNumeric(server) && !isKnownName(server)) {
		request.server.setName(server);
		return true;
	}
	const addresses = yield* hostAddresses(library, server);
	if (!addresses) return false;
	for (const endpoint of addresses) {
		request.server.endpoint = endpoint;
		yield* findName(library, request, 'server');
	}
	if (addresses.length === 1) return true;
	yield* printWarning(`Error: ${server} has more than one address\nPlease specify an address instead\n`);
	return false;
}

const SHOWN: readonly (readonly [label: string, letters: string])[] = [
	['client:   hostname', '%n'],
	['client:   address ', '%a'],
	['client:   username', '%u'],
	['server:   hostname', '%N'],
	['server:   address ', '%A'],
	['server:   process ', '%d']
];

function* tryOne({ library, output, request }: Trial): Sys<void> {
	for (const [label, letters] of SHOWN) {
		const text = yield* percentX(library, request, letters, BUFFER_LENGTH);
		if (!sameWord(text, UNKNOWN)) yield* output.print(`${label} ${text}\n`);
	}
	library.reset();
	const { granted } = yield* hostsAccess(library, request);
	const verdict = !library.dryRun ? 'delegated' : granted ? 'granted' : 'denied';
	yield* output.print(`access:   ${verdict}\n`);
}
