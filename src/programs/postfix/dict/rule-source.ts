/** Where the rules of a table of patterns stand: in a file, or in the name itself, `regexp:{ {/x/ y}, … }` (dict_stream(3)). */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { splitItems } from '../main-cf';
import { Fatal } from '../errors';
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
		const lines: string[] = [];
		for (const { text } of splitItems(inside)) {
			const line = bracesContent(text);
			if (line === undefined) throw new Fatal(`${type} map: ${bracesMistake(text)} in "${text}"`);
			lines.push(`${line.trim()}\n`);
		}
		return lines.join('');
	}
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) throw new OpenFailure(`open ${path}: ${strerror(thrown)}`);
		throw thrown;
	}
}

/** Why a text is not all in braces (extpar(3)). */
function bracesMistake(text: string): string {
	if (!text.startsWith('{')) return "no '{' at start of text";
	return splitItems(text).length === 1 && !text.endsWith('}') ? "missing '}'" : "syntax error after '}'";
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
