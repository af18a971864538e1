/**
 * Lists that are matched (match_list(3), match_ops(3)): domain_list, string_list, namadr_list. The first item that
 * matches decides; with `!` in front it decides against. `item` and `source` say which one it was and where it is written.
 *
 * Does: names, parent domains (as `parent_domain_matches_subdomains` says), addresses and networks, `[…]`, `/file`,
 *       `type:table`.
 * Errors: an item that cannot be evaluated (a network with host bits, a missing table) warns and throws `DictError`: the
 *       answer to the client is "451 4.3.0 Temporary lookup failure", also for clients that an item behind it matches.
 */
import { Errno, type Source, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import type { Ipv4Address } from '#wire/packet';
import { readText } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import type { Config, Item } from '../config';
import { Fatal } from '../errors';
import { splitItems } from '../main-cf';
import { cidrMatches, parseCidrPattern } from './cidr-pattern';
import { DictError, openTable, type Dict, type Found } from './index';

export interface MatchResult {
	readonly matched: boolean;
	/** the item that decided, as written; absent when none did */
	readonly item?: string;
	/** where it is written (main.cf, the /file, or the table's entry) */
	readonly source?: Source;
	readonly because?: readonly Source[];
}

type Kind = 'string' | 'hostname' | 'address';

interface Pattern {
	/** as written, with its `!` */
	readonly item: string;
	readonly negate: boolean;
	/** folded to lower case */
	readonly text: string;
	readonly source: Source;
	readonly dict?: Dict;
	/** a /file that cannot be read */
	readonly broken?: string;
}

const ADDRESS = /^[0-9a-f.:]*$/i;

export class MatchList {
	constructor(
		readonly name: string,
		readonly config: Config,
		readonly kinds: readonly Kind[],
		readonly parents: boolean,
		readonly patterns: readonly Pattern[]
	) {}

	/** Throws `DictError`. @param address for lists of names and addresses */
	*match(name: string, address?: Ipv4Address | string): Sys<MatchResult> {
		const addressText = typeof address === 'number' ? formatIpv4Address(address) : (address ?? name);
		for (const pattern of this.patterns)
			for (const kind of this.kinds) {
				const subject = (kind === 'address' ? addressText : name).toLowerCase();
				const found = yield* this.#test(kind, subject, pattern);
				if (!found) continue;
				const entry = found === true ? undefined : found.source;
				return {
					matched: !pattern.negate,
					item: pattern.item,
					source: entry ?? pattern.source,
					...(entry ? { because: [pattern.source] } : {})
				};
			}
		return { matched: false };
	}

	*#test(kind: Kind, subject: string, pattern: Pattern): Sys<Found | boolean | null> {
		if (pattern.broken !== undefined) {
			yield* this.config.messages.warn(`non-existent:${pattern.text} is unavailable. ${pattern.broken}`);
			return yield* this.#fail(`non-existent:${pattern.text}: table lookup problem`, pattern.source);
		}
		if (kind === 'string')
			return pattern.dict ? yield* this.#ask(pattern, pattern.dict, subject) : subject === pattern.text;
		if (kind === 'hostname')
			return pattern.dict
				? yield* this.#parents(pattern, pattern.dict, subject)
				: this.#isDomain(subject, pattern.text);
		if (!ADDRESS.test(subject)) return false;
		return pattern.dict
			? yield* this.#ask(pattern, pattern.dict, subject)
			: yield* this.#isAddress(subject, pattern.text, pattern.source);
	}

	*#fail(text: string, source: Source): Sys<never> {
		yield* this.config.messages.warn(`${this.name}: ${text}`);
		throw new DictError(`${this.name}: ${text}`, source);
	}

	*#ask(pattern: Pattern, dict: Dict, key: string): Sys<Found | null> {
		try {
			return yield* dict.lookup(key);
		} catch (thrown) {
			if (thrown instanceof DictError) return yield* this.#fail(`${dict.name}: table lookup problem`, pattern.source);
			throw thrown;
		}
	}

	/** The name, then the domains above it: "example.org" or ".example.org". */
	*#parents(pattern: Pattern, dict: Dict, name: string): Sys<Found | null> {
		for (let entry = name; entry !== '';) {
			if (entry === name || !dict.patterns) {
				const found = yield* this.#ask(pattern, dict, entry);
				if (found) return found;
			}
			const dot = entry.indexOf('.', 1);
			if (dot < 0) return null;
			entry = entry.slice(this.parents ? dot + 1 : dot);
		}
		return null;
	}

	#isDomain(name: string, pattern: string): boolean {
		if (name === pattern) return true;
		if (this.parents) return name.length > pattern.length && name.endsWith(`.${pattern}`);
		return pattern.startsWith('.') && name.length > pattern.length && name.endsWith(pattern);
	}

	*#isAddress(address: string, pattern: string, source: Source): Sys<boolean> {
		if (address === pattern || `[${address}]` === pattern) return true;
		const comparable =
			address.includes(':') === pattern.includes(':') &&
			/[:/]/.test(pattern) &&
			!/^[0-9.]*$/.test(pattern) &&
			/^[0-9a-f.:[\]/]*$/i.test(pattern);
		if (!comparable) return false;
		const parsed = parseCidrPattern(pattern);
		if (typeof parsed === 'string') return yield* this.#fail(parsed, source);
		const parts = address.split('.').map(Number);
		if (parts.length !== 4) return false;
		return cidrMatches(
			parsed,
			parts.reduce((sum, part) => sum * 256 + part, 0)
		);
	}
}

