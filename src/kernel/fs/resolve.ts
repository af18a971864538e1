/**
 * From a path to an inode (path_resolution(7)).
 *
 * Does: walks the names, asks for search permission in each directory, follows symbolic links (at most 40).
 * Lacks: a cache; a walk is a few map lookups.
 */
import { Errno } from '../syscalls';
import { byteLength, Directory, SymbolicLink, type Inode } from './inode';
import { EXECUTE, may, type Viewer } from './viewer';

const PATH_MAX = 4096;
const NAME_MAX = 255;
const MAX_LINKS = 40;

/**
 * What becomes of a link in last place: `follow` it, `keep` it (unless a slash follows), or `parent`: the call is about
 * the name, and a trailing slash does not make it follow either.
 */
export type Last = 'follow' | 'keep' | 'parent';

export interface Found {
	/** the directory that has, or would have, the name */
	readonly parent: Directory;
	/** last name; "." or ".." or "/" when the path ends so */
	readonly name: string;
	readonly inode: Inode | undefined;
	/** the path ends in a slash */
	readonly slash: boolean;
	/** of an object that a link of /proc led to: its own path */
	readonly path?: string;
}

export function resolve(who: Viewer, path: string, last: Last = 'follow'): Found {
	if (path === '') throw new Errno('ENOENT');
	if (path.length * 3 >= PATH_MAX && byteLength(path) >= PATH_MAX) throw new Errno('ENAMETOOLONG');
	let directory = path.startsWith('/') ? who.root : who.cwd;
	let names = path.split('/');
	let slash = path.endsWith('/');
	let links = 0;
	let lastDots = '/';
	for (let i = 0; i < names.length; i++) {
		const name = names[i]!;
		if (name === '') continue;
		if (!may(who.credentials, directory, EXECUTE)) throw new Errno('EACCES');
		if (name === '.' || name === '..') {
			if (name === '..' && directory !== who.root) directory = directory.parent;
			lastDots = name;
			continue;
		}
		if (name.length * 3 > NAME_MAX && byteLength(name) > NAME_MAX) throw new Errno('ENAMETOOLONG');
		const isLast = endsAt(names, i);
		const child = directory.lookup(name);
		if (child === undefined) {
			if (isLast) return { parent: directory, name, inode: undefined, slash };
			throw new Errno('ENOENT');
		}
		if (child instanceof SymbolicLink && (!isLast || last === 'follow' || (last === 'keep' && slash))) {
			if (++links > MAX_LINKS) throw new Errno('ELOOP');
			const jump = child.jump(who);
			if (jump === undefined) {
				const target = child.readTarget(who);
				names = target.split('/').concat(isLast ? [] : names.slice(i + 1));
				if (isLast && target.endsWith('/')) slash = true;
				if (target.startsWith('/')) directory = who.root;
				i = -1;
				continue;
			}
			if (isLast) return checked({ parent: directory, name, slash, ...jump }, last);
			if (!(jump.inode instanceof Directory)) throw new Errno('ENOTDIR');
			directory = jump.inode;
			lastDots = '/';
			continue;
		}
		if (isLast) return checked({ parent: directory, name, inode: child, slash }, last);
		if (!(child instanceof Directory)) throw new Errno('ENOTDIR');
		directory = child;
	}
	return { parent: directory.parent, name: lastDots, inode: directory, slash: false };
}

function endsAt(names: readonly string[], i: number): boolean {
	for (let j = i + 1; j < names.length; j++) if (names[j] !== '') return false;
	return true;
}

function checked(found: Found, last: Last): Found {
	if (found.slash && last !== 'parent' && !(found.inode instanceof Directory)) throw new Errno('ENOTDIR');
	return found;
}

/** As `resolve`, and it must be there. */
export function lookup(who: Viewer, path: string, last: Last = 'follow'): Found & { readonly inode: Inode } {
	const found = resolve(who, path, last);
	if (found.inode === undefined) throw new Errno('ENOENT');
	return found as Found & { readonly inode: Inode };
}

/** Absolute path of what was found, through the directory that has its name. */
export function pathOf(found: Found, root?: Directory): string {
	if (found.inode instanceof Directory) return found.inode.path(root);
	if (found.path !== undefined) return found.path;
	const directory = found.parent.path(root);
	return directory === '/' ? `/${found.name}` : `${directory}/${found.name}`;
}
