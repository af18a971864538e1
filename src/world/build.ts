/**
 * From the world file to hosts and links: base image, packages, the host's own files, interfaces, addresses, routes.
 *
 * Reads: a `WorldSpec`. Trusts: that it was validated (`lesson/` for world files; tests write theirs by hand); what is
 * still wrong here (an unknown link, user or package) is an author's mistake and says so.
 */
import type { Engine } from '#engine/engine';
import { encode } from '#kernel/text';
import { Host } from '#kernel/host';
import type { Package } from '#kernel/syscalls';
import { PACKAGES, PROGRAMS, STANDARD } from '#programs/index';
import { broadcastOf, parseIpv4Address, parseMac, parsePrefix } from '#wire/address';
import { baseImage } from './image';
import { Link } from './link';
import type { FileSpec, HostSpec, LinkSpec, WorldSpec } from './spec';

/** A mistake in a world file. */
export class WorldError extends Error {
	override name = 'WorldError';
}

const DEFAULT = { delay: 0.1, rate: 100_000_000, loss: 0, queue: 1000 };

export function buildLinks(spec: WorldSpec, engine: Engine): Map<string, Link> {
	return new Map(spec.links.map((row) => [row.name, buildLink(row, engine)]));
}

function buildLink(row: LinkSpec, engine: Engine): Link {
	return new Link({
		name: row.name,
		engine,
		random: engine.random.split(),
		delay: Math.round((row.delay ?? DEFAULT.delay) * 1000),
		rate: row.rate ?? DEFAULT.rate,
		loss: row.loss ?? DEFAULT.loss,
		queue: row.queue ?? DEFAULT.queue,
		down: row.down ?? false
	});
}

export function buildHost(row: HostSpec, engine: Engine, links: ReadonlyMap<string, Link>): Host {
	const packages = packagesOf(row);
	const host = new Host({
		name: row.name,
		hostname: row.hostname,
		engine,
		programs: PROGRAMS,
		random: engine.random.split(),
		syncTime: (row.syncTime ?? 0) * 1000
	});
	const { '/etc/passwd': passwd, '/etc/group': group } = row.files ?? {};
	putFiles(host, {
		...baseImage(row),
		...(passwd && { '/etc/passwd': passwd }),
		...(group && { '/etc/group': group })
	});
	for (const item of packages) host.install(item);
	for (const [index, service] of (row.services ?? []).entries())
		host.disk.symlink(`../init.d/${service}`, `/etc/rc2.d/S${String(10 + index).padStart(2, '0')}${service}`);
	putFiles(host, row.files ?? {});
	connect(host, row, links);
	return host;
}

function packagesOf(row: HostSpec): Package[] {
	const extra = (row.packages ?? []).map((name) => {
		const found = PACKAGES.find((item) => item.name === name);
		if (found) return found;
		throw new WorldError(
			`host ${row.name}: unknown package "${name}"; there are ${PACKAGES.map((item) => item.name).join(', ')}`
		);
	});
	return [...STANDARD, ...extra.filter((item) => !STANDARD.includes(item))];
}

/** Puts files on the host's disk as root, from outside; parents are made. */
export function putFiles(host: Host, files: Readonly<Record<string, FileSpec>>): void {
	/* users and groups first: the rest is owned by them */
	const first = (path: string): boolean => path === '/etc/passwd' || path === '/etc/group';
	const entries = Object.entries(files);
	for (const [path, file] of [...entries.filter(([path]) => first(path)), ...entries.filter(([path]) => !first(path))])
		putFile(host, path, typeof file === 'string' ? { text: file } : file);
}

function putFile(host: Host, path: string, file: Exclude<FileSpec, string>): void {
	if ('link' in file) {
		if (host.disk.exists(path)) host.disk.remove(path);
		host.disk.symlink(file.link, path);
		if (file.owner !== undefined) {
			const { uid, gid } = ownerIds(host, file.owner, file.group);
			host.disk.chown(path, uid, gid);
		}
		return;
	}
	if ('hard' in file) return host.disk.hardlink(file.hard, path);
	const ids = ownerIds(host, file.owner, file.group);
	if ('dir' in file) return host.disk.mkdir(path, { mode: modeOf(file.mode, 0o755), ...ids });
	const bytes = 'text' in file ? encode(file.text) : fromBase64(file.base64);
	const mtime = file.mtime === undefined ? undefined : parseTime(file.mtime);
	const before = host.disk.exists(path) ? host.disk.stat(path) : undefined;
	const mode = file.mode === undefined && before ? before.mode & 0o7777 : modeOf(file.mode, 0o644);
	const kept = file.owner === undefined && before ? { uid: before.uid, gid: before.gid } : ids;
	host.disk.writeFile(path, bytes, { mode, ...kept, mtime });
}

