/**
 * What the editor shows of hosts.allow and hosts.deny: marks, completion and hover. The marks are what tcpdchk says when it
 * runs over the text, and some slips that it does not see. Pure functions of the text and a still picture of the disk.
 *
 * Lacks: look-ups. Whether a host of that name exists is the terminal's tcpdchk to say, which asks the name servers.
 */
import type { Stat } from '#kernel/syscalls';
import type { Completion, Diagnostic, Hover } from '../editor';
import { servedDaemons } from '../inetd/daemons';
import { offline } from '../libc/offline';
import { parseGroup, parsePasswd } from '../libc/passwd';
import { FACILITIES, PRIORITIES } from '../libc/syslog';
import { dottedQuad, prefixMask } from './address';
import { fromText, sameWord, toText } from './bytes';
import { INETD_CONF } from './inetd-conf';
import { Library, type Diagnostic as Message } from './library';
import { nameAndValue, optionFields, OPTIONS, type OptionRow } from './options';
import { LETTERS } from './percent-x';
import { LogicalLines, readTableLine, splitAt, splitEndpoint, words } from './table';
import { checkAll } from './tcpdchk';
import { Output } from './tool';

/** The host that a file lies on. */
export interface Surroundings {
	/** undefined for a file that is not there */
	readonly read: (path: string) => string | undefined;
	readonly stat: (path: string) => Stat | undefined;
	/** names in a directory; empty for one that is not there */
	readonly list: (path: string) => readonly string[];
}

/* ---- marks ------------------------------------------------------------------------------------------------------- */

export function diagnoseAccess(text: string, path: string, around: Surroundings): readonly Diagnostic[] {
	const said = whatTcpdchkSays(text, path, around).filter(({ place }) => place?.file === path);
	const lines = text.split('\n');
	const marks = said.map((message) => markOf(lines, logicalLines(text), message));
	return [...marks, ...slips(text, lines)].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Everything that it reports about the host, were this text saved. */
export function whatTcpdchkSays(text: string, path: string, around: Surroundings): readonly Message[] {
	const library = new Library({ ident: 'tcpdchk', facility: 'user', pid: false, dryRun: true });
	const read = (file: string): string | undefined => (file === path ? text : around.read(file));
	const settings = { inetdConf: undefined, implicit: false, asksNames: false };
	offline({ read, stat: around.stat }, checkAll(library, new Output(false), settings));
	return library.diagnostics;
}

interface Logical {
	readonly first: number;
	readonly last: number;
	readonly text: string;
}

function logicalLines(text: string): Logical[] {
	const lines = new LogicalLines(fromText(text));
	const out: Logical[] = [];
	for (let line = lines.next(); line !== undefined; line = lines.next()) {
		/* a line that breaks off is not counted */
		const last = Math.max(lines.first, lines.line);
		out.push({ first: lines.first, last, text: toText(line) });
	}
	return out;
}

function wordsOf(line: string): readonly { readonly word: string; readonly at: number }[] {
	return [...line.matchAll(/\[[^\]]*\][^\s,:]*|[^\s,:=]+/g)].map((match) => ({ word: match[0], at: match.index }));
}

/** The word that a message names, on the lines of its rule; else the whole rule. */
export function markOf(lines: readonly string[], all: readonly Logical[], message: Message): Diagnostic {
	const number = Math.min(Math.max(1, message.place?.line ?? 1), Math.max(1, lines.length));
	/* a last line without newline is not counted in messages */
	const broken = message.text.startsWith('missing newline') ? all.at(-1) : undefined;
	const rule = broken ?? all.find(({ first, last }) => number >= first && number <= last);
	const [first, last] = [rule?.first ?? number, Math.min(rule?.last ?? number, lines.length)];
	const severity = message.severity === 'error' || broken ? 'error' : 'warning';
	const named = (word: string): boolean =>
		message.text.startsWith(`${word}:`) || message.text.includes(`"${word}"`) || message.text.split(' ').includes(word);
	const found: { word: string; line: number; at: number }[] = [];
	for (let line = first; line <= last; line++)
		for (const one of wordsOf(lines[line - 1] ?? '')) if (named(one.word)) found.push({ ...one, line });
	const word = found.sort((a, b) => b.word.length - a.word.length)[0];
	if (word) {
		const column = word.at + 1;
		return { line: word.line, column, endLine: word.line, endColumn: column + word.word.length, severity, message: message.text }; // prettier-ignore
	}
	const endColumn = Math.max(2, (lines[last - 1] ?? '').length + 1);
	return { line: first, column: 1, endLine: last, endColumn, severity, message: message.text };
}

