/**
 * What the editor shows of main.cf: marks, completion and hover text, from the parsers and the table that the daemons
 * and postconf use. Pure functions of the text.
 *
 * Knows only the file itself: names that master.cf uses count as unused here, and the services of the package's master.cf
 * are taken for the host's.
 */
import type { Completion, Diagnostic, Hover } from '../../editor';
import { parseCidrPattern } from '../dict/cidr-pattern';
import { TYPE_NAMES } from '../dict/index';
import { Fatal } from '../errors';
import { expand, scanNames } from '../expand';
import { hostnameComplaint } from '../hostname';
import { logicalLines } from '../logical-lines';
import { parseMainCf, splitItems, splitNameValue, type Entry, type MainCf } from '../main-cf';
import { parameter, parameters, READ_ONLY, serviceParameters, transportDefault, type Parameter } from '../parameters';
import { CHOICES, RESTRICTIONS } from '../parameters/descriptions';
import { parseNumber, parseSeconds } from '../values';
import { Marks } from './marks';

const PATH = '/etc/postfix/main.cf';

/** The transports of the package's master.cf, whose parameters are valid names. */
const SERVICES = [
	{ name: 'smtp', command: 'smtp' },
	{ name: 'relay', command: 'smtp' },
	{ name: 'error', command: 'error' },
	{ name: 'retry', command: 'error' },
	{ name: 'local', command: 'local' },
	{ name: 'virtual', command: 'virtual' },
	{ name: 'lmtp', command: 'lmtp' },
	{ name: 'maildrop', command: 'pipe' },
	{ name: 'uucp', command: 'pipe' },
	{ name: 'mailman', command: 'pipe' }
];

/** Lists of networks and addresses. */
const NETWORK_LISTS =
	/^(mynetworks|debug_peer_list|smtpd_sasl_exceptions_networks|.*_authorized_clients|local_header_rewrite_clients|smtpd_client_event_limit_exceptions)$/;
const RESTRICTION_LIST = /^smtpd_.*_restrictions$/;

/* ---- diagnostics ------------------------------------------------------------------------------------------------- */

/** The warnings of the parser that carry their line, and those of a first line that starts with white space. */
function markSyntax(text: string, marks: Marks): MainCf {
	const main = parseMainCf(text, PATH, (message) => marks.parser(message, PATH));
	for (const mistake of main.mistakes)
		marks.logical('error', mistake.lines, `${mistake.text}: "${mistake.lines.text}"`);
	return main;
}

/** Names that some value uses: they are the user's own parameters. */
function usedNames(main: MainCf): Set<string> {
	const used = new Set<string>();
	for (const entry of main.entries.values())
		if (parameter(entry.name)?.type !== 'raw') scanNames(entry.value, (name) => used.add(name));
	for (const item of splitItems(main.entries.get('smtpd_restriction_classes')?.value ?? '')) used.add(item.text);
	for (const row of parameters().values())
		if (row.default.includes('$')) scanNames(row.default, (name) => used.add(name));
	return used;
}

function markNames(main: MainCf, marks: Marks): void {
	const used = usedNames(main);
	const transports = serviceParameters(SERVICES);
	for (const entry of main.all) {
		const { name } = entry;
		if (READ_ONLY.has(name)) marks.name('warning', entry, `read-only parameter assignment: ${name}=${entry.value}`);
		else if (!parameter(name) && !transports.has(name) && !used.has(name))
			marks.name('warning', entry, `unused parameter: ${name}=${entry.value}`);
		if (parameter(name)?.type === 'raw') continue;
		scanNames(entry.value, (inner) => {
			if (parameter(inner) || main.entries.has(inner) || transportDefault(inner) !== undefined) return;
			const at = Math.max(0, entry.value.search(new RegExp(`\\$[({]?\\s*${inner}(?!\\w)`)));
			marks.inValue('warning', entry, at, inner.length + 1, `undefined parameter: ${inner}`);
		});
	}
}

function lookupIn(main: MainCf): (name: string) => string | undefined {
	return (name) => {
		const set = main.entries.get(name)?.value;
		if (set !== undefined) return set;
		if (name === 'myhostname') return 'localhost.localdomain';
		if (name === 'mydomain') return main.entries.get('myhostname')?.value.replace(/^[^.]*\./, '') ?? 'localdomain';
		return parameter(name)?.default ?? transportDefault(name);
	};
}

