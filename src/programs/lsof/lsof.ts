/**
 * lsof(8) 4.95, as far as the network goes: `lsof -i [[4|6]tcp|udp][@host][:port,…] [-n] [-P] [-t] [-p PID]`.
 *
 * Not simulated: files (lsof without -i), other options; a socket that several processes hold is shown with one of them.
 */
import type { Main, SocketAddress, SocketInfo, Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { Naming } from '../net-tools/show';
import { gethostbyname, getservbyname } from '../libc/netdb';
import { getpwuid } from '../libc/passwd';
import { print, printError } from '../libc/stdio';
import { sockets } from '../libc/unistd';

const USAGE = ` usage: [-?abhKlnNoOPRtUvVX] [+|-c c] [+|-d s] [+D D] [+|-E] [+|-e s] [+|-f[gG]]
 [-F [f]] [-g [s]] [-i [i]] [+|-L [l]] [+m [m]] [+|-M] [-o [o]] [-p s]
 [+|-r [t]] [-s [p:s]] [-S [t]] [-T [t]] [-u s] [+|-w] [-x [fl]] [--] [names]
Use the \`\`-h'' option to get more help information.
`;
const VERSION = `lsof 4.95.0
 latest revision: https://github.com/lsof-org/lsof
 latest FAQ: https://github.com/lsof-org/lsof/blob/master/00FAQ
 latest (non-formatted) man page: https://github.com/lsof-org/lsof/blob/master/Lsof.8
`;

/** One -i: what a socket must be. */
interface Wanted {
	readonly protocol: string | undefined;
	readonly host: number | undefined;
	readonly ports: readonly (readonly [from: number, to: number])[] | undefined;
}

type Held = SocketInfo & { readonly owner: NonNullable<SocketInfo['owner']> };

function* wantedOf(text: string): Sys<Wanted | string> {
	const [, protocol, host, ports] = /^[46]?(tcp|udp)?(?:@([^:]+))?(?::(.+))?$/i.exec(text) ?? [];
	if (text !== '' && protocol === undefined && host === undefined && ports === undefined && !/^[46]$/.test(text))
		return `lsof: unacceptable Internet address type: ${text}`;
	let address: number | undefined;
	if (host !== undefined) {
		address = parseIpv4Address(host);
		if (address === undefined) {
			const found = yield* gethostbyname(host);
			if (!found.ok) return `lsof: unknown host name (${host}) in: -i ${text}`;
			address = parseIpv4Address(found.entry.addresses[0] ?? '');
		}
	}
	const ranges: [number, number][] = [];
	for (const word of ports?.split(',') ?? []) {
		const [from = '', to = from] = word.split('-');
		const first = /^\d+$/.test(from) ? Number(from) : (yield* getservbyname(from))?.port;
		const last = /^\d+$/.test(to) ? Number(to) : (yield* getservbyname(to))?.port;
		if (first === undefined || last === undefined) return `lsof: unknown service ${word} in: -i ${text}`;
		ranges.push([first, last]);
	}
	return { protocol: protocol?.toLowerCase(), host: address, ports: ports === undefined ? undefined : ranges };
}

function matches({ protocol, local, remote }: SocketInfo, wanted: Wanted): boolean {
	if (wanted.protocol !== undefined && wanted.protocol !== protocol) return false;
	const ends = [local, remote].filter((end) => end?.family === 'inet');
	const fits = (end: SocketAddress): boolean =>
		end.family === 'inet' &&
		(wanted.host === undefined || wanted.host === end.address) &&
		(wanted.ports === undefined || wanted.ports.some(([from, to]) => end.port >= from && end.port <= to));
	return ends.some((end) => fits(end!));
}

export const lsof: Main = function* (argv) {
	const asked: string[] = [];
	const flags = new Set<string>();
	let pid: string | undefined;
	const words = argv.slice(1);
	while (words.length > 0) {
		const word = words.shift()!;
		const [, plain = '', option = '', value = ''] = /^-([anPtl]*)(?:([ip])(.*))?$/.exec(word) ?? [undefined, '?'];
		if (plain === '?') {
			yield* printError(`lsof: unsupported option or name: ${word}\n${VERSION}${USAGE}`);
			return 1;
		}
		for (const flag of plain) flags.add(flag);
		if (option === 'p') pid = value || words.shift();
		if (option === 'i') asked.push(value !== '' ? value : /^[^-]/.test(words[0] ?? '-') ? words.shift()! : '');
	}
	const wanted: Wanted[] = [];
	for (const text of asked.length > 0 ? asked : ['']) {
		const one = yield* wantedOf(text);
		if (typeof one === 'string') {
			yield* printError(`${one}\n${VERSION}${USAGE}`);
			return 1;
		}
		wanted.push(one);
	}
	const rows = (yield* sockets())
		.filter((row): row is Held => row.owner !== undefined && (row.protocol === 'tcp' || row.protocol === 'udp'))
		.filter((row) => wanted.some((one) => matches(row, one)) && (pid === undefined || String(row.owner.pid) === pid))
		.sort((a, b) => a.owner.pid - b.owner.pid || a.owner.fd - b.owner.fd);
	if (rows.length === 0) return 1;
	if (flags.has('t')) yield* print([...new Set(rows.map(({ owner }) => `${owner.pid}\n`))].join(''));
	else yield* show(rows, flags);
	return 0;
};

function* show(rows: readonly Held[], flags: ReadonlySet<string>): Sys<void> {
	const hosts = new Naming(flags.has('n'));
	const ports = new Naming(flags.has('P'));
	const end = function* (address: SocketAddress, protocol: string): Sys<string> {
		if (address.family !== 'inet') return '*';
		const host = address.address === 0 ? '*' : yield* hosts.host(address.address);
		return `${host}:${yield* ports.port(address.port, protocol)}`;
	};
	const table = [['COMMAND', 'PID', 'USER', 'FD', 'TYPE', 'DEVICE', 'SIZE/OFF', 'NODE', 'NAME']];
	for (const { protocol, state, local, remote, owner, uid, inode } of rows) {
		const connected = remote?.family === 'inet' && remote.port !== 0;
		const name = `${yield* end(local, protocol)}${connected ? `->${yield* end(remote, protocol)}` : ''}`;
		const user = (yield* getpwuid(uid))?.name ?? String(uid);
		const what = protocol === 'tcp' ? `${name} (${state === '' ? 'CLOSED' : state})` : `${name} `;
		const fd = `${owner.fd}u`;
		table.push([
			owner.name.slice(0, 9),
			String(owner.pid),
			user,
			fd,
			'IPv4',
			String(inode),
			'0t0',
			protocol.toUpperCase(),
			what
		]);
	}
	const width = (column: number, least: number): number => Math.max(least, ...table.map((row) => row[column]!.length));
	const [command, pid, user, device] = [width(0, 7), width(1, 3), width(2, 4), width(5, 6)];
	for (const [index, row] of table.entries()) {
		const fd = index === 0 ? '  FD ' : row[3]!.padStart(5);
		yield* print(
			`${row[0]!.padEnd(command)} ${row[1]!.padStart(pid)} ${row[2]!.padStart(user)} ${fd}  ${row[4]!.padStart(4)} ${row[5]!.padStart(device)} ${row[6]!.padStart(8)} ${row[7]!.padStart(4)} ${row[8]!}\n`
		);
	}
}
