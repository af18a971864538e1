/**
 * What the editor shows of zone files: marks, completion and hover, from the parser and the checks of named.
 *
 * Knows: the file, those it includes, and from named.conf which zone it is. Without that the zone is guessed from the
 * file's name (db.example.org). Marks are the words of named-checkzone; `info` marks are our own.
 */
import { canonicalName, isWithin, labelsOf, nameOf, rdataText, recordType, type DnsRecord } from '#wire/dns';
import type { Completion, Diagnostic, Hover } from '../editor';
import { DIRECTIVE_WORDS, RECORD_TYPE_WORDS, SOA_WORDS } from './descriptions';
import { loadZone, shownName } from './load-zone';
import { ttlText } from './message-text';
import { parseNamedConf } from './named-conf';
import { completeName, parseTtl } from './rdata-text';
import { parseZoneFile } from './zone-file';
import type { LocatedRecord, Zone } from './zone';

/** The files of the host; undefined for one that is not there. */
export type ReadFile = (path: string) => string | undefined;

const CONFIGURATION = '/etc/bind/named.conf';

export function absolutePath(directory: string, path: string): string {
	return path.startsWith('/') ? path : `${directory.replace(/\/$/, '')}/${path}`;
}

/** The zone whose file this is, and what its includes are relative to. */
export function zoneOfFile(path: string, read: ReadFile): { readonly origin: string; readonly directory: string } {
	const text = read(CONFIGURATION);
	const parsed = text === undefined ? undefined : parseNamedConf(text, CONFIGURATION, (file) => read(file) ?? null);
	const configuration = parsed?.configuration;
	const directory = configuration?.directory ?? path.replace(/\/[^/]*$/, '');
	const statement = configuration?.zones.find(
		(zone) => zone.file !== undefined && absolutePath(directory, zone.file) === path
	);
	if (statement) return { origin: statement.name, directory };
	const guess = path.replace(/^.*\//, '').replace(/^db\.|\.(zone|db|hosts)$/g, '');
	const labels = labelsOf(guess);
	return { origin: labels && guess.includes('.') ? nameOf(labels) : 'example.', directory };
}

interface Loaded {
	readonly origin: string;
	readonly zone: Zone;
	readonly records: readonly LocatedRecord[];
	readonly marks: Diagnostic[];
}

function load(text: string, path: string, read: ReadFile): Loaded {
	const { origin, directory } = zoneOfFile(path, read);
	const files = (name: string) => read(absolutePath(directory, name)) ?? null;
	const { zone, diagnostics } = parseZoneFile(text, origin, path, files);
	const records = zone.names().flatMap((name) => zone.sets(name).flatMap((set) => set.records));
	const marks: Diagnostic[] = diagnostics
		.filter((mark) => mark.path === path)
		.map(({ line, column, endColumn, severity, message }) => ({
			line,
			column,
			endLine: line,
			endColumn,
			severity,
			message
		}));
	return { origin, zone, records, marks };
}

/** The lines about the zone as a whole, at the record that they name. */
function markWhole(text: string, path: string, read: ReadFile, { origin, records }: Loaded, marks: Diagnostic[]): void {
	const { directory } = zoneOfFile(path, read);
	const files = (name: string) => read(absolutePath(directory, name)) ?? null;
	const title = `zone ${shownName(origin)}/IN: `;
	const loaded = loadZone(origin, path, text, { files, integrity: 'local' });
	for (const line of loaded.messages) {
		if (!line.startsWith(title) || /: (loading from|not loaded|loaded serial)/.test(line)) continue;
		const message = line.slice(title.length);
		const named = /'([^']+)'/.exec(message)?.[1];
		const at =
			records.find(({ record }) => named !== undefined && rdataText(record).includes(named)) ??
			records.find(({ record }) => record.type === 'SOA');
		const row = at?.path === path ? at.line : 1;
		const length = text.split('\n')[row - 1]?.length ?? 0;
		const severity = loaded.zone ? 'warning' : 'error';
		marks.push({ line: row, column: 1, endLine: row, endColumn: length + 1, severity, message });
	}
}

/** A name that ends in the zone's name twice lacks its final dot. */
function markDots({ origin, records }: Loaded, path: string, lines: readonly string[], marks: Diagnostic[]): void {
	if (origin === '.') return;
	for (const { record, line, path: from } of records) {
		if (from !== path) continue;
		for (const name of new Set([record.name, ...rdataText(record).split(' ')])) {
			if (!isWithin(name, `${shownName(origin)}.${origin}`)) continue;
			const written = shownName(name.slice(0, -origin.length));
			const row = lines[line - 1] ?? '';
			const column = row.toLowerCase().indexOf(written.toLowerCase()) + 1;
			if (column === 0) continue;
			const message = `Without a final dot this is ${name}`;
			marks.push({ line, column, endLine: line, endColumn: column + written.length, severity: 'info', message });
		}
	}
}

