/**
 * What the editor shows of lookup tables and aliases: marks from the parsers of postmap, postalias, regexp:, pcre: and
 * cidr:, completion and hover by what main.cf uses the table for. Pure functions of the texts.
 *
 * A table that main.cf does not name is known by its file's name (`aliases`, `virtual`, `transport` …), or is not marked.
 */
import type { Completion, Diagnostic, Hover } from '../../editor';
import { parseCidrRules } from '../dict/cidr';
import { parseRegexpRules } from '../dict/regexp';
import { parseTable, trimBlanks } from '../dict/table-file';
import { logicalLines, placeOf, type LogicalLine } from '../logical-lines';
import { parseMainCf, splitItems } from '../main-cf';
import { expand } from '../expand';
import { parameter } from '../parameters';
import { RESTRICTIONS } from '../parameters/descriptions';
import { parseAliases } from '../postalias';
import { ACCESS_ACTIONS, CONTENT_ACTIONS } from './actions';
import { Marks } from './marks';

type Role = 'access' | 'aliases' | 'content' | 'transport' | 'addresses' | 'text';

export interface TableUse {
	/** "hash", "regexp", "cidr" …; "alias" for files of aliases */
	readonly type: string;
	readonly role: Role;
	/** where main.cf names it: "check_client_access", "virtual_alias_maps" */
	readonly by: string;
}

/** What a table is for, by the parameter or restriction in front of it: the first row that fits. */
const ROLES: readonly (readonly [by: RegExp, role: Role])[] = [
	[/^check_\w+_access$/, 'access'],
	[/^alias_(maps|database)$/, 'aliases'],
	[/^(mime_|nested_|smtp_)?(header|body)_checks$|^milter_header_checks$/, 'content'],
	[/transport_maps$/, 'transport'],
	[/(canonical|virtual_alias|generic|bcc)_maps$/, 'addresses'],
	[/_maps$|_table$/, 'text']
];

/** For a file that main.cf does not name. */
const BY_NAME: readonly (readonly [name: RegExp, use: TableUse])[] = [
	[/\/aliases$/, { type: 'alias', role: 'aliases', by: 'alias_maps' }],
	[/\/(virtual|canonical|generic)$/, { type: 'hash', role: 'addresses', by: 'virtual_alias_maps' }],
	[
		/\/(access|sender_access|client_access|recipient_access)$/,
		{ type: 'hash', role: 'access', by: 'check_client_access' }
	],
	[/\/transport$/, { type: 'hash', role: 'transport', by: 'transport_maps' }],
	[/\/(header|body)_checks$/, { type: 'regexp', role: 'content', by: 'header_checks' }],
	[/\/relocated$/, { type: 'hash', role: 'text', by: 'relocated_maps' }]
];

/** How a file is used as a table. @param mainCf undefined where there is no Postfix */
export function tableUse(path: string, mainCf: string | undefined): TableUse | null {
	const main = parseMainCf(mainCf ?? '', '/etc/postfix/main.cf', () => undefined);
	const lookup = (name: string): string | undefined => main.entries.get(name)?.value ?? parameter(name)?.default;
	const values = new Map([...main.entries].map(([name, { value }]) => [name, value]));
	for (const name of ['alias_maps', 'alias_database']) if (!values.has(name)) values.set(name, lookup(name) ?? '');
	for (const [name, value] of values) {
		let before = name;
		for (const { text } of splitItems(expand(value, { lookup, warn: () => undefined }).text)) {
			const match = /^(?:proxy:)?(\w+):(.*)$/.exec(text);
			if (match?.[2] === path) {
				const by = /^check_\w+_access$/.test(before) ? before : name;
				const role = ROLES.find(([pattern]) => pattern.test(by))?.[1] ?? 'text';
				return { type: role === 'aliases' ? 'alias' : match[1]!, role, by };
			}
			before = text;
		}
	}
	return BY_NAME.find(([name]) => name.test(path))?.[1] ?? null;
}

/* ---- diagnostics ------------------------------------------------------------------------------------------------- */

interface Line {
	readonly key: string;
	readonly value: string;
	readonly line: number;
}

export function diagnoseTable(text: string, path: string, use: TableUse): Diagnostic[] {
	const marks = new Marks(text.split('\n'));
	const warn = (message: string): void => marks.parser(message, path);
	const lines = entriesOf(text, path, use, warn);
	const all = logicalLines(text, path, () => undefined);
	const keys = new Map<string, number>();
	for (const entry of lines) {
		const at = all.find(({ line }) => line === entry.line);
		if (!at) continue;
		if (!isOfPatterns(use)) {
			const key = entry.key.toLowerCase();
			const before = keys.get(key);
			if (before !== undefined) marks.logical('warning', at, `duplicate entry: "${key}" (line ${before})`);
			else keys.set(key, entry.line);
		}
		const complaint = valueComplaint(entry.value, use);
		if (complaint) markValue(marks, at, entry, complaint);
	}
	return marks.sorted();
}

const isOfPatterns = ({ type }: TableUse): boolean => type === 'regexp' || type === 'pcre' || type === 'cidr';

function entriesOf(text: string, path: string, use: TableUse, warn: (message: string) => void): readonly Line[] {
	const out: Line[] = [];
	if (use.type === 'alias')
		parseAliases(text, path, warn, ({ name, value, line }) => out.push({ key: name, value, line }));
	else if (use.type === 'regexp' || use.type === 'pcre') {
		parseRegexpRules(use.type, text, path, warn, {});
		for (const { text: line, line: number } of logicalLines(text, path, () => undefined)) {
			const match = /^\s*!*\s*([^\sA-Za-z0-9])(?:\\.|(?!\1)[^\\])*\1\S*\s*(.*)$/s.exec(line);
			if (match) out.push({ key: '', value: trimBlanks(match[2]!), line: number });
		}
	} else if (use.type === 'cidr') {
		for (const rule of parseCidrRules(text, path, warn))
			if (rule.op === 'match') out.push({ key: '', value: rule.value, line: rule.line });
	} else parseTable(text, path, warn, '', (line) => out.push(line));
	return out;
}

