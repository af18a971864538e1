/** A mistake of a lesson's author: file, line, what is wrong and what is allowed. Learners never see one. */
export class LessonError extends Error {
	override name = 'LessonError';

	constructor(
		readonly file: string,
		/** 1-based; 0 when the mistake is that something is missing */
		readonly line: number,
		readonly problem: string
	) {
		super(`${file}${line > 0 ? `:${line}` : ''}: ${problem}`);
	}
}
