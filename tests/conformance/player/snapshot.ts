/** Every path of a host's disk, to see what a command changed. */
import type { Host } from '#kernel/host';
import { S } from '#kernel/syscalls';

export interface SnapshotEntry {
	readonly dir?: true;
	readonly link?: string;
	/** file type of a pipe, socket or device: the upper bits of st_mode */
	readonly special?: string;
	/** base64 */
	readonly content?: string;
	readonly mode?: string;
	readonly owner?: string;
	readonly group?: string;
}

/** Names of numbers. */
export interface Owners {
	readonly users: ReadonlyMap<number, string>;
	readonly groups: ReadonlyMap<number, string>;
}

export function ownersOf(host: Host): Owners {
	return { users: names(host, '/etc/passwd'), groups: names(host, '/etc/group') };
}

/** @param owners as they were when the recording began */
export function snapshot(host: Host, { users: owners, groups } = ownersOf(host)): Map<string, SnapshotEntry> {
	const out = new Map<string, SnapshotEntry>();
	for (const { path, stat } of host.disk.walk()) {
		if (/^\/(proc|dev|usr\/(bin|sbin|lib))(\/|$)/.test(path) || path === '/') continue;
		const type = stat.mode & S.IFMT;
		const common = {
			mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
			owner: owners.get(stat.uid) ?? String(stat.uid),
			group: groups.get(stat.gid) ?? String(stat.gid)
		};
		if (type === S.IFLNK) out.set(path, { link: host.disk.readlink(path), owner: common.owner, group: common.group });
		else if (type === S.IFDIR) out.set(path, { dir: true, ...common });
		else if (type === S.IFREG) out.set(path, { content: Buffer.from(host.disk.readFile(path)).toString('base64'), ...common });
		else out.set(path, { special: String(type >> 12), ...common });
	}
	return out;
}

function names(host: Host, path: string): Map<number, string> {
	const lines = host.disk.exists(path) ? host.disk.readText(path).split('\n') : [];
	const rows = lines.map((line) => line.split(':')).filter((fields) => fields.length > 2);
	return new Map(rows.reverse().map((fields) => [Number(fields[2]), fields[0]!]));
}
