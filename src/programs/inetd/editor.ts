/**
 * What the editor shows of inetd.conf: marks, completion and hover. The marks are what inetd itself would log about a
 * line, and what tcpdchk says of it. Pure functions of the text and a still picture of the disk.
 */
import type { Sys } from '#kernel/syscalls';
import type { Completion, Diagnostic, Hover } from '../editor';
import { parseServices } from '../libc/netdb';
import { offline } from '../libc/offline';
import { parsePasswd } from '../libc/passwd';
import { markOf, whatTcpdchkSays, type Surroundings } from '../libwrap/editor';
import { INETD_CONF } from '../libwrap/inetd-conf';
import { portOf, readServices, unknownService } from './configuration';
import { BUILTINS } from './internal';

const TCPD = '/usr/sbin/tcpd';
/** starts a minute, where a line says nothing: of no weight for marks */
const RATE = 256;

/* ---- marks ------------------------------------------------------------------------------------------------------- */

interface Complaint {
	readonly line: number;
	readonly message: string;
	readonly severity: Diagnostic['severity'];
}

export function diagnoseInetdConf(text: string, path: string, around: Surroundings): readonly Diagnostic[] {
	const lines = text.split('\n');
	const found: Complaint[] = [...whatInetdSays(text, around), ...userMarks(text, around)];
	const said = whatTcpdchkSays(text, INETD_CONF, around).filter(({ place }) => place?.file === INETD_CONF);
	for (const { text: message, place } of path === INETD_CONF ? said : [])
		found.push({ line: place!.line, message, severity: 'warning' });
	const seen = new Set<string>();
	const marks = found
		.filter(({ line, message }) => {
			const key = `${line} ${message}`;
			return !seen.has(key) && seen.add(key);
		})
		.map(({ line, message, severity }) => ({
			...markOf(lines, [], { severity: 'warning', text: message, place: { file: path, line } }),
			severity
		}));
	return marks.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** What it would log on a start; the entries for IPv6 say the same once more and are left out. */
function whatInetdSays(text: string, around: Surroundings): Complaint[] {
	const found: Complaint[] = [];
	const log = {
		*write(_priority: 'err', message: string, line: number): Sys<void> {
			found.push({ line, message: message.replace(/^([^ ]+\/(?:tcp|udp))6:/, '$1:'), severity: 'error' });
		}
	};
	function* start(): Sys<void> {
		for (const service of yield* readServices(text, log, RATE))
			if (service.family === 'inet' && (yield* portOf(service)) === undefined)
				found.push({ line: service.line, message: unknownService(service), severity: 'error' });
	}
	/* names are looked up in files alone: nobody is asked from here */
	const read = (path: string): string | undefined =>
		path === '/etc/nsswitch.conf' ? 'hosts: files\n' : around.read(path);
	offline({ read }, start());
	return found.filter(({ message }) => !message.endsWith('Name or service not known'));
}

function userMarks(text: string, around: Surroundings): Complaint[] {
	const users = new Set(parsePasswd(around.read('/etc/passwd') ?? '').map(({ name }) => name));
	return fieldsByLine(text).flatMap(({ words, line }) => {
		const user = words[4]?.word.split(/[.:]/)[0];
		if (user === undefined || user === '' || users.has(user)) return [];
		return [{ line, message: `${user}: no user of this host has that name, so nothing is started`, severity: 'error' }];
	});
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

interface Placed {
	readonly word: string;
	readonly at: number;
}

function placedWords(line: string): Placed[] {
	return [...line.matchAll(/[^ \t]+/g)].map((match) => ({ word: match[0], at: match.index }));
}

/** Lines that stand for themselves; continued ones are left to inetd. */
function fieldsByLine(text: string): { readonly words: readonly Placed[]; readonly line: number }[] {
	return text
		.split('\n')
		.map((line, i) => ({ words: /^[#\s]/.test(line) ? [] : placedWords(line), line: i + 1 }))
		.filter(({ words }) => words.length > 1);
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

type Column = (around: Surroundings, words: readonly string[]) => Completion[];

const one = (label: string, detail: string, documentation = ''): Completion => ({
	label,
	kind: 'value',
	insert: label,
	detail,
	documentation
});

/** What each field may hold, and what it is for. */
const COLUMNS: readonly (readonly [title: string, meaning: string, values: Column])[] = [
	['service', 'a name of /etc/services or a port; before a colon, the address that it listens on', services],
	['socket type', 'stream for tcp, dgram for udp', () => [one('stream', 'tcp'), one('dgram', 'udp')]],
	[
		'protocol',
		'tcp or udp; with 4 or 6, one family alone; unix for a socket file',
		() => ['tcp', 'udp', 'tcp4', 'tcp6', 'udp4', 'udp6', 'unix'].map((name) => one(name, 'protocol'))
	],
	[
		'wait or nowait',
		'nowait starts a server for each connection, wait one for the socket; .NUMBER limits the starts of a minute',
		() => [one('nowait', 'one server a connection'), one('wait', 'one server for all')]
	],
	['user', 'in whose name the server runs; user:group or user.group names a group', users],
	['program', 'the server, by its full path; internal for a service of inetd itself', programs],
	['arguments', 'argv of the server, its own name first; behind tcpd, the name of the daemon', daemons]
];

function services({ read }: Surroundings): Completion[] {
	return parseServices(read('/etc/services') ?? '').map(({ name, port, protocol }) => one(name, `${port}/${protocol}`));
}

function users({ read }: Surroundings): Completion[] {
	return parsePasswd(read('/etc/passwd') ?? '').map(({ name, uid }) => one(name, `uid ${uid}`));
}

function programs({ list }: Surroundings, [service]: readonly string[]): Completion[] {
	const internal = BUILTINS.some(({ name }) => name === service);
	return [
		one(TCPD, 'asks hosts.allow and hosts.deny first'),
		...(internal ? [one('internal', 'inetd serves it itself')] : []),
		...daemonNames(list).map((name) => one(`/usr/sbin/${name}`, 'a server'))
	];
}

function daemons({ list }: Surroundings, words: readonly string[]): Completion[] {
	if (words.length > 6) return [];
	if (words[5] === TCPD) return daemonNames(list).map((name) => one(name, 'daemon'));
	const own = words[5]?.replace(/^.*\//, '') ?? '';
	return own === '' || own === 'internal' ? [] : [one(own, 'its own name')];
}

function daemonNames(list: Surroundings['list']): string[] {
	return list('/usr/sbin').filter((name) => name.startsWith('in.'));
}

export function completeInetdConf(text: string, line: number, column: number, around: Surroundings): Completion[] {
	const shown = (text.split('\n')[line - 1] ?? '').slice(0, column - 1);
	if (shown.startsWith('#')) return [];
	const words = placedWords(shown).map(({ word }) => word);
	const typed = /[ \t]$/.test(shown) || shown === '' ? '' : words.pop()!;
	const row = COLUMNS[Math.min(words.length, COLUMNS.length - 1)]!;
	const seen = new Set<string>();
	return row[2](around, words).filter(({ label }) => label.startsWith(typed) && !seen.has(label) && seen.add(label));
}

/* ---- hover ------------------------------------------------------------------------------------------------------- */

export function hoverInetdConf(text: string, line: number, column: number, around: Surroundings): Hover | null {
	const shown = text.split('\n')[line - 1] ?? '';
	if (/^[#\s]/.test(shown)) return null;
	const words = placedWords(shown);
	const index = words.findIndex(({ word, at }) => column > at && column <= at + word.length);
	const found = words[index];
	if (!found || words.length < 2) return null;
	const [title, meaning] = COLUMNS[Math.min(index, COLUMNS.length - 1)]!;
	const more =
		index === 0 ? portText(found.word, words[2]?.word ?? '', around) : index === 5 ? serverText(found.word) : [];
	const place = { line, column: found.at + 1, endLine: line, endColumn: found.at + found.word.length + 1 };
	return { ...place, paragraphs: [`${title}: ${found.word}`, meaning, ...more] };
}

function portText(word: string, protocol: string, { read }: Surroundings): string[] {
	const name = word.slice(word.lastIndexOf(':') + 1);
	const kind = protocol.replace(/[\d,].*$/, '');
	const entry = parseServices(read('/etc/services') ?? '').find(
		(one) => one.protocol === kind && (one.name === name || one.aliases.includes(name))
	);
	return entry ? [`Port ${entry.port}/${entry.protocol}.`] : [];
}

function serverText(word: string): string[] {
	return word === TCPD ? ['tcpd asks hosts.allow and hosts.deny, and then becomes the daemon.'] : [];
}
