/**
 * Our own bugs. An assertion that fails is a mistake in Postern: it is never shown as if a program had said it, and it
 * is never caught by the simulator. What a learner can meet is an `Errno` (`#kernel/syscalls`), what a lesson author
 * gets wrong is a `LessonError` (`#lesson/error`).
 */
export class AssertionFailed extends Error {
	override name = 'AssertionFailed';
}

export function assert(condition: unknown, what: string): asserts condition {
	if (!condition) throw new AssertionFailed(what);
}

export function unreachable(what: string): never {
	throw new AssertionFailed(`unreachable: ${what}`);
}
