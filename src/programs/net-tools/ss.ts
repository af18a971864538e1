/**
 * ss(8) of iproute2 6.1: sockets, as netstat shows them and as admins now ask for them.
 *
 * Does: -t -u -w -x -l -a -n -p -e -o -H -4 -r -s, `state NAME`, `sport`/`dport` with = : and "src"/"dst".
 * Not simulated: memory (-m), TCP internals (-i), netlink and packet sockets; the backlog of a listener is not known and
 *       shown as Postfix's and Linux's usual 100.
 */
import type { Main, SocketAddress, SocketInfo, Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { getservbyname, getservbyport } from '../libc/netdb';
import { print, printError, STDOUT } from '../libc/stdio';
import { sockets } from '../libc/unistd';
import { isTerminal } from '../ncurses/screen';
import { winsize } from '../libc/unistd';

const OPTIONS = new OptionTable([
	't|tcp',
	'u|udp',
	'w|raw',
	'x|unix',
	'l|listening',
	'a|all',
	'n|numeric',
	'p|processes',
	'e|extended',
	'o|options',
	'm|memory',
	'i|info',
	's|summary',
	'H|no-header',
	'4|ipv4',
	'6|ipv6',
	'r|resolve',
	'O|oneline',
	'V|version',
	'h|help'
]);

/** netstat's names to those of ss */
const STATES: Readonly<Record<string, string>> = {
	LISTEN: 'LISTEN',
	LISTENING: 'LISTEN',
	ESTABLISHED: 'ESTAB',
	CONNECTED: 'ESTAB',
	SYN_SENT: 'SYN-SENT',
	SYN_RECV: 'SYN-RECV',
	FIN_WAIT1: 'FIN-WAIT-1',
	FIN_WAIT2: 'FIN-WAIT-2',
	TIME_WAIT: 'TIME-WAIT',
	CLOSE: 'UNCONN',
	CLOSE_WAIT: 'CLOSE-WAIT',
	LAST_ACK: 'LAST-ACK',
	CLOSING: 'CLOSING'
};
/** names that `state` takes, to those of the column */
const STATE_WORDS: Readonly<Record<string, readonly string[]>> = {
	established: ['ESTAB'],
	listening: ['LISTEN'],
	listen: ['LISTEN'],
	connected: [
		'ESTAB',
		'SYN-SENT',
		'SYN-RECV',
		'FIN-WAIT-1',
		'FIN-WAIT-2',
		'TIME-WAIT',
		'CLOSE-WAIT',
		'LAST-ACK',
		'CLOSING'
	],
	synchronized: ['ESTAB', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSE-WAIT', 'LAST-ACK', 'CLOSING']
};
const BACKLOG = 100;

export const ss: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`ss: ${thrown.message}\nUsage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n`);
		return 255;
	}
	if (parsed.has('version')) {
		yield* print('ss utility, iproute2-6.1.0\n');
		return 0;
	}
	const filter = yield* readFilter(parsed.operands);
	if (typeof filter === 'string') {
		yield* printError(`ss: ${filter}\nCannot parse dst/src address.\n`);
		return 1;
	}
	const all = yield* sockets();
	if (parsed.has('summary')) {
		yield* summary(all);
		return 0;
	}
	const families = ['unix', 'raw', 'udp', 'tcp'].filter((family) => parsed.has(family));
	const chosen =
		families.length > 0 ? families : parsed.has('ipv4') ? ['raw', 'udp', 'tcp'] : ['unix', 'raw', 'udp', 'tcp'];
	const rows = chosen
		.flatMap((family) => all.filter((row) => row.protocol === family))
		.filter((row) => isShown(row, parsed, filter));
	yield* table(rows, parsed, chosen.length > 1, filter.states?.length === 1);
	return 0;
};

/* ---- which ------------------------------------------------------------------------------------------------------- */

interface Filter {
	readonly states?: readonly string[];
	readonly accepts: (row: SocketInfo) => boolean;
}

