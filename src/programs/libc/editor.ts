/**
 * What the editor shows of /etc/resolv.conf, /etc/hosts and /etc/nsswitch.conf. The C library says nothing about mistakes in
 * them, it reads over what it does not know; so the marks are our own words.
 */
import { parseIpv4Address, parseIpv6Address } from '#wire/address';
import type { Completion, Diagnostic, Hover } from '../editor';

type Words = Readonly<Record<string, string>>;

const RESOLV_WORDS: Words = {
	nameserver:
		'The address of a server that looks names up. They are asked in this order; the fourth and later ones never.',
	search: 'Domains that are put behind a name with few dots, one after the other.',
	domain: 'An older way to name one domain for search. The last of the two counts.',
	options: 'Settings of the resolver: ndots, timeout, attempts, rotate, use-vc.',
	sortlist: 'Networks whose addresses are put first.'
};
const RESOLV_OPTIONS: Words = {
	'ndots:': 'A name with this many dots is tried as it is before the search list. Default: 1.',
	'timeout:': 'Seconds to wait for a server. Default: 5.',
	'attempts:': 'How often all servers are asked. Default: 2.',
	rotate: 'Begin with a different server each time.',
	'use-vc': 'Ask over TCP.'
};
const DATABASES: Words = {
	hosts: 'Names and addresses of hosts.',
	passwd: 'Users.',
	group: 'Groups.',
	shadow: 'Passwords.',
	networks: 'Names of networks.',
	protocols: 'Names and numbers of protocols.',
	services: 'Names and ports of services.',
	aliases: 'Mail aliases.',
	netgroup: 'Groups of hosts and users.',
	ethers: 'Names of hardware addresses.',
	rpc: 'Names of remote procedures.',
	gshadow: 'Passwords of groups.',
	initgroups: 'The groups of a user.'
};
const SERVICES: Words = {
	files: 'The file in /etc.',
	dns: 'The servers of /etc/resolv.conf.',
	'[NOTFOUND=return]': 'When the service before it does not know the name, nobody else is asked.',
	compat: 'Files with + and - lines.',
	db: 'Files with an index.'
};

interface FileWords {
	readonly path: RegExp;
	/** the words that may begin a line */
	readonly first: Words;
	/** what follows a first word */
	rest(first: string): Words;
	check(words: readonly string[], count: (what: string) => number): string | undefined;
}

function isAddress(text: string): boolean {
	return parseIpv4Address(text) !== undefined || (text.includes(':') && parseIpv6Address(text) !== undefined);
}

const FILES: readonly FileWords[] = [
	{
		path: /\/resolv\.conf$/,
		first: RESOLV_WORDS,
		rest: (first) => (first === 'options' ? RESOLV_OPTIONS : {}),
		check([first, second, ...more], count) {
			if (RESOLV_WORDS[first!] === undefined) return `"${first!}" is no keyword: the line is read over`;
			if (first !== 'nameserver') return undefined;
			if (second === undefined || !isAddress(second)) return 'a name server is given by its address';
			if (more.length > 0) return 'one server a line: the rest is read over';
			return count('nameserver') > 3 ? 'the fourth name server is never asked' : undefined;
		}
	},
	{
		path: /\/hosts$/,
		first: {},
		rest: () => ({}),
		check([address, name]) {
			if (!isAddress(address!)) return `"${address!}" is no address: the line is read over`;
			return name === undefined ? 'an address without a name' : undefined;
		}
	},
	{
		path: /\/nsswitch\.conf$/,
		first: Object.fromEntries(Object.entries(DATABASES).map(([name, what]) => [`${name}:`, what])),
		rest: () => SERVICES,
		check([first]) {
			if (!first!.endsWith(':')) return 'a line is "database: service service …"';
			return DATABASES[first!.slice(0, -1)] === undefined
				? `no database is called "${first!.slice(0, -1)}"`
				: undefined;
		}
	}
];

function fileOf(path: string): FileWords | undefined {
	return FILES.find((file) => file.path.test(path));
}

export function diagnoseResolverFile(text: string, path: string): Diagnostic[] {
	const file = fileOf(path);
	const seen = new Map<string, number>();
	const marks: Diagnostic[] = [];
	for (const [i, row] of text.split('\n').entries()) {
		const bare = row.replace(/[#;].*/, '');
		const words = bare.split(/\s+/).filter((word) => word !== '');
		if (!file || words.length === 0) continue;
		seen.set(words[0]!, (seen.get(words[0]!) ?? 0) + 1);
		const message = file.check(words, (what) => seen.get(what) ?? 0);
		if (message === undefined) continue;
		const column = bare.length - bare.trimStart().length + 1;
		marks.push({
			line: i + 1,
			column,
			endLine: i + 1,
			endColumn: bare.trimEnd().length + 1,
			severity: 'warning',
			message
		});
	}
	return marks;
}

export function completeResolverFile(text: string, line: number, column: number, path: string): Completion[] {
	const before = (text.split('\n')[line - 1] ?? '').slice(0, column - 1);
	const file = fileOf(path);
	if (!file || /[#;]/.test(before)) return [];
	const start = /\S*$/.exec(before)![0];
	const first = before.trim().split(/\s+/)[0]!;
	const words = before.trimStart() === start ? file.first : file.rest(first);
	return Object.entries(words)
		.filter(([word]) => word.startsWith(start))
		.map(([label, documentation]) => ({ label, kind: 'value', insert: label, detail: '', documentation }));
}

export function hoverResolverFile(text: string, line: number, column: number, path: string): Hover | null {
	const row = text.split('\n')[line - 1] ?? '';
	const file = fileOf(path);
	if (!file) return null;
	for (const match of row.matchAll(/[^\s#;]+/g)) {
		const start = match.index + 1;
		const end = start + match[0].length;
		if (column < start || column > end) continue;
		const [word] = match;
		const first = row.trim().split(/\s+/)[0]!;
		const what = file.first[word] ?? file.rest(first)[word] ?? file.rest(first)[word.replace(/:.*/, ':')];
		return what === undefined ? null : { line, column: start, endLine: line, endColumn: end, paragraphs: [word, what] };
	}
	return null;
}
