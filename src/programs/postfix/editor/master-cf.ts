/**
 * What the editor shows of master.cf: marks from the parser that master and postconf use, completion of types, programs
 * and parameters, hover on each field. Pure functions of the text.
 */
import type { Completion, Diagnostic, Hover } from '../../editor';
import { DAEMONS } from '../daemons';
import { logicalLines, placeOf, type LogicalLine } from '../logical-lines';
import { parseMasterCf, SERVICE_TYPES } from '../master-cf';
import { parameter, parameters } from '../parameters';
import { MASTER_FIELDS } from './actions';
import { Marks } from './marks';

const PATH = '/etc/postfix/master.cf';
const PROGRAMS = [
	...new Set(
		DAEMONS.filter(({ path }) => path.includes('/sbin/') && path.includes('postfix')).map(({ path }) =>
			path.replace(/^.*\//, '')
		)
	)
];

/** Programs that are commands of Postfix's daemon directory in the real package too. */
const ELSEWHERE = [
	'pipe',
	'spawn',
	'postscreen',
	'dnsblog',
	'tlsproxy',
	'oqmgr',
	'nqmgr',
	'qmqpd',
	'postlogd',
	'fsstone'
];

interface Field {
	/** 0 to 7; 8 and more are arguments */
	readonly index: number;
	readonly text: string;
	readonly line: number;
	readonly column: number;
}

function fieldsOf(lines: LogicalLine): Field[] {
	return [...lines.text.matchAll(/[^ \t\r\n]+/g)].map((match, index) => ({
		index,
		text: match[0],
		...placeOf(lines, match.index)
	}));
}

function markFields(lines: LogicalLine, marks: Marks): void {
	const fields = fieldsOf(lines);
	const command = fields[7];
	if (command && !PROGRAMS.includes(command.text) && !ELSEWHERE.includes(command.text))
		marks.add(
			'warning',
			command.line,
			command.column,
			command.text.length,
			`daemon_directory has no program "${command.text}": master will say "No such file or directory"`
		);
	for (const [i, field] of fields.entries()) {
		const before = fields[i - 1]?.text;
		const name = before === '-o' ? /^([A-Za-z0-9_]+)=/.exec(field.text)?.[1] : undefined;
		if (i < 9 || name === undefined || parameter(name)) continue;
		marks.add('info', field.line, field.column, name.length, `unused parameter: ${field.text}`);
	}
	/* an -o without white space around "=" is one word; with it, the value is an argument of the program */
	for (const [i, field] of fields.entries())
		if (i > 8 && fields[i - 1]?.text === '-o' && /^\w+$/.test(field.text) && fields[i + 1]?.text.startsWith('='))
			marks.add('error', field.line, field.column, field.text.length, 'No white space may stand around the "=" of -o.');
}

/** @param text of master.cf */
export function diagnoseMasterCf(text: string): Diagnostic[] {
	const marks = new Marks(text.split('\n'));
	const all = logicalLines(text, PATH, () => undefined);
	const parsed = parseMasterCf(text, PATH, (message) => marks.parser(message, PATH));
	for (const mistake of parsed.mistakes) {
		const lines = all.find(({ line }) => line === mistake.line);
		if (lines) marks.logical('error', lines, mistake.text);
	}
	const seen = new Map<string, number>();
	for (const service of parsed.services) {
		const key = `${service.name} ${service.type}`;
		const lines = all.find(({ line }) => line === service.line)!;
		const before = seen.get(key);
		if (before !== undefined)
			marks.logical('warning', lines, `duplicate master.cf entry for service "${service.name}" (line ${before})`);
		seen.set(key, service.line);
		markFields(lines, marks);
	}
	return marks.sorted();
}

const one = (label: string, documentation: string, kind: Completion['kind'] = 'value', insert = label): Completion => ({
	label,
	kind,
	insert,
	detail: 'master.cf',
	documentation
});

export function completeMasterCf(text: string, line: number, column: number): Completion[] {
	const rows = text.split('\n');
	const row = (rows[line - 1] ?? '').slice(0, column - 1);
	if (/^\s*#/.test(row)) return [];
	const option = /-o\s+(?:(\w*)|\w+=\$(\w*))$/.exec(row);
	if (option) {
		const start = option[1] ?? option[2] ?? '';
		return [...parameters().values()]
			.filter((each) => each.name.startsWith(start))
			.map((each) =>
				one(each.name, each.description, 'parameter', option[2] === undefined ? `${each.name}=` : each.name)
			);
	}
	if (/^\s/.test(row)) return /^\s+-?$/.test(row) ? [one('-o', 'Sets a parameter for this service alone.')] : [];
	const words = row.split(/[ \t]+/);
	const start = words.at(-1)!;
	return valuesOf(words.length - 1).filter(({ label }) => label.startsWith(start));
}

function valuesOf(field: number): Completion[] {
	const what = MASTER_FIELDS[field]?.[1] ?? '';
	if (field === 1) return SERVICE_TYPES.map((type) => one(type, what));
	if (field >= 2 && field <= 4) return ['-', 'y', 'n'].map((flag) => one(flag, what));
	if (field === 5 || field === 6) return ['-', '0', '1'].map((number) => one(number, what));
	if (field === 7) return [...PROGRAMS, ...ELSEWHERE].sort().map((name) => one(name, what));
	return [];
}

export function hoverMasterCf(text: string, line: number, column: number): Hover | null {
	const lines = logicalLines(text, PATH, () => undefined).find((each) => each.line <= line && line <= each.endLine);
	const field =
		lines &&
		fieldsOf(lines).find(
			(each) => each.line === line && column >= each.column && column <= each.column + each.text.length
		);
	if (!field) return null;
	const place = { line, column: field.column, endLine: line, endColumn: field.column + field.text.length };
	const known = MASTER_FIELDS[field.index];
	if (known) return { ...place, paragraphs: [known[0], known[1]] };
	const row = parameter(/^\w+/.exec(field.text)?.[0] ?? '');
	return row
		? { ...place, paragraphs: [row.name, row.description, 'For this service alone, whatever main.cf says.'] }
		: null;
}
