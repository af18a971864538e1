/** The files that clients get as they are: banner, banner_success, banner_fail. */
import { Errno, type Sys } from '#kernel/syscalls';
import { readFile } from '../libc/stdio';
import { write } from '../libc/unistd';
import type { ProgramLog } from './message';
import type { ServiceConfig } from './service-config';

export function* sendBanner(
	config: ServiceConfig,
	path: string | undefined,
	fd: number,
	program: ProgramLog
): Sys<void> {
	if (path === undefined) return;
	let bytes: Uint8Array;
	try {
		bytes = yield* readFile(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return yield* program.write('err', `service = ${config.id}, open of banner ${path} failed`);
	}
	try {
		yield* write(fd, bytes);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
	}
}
