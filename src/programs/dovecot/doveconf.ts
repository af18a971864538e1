/**
 * doveconf(1): shows the settings of dovecot.
 *
 *     doveconf [-adhn] [-c FILE] [SETTING…]
 *
 * Not simulated: -f, -m, -p, -P, -S, -x; of `-a` and `-d` the sections that nobody wrote.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print, printError } from '../libc/stdio';
import { uname } from '../libc/unistd';
import { ConfigError, readConfiguration, type Configuration, type Section } from './configuration';
import { DEFAULTS } from './settings';
import { FILE, PIGEONHOLE, REVISION, VERSION } from './version';

const OPTIONS = new OptionTable(['a', 'd', 'h', 'n', 'N', 'c=', 'p', 'P', 'S', 'x', 'm=', 'f=']);
const USAGE = 'Usage: doveconf [-adhNnPSx] [-c <config file>] [-f <filter>] [-m <module>] [<section>...]\n';
const FATAL = 89;
/** shown only with -P */
const HIDDEN = new Set(['ssl_key', 'ssl_dh', 'ssl_key_password', 'doveadm_password']);

const shown = (name: string, value: string): string =>
	HIDDEN.has(name) && value !== ''
		? '# hidden, use -P to show it'
		: /^\s|\s$|["#]/.test(value)
			? `"${value.replace(/(["\\])/g, '\\$1')}"`
			: value;

function sectionLines(section: Section, indent: string): string[] {
	const name = section.name === '' ? '' : ` ${/\s/.test(section.name) ? `"${section.name}"` : section.name}`;
	const lines = [
		...[...section.values].map(([key, value]) => [key, [`${indent}  ${key} = ${shown(key, value)}`]] as const),
		...section.sections.map((inner) => [inner.type, sectionLines(inner, `${indent}  `)] as const)
	];
	const sorted = lines.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flatMap(([, text]) => text);
	return [`${indent}${section.type}${name} {`, ...sorted, `${indent}}`];
}

/** Settings and sections by name, as one list. @param all also what is at its default */
function lines(configuration: Configuration, all: boolean): string[] {
	const { values, sections } = configuration.root;
	const names = new Set([...(all ? DEFAULTS.keys() : []), ...values.keys()]);
	const parts = [
		...[...names]
			.filter((name) => all || configuration.text(name) !== DEFAULTS.get(name))
			.map((name) => [name, [`${name} = ${shown(name, configuration.text(name))}`]] as const),
		...sections.map((section) => [section.type, sectionLines(section, '')] as const)
	];
	return parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flatMap(([, text]) => text);
}

export const doveconfMain: Main = function* (argv) {
	let options: Parsed;
	try {
		options = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`doveconf: ${thrown.message}\n${USAGE}`);
		return FATAL;
	}
	const file = options.get('c') ?? FILE;
	const wanted = options.operands;
	if (wanted.length === 0) yield* banner(file);
	let configuration: Configuration;
	try {
		configuration = yield* readConfiguration(file);
	} catch (thrown) {
		if (!(thrown instanceof ConfigError)) throw thrown;
		yield* printError(`doveconf: Fatal: ${thrown.plain ? '' : 'Error in configuration file '}${thrown.text}\n`);
		return FATAL;
	}
	if (wanted.length > 0) return yield* some(configuration, wanted, options.has('h'));
	const { sysname, release, machine, nodename } = yield* uname();
	yield* print(`# OS: ${sysname} ${release} ${machine} Debian 12.11 \n# Hostname: ${nodename}\n`);
	if (options.has('d')) configuration.root.values.clear();
	const text = lines(configuration, options.has('a') || options.has('d'));
	yield* print(text.map((line) => `${line}\n`).join(''));
	return 0;
};

function* banner(file: string): Sys<void> {
	yield* print(`# ${VERSION} (${REVISION}): ${file}\n# Pigeonhole version ${PIGEONHOLE}\n`);
}

function* some(configuration: Configuration, wanted: readonly string[], valuesOnly: boolean): Sys<number> {
	let status = 0;
	for (const name of wanted) {
		const sections = configuration.sections(name);
		if (sections.length > 0) {
			yield* print(
				sections
					.flatMap((section) => sectionLines(section, ''))
					.map((line) => `${line}\n`)
					.join('')
			);
		} else if (DEFAULTS.has(name) || configuration.root.values.has(name)) {
			const value = shown(name, configuration.text(name));
			yield* print(valuesOnly ? `${value}\n` : `${name} = ${value}\n`);
		} else {
			yield* printError(`doveconf: Error: Unknown setting: ${name}\n`);
			status = FATAL;
		}
	}
	return status;
}
