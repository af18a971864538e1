/** What went wrong, in words for people: an `Errno` by strerror, an error by its message. */
import { Errno } from '#kernel/syscalls';
import { strerror } from '#programs/libc/strerror';

export function wordsOf(thrown: unknown): string {
	if (thrown instanceof Errno) return strerror(thrown);
	return thrown instanceof Error ? thrown.message : String(thrown);
}
