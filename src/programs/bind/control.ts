/**
 * The control channel: what rndc may say to named and what comes back. The reply's first line is "ok" or "failed", the rest
 * is what rndc prints.
 */
import type { Sys } from '#kernel/syscalls';
import { labelsOf, nameOf } from '#wire/dns';
import { getpid, time } from '../libc/unistd';
import { breakDown, strftime } from '../libc/strftime';
import type { Named } from './server';
import { NAMED_VERSION } from './serve';
import { shownName } from './load-zone';

type Command = (named: Named, argument: string | undefined) => Sys<string>;

const OK = 'ok\n';

const COMMANDS: Readonly<Record<string, Command>> = {
	*reload(named, argument) {
		if (argument === undefined)
			return (yield* named.reload()) ? `${OK}server reload successful\n` : "failed\nrndc: 'reload' failed: failure\n";
		const name = zoneName(argument);
		if (name === undefined || named.zone(name) === undefined) return notFound('reload', argument);
		return (yield* named.reload(name)) ? `${OK}zone reload queued\n` : "failed\nrndc: 'reload' failed: failure\n";
	},
	*reconfig(named) {
		return (yield* named.reload()) ? OK : "failed\nrndc: 'reconfig' failed: failure\n";
	},
	*flush(named) {
		named.cache.clear();
		yield* named.log('flushing caches in all views succeeded');
		return OK;
	},
	*stop(named, argument) {
		named.stop();
		return yield* stopReply(argument);
	},
	*halt(named, argument) {
		named.stop();
		return yield* stopReply(argument);
	},
	*zonestatus(named, argument) {
		const name = argument === undefined ? undefined : zoneName(argument);
		const zone = name === undefined ? undefined : named.zone(name);
		if (!zone) return notFound('zonestatus', argument ?? '');
		yield* time();
		return `${OK}name: ${shownName(zone.origin)}\ntype: primary\nserial: ${zone.soa!.record.serial}\nnodes: ${zone.names().length}\nsecure: no\ndynamic: no\nreconfigurable via modzone: no\n`;
	},
	*status(named) {
		const when = (at: number) => strftime('%a, %d %b %Y %H:%M:%S GMT', breakDown(at));
		return (
			`${OK}version: BIND ${NAMED_VERSION} (Extended Support Version) <id:>\n` +
			`running on ${named.hostname}: Linux x86_64\n` +
			`boot time: ${when(named.counts.started)}\nlast configured: ${when(named.counts.reloaded)}\n` +
			`configuration file: ${named.path}\nCPUs found: 1\nworker threads: 1\nUDP listeners per interface: 1\n` +
			`number of zones: ${named.zoneCount} (0 automatic)\ndebug level: 0\nxfers running: 0\nxfers deferred: 0\n` +
			`soa queries in progress: 0\nquery logging is OFF\nrecursive clients: ${named.recursing}/900/1000\n` +
			`tcp clients: ${named.tcpClients}/150\nTCP high-water: ${named.tcpClients}\nserver is up and running\n`
		);
	}
};

function* stopReply(argument: string | undefined): Sys<string> {
	return argument === '-p' ? `${OK}pid: ${yield* getpid()}\n` : OK;
}

function zoneName(text: string): string | undefined {
	const labels = labelsOf(text.toLowerCase());
	return labels && nameOf(labels);
}

function notFound(command: string, zone: string): string {
	return `failed\nrndc: '${command}' failed: not found\nno matching zone '${zone}' in any view\n`;
}

export function* controlReply(named: Named, line: string): Sys<string> {
	const [word, argument] = line.trim().split(/\s+/);
	const command = COMMANDS[word!];
	return command ? yield* command(named, argument) : `failed\nrndc: '${word!}' failed: unknown command\n`;
}