const isTable = (item: string): boolean => !item.startsWith('[') && item.includes(':');

/** Files that a program found missing: said once, however many lists name them. */
const SAID = new WeakMap<Config, Set<string>>();

class ListReader {
	readonly patterns: Pattern[] = [];

	constructor(
		readonly name: string,
		readonly config: Config
	) {}

	/** @param negated by a `!` in front of the file that the items come from */
	*read(items: readonly Item[], negated: boolean): Sys<void> {
		for (const [index, { text, source }] of items.entries()) {
			if (text.startsWith('#')) {
				const rest = items.slice(index + 1).map((item) => item.text);
				yield* this.config.messages.warn(
					`${this.name}: comment at end of line is not supported: ${text} ${rest.join(' ')}`
				);
				return;
			}
			const [marks] = /^!*/.exec(text)!;
			const bare = text.slice(marks.length);
			if (bare === '') throw new Fatal(`${this.name}: no pattern after '!'`);
			const negate = negated !== (marks.length % 2 === 1);
			if (bare.startsWith('/')) yield* this.#file(bare, negate, source);
			else if (isTable(bare)) {
				const dict = yield* openTable(this.config, bare, { fold: false });
				this.patterns.push({ item: text, negate, text: bare, source, dict });
			} else this.patterns.push({ item: text, negate, text: bare.toLowerCase(), source });
		}
	}

	*#file(path: string, negate: boolean, source: Source): Sys<void> {
		let text: string;
		try {
			text = yield* readText(path);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			const broken = `open file ${path}: ${strerror(thrown)}`;
			const fatal = this.config.flag('daemon_table_open_error_is_fatal');
			if (fatal) throw new Fatal(broken);
			let said = SAID.get(this.config);
			if (!said) SAID.set(this.config, (said = new Set()));
			if (!said.has(path)) yield* this.config.messages.error(broken);
			said.add(path);
			this.patterns.push({ item: path, negate, text: path, source, broken });
			return;
		}
		for (const [index, line] of text.split('\n').entries()) {
			if (line.startsWith('#')) continue;
			const place = (item: string): Source => ({ kind: 'file', host: '', path, line: index + 1, item });
			yield* this.read(
				splitItems(line).map((item) => ({ text: item.text, source: place(item.text) })),
				negate
			);
		}
	}
}

function* openList(
	config: Config,
	name: string,
	kinds: readonly Kind[],
	parents: boolean,
	items = config.items(name)
): Sys<MatchList> {
	const reader = new ListReader(name, config);
	yield* reader.read(items, false);
	return new MatchList(name, config, kinds, parents, reader.patterns);
}

function* matchesParents(config: Config, name: string): Sys<boolean> {
	const list = yield* openStringList(config, 'parent_domain_matches_subdomains');
	return (yield* list.match(name)).matched;
}

/** String comparison alone: mydestination, virtual_alias_domains … */
export function* openStringList(config: Config, name: string, items?: readonly Item[]): Sys<MatchList> {
	return yield* openList(config, name, ['string'], false, items);
}

/** Domains: relay_domains, mydestination …; parent domains match as parent_domain_matches_subdomains says. */
export function* openDomainList(config: Config, name: string, items?: readonly Item[]): Sys<MatchList> {
	return yield* openList(config, name, ['hostname'], yield* matchesParents(config, name), items);
}

/** Names and addresses: mynetworks, debug_peer_list … */
export function* openAddressList(config: Config, name: string, items?: readonly Item[]): Sys<MatchList> {
	return yield* openList(config, name, ['hostname', 'address'], yield* matchesParents(config, name), items);
}
