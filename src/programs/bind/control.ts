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
		const secondary = named.secondary(name);
		if (secondary) {
			secondary.nextAt = yield* time();
			return `${OK}zone refresh queued\n`;
		}
		if (yield* named.unchanged(name)) return `${OK}zone reload up-to-date\n`;
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
	*flushname(named, argument) {
		return yield* flush(named, argument, false);
	},
	*flushtree(named, argument) {
		return yield* flush(named, argument, true);
	},
	*querylog(named, argument) {
		named.querylog = argument === undefined ? !named.querylog : /^(on|yes|true|1)$/.test(argument);
		yield* named.log(`query logging is now ${named.querylog ? 'on' : 'off'}`);
		return OK;
	},
	*refresh(named, argument) {
		const name = zoneName(argument ?? '');
		if (name === undefined || named.zone(name) === undefined) return notFound('refresh', argument ?? '');
		const secondary = named.secondary(name);
		if (!secondary) return "failed\nrndc: 'refresh' failed: failure\nnot a secondary, mirror, or stub zone\n";
		secondary.nextAt = yield* time();
		return `${OK}zone refresh queued\n`;
	},
	*retransfer(named, argument) {
		const name = zoneName(argument ?? '');
		if (name === undefined || named.zone(name) === undefined) return notFound('retransfer', argument ?? '');
		const secondary = named.secondary(name);
		if (!secondary) return "failed\nrndc: 'retransfer' failed: failure\nretransfer: inappropriate zone type: primary\n";
		yield* secondary.start(yield* time(), true);
		return OK;
	},
	*notify(named, argument) {
		const name = zoneName(argument ?? '');
		if (name === undefined || named.zone(name) === undefined) return notFound('notify', argument ?? '');
		yield* named.notify(name, true);
		return `${OK}zone notify queued\n`;
	},
	*freeze(named, argument) {
		const name = zoneName(argument ?? '');
		if (name === undefined || named.zone(name) === undefined) return notFound('freeze', argument ?? '');
		yield* time();
		return `failed\nrndc: 'freeze' failed: ${named.secondary(name) ? 'not primary' : 'not dynamic'}\n`;
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
		const secondary = named.secondary(zone.origin);
		const file = named.statement(zone.origin)?.file;
		const times = secondary
			? `last loaded: ${when(secondary.loadedAt)}\nnext refresh: ${when(secondary.nextAt)}\nexpires: ${when(secondary.expiresAt)}\n`
			: `last loaded: ${when(named.counts.reloaded)}\n`;
		return (
			`${OK}name: ${shownName(zone.origin)}\ntype: ${secondary ? 'secondary' : 'primary'}\n${file === undefined ? '' : `files: ${file}\n`}` +
			`serial: ${zone.soa!.record.serial}\nnodes: ${zone.nodeCount}\n${times}secure: no\ndynamic: no\nreconfigurable via modzone: no\n`
		);
	},
	*status(named) {
		return (
			`${OK}version: BIND ${NAMED_VERSION} (Extended Support Version) <id:>\n` +
			`running on ${named.hostname}: Linux x86_64\n` +
			`boot time: ${when(named.counts.started)}\nlast configured: ${when(named.counts.reloaded)}\n` +
			`configuration file: ${named.path}\nCPUs found: 1\nworker threads: 1\nUDP listeners per interface: 1\n` +
			`number of zones: ${named.zoneCount} (0 automatic)\ndebug level: 0\nxfers running: 0\nxfers deferred: 0\n` +
			`soa queries in progress: 0\nquery logging is ${named.querylog ? 'ON' : 'OFF'}\nrecursive clients: ${named.recursing}/900/1000\n` +
			`tcp clients: ${named.tcpClients}/150\nTCP high-water: ${named.tcpClients}\nserver is up and running\n`
		);
	}
};

function when(at: number): string {
	return strftime('%a, %d %b %Y %H:%M:%S GMT', breakDown(at === Infinity ? 0 : at));
}

function* flush(named: Named, argument: string | undefined, below: boolean): Sys<string> {
	const name = argument === undefined ? undefined : zoneName(argument);
	const command = below ? 'flushtree' : 'flushname';
	if (name === undefined) return `failed\nrndc: '${command}' failed: unexpected end of input\n`;
	named.cache.forget(name, below);
	yield* named.log(`flushing ${below ? 'tree' : 'name'} '${shownName(name)}' in all cache views succeeded`);
	return OK;
}

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
