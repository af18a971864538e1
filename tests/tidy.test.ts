/**
 * What a machine can check of the house rules: the layers by the text of the imports, the bans that keep a world
 * deterministic, a manual page over each file, no file past 600 lines without a reason, no leftovers.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOMS: Readonly<Record<string, readonly string[]>> = {
	engine: [],
	wire: [],
	netfilter: ['wire'],
	kernel: ['engine', 'wire', 'netfilter'],
	programs: ['wire', 'netfilter'],
	world: ['engine', 'wire', 'netfilter', 'kernel', 'programs'],
	lesson: ['world'],
	ui: ['world', 'lesson']
};
/** Types that every room may import, and the kernel's face to programs. */
const EVERYWHERE = new Set(['#engine/decision', '#engine/trace']);
const PROGRAMS_TOO = new Set(['#kernel/syscalls', '#kernel/text']);

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
	.split('\n')
	.filter((path) => path !== '' && existsSync(path));
const sources = tracked.filter((path) => /^src\/.*\.(ts|svelte)$/.test(path) && !path.endsWith('.d.ts'));
const code = sources.filter((path) => !path.includes('.test.'));

function roomOf(path: string): string {
	return path.split('/')[1]!;
}

function read(path: string): string {
	return readFileSync(path, 'utf8');
}

function withoutComments(text: string): string {
	return text
		.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
		.replace(/(^|[\s;{}(,])\/\/.*$/gm, '$1');
}

/** Texts over several lines are what a program prints, not code; what stands in ${…} is. */
function withoutTemplates(text: string): string {
	return text.replace(/`(?:\\.|[^`\\])*`/g, (literal) =>
		literal.replace(/\$\{[^}]*\}|[^\n]/g, (part) => (part.startsWith('${') ? part : ' '))
	);
}

describe('layers', () => {
	it('rooms import only those that their row allows', () => {
		const wrong: string[] = [];
		for (const path of code) {
			const room = roomOf(path);
			const allowed = ROOMS[room];
			if (!allowed) continue;
			for (const [, from] of read(path).matchAll(/\b(?:from|import)\s*\(?'([^']+)'/g)) {
				if (!from!.startsWith('#') || EVERYWHERE.has(from!)) continue;
				const target = from!.slice(1).split('/')[0]!;
				if (target === room || allowed.includes(target)) continue;
				if (room === 'programs' && PROGRAMS_TOO.has(from!)) continue;
				wrong.push(`${path} imports ${from}`);
			}
		}
		expect(wrong).toEqual([]);
	});

	it('no import climbs out of its room by a relative path', () => {
		const wrong = code.flatMap((path) => {
			const depth = path.split('/').length - 3;
			return [...read(path).matchAll(/from\s*'((?:\.\.\/)+)/g)]
				.filter(([, up]) => up!.length / 3 > depth && ROOMS[roomOf(path)])
				.map(([, up]) => `${path} imports ${up}…`);
		});
		expect(wrong).toEqual([]);
	});
});

describe('the simulator is pure', () => {
	/** what is banned, and what to use instead */
	const BANS: readonly (readonly [RegExp, string])[] = [
		[/\bDate\.now\b|\bnew Date\(\s*\)/, 'time is an argument: engine.now, or the time() call'],
		[/\bMath\.random\b/, 'chance is an argument: engine.random, or the getrandom() call'],
		[/\b(setTimeout|setInterval|queueMicrotask|requestAnimationFrame)\b/, 'engine.after, or the sleep() call'],
		[/\bperformance\b\./, 'there is no wall clock in a world'],
		[/\bPromise\b|\basync\s+(function|\()|\bawait\s/, 'generators, not promises'],
		[/\b(document|window|navigator|localStorage|postMessage)\b\s*[.(]/, 'no DOM'],
		[/from '(node:|fs|path|crypto)/, 'no Node API'],
		[/\bconsole\./, 'the trace, or the simulated system log']
	];

	it.each(BANS)('%s', (ban, instead) => {
		const pure = code.filter((path) => !['ui', 'routes'].includes(roomOf(path)) && path.split('/').length > 2);
		const wrong = pure
			.filter((path) => !path.startsWith('src/lesson/build/'))
			.filter((path) =>
				withoutTemplates(withoutComments(read(path)))
					.split('\n')
					.some((line) => ban.test(line.replace(/(['"`])(?:\\.|(?!\1).)*\1/g, "''")))
			)
			.map((path) => `${path}: ${instead}`);
		expect(wrong).toEqual([]);
	});
});

describe('files', () => {
	it('each opens with a manual page', () => {
		const wrong = code.filter(
			(path) => path.endsWith('.ts') && !path.startsWith('src/routes/') && !/^\s*(\/\*\*|\/\*|\/\/)/.test(read(path))
		);
		expect(wrong).toEqual([]);
	});

	it('none is past 600 lines without a stated reason', () => {
		const wrong = code.filter((path) => {
			const text = read(path);
			return text.split('\n').length > 600 && !/Length:/.test(text.slice(0, 3000));
		});
		expect(wrong).toEqual([]);
	});

	it('has no leftovers', () => {
		const wrong = tracked
			.filter(
				(path) =>
					/\.(ts|svelte|js|mjs|css|md)$/.test(path) &&
					!path.startsWith('tests/conformance/') &&
					path !== 'tests/tidy.test.ts'
			)
			.filter((path) => /\b(FIXME|XXX|HACK|TODO)\b(?!['’])/.test(read(path)) && !/XXXXXX/.test(read(path)));
		expect(wrong).toEqual([]);
	});

	it('Chance and order: no iteration over plain object keys of unknown order in the engine', () => {
		const wrong = code.filter((path) => roomOf(path) === 'engine' && /for \(const \w+ in /.test(read(path)));
		expect(wrong).toEqual([]);
	});
});
