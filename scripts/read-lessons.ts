/** Reads the folder `lessons/` into the map that `lesson/build/load.ts` takes. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const LESSONS = fileURLToPath(new URL('../lessons', import.meta.url));

export function readLessonFiles(root = LESSONS): Map<string, string> {
	const files = new Map<string, string>();
	const walk = (folder: string): void => {
		for (const name of readdirSync(folder).sort()) {
			const path = join(folder, name);
			if (statSync(path).isDirectory()) walk(path);
			else files.set(relative(root, path).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
		}
	};
	walk(root);
	return files;
}
