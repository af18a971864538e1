/**
 * chsh(1) and chfn(1) of shadow 4.13: the login shell, and what finger tells of somebody. Setuid root; who is not root gives
 * the password first.
 *
 * Reads: /etc/shells (a user may take no other), CHFN_RESTRICT of /etc/login.defs.
 */
import type { Sys } from '#kernel/syscalls';
import { authenticate, FAIL_DELAY } from '../libc/pam-unix';
import { getpwuid } from '../libc/passwd';
import { readAnswer, readPassword } from '../libc/getpass';
import { print, readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { getcred, setuid, sleep } from '../libc/unistd';
import { accountTool, Failure, isField, isThere, lockFor, readSettings, USAGE_STATUS, type Tool } from './account-tool';
import { readTables, saveTable } from './database';
import { CHFN_USAGE, CHSH_USAGE } from './usage';

const FAILED = 1;
const GECOS = 4;
const SHELL = 6;

/** Whose account it is, and whether the caller is root. */
function* subject({ options, name: program }: Tool): Sys<{ name: string; isRoot: boolean; entry: string[] }> {
	if (options.operands.length > 1) throw new Failure(USAGE_STATUS, undefined, true);
	const { uid } = yield* getcred();
	const own = (yield* getpwuid(uid))?.name ?? '';
	const name = options.operands[0] ?? own;
	const entry = (yield* readTables()).passwd.find(name);
	if (!entry) throw new Failure(FAILED, `user '${name}' does not exist`);
	if (uid !== 0 && name !== own)
		throw new Failure(
			FAILED,
			program === 'chsh' ? `You may not change the shell for '${name}'.` : 'Permission denied.'
		);
	return { name, isRoot: uid === 0, entry };
}

function* askPassword({ name: service, log }: Tool, name: string): Sys<void> {
	const { uid } = yield* getcred();
	const word = yield* readPassword('Password: ');
	if (yield* authenticate({ service, log, uid }, name, word)) return;
	yield* sleep(FAIL_DELAY);
	yield* log.write('err', 'Authentication failure');
	throw new Failure(FAILED, 'PAM: Authentication failure');
}

/** @returns what was typed, or what was there */
function* ask(title: string, present: string): Sys<string> {
	yield* print(`\t${title} [${present}]: `);
	const answer = (yield* readAnswer()) ?? '';
	return answer === '' ? present : answer;
}

function* store(tool: Tool, name: string, field: number, value: string): Sys<void> {
	yield* setuid(0);
	yield* lockFor(tool, '/etc/passwd', FAILED);
	const { passwd } = yield* readTables();
	passwd.set(name, field, value);
	yield* saveTable(passwd);
}

export const chsh = accountTool('chsh', CHSH_USAGE, ['h|help', 'R|root=', 's|shell='], function* (tool) {
	const { name, isRoot, entry } = yield* subject(tool);
	if (!isRoot) yield* askPassword(tool, name);
	let shell = tool.options.get('shell');
	if (shell === undefined) {
		yield* print(`Changing the login shell for ${name}\nEnter the new value, or press ENTER for the default\n\n`);
		shell = yield* ask('Login Shell', entry[SHELL] ?? '');
	}
	if (!isField(shell)) throw new Failure(FAILED, `Invalid entry: ${shell}`);
	if (!isRoot && !(yield* isListed(shell))) throw new Failure(FAILED, `${shell} is an invalid shell`);
	if (!(yield* isThere(shell))) yield* tool.warn(`Warning: ${shell} does not exist`);
	yield* store(tool, name, SHELL, shell);
	yield* tool.log.write('info', `changed user '${name}' shell to '${shell}'`);
});

function* isListed(shell: string): Sys<boolean> {
	try {
		return (yield* readText('/etc/shells')).split('\n').includes(shell);
	} catch (thrown) {
		errnoOf(thrown);
		return ['/bin/sh', '/bin/bash'].includes(shell);
	}
}

/** the parts of the comment: option, title of the question, what it is called when it is wrong, letter of CHFN_RESTRICT */
const PARTS = [
	['full-name', 'Full Name', 'name', 'f'],
	['room', 'Room Number', 'room number', 'r'],
	['work-phone', 'Work Phone', 'work phone', 'w'],
	['home-phone', 'Home Phone', 'home phone', 'h'],
	['other', 'Other', 'other', 'o']
] as const;
const CHFN_OPTIONS = ['f|full-name=', 'h|home-phone=', 'o|other=', 'r|room=', 'R|root=', 'u|help', 'w|work-phone='];

export const chfn = accountTool('chfn', CHFN_USAGE, CHFN_OPTIONS, function* (tool) {
	const { options, log } = tool;
	const { name, isRoot, entry } = yield* subject(tool);
	const allowed = (yield* readSettings()).defs.get('CHFN_RESTRICT') ?? '';
	for (const [option, , , letter] of PARTS)
		if (!isRoot && options.has(option) && !allowed.includes(letter)) throw new Failure(FAILED, 'Permission denied.');
	if (!isRoot) yield* askPassword(tool, name);
	const [full = '', room = '', work = '', home = '', ...rest] = (entry[GECOS] ?? '').split(',');
	const values = [full, room, work, home, rest.join(',')];
	if (!PARTS.some(([option]) => options.has(option))) {
		yield* print(`Changing the user information for ${name}\nEnter the new value, or press ENTER for the default\n`);
		for (const [index, [, title, , letter]] of PARTS.entries())
			if (isRoot || allowed.includes(letter)) values[index] = yield* ask(title, values[index]!);
	}
	for (const [index, [option, , what]] of PARTS.entries()) {
		values[index] = options.get(option) ?? values[index]!;
		const wrong = option === 'other' ? /[:\n]/ : /[,:=\n]/;
		if (!wrong.test(values[index])) continue;
		const bad = values[index];
		throw new Failure(
			FAILED,
			option === 'other' ? `'${bad}' contains illegal characters` : `invalid ${what}: '${bad}'`
		);
	}
	const text = values.join(',');
	yield* store(tool, name, GECOS, values[4] === '' ? values.slice(0, 4).join(',') : text);
	yield* log.write('info', `changed user '${name}' information`);
});
