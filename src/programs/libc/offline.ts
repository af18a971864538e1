/**
 * Runs a program's code against a still picture of a disk: for the editor, which asks a program's own parser what it says
 * of a text that is not saved, and for tests. Nothing is written, nobody is spoken to.
 *
 * Does:  reading and asking after files, as root; calls that only change the process do nothing.
 * Lacks: all else; such a call fails with ENOSYS, so there is no log and no network.
 */
import { Errno, type Request, type Stat, type Sys } from '#kernel/syscalls';
import { encode } from './text';

export interface StillDisk {
	/** undefined: there is no such file */
	readonly read: (path: string) => string | Uint8Array | undefined;
	/** default: nothing is there */
	readonly stat?: (path: string) => Stat | undefined;
	/** what a program tells the watcher */
	readonly trace?: (event: unknown) => void;
}

const CALLS_MOST = 200_000;

/** @returns what the program gives; undefined when it ended itself */
export function offline<T>(disk: StillDisk, program: Sys<T>): T | undefined {
	const files: (Uint8Array | undefined)[] = [];
	let step = program.next();
	for (let i = 0; !step.done; i++) {
		if (i > CALLS_MOST) throw new Error('the program does not end');
		if (step.value.call === 'exit') return undefined;
		let value: unknown;
		try {
			value = reply(disk, files, step.value);
		} catch (thrown) {
			step = program.throw(thrown);
			continue;
		}
		step = program.next(value);
	}
	return step.value;
}

function reply(disk: StillDisk, files: (Uint8Array | undefined)[], call: Request): unknown {
	switch (call.call) {
		case 'open': {
			const found = disk.read(call.args[0]);
			if (found === undefined) throw new Errno('ENOENT');
			return files.push(typeof found === 'string' ? encode(found) : found) - 1;
		}
		case 'read': {
			const rest = files[call.args[0]];
			if (!rest) throw new Errno('EBADF');
			files[call.args[0]] = new Uint8Array(0);
			return rest;
		}
		case 'stat': {
			const found = disk.stat?.(call.args[0]);
			if (!found) throw new Errno('ENOENT');
			return found;
		}
		case 'trace':
			return disk.trace?.(call.args[0]);
		case 'close':
		case 'sleep':
		case 'setuid':
		case 'setgid':
		case 'setgroups':
			return undefined;
		case 'umask':
		case 'time':
		case 'getpid':
			return 0;
		case 'getcwd':
			return '/';
		default:
			throw new Errno('ENOSYS');
	}
}
