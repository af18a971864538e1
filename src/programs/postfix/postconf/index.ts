/**
 * postconf(1): shows and edits main.cf and master.cf.
 *
 * Reads and writes: main.cf, master.cf. Messages go to standard error alone, never to the log.
 * Not simulated: `-v`; the names of SASL and TLS libraries are those of Debian's package.
 */
import { Errno, O, type Main, type Sys } from '#kernel/syscalls';
import { print, readText } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { encode } from '../../libc/text';
import { close, open, rename, write } from '../../libc/unistd';
import { CONFIG_DIRECTORY, readMainCf } from '../config';
import { TYPE_NAMES } from '../dict/index';
import { Fatal, Messages } from '../errors';
import { parseMasterCf, type MasterCf } from '../master-cf';
import { editMain, editMaster, type EditMode } from './edit';
import { readOptions, type PostconfOptions } from './options';
import { dumpTemplates, expandTemplates } from './templates';
import { View } from './view';
import { secondsOf } from '../values';

const LOCKS = ['flock', 'fcntl', 'dotlock'];
const SASL_SERVER = ['cyrus', 'dovecot'];
const SASL_CLIENT = ['cyrus'];
const TLS: Readonly<Record<string, string>> = {
	'compile-version': 'OpenSSL 3.0.11 19 Sep 2023',
	'run-version': 'OpenSSL 3.0.19 27 Jan 2026',
	'public-key-algorithms': 'dsa\necdsa\nrsa'
};

export const postconf: Main = function* (argv, env) {
	const messages = Messages.toStderr(argv[0]!, false);
	return yield* messages.guard(function* () {
		const options = yield* readOptions(argv, messages);
		const explicit = options.directory ?? env.get('MAIL_CONFIG');
		const directory = explicit ?? CONFIG_DIRECTORY;
		const has = (letter: string): boolean => options.given.has(letter);
		if (has('m')) yield* print(`${TYPE_NAMES.join('\n')}\n`);
		else if (has('l')) yield* print(`${LOCKS.join('\n')}\n`);
		else if (has('a')) yield* print(`${SASL_SERVER.join('\n')}\n`);
		else if (has('A')) yield* print(`${SASL_CLIENT.join('\n')}\n`);
		else if (has('T')) return yield* showTls(options.tls!, messages);
		else if (has('b') || has('t')) {
			messages.program = 'postfix/bounce';
			yield* templates(options, directory, messages);
		} else if (has('e') || has('X') || has('#')) yield* edit(options, directory, messages);
		else yield* show(options, directory, explicit !== undefined, messages);
		return 0;
	});
};

function* showTls(what: string, messages: Messages): Sys<number> {
	const text = TLS[what];
	if (text === undefined) {
		yield* messages.warn(`unknown 'postconf -T' mode: ${what}`);
		return 1;
	}
	yield* print(`${text}\n`);
	return 0;
}

function* readMaster(directory: string, required: boolean, messages: Messages): Sys<MasterCf> {
	const path = `${directory}/master.cf`;
	let text = '';
	try {
		text = yield* readText(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (required) throw new Fatal(`open ${path}: ${strerror(thrown)}`);
		yield* messages.warn(`open ${path}: ${strerror(thrown)}`);
	}
	const warnings: string[] = [];
	const master = parseMasterCf(text, path, (what) => warnings.push(what));
	for (const warning of warnings) yield* messages.warn(warning);
	const [mistake] = master.mistakes;
	if (mistake)
		throw new Fatal(mistake.withPlace ? `file ${path}: line ${mistake.line}: ${mistake.text}` : mistake.text);
	return master;
}

function* show(options: PostconfOptions, directory: string, explicit: boolean, messages: Messages): Sys<void> {
	const has = (letter: string): boolean => options.given.has(letter);
	const mode = {
		defaults: has('d'),
		nonDefault: has('n'),
		expand: has('x'),
		fold: has('f'),
		hideName: has('h'),
		hideValue: has('H')
	};
	const ofMaster = has('M') || has('F') || has('P');
	const early = ofMaster ? yield* readMaster(directory, true, messages) : undefined;
	const main = mode.defaults ? null : yield* readMainCf(directory, messages, explicit);
	const master = early ?? (yield* readMaster(directory, false, messages));
	const view = new View(directory, main, master, options.overrides, mode, messages);
	if (explicit && main) view.setDirectory();
	yield* view.learnHost('postconf');
	if (!mode.defaults) yield* view.registerUser();
	let text: string;
	if (has('M')) text = yield* view.services(options.operands);
	else if (has('F')) text = yield* view.fields(options.operands);
	else if (has('P')) text = yield* view.serviceParameters(options.operands);
	else text = yield* view.parameters(options.operands, options.classes);
	yield* print(text);
	if (ofMaster) yield* view.unusedInMaster();
	else if (!mode.defaults) yield* view.unused();
}

function* templates(options: PostconfOptions, directory: string, messages: Messages): Sys<void> {
	const [file, more] = options.operands;
	if (more !== undefined) throw new Fatal('options -b and -t require at most one template file');
	const main = yield* readMainCf(directory, messages);
	if (options.given.has('t')) return yield* print(yield* dumpTemplates(file));
	const mode = { defaults: false, nonDefault: false, expand: true, fold: false, hideName: false, hideValue: false };
	const view = new View(directory, main, yield* readMaster(directory, false, messages), [], mode, messages);
	yield* view.learnHost('bounce');
	yield* view.learnNetworks();
	yield* print(
		yield* expandTemplates(
			file,
			(text) => view.expandText(text),
			(name) => secondsOf(view.expandText(`$${name}`), name === 'delay_warning_time' ? 'h' : 'd') ?? 0
		)
	);
}

function* edit(options: PostconfOptions, directory: string, messages: Messages): Sys<void> {
	const has = (letter: string): boolean => options.given.has(letter);
	if (options.operands.length === 0) throw new Fatal('missing service argument');
	const mode: EditMode = has('e') ? 'set' : has('X') ? 'exclude' : 'comment';
	const part = has('M') ? 'service' : has('F') ? 'field' : has('P') ? 'parameter' : undefined;
	const path = `${directory}/${part ? 'master.cf' : 'main.cf'}`;
	const warnings: string[] = [];
	const warn = (text: string): void => void warnings.push(text);
	const temporary = yield* openTemporary(`${path}.tmp`);
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new Fatal(`open ${path} for reading: ${strerror(thrown)}`);
	}
	const edited = part
		? editMaster(text, path, mode, part, options.operands, warn)
		: editMain(text, path, mode, options.operands, warn);
	for (const warning of warnings) yield* messages.warn(warning);
	yield* write(temporary, encode(edited));
	yield* close(temporary);
	yield* rename(`${path}.tmp`, path);
}

function* openTemporary(path: string): Sys<number> {
	try {
		return yield* open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o644);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		throw new Fatal(`open ${path}: ${strerror(thrown)}`);
	}
}
