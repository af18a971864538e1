/**
 * netstat(8) of net-tools 2.10: sockets (-a -l -t -u -w -x -p -e -o), routes (-r), interfaces (-i).
 *
 * Not simulated: statistics (-s), masquerading (-M), multicast groups (-g), continuous listing (-c).
 */
import type { Main, SocketInfo, Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getpwuid } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { getcred, sockets } from '../libc/unistd';
import { printRoutes } from './route';
import { Naming, printInterfaces } from './show';
import { NETSTAT_USAGE, NETSTAT_VERSION } from './usage';

const OPTIONS = new OptionTable([
	'a|all',
	'l|listening',
	't|tcp',
	'u|udp',
	'w|raw',
	'x|unix',
	'n|numeric',
	'p|programs',
	'e|extend',
	'o|timers',
	'r|route',
	'i|interfaces',
	'4|inet',
	'W|wide',
	'v|verbose',
	'V|version',
	'c|continuous',
	's|statistics',
	'N|symbolic',
	'Z|context',
	'F|fib'
]);

export const netstat: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`netstat: ${thrown.message}\n${NETSTAT_USAGE}`);
		return 3;
	}
	if (parsed.has('version')) {
		yield* print(NETSTAT_VERSION);
		return 0;
	}
	if (parsed.has('context')) {
		yield* printError('SELinux is not enabled on this machine.\n');
		return 1;
	}
	const naming = new Naming(parsed.has('numeric'));
	if (parsed.has('route')) {
		yield* printRoutes(naming, 'netstat');
		return 0;
	}
	if (parsed.has('interfaces')) {
		yield* printInterfaces(true);
		return 0;
	}
	const { euid } = yield* getcred();
	if (parsed.has('programs') && euid !== 0)
		yield* printError(
			'(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n'
		);
	const all = yield* sockets();
	const some = ['tcp', 'udp', 'raw', 'unix'].some((family) => parsed.has(family));
	const inet = ['tcp', 'udp', 'raw'].filter(
		(family) =>
			parsed.has(family) || !some || (!['tcp', 'udp', 'raw', 'unix'].some((f) => parsed.has(f)) && parsed.has('inet'))
	);
	if (inet.length > 0)
		yield* printInternet(
			all.filter((row) => inet.includes(row.protocol)),
			parsed,
			naming
		);
	if (parsed.has('unix') || (!some && !parsed.has('inet')))
		yield* printUnix(
			all.filter((row) => row.protocol === 'unix'),
			parsed
		);
	return 0;
};

function heading(parsed: Parsed): string {
	if (parsed.has('all')) return 'servers and established';
	return parsed.has('listening') ? 'only servers' : 'w/o servers';
}

/** A datagram socket that is bound only has 0.0.0.0:0 as its remote end. */
function isConnected({ remote }: SocketInfo): boolean {
	return remote?.family === 'inet' && (remote.address !== 0 || remote.port !== 0);
}

function isShown(row: SocketInfo, parsed: Parsed): boolean {
	const isServer = row.state === 'LISTEN' || (row.protocol !== 'tcp' && row.protocol !== 'unix' && !isConnected(row));
	if (parsed.has('all')) return true;
	return parsed.has('listening') ? isServer : !isServer;
}

const ORDER = ['tcp', 'udp', 'raw'];

function* printInternet(rows: readonly SocketInfo[], parsed: Parsed, naming: Naming): Sys<void> {
	const extended = parsed.has('extend');
	const programs = parsed.has('programs');
	let text = `Active Internet connections (${heading(parsed)})\nProto Recv-Q Send-Q Local Address           Foreign Address         State      `;
	text += `${extended ? ' User       Inode     ' : ''}${programs ? ' PID/Program name    ' : ''}${parsed.has('timers') ? ' Timer' : ''}\n`;
	const sorted = [...rows].sort(
		(a, b) =>
			ORDER.indexOf(a.protocol) - ORDER.indexOf(b.protocol) ||
			Number(b.state === 'LISTEN') - Number(a.state === 'LISTEN')
	);
	for (const row of sorted) {
		if (!isShown(row, parsed)) continue;
		const local = yield* naming.endpoint(row.local, row.protocol);
		const remote = yield* naming.endpoint(row.remote, row.protocol);
		text += `${row.protocol.padEnd(5)} ${String(row.receiveQueue).padStart(6)} ${String(row.sendQueue).padStart(6)} ${fit(local, parsed)} ${fit(remote, parsed)} ${row.state.padEnd(11)}`;
		if (extended) {
			const user = parsed.has('numeric') ? String(row.uid) : ((yield* getpwuid(row.uid))?.name ?? String(row.uid));
			text += ` ${user.padEnd(10)} ${String(row.state === 'TIME_WAIT' ? 0 : row.inode).padEnd(10)}`;
		}
		if (programs) text += ` ${(row.owner ? `${row.owner.pid}/${row.owner.name}` : '-').slice(0, 19).padEnd(20)}`;
		text += '\n';
	}
	yield* print(text);
}

/** Names longer than the column are cut in front of the port, unless -W. */
function fit(endpoint: string, parsed: Parsed): string {
	const WIDTH = 23;
	if (endpoint.length <= WIDTH || parsed.has('wide')) return endpoint.padEnd(WIDTH);
	const port = endpoint.slice(endpoint.lastIndexOf(':'));
	return (endpoint.slice(0, WIDTH - port.length) + port).padEnd(WIDTH);
}

function* printUnix(rows: readonly SocketInfo[], parsed: Parsed): Sys<void> {
	const programs = parsed.has('programs');
	let text = `Active UNIX domain sockets (${heading(parsed)})\nProto RefCnt Flags       Type       State         I-Node   ${programs ? 'PID/Program name     ' : ''}Path\n`;
	for (const row of rows) {
		const listens = row.state === 'LISTEN' || row.state === 'LISTENING';
		if (!parsed.has('all') && parsed.has('listening') !== listens) continue;
		const flags = listens ? '[ ACC ]' : '[ ]';
		const state = listens ? 'LISTENING' : row.type === 'stream' ? 'CONNECTED' : '';
		const path = row.local.family === 'unix' ? row.local.path : '';
		const program = programs
			? `${(row.owner ? `${row.owner.pid}/${row.owner.name}` : '-').slice(0, 20).padEnd(20)} `
			: '';
		text += `unix  ${'2'.padEnd(6)} ${flags.padEnd(11)} ${row.type.toUpperCase().padEnd(10)} ${state.padEnd(13)} ${String(row.inode).padEnd(8)} ${program}${path === '' ? '' : path}\n`;
	}
	yield* print(text);
}