/** Things that are no mistakes for the library, and mean something else than they look like. In our own words. */
function slips(text: string, lines: readonly string[]): Diagnostic[] {
	const found: Diagnostic[] = [];
	const mark = (line: number, column: number, length: number, message: string): void => {
		found.push({ line, column, endLine: line, endColumn: column + Math.max(1, length), severity: 'info', message });
	};
	let closed: number | undefined;
	for (const { first, last, text: logical } of logicalLines(text)) {
		const row = readTableLine(fromText(logical));
		if (row.kind !== 'rule') continue;
		if (closed !== undefined)
			mark(first, 1, (lines[first - 1] ?? '').length, `Never asked: line ${closed} matches every client before.`);
		for (let line = first; line <= last; line++) {
			const shown = lines[line - 1] ?? '';
			const comment = /(^|[\s,:])#/.exec(shown);
			if (comment && row.options === undefined) {
				const at = comment.index + comment[1]!.length;
				mark(line, at + 1, shown.length - at, 'No comment: behind a rule, these words are patterns of its list.');
			}
			for (const { word, at } of wordsOf(shown))
				if (hasHostBits(word))
					mark(line, at + 1, word.length, 'Nothing matches: the network has bits outside of its mask.');
		}
		const catchesAll = [row.daemons, row.clients].every((list) => {
			const all = words(list);
			return all.some((word) => sameWord(word, 'ALL')) && !all.some((word) => sameWord(word, 'EXCEPT'));
		});
		if (catchesAll && row.options === undefined) closed ??= first;
	}
	return found;
}

function hasHostBits(word: string): boolean {
	const network = splitAt(fromText(word), '/');
	const base = network && dottedQuad(network[0]);
	if (!network || base === undefined) return false;
	const mask = dottedQuad(network[1]) ?? prefixMask(network[1]);
	return mask !== 0 && (base & mask) >>> 0 !== base;
}

/* ---- what is known ----------------------------------------------------------------------------------------------- */

/** Wildcards and operators of hosts_access(5). */
const WILDCARDS: readonly (readonly [word: string, meaning: string])[] = [
	['ALL', 'every daemon, every client'],
	['LOCAL', 'clients whose name has no dot'],
	['KNOWN', 'clients whose name and address are known; before an @, users whom ident names'],
	['UNKNOWN', 'clients whose name or address is not known; before an @, users whom ident does not name'],
	['PARANOID', 'clients whose name does not lead back to their address']
];
const EXCEPT = ['EXCEPT', 'takes what stands to the right out of what stands to the left'] as const;

interface KnownDaemon {
	readonly name: string;
	readonly detail: string;
}

