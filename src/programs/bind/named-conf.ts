/**
 * named.conf (BIND 9.18): what named and named-checkconf make of it.
 *
 * Reads:  text; included files are asked for by `files`.
 * Errors: the first one ends the reading, in the words of named-checkconf ("FILE:LINE: unknown option 'foo'").
 * Length: the grammar is tables, and what reads by them stands beside them.
 * Lacks:  views, keys and dynamic update are read but have no effect; options that are known but not simulated likewise.
 */
import { parseIpv4Address, parsePrefix } from '#wire/address';
import { labelsOf, nameOf } from '#wire/dns';
import { ANY, LOCAL, NONE, type Acl, type AclElement } from './acl';
import { shownName } from './load-zone';
import type { FileSource } from './zone-file';

export interface ZoneStatement {
	/** absolute */
	readonly name: string;
	readonly type: string;
	readonly file?: string;
	readonly path: string;
	readonly line: number;
	readonly allowQuery?: Acl;
	readonly allowTransfer?: Acl;
	readonly masters: readonly number[];
	readonly forwarders: readonly number[];
	readonly forwardOnly: boolean;
	readonly notify: NotifyMode;
	readonly alsoNotify: readonly number[];
}

/** Who is told of a change: the zone's name servers and also-notify, nobody, or also-notify alone. */
export type NotifyMode = 'yes' | 'no' | 'explicit';

export interface NamedConfiguration {
	readonly directory: string;
	readonly recursion: boolean;
	readonly allowQuery: Acl;
	readonly allowRecursion: Acl;
	readonly allowTransfer: Acl;
	readonly listenOn: Acl;
	readonly port: number;
	readonly forwarders: readonly number[];
	readonly forwardOnly: boolean;
	readonly minimalResponses: 'yes' | 'no' | 'no-auth' | 'no-auth-recursive';
	readonly rrsetOrder: 'none' | 'fixed' | 'cyclic' | 'random';
	readonly version?: string;
	readonly pidFile: string;
	readonly querylog: boolean;
	/** where options stand: of those that refuse, for their reasons */
	readonly places: ReadonlyMap<string, { readonly path: string; readonly line: number }>;
	readonly zones: readonly ZoneStatement[];
	readonly files: readonly string[];
}

