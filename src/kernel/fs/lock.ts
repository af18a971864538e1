/** flock(2): advisory locks that belong to open file descriptions. */
import type { OpenFile } from '../open-file';
import { Errno } from '../syscalls';
import { WaitQueue, WouldBlock, type Answer } from '../wait';
import type { Inode } from './inode';
import { RegularOpenFile, type InodeFile } from './open-files';

interface Locks {
	readonly holders: Map<OpenFile, 'shared' | 'exclusive'>;
	readonly changed: WaitQueue;
}

const locks = new WeakMap<Inode, Locks>();

export function setLock(file: OpenFile, how: 'shared' | 'exclusive' | 'unlock', nonblock: boolean): Answer<void> {
	if (!('inode' in file)) throw new Errno('EBADF');
	const { inode } = file as InodeFile;
	let entry = locks.get(inode);
	if (!entry) locks.set(inode, (entry = { holders: new Map(), changed: new WaitQueue() }));
	if (how === 'unlock') {
		if (entry.holders.delete(file)) entry.changed.wake();
		return;
	}
	for (const [holder, kind] of entry.holders) {
		if (holder === file || (how === 'shared' && kind === 'shared')) continue;
		if (nonblock) throw new Errno('EAGAIN');
		return new WouldBlock([entry.changed]);
	}
	entry.holders.set(file, how);
	if (file instanceof RegularOpenFile) file.onClose = () => void setLock(file, 'unlock', true);
	entry.changed.wake();
}
