import { describe, expect, it } from 'vitest';
import { readLessonFiles } from '../../../scripts/read-lessons';
import { loadLessons } from './load';

const files = readLessonFiles();
const CONTENT = '1-mail/4-relay/2-open-relay/content.md';

/** The lesson with one text replaced. */
function broken(path: string, from: string | RegExp, to: string): () => unknown {
	return () => loadLessons(new Map([...files].map(([name, text]) => [name, name === path ? text.replace(from, to) : text])));
}

function lineOf(path: string, text: string): number {
	return files.get(path)!.split('\n').findIndex((line) => line.includes(text)) + 1;
}

const openRelay = (lessons: ReturnType<typeof loadLessons>) => lessons.find(({ path }) => path === 'mail/relay/open-relay');

describe('a lesson', () => {
	it('is compiled', () => {
		const lesson = openRelay(loadLessons(files));
		expect(lesson).toMatchObject({ path: 'mail/relay/open-relay', number: '1.4.2', minutes: 20, part: { title: 'Electronic mail' } });
		expect(lesson!.steps.map((step) => step.title)).toContain('Let Postfix read it');
		expect(lesson!.steps.some((step) => step.html.includes('data-command="postfix reload"'))).toBe(true);
		expect(lesson!.start.files.halo!['/etc/postfix/main.cf']).toMatchObject({ text: expect.stringContaining('0.0.0.0/0') });
	});

	it('brings no script of its own', () => {
		const lessons = broken(CONTENT, 'An **open relay**', '<script>alert(1)</script> An')() as ReturnType<typeof loadLessons>;
		expect(JSON.stringify(openRelay(lessons)!.steps)).not.toContain('<script');
	});

	it.each([
		['a host that is none', CONTENT, 'host: guest\n', 'host: gest\n', 'no host "gest" in this world; allowed: halo, ws', 'host: guest'],
		['a key that is none', CONTENT, 'minutes: 20', 'minuets: 20', '"minuets" is not known here', 'minutes: 20'],
		['a number that is none', CONTENT, 'minutes: 20', 'minutes: many', 'expected number', 'minutes: 20'],
		['a lesson number', CONTENT, "needs: ['1.4.1']", "needs: ['1.4']", 'allowed: the number of a lesson', 'needs:'],
		['a run block without a host', CONTENT, '```run halo\npostfix', '```run\npostfix', 'allowed: halo, ws', '```run halo'],
		['YAML', CONTENT, 'idea: ', 'idea: "', 'quote', 'idea: '],
		['a kind of host', 'world.yaml', 'kind: router', 'kind: rooter', 'allowed: "server", "computer", "router", "internet"', 'kind: router'],
		['a link that is none', 'world.yaml', 'link: guests', 'link: gests', 'no link "gests"; allowed: office, guests', 'link: guests']
	])('with a mistake in %s names file and line', (_what, path, from, to, words, at) => {
		let message = '';
		try {
			broken(path, from, to)();
		} catch (thrown) {
			message = (thrown as Error).message;
		}
		expect(message).toContain(`lessons/${path}:`);
		expect(message).toContain(words);
		const line = Number(/:(\d+): /.exec(message)?.[1]);
		expect(Math.abs(line - lineOf(path, at))).toBeLessThanOrEqual(at.startsWith('```') ? 40 : 1);
	});

	it('without its wrong answer is refused', () => {
		const fewer = new Map([...files].filter(([name]) => !name.endsWith('_wrong/wide.sh')));
		expect(() => loadLessons(fewer)).toThrow('_wrong/wide.sh is missing');
	});
});
