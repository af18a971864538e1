/**
 * The end of a process that serves nobody: a datagram that was not read is taken from the queue, or inetd would start the
 * service for it again and again, and after five seconds it is over.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { exit, recvfrom, sleep } from '../libc/unistd';
import type { Request } from './request';

const PAUSE = 5_000_000;
const DATAGRAM = 8192;

export function* cleanExit(request: Request): Sys<never> {
	if (request.datagram) {
		try {
			yield* recvfrom(request.fd, DATAGRAM);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	yield* sleep(PAUSE);
	return yield* exit(0);
}