export function diagnoseZone(text: string, path: string, read: ReadFile): Diagnostic[] {
	const loaded = load(text, path, read);
	const marks = [...loaded.marks];
	if (!marks.some((mark) => mark.severity === 'error')) markWhole(text, path, read, loaded, marks);
	markDots(loaded, path, text.split('\n'), marks);
	return marks.sort((a, b) => a.line - b.line || a.column - b.column);
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

const NAME_TYPES = /\b(NS|CNAME|PTR|DNAME|MX\s+\d+|SRV\s+\d+\s+\d+\s+\d+)\s+(\S*)$/i;

export function completeZone(text: string, line: number, column: number, path: string, read: ReadFile): Completion[] {
	const before = (text.split('\n')[line - 1] ?? '').slice(0, column - 1);
	if (before.includes(';')) return [];
	const word = /\S*$/.exec(before)![0];
	const row = (label: string, kind: Completion['kind'], detail: string, documentation: string): Completion => ({
		label,
		kind,
		insert: label,
		detail,
		documentation
	});
	if (before === word) {
		if (word !== '' && !word.startsWith('$')) return [];
		return Object.entries(DIRECTIVE_WORDS)
			.filter(([name]) => name.startsWith(word.toUpperCase()))
			.map(([name, what]) => ({
				...row(name, 'variable', 'directive', what),
				insert: name.slice(word === '' ? 0 : 1)
			}));
	}
	const target = NAME_TYPES.exec(before);
	if (target) {
		const { origin, records } = load(text, path, read);
		const names = new Set(
			records.filter(({ record }) => record.type === 'A' || record.type === 'AAAA').map(({ record }) => record.name)
		);
		return [...names]
			.map((name) => (name === origin ? '@' : name.endsWith(`.${origin}`) ? name.slice(0, -origin.length - 1) : name))
			.filter((name) => name.startsWith(target[2]!))
			.map((name) => row(name, 'value', 'a name of this zone', ''));
	}
	if (!/^(\S*)(\s+(\d\w*|IN))*\s+\S*$/i.test(before)) return [];
	return Object.entries(RECORD_TYPE_WORDS)
		.filter(([name]) => name.startsWith(word.toUpperCase()))
		.map(([name, what]) => row(name, 'parameter', 'record', what));
}

/* ---- hover ------------------------------------------------------------------------------------------------------- */

function asRead(record: DnsRecord): string {
	return `${record.name} ${record.ttl} IN ${recordType(record)} ${rdataText(record)}`;
}

/** The number of an SOA record that a word is, counted among the words of the record. */
function aboutSoa(lines: readonly string[], at: LocatedRecord, line: number, start: number): string[] | undefined {
	const { record } = at;
	if (record.type !== 'SOA') return undefined;
	const numbers: { line: number; column: number }[] = [];
	let seen = false;
	for (let row = at.line - 1; row >= 0 && row < Math.min(lines.length, at.line + 12) && numbers.length < 5; row++) {
		const bare = lines[row]!.replace(/;.*/, '');
		const type = /\bSOA\b/i.exec(bare);
		if (!seen && !type) continue;
		const from = seen ? 0 : type!.index + 3;
		for (const match of bare.slice(from).matchAll(/(?<![^\s(])\d[\dwdhms]*(?![^\s)])/gi))
			numbers.push({ line: row + 1, column: from + match.index + 1 });
		seen = true;
	}
	const index = numbers.findIndex((place) => place.line === line && place.column === start);
	const words = SOA_WORDS[index];
	if (!words) return undefined;
	const value = record[words[0]];
	return [words[0], words[1], index === 0 ? `Here: ${value}` : `Here: ${value} seconds, ${ttlText(value)}`];
}

export function hoverZone(text: string, line: number, column: number, path: string, read: ReadFile): Hover | null {
	const lines = text.split('\n');
	const row = lines[line - 1] ?? '';
	const bare = row.replace(/;.*/, '');
	for (const match of bare.matchAll(/[^\s()"]+/g)) {
		const start = match.index + 1;
		const end = start + match[0].length;
		if (column < start || column > end) continue;
		const paragraphs = about(match[0], lines, line, start, load(text, path, read), path);
		return paragraphs && { line, column: start, endLine: line, endColumn: end, paragraphs };
	}
	return null;
}

function about(
	word: string,
	lines: readonly string[],
	line: number,
	start: number,
	{ origin, records }: Loaded,
	path: string
): string[] | null {
	const upper = word.toUpperCase();
	const directive = DIRECTIVE_WORDS[upper];
	if (directive !== undefined) return [upper, directive];
	const here = records.filter((located) => located.path === path && located.line === line);
	const shown = here.map(({ record }) => `Read as: ${asRead(record)}`).slice(0, 5);
	const type = start === 1 ? undefined : RECORD_TYPE_WORDS[upper];
	if (type !== undefined) return [upper, type, ...shown];
	const soa = records.find(({ record }) => record.type === 'SOA');
	const number = soa && aboutSoa(lines, soa, line, start);
	if (number) return number;
	if (upper === 'IN') return ['IN', 'The class of the record: Internet.'];
	const seconds = /\d/.test(word) ? parseTtl(word) : undefined;
	if (seconds !== undefined && here.some(({ record }) => record.ttl === seconds))
		return [word, `Resolvers may keep it for ${ttlText(seconds)}.`, ...shown];
	if (here.length === 0) return null;
	const full = completeName(word, origin);
	const named = here.some(
		({ record }) => full !== undefined && canonicalName(asRead(record)).includes(canonicalName(full))
	);
	return [named && full !== undefined ? full : word, ...shown];
}