function* readFilter(words: readonly string[]): Sys<Filter | string> {
	let states: readonly string[] | undefined;
	const tests: ((row: SocketInfo) => boolean)[] = [];
	for (let i = 0; i < words.length; i++) {
		const word = words[i]!;
		if (['and', '(', ')', '&&', '&'].includes(word)) continue;
		if (word === 'state') {
			const name = words[++i] ?? '';
			states = [...(states ?? []), ...(STATE_WORDS[name] ?? [name.toUpperCase()])];
		} else if (word === 'sport' || word === 'dport') {
			if (['=', '==', 'eq'].includes(words[i + 1] ?? '')) i++;
			const text = (words[++i] ?? '').replace(/^.*:/, '');
			const port = /^\d+$/.test(text) ? Number(text) : (yield* getservbyname(text))?.port;
			if (port === undefined) return `Error: "${text}" is not a service name.`;
			tests.push((row) => portOf(word === 'sport' ? row.local : row.remote) === port);
		} else if (word === 'src' || word === 'dst') {
			const [host = '', port] = (words[++i] ?? '').split(':');
			const address = host === '' || host === '*' ? undefined : parseIpv4Address(host);
			tests.push((row) => {
				const end = word === 'src' ? row.local : row.remote;
				if (end?.family !== 'inet') return false;
				return (address === undefined || end.address === address) && (!port || end.port === Number(port));
			});
		} else return `Error: an inet prefix is expected rather than "${word}".`;
	}
	return { ...(states ? { states } : {}), accepts: (row) => tests.every((test) => test(row)) };
}

function portOf(address: SocketAddress | undefined): number | undefined {
	return address?.family === 'inet' ? address.port : undefined;
}

function stateOf(row: SocketInfo): string {
	if (row.protocol === 'tcp' || row.type === 'stream')
		return STATES[row.state] ?? (row.state === '' ? 'UNCONN' : row.state);
	return row.remote ? 'ESTAB' : 'UNCONN';
}

/** Without -a and -l only what is connected; with -l listeners and unconnected datagram sockets. */
function isShown(row: SocketInfo, parsed: Parsed, filter: Filter): boolean {
	if (!filter.accepts(row)) return false;
	const state = stateOf(row);
	if (filter.states) return filter.states.includes(state);
	if (parsed.has('all')) return true;
	const waits = state === 'LISTEN' || state === 'UNCONN';
	return parsed.has('listening') ? waits : !waits && state !== 'TIME-WAIT' && state !== 'SYN-RECV';
}

/* ---- how --------------------------------------------------------------------------------------------------------- */

interface Cells {
	readonly netid: string;
	readonly state: string;
	readonly receive: string;
	readonly send: string;
	readonly local: readonly [string, string];
	readonly remote: readonly [string, string];
	readonly extra: string;
}

function* table(rows: readonly SocketInfo[], parsed: Parsed, withNetid: boolean, oneState: boolean): Sys<void> {
	const list: Cells[] = [];
	if (!parsed.has('no-header'))
		list.push({
			netid: 'Netid',
			state: 'State',
			receive: 'Recv-Q',
			send: 'Send-Q',
			local: ['Local Address', 'Port'],
			remote: ['Peer Address', 'Port'],
			extra: 'Process'
		});
	for (const row of rows) list.push(yield* cellsOf(row, parsed));
	const header = !parsed.has('no-header');
	const width = (pick: (cells: Cells) => string): number => Math.max(0, ...list.map((cells) => pick(cells).length));
	const widths = {
		netid: width((cells) => cells.netid),
		state: width((cells) => cells.state),
		receive: width((cells) => cells.receive),
		send: width((cells) => cells.send),
		localHost: width((cells) => cells.local[0]),
		localPort: width((cells) => cells.local[1]),
		remoteHost: width((cells) => cells.remote[0]),
		remotePort: width((cells) => cells.remote[1])
	};
	const extra = Math.max(0, ...list.slice(header ? 1 : 0).map((cells) => cells.extra.length));
	const gap = yield* spacing(Object.values(widths).reduce((sum, value) => sum + value, 0) + Math.max(extra, 7) + 8);
	let text = '';
	for (const cells of list) {
		const columns = [
			...(withNetid ? [cells.netid.padEnd(widths.netid)] : []),
			...(oneState ? [] : [cells.state.padEnd(widths.state)]),
			cells.receive.padEnd(widths.receive),
			cells.send.padEnd(widths.send),
			`${cells.local[0].padStart(widths.localHost)}:${cells.local[1].padEnd(widths.localPort)}`,
			`${cells.remote[0].padStart(widths.remoteHost)}:${cells.remote[1].padEnd(widths.remotePort)}`
		];
		text +=
			`${columns.join(gap)}${cells.extra === 'Process' ? '' : cells.extra === '' ? '' : ' '}${cells.extra}`.trimEnd() +
			'\n';
	}
	yield* print(text);
}