/** Numbers, booleans, times and lengths, by the words with which a daemon would end. */
function valueComplaint(row: Parameter, value: string, fallback: string): string | undefined {
	const { name, minimum, maximum } = row;
	try {
		if (row.type === 'bool' || row.type === 'nbool')
			return /^(yes|no)$/i.test(value) ? undefined : `bad boolean configuration: ${name} = ${value}`;
		if (row.type === 'int' || row.type === 'nint' || row.type === 'long') {
			const number = parseNumber(name, value, row.type !== 'long');
			if (minimum && number < minimum) return `invalid ${name} parameter value ${number} < ${minimum}`;
			if (maximum && number > maximum) return `invalid ${name} parameter value ${number} > ${maximum}`;
			return undefined;
		}
		if (row.type === 'time') {
			const seconds = parseSeconds(name, value, /[a-z]/i.exec(fallback)?.[0] ?? 's');
			if (minimum && seconds < minimum) return `invalid ${name}: ${seconds} (min ${minimum})`;
			if (maximum && seconds > maximum) return `invalid ${name}: ${seconds} (max ${maximum})`;
			return undefined;
		}
	} catch (thrown) {
		if (thrown instanceof Fatal) return thrown.text;
		throw thrown;
	}
	if (row.type === 'raw') return undefined;
	if (minimum && value.length < minimum) return `bad string length ${value.length} < ${minimum}: ${name} = ${value}`;
	if (maximum && value.length > maximum) return `bad string length ${value.length} > ${maximum}: ${name} = ${value}`;
	return undefined;
}

function markValue(entry: Entry, main: MainCf, marks: Marks): void {
	const lookup = lookupIn(main);
	const complaints: string[] = [];
	const expanded = expand(entry.value, { lookup, warn: (text) => complaints.push(text) });
	if (expanded.error) {
		marks.value('error', entry, complaints[0] ?? 'macro processing error');
		return;
	}
	const row = parameter(entry.name);
	if (!row) return;
	const fallback = expand(row.default, { lookup, warn: () => undefined }).text;
	const complaint = valueComplaint(row, expanded.text, fallback);
	if (complaint) marks.value('error', entry, complaint);
	else if (entry.name === 'myhostname' || entry.name === 'mydomain') {
		const bad = hostnameComplaint(expanded.text);
		if (bad) marks.value('error', entry, bad);
	} else if (entry.name === 'mynetworks_style' && !['host', 'subnet', 'class'].includes(expanded.text)) {
		marks.value('error', entry, `unknown mynetworks mask style value "${expanded.text}" in "${expanded.text}"`);
	} else if (entry.name === 'myorigin' && /[,\s]/.test(expanded.text)) {
		marks.value('error', entry, `myorigin parameter setting must not contain multiple values: ${expanded.text}`);
	}
}