export interface ParsedConfiguration {
	readonly configuration?: NamedConfiguration;
	/** in the order in which named-checkconf prints them */
	readonly errors: readonly string[];
	/** what named-checkconf says of a file that it accepts */
	readonly warnings: readonly string[];
	/** included files that `files` did not have */
	readonly missing: readonly string[];
	/** files that were read, the first one first */
	readonly files: readonly string[];
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

export interface Word {
	readonly kind: 'word' | 'quoted' | '{' | '}' | ';' | 'eof';
	readonly text: string;
	readonly path: string;
	readonly line: number;
}

export class ConfigurationError {
	constructor(readonly message: string) {}
}

function fail(word: Word, text: string): never {
	throw new ConfigurationError(`${word.path}:${word.line}: ${text}`);
}

/** Words of a file; comments are those of C, C++ and the shell. */
export function configurationWords(text: string, path: string): Word[] {
	const words: Word[] = [];
	let line = 1;
	for (let at = 0; at < text.length;) {
		const character = text[at]!;
		const two = text.slice(at, at + 2);
		if (character === '\n') {
			line++;
			at++;
		} else if (/\s/.test(character)) at++;
		else if (character === '#' || two === '//') at = endOf(text, '\n', at);
		else if (two === '/*') {
			const end = text.indexOf('*/', at);
			if (end < 0) throw new ConfigurationError(`${path}:${line}: unexpected end of input `);
			line += text.slice(at, end).split('\n').length - 1;
			at = end + 2;
		} else if (character === '"') {
			const end = text.indexOf('"', at + 1);
			if (end < 0) throw new ConfigurationError(`${path}:${line}: syntax error near '"'`);
			words.push({ kind: 'quoted', text: text.slice(at + 1, end), path, line });
			line += text.slice(at, end).split('\n').length - 1;
			at = end + 1;
		} else if (character === '{' || character === '}' || character === ';') {
			words.push({ kind: character, text: character, path, line });
			at++;
		} else if (character === '!') {
			words.push({ kind: 'word', text: '!', path, line });
			at++;
		} else {
			const start = at;
			while (
				at < text.length &&
				!/[\s{};"!#]/.test(text[at]!) &&
				!text.startsWith('/*', at) &&
				!text.startsWith('//', at)
			)
				at++;
			words.push({ kind: 'word', text: text.slice(start, at), path, line });
		}
	}
	words.push({ kind: 'eof', text: '', path, line: text.endsWith('\n') ? line : line });
	return words;
}

function endOf(text: string, what: string, from: number): number {
	const at = text.indexOf(what, from);
	return at < 0 ? text.length : at;
}

/* ---- the grammar ------------------------------------------------------------------------------------------------- */

/** How a clause's value is read; `skip` takes anything up to its semicolon. */
type ValueKind =
	'string' | 'text' | 'boolean' | 'dnssec' | 'acl' | 'number' | 'size' | 'servers' | 'listen' | 'word' | 'skip';

const COMMON_OPTIONS: Readonly<Record<string, ValueKind>> = {
	'allow-query': 'acl', 'allow-query-on': 'acl', 'allow-transfer': 'acl', 'allow-notify': 'acl', 'allow-update': 'acl', 'also-notify': 'servers', notify: 'word',
	'check-names': 'skip', 'check-integrity': 'boolean', 'check-mx': 'word', 'check-siblings': 'boolean', forward: 'word', forwarders: 'servers',
	'max-zone-ttl': 'word', 'notify-source': 'skip', 'transfer-source': 'skip', 'zone-statistics': 'word', 'max-transfer-time-in': 'number', 'masterfile-format': 'word',
	'dnssec-policy': 'text', 'inline-signing': 'boolean', 'auto-dnssec': 'word', 'key-directory': 'string', 'ixfr-from-differences': 'word', 'request-ixfr': 'boolean',
	'check-wildcard': 'boolean', 'check-spf': 'word', 'check-srv-cname': 'word', 'check-mx-cname': 'word', 'check-dup-records': 'word', 'min-refresh-time': 'number',
	'max-refresh-time': 'number', 'min-retry-time': 'number', 'max-retry-time': 'number', 'serial-update-method': 'word', 'update-check-ksk': 'boolean', 'multi-master': 'boolean'
}; // prettier-ignore

const OPTIONS: Readonly<Record<string, ValueKind>> = {
	...COMMON_OPTIONS,
	directory: 'string', recursion: 'boolean', 'allow-recursion': 'acl', 'allow-recursion-on': 'acl', 'allow-query-cache': 'acl', 'allow-query-cache-on': 'acl',
	'listen-on': 'listen', 'listen-on-v6': 'listen', 'dnssec-validation': 'dnssec', 'empty-zones-enable': 'boolean', 'rrset-order': 'skip', 'minimal-responses': 'word',
	version: 'text', hostname: 'text', 'server-id': 'text', 'pid-file': 'text', 'session-keyfile': 'text', 'session-keyname': 'text', blackhole: 'acl', 'auth-nxdomain': 'boolean', 'max-cache-size': 'size',
	'max-cache-ttl': 'word', 'max-ncache-ttl': 'word', 'min-cache-ttl': 'word', 'query-source': 'skip', 'query-source-v6': 'skip', port: 'number', 'managed-keys-directory': 'string', 'bindkeys-file': 'string',
	'dump-file': 'string', 'statistics-file': 'string', 'memstatistics-file': 'string', querylog: 'boolean', 'minimal-any': 'boolean', 'tcp-clients': 'number', 'recursive-clients': 'number',
	'qname-minimization': 'word', 'prefetch': 'skip', 'rate-limit': 'skip', 'response-policy': 'skip', 'disable-empty-zone': 'text', 'empty-server': 'text', 'empty-contact': 'text', 'edns-udp-size': 'number',
	'max-udp-size': 'number', 'resolver-query-timeout': 'number', 'transfers-in': 'number', 'transfers-out': 'number', 'interface-interval': 'word', 'sortlist': 'skip', 'root-delegation-only': 'skip', 'no-case-compress': 'acl',
	'answer-cookie': 'boolean', 'send-cookie': 'boolean', 'require-server-cookie': 'boolean', 'cookie-secret': 'text', 'lame-ttl': 'word', 'max-recursion-depth': 'number', 'max-recursion-queries': 'number', 'stale-answer-enable': 'boolean',
	'dns64': 'skip', 'tkey-gssapi-keytab': 'string', 'keep-response-order': 'acl', 'geoip-directory': 'word', 'match-mapped-addresses': 'boolean', 'additional-from-auth': 'boolean', 'trust-anchor-telemetry': 'boolean'
}; // prettier-ignore

const ZONE_OPTIONS: Readonly<Record<string, ValueKind>> = {
	...COMMON_OPTIONS,
	type: 'word', file: 'string', masters: 'servers', primaries: 'servers', journal: 'string', 'update-policy': 'skip', 'in-view': 'text', database: 'text', 'delegation-only': 'boolean', 'server-addresses': 'servers'
}; // prettier-ignore

export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS).sort();
export const ZONE_OPTION_NAMES: readonly string[] = Object.keys(ZONE_OPTIONS).sort();

const ZONE_TYPES: Readonly<Record<string, string>> = {
	primary: 'primary', master: 'primary', secondary: 'secondary', slave: 'secondary', stub: 'stub', hint: 'hint', forward: 'forward',
	mirror: 'mirror', redirect: 'redirect', 'static-stub': 'static-stub', 'delegation-only': 'delegation-only'
}; // prettier-ignore

/** Options of older versions, whose names are still known. */
const GONE: ReadonlySet<string> = new Set(
	(
		'acache-cleaning-interval acache-enable additional-from-auth additional-from-cache allow-v6-synthesis cache-file cleaning-interval ' +
		'deallocate-on-exit dnssec-enable dnssec-lookaside fake-iquery fetch-glue filter-aaaa filter-aaaa-on-v4 filter-aaaa-on-v6 ' +
		'geoip-use-ecs has-old-clients host-statistics host-statistics-max ixfr-tmp-file lwres maintain-ixfr-base max-acache-size ' +
		'max-ixfr-log-size min-roots multiple-cnames named-xfer nosit-udp-size queryport-pool-ports queryport-pool-updateinterval ' +
		'reserved-sockets rfc2308-type1 serial-queries sit-secret statistics-interval support-ixfr topology treat-cr-as-space ' +
		'tkey-dhkey use-id-pool use-ixfr use-queryport-pool'
	).split(' ')
);
/** What still works, with a warning. */
const DEPRECATED: ReadonlySet<string> = new Set(
	(
		'auto-dnssec avoid-v4-udp-ports avoid-v6-udp-ports coresize datasize dialup dnssec-must-be-secure files glue-cache ' +
		'heartbeat-interval managed-keys root-delegation-only stacksize tkey-domain tkey-gssapi-credential trusted-keys ' +
		'use-v4-udp-ports use-v6-udp-ports'
	).split(' ')
);
/** Options that may stand there although they mean nothing any more. */
const OBSOLETE: ReadonlySet<string> = new Set(['suppress-initial-notify']);

const OLD_OPTIONS: ReadonlySet<string> = new Set([...DEPRECATED, ...OBSOLETE]);

/** Statements that are read over. */
const OTHER_STATEMENTS: ReadonlySet<string> = new Set([
	'logging',
	'key',
	'controls',
	'view',
	'server',
	'parental-agents',
	'statistics-channels',
	'managed-keys',
	'trusted-keys',
	'trust-anchors',
	'dnssec-policy',
	'dlz',
	'dyndb',
	'http',
	'tls',
	'plugin'
]);
const ONCE: ReadonlySet<string> = new Set(['options', 'logging']);

type Values = Map<string, { readonly value: unknown; readonly word: Word }>;

class Parser {
	readonly missing: string[] = [];
	/** said while reading, which went on */
	readonly errors: string[] = [];
	readonly warnings: string[] = [];
	readonly read: string[] = [];
	readonly options: Values = new Map();
	readonly zones: { name: string; word: Word; values: Values }[] = [];
	#acls = new Map<string, Acl>();
	#primaries = new Map<string, readonly number[]>();
	#used: { readonly name: string; readonly word: Word }[] = [];
	#once = new Set<string>();
	#hasViews = false;
	#words: Word[] = [];
	#at = 0;

