/**
 * What the editor shows of named.conf and the files that it includes: marks, completion and hover, from the parser of
 * named and named-checkconf.
 */
import { parseIpv4Address } from '#wire/address';
import type { Completion, Diagnostic, Hover } from '../editor';
import { ACL_WORDS, OPTION_WORDS, STATEMENT_WORDS, ZONE_TYPE_WORDS } from './descriptions';
import { absolutePath, type ReadFile } from './editor';
import {
	ConfigurationError,
	configurationWords,
	OPTION_NAMES,
	parseNamedConf,
	ZONE_OPTION_NAMES,
	type Word
} from './named-conf';

const CONFIGURATION = '/etc/bind/named.conf';

export function diagnoseNamedConf(text: string, path: string, read: ReadFile): Diagnostic[] {
	const lines = text.split('\n');
	/* an included file is read where it stands: names that others define are known there */
	const main = path.startsWith('/etc/bind/') && path !== CONFIGURATION ? read(CONFIGURATION) : undefined;
	const files = (name: string) => (name === path ? text : (read(name) ?? null));
	const whole = main === undefined ? undefined : parseNamedConf(main, CONFIGURATION, files);
	const included = whole?.files.includes(path) === true || whole?.errors.some((error) => error.startsWith(`${path}:`));
	const parsed = included ? whole! : parseNamedConf(text, path, files);
	const marks: Diagnostic[] = [];
	for (const error of [...parsed.errors, ...parsed.warnings]) {
		const match = /^(.*?):(\d+): (.*)$/s.exec(error);
		if (!match || match[1] !== path) continue;
		const line = Math.min(Number(match[2]), lines.length);
		const row = lines[line - 1] ?? '';
		const near = /'([^']+)'/.exec(match[3]!)?.[1];
		const found = near === undefined ? -1 : row.indexOf(near);
		const column = found >= 0 ? found + 1 : 1;
		const length = found >= 0 ? near!.length : Math.max(row.length, 1);
		const severity = parsed.warnings.includes(error) ? 'warning' : 'error';
		marks.push({ line, column, endLine: line, endColumn: column + length, severity, message: match[3]!.trim() });
	}
	const directory = parsed.configuration?.directory ?? '/etc/bind';
	for (const zone of parsed.configuration?.zones ?? []) {
		if (zone.path !== path || zone.file === undefined || !/^(primary|hint)$/.test(zone.type)) continue;
		if (read(absolutePath(directory, zone.file)) !== undefined) continue;
		const at = lines.findIndex((row, i) => i >= zone.line - 1 && row.includes(`"${zone.file}"`));
		const column = (lines[at]?.indexOf(`"${zone.file}"`) ?? 0) + 1;
		const message = `There is no file ${absolutePath(directory, zone.file)}.`;
		const place = { line: at + 1, endLine: at + 1, column, endColumn: column + zone.file.length + 2 };
		if (at >= 0) marks.push({ ...place, severity: 'warning', message });
	}
	return marks.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** The blocks around a place, by their first words, and the words of the clause so far. */
function context(before: string): { readonly blocks: readonly string[]; readonly clause: readonly Word[] } {
	let words: readonly Word[];
	try {
		words = configurationWords(before, '');
	} catch (thrown) {
		if (!(thrown instanceof ConfigurationError)) throw thrown;
		return { blocks: ['"'], clause: [] };
	}
	const blocks: string[] = [];
	let clause: Word[] = [];
	for (const word of words) {
		if (word.kind === '{') {
			blocks.push(clause[0]?.text ?? '');
			clause = [];
		} else if (word.kind === '}') {
			blocks.pop();
			clause = [];
		} else if (word.kind === ';') clause = [];
		else if (word.kind !== 'eof') clause.push(word);
	}
	return { blocks, clause };
}

export function completeNamedConf(text: string, line: number, column: number): Completion[] {
	const lines = text.split('\n').slice(0, line);
	const last = (lines.pop() ?? '').slice(0, column - 1);
	if (/(#|\/\/)/.test(last)) return [];
	const start = /[\w-]*$/.exec(last)![0];
	const { blocks, clause } = context([...lines, last.slice(0, last.length - start.length)].join('\n'));
	const rows = (
		words: readonly string[],
		docs: Readonly<Record<string, string>>,
		kind: Completion['kind'],
		detail: string
	) =>
		words
			.filter((word) => word.startsWith(start))
			.map((label) => ({ label, kind, insert: label, detail, documentation: docs[label] ?? '' }));
	const block = blocks[blocks.length - 1];
	if (blocks.includes('"')) return [];
	if (clause.length === 0) {
		if (block === undefined) return rows(Object.keys(STATEMENT_WORDS), STATEMENT_WORDS, 'parameter', 'statement');
		if (block === 'options') return rows(OPTION_NAMES, OPTION_WORDS, 'parameter', 'option');
		if (block === 'zone') return rows(ZONE_OPTION_NAMES, OPTION_WORDS, 'parameter', 'zone option');
		if (/^(allow-|acl$|blackhole|listen-on|match-)/.test(block))
			return rows([...Object.keys(ACL_WORDS), ...aclNames(text)], ACL_WORDS, 'value', 'address list');
		return [];
	}
	const name = clause[0]!.text;
	if (clause.length > 1) return [];
	if (name === 'type') return rows(Object.keys(ZONE_TYPE_WORDS), ZONE_TYPE_WORDS, 'value', 'zone type');
	if (name === 'forward') return rows(['first', 'only'], {}, 'value', 'forward');
	if (name === 'notify') return rows(['yes', 'no', 'explicit', 'primary-only'], {}, 'value', 'notify');
	return /^(recursion|querylog|empty-zones-enable|dnssec-validation|request-ixfr)$/.test(name)
		? rows(['yes', 'no'], {}, 'value', name)
		: [];
}

function aclNames(text: string): string[] {
	return [...text.matchAll(/\bacl\s+"?([\w.-]+)"?\s*\{/g)].map((match) => match[1]!);
}

export function hoverNamedConf(text: string, line: number, column: number): Hover | null {
	const row = text.split('\n')[line - 1] ?? '';
	for (const match of row.matchAll(/[\w.:/-]+/g)) {
		const start = match.index + 1;
		const end = start + match[0].length;
		if (column < start || column > end) continue;
		const word = match[0];
		const what = STATEMENT_WORDS[word] ?? OPTION_WORDS[word] ?? ZONE_TYPE_WORDS[word] ?? ACL_WORDS[word];
		const acl = what === undefined && aclNames(text).includes(word) ? 'An address list of this file (acl).' : what;
		const said = acl ?? (parseIpv4Address(word) === undefined ? undefined : 'An IPv4 address.');
		return said === undefined ? null : { line, column: start, endLine: line, endColumn: end, paragraphs: [word, said] };
	}
	return null;
}
