/**
 * The lab of the mail and DNS recordings (`../postfix/README.md`): eight hosts on one wire, as `../postfix/lab.json` lists
 * them, and what a case puts on top.
 */
import { readFileSync } from 'node:fs';
import { SECOND } from '#engine/engine';
import type { FileSpec, HostSpec, WorldSpec } from '#world/spec';
import { World, type CommandResult } from '#world/world';

export interface Lab {
	readonly hosts: Record<string, { readonly hostname: string; readonly addresses: readonly string[] }>;
	readonly files: Record<string, string>;
	readonly name_servers: Record<string, Record<string, string>>;
}

export const lab = JSON.parse(readFileSync(new URL('../postfix/lab.json', import.meta.url), 'utf8')) as Lab;

export type CaseConfig = Record<string, Record<string, string | { text: string; mode?: string; user?: string }>>;
export type CaseZones = 'standard' | Record<string, Record<string, string>> | undefined;

/** Files of a case are older than a second: Postfix waits for one that has just changed. */
const START = '2026-11-22T16:00:00Z';
const FILE_TIME = String(Date.parse(START) / 1000 - 3600);
const SETTLE = 1;

function labHost(name: string, config: CaseConfig, zones: CaseZones, packages: readonly string[]): HostSpec {
	const row = lab.hosts[name]!;
	const own = config[name] ?? {};
	const hostname = typeof own.hostname === 'string' ? own.hostname : row.hostname;
	const address = row.addresses[0]!.split('/')[0]!;
	const domain = row.hostname.split('.').slice(1).join('.');
	const short = row.hostname.split('.')[0]!;
	const files: Record<string, FileSpec> = {};
	for (const [path, text] of Object.entries(lab.files)) files[path] = { text, mtime: FILE_TIME };
	files['/etc/hostname'] = `${hostname}\n`;
	files['/etc/hosts'] = { text: `127.0.0.1\tlocalhost\n${address}\t${row.hostname} ${short}\n`, mtime: FILE_TIME };
	files['/etc/resolv.conf'] = `search ${domain}\nnameserver 192.168.75.53\n`;
	const servers = zones === undefined ? {} : (lab.name_servers[name] ?? {});
	for (const [path, text] of Object.entries(servers)) files[path] = text;
	if (name === 'ns' && typeof zones === 'object') Object.assign(files, addedZones(servers, zones.ns ?? {}));
	for (const user of ['michael', 'anna', 'joe', 'bob', 'carol', 'joeuser'])
		files[`/home/${user}`] = { dir: true, owner: user, group: user };
	files['/var/vmail'] = { dir: true, owner: 'vmail', group: 'vmail' };
	for (const [path, entry] of Object.entries(own)) if (path !== 'hostname') files[path] = caseFile(entry);
	return {
		name,
		hostname,
		kind: 'server',
		at: [0, 0],
		interfaces: [{ name: 'eth0', addresses: row.addresses, link: 'wire' }],
		routes: [{ to: 'default', via: 'eth0' }],
		packages,
		services: ['syslog'],
		files
	};
}

function caseFile(entry: string | { text: string; mode?: string; user?: string }): FileSpec {
	if (typeof entry === 'string') return { text: entry, mtime: FILE_TIME };
	return { text: entry.text, mode: entry.mode, owner: entry.user, mtime: FILE_TIME };
}

function addedZones(servers: Record<string, string>, zones: Record<string, string>): Record<string, FileSpec> {
	const files: Record<string, FileSpec> = {};
	let configuration = servers['/etc/bind/named.conf'] ?? '';
	for (const [zone, text] of Object.entries(zones)) {
		files[`/etc/bind/db.${zone}`] = text;
		configuration += `zone "${zone}" { type primary; file "db.${zone}"; };\n`;
	}
	files['/etc/bind/named.conf'] = configuration;
	return files;
}

/** What a mail host of the lab has in main.cf where a case says nothing about it. */
const mainCf = (host: string, domain: string, more: readonly string[], mynetworks: string): string =>
	[
		'compatibility_level = 3.6',
		`myhostname = ${host}`,
		`mydomain = ${domain}`,
		'myorigin = $mydomain',
		`mydestination = ${['$myhostname', 'localhost', '$mydomain', ...more].join(', ')}`,
		`mynetworks = ${mynetworks}`,
		'alias_maps = hash:/etc/aliases',
		'alias_database = hash:/etc/aliases',
		''
	].join('\n');

