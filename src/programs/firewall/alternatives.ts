/** update-alternatives(1): which of several programs a name stands for (dpkg 1.21.22). */
import type { Main } from '#kernel/syscalls';

export const updateAlternatives: Main = function* () {
	yield* [];
	return 2;
};
