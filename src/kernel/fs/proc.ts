/** /proc (first shape). */
import type { Kernel } from '../kernel';
import { Directory, Volume, type Openers } from './inode';

export function makeProc(kernel: Kernel, openers: Openers): Directory {
	const proc = new Directory(new Volume('proc', 'proc', () => kernel.engine.now), 0o555, 0, 0, openers);
	proc.mount = { device: 'proc', type: 'proc', readOnly: false, options: 'rw,nosuid,nodev,noexec,relatime' };
	return proc;
}
