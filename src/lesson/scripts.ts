/**
 * A lesson's scripts: `solve.sh` and the wrong answers. Shell text in sections; a line `# on HOST` begins one, and what
 * follows runs on that host, as root, to its end before the next begins.
 */
import type { World } from '#world/world';
import { LessonError } from './error';

export interface Section {
	readonly host: string;
	readonly run: string;
}

export function sectionsOf(script: string): Section[] {
	return script
		.split(/^(?=# on )/m)
		.filter((part) => part.startsWith('# on '))
		.map((part) => {
			const end = part.indexOf('\n');
			return { host: part.slice('# on '.length, end).trim(), run: part.slice(end + 1) };
		});
}

export function runScript(world: World, script: string, file: string): void {
	const sections = sectionsOf(script);
	if (sections.length === 0) throw new LessonError(file, 1, 'a script begins with a line "# on HOST"');
	for (const { host, run } of sections) world.shell(host, run);
}
