/** chown and chgrp. */
import type { Stat, Sys } from '#kernel/syscalls';
import { getgrgid, getgrnam, getpwnam, getpwuid } from '../libc/passwd';
import { errnoOf, strerror } from '../libc/strerror';
import { chown as chownCall, lstat, readdir, stat } from '../libc/unistd';
import { isDirectory } from './modes';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, type Parsed, type Tool, UsageError, utility } from './utility';

interface Owner {
	/** -1: leave it */
	readonly uid: number;
	readonly gid: number;
}

const OPTIONS = ['c|changes', 'dereference', 'h|no-dereference', 'f|silent|quiet', 'from=', 'H', 'L', 'P', 'preserve-root', 'no-preserve-root', 'R|recursive', 'reference=', 'v|verbose']; // prettier-ignore

function owning(which: 'owner' | 'group') {
	return utility(OPTIONS, function* (tool, options) {
		const reference = options.get('reference');
		const operands = [...options.operands];
		const text = reference === undefined ? operands.shift() : undefined;
		if (text === undefined && reference === undefined) throw new UsageError('missing operand');
		if (operands.length === 0) {
			throw new UsageError(text === undefined ? 'missing operand' : `missing operand after ${quote(text)}`);
		}
		let owner: Owner;
		if (reference !== undefined) {
			const found = yield* attempt(stat(reference));
			if (!found) throw new Fatal(`failed to get attributes of ${quoteShell(reference)}: ${strerror('ENOENT')}`);
			owner = { uid: which === 'owner' ? found.uid : -1, gid: found.gid };
		} else if (which === 'group') owner = { uid: -1, gid: yield* groupId(text!, text!) };
		else owner = yield* ownerOf(tool, text!);
		const from = options.get('from');
		const required = from === undefined ? undefined : yield* ownerOf(tool, from);
		for (const path of operands) yield* changeOne(tool, options, path, owner, required, which);
	});
}

export const chown = owning('owner');
export const chgrp = owning('group');

/** "user", "user:group", "user:", ":group", with "." as an old colon. */
function* ownerOf(tool: Tool, text: string): Sys<Owner> {
	const colon = text.indexOf(':');
	if (colon < 0) {
		if (text === '') return { uid: -1, gid: -1 };
		const plain = yield* userId(text);
		if (plain) return { uid: plain.uid, gid: -1 };
		const dot = text.indexOf('.');
		if (dot >= 0) {
			const owner = yield* attemptOwner(text.slice(0, dot), text.slice(dot + 1), text);
			if (owner) {
				yield* tool.warn(`warning: '.' should be ':': ${quote(text)}`);
				return owner;
			}
		}
		throw new Fatal(`invalid user: ${quote(text)}`);
	}
	const owner = yield* attemptOwner(text.slice(0, colon), text.slice(colon + 1), text);
	if (!owner) throw new Fatal(`invalid user: ${quote(text)}`);
	return owner;
}

function* attemptOwner(user: string, group: string, whole: string): Sys<Owner | undefined> {
	const found = user === '' ? undefined : yield* userId(user);
	if (user !== '' && !found) return undefined;
	if (group !== '') return { uid: found?.uid ?? -1, gid: yield* groupId(group, whole) };
	if (found && found.gid === undefined) throw new Fatal(`invalid spec: ${quote(whole)}`);
	return { uid: found?.uid ?? -1, gid: found?.gid ?? -1 };
}

function* userId(name: string): Sys<{ uid: number; gid: number | undefined } | undefined> {
	const entry = yield* getpwnam(name);
	if (entry) return { uid: entry.uid, gid: entry.gid };
	return /^\+?\d+$/.test(name) ? { uid: Number(name), gid: (yield* getpwuid(Number(name)))?.gid } : undefined;
}

function* groupId(name: string, whole: string): Sys<number> {
	if (name === '') return -1;
	const entry = yield* getgrnam(name);
	if (entry) return entry.gid;
	if (/^\+?\d+$/.test(name)) return Number(name);
	throw new Fatal(`invalid group: ${quote(whole)}`);
}

function* changeOne(
	tool: Tool,
	options: Parsed,
	path: string,
	owner: Owner,
	required: Owner | undefined,
	which: 'owner' | 'group',
	commandLine = true
): Sys<void> {
	const recursive = options.has('recursive');
	const follow = recursive ? options.has('L') || (options.has('H') && commandLine) : !options.has('no-dereference');
	const quiet = options.has('quiet');
	let found: Stat;
	try {
		found = yield* follow ? stat(path) : lstat(path);
	} catch (thrown) {
		const dangling = follow && (yield* attempt(lstat(path)));
		const error = strerror(errnoOf(thrown));
		if (quiet) tool.status = 1;
		else yield* tool.complain(`cannot ${dangling ? 'dereference' : 'access'} ${quoteShell(path)}: ${error}`);
		return;
	}
	if (recursive && isDirectory(found.mode)) {
		const names = (yield* attempt(readdir(path))) ?? [];
		for (const { name } of names) {
			yield* changeOne(tool, options, `${path.replace(/\/+$/, '')}/${name}`, owner, required, which, false);
		}
	}
	if (
		required &&
		((required.uid >= 0 && required.uid !== found.uid) || (required.gid >= 0 && required.gid !== found.gid))
	) {
		yield* report(tool, options, path, found, { uid: found.uid, gid: found.gid }, which);
		return;
	}
	try {
		yield* chownCall(path, owner.uid, owner.gid, follow);
		yield* report(tool, options, path, found, owner, which);
	} catch (thrown) {
		const what = which === 'group' || owner.uid === -1 ? 'group' : 'ownership';
		if (quiet) tool.status = 1;
		else yield* tool.complain(`changing ${what} of ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
	}
}

function* report(tool: Tool, options: Parsed, path: string, found: Stat, owner: Owner, which: string): Sys<void> {
	const uid = owner.uid === -1 ? found.uid : owner.uid;
	const gid = owner.gid === -1 ? found.gid : owner.gid;
	const changed = uid !== found.uid || gid !== found.gid;
	if (!options.has('verbose') && !(options.has('changes') && changed)) return;
	const groupOnly = which === 'group' || owner.uid === -1;
	const words = function* (user: number, group: number): Sys<string> {
		const groupName = (yield* getgrgid(group))?.name ?? String(group);
		if (groupOnly) return groupName;
		const userName = (yield* getpwuid(user))?.name ?? String(user);
		return owner.gid === -1 ? userName : `${userName}:${groupName}`;
	};
	const what = groupOnly ? 'group' : 'ownership';
	const before = yield* words(found.uid, found.gid);
	const after = yield* words(uid, gid);
	if (changed) yield* tool.print(`changed ${what} of ${quoteShell(path)} from ${before} to ${after}\n`);
	else yield* tool.print(`${what} of ${quoteShell(path)} retained as ${after}\n`);
}
