/** Commands of ftp(1) about several files, and lists: each file is asked about unless `prompt` is off. */
import type { Sys } from '#kernel/syscalls';
import { glob as expand } from '../shell/expand/glob';
import { readText, print } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { getpid, unlink } from '../libc/unistd';
import { another, type Client } from './client';

type Run = (client: Client, argv: readonly string[]) => Sys<void>;

const GLOB = { extglob: false, dotglob: false, globstar: false, ignoreCase: false };
const PATTERN = /[*?[]/;

/** One answer of `confirm`. */
class Questions {
	#all = false;
	ended = false;

	constructor(readonly client: Client) {}

	/** @returns whether it shall be done */
	*ask(command: string, file: string): Sys<boolean> {
		if (!this.client.interactive || this.#all) return true;
		const answer = (yield* this.client.ask(`${command} ${file}? `)).trimStart().toLowerCase();
		if (answer.startsWith('q')) this.ended = true;
		if (answer.startsWith('a')) this.#all = true;
		return !answer.startsWith('n') && !answer.startsWith('q');
	}
}

/** The names that the server has for patterns, by a list kept in a file. */
function* remoteNames(client: Client, patterns: readonly string[]): Sys<string[]> {
	const names: string[] = [];
	for (const pattern of patterns) {
		if (!client.glob || !PATTERN.test(pattern)) {
			names.push(pattern);
			continue;
		}
		const list = `/tmp/ftp${yield* getpid()}`;
		const { control } = client;
		const before = control.verbose;
		control.verbose = false;
		const done = yield* client.transfer.receive(`NLST ${pattern}`, list);
		control.verbose = before;
		if (!done) continue;
		try {
			names.push(...(yield* readText(list)).split('\n').filter((name) => name !== ''));
			yield* unlink(list);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
	return names;
}

function* each(
	client: Client,
	command: string,
	files: readonly string[],
	act: (file: string) => Sys<unknown>
): Sys<void> {
	const questions = new Questions(client);
	for (const file of files) {
		if (yield* questions.ask(command, file)) yield* act(file);
		if (questions.ended || !client.control.connected) break;
	}
}

function onRemoteFiles(act: (client: Client, file: string) => Sys<unknown>): Run {
	return function* (client, argv) {
		const words = yield* another(client, argv, 'remote-files');
		if (!words) return yield* print(`usage: ${argv[0]} remote-files\n`);
		const files = yield* remoteNames(client, words.slice(1));
		yield* each(client, argv[0]!, files, (file) => act(client, file));
	};
}

export const getFiles = onRemoteFiles((client, file) => client.transfer.receive(`RETR ${file}`, file));
export const removeFiles = onRemoteFiles((client, file) => client.control.command(`DELE ${file}`));

export const putFiles: Run = function* (client, argv) {
	const words = yield* another(client, argv, 'local-files');
	if (!words) return yield* print(`usage: ${argv[0]} local-files\n`);
	const files: string[] = [];
	for (const word of words.slice(1)) {
		if (client.glob && PATTERN.test(word)) files.push(...(yield* expand(word, GLOB)));
		else files.push(word);
	}
	yield* each(client, argv[0]!, files, (file) => client.transfer.send(`STOR ${file}`, file));
};

/** `ls [remote-directory [local-file]]` */
export function listTo(verb: string): Run {
	return function* (client, argv) {
		if (argv.length > 3) return yield* print(`usage: ${argv[0]} remote-directory local-file\n`);
		const [, directory, file = '-'] = argv;
		if (file !== '-' && !(yield* mayWriteList(client, file))) return;
		yield* client.transfer.receive(directory === undefined ? verb : `${verb} ${directory}`, file);
	};
}

function* mayWriteList(client: Client, file: string): Sys<boolean> {
	if (!client.interactive) return true;
	const answer = yield* client.ask(`output to local-file: ${file}? `);
	return !/^\s*[nq]/i.test(answer);
}

/** `mls remote-files local-file` */
export function listSeveral(verb: string): Run {
	return function* (client, argv) {
		let words = yield* another(client, argv, 'remote-files');
		if (words && words.length < 3) words = yield* another(client, words, 'local-file', 2);
		if (!words) return yield* print(`usage: ${argv[0]} remote-files local-file\n`);
		const file = words[words.length - 1]!;
		if (file !== '-' && !(yield* mayWriteList(client, file))) return;
		for (const [i, name] of words.slice(1, -1).entries())
			yield* client.transfer.receive(`${verb} ${name}`, file, i > 0);
	};
}
