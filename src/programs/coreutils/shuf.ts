/** shuf(1), tsort(1) and factor(1). */
import type { Sys } from '#kernel/syscalls';
import { writeFile } from '../libc/stdio';
import { getrandom, preempt } from '../libc/unistd';
import { quote } from './quote';
import { atMost, Fatal, splitLines, UsageError, utility } from './utility';

/** 0 … below-1, each as likely */
function* randomBelow(below: number): Sys<number> {
	const bytes = yield* getrandom(6);
	return Math.floor((bytes.reduce((value, byte) => value * 256 + byte, 0) / 2 ** 48) * below);
}

export const shuf = utility(
	['e|echo', 'i|input-range=', 'n|head-count=', 'o|output=', 'random-source=', 'r|repeat', 'z|zero-terminated'],
	function* (tool, options) {
		const range = options.get('input-range');
		const found = range === undefined ? undefined : /^(\d+)-(\d+)$/.exec(range);
		if (found === null || (found && Number(found[1]) > Number(found[2]) + 1))
			throw new Fatal(`invalid input range: ${quote(range!)}`);
		const limit = options.get('head-count');
		if (limit !== undefined && !/^\d+$/.test(limit)) throw new Fatal(`invalid line count: ${quote(limit)}`);
		if (found && options.has('echo')) throw new UsageError('cannot combine -e and -i options');
		if (found && options.operands.length > 0) throw new UsageError(`extra operand ${quote(options.operands[0]!)}`);
		if (!options.has('echo')) atMost(options, 1);
		const end = options.has('zero-terminated') ? '\0' : '\n';
		let lines: string[];
		if (found) {
			const [low, high] = [Number(found[1]), Number(found[2])];
			if (high - low >= 1_000_000) throw new Fatal('memory exhausted');
			lines = Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
		} else if (options.has('echo')) lines = [...options.operands];
		else {
			const text = yield* tool.inputText(options.operands[0] ?? '-');
			if (text === undefined) return;
			lines = splitLines(text, end);
		}
		const most = limit === undefined ? Infinity : Number(limit);
		if (options.has('repeat')) {
			if (lines.length === 0) throw new Fatal('no lines to repeat');
			for (let i = 0; i < most; i++) yield* tool.print(lines[yield* randomBelow(lines.length)]! + end);
			return;
		}
		const count = Math.min(most, lines.length);
		for (let i = 0; i < count; i++) {
			const other = i + (yield* randomBelow(lines.length - i));
			[lines[i], lines[other]] = [lines[other]!, lines[i]!];
		}
		const out = lines.slice(0, count).map((line) => line + end).join(''); // prettier-ignore
		const path = options.get('output');
		if (path === undefined) yield* tool.print(out);
		else yield* writeFile(path, out);
	}
);

/** Words in pairs "before after"; a loop is named and broken. */
export const tsort = utility([], function* (tool, options) {
	atMost(options, 1);
	const path = options.operands[0] ?? '-';
	const text = yield* tool.inputText(path);
	if (text === undefined) return;
	const words = text.split(/[ \t\n]+/).filter((word) => word !== '');
	if (words.length % 2 !== 0) throw new Fatal(`${path}: input contains an odd number of tokens`);
	const after = new Map<string, string[]>();
	const waits = new Map<string, number>();
	for (const word of words) {
		if (!after.has(word)) after.set(word, []);
		if (!waits.has(word)) waits.set(word, 0);
	}
	for (let i = 0; i < words.length; i += 2) {
		const [first, second] = [words[i]!, words[i + 1]!];
		if (first === second) continue;
		after.get(first)!.push(second);
		waits.set(second, waits.get(second)! + 1);
	}
	const names = [...waits.keys()].sort();
	const ready = names.filter((name) => waits.get(name) === 0);
	const done = new Set<string>();
	const release = (name: string): void => {
		done.add(name);
		// the relations of a word were put in front of each other, so the last one comes first
		for (const next of after.get(name)!.toReversed()) {
			waits.set(next, waits.get(next)! - 1);
			if (waits.get(next) === 0 && !done.has(next)) ready.push(next);
		}
	};
	while (done.size < names.length) {
		const name = ready.shift();
		if (name !== undefined) {
			if (done.has(name)) continue;
			yield* tool.print(`${name}\n`);
			release(name);
			continue;
		}
		yield* preempt();
		const loop = findLoop(names.filter((one) => !done.has(one)), after, done); // prettier-ignore
		yield* tool.complain(`${path}: input contains a loop:`);
		for (const one of loop) yield* tool.warn(one);
		const [from, to] = [loop.at(-1)!, loop[0]!];
		after.set(from, after.get(from)!.filter((one) => one !== to)); // prettier-ignore
		waits.set(to, Math.max(0, waits.get(to)! - 1));
		if (waits.get(to) === 0) ready.push(to);
	}
});

function findLoop(
	names: readonly string[],
	after: ReadonlyMap<string, readonly string[]>,
	done: ReadonlySet<string>
): string[] {
	// prettier-ignore
	const path: string[] = [names[0]!];
	for (;;) {
		const here = path.at(-1)!;
		const before = names.find((name) => !done.has(name) && after.get(name)!.includes(here))!;
		const at = path.indexOf(before);
		if (at >= 0) return [path[at]!, ...path.slice(at + 1).reverse()];
		path.push(before);
	}
}

export const factor = utility([], function* (tool, options) {
	const words = options.operands.length > 0 ? options.operands : ((yield* tool.inputText('-')) ?? '').split(/\s+/).filter(Boolean); // prettier-ignore
	for (const word of words) {
		if (!/^\+?\d+$/.test(word)) {
			yield* tool.complain(`${quote(word)} is not a valid positive integer`);
			continue;
		}
		let left = BigInt(word);
		const factors: bigint[] = [];
		for (let prime = 2n; prime * prime <= left; prime += prime === 2n ? 1n : 2n) {
			if (prime % 16_384n === 1n) yield* preempt();
			for (; left % prime === 0n; left /= prime) factors.push(prime);
		}
		if (left > 1n) factors.push(left);
		yield* tool.print(`${[`${BigInt(word)}:`, ...factors].join(' ')}\n`);
	}
});
