/**
 * Directories, files and links that the kernel makes up when somebody looks (/proc).
 */
import { Errno, S } from '../syscalls';
import { encode } from '../text';
import { Directory, Inode, SymbolicLink, type Jump, type Openers, type Volume } from './inode';
import { TextOpenFile } from './open-files';
import type { Viewer } from './viewer';

export interface Owner {
	readonly uid: number;
	readonly gid: number;
}

const ROOT_OWNER: Owner = { uid: 0, gid: 0 };

export class MadeDirectory extends Directory {
	override readonly isMade = true;

	constructor(
		volume: Volume,
		openers: Openers,
		readonly find: (name: string) => Inode | undefined,
		readonly names: () => Iterable<string>,
		mode = 0o555,
		owner: Owner = ROOT_OWNER
	) {
		super(volume, mode, owner.uid, owner.gid, openers);
	}

	override get size(): number {
		return 0;
	}

	override get blocks(): number {
		return 0;
	}

	override lookup(name: string): Inode | undefined {
		const inode = this.find(name);
		if (inode instanceof Directory && inode.parent === inode) {
			inode.parent = this;
			inode.name = name;
		}
		return inode;
	}

	override *list(): Generator<readonly [string, Inode]> {
		for (const name of this.names()) {
			const inode = this.lookup(name);
			if (inode) yield [name, inode];
		}
	}

	override isEmpty(): boolean {
		return false;
	}

	/** what open(O_CREAT), mkdir … get in /proc, root too */
	override checkWritable(): void {
		throw new Errno('ENOENT');
	}
}

/** A directory whose entries are always the same. */
export function fixedDirectory(
	volume: Volume,
	openers: Openers,
	entries: Readonly<Record<string, Inode>>
): MadeDirectory {
	return new MadeDirectory(
		volume,
		openers,
		(name) => (Object.hasOwn(entries, name) ? entries[name] : undefined),
		() => Object.keys(entries)
	);
}

export class MadeFile extends Inode {
	constructor(
		volume: Volume,
		/** asked once an open */
		readonly content: (who: Viewer) => string,
		mode = 0o444,
		owner: Owner = ROOT_OWNER,
		readonly accept?: (bytes: Uint8Array, who: Viewer) => void
	) {
		super(volume, S.IFREG | mode, owner.uid, owner.gid);
	}

	override open(flags: number, path: string, who: Viewer): TextOpenFile {
		const accept = this.accept && ((bytes: Uint8Array) => this.accept!(bytes, who));
		return new TextOpenFile(this, flags, path, encode(this.content(who)), accept);
	}
}

export class MadeLink extends SymbolicLink {
	constructor(
		volume: Volume,
		readonly read: (who: Viewer) => string,
		readonly leap: (who: Viewer) => Jump | undefined = () => undefined,
		mode = 0o777,
		owner: Owner = ROOT_OWNER,
		readonly length = 0
	) {
		super(volume, '', owner.uid, owner.gid);
		this.mode = S.IFLNK | mode;
	}

	override get size(): number {
		return this.length;
	}

	override get blocks(): number {
		return 0;
	}

	override readTarget(who: Viewer): string {
		return this.read(who);
	}

	override jump(who: Viewer): Jump | undefined {
		return this.leap(who);
	}
}
