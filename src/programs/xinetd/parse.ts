/**
 * The text of xinetd.conf(5) and of what it includes: entries, their lines, and what they say.
 *
 *     service NAME        defaults        include FILE        includedir DIRECTORY
 *     {                   {
 *         attribute = value value …
 *     }                   }
 *
 * As the real program: what is wrong is logged with file and line. A wrong line ends its entry, which is left out; a wrong
 * value disables the service; a wrong value in `defaults` ends xinetd. An entry is not read past `disable = yes`. What
 * `defaults` says of addresses, times and banners reaches only the services below it.
 */
import { Errno, S, type Sys } from '#kernel/syscalls';
import { readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { readdir, stat } from '../libc/unistd';
import type { Operator } from './addresses';
import { defaultsAttribute, serviceAttribute } from './attributes';
import type { Place, Report } from './message';
import { ServiceConfig } from './service-config';

/** What has been read so far. */
export interface Configuration {
	readonly defaults: ServiceConfig;
	services: ServiceConfig[];
}

/** A wrong `defaults`: xinetd ends. */
export class FatalDefaults {}

export interface Surroundings {
	readonly report: Report;
	/** environment of xinetd */
	readonly environment: ReadonlyMap<string, string>;
}

/** files within files; deeper ones are not read, so that a file that includes itself ends */
const DEEPEST = 64;

/** Lines with something in them, and how far the reading has come. */
class Lines {
	#rest: string;
	/** lines read */
	count = 0;

	constructor(text: string) {
		this.#rest = text;
	}

	next(): string | undefined {
		while (this.#rest !== '') {
			const end = this.#rest.indexOf('\n');
			const line = (end < 0 ? this.#rest : this.#rest.slice(0, end)).replace(/\0.*/s, '');
			this.#rest = end < 0 ? '' : this.#rest.slice(end + 1);
			this.count++;
			if (!/^[ \t\v\f\r]*(#|$)/.test(line)) return line;
		}
		return undefined;
	}

	/**
	 * What follows an attribute that stands alone on its line: the real program reads on into the next line, and ends its
	 * first word with a NUL, which takes the rest of that line away.
	 */
	runOn(): string {
		const word = /^[^\s=]*/.exec(this.#rest)![0].length;
		const following = this.#rest.slice(word);
		this.#rest = `${this.#rest.slice(0, word)}\0${following.slice(1)}`;
		return following;
	}
}

function words(line: string): string[] {
	return line.split(/[ \t]+/).filter((word) => word !== '');
}

function isOnly(line: string, character: string): boolean {
	return line.replace(/[ \t\v\f\r]/g, '') === character;
}

export interface AttributeLine {
	readonly name: string;
	readonly operator: Operator;
	readonly values: readonly string[];
}

/** `name OP value …`: @returns a message when it is none. @param runOn what follows a line that is over with the name */
export function parseLine(line: string, runOn: () => string): AttributeLine | string {
	const [, name, rest] = /^\s*([^\s=]*)(.*)$/s.exec(line) as unknown as [string, string, string];
	const following = rest === '' ? runOn() : rest;
	if (following.startsWith('=')) return `Attribute ${name} needs a space before operator`;
	if (following.trimStart() === '') return `Nothing after attribute: ${name}`;
	const match = /^([+-]?=)(.*)$/s.exec(rest.trimStart());
	if (!match) return `Bad operator for attribute: ${name}`;
	return { name, operator: match[1] as Operator, values: words(match[2]!) };
}

/** Attributes that a service has from the `defaults` above it. */
const INHERITED = [
	'log_on_success', 'log_on_failure', 'only_from', 'no_access', 'passenv', 'access_times', 'banner', 'banner_success',
	'banner_fail'
]; // prettier-ignore

function inherit(service: ServiceConfig, defaults: ServiceConfig): void {
	service.logOnSuccess = new Set(defaults.logOnSuccess);
	service.logOnFailure = new Set(defaults.logOnFailure);
	service.onlyFrom = defaults.onlyFrom && [...defaults.onlyFrom];
	service.noAccess = defaults.noAccess && [...defaults.noAccess];
	service.passenv = defaults.passenv && [...defaults.passenv];
	service.banner = defaults.banner;
	service.bannerSuccess = defaults.bannerSuccess;
	service.bannerFail = defaults.bannerFail;
	for (const name of INHERITED) {
		const place = defaults.places.get(name);
		if (defaults.has(name)) service.present.add(name);
		if (place) service.places.set(name, place);
	}
}

export class Parser {
	/** of the file that is read; after an included one it stays that one's until the file itself ends */
	#file: string;
	#line = 0;
	#depth = 0;

	constructor(
		file: string,
		readonly configuration: Configuration,
		readonly surroundings: Surroundings
	) {
		this.#file = file;
	}

	get #place(): Place {
		return { file: this.#file, line: this.#line };
	}

	*#say(priority: Parameters<Report>[0], text: string): Sys<void> {
		yield* this.surroundings.report(priority, text, this.#place);
	}

	#next(lines: Lines): string | undefined {
		const line = lines.next();
		this.#line = lines.count;
		return line;
	}

	/** Reads a file to its end. */
	*read(text: string, file: string): Sys<void> {
		const { configuration } = this;
		const lines = new Lines(text);
		this.#file = file;
		this.#line = 0;
		this.#depth++;
		let found = false;
		for (let line = this.#next(lines); line !== undefined; line = this.#next(lines)) {
			const [keyword, name] = words(line) as [string?, string?];
			if (keyword === 'include' || keyword === 'includedir' || keyword === 'service') {
				if (name === undefined) {
					yield* this.#say('err', 'service name missing');
					yield* this.#skip(lines);
				} else if (keyword === 'service') yield* this.#service(lines, name);
				else {
					const saved = this.#line;
					yield* keyword === 'include' ? this.#include(name) : this.#directory(name);
					this.#file = file;
					this.#line = saved;
				}
			} else if (keyword !== 'defaults') {
				yield* this.#say('err', 'missing service keyword');
				yield* this.#skip(lines);
			} else if (yield* this.#begins(lines, '(null)')) {
				if (found) {
					yield* this.#say('err', 'only 1 defaults entry is allowed. This entry will be ignored');
					yield* this.#skip(lines);
				} else found = yield* this.#entry(lines, configuration.defaults);
			}
		}
		this.#depth--;
	}

	*#begins(lines: Lines, name: string): Sys<boolean> {
		const line = this.#next(lines);
		if (line !== undefined && isOnly(line, '{')) return true;
		yield* this.#say('err', `Service ${name}: missing '{'`);
		yield* this.#skip(lines);
		return false;
	}

	/** To the end of an entry. */
	*#skip(lines: Lines): Sys<void> {
		for (let line = this.#next(lines); line !== undefined; line = this.#next(lines)) if (isOnly(line, '}')) return;
		yield* this.#say('warning', 'missing } in last service entry');
	}

	*#service(lines: Lines, name: string): Sys<void> {
		const service = new ServiceConfig(name, this.#place);
		if (!(yield* this.#begins(lines, name))) return;
		inherit(service, this.configuration.defaults);
		if (!(yield* this.#entry(lines, service))) return yield* this.#skip(lines);
		if (!service.has('id')) service.id = name;
		this.configuration.services.push(service);
	}

	/** The lines of an entry. @returns false when the rest of it is not to be read */
	*#entry(lines: Lines, config: ServiceConfig): Sys<boolean> {
		for (;;) {
			const line = this.#next(lines);
			if (line === undefined) {
				yield* this.#say('err', 'incomplete entry');
				return false;
			}
			if (isOnly(line, '}')) return true;
			const parsed = parseLine(line, () => lines.runOn());
			if (typeof parsed === 'string') {
				yield* this.#say('err', parsed);
				return false;
			}
			if (!(yield* this.#attribute(config, parsed))) {
				yield* this.surroundings.report(
					'err',
					'A fatal error was encountered while parsing the default section. xinetd will exit.'
				);
				throw new FatalDefaults();
			}
			if (parsed.name === 'disable' && config.disabled) return false;
		}
	}

	/** @returns false for what must not be wrong: a value of `defaults` */
	*#attribute(config: ServiceConfig, { name, operator, values }: AttributeLine): Sys<boolean> {
		const isDefaults = config.name === undefined;
		const attribute = isDefaults ? defaultsAttribute(name) : serviceAttribute(name);
		const count = isDefaults ? attribute?.inDefaults : attribute?.values;
		if (!attribute || count === undefined) {
			const bad = isDefaults ? `attribute: ${name} should not be in default section` : `bad service attribute: ${name}`;
			yield* this.#say('warning', bad);
			return true;
		}
		const key = name === 'interface' ? 'bind' : name;
		if (count !== 'set' && config.has(key)) {
			yield* this.#say('warning', `Service ${config.shownName}: attribute already set: ${name}`);
			return true;
		}
		if (count !== 'set' && operator !== '=') {
			const text = `Service ${config.shownName}: operator '${operator}' cannot be used for attribute '${name}'`;
			yield* this.#say('warning', text);
			return true;
		}
		if (typeof count === 'number' && count !== values.length) {
			yield* this.#say(
				'warning',
				`attribute ${name} expects ${count} values and ${values.length} values were specified`
			);
			return true;
		}
		const { report, environment } = this.surroundings;
		const reading = {
			values,
			config,
			operator: isDefaults && count === 'set' && operator === '=' ? '+=' : operator,
			place: this.#place,
			report,
			environment
		} as const;
		if (yield* attribute.read(reading)) config.specify(key, this.#place, values.join(' '));
		else if (isDefaults) return false;
		else {
			yield* this.#say('err', `Error parsing attribute ${name} - DISABLING SERVICE`);
			config.disabled = true;
		}
		return true;
	}

	/* ---- other files ---- */

	*#include(path: string): Sys<void> {
		const text = yield* this.#open(path);
		if (text === undefined) return;
		yield* this.#say('debug', `Reading included configuration file: ${path}`);
		yield* this.read(text, path);
	}

	*#open(path: string): Sys<string | undefined> {
		try {
			if (this.#depth < DEEPEST) return yield* readText(path);
		} catch (thrown) {
			if (errnoOf(thrown).code === 'EISDIR') return '';
		}
		yield* this.#say('err', `Unable to open included configuration file: ${path}`);
		return undefined;
	}

	/** Files without a dot in their name and no tilde at its end, in the order of their bytes. */
	*#directory(path: string): Sys<void> {
		let names: string[];
		try {
			names = (yield* readdir(path)).map(({ name }) => name).sort();
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			return yield* this.#say('err', `Unable to read included directory: ${path}`);
		}
		let first = true;
		for (const name of names) {
			if (name.includes('.') || name.endsWith('~')) continue;
			const file = `${path}/${name}`;
			/* the name of the file before lies where the new one is written to; its last line stays */
			if (!first) this.#file = file;
			try {
				if (((yield* stat(file)).mode & S.IFMT) !== S.IFREG) {
					yield* this.surroundings.report('err', `${file} is not a regular file. It is being skipped.`);
					continue;
				}
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				yield* this.#say('err', `Unable to stat includedir file ${file}`);
				continue;
			}
			yield* this.#include(file);
			first = false;
		}
	}
}
