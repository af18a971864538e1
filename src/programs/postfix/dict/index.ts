/**
 * Opening tables by name (`hash:/etc/aliases`), and lists of tables (dict_open(3), maps(3)).
 *
 *     const maps = yield* openMaps(config, 'virtual_alias_maps');
 *     const found = yield* maps.find('anna@example.org');       // Found | null, throws DictError
 *     const dict = yield* openDict('hash:/etc/aliases', config.messages, { missing: 'surrogate' });
 *     const name = yield* changedTable(config);                 // a rebuilt index: time for a daemon to start anew
 */
import type { Source, Sys } from '#kernel/syscalls';
import type { Config } from '../config';
import { Fatal, Warnings, type Messages } from '../errors';
import { openCidr } from './cidr';
import { DictError, OpenFailure, type Dict, type Found, type OpenFlags } from './dict';
import { openHash } from './hash';
import { openRegexp } from './regexp';
import { ruleSource } from './rule-source';
import {
	openEmpty,
	openEnviron,
	openFail,
	openInline,
	openPipe,
	openRandom,
	openStatic,
	openTexthash,
	openUnion,
	openUnix
} from './simple';

export * from './dict';

interface Context {
	readonly messages: Messages;
	readonly flags: OpenFlags;
	readonly warn: (text: string) => void;
}

/** One row a type that the Debian package has built in, as `postconf -m` lists them. */
const TYPES: Readonly<Record<string, (path: string, context: Context) => Sys<Dict>>> = {
	btree: (path, { messages, flags }) => openHash('btree', path, messages, flags),
	cidr: (path, { warn }) => openCidr(path, ruleSource(path), warn),
	environ: direct((path) => openEnviron(path, new Map())),
	fail: direct((path) => openFail(path)),
	hash: (path, { messages, flags }) => openHash('hash', path, messages, flags),
	inline: direct((path, { flags }) => openInline(path, flags)),
	internal: direct((path) => ({ ...openEmpty('internal', path), entries: nothing })),
	memcache: direct((path) => openEmpty('memcache', path)),
	nis: direct((path) => openEmpty('nis', path)),
	pcre: (path, { warn, flags }) => openRegexp('pcre', path, ruleSource(path), warn, flags),
	pipemap: (path, { messages, flags }) => openPipe(path, (name) => openDict(name, messages, flags)),
	proxy: (path, { messages, flags }) => openDict(path, messages, flags),
	randmap: direct((path) => openRandom(path)),
	regexp: (path, { warn, flags }) => openRegexp('regexp', path, ruleSource(path), warn, flags),
	socketmap: direct((path) => openEmpty('socketmap', path)),
	static: direct((path) => openStatic(path)),
	tcp: direct((path) => openEmpty('tcp', path)),
	texthash: (path, { warn, flags }) => openTexthash(path, warn, flags),
	unionmap: (path, { messages, flags }) => openUnion(path, (name) => openDict(name, messages, flags)),
	unix: direct((path) => openUnix(path))
};

export const TYPE_NAMES: readonly string[] = Object.keys(TYPES);

function* nothing(): Sys<readonly (readonly [string, string])[]> {
	return [];
}

function direct(open: (path: string, context: Context) => Dict): (path: string, context: Context) => Sys<Dict> {
	return function* (path, context) {
		return open(path, context);
	};
}

/** A table that could not be opened: each look-up warns and fails. */
function surrogate(name: string, reason: string, messages: Messages): Dict {
	return {
		name,
		type: name.slice(0, name.indexOf(':')),
		patterns: true,
		*lookup() {
			const text = `${name} is unavailable. ${reason}`;
			yield* messages.warn(text);
			throw new DictError(text);
		}
	};
}

/** @param name "type:path". Throws `Fatal` as `flags.missing` says (default), and always for a name that is none. */
export function* openDict(name: string, messages: Messages, flags: OpenFlags = {}): Sys<Dict> {
	const colon = name.indexOf(':');
	if (colon <= 0 || colon === name.length - 1)
		throw new Fatal(`open dictionary: expecting "type:name" form instead of "${name}"`);
	const type = name.slice(0, colon);
	const open = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
	const warnings = new Warnings();
	try {
		if (!open) throw new OpenFailure(`unsupported dictionary type: ${type}`);
		const dict = yield* open(name.slice(colon + 1), { messages, flags, warn: warnings.add });
		yield* warnings.flush(messages);
		return dict;
	} catch (thrown) {
		if (!(thrown instanceof OpenFailure)) throw thrown;
		yield* warnings.flush(messages);
		if (flags.missing !== 'surrogate') throw new Fatal(thrown.text);
		yield* messages.error(thrown.text);
		return surrogate(name, thrown.text, messages);
	}
}

/** The tables that a program has open, so that each is opened once and a rebuilt one is noticed. */
const OPEN_TABLES = new WeakMap<Config, Map<string, Dict>>();

function tablesOf(config: Config): Map<string, Dict> {
	let tables = OPEN_TABLES.get(config);
	if (!tables) OPEN_TABLES.set(config, (tables = new Map()));
	return tables;
}

/** Opens a table for a daemon, once. */
export function* openTable(config: Config, name: string, flags: OpenFlags = {}): Sys<Dict> {
	const tables = tablesOf(config);
	const key = `${name}(0,lock|${flags.paranoid === true ? 'no_regsub|no_proxy|no_unauth|' : ''}${flags.fold !== false ? 'fold_fix|' : ''}utf8_request)`;
	const known = tables.get(key);
	if (known) return known;
	const missing = config.flag('daemon_table_open_error_is_fatal') ? 'fatal' : 'surrogate';
	const dict = yield* openDict(name, config.messages, { missing, ...flags });
	tables.set(key, dict);
	return dict;
}

/** The first open table whose index was rebuilt, by its name and flags as logged (dict_changed_name(3)). */
export function* changedTable(config: Config): Sys<string | null> {
	for (const [name, dict] of tablesOf(config)) if (dict.changed && (yield* dict.changed())) return name;
	return null;
}

/** The tables of a parameter, asked in order (maps(3)). */
export class Maps {
	constructor(
		readonly title: string,
		readonly messages: Messages,
		readonly dicts: readonly { readonly dict: Dict; readonly source: Source }[]
	) {}

	/** @param partial a part of an address: tables of patterns are skipped */
	*find(key: string, partial = false): Sys<Found | null> {
		if (key === '') return null;
		for (const { dict, source } of this.dicts) {
			if (partial && dict.patterns) continue;
			const found = yield* this.#ask(dict, key);
			if (!found) continue;
			if (found.value === '') {
				yield* this.messages.warn(`${this.title} lookup of ${key} returns an empty string result`);
				yield* this.messages.warn(`${this.title} should return NO RESULT in case of NOT FOUND`);
				throw new DictError(`${this.title} lookup of ${key} returns an empty string result`);
			}
			return { ...found, because: [source, ...(found.because ?? [])] };
		}
		return null;
	}

	*#ask(dict: Dict, key: string): Sys<Found | null> {
		try {
			return yield* dict.lookup(key);
		} catch (thrown) {
			if (thrown instanceof DictError) yield* this.messages.warn(`${dict.name} lookup error for "${key}"`);
			throw thrown;
		}
	}
}

export function* openMaps(config: Config, parameter: string, flags: OpenFlags = {}): Sys<Maps> {
	const dicts = [];
	for (const item of config.items(parameter))
		dicts.push({ dict: yield* openTable(config, item.text, flags), source: item.source });
	return new Maps(parameter, config.messages, dicts);
}
