/**
 * The X font server (xfs), the X server (Xorg), rpcbind, lpd and cupsd, as far as they are listening processes
 * (`listener.ts` says what they are not).
 *
 * Reads: xfs: `port = N` of /etc/X11/fs/config; cupsd: `Listen ADDRESS:PORT` of /etc/cups/cupsd.conf.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { mkdir } from '../libc/unistd';
import { listenForEver, type Place } from './listener';

const XFS_CONFIG = '/etc/X11/fs/config';
const CUPS_CONFIG = '/etc/cups/cupsd.conf';
const XFS_PORT = 7100;
const X_PORT = 6000;
const LOOPBACK = 0x7f00_0001;

const tcp = (port: number, address = 0): Place => ({ type: 'stream', address, port });

function* optional(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		errnoOf(thrown);
		return '';
	}
}

/** The word behind an option. */
function after(argv: readonly string[], option: string): string | undefined {
	const at = argv.indexOf(option);
	return at < 0 ? undefined : argv[at + 1];
}

/** `xfs [-config FILE] [-port PORT] [-nodaemon]` */
export const xfs: Main = function* (argv) {
	const config = yield* optional(after(argv, '-config') ?? XFS_CONFIG);
	const port = after(argv, '-port') ?? /^\s*port\s*=\s*(\d+)/m.exec(config)?.[1] ?? XFS_PORT;
	return yield* listenForEver({
		name: 'xfs',
		places: [tcp(Number(port))],
		pidFile: '/run/xfs.pid',
		foreground: argv.includes('-nodaemon')
	});
};

/** `X [:DISPLAY] [-listen tcp | -nolisten tcp]`: since 1.17 it listens on the network only when told to */
export const xorg: Main = function* (argv) {
	const display = Number(argv.find((word) => /^:\d+$/.test(word))?.slice(1) ?? 0);
	try {
		yield* mkdir('/tmp/.X11-unix', 0o1777);
	} catch (thrown) {
		errnoOf(thrown);
	}
	return yield* listenForEver({
		name: 'X',
		places: after(argv, '-listen') === 'tcp' ? [tcp(X_PORT + display)] : [],
		paths: [`/tmp/.X11-unix/X${display}`],
		pidFile: `/run/X${display}.pid`
	});
};

export const rpcbind: Main = function* (argv) {
	return yield* listenForEver({
		name: 'rpcbind',
		places: [tcp(111), { type: 'dgram', address: 0, port: 111 }],
		pidFile: '/run/rpcbind.pid',
		foreground: argv.includes('-f')
	});
};

export const lpd: Main = function* () {
	return yield* listenForEver({
		name: 'lpd',
		places: [tcp(515)],
		paths: ['/run/printer'],
		pidFile: '/run/lpd.pid'
	});
};

export const cupsd: Main = function* (argv) {
	const config = yield* optional(after(argv, '-c') ?? CUPS_CONFIG);
	const places = [...config.matchAll(/^\s*Listen\s+([\w.*]+):(\d+)/gim)].map(([, host, port]) =>
		tcp(Number(port), host === 'localhost' ? LOOPBACK : (parseIpv4Address(host!) ?? 0))
	);
	return yield* listenForEver({
		name: 'cupsd',
		places,
		paths: ['/run/cups.sock'],
		pidFile: '/run/cupsd.pid',
		foreground: argv.includes('-f')
	});
};