/** At a terminal the columns spread over its width; otherwise one blank parts them. */
function* spacing(needed: number): Sys<string> {
	if (!(yield* isTerminal(STDOUT))) return ' ';
	const { columns } = yield* winsize(STDOUT);
	return ' '.repeat(Math.max(1, Math.min(6, Math.floor((columns - needed) / 7))));
}

function* cellsOf(row: SocketInfo, parsed: Parsed): Sys<Cells> {
	const state = stateOf(row);
	return {
		netid: row.protocol === 'unix' ? (row.type === 'stream' ? 'u_str' : 'u_dgr') : row.protocol,
		state,
		receive: String(row.receiveQueue),
		send: String(state === 'LISTEN' && row.sendQueue === 0 ? BACKLOG : row.sendQueue),
		local: yield* endpoint(row.local, row, parsed),
		remote: yield* endpoint(row.remote, row, parsed, true),
		extra: extras(row, parsed)
	};
}

function extras(row: SocketInfo, parsed: Parsed): string {
	const parts: string[] = [];
	if (parsed.has('processes') && row.owner)
		parts.push(`users:(("${row.owner.name}",pid=${row.owner.pid},fd=${row.owner.fd}))`);
	if (parsed.has('extended') && row.protocol !== 'unix')
		parts.push(`${row.uid === 0 ? '' : `uid:${row.uid} `}ino:${row.inode} sk:${row.inode.toString(16)}`);
	return parts.join(' ');
}

function* endpoint(
	address: SocketAddress | undefined,
	row: SocketInfo,
	parsed: Parsed,
	peer = false
): Sys<[string, string]> {
	if (row.protocol === 'unix')
		return peer
			? ['*', '0']
			: [address?.family === 'unix' && address.path !== '' ? address.path : '*', String(row.inode)];
	if (address?.family !== 'inet') return ['0.0.0.0', '*'];
	const host = formatIpv4Address(address.address);
	if (address.port === 0) return [host, '*'];
	const service = parsed.has('numeric') ? undefined : (yield* getservbyport(address.port, row.protocol))?.name;
	return [host, service ?? String(address.port)];
}

function* summary(all: readonly SocketInfo[]): Sys<void> {
	const count = (protocol: string): number => all.filter((row) => row.protocol === protocol).length;
	const tcp = all.filter((row) => row.protocol === 'tcp').map(stateOf);
	const waiting = tcp.filter((state) => state === 'TIME-WAIT').length;
	const established = tcp.filter((state) => state === 'ESTAB').length;
	const line = (name: string, value: number): string =>
		`${name}\t  ${String(value).padEnd(9)} ${String(value).padEnd(9)} 0        \n`;
	const live = tcp.length - waiting;
	const inet = count('raw') + count('udp') + live;
	yield* print(
		`Total: ${all.length - waiting}\nTCP:   ${tcp.length} (estab ${established}, closed ${waiting}, orphaned 0, timewait ${waiting})\n\n` +
			'Transport Total     IP        IPv6\n' +
			`${line('RAW', count('raw'))}${line('UDP', count('udp'))}${line('TCP', live)}${line('INET', inet)}${line('FRAG', 0)}\n`
	);
}
