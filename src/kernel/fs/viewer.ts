/**
 * Who looks at the file system: root and working directory, user and groups, umask. A process is one.
 */
import type { Directory, Inode } from './inode';
import { S } from '../syscalls';

export interface Credentials {
	readonly uid: number;
	readonly euid: number;
	readonly suid: number;
	readonly gid: number;
	readonly egid: number;
	readonly sgid: number;
	readonly groups: readonly number[];
}

export interface Viewer {
	readonly pid: number;
	root: Directory;
	cwd: Directory;
	credentials: Credentials;
	mask: number;
}

export function credentials(uid: number, gid: number, groups: readonly number[] = [gid]): Credentials {
	return { uid, euid: uid, suid: uid, gid, egid: gid, sgid: gid, groups };
}

export const ROOT = credentials(0, 0);

export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;

export function inGroup(who: Credentials, gid: number): boolean {
	return who.egid === gid || who.groups.includes(gid);
}

/** inode(7), path_resolution(7): the owner's bits alone decide for the owner; root needs one execute bit of a file. */
export function may(who: Credentials, inode: Inode, wanted: number): boolean {
	const mode = inode.mode;
	if (who.euid === 0) {
		return (wanted & EXECUTE) === 0 || (mode & S.IFMT) === S.IFDIR || (mode & 0o111) !== 0;
	}
	const shift = who.euid === inode.uid ? 6 : inGroup(who, inode.gid) ? 3 : 0;
	return ((mode >> shift) & wanted) === wanted;
}
