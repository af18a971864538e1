/**
 * What the editor shows of xinetd.conf and the files of xinetd.d: marks, completion and hover. The marks are what xinetd
 * itself would log about the text, and what it would not say although it means something else than it looks like. Pure
 * functions of the text and a still picture of the disk.
 *
 * Lacks: names of hosts are looked up in files alone.
 */
import { Errno, type Request, type Stat, type Sys } from '#kernel/syscalls';
import type { Completion, Diagnostic, Hover } from '../editor';
import { parseServices } from '../libc/netdb';
import { parseGroup, parsePasswd } from '../libc/passwd';
import { encode } from '../libc/text';
import { ATTRIBUTES, defaultsAttribute, serviceAttribute, type Attribute } from './attributes';
import { complete } from './complete';
import type { Place, Report } from './message';
import { FatalDefaults, parseLine, Parser, type Configuration } from './parse';
import { ServiceConfig } from './service-config';

/** What the editor's questions need beside the text. */
export interface Surroundings {
	/** of the host's disk; undefined for a file that is not there */
	readonly read: (path: string) => string | undefined;
	readonly stat: (path: string) => Stat | undefined;
	/** names in a directory; empty for one that is not there */
	readonly list: (path: string) => readonly string[];
}

const MAIN = '/etc/xinetd.conf';

/* ---- marks ------------------------------------------------------------------------------------------------------- */

interface Complaint {
	readonly line: number;
	readonly message: string;
	readonly severity: Diagnostic['severity'];
}

