/** A host from inside and a file of it, as plain data. */
import type { Host } from '#kernel/host';
import { S } from '#kernel/syscalls';
import { formatMac, formatIpv4Address } from '#wire/address';
import type { Answers, FileView, HostInside, HostView, LinkView } from '../door';
import { loginNames, nameOfGid, nameOfUid } from '../users';
import type { World } from '../world';
import type { SocketAddress } from '#kernel/syscalls';

/** Files larger than this are not opened in the editor, bytes. */
const EDITABLE = 1_000_000;

export function hostViews(world: World): HostView[] {
	return world.spec.hosts.map((row) => {
		const host = world.host(row.name);
		const cards = host.net.links().filter((card) => !card.loopback);
		const linkOf = new Map(row.interfaces.map((card) => [card.name, card.link]));
		const interfaces = cards.map((card) => ({
			name: card.name,
			link: linkOf.get(card.name) ?? '',
			addresses: card.addresses.map(({ address, prefix }) => `${formatIpv4Address(address)}/${prefix}`),
			mac: formatMac(card.mac)
		}));
		return {
			name: row.name,
			hostname: row.hostname,
			role: row.role ?? '',
			kind: row.kind,
			at: row.at,
			up: host.up,
			addresses: interfaces.flatMap((card) => card.addresses.map((text) => text.split('/')[0]!)),
			interfaces,
			users: loginNames(host),
			wrapped: isWrapped(host)
		};
	});
}

const DOORMEN = ['/etc/hosts.allow', '/etc/hosts.deny', '/etc/xinetd.conf'];

function isWrapped({ disk }: Host): boolean {
	return DOORMEN.some((path) => disk.exists(path));
}

export function linkViews(world: World): LinkView[] {
	return world.spec.links.map((row) => {
		const link = world.link(row.name);
		const hosts = world.spec.hosts.filter((host) => host.interfaces.some((card) => card.link === row.name));
		const { delay, loss, rate, down } = link;
		return {
			name: row.name,
			label: row.label ?? row.name,
			hosts: hosts.map((host) => host.name),
			delay: delay / 1000,
			loss,
			rate,
			down
		};
	});
}

export function fileView(world: World, hostName: string, path: string): FileView {
	const host = world.host(hostName);
	if (!host.disk.exists(path)) throw new Error(`${path}: No such file or directory`);
	const stat = host.disk.stat(path);
	if ((stat.mode & S.IFMT) === S.IFDIR) throw new Error(`${path}: Is a directory`);
	if (stat.size > EDITABLE)
		throw new Error(
			`${path} has ${stat.size} bytes; the editor opens files up to ${EDITABLE}. Use less in a terminal.`
		);
	return {
		text: host.disk.readText(path),
		mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
		owner: nameOfUid(host, stat.uid),
		group: nameOfGid(host, stat.gid),
		mtime: stat.mtime,
		writable: true
	};
}

export function directoryView(world: World, hostName: string, path: string): ReturnType<Answers['directory']> {
	const kinds: Readonly<Record<number, 'file' | 'directory' | 'link'>> = {
		[S.IFREG]: 'file',
		[S.IFDIR]: 'directory',
		[S.IFLNK]: 'link'
	};
	return world
		.host(hostName)
		.disk.readdir(path)
		.map((entry) => ({ name: entry.name, kind: kinds[entry.type & S.IFMT] ?? ('other' as const) }))
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const QUEUES = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt'];

export function hostInside(world: World, hostName: string): HostInside {
	const host = world.host(hostName);
	const processes = host.processes();
	return {
		processes: processes.map((process) => ({
			pid: process.pid,
			ppid: process.ppid,
			user: nameOfUid(host, process.uid),
			command: process.command
		})),
		sockets: host
			.sockets()
			.filter((socket) => socket.protocol !== 'unix')
			.map((socket) => ({
				protocol: socket.protocol,
				local: addressText(socket.local),
				remote: socket.remote ? addressText(socket.remote) : '',
				state: socket.state,
				program: socket.owner?.name ?? ''
			})),
		queues: queueSizes(world, hostName)
	};
}

function queueSizes(world: World, hostName: string): Record<string, number> {
	const { disk } = world.host(hostName);
	if (!disk.exists('/var/spool/postfix/active')) return {};
	const count = (queue: string): number => {
		let files = 0;
		for (const { stat } of disk.walk(`/var/spool/postfix/${queue}`)) if ((stat.mode & S.IFMT) === S.IFREG) files++;
		return files;
	};
	return Object.fromEntries(
		QUEUES.map((queue) => [queue, disk.exists(`/var/spool/postfix/${queue}`) ? count(queue) : 0])
	);
}

function addressText(address: SocketAddress): string {
	if (address.family === 'inet')
		return `${address.address === 0 ? '0.0.0.0' : formatIpv4Address(address.address)}:${address.port || '*'}`;
	return address.family === 'unix' ? address.path : address.interface;
}