	constructor(
		readonly files: FileSource,
		readonly directories: (path: string) => boolean
	) {}

	file(path: string, text: string): void {
		const [words, at] = [this.#words, this.#at];
		this.read.push(path);
		this.#words = configurationWords(text, path);
		this.#at = 0;
		while (this.#peek().kind !== 'eof') this.#statement();
		this.#words = words;
		this.#at = at;
	}

	#peek(): Word {
		return this.#words[this.#at]!;
	}

	#next(): Word {
		const word = this.#words[this.#at]!;
		if (word.kind !== 'eof') this.#at++;
		return word;
	}

	#expect(kind: '{' | '}' | ';'): Word {
		const word = this.#peek();
		if (word.kind === kind) return this.#next();
		const near = word.kind === 'eof' ? 'end of file' : word.kind === 'quoted' ? `quoted string` : `'${word.text}'`;
		if (kind === ';') fail(word, `missing ';' before ${near}`);
		return fail(word, `'${kind}' expected near ${near}`);
	}

	#statement(): void {
		const word = this.#next();
		if (word.kind !== 'word') fail(word, `syntax error near '${word.text}'`);
		if (ONCE.has(word.text)) {
			if (this.#once.has(word.text)) fail(word, `'${word.text}' redefined near '${word.text}'`);
			this.#once.add(word.text);
		}
		switch (word.text) {
			case 'include':
				this.#include(word);
				break;
			case 'options':
				this.#block(OPTIONS, this.options);
				break;
			case 'zone':
				this.#zone(word);
				break;
			case 'acl': {
				const name = this.#next();
				this.#acls.set(name.text, this.#acl());
				break;
			}
			case 'primaries':
			case 'masters': {
				const name = this.#next();
				this.#primaries.set(name.text, this.#servers());
				break;
			}
			default:
				this.#age(word);
				if (!OTHER_STATEMENTS.has(word.text)) fail(word, `unknown option '${word.text}'`);
				if (word.text === 'view') this.#hasViews = true;
				this.#skip();
		}
		this.#expect(';');
	}

