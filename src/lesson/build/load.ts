/**
 * From a folder of lessons to `Lesson` values: tree, front matter, prose, world, files, solution, wrong answers. A mistake
 * ends the build with file, line and the allowed values.
 *
 * Reads a map of path → text (the caller reads the disk), so it is the same in the Vite plugin and in a test.
 */
import type * as v from 'valibot';
import type { FileSpec, WorldSpec } from '#world/spec';
import type { Check, LessonStart } from '#world/door';
import { LessonError } from '../error.ts';
import type { Lesson } from '../lesson.ts';
import { parseYaml, type Located } from './front-matter.ts';
import { renderInline, renderSteps } from './markdown.ts';
import { Content, Meta, WorldFile } from './schema.ts';

/** Path under `lessons/` → text. */
export type LessonFiles = ReadonlyMap<string, string>;

export function loadLessons(files: LessonFiles): Lesson[] {
	return [...files.keys()]
		.filter((path) => path.endsWith('/content.md'))
		.sort(byNumber)
		.map((path) => loadLesson(files, path));
}

function byNumber(a: string, b: string): number {
	return a.localeCompare(b, 'en', { numeric: true });
}

function loadLesson(files: LessonFiles, file: string): Lesson {
	const shown = `lessons/${file}`;
	const folders = file.split('/').slice(0, -1);
	if (folders.length !== 3) throw new LessonError(shown, 0, 'a lesson lies in lessons/N-part/N-chapter/N-lesson/');
	const names = folders.map((folder) => {
		const [, number, slug] = /^(\d+)-([a-z0-9-]+)$/.exec(folder) ?? [];
		if (slug === undefined) throw new LessonError(shown, 0, `folder "${folder}": allowed is a number, a hyphen and a name, as 4-relay`);
		return { number: number!, slug };
	});
	const { yaml, prose, proseLine } = splitFrontMatter(shown, files.get(file)!);
	const content = parseYaml(shown, yaml, Content, 2);
	const world = nearestWorld(files, folders);
	const hosts = world.hosts.map((host) => host.name);
	checkNames(shown, content, hosts);
	const folder = folders.join('/');
	const scripts = wrongScripts(files, folder, shown, content);
	const row = content.value;
	const start: LessonStart = {
		path: names.map((name) => name.slug).join('/'),
		world,
		files: overlay(files, folder, hosts),
		prepare: row.prepare,
		checks: row.checks.map(toCheck),
		wrong: row.wrong.map(({ name, hint, recognise }) => ({ name, hint, ...(recognise && { recognise }) }))
	};
	return {
		path: start.path,
		number: names.map((name) => name.number).join('.'),
		title: row.title,
		idea: row.idea,
		minutes: row.minutes,
		needs: row.needs,
		syllabus: row.syllabus,
		part: { slug: names[0]!.slug, title: titleOf(files, folders.slice(0, 1)) },
		chapter: { slug: names[1]!.slug, title: titleOf(files, folders.slice(0, 2)) },
		terminals: row.terminals.map(splitPlace).map(([host, user]) => ({ host, user })),
		editor: row.editor.map(splitPlace).map(([host, path]) => ({ host, user: 'root', path })),
		steps: renderSteps(shown, prose, hosts, proseLine),
		checks: start.checks,
		hints: row.hints,
		why: row.why,
		quiz: row.quiz,
		real: renderInline(row.real),
		solution: required(files, `${folder}/_solution/solve.sh`),
		wrong: row.wrong.map(({ name, hint }) => ({ name, hint, script: scripts.get(name)! })),
		start
	};
}

function toCheck(row: v.InferOutput<typeof Content>['checks'][number]): Check {
	const list = (value: string | string[] | undefined): string[] | undefined => (typeof value === 'string' ? [value] : value);
	const { prints, printsNot, ...rest } = row;
	return { ...rest, ...(prints && { prints: list(prints) }), ...(printsNot && { printsNot: list(printsNot) }) } as Check;
}

function splitFrontMatter(file: string, text: string): { yaml: string; prose: string; proseLine: number } {
	const [whole, yaml] = /^---\n([\s\S]*?\n)---\n/.exec(text) ?? [];
	if (whole === undefined) throw new LessonError(file, 1, 'front matter is missing: the file begins with a line ---, YAML, and a line ---');
	return { yaml: yaml!, prose: text.slice(whole.length), proseLine: whole.split('\n').length };
}

function splitPlace(place: string): [host: string, what: string] {
	const colon = place.indexOf(':');
	return [place.slice(0, colon), place.slice(colon + 1)];
}

function required(files: LessonFiles, path: string): string {
	const text = files.get(path);
	if (text === undefined) throw new LessonError(`lessons/${path}`, 0, 'this file is missing');
	return text;
}

function titleOf(files: LessonFiles, folders: readonly string[]): string {
	const path = `${folders.join('/')}/meta.md`;
	const { yaml } = splitFrontMatter(`lessons/${path}`, required(files, path));
	return parseYaml(`lessons/${path}`, yaml, Meta, 2).value.title;
}

