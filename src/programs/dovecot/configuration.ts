/**
 * dovecot.conf(5): settings, sections in braces, includes, `$variables`, values from files.
 *
 * Does: reads the file and what it includes into one tree, checks names and values as doveconf does, answers what a
 *       setting is worth for a protocol.
 * Reads: the file, once; master keeps the result until a reload.
 * Errors: `ConfigError` in doveconf's words, with file and line.
 * Not simulated: `local`, `remote` and `local_name` blocks are read and not applied; settings of plugins.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { readdir } from '../libc/unistd';
import { BOOLEANS, DEFAULTS, isKnown, PARENTS, PROTOCOLS } from './settings';

export class ConfigError {
	/** @param text what stands behind "Error in configuration file " */
	constructor(
		readonly text: string,
		readonly plain = false
	) {}
}

export interface Section {
	/** "" for the file itself, "service", "passdb" … */
	readonly type: string;
	readonly name: string;
	readonly values: Map<string, string>;
	readonly sections: Section[];
}

const section = (type: string, name: string): Section => ({ type, name, values: new Map(), sections: [] });

const SECOND = 1_000_000;
const UNITS: Readonly<Record<string, number>> = {
	'': 1,
	s: 1,
	sec: 1,
	secs: 1,
	m: 60,
	min: 60,
	mins: 60,
	h: 3600,
	hour: 3600,
	hours: 3600,
	d: 86_400,
	day: 86_400,
	days: 86_400,
	w: 604_800,
	week: 604_800,
	weeks: 604_800
};

export class Configuration {
	constructor(
		readonly path: string,
		readonly root: Section
	) {}

	/** As it stands for `protocol`: its own block wins. */
	text(name: string, protocol = ''): string {
		const own = this.root.sections.find((one) => one.type === 'protocol' && one.name === protocol);
		return own?.values.get(name) ?? this.root.values.get(name) ?? DEFAULTS.get(name) ?? '';
	}

	flag(name: string, protocol = ''): boolean {
		return BOOLEANS[this.text(name, protocol).toLowerCase()] ?? false;
	}

	words(name: string, protocol = ''): string[] {
		return this.text(name, protocol)
			.split(/[\s,]+/)
			.filter((word) => word !== '');
	}

	/** Microseconds; a number alone is seconds. */
	duration(name: string): number {
		const [, count = '0', unit = ''] = /^(\d+)\s*(\w*)/.exec(this.text(name)) ?? [];
		return Number(count) * (UNITS[unit] ?? 1) * SECOND;
	}

	sections(type: string): readonly Section[] {
		return this.root.sections.filter((one) => one.type === type);
	}

	get protocols(): string[] {
		return this.words('protocols').filter((name) => name !== 'none');
	}

	get ssl(): 'no' | 'yes' | 'required' {
		const value = this.text('ssl');
		return value === 'required' ? 'required' : this.flag('ssl') ? 'yes' : 'no';
	}
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

const LINES_MOST = 20_000;

class Reader {
	readonly #root = section('', '');
	readonly #stack: { readonly section: Section; readonly where: string }[] = [{ section: this.#root, where: '' }];
	#lines = 0;

	get #here(): Section {
		return this.#stack.at(-1)!.section;
	}