function markValue(marks: Marks, lines: LogicalLine, { value }: Line, message: string): void {
	const word = /^\S*/.exec(value)![0];
	const offset = lines.text.lastIndexOf(value);
	if (offset < 0) return marks.logical('warning', lines, message);
	const { line, column } = placeOf(lines, offset);
	marks.add('warning', line, column, word.length, message);
}

/** What a daemon would say of the right-hand side. */
function valueComplaint(value: string, { role, by }: TableUse): string | undefined {
	const word = /^[^ \t,]*/.exec(value)![0];
	const upper = word.toUpperCase();
	const rest = value.slice(word.length).trim();
	if (role === 'access') {
		if (/^[45]\d\d$/.test(word) || /^\d+$/.test(word) || Object.hasOwn(ACCESS_ACTIONS, upper))
			return argument(upper, rest);
		if (word.toLowerCase() in RESTRICTIONS || /^\w+:/.test(word)) return undefined;
		return `unknown smtpd restriction: "${word}"`;
	}
	if (role === 'content')
		return Object.hasOwn(CONTENT_ACTIONS, upper) || upper === 'OK'
			? argument(upper, rest)
			: `unknown command in ${by} map: ${value}`;
	if (role === 'transport' && !value.includes(':') && /\./.test(value))
		return `Without a colon "${value}" is the name of a transport in master.cf; a host is written smtp:[${value}].`;
	return undefined;
}

function argument(action: string, rest: string): string | undefined {
	if (action === 'FILTER' && !rest.includes(':')) return 'FILTER needs transport:destination';
	if ((action === 'REDIRECT' || action === 'BCC') && !rest.includes('@')) return `${action} needs user@domain`;
	if (action === 'PREPEND' && !/^[\x21-\x39\x3b-\x7e]+\s*:/.test(rest)) return 'PREPEND needs "Name: text"';
	return undefined;
}

/* ---- completion and hover ---------------------------------------------------------------------------------------- */

function wordsFor({ role }: TableUse): Readonly<Record<string, string>> {
	if (role === 'access') return { ...ACCESS_ACTIONS, ...RESTRICTIONS };
	if (role === 'content') return CONTENT_ACTIONS;
	if (role === 'transport')
		return {
			'smtp:': 'Over SMTP: smtp:[host]:port, or smtp: for the MX hosts of the domain.',
			'relay:': 'Over SMTP with the limits of relay.',
			'local:': 'Delivered on this host.',
			'lmtp:': 'Over LMTP: lmtp:unix:/path or lmtp:inet:host:port.',
			'error:': 'Bounced with this text.',
			'retry:': 'Deferred with this text.',
			'discard:': 'Thrown away.'
		};
	if (role === 'aliases')
		return {
			':include:': 'The addresses of a file: :include:/path.',
			'"|': 'Piped into a command: "|/path/program arguments".'
		};
	return {};
}

/** Whether a place is behind the key of its line. */
function isValue(row: string, use: TableUse): boolean {
	if (use.type === 'alias') return row.includes(':') || /^\s/.test(row);
	if (use.type === 'regexp' || use.type === 'pcre') return /^\s*!?([^\sA-Za-z0-9]).*\1\w*\s/.test(row);
	return /^\S+\s/.test(row) || /^\s/.test(row);
}

export function completeTable(text: string, line: number, column: number, use: TableUse): Completion[] {
	const row = (text.split('\n')[line - 1] ?? '').slice(0, column - 1);
	if (/^\s*#/.test(row) || !isValue(row, use)) return [];
	const start = /[^\s,]*$/.exec(row)![0].toLowerCase();
	return Object.entries(wordsFor(use))
		.filter(([label]) => label.toLowerCase().startsWith(start))
		.map(([label, documentation]) => ({ label, kind: 'value', insert: label, detail: use.by, documentation }));
}

const USES: Readonly<Record<Role, string>> = {
	access: 'Who may and who may not: the left side is a client, sender or recipient, the right side what is done.',
	aliases: 'Local names: the left side is a name without a domain, the right side where its mail goes.',
	content: 'Patterns that each line is compared with, in the order of the file.',
	transport: 'How mail leaves: the left side is an address, domain or .domain, the right side transport:nexthop.',
	addresses: 'Addresses that become others.',
	text: 'A lookup table.'
};

export function hoverTable(text: string, line: number, column: number, use: TableUse): Hover | null {
	const row = text.split('\n')[line - 1] ?? '';
	if (/^\s*(#|$)/.test(row)) return null;
	for (const match of row.matchAll(/[^\s,]+/g)) {
		const start = match.index + 1;
		const end = start + match[0].length;
		if (column < start || column > end) continue;
		const place = { line, column: start, endLine: line, endColumn: end };
		const known = Object.entries(wordsFor(use)).find(([word]) => word.toUpperCase() === match[0].toUpperCase());
		if (known && match.index > 0) return { ...place, paragraphs: [known[0], known[1]] };
		const indexed = use.type === 'hash' || use.type === 'btree' || use.type === 'alias';
		const command = use.type === 'alias' ? 'newaliases' : 'postmap';
		return {
			...place,
			paragraphs: [
				use.by,
				USES[use.role],
				...(indexed ? [`Daemons read the index: run ${command} after a change.`] : [])
			]
		};
	}
	return null;
}
