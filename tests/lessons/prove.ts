/**
 * Proves every lesson both ways: its start state fails (but what `holds` already), `solve.sh` passes, and each named
 * wrong answer fails with the hint meant for it.
 *
 *   npm run lessons [-- PATH]
 */
import { loadLessons } from '../../src/lesson/build/load';
import { runChecks } from '../../src/lesson/check';
import type { Lesson } from '../../src/lesson/lesson';
import { runScript } from '../../src/lesson/scripts';
import { World } from '../../src/world/world';
import type { CheckResult } from '../../src/world/door';
import { readLessonFiles } from '../../scripts/read-lessons';

/** @param script null: the start state */
function resultsAfter(lesson: Lesson, script: string | null, file: string): CheckResult[] {
	const world = World.ofLesson(lesson.start);
	if (script !== null) runScript(world, script, file);
	return runChecks(world, lesson.start);
}

function proveStart(lesson: Lesson): string[] {
	const results = resultsAfter(lesson, null, '');
	const complaints = results.flatMap((result, index) => {
		const holds = lesson.checks[index]!.holds === true;
		if (result.pass === holds) return [];
		return [`start: "${result.id}" ${result.pass ? 'passes, so it proves nothing' : `was to hold already: ${result.output}`}`];
	});
	if (results.every((result) => result.pass)) complaints.push('start: nothing fails');
	return complaints;
}

function proveSolution(lesson: Lesson): string[] {
	return resultsAfter(lesson, lesson.solution, `${lesson.path}/_solution/solve.sh`)
		.filter((result) => !result.pass)
		.map((result) => `solution: "${result.id}" fails: ${result.output}`);
}

function proveWrong(lesson: Lesson): string[] {
	return lesson.wrong.flatMap(({ name, hint, script }) => {
		const failed = resultsAfter(lesson, script, `${lesson.path}/_wrong/${name}.sh`).filter((result) => !result.pass);
		if (failed.length === 0) return [`wrong answer ${name}: passes`];
		const other = failed.find((result) => result.hint !== hint);
		return other ? [`wrong answer ${name}: "${other.id}" fails with another hint (${other.wrong ?? 'its own'}): ${other.hint}`] : [];
	});
}

const only = process.argv[2];
let failures = 0;
for (const lesson of loadLessons(readLessonFiles())) {
	if (only !== undefined && !lesson.path.includes(only)) continue;
	const complaints = [...proveStart(lesson), ...proveSolution(lesson), ...proveWrong(lesson)];
	failures += complaints.length;
	process.stdout.write(`${lesson.number} ${lesson.title}: ${complaints.length === 0 ? `proved (${lesson.wrong.length} wrong answers)` : 'NOT proved'}\n`);
	for (const complaint of complaints) process.stdout.write(`  ${complaint}\n`);
}
process.exit(failures === 0 ? 0 : 1);