/** The `world.yaml` of the lesson's own folder or of the nearest one above it. */
function nearestWorld(files: LessonFiles, folders: readonly string[]): WorldSpec {
	for (let depth = folders.length; depth >= 0; depth--) {
		const path = [...folders.slice(0, depth), 'world.yaml'].join('/');
		const text = files.get(path);
		if (text !== undefined) return loadWorld(`lessons/${path}`, text);
	}
	throw new LessonError(`lessons/${folders.join('/')}`, 0, 'no world.yaml here or above');
}

export function loadWorld(file: string, text: string): WorldSpec {
	const parsed = parseYaml(file, text, WorldFile);
	const links = parsed.value.links.map((link) => link.name);
	const seen = new Set<string>();
	for (const [index, host] of parsed.value.hosts.entries()) {
		if (seen.has(host.name)) throw new LessonError(file, parsed.lineOf('hosts', index, 'name'), `there are two hosts "${host.name}"`);
		seen.add(host.name);
		for (const [card, { link }] of host.interfaces.entries())
			if (!links.includes(link))
				throw new LessonError(
					file,
					parsed.lineOf('hosts', index, 'interfaces', card, 'link'),
					`no link "${link}"; allowed: ${links.join(', ')}`
				);
	}
	return parsed.value as WorldSpec;
}

function checkNames(file: string, content: Located<v.InferOutput<typeof Content>>, hosts: readonly string[]): void {
	const expectHost = (host: string, ...path: (string | number)[]): void => {
		if (!hosts.includes(host))
			throw new LessonError(file, content.lineOf(...path), `no host "${host}" in this world; allowed: ${hosts.join(', ')}`);
	};
	const { terminals, editor, checks, wrong, prepare } = content.value;
	terminals.forEach((place, i) => expectHost(splitPlace(place)[0], 'terminals', i));
	editor.forEach((place, i) => expectHost(splitPlace(place)[0], 'editor', i));
	checks.forEach((check, i) => expectHost(check.host, 'checks', i, 'host'));
	prepare.forEach((row, i) => expectHost(row.host, 'prepare', i, 'host'));
	const ids = checks.map((check) => check.id);
	wrong.forEach((row, i) => {
		if (row.recognise) expectHost(row.recognise.host, 'wrong', i, 'recognise', 'host');
		for (const id of row.recognise?.failed ?? [])
			if (!ids.includes(id))
				throw new LessonError(file, content.lineOf('wrong', i, 'recognise', 'failed'), `no check "${id}"; allowed: ${ids.join(', ')}`);
	});
	for (const [i, check] of checks.entries())
		for (const pattern of [check.prints, check.printsNot].flat())
			if (pattern !== undefined && !isPattern(pattern))
				throw new LessonError(file, content.lineOf('checks', i, 'prints'), `"${pattern}" is not a regular expression`);
}

function isPattern(text: string): boolean {
	try {
		new RegExp(text);
		return true;
	} catch {
		return false;
	}
}

/** `_wrong/NAME.sh` and the rows of `wrong` belong together, one to one. */
function wrongScripts(
	files: LessonFiles,
	folder: string,
	shown: string,
	content: Located<v.InferOutput<typeof Content>>
): Map<string, string> {
	const prefix = `${folder}/_wrong/`;
	const scripts = new Map<string, string>();
	for (const [path, text] of files)
		if (path.startsWith(prefix) && path.endsWith('.sh')) scripts.set(path.slice(prefix.length, -3), text);
	const names = content.value.wrong.map((row) => row.name);
	names.forEach((name, i) => {
		if (!scripts.has(name))
			throw new LessonError(shown, content.lineOf('wrong', i, 'name'), `_wrong/${name}.sh is missing; there are ${[...scripts.keys()].join(', ')}`);
	});
	for (const name of scripts.keys())
		if (!names.includes(name)) throw new LessonError(`lessons/${prefix}${name}.sh`, 0, `no row "${name}" under "wrong" in content.md`);
	return scripts;
}

/** `_files/<host>/<path>` laid over the host's disk. */
function overlay(files: LessonFiles, folder: string, hosts: readonly string[]): Record<string, Record<string, FileSpec>> {
	const prefix = `${folder}/_files/`;
	const out: Record<string, Record<string, FileSpec>> = {};
	for (const [path, text] of files) {
		if (!path.startsWith(prefix)) continue;
		const [host, ...rest] = path.slice(prefix.length).split('/');
		if (!hosts.includes(host!)) throw new LessonError(`lessons/${path}`, 0, `no host "${host}" in this world; allowed: ${hosts.join(', ')}`);
		const executable = text.startsWith('#!');
		(out[host!] ??= {})[`/${rest.join('/')}`] = executable ? { text, mode: '0755' } : { text };
	}
	return out;
}