	*file(path: string, depth: number): Sys<void> {
		const text = yield* readText(path);
		const lines = text.split('\n');
		let joined = '';
		for (const [i, raw] of lines.entries()) {
			if (++this.#lines > LINES_MOST) throw new ConfigError(`${path} line ${i + 1}: Too many lines`);
			let line = raw.trim();
			const comment = /^#|(?<=^(?:[^"'#]|"(?:[^"\\]|\\.)*"|'[^']*')*\s)#/.exec(line);
			if (comment) line = line.slice(0, comment.index).trimEnd();
			if (line.endsWith('\\')) {
				joined += `${line.slice(0, -1).trimEnd()} `;
				continue;
			}
			line = joined + line;
			joined = '';
			if (line !== '') yield* this.#line(path, i + 1, line, depth);
		}
		if (depth === 0 && this.#stack.length > 1)
			throw new ConfigError(`${path}: Missing '}' (section started at ${this.#stack.at(-1)!.where})`);
	}

	*#line(path: string, number: number, line: string, depth: number): Sys<void> {
		const wrong = (text: string): ConfigError => new ConfigError(`${path} line ${number}: ${text}`);
		const include = /^!(include|include_try)\s+(.*)$/.exec(line);
		if (include) return yield* this.#include(path, include[2]!, include[1] === 'include_try', depth, wrong);
		if (line === '}') {
			if (this.#stack.length === 1) throw wrong("Unexpected '}'");
			this.#stack.pop();
			return;
		}
		const assignment = /^([^\s={]+)\s*=\s*(.*)$/.exec(line);
		if (assignment) return yield* this.#assign(assignment[1]!, assignment[2]!, wrong);
		if (!line.endsWith('{')) throw wrong("Expecting '{'");
		const [, type = '', name = ''] = /^([^\s{]+)\s*(.*?)\s*\{$/.exec(line) ?? [];
		if (!PARENTS[type]?.includes(this.#here.type)) throw wrong(`Unknown section type: ${type}`);
		this.#open(type, unquote(name), `${path}:${number}`);
	}

	/** Named sections of the same name are one. */
	#open(type: string, name: string, where: string): void {
		const old = name === '' ? undefined : this.#here.sections.find((one) => one.type === type && one.name === name);
		const opened = old ?? section(type, name);
		if (!old) this.#here.sections.push(opened);
		this.#stack.push({ section: opened, where });
	}

	*#assign(key: string, written: string, wrong: (text: string) => ConfigError): Sys<void> {
		let value = unquote(written);
		const { type, values } = this.#here;
		if (!isKnown(type, key)) throw wrong(`Unknown setting: ${key}`);
		value = value.replace(/\$(\w+)/g, (all, name: string) =>
			name.startsWith('default_internal') || name === 'default_login_user'
				? all
				: (values.get(name) ?? this.#root.values.get(name) ?? DEFAULTS.get(name) ?? all)
		);
		check(type, key, value, wrong);
		if (written.startsWith('<')) {
			try {
				yield* readText(written.slice(1).trim());
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				throw wrong(`${key}: Can't open file ${written.slice(1).trim()}: ${strerror(thrown)}`);
			}
		}
		values.set(key, value);
	}

	*#include(
		from: string,
		pattern: string,
		isOptional: boolean,
		depth: number,
		wrong: (text: string) => ConfigError
	): Sys<void> {
		if (depth > 10) throw wrong('Recursive include');
		const path = pattern.startsWith('/') ? pattern : `${from.slice(0, from.lastIndexOf('/') + 1)}${pattern}`;
		const found = yield* expandGlob(path);
		for (const one of found) {
			try {
				yield* this.file(one, depth + 1);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (!isOptional) throw wrong(`Couldn't open include file ${one}: ${strerror(thrown)}`);
			}
		}
		if (found.length === 0 && !isOptional) throw wrong('No matches');
	}

	get root(): Section {
		return this.#root;
	}
}

function unquote(text: string): string {
	const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text) ?? /^'([^']*)'$/.exec(text);
	return quoted ? quoted[1]!.replace(/\\(.)/g, '$1') : text;
}

/** `*` and `?` in the last part of the path, as glob(7). */
function* expandGlob(path: string): Sys<string[]> {
	if (!/[*?]/.test(path)) return [path];
	const slash = path.lastIndexOf('/');
	const pattern = new RegExp(
		`^(?!\\.)${path
			.slice(slash + 1)
			.replace(/[.+^${}()|[\]\\]/g, '\\$&')
			.replaceAll('*', '.*')
			.replaceAll('?', '.')}$`
	);
	try {
		const entries = yield* readdir(path.slice(0, slash) || '/');
		const names = entries.map((entry) => entry.name).filter((name) => pattern.test(name));
		return names.sort().map((name) => `${path.slice(0, slash)}/${name}`);
	} catch (thrown) {
		if (thrown instanceof Errno) return [];
		throw thrown;
	}
}

const isBoolean = (value: string | undefined): boolean => value === 'yes' || value === 'no';

function check(type: string, key: string, value: string, wrong: (text: string) => ConfigError): void {
	const usual = type === '' || type === 'protocol' ? DEFAULTS.get(key) : undefined;
	if (key === 'ssl' && usual !== undefined) {
		if (!(value.toLowerCase() in BOOLEANS) && value !== 'required') throw wrong(`Invalid value: ${value}`);
	} else if (isBoolean(usual) && !(value.toLowerCase() in BOOLEANS))
		throw wrong(`Invalid boolean value: ${value} (use yes or no)`);
	else if ((key === 'mode' || key === 'port') && !/^\d+$/.test(value))
		throw wrong(`Invalid number ${value}: Not a valid number`);
	else if (usual !== undefined && /^\d+ (?:secs|mins|hours|days|weeks)$/.test(usual) && !/^\d+\s*[a-z]*$/.test(value))
		throw wrong(`Invalid number: ${value}`);
}

/** @throws ConfigError */
export function* readConfiguration(path: string): Sys<Configuration> {
	const reader = new Reader();
	try {
		yield* reader.file(path, 0);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new ConfigError(`open(${path}) failed: ${strerror(thrown)}`, true);
	}
	const configuration = new Configuration(path, reader.root);
	for (const name of configuration.words('protocols'))
		if (!(PROTOCOLS as readonly string[]).includes(name))
			throw new ConfigError(`${path}: protocols: Unknown protocol: ${name}`);
	if (configuration.words('listen').length === 0) throw new ConfigError(`${path}: listen can't be set empty`);
	return configuration;
}
