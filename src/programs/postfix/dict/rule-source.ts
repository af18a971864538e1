/** Where the rules of a table of patterns stand: in a file, or in the name itself, `regexp:{ {/x/ y}, … }` (dict_stream(3)). */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { splitItems } from '../main-cf';
import { OpenFailure } from './dict';

export interface RuleSource {
	readonly inline: boolean;
}

export function ruleSource(path: string): RuleSource {
	return { inline: path.startsWith('{') };
}

export function* ruleText(type: string, path: string, source: RuleSource): Sys<string> {
	if (source.inline) {
		const inside = bracesContent(path);
		if (inside === undefined) throw new OpenFailure(`bad syntax: "${type}:${path}"; need "${type}:{{text}...}"`);
		return splitItems(inside)
			.map((item) => `${(bracesContent(item.text) ?? item.text).trim()}\n`)
			.join('');
	}
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) throw new OpenFailure(`open ${path}: ${strerror(thrown)}`);
		throw thrown;
	}
}

/** What is in `{…}` when that is the whole text. */
export function bracesContent(text: string): string | undefined {
	if (!text.startsWith('{')) return undefined;
	let level = 0;
	for (let i = 0; i < text.length; i++) {
		if (text[i] === '{') level++;
		if (text[i] === '}' && --level === 0) return i === text.length - 1 ? text.slice(1, i) : undefined;
	}
	return undefined;
}