function modeOf(text: string | undefined, fallback: number): number {
	return text === undefined ? fallback : parseInt(text, 8);
}

/** UTC `YYYY-MM-DD hh:mm:ss` or seconds since 1970, to microseconds. */
function parseTime(text: string): number {
	if (/^-?\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1e6);
	const parts = text.split(/[-T :Z]/).map(Number);
	return Date.UTC(parts[0]!, parts[1]! - 1, parts[2]!, parts[3] ?? 0, parts[4] ?? 0, parts[5] ?? 0) * 1000;
}

/** "anna", "anna:staff", or numbers; without a group it is the user's own. */
function ownerIds(host: Host, given = 'root', givenGroup?: string): { uid: number; gid: number } {
	const [owner = 'root', group = givenGroup] = given.split(':');
	const find = (path: string, name: string): string[] | undefined =>
		host.disk.exists(path)
			? host.disk
					.readText(path)
					.split('\n')
					.map((line) => line.split(':'))
					.find((fields) => fields[0] === name)
			: undefined;
	const number = (name: string): number | undefined => (/^\d+$/.test(name) ? Number(name) : undefined);
	const user = owner === 'root' ? ['root', 'x', '0', '0'] : find('/etc/passwd', owner);
	const uid = number(owner) ?? (user && Number(user[2]));
	const gid =
		group === undefined
			? user
				? Number(user[3])
				: uid
			: (number(group) ?? Number(find('/etc/group', group)?.[2] ?? NaN));
	if (uid === undefined || gid === undefined || Number.isNaN(gid))
		throw new WorldError(`host ${host.name}: no user or group "${owner}:${group ?? ''}"`);
	return { uid, gid };
}

function fromBase64(text: string): Uint8Array {
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
	const out: number[] = [];
	let bits = 0;
	let value = 0;
	for (const letter of text) {
		const digit = letters.indexOf(letter);
		if (digit < 0) continue;
		value = ((value << 6) | digit) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out.push((value >> bits) & 0xff);
		}
	}
	return Uint8Array.from(out);
}

function connect(host: Host, row: HostSpec, links: ReadonlyMap<string, Link>): void {
	for (const card of row.interfaces) {
		const link = links.get(card.link);
		if (!link)
			throw new WorldError(
				`host ${row.name}, interface ${card.name}: no link "${card.link}"; there are ${[...links.keys()].join(', ')}`
			);
		const addresses = card.addresses.map((text) => {
			const parsed = parsePrefix(text);
			if (parsed) return parsed;
			throw new WorldError(
				`host ${row.name}, interface ${card.name}: "${text}" is not an address with a prefix length`
			);
		});
		const mac = card.mac === undefined ? macOf(addresses[0]?.address ?? 0) : parseMac(card.mac)!;
		const net = host.net.addInterface({ name: card.name, mac });
		net.plug(link.attach(row.name, net));
		for (const { address, prefix } of addresses)
			host.net.addAddress(card.name, address, prefix, prefix < 31 ? broadcastOf(address, prefix) : undefined);
		host.net.setLink(card.name, { up: true });
	}
	for (const route of row.routes ?? []) addRoute(host, row, route);
	if (row.forwarding) host.net.sysctl('net.ipv4.ip_forward', '1');
}

/** 02:00 and the four bytes of the address, so that a reader of a capture knows who it is. */
function macOf(address: number): number {
	return 0x0200_0000_0000 + address;
}

function addRoute(host: Host, row: HostSpec, route: { to: string; via: string }): void {
	const target = route.to === 'default' ? { address: 0, prefix: 0 } : parsePrefix(route.to);
	if (!target) throw new WorldError(`host ${row.name}: route to "${route.to}" is not a network`);
	const gateway = parseIpv4Address(route.via);
	const base = { destination: target.address, prefix: target.prefix, metric: 0, protocol: 'static' as const };
	if (gateway === undefined) return host.net.addRoute({ ...base, interface: route.via, scope: 'link' });
	host.net.addRoute({ ...base, gateway, interface: host.net.routeTo(gateway).interface, scope: 'global' });
}