	/** Words that are gone end the reading; old ones are warned of. */
	#age(word: Word): void {
		const where = `${word.path}:${word.line}: option '${word.text}'`;
		if (GONE.has(word.text)) throw new ConfigurationError(`${where} no longer exists`);
		if (DEPRECATED.has(word.text)) this.warnings.push(`${where} is deprecated`);
		if (OBSOLETE.has(word.text)) this.warnings.push(`${where} is obsolete and should be removed `);
	}

	#include(word: Word): void {
		const path = this.#string();
		const text = this.files(path);
		if (text === undefined) this.missing.push(path);
		else if (text === null) throw new ConfigurationError(`${word.path}:${word.line}: parsing failed: file not found`);
		else this.file(path, text);
	}

	#zone(word: Word): void {
		const name = this.#next();
		if (name.kind !== 'word' && name.kind !== 'quoted') fail(name, `expected string near '${name.text}'`);
		if (/^(in|ch|hs|chaos|hesiod)$/i.test(this.#peek().text)) this.#next();
		const values: Values = new Map();
		this.#block(ZONE_OPTIONS, values);
		const labels = labelsOf(name.text.toLowerCase());
		if (!labels) fail(name, `zone '${name.text}': is not a valid name`);
		this.zones.push({ name: nameOf(labels), word, values });
	}

	#block(known: Readonly<Record<string, ValueKind>>, values: Values): void {
		this.#expect('{');
		while (this.#peek().kind !== '}') {
			const word = this.#next();
			if (word.kind === 'eof') fail(word, "'}' expected near end of file");
			if (word.kind !== 'word') fail(word, `syntax error near '${word.text}'`);
			this.#age(word);
			const kind = known[word.text] ?? (OLD_OPTIONS.has(word.text) ? 'skip' : undefined);
			if (kind === undefined) fail(word, `unknown option '${word.text}'`);
			if (values.has(word.text) && kind !== 'listen') fail(word, `'${word.text}' redefined near '${word.text}'`);
			values.set(word.text, { value: this.#value(kind, word), word });
			this.#expect(';');
		}
		this.#expect('}');
	}

	#value(kind: ValueKind, clause: Word): unknown {
		switch (kind) {
			case 'string': {
				const text = this.#string();
				if (clause.text === 'directory' && !this.directories(text)) {
					const where = `${clause.path}:${this.#words[this.#at - 1]!.line}`;
					throw new ConfigurationError(
						`${where}: change directory to '${text}' failed: file not found\n\n${where}: parsing failed: file not found`
					);
				}
				return text;
			}
			case 'text':
			case 'word':
				return this.#word();
			case 'boolean':
			case 'dnssec': {
				const word = this.#next();
				if (kind === 'dnssec' && word.text === 'auto') return 'auto';
				if (/^(yes|true|1)$/i.test(word.text)) return true;
				if (/^(no|false|0)$/i.test(word.text)) return false;
				return fail(word, `boolean expected near '${word.text}'`);
			}
			case 'number': {
				const word = this.#next();
				if (!/^\d+$/.test(word.text)) fail(word, `expected integer near '${word.text}'`);
				return Number(word.text);
			}
			case 'size': {
				const word = this.#next();
				if (!/^(\d+[kmgKMG%]?|unlimited|default)$/.test(word.text))
					fail(word, `expected integer and optional unit or percent near '${word.text}'`);
				return word.text;
			}
			case 'acl':
				return this.#acl();
			case 'listen':
				while (this.#peek().kind === 'word') this.#next();
				return this.#acl();
			case 'servers':
				return this.#servers();
			case 'skip':
				return this.#skip();
		}
	}

	#string(): string {
		const word = this.#next();
		if (word.kind !== 'quoted')
			fail(word, `expected quoted string near '${word.text.slice(0, 1) === '/' ? '/' : word.text}'`);
		return word.text;
	}

	#word(): string {
		const word = this.#next();
		if (word.kind !== 'word' && word.kind !== 'quoted') fail(word, `expected string near '${word.text}'`);
		return word.text;
	}

	/** Everything up to the semicolon that ends the clause. */
	#skip(): string[] {
		const words: string[] = [];
		let depth = 0;
		for (;;) {
			const word = this.#peek();
			if (word.kind === 'eof')
				fail(word, depth > 0 ? "'}' expected near end of file" : "missing ';' before end of file");
			if (depth === 0 && (word.kind === ';' || word.kind === '}')) return words;
			if (word.kind === '{') depth++;
			if (word.kind === '}') depth--;
			words.push(word.text);
			this.#next();
		}
	}

	#servers(): number[] {
		while (this.#peek().kind === 'word') this.#next();
		this.#expect('{');
		const addresses: number[] = [];
		while (this.#peek().kind !== '}') {
			const word = this.#next();
			const address = parseIpv4Address(word.text);
			if (address !== undefined) addresses.push(address);
			else addresses.push(...(this.#primaries.get(word.text) ?? []));
			while (this.#peek().kind === 'word') this.#next();
			this.#expect(';');
		}
		this.#expect('}');
		return addresses;
	}

	#acl(): Acl {
		this.#expect('{');
		const list: AclElement[] = [];
		while (this.#peek().kind !== '}') {
			list.push(this.#aclElement());
			this.#expect(';');
		}
		this.#expect('}');
		return list;
	}

	#aclElement(): AclElement {
		let not = false;
		while (this.#peek().text === '!' && this.#peek().kind === 'word') {
			this.#next();
			not = !not;
		}
		if (this.#peek().kind === '{') return { not, kind: 'list', list: this.#acl() };
		const word = this.#next();
		if (word.kind === 'eof') fail(word, "'}' expected near end of file");
		const { text } = word;
		if (text === 'any' || text === 'none' || text === 'localhost' || text === 'localnets') return { not, kind: text };
		if (text === 'key' || text.includes(':')) {
			if (text === 'key') this.#next();
			return { not, kind: 'other' };
		}
		if (/^[\d.]+(\/\d+)?$/.test(text)) return { not, ...aclPrefix(word, this.#peek()) };
		const named = this.#acls.get(text);
		if (named) return { not, kind: 'list', list: named };
		this.#used.push({ name: text, word });
		return { not, kind: 'other' };
	}

	/** What can be told only when everything was read: bind9/check.c. */
	check(): string[] {
		const errors: string[] = [];
		const where = (word: Word) => `${word.path}:${word.line}`;
		for (const { name, word } of this.#used)
			if (!this.#acls.has(name)) errors.push(`${where(word)}: undefined ACL '${name}'`);
		const first = new Map<string, Word>();
		for (const { name, word, values } of this.zones) {
			const title = `${where(word)}: zone '${shownName(name)}':`;
			if (this.#hasViews) {
				errors.push(`${where(word)}: when using 'view' statements, all zones must be in views`);
				continue;
			}
			const type = values.get('type');
			if (!type) {
				errors.push(`${title} type not present`);
				continue;
			}
			const known = ZONE_TYPES[String(type.value)]!;
			const earlier = first.get(name);
			if (earlier) errors.push(`${title} already exists previous definition: ${where(earlier)}`);
			else first.set(name, word);
			if ((known === 'secondary' || known === 'stub') && !values.has('primaries') && !values.has('masters'))
				errors.push(`${title} missing 'primaries' entry`);
			if ((known === 'primary' || known === 'hint' || known === 'redirect') && !values.has('file'))
				errors.push(`${title} missing 'file' entry`);
		}
		return errors;
	}

	/** `type` has its own words for what it does not know, said while reading. */
	checkTypes(): void {
		for (const { values } of this.zones) {
			const type = values.get('type');
			if (type && ZONE_TYPES[String(type.value)] === undefined) fail(type.word, `'${String(type.value)}' unexpected`);
		}
	}
}

function aclPrefix(word: Word, next: Word): { kind: 'prefix'; address: number; prefix: number } {
	const [text, length] = word.text.split('/');
	const parts = text!.split('.').filter((part) => part !== '');
	if (parts.length < 4 && length === undefined) fail(next, `incomplete IPv4 address or prefix near '${next.text}'`);
	if (length !== undefined && Number(length) > 32) fail(next, `invalid prefix length '${length}'`);
	const full = `${[...parts, '0', '0', '0', '0'].slice(0, 4).join('.')}${length === undefined ? '' : `/${length}`}`;
	const parsed = parsePrefix(full);
	if (!parsed) return fail(word, `expected IP address near '${word.text}'`);
	const hostBits = parsed.prefix === 32 ? 0 : parsed.address & (0xffffffff >>> parsed.prefix);
	if (hostBits !== 0) fail(word, `'${word.text}': address/prefix length mismatch '${length!}'`);
	return { kind: 'prefix', ...parsed };
}

/**
 * @param directories whether a directory exists (named changes into `directory` while it reads)
 */
export function parseNamedConf(
	text: string,
	path: string,
	files: FileSource = () => null,
	directories: (path: string) => boolean = () => true
): ParsedConfiguration {
	const parser = new Parser(files, directories);
	const { warnings } = parser;
	try {
		parser.file(path, text);
		parser.checkTypes();
	} catch (thrown) {
		if (!(thrown instanceof ConfigurationError)) throw thrown;
		return { errors: [...parser.errors, thrown.message], warnings, missing: parser.missing, files: parser.read };
	}
	const errors = parser.check();
	if (errors.length > 0 || parser.missing.length > 0)
		return { errors, warnings, missing: parser.missing, files: parser.read };
	return { configuration: configurationOf(parser), errors, warnings, missing: [], files: parser.read };
}

function configurationOf({ options, zones, read }: Parser): NamedConfiguration {
	const value = <T>(name: string, fallback: T): T => (options.has(name) ? (options.get(name)!.value as T) : fallback);
	const recursion = value('recursion', true);
	const order = value<string[]>('rrset-order', []);
	const version = value<string | undefined>('version', undefined);
	return {
		directory: value('directory', '/var/cache/bind'),
		recursion,
		allowQuery: value('allow-query', ANY),
		allowRecursion: recursion
			? value('allow-recursion', value('allow-query-cache', value('allow-query', LOCAL)))
			: NONE,
		allowTransfer: value('allow-transfer', ANY),
		listenOn: value('listen-on', ANY),
		port: value('port', 53),
		forwarders: value('forwarders', []),
		forwardOnly: value<string>('forward', 'first') === 'only',
		minimalResponses: minimalResponses(value('minimal-responses', 'no-auth-recursive')),
		rrsetOrder: (['none', 'fixed', 'cyclic'] as const).find((kind) => order.includes(kind)) ?? 'random',
		pidFile: value('pid-file', '/run/named/named.pid'),
		querylog: value('querylog', false),
		places: new Map([...options].map(([name, { word }]) => [name, { path: word.path, line: word.line }])),
		zones: zones.map((zone) => zoneOf(zone, value('notify', 'yes'), value('also-notify', []))),
		files: read,
		...(version === undefined ? {} : { version })
	};
}

function notifyMode(text: string): NotifyMode {
	if (text === 'explicit') return 'explicit';
	return /^(no|false|0)$/.test(text) ? 'no' : 'yes';
}

function minimalResponses(text: string): NamedConfiguration['minimalResponses'] {
	if (text === 'no-auth' || text === 'no-auth-recursive') return text;
	return /^(yes|true|1)$/.test(text) ? 'yes' : 'no';
}

function zoneOf(
	{ name, word, values }: { name: string; word: Word; values: Values },
	notify: string,
	alsoNotify: readonly number[]
): ZoneStatement {
	const value = <T>(key: string): T | undefined => values.get(key)?.value as T | undefined;
	const [file, allowQuery, allowTransfer] = [
		value<string>('file'),
		value<Acl>('allow-query'),
		value<Acl>('allow-transfer')
	];
	return {
		name,
		type: ZONE_TYPES[value<string>('type')!]!,
		path: word.path,
		line: word.line,
		masters: value<number[]>('primaries') ?? value<number[]>('masters') ?? [],
		forwarders: value<number[]>('forwarders') ?? [],
		forwardOnly: value<string>('forward') === 'only',
		notify: notifyMode(value<string>('notify') ?? notify),
		alsoNotify: value<number[]>('also-notify') ?? alsoNotify,
		...(file === undefined ? {} : { file }),
		...(allowQuery ? { allowQuery } : {}),
		...(allowTransfer ? { allowTransfer } : {})
	};
}