/** Daemons of this host: those of inetd.conf, then programs that look like one. */
function daemonsOf(around: Surroundings): KnownDaemon[] {
	const served = servedDaemons(around.read(INETD_CONF) ?? '').map(({ daemon, service, wrapped }) => ({
		name: daemon,
		detail: wrapped ? `service ${service}, behind tcpd` : `service ${service}, not behind tcpd`
	}));
	const programs = around
		.list('/usr/sbin')
		.filter((name) => name.startsWith('in.') || name === 'sshd')
		.map((name) => ({ name, detail: 'a program of this host' }));
	const names = new Set<string>();
	return [...served, ...programs].filter(({ name }) => !names.has(name) && names.add(name));
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

/** The text of the rule up to a place, with the lines that it goes on from. */
function before(text: string, line: number, column: number): string {
	const lines = text.split('\n').slice(0, line);
	let out = (lines.pop() ?? '').slice(0, column - 1);
	for (let last = lines.pop(); last?.endsWith('\\') === true; last = lines.pop()) out = last.slice(0, -1) + out;
	return out;
}

/** In which field of a rule a text ends: 0 daemons, 1 clients, 2 options. */
function fieldAt(text: string): { readonly field: 0 | 1 | 2; readonly text: string } {
	const daemons = splitAt(text, ':');
	if (!daemons) return { field: 0, text };
	const clients = splitAt(daemons[1], ':');
	return clients ? { field: 2, text: clients[1] } : { field: 1, text: daemons[1] };
}

export function completeAccess(text: string, line: number, column: number, around: Surroundings): Completion[] {
	const whole = before(text, line, column);
	if (whole.startsWith('#')) return [];
	const { field, text: part } = fieldAt(whole);
	if (field === 2) return completeOption(optionFields(part).at(-1) ?? '', around);
	const typed = /[^\s,]*$/.exec(part)![0];
	const begun = words(part.slice(0, part.length - typed.length)).length > 0;
	const list = [
		...(field === 0 ? daemonsOf(around).map(({ name, detail }) => value(name, detail, '')) : []),
		...WILDCARDS.filter(([word]) => field === 1 || word === 'ALL').map(([word, meaning]) => value(word, 'wildcard', meaning)),
		...(begun ? [value(EXCEPT[0], 'operator', EXCEPT[1])] : [])
	]; // prettier-ignore
	return startingWith(list, typed);
}

function completeOption(field: string, around: Surroundings): Completion[] {
	const { name, value: given } = nameAndValue(field);
	const named = /^\s*[^\s=]+[\s=]/.test(field);
	if (!named) return startingWith(OPTIONS.map(optionCompletion), field.trim());
	const row = OPTIONS.find((option) => sameWord(option.name, name));
	if (row?.expands === true) {
		if (!/%[^%\s]?$/.test(field)) return [];
		return [...LETTERS].map(([letter, [, meaning]]) => ({
			label: `%${letter}`,
			kind: 'variable',
			insert: `%${letter}`,
			detail: row.name,
			documentation: meaning
		}));
	}
	return startingWith(VALUES[row?.name ?? '']?.(around, given ?? '') ?? [], given ?? '');
}

function optionCompletion({ name, argument, meaning, last }: OptionRow): Completion {
	const detail = { none: 'no value', required: 'takes a value', optional: 'may take a value' }[argument];
	return {
		label: name,
		kind: 'parameter',
		insert: argument === 'required' ? `${name} ` : name,
		detail: last === true ? `${detail}; the last option` : detail,
		documentation: meaning
	};
}

/** What an option may be given. */
const VALUES: Readonly<Record<string, (around: Surroundings, given: string) => Completion[]>> = {
	severity: (_around, given) => {
		const facility = /^(\w+)\./.exec(given)?.[1];
		const levels = Object.keys(PRIORITIES);
		if (facility !== undefined) return levels.map((level) => value(`${facility}.${level}`, 'facility.level', ''));
		const facilities = Object.keys(FACILITIES);
		return [
			...levels.map((level) => value(level, 'level', '')),
			...facilities.map((one) => value(`${one}.`, 'facility', 'a level follows the dot'))
		];
	},
	user: ({ read }) => parsePasswd(read('/etc/passwd') ?? '').map(({ name }) => value(name, 'user', '')),
	group: ({ read }) => parseGroup(read('/etc/group') ?? '').map(({ name }) => value(name, 'group', '')),
	umask: () => [value('022', 'octal', 'nobody but the owner may write'), value('077', 'octal', 'nobody else may read')],
	banners: ({ list }) => list('/etc').map((name) => value(`/etc/${name}`, 'in /etc', '')),
	rfc931: () => [value('10', 'seconds', '')],
	nice: () => [value('10', 'priority', '')]
};

function value(label: string, detail: string, documentation: string): Completion {
	return { label, kind: 'value', insert: label, detail, documentation };
}

function startingWith(list: readonly Completion[], typed: string): Completion[] {
	const start = typed.toLowerCase();
	return list.filter(({ label }) => label.toLowerCase().startsWith(start));
}

/* ---- hover ------------------------------------------------------------------------------------------------------- */

export function hoverAccess(text: string, line: number, column: number, around: Surroundings): Hover | null {
	const shown = text.split('\n')[line - 1] ?? '';
	const logical = logicalLines(text).find(({ first, last }) => line >= first && line <= last);
	if (!logical || readTableLine(fromText(logical.text)).kind !== 'rule') return null;
	const letter = letterAt(shown, column);
	const word = letter ?? wordsOf(shown).find(({ word, at }) => column > at && column <= at + word.length);
	if (!word) return null;
	const { field } = fieldAt(before(text, line, word.at + 1));
	const paragraphs = letter ? aboutLetter(letter.word, field) : aboutWord(word.word, field, around);
	if (!paragraphs) return null;
	return { line, column: word.at + 1, endLine: line, endColumn: word.at + word.word.length + 1, paragraphs };
}

function letterAt(line: string, column: number): { word: string; at: number } | undefined {
	const match = [...line.matchAll(/%./g)].find(({ index }) => column > index && column <= index + 2);
	return match && { word: match[0], at: match.index };
}

function aboutLetter(word: string, field: 0 | 1 | 2): string[] | null {
	const row = LETTERS.get(word[1]!);
	return field === 2 && row ? [word, row[1]] : null;
}

function aboutWord(word: string, field: 0 | 1 | 2, around: Surroundings): string[] | null {
	if (field === 2) {
		const row = OPTIONS.find(({ name }) => sameWord(name, word));
		return row ? [row.name, row.meaning, ...(row.last === true ? ['No option may follow it.'] : [])] : null;
	}
	const wildcard = [...WILDCARDS, EXCEPT].find(([name]) => sameWord(name, word));
	if (wildcard) return [...wildcard];
	const { name, host } = splitEndpoint(word);
	if (host !== undefined)
		return [
			word,
			field === 0
				? `${name}, where the client came to the address or name ${host} of this host`
				: `the user ${name} on ${host}; the name comes from the client's own ident service`
		];
	if (field === 0) return aboutDaemon(word, around);
	return [word, PATTERNS.find(([form]) => form.test(word))![1]];
}

function aboutDaemon(word: string, around: Surroundings): string[] {
	const served = servedDaemons(around.read(INETD_CONF) ?? '').filter(({ daemon }) => sameWord(daemon, word));
	if (/^\d+$/.test(word)) return [word, 'the daemon that serves this port'];
	const [first] = served;
	if (!first) return [word, 'the daemon of this name; no line of inetd.conf starts it'];
	const wrapped = served.some((one) => one.wrapped);
	return [
		word,
		`inetd starts it for the service ${first.service}, line ${first.line} of inetd.conf`,
		wrapped
			? 'It stands behind tcpd, which asks these rules.'
			: 'It does not stand behind tcpd: nobody asks these rules.'
	];
}

/** Forms of client patterns; the last fits all. */
const PATTERNS: readonly (readonly [form: RegExp, meaning: string])[] = [
	[/^@/, 'hosts of this netgroup'],
	[/^\/./, 'patterns stand in this file, between white space'],
	[/\//, 'addresses in this network: those that the mask makes the same'],
	[/[*?]/, '* stands for any characters, ? for one'],
	[/^\./, 'hosts whose name ends in this'],
	[/^[\d.]+\.$/, 'addresses that begin with this'],
	[/\.$/, 'hosts whose name begins with this'],
	[/^\[/, 'one IPv6 address'],
	[/^[\d.]+$/, 'one address'],
	[/^/, 'one host; its name has to lead back to its address']
];
