/**
 * mount(8) and umount(8) of util-linux 2.38: the list of what is mounted.
 *
 * Reads: the kernel's list and /etc/fstab.
 * Not simulated: mounting and unmounting; there are no other disks, so that every attempt ends as it would for want of one.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print, printError, readText } from '../libc/stdio';
import { getcred, mounts, stat } from '../libc/unistd';

const OPTIONS = new OptionTable([
	'a|all',
	'l|show-labels',
	't|types=',
	'o|options=',
	'r|read-only',
	'w|rw',
	'v|verbose',
	'n|no-mtab',
	'V|version',
	'h|help',
	'B|bind',
	'f|fake'
]);

export const mount: Main = function* (argv) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(`mount: ${thrown.message}\nTry 'mount --help' for more information.\n`);
		return 1;
	}
	const [source, target] = parsed.operands;
	if (source === undefined) {
		if (parsed.has('all')) return 0;
		const types = parsed.get('types')?.split(',');
		const rows = (yield* mounts()).filter((row) => !types || types.includes(row.type));
		yield* print(rows.map((row) => `${row.device} on ${row.path} type ${row.type} (${row.options})\n`).join(''));
		return 0;
	}
	if (target === undefined && !(yield* inFstab(source))) {
		yield* printError(`mount: ${source}: can't find in /etc/fstab.\n`);
		return 1;
	}
	const place = target ?? source;
	const reason =
		(yield* getcred()).euid !== 0
			? 'must be superuser to use mount.'
			: !(yield* exists(place))
				? 'mount point does not exist.'
				: !(yield* exists(source))
					? `special device ${source} does not exist.`
					: `${source} is not a block device.`;
	yield* printError(
		`mount: ${place}: ${reason}\n       dmesg(1) may have more information after failed mount system call.\n`
	);
	return reason.startsWith('must') ? 1 : 32;
};

export const umount: Main = function* (argv) {
	const place = argv.slice(1).find((word) => !word.startsWith('-'));
	if (place === undefined) {
		yield* printError("umount: bad usage\nTry 'umount --help' for more information.\n");
		return 1;
	}
	const mounted = (yield* mounts()).some((row) => row.path === place || row.device === place);
	const root = (yield* getcred()).euid === 0;
	const reason = !(yield* exists(place))
		? 'no mount point specified.'
		: !mounted
			? 'not mounted.'
			: root
				? 'target is busy.'
				: 'must be superuser to unmount.';
	yield* printError(`umount: ${place}: ${reason}\n`);
	return 32;
};

function* exists(path: string): Sys<boolean> {
	try {
		yield* stat(path);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* inFstab(name: string): Sys<boolean> {
	try {
		const rows = (yield* readText('/etc/fstab')).split('\n').map((line) => line.trim().split(/\s+/));
		return rows.some(([device, path]) => !device!.startsWith('#') && (device === name || path === name));
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}
