/** Rights of a user for a while (set_eugid(3)); the process stays root's. */
import type { Sys } from '#kernel/syscalls';
import { getcred, setegid, seteuid, setgroups } from '../libc/unistd';

export function* asUser<T>(uid: number, gid: number, body: () => Sys<T>): Sys<T> {
	const { euid, egid, groups } = yield* getcred();
	if (euid === 0) {
		yield* setgroups([gid]);
		yield* setegid(gid);
		yield* seteuid(uid);
	}
	try {
		return yield* body();
	} finally {
		if (euid === 0) {
			yield* seteuid(0);
			yield* setegid(egid);
			yield* setgroups(groups);
		}
	}
}
