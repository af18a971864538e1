/**
 * The configuration of one running program: main.cf as it was when the program started, with the `-o` settings of its
 * line in master.cf on top (mail_conf(3), mail_params(3)).
 *
 *     const config = yield* openConfig('smtpd', messages, { overrides })   // what is fatal is said and ends the process
 *     config.text('myhostname')            expanded value of any parameter
 *     config.number('smtpd_recipient_limit'), config.seconds('queue_run_delay'), config.flag('soft_bounce')
 *     config.items('mydestination')        the list's items, expanded, each with the place where it is written
 *     config.source('relayhost')           where the value is written: file and line, or the default
 *     config.ownAddresses                  own addresses by inet_interfaces
 *
 * Does: reads once, checks all parameters that the program has, and answers from memory ever after: an edited main.cf
 *       reaches a program only when it starts anew.
 * Reads: main.cf, master.cf (only to know the lines of overrides), uname, interfaces, passwd and group.
 * Not simulated: the wait for a main.cf that was changed less than a second ago; that each program knows the defaults
 *       of its own parameters only (here every program knows them all).
 */
import { Errno, type Source, type Sys } from '#kernel/syscalls';
import type { TraceEvent } from '#engine/trace';
import type { Ipv4Address } from '#wire/packet';
import { readText } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { getpid, trace, uname } from '../libc/unistd';
import { parseLevel } from './compatibility';
import { checkAll } from './config-check';
import { Fatal, Warnings, type Messages } from './errors';
import { expand, referenceAt, type Expanded } from './expand';
import { mistakeText, parseMainCf, placeInValue, splitItems, type Entry, type MainCf } from './main-cf';
import { parseMasterCf } from './master-cf';
import { networksOf, ownAddresses, proxyAddresses, type OwnAddress } from './mynetworks';
import { parameter, transportDefault } from './parameters';
import { parseSeconds, parseNumber } from './values';

export const CONFIG_DIRECTORY = '/etc/postfix';

/** One item of a list value. */
export interface Item {
	readonly text: string;
	readonly source: Source;
}

export type Override = readonly [name: string, value: string];

export interface ConfigOptions {
	/** `-o name=value` of master.cf or of a command line */
	readonly overrides?: readonly Override[];
	/** default /etc/postfix; commands pass `-c` or $MAIL_CONFIG */
	readonly directory?: string;
	/** "smtp/inet": the line of master.cf that the overrides come from */
	readonly service?: string;
	/** false: nothing is checked (postconf) */
	readonly check?: boolean;
}

/** A program has read its configuration: what it runs on until it ends. */
export interface ConfigReadEvent extends TraceEvent {
	readonly kind: 'postfix.config-read';
	readonly program: string;
	readonly pid: number;
	readonly paths: readonly string[];
}

/** What the host itself contributes. */
export interface HostFacts {
	/** `uname -n` */
	readonly nodename: string;
	readonly pid: number;
}

interface Override_ {
	readonly value: string;
	readonly source: Source;
}

const LIST_DEPTH = 100;

export class Config {
	#computed = new Map<string, string>();
	#expanded = new Map<string, string>();
	#own: readonly OwnAddress[] = [];
	#proxy: readonly Ipv4Address[] = [];

	/**
	 * @param main null for a configuration that does not exist: all defaults
	 */
	constructor(
		readonly program: string,
		readonly messages: Messages,
		readonly main: MainCf | null,
		readonly overrides: ReadonlyMap<string, Override_>,
		readonly host: HostFacts,
		readonly directory = CONFIG_DIRECTORY
	) {
		this.#computed.set('config_directory', directory);
		this.#computed.set('process_name', program);
		this.#computed.set('process_id', String(host.pid));
	}

	/** Where main.cf is. */
	get path(): string {
		return `${this.directory}/main.cf`;
	}

	entry(name: string): Entry | undefined {
		return this.main?.entries.get(name);
	}

	/** Whether main.cf or an override sets it. */
	isSet(name: string): boolean {
		return this.overrides.has(name) || this.main?.entries.has(name) === true;
	}

	/** As written, or the built-in default, unexpanded; undefined for a name that nobody knows. */
	lookup(name: string): string | undefined {
		if (name === 'config_directory' || name === 'process_name' || name === 'process_id')
			return this.#computed.get(name);
		return this.overrides.get(name)?.value ?? this.main?.entries.get(name)?.value ?? this.defaultOf(name);
	}

