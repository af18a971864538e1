/**
 * update-rc.d(8) of init-system-helpers 1.65: the links of /etc/rcN.d to a script of /etc/init.d.
 *
 * Does: defaults, remove, enable, disable (S to K and back in the run levels 2 to 5).
 * Not simulated: the order by dependencies (insserv): new links get the number 20; run levels as arguments, systemd.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { printError } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { access, getcred, readdir, rename, symlink, unlink } from '../libc/unistd';

const LEVELS = { start: ['2', '3', '4', '5'], stop: ['0', '1', '6'] } as const;
const USAGE = `usage: update-rc.d [-f] <basename> remove
       update-rc.d [-f] <basename> defaults
       update-rc.d [-f] <basename> defaults-disabled
       update-rc.d <basename> disable|enable [S|2|3|4|5]
                -f: force

The disable|enable API is not stable and might change in the future.
`;
const NEW = '20';

interface Link {
	readonly directory: string;
	readonly kind: 'S' | 'K';
	readonly number: string;
}

function* links(name: string): Sys<Link[]> {
	const found: Link[] = [];
	for (const level of [...LEVELS.start, ...LEVELS.stop, 'S']) {
		const directory = `/etc/rc${level}.d`;
		for (const entry of (yield* attempt(readdir(directory))) ?? []) {
			const match = /^([SK])(\d\d)(.*)$/.exec(entry.name);
			if (match?.[3] === name) found.push({ directory, kind: match[1] as 'S' | 'K', number: match[2]! });
		}
	}
	return found;
}

function* attempt<T>(call: Sys<T>): Sys<T | undefined> {
	try {
		return yield* call;
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

function* fail(message: string): Sys<number> {
	yield* printError(`update-rc.d: error: ${message}\n`);
	return 1;
}

export const updateRc: Main = function* (argv) {
	const words = argv.slice(1).filter((word) => !word.startsWith('-'));
	const [name, action, ...levels] = words;
	if (name === undefined || action === undefined) {
		yield* printError(`update-rc.d: error: not enough arguments\n${USAGE}`);
		return 1;
	}
	if ((yield* getcred()).euid !== 0) return yield* fail('Permission denied');
	const script = `/etc/init.d/${name}`;
	if (!(yield* isThere(script)) && action !== 'remove') return yield* fail(`unable to read ${script}`);
	if (action === 'remove') {
		for (const { directory, kind, number } of yield* links(name)) yield* unlink(`${directory}/${kind}${number}${name}`);
		return 0;
	}
	if (action === 'defaults' || action === 'defaults-disabled') return yield* defaults(name, action === 'defaults');
	if (action !== 'enable' && action !== 'disable') {
		yield* printError(`update-rc.d: error: invalid argument "${action}"\n${USAGE}`);
		return 1;
	}
	const all = yield* links(name);
	if (all.length === 0) return yield* fail(`cannot find a LSB script for ${name}`);
	const chosen = levels.length > 0 ? levels : [...LEVELS.start, 'S'];
	const [from, to] = action === 'enable' ? (['K', 'S'] as const) : (['S', 'K'] as const);
	for (const { directory, kind, number } of all)
		if (kind === from && chosen.some((level) => directory === `/etc/rc${level}.d`))
			yield* rename(
				`${directory}/${from}${number}${name}`,
				`${directory}/${to}${String(100 - Number(number)).padStart(2, '0')}${name}`
			);
	return 0;
};

function* isThere(path: string): Sys<boolean> {
	try {
		yield* access(path, {});
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

/** Links that are there stay as they are. */
function* defaults(name: string, starts: boolean): Sys<number> {
	if ((yield* links(name)).length > 0) return 0;
	for (const level of LEVELS.start)
		yield* symlink(`../init.d/${name}`, `/etc/rc${level}.d/${starts ? 'S' : 'K'}${NEW}${name}`);
	for (const level of LEVELS.stop) yield* symlink(`../init.d/${name}`, `/etc/rc${level}.d/K${NEW}${name}`);
	return 0;
}
