/**
 * Small tables: static, inline, environ, fail, internal, unix (passwd, group), texthash, and those that are made of
 * others: unionmap, pipemap, randmap, proxy.
 *
 * Not simulated: proxymap as a process of its own (`proxy:` opens the table in the asking process; with no chroot the
 * answers are the same); nis, memcache, socketmap and tcp (never found).
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { getgrnam, getpwnam } from '../../libc/passwd';
import { readText } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { getrandom } from '../../libc/unistd';
import { splitItems, splitNameValue } from '../main-cf';
import { DictError, OpenFailure, type Dict, type Found, type OpenFlags } from './dict';
import { bracesContent } from './rule-source';
import { parseTable } from './table-file';

export type Opener = (name: string) => Sys<Dict>;

function noPlace(name: string, value: string): Found {
	return { value, source: { kind: 'default', parameter: name, value } };
}

function fixed(type: string, path: string, lookup: (key: string) => Sys<Found | null>): Dict {
	return { name: `${type}:${path}`, type, patterns: false, lookup };
}

export function openStatic(path: string): Dict {
	const inside = path.startsWith('{') ? bracesContent(path) : path;
	if (inside === undefined) throw new OpenFailure(`bad static:name syntax: missing '}' in "${path}"`);
	const value = path.startsWith('{') ? inside.trim() : inside;
	return fixed('static', path, function* () {
		return noPlace(`static:${path}`, value);
	});
}

export function openInline(path: string, { fold }: OpenFlags): Dict {
	const inside = bracesContent(path);
	const bad = (what: string): never => {
		throw new OpenFailure(`${what}: "inline:${path}"; need "inline:{name=value...}"`);
	};
	if (inside === undefined || inside === '') return bad('bad syntax');
	const table = new Map<string, string>();
	for (const item of splitItems(inside)) {
		const text = (bracesContent(item.text) ?? item.text).trim();
		const pair = text.startsWith('=') ? { name: '', value: text.slice(1).trim() } : splitNameValue(text);
		if (typeof pair === 'string') return bad(pair);
		table.set(fold === false ? pair.name : pair.name.toLowerCase(), pair.value);
	}
	if (table.size === 0) return bad('empty table');
	return {
		...fixed('inline', path, function* (key) {
			const value = table.get(fold === false ? key : key.toLowerCase());
			return value === undefined ? null : noPlace(`inline:${path}`, value);
		}),
		*entries() {
			return [...table];
		}
	};
}

export function openEnviron(path: string, env: ReadonlyMap<string, string>): Dict {
	return fixed('environ', path, function* (key) {
		const value = env.get(key);
		return value === undefined ? null : noPlace(`environ:${path}`, value);
	});
}

export function openFail(path: string): Dict {
	const fail = function* (): Sys<never> {
		throw new DictError(`fail:${path} lookup error`);
	};
	return { ...fixed('fail', path, fail), entries: fail };
}

/** Nothing is ever found: an empty table in memory, or a service that is not there. */
export function openEmpty(type: string, path: string): Dict {
	return fixed(type, path, function* () {
		return null;
	});
}

export function openUnix(path: string): Dict {
	if (path !== 'passwd.byname' && path !== 'group.byname') throw new OpenFailure(`unknown table: unix:${path}`);
	return fixed('unix', path, function* (key) {
		const name = key.toLowerCase();
		if (path === 'passwd.byname') {
			const user = yield* getpwnam(name);
			if (!user) return null;
			const value = [user.name, 'x', user.uid, user.gid, user.gecos, user.home, user.shell].join(':');
			return {
				value,
				source: { kind: 'file', host: '', path: '/etc/passwd', line: yield* lineOf('/etc/passwd', name), item: name }
			};
		}
		const group = yield* getgrnam(name);
		if (!group) return null;
		const value = [group.name, 'x', group.gid, group.members.join(',')].join(':');
		return {
			value,
			source: { kind: 'file', host: '', path: '/etc/group', line: yield* lineOf('/etc/group', name), item: name }
		};
	});
}

function* lineOf(path: string, name: string): Sys<number> {
	try {
		const lines = (yield* readText(path)).split('\n');
		return lines.findIndex((line) => line.startsWith(`${name}:`)) + 1;
	} catch (thrown) {
		if (thrown instanceof Errno) return 0;
		throw thrown;
	}
}

export function* openTexthash(path: string, warn: (text: string) => void, { fold }: OpenFlags): Sys<Dict> {
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) throw new OpenFailure(`open database ${path}: ${strerror(thrown)}`);
		throw thrown;
	}
	const table = new Map<string, { value: string; line: number }>();
	parseTable(text, path, warn, ' -- ignoring this line', (row) => {
		const key = fold === false ? row.key : row.key.toLowerCase();
		if (table.has(key)) warn(`${path}, line ${row.line}: duplicate entry: "${row.key}"`);
		else table.set(key, row);
	});
	return {
		...fixed('texthash', path, function* (key) {
			const row = table.get(fold === false ? key : key.toLowerCase());
			return row ? { value: row.value, source: { kind: 'file', host: '', path, line: row.line, item: key } } : null;
		}),
		*entries() {
			return [...table].map(([key, { value }]) => [key, value] as const);
		}
	};
}

function* members(type: string, path: string, open: Opener): Sys<Dict[]> {
	const inside = bracesContent(path);
	const items = inside === undefined ? [] : splitItems(inside);
	if (items.length === 0 || items.some((item) => type !== 'randmap' && !item.text.includes(':')))
		throw new OpenFailure(
			`bad syntax: "${type}:${path}"; need "${type}:{${type === 'randmap' ? 'value' : 'type:name'}...}"`
		);
	const found: Dict[] = [];
	for (const item of items) found.push(yield* open(item.text));
	return found;
}

/** All results, joined by commas. */
export function* openUnion(path: string, open: Opener): Sys<Dict> {
	const dicts = yield* members('unionmap', path, open);
	const lookup = function* (key: string): Sys<Found | null> {
		const found: Found[] = [];
		for (const dict of dicts) {
			const one = yield* dict.lookup(key);
			if (one) found.push(one);
		}
		if (found.length === 0) return null;
		return {
			value: found.map((one) => one.value).join(','),
			source: found[0]!.source,
			because: found.slice(1).map((one) => one.source)
		};
	};
	return { ...fixed('unionmap', path, lookup), patterns: dicts[0]!.patterns };
}

/** The result of one is the key of the next. */
export function* openPipe(path: string, open: Opener): Sys<Dict> {
	const dicts = yield* members('pipemap', path, open);
	const lookup = function* (key: string): Sys<Found | null> {
		let found: Found | null = null;
		let query = key;
		for (const dict of dicts) {
			found = yield* dict.lookup(query);
			if (!found) return null;
			query = found.value;
		}
		return found;
	};
	return { ...fixed('pipemap', path, lookup), patterns: dicts[0]!.patterns };
}

export function openRandom(path: string): Dict {
	const inside = bracesContent(path);
	const values = inside === undefined ? [] : splitItems(inside).map((item) => item.text);
	if (values.length === 0) throw new OpenFailure(`bad syntax: "randmap:${path}"; need "randmap:{value...}"`);
	return fixed('randmap', path, function* () {
		const [byte] = yield* getrandom(1);
		return noPlace(`randmap:${path}`, values[byte! % values.length]!);
	});
}