	/** The built-in default, also of those that depend on the host. */
	defaultOf(name: string): string | undefined {
		if (name === 'myhostname') return this.#defaultHostname();
		if (name === 'mydomain') return this.#defaultDomain();
		return this.#computed.get(name) ?? parameter(name)?.default ?? transportDefault(name);
	}

	#defaultHostname(): string {
		const { nodename } = this.host;
		if (nodename.includes('.')) return nodename;
		return `${nodename}.${this.isSet('mydomain') ? this.text('mydomain') : 'localdomain'}`;
	}

	#defaultDomain(): string {
		const name = this.isSet('myhostname') ? this.#without('mydomain', 'myhostname') : this.#defaultHostname();
		const dot = name.indexOf('.');
		return dot < 0 ? 'localdomain' : name.slice(dot + 1);
	}

	/** Expands `name` while `missing` has no value yet: `myhostname = $mydomain`. */
	#without(missing: string, name: string): string {
		const lookup = (other: string): string | undefined =>
			other === missing && !this.isSet(missing) ? undefined : this.lookup(other);
		return expand(lookup(name) ?? '', { lookup, warn: () => undefined }).text;
	}

	/** `myhostname` as the programs first take it, when `mydomain` is not known yet; else as `text`. */
	earlyText(name: string): string {
		return name === 'myhostname' ? this.#without('mydomain', name) : this.text(name);
	}

	raw(name: string): string {
		return this.lookup(name) ?? '';
	}

	/** Expands names in any text. Warnings go to `warn`. @param extra values that come first: `$service_name`, `$user` */
	expandText(text: string, warn: (text: string) => void, extra?: ReadonlyMap<string, string>): Expanded {
		return expand(text, { lookup: (name) => extra?.get(name) ?? this.lookup(name), warn });
	}

	/** Throws `Fatal` when the text is no good. */
	expand(text: string, extra?: ReadonlyMap<string, string>): string {
		if (!text.includes('$')) return text;
		const complaints: string[] = [];
		const expanded = this.expandText(text, (what) => complaints.push(what), extra);
		if (expanded.error) throw new Fatal('dictionary mail_dict: macro processing error', 1, complaints);
		return expanded.text;
	}

	/** Expanded value; empty when the name is not known. */
	text(name: string): string {
		const known = this.#expanded.get(name);
		if (known !== undefined) return known;
		const value = this.raw(name);
		const text = parameter(name)?.type === 'raw' ? value : this.expand(value);
		this.#expanded.set(name, text);
		return text;
	}

	number(name: string): number {
		return parseNumber(name, this.text(name), parameter(name)?.type !== 'long');
	}

	/** A time value in seconds. */
	seconds(name: string): number {
		const fallback = this.defaultOf(name) ?? '';
		return parseSeconds(name, this.text(name), /[a-z]/i.exec(this.expand(fallback))?.[0] ?? 's');
	}

	flag(name: string): boolean {
		const value = this.text(name);
		const lower = value.toLowerCase();
		if (lower !== 'yes' && lower !== 'no') throw new Fatal(`bad boolean configuration: ${name} = ${value}`);
		return lower === 'yes';
	}

	get compatibilityLevel(): number {
		const level = parseLevel(this.text('compatibility_level'));
		if (typeof level === 'string') throw new Fatal(level);
		return level;
	}

	/** Where the value is written. */
	source(name: string): Source {
		const override = this.overrides.get(name);
		if (override) return override.source;
		const entry = this.main?.entries.get(name);
		if (entry) return entrySource(entry);
		return { kind: 'default', parameter: name, value: this.#shownDefault(name) };
	}

	#shownDefault(name: string): string {
		try {
			return this.text(name);
		} catch (thrown) {
			if (thrown instanceof Fatal) return this.defaultOf(name) ?? '';
			throw thrown;
		}
	}

	/** `source`, and behind a default the places of the parameters that it follows from. */
	behind(name: string): readonly Source[] {
		const found = [this.source(name)];
		if (this.isSet(name)) return found;
		const text = name === 'mynetworks' ? '$mynetworks_style' : (this.defaultOf(name) ?? '');
		for (const [, inner] of text.matchAll(/\$[{(]?(\w+)/g)) found.push(...this.behind(inner!));
		return found;
	}

	/**
	 * A list split at commas and white space (braces keep together). An item that is nothing but `$name` gives the items
	 * of that parameter, each with the place where it is written itself.
	 */
	items(name: string): readonly Item[] {
		return this.#items(name, 0);
	}

	#items(name: string, depth: number): Item[] {
		if (depth > LIST_DEPTH) throw new Fatal('dictionary mail_dict: macro processing error');
		const entry = this.overrides.has(name) ? undefined : this.main?.entries.get(name);
		const found: Item[] = [];
		for (const item of splitItems(this.raw(name))) {
			const inner = wholeReference(item.text);
			if (inner !== undefined && parameter(inner)?.type !== 'raw') {
				found.push(...this.#items(inner, depth + 1));
				continue;
			}
			const source = entry ? itemSource(entry, item.offset, item.text) : this.source(name);
			for (const part of splitItems(this.expand(item.text))) found.push({ text: part.text, source });
		}
		return found;
	}

	/** Items of a text that is no parameter of its own: a restriction class, the argument of a restriction. */
	itemsOf(text: string, source: Source): readonly Item[] {
		return splitItems(this.expand(text)).map((item) => ({ text: item.text, source }));
	}

	get ownAddresses(): readonly Ipv4Address[] {
		return this.#own.map((own) => own.address);
	}

	get proxyAddresses(): readonly Ipv4Address[] {
		return this.#proxy;
	}

	/** Finds out the own addresses and with them the default of `mynetworks`. Throws `Fatal`. */
	*learnAddresses(): Sys<void> {
		this.#own = yield* ownAddresses(this.text('inet_interfaces'), this.text('inet_protocols'));
		this.#computed.set('mynetworks', networksOf(this.text('mynetworks_style'), this.#own));
		this.#expanded.clear();
	}

	*learnProxyAddresses(): Sys<void> {
		this.#proxy = yield* proxyAddresses(this.text('proxy_interfaces'));
	}
}

function wholeReference(text: string): string | undefined {
	if (!text.startsWith('$') || text.startsWith('$$')) return undefined;
	const reference = referenceAt(text, 1);
	return reference && reference.next === text.length && /^\w+$/.test(reference.inside) ? reference.inside : undefined;
}

export function entrySource(entry: Entry): Source {
	const { line, endLine } = entry.lines;
	const place = { kind: 'file', host: '', path: entry.path, line } as const;
	return endLine === line ? place : { ...place, endLine };
}

/** The line of one item of a list. */
export function itemSource(entry: Entry, offset: number, item: string): Source {
	return { kind: 'file', host: '', path: entry.path, line: placeInValue(entry, offset).line, item };
}

function* overridesOf(options: ConfigOptions, directory: string): Sys<Map<string, Override_>> {
	const found = new Map<string, Override_>();
	if (!options.overrides?.length) return found;
	const path = `${directory}/master.cf`;
	const [name, type] = (options.service ?? '').split('/');
	let service;
	if (name) {
		try {
			const master = parseMasterCf(yield* readText(path), path);
			service = master.services.find((row) => row.name === name && row.type === type);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	for (const [parameterName, value] of options.overrides) {
		const written = service?.overrides.find((row) => row.name === parameterName);
		const item = `-o ${parameterName}=${value}`;
		found.set(parameterName, {
			value,
			source: service
				? { kind: 'file', host: '', path, line: written?.line ?? service.line, item }
				: { kind: 'default', parameter: parameterName, value }
		});
	}
	return found;
}

/** @param preset whether `config_directory` counts as set before the file is read */
export function* readMainCf(directory: string, messages: Messages, preset = true): Sys<MainCf> {
	const path = `${directory}/main.cf`;
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new Fatal(`open ${path}: ${strerror(thrown)}`);
	}
	const warnings = new Warnings();
	const set = new Map(preset ? [['config_directory', directory]] : []);
	const main = parseMainCf(text, path, warnings.add, set);
	yield* warnings.flush(messages);
	const [mistake] = main.mistakes;
	if (mistake) throw new Fatal(mistakeText(path, mistake));
	return main;
}

/** Reads and checks; what is wrong is said in Postfix's words and ends the process. */
export function* openConfig(program: string, messages: Messages, options: ConfigOptions = {}): Sys<Config> {
	return yield* messages.guard(function* () {
		const directory = options.directory ?? CONFIG_DIRECTORY;
		const main = yield* readMainCf(directory, messages);
		const { nodename } = yield* uname();
		const pid = yield* getpid();
		const overrides = yield* overridesOf(options, directory);
		const config = new Config(program, messages, main, overrides, { nodename, pid }, directory);
		if (options.check !== false) yield* checkAll(config);
		const event: ConfigReadEvent = { kind: 'postfix.config-read', host: '', program, pid, paths: [main.path] };
		yield* trace(event);
		return config;
	});
}