function markItems(entry: Entry, marks: Marks): void {
	for (const item of splitItems(entry.value)) {
		const bare = item.text.replace(/^!+/, '');
		if (NETWORK_LISTS.test(entry.name) && /^[0-9.[][^:]*(\/|$)/.test(bare) && !bare.includes('$')) {
			const network = bare.includes('/') ? parseCidrPattern(bare) : undefined;
			if (typeof network === 'string') marks.inValue('warning', entry, item.offset, item.text.length, network);
		}
		if (!/_(maps|checks|database)$/.test(entry.name)) continue;
		const type = /^(?:proxy:)?([a-z0-9]+):/.exec(bare)?.[1];
		if (type !== undefined && !TYPE_NAMES.includes(type))
			marks.inValue('warning', entry, item.offset, item.text.length, `unsupported dictionary type: ${type}`);
	}
}

/** Slips that Postfix takes literally. In our own words. */
function markSlips(entry: Entry, marks: Marks): void {
	const comment = /(^|[\s,])#/.exec(entry.value);
	if (comment && parameter(entry.name)?.type !== 'raw') {
		const at = comment.index + comment[1]!.length;
		const message = 'A comment cannot stand behind a value: from here on the text is part of the value.';
		marks.inValue('info', entry, at, entry.value.length - at, message);
	}
	const backslash = entry.lines.parts.find((part) => /\\$/.test(part.text));
	if (backslash && entry.lines.parts.length > 1)
		marks.add(
			'info',
			backslash.line,
			backslash.text.length,
			1,
			'A backslash does not continue a line; white space at the start of the next one does.'
		);
	for (const part of entry.lines.parts.slice(1)) {
		const setting = /^(\s+)([a-z0-9_]+)\s*=/.exec(part.text);
		if (setting && parameter(setting[2]!)) {
			const message = `The white space in front makes this line a part of ${entry.name}.`;
			marks.add('info', part.line, setting[1]!.length + 1, setting[2]!.length, message);
		}
	}
}

/** @param text of main.cf */
export function diagnoseMainCf(text: string): Diagnostic[] {
	const marks = new Marks(text.split('\n'));
	const main = markSyntax(text, marks);
	markNames(main, marks);
	for (const entry of main.all) {
		if (main.entries.get(entry.name) === entry) markValue(entry, main, marks);
		markItems(entry, marks);
		markSlips(entry, marks);
	}
	return marks.sorted();
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

/** The logical line at a place, as far as the place, and its parameter. */
function before(text: string, line: number, column: number): { name: string | undefined; text: string } {
	const lines = text.split('\n').slice(0, line);
	const last = (lines.pop() ?? '').slice(0, column - 1);
	const all = logicalLines([...lines, `${last}\u0001`].join('\n'), PATH, () => undefined);
	const current = all[all.length - 1];
	if (!current || current.endLine !== line) return { name: undefined, text: last };
	const cut = current.text.replace('\u0001', '');
	const split = splitNameValue(cut);
	return typeof split === 'string'
		? { name: undefined, text: cut }
		: { name: split.name, text: cut.slice(split.valueOffset) };
}

function describe(row: Parameter): string {
	return row.description || `${row.type} parameter`;
}

function defaultLine(row: Parameter): string {
	return row.default === '' ? 'default: empty' : `default: ${row.default}`;
}

function variable(row: Parameter): Completion {
	return {
		label: `$${row.name}`,
		kind: 'variable',
		insert: row.name,
		detail: defaultLine(row),
		documentation: describe(row)
	};
}

export function completeMainCf(text: string, line: number, column: number): Completion[] {
	const place = before(text, line, column);
	const name = /\$[({]?(\w*)$/.exec(place.text);
	if (name)
		return [...parameters().values()]
			.filter((row) => row.name.startsWith(name[1]!) && row.type !== 'raw')
			.map(variable);
	if (place.name === undefined) {
		const start = place.text.trim();
		if (/\s/.test(start) || start.startsWith('#')) return [];
		return [...parameters().values()]
			.filter((row) => row.name.startsWith(start))
			.map((row) => ({
				label: row.name,
				kind: 'parameter',
				insert: `${row.name} = `,
				detail: defaultLine(row),
				documentation: describe(row)
			}));
	}
	return valuesFor(place.name, /[^,\s]*$/.exec(place.text)![0]);
}

function valuesFor(name: string, start: string): Completion[] {
	const row = parameter(name);
	const one = (label: string, documentation: string): Completion => ({
		label,
		kind: 'value',
		insert: label,
		detail: name,
		documentation
	});
	let values: Completion[] = [];
	if (RESTRICTION_LIST.test(name)) values = Object.entries(RESTRICTIONS).map(([label, what]) => one(label, what));
	else if (row?.type === 'bool' || row?.type === 'nbool') values = [one('yes', ''), one('no', '')];
	else if (CHOICES[name]) values = CHOICES[name].map((label) => one(label, ''));
	else if (/_(maps|checks|database)$/.test(name)) values = TYPE_NAMES.map((type) => one(`${type}:`, 'table type'));
	return values.filter((value) => value.label.startsWith(start));
}

/* ---- hover ------------------------------------------------------------------------------------------------------- */

const UNIT: Readonly<Record<string, string>> = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks' };
const TYPE_WORDS: Readonly<Record<string, string>> = {
	bool: 'yes or no',
	nbool: 'yes or no',
	int: 'a number',
	nint: 'a number',
	long: 'a number',
	time: 'a time: a number with s, m, h, d or w',
	string: 'text',
	raw: 'text, taken as it is'
};

function aboutParameter(row: Parameter, main: MainCf): string[] {
	const lookup = lookupIn(main);
	const out = [row.name];
	if (row.description) out.push(row.description);
	const unit =
		row.type === 'time'
			? UNIT[/[a-z]/i.exec(expand(row.default, { lookup, warn: () => undefined }).text)?.[0] ?? '']
			: undefined;
	out.push(`Value: ${TYPE_WORDS[row.type]}${unit ? `; without a unit, ${unit}` : ''}.`);
	out.push(row.default === '' ? 'Default: empty.' : `Default: ${row.default}`);
	if (row.minimum)
		out.push(
			row.type === 'string'
				? 'It must not be empty.'
				: `At least ${row.minimum}${row.maximum ? `, at most ${row.maximum}` : ''}.`
		);
	out.push(row.programs.length === 0 ? 'Read by all Postfix programs.' : `Read by ${row.programs.join(', ')}.`);
	return out;
}

/** The word at a place: a name of a parameter, `$name`, or a restriction. */
export function hoverMainCf(text: string, line: number, column: number): Hover | null {
	const row = text.split('\n')[line - 1] ?? '';
	if (/^\s*#/.test(row)) return null;
	for (const match of row.matchAll(/\w+/g)) {
		const start = match.index + 1;
		const end = start + match[0].length;
		if (column < start || column > end) continue;
		const main = parseMainCf(text, PATH, () => undefined);
		const paragraphs = about(match[0], main);
		return paragraphs && { line, column: start, endLine: line, endColumn: end, paragraphs };
	}
	return null;
}

function about(word: string, main: MainCf): string[] | null {
	const row = parameter(word);
	const entry = main.entries.get(word);
	const value = entry && expand(entry.value, { lookup: lookupIn(main), warn: () => undefined });
	const own = entry && value && !value.error && value.text !== entry.value ? [`Here: ${value.text}`] : [];
	if (row) return [...aboutParameter(row, main), ...own];
	const restriction = RESTRICTIONS[word];
	if (restriction) return [word, restriction];
	return entry ? [word, 'A parameter of your own.', ...own] : null;
}