export function diagnoseXinetdConf(text: string, path: string, around: Surroundings): readonly Diagnostic[] {
	const found: Complaint[] = [];
	const configuration = readAll(text, path, around, found);
	found.push(...slips(configuration, path, around));
	const lines = text.split('\n');
	const seen = new Set<string>();
	return found
		.filter(({ line, message }) => {
			const key = `${line} ${message}`;
			return !seen.has(key) && seen.add(key);
		})
		.map((complaint) => markOf(lines, complaint))
		.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Reads the text as xinetd would; what it logs about this file is added to `found`. */
function readAll(text: string, path: string, around: Surroundings, found: Complaint[]): Configuration {
	const configuration: Configuration = {
		defaults: new ServiceConfig(undefined, { file: path, line: 1 }),
		services: []
	};

	const report: Report = function* (priority, message, place) {
		if (place?.file !== path || priority === 'debug' || priority === 'info') return;
		found.push({ line: place.line, message: message.trim(), severity: priority === 'warning' ? 'warning' : 'error' });
	};
	const environment = new Map<string, string>();
	function* reading(): Sys<void> {
		yield* new Parser(path, configuration, { report, environment }).read(text, path);
		const whole: ServiceConfig[] = [];
		for (const service of configuration.services.filter(({ disabled }) => !disabled)) {
			/* one at a time, so that a message has the place of its service */
			const single: Configuration = { defaults: configuration.defaults, services: [service] };
			const { enabled } = configuration.defaults;
			if (enabled && !enabled.includes(service.id)) continue;
			yield* complete(single, environment, (priority, message) => report(priority, message, service.place));
			whole.push(...single.services);
		}
		configuration.services = whole;
	}
	try {
		run(reading(), around);
	} catch (thrown) {
		if (!(thrown instanceof FatalDefaults)) throw thrown;
		configuration.services = [];
	}
	return configuration;
}

/** Runs a reading against the picture of the disk; names of hosts are looked up in files. */
function run(program: Sys<void>, around: Surroundings): void {
	const files: Uint8Array[] = [];
	let step = program.next();
	while (!step.done) {
		try {
			step = program.next(answer(step.value, around, files));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			step = program.throw(thrown);
		}
	}
}

const EXECUTABLE = 0o111;

function answer(call: Request, around: Surroundings, files: Uint8Array[]): unknown {
	switch (call.call) {
		case 'open': {
			const [path] = call.args;
			const text = path === '/etc/nsswitch.conf' ? 'hosts: files\n' : around.read(path);
			if (text === undefined) throw new Errno('ENOENT');
			return files.push(encode(text)) - 1;
		}
		case 'read':
			return files.splice(call.args[0], 1, new Uint8Array(0))[0];
		case 'close':
			return undefined;
		case 'readdir':
			return around.list(call.args[0]).map((name) => ({ name, inode: 0, type: 0 }));
		case 'access':
		case 'stat': {
			const found = around.stat(call.args[0]);
			if (!found) throw new Errno('ENOENT');
			if (call.call === 'access' && (found.mode & EXECUTABLE) === 0) throw new Errno('EACCES');
			return found;
		}
		default:
			throw new Errno('ENOSYS');
	}
}

/** What xinetd says nothing about. In our own words. */
function slips({ defaults, services }: Configuration, path: string, around: Surroundings): Complaint[] {
	const found: Complaint[] = [];
	const info = (place: Place | undefined, message: string, severity: Diagnostic['severity'] = 'info'): void => {
		if (place?.file === path) found.push({ line: place.line, message, severity });
	};
	const logged = defaults.has('log_type') || (path !== MAIN && /^\s*log_type\s/m.test(around.read(MAIN) ?? ''));
	const ports = new Map<string, ServiceConfig>();
	for (const service of services) {
		if (service.log.type === 'none' && !logged)
			for (const name of ['log_on_success', 'log_on_failure'])
				if (service.has(name))
					info(service.places.get(name), 'Nothing is logged: there is no log_type, here or in defaults.');
		if (service.onlyFrom?.length === 0)
			info(service.places.get('only_from'), 'The list is empty: nobody may use the service.');
		const key = `${service.port}/${service.protocol?.name} ${service.bind ?? ''}`;
		const other = ports.get(key);
		if (other && !service.muxClient)
			info(
				service.place,
				`The port is taken by ${other.id} (line ${other.place.line}): this service will fail to start.`,
				'warning'
			);
		else ports.set(key, service);
	}
	return found;
}

function markOf(lines: readonly string[], { line, message, severity }: Complaint): Diagnostic {
	const number = Math.min(Math.max(1, line), lines.length);
	const text = lines[number - 1] ?? '';
	const named = [...message.split(/[\s']+/), ...message.split(/[\s'/]+/)];
	const words = [...text.matchAll(/[^\s=]+/g)].filter(([word]) => named.includes(word));
	const word = words.at(-1);
	const start = word ? word.index : text.length - text.trimStart().length;
	const end = word ? word.index + word[0].length : text.trimEnd().length;
	return {
		line: number,
		column: start + 1,
		endLine: number,
		endColumn: Math.max(end, start + 1) + 1,
		severity,
		message
	};
}

/* ---- where the cursor is ----------------------------------------------------------------------------------------- */

interface Spot {
	/** undefined: outside of an entry */
	readonly entry: 'service' | 'defaults' | undefined;
	/** attributes that the entry has on other lines */
	readonly others: ReadonlySet<string>;
}

function spotOf(lines: readonly string[], line: number): Spot {
	let entry: Spot['entry'];
	let head: Spot['entry'] = 'service';
	let others = new Set<string>();
	for (const [i, text] of lines.entries()) {
		const word = text.trim().split(/\s+/)[0] ?? '';
		if (word === 'service' || word === 'defaults') head = word;
		if (word === '{') {
			if (i + 1 > line) break;
			entry = head;
			others = new Set();
		} else if (word === '}') {
			if (i + 1 >= line) break;
			entry = undefined;
		} else if (entry && i + 1 !== line && word !== '' && !word.startsWith('#')) others.add(word);
	}
	return { entry, others };
}

function attributeAt(entry: Spot['entry'], name: string): Attribute | undefined {
	return entry === 'defaults' ? defaultsAttribute(name) : serviceAttribute(name);
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

const KEYWORDS: Readonly<Record<string, string>> = {
	service: 'An entry for one service: its name, and its attributes between { and }.',
	defaults: 'Attributes of all services that do not say otherwise. One entry, and above the services.',
	include: 'A file that is read here.',
	includedir: 'A directory whose files are read here, but for those with a dot in their name or a tilde at its end.'
};

function value(label: string, detail: string, documentation = ''): Completion {
	return { label, kind: 'value', insert: label, detail, documentation };
}

/** @param line 1-based @param column 1-based, in front of the cursor */
export function completeXinetdConf(
	text: string,
	line: number,
	column: number,
	around: Surroundings
): readonly Completion[] {
	const lines = text.split('\n');
	const before = (lines[line - 1] ?? '').slice(0, column - 1);
	if (before.trimStart().startsWith('#')) return [];
	const { entry, others } = spotOf(lines, line);
	if (!entry) return completeOutside(before, around);
	const [, name = '', operation] = /^\s*(\S*)(?:\s+(.*))?$/.exec(before) ?? [];
	if (operation === undefined) return completeAttributes(entry, others);
	const attribute = attributeAt(entry, name);
	return attribute && /^[+-]?=/.test(operation) ? valuesOf(attribute, around) : [];
}

function completeOutside(before: string, around: Surroundings): readonly Completion[] {
	if (/^\s*service\s+\S*$/.test(before))
		return parseServices(around.read('/etc/services') ?? '').map(({ name, port, protocol }) =>
			value(name, `port ${port}/${protocol}`)
		);
	if (!/^\s*\S*$/.test(before)) return [];
	return Object.entries(KEYWORDS).map(([label, documentation]) => ({
		label,
		kind: 'parameter',
		insert: `${label} `,
		detail: 'xinetd.conf',
		documentation
	}));
}

function completeAttributes(entry: 'service' | 'defaults', others: ReadonlySet<string>): readonly Completion[] {
	return ATTRIBUTES.filter(({ name }) => attributeAt(entry, name)).flatMap((attribute): Completion[] => {
		const { name, about } = attribute;
		if (others.has(name) && countOf(attribute, entry) !== 'set') return [];
		return [
			{
				label: name,
				kind: 'parameter',
				insert: `${name} = `,
				detail: valuesText(attribute, entry),
				documentation: about
			}
		];
	});
}

function countOf(attribute: Attribute, entry: 'service' | 'defaults'): Attribute['values'] {
	return entry === 'defaults' ? attribute.inDefaults! : attribute.values;
}

function valuesText(attribute: Attribute, entry: 'service' | 'defaults'): string {
	const count = countOf(attribute, entry);
	if (count === 'set') return attribute.name === 'env' ? 'a list: =, +=' : 'a list: =, +=, -=';
	if (count === 'any') return 'any number of values';
	return count === 1 ? 'one value' : `${count} values`;
}

const FROM_HOST: Readonly<Record<string, (around: Surroundings) => Completion[]>> = {
	user: (around) => parsePasswd(around.read('/etc/passwd') ?? '').map(({ name, uid }) => value(name, `uid ${uid}`)),
	group: (around) => parseGroup(around.read('/etc/group') ?? '').map(({ name, gid }) => value(name, `gid ${gid}`)),
	server: (around) => around.list('/usr/sbin').map((name) => value(`/usr/sbin/${name}`, 'program'))
};

function valuesOf(attribute: Attribute, around: Surroundings): readonly Completion[] {
	const own = (attribute.choices ?? []).map((choice) => value(choice, attribute.name, attribute.about));
	return [...own, ...(FROM_HOST[attribute.name]?.(around) ?? [])];
}

/* ---- hover ------------------------------------------------------------------------------------------------------- */

export function hoverXinetdConf(text: string, line: number, column: number): Hover | null {
	const lines = text.split('\n');
	const content = lines[line - 1] ?? '';
	if (content.trimStart().startsWith('#')) return null;
	const word = [...content.matchAll(/[^\s=]+/g)].find(
		({ index, 0: found }) => index < column && column <= index + found.length + 1
	);
	if (!word) return null;
	const paragraphs = explain(content, word[0], spotOf(lines, line).entry);
	if (!paragraphs) return null;
	const start = word.index + 1;
	return { line, column: start, endLine: line, endColumn: start + word[0].length, paragraphs };
}

function explain(content: string, word: string, entry: Spot['entry']): string[] | null {
	if (!entry) return KEYWORDS[word] === undefined ? null : [word, KEYWORDS[word]];
	const parsed = parseLine(content, () => '');
	const name = typeof parsed === 'string' ? word : parsed.name;
	const attribute = attributeAt(entry, name);
	if (!attribute) return null;
	const choices = attribute.choices ? [`Values: ${attribute.choices.join(', ')}.`] : [];
	return [
		word === name ? name : `${name}: ${word}`,
		attribute.about,
		...choices,
		`Takes ${valuesText(attribute, entry)}.`
	];
}