/** Hosts whose Postfix runs in every case about mail from end to end. */
const STANDING: Readonly<Record<string, string>> = {
	'mail.example.net': mainCf(
		'mail.example.net',
		'example.net',
		['example.com', 'tempmx.com', 'down.com', 'second.loopmx.com'],
		'127.0.0.0/8'
	),
	'mx2.example.net': mainCf('mx2.example.net', 'example.net', ['tempmx.com'], '127.0.0.0/8'),
	'relay.isp.com': `${mainCf('relay.isp.com', 'isp.com', [], '127.0.0.0/8, 192.168.75.0/24')}relay_domains = example.org\n`
};

/** The lab with the mail hosts that a case does not set up itself. */
export function buildMailLab(config: CaseConfig, zones: CaseZones): World {
	const standing = Object.keys(STANDING).filter((host) => config[host]?.['/etc/postfix/main.cf'] === undefined);
	const all = { ...config };
	for (const host of standing) all[host] = { '/etc/postfix/main.cf': STANDING[host]!, ...config[host] };
	const world = buildLab(all, zones);
	for (const host of standing)
		for (const argv of [['newaliases'], ['postfix', 'start']]) runCommand(world, { host, argv });
	return world;
}

/** @param alone only that host: for commands that need no network */
export function buildLab(config: CaseConfig, zones: CaseZones, alone?: string): World {
	const names = alone === undefined ? Object.keys(lab.hosts) : [alone];
	const spec: WorldSpec = {
		name: 'lab',
		seed: 1,
		start: START,
		settle: SETTLE,
		hosts: names.map((name) => labHost(name, config, zones, PACKAGES_OF_LAB)),
		links: [{ name: 'wire' }]
	};
	const world = new World(spec, {}, { traceCapacity: 1000 });
	for (const name of names)
		if (config[name]?.['/etc/postfix/main.cf'] === undefined) world.host(name).disk.remove('/etc/postfix/main.cf');
	for (const name of Object.keys(lab.name_servers))
		if (zones !== undefined && names.includes(name)) world.command(name, ['named', '-u', 'bind']);
	world.runUntil(world.now + SECOND);
	return world;
}

const PACKAGES_OF_LAB = ['postfix', 'bind9', 'dovecot-core', 'dovecot-pop3d', 'dovecot-imapd', 'fetchmail'];

export interface CommandStep {
	readonly host: string;
	readonly argv: readonly string[];
	readonly user?: string;
	readonly stdin?: string;
}

/** Characters stand for bytes 0–255 in these recordings where they are not text. */
export function runCommand(world: World, step: CommandStep): CommandResult {
	return world.command(step.host, step.argv, {
		user: step.user ?? 'root',
		stdin: new Uint8Array(Buffer.from(step.stdin ?? '', 'utf8')),
		errorTerminal: true,
		cwd: '/'
	});
}

const QUEUES = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt'] as const;
const SPOOL = '/var/spool/postfix';

export function queueCounts(world: World, host: string): Record<string, number> {
	const disk = world.host(host).disk;
	const counts = Object.fromEntries(QUEUES.map((queue) => [queue, 0])) as Record<string, number>;
	for (const queue of QUEUES) {
		const root = `${SPOOL}/${queue}`;
		if (!disk.exists(root)) continue;
		for (const { stat } of disk.walk(root)) if ((stat.mode & 0o170000) === 0o100000) counts[queue]!++;
	}
	return counts;
}

export function hasSpool(world: World, host: string): boolean {
	return world.host(host).disk.exists(SPOOL);
}

const QUIET_LIMIT = 200 * SECOND;

/** Runs until no mail is on its way: what is left is deferred, held, or waits for a stopped mail system. */
export function settleMail(world: World): void {
	const until = world.now + QUIET_LIMIT;
	world.runUntil(world.now + 2 * SECOND);
	while (world.now < until) {
		const moving = [...world.hosts.keys()].some((host) => isMoving(world, host));
		if (!moving) return;
		world.runUntil(world.now + SECOND);
	}
}

function isMoving(world: World, host: string): boolean {
	if (!world.host(host).processes().some((process) => process.command.includes('master'))) return false;
	const counts = queueCounts(world, host);
	return counts.maildrop! + counts.incoming! + counts.active! > 0;
}
