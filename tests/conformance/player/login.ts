/**
 * Plays the recordings of people at terminals (`../login/README.md`): two hosts on a wire, a dialogue on a terminal of one
 * of them, and what the log of each says afterwards.
 */
import { readFileSync } from 'node:fs';
import { SECOND } from '#engine/engine';
import { decode } from '#kernel/text';
import type { FileSpec, HostSpec } from '#world/spec';
import { World } from '#world/world';
import { difference, fail, PASS, type Outcome, type Recording } from './case';
import { compareLogs } from './logs';

interface Lab {
	readonly hosts: Record<string, { readonly hostname: string; readonly address: string }>;
	readonly files: Record<string, FileSpec>;
}

interface Step {
	readonly host: string;
	readonly user: string;
	readonly argv: readonly string[];
	readonly dialogue: readonly (readonly [wait: string, send: string])[];
	readonly cwd?: string;
	readonly screen: string;
	/** negative: ended by that signal; -9: it did not end */
	readonly exit: number;
}

interface LoginCase extends Recording {
	readonly steps: readonly Step[];
	readonly files?: Record<string, Record<string, FileSpec>>;
	readonly start?: Record<string, readonly string[]>;
	readonly log: Record<string, readonly string[]>;
	readonly after?: Record<string, Record<string, string | null>>;
}

const lab = JSON.parse(readFileSync(new URL('../login/lab.json', import.meta.url), 'utf8')) as Lab;
const LIMIT = 40 * SECOND;
/** what a person needs to answer */
const PAUSE = 150_000;
const LOG = '/var/log/all';
/** what the shell on the terminal does: the step's command, then its status */
const SCRIPT = '/tmp/.step';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PACKAGES = ['openbsd-inetd', 'tcpd', 'inetutils-telnetd', 'openssh-server', 'bsd-mailx', 'procmail'];

export function playLogin(recording: Recording): Outcome {
	const played = recording as LoginCase;
	const world = new World(
		{
			name: 'login',
			seed: 1,
			start: '2026-11-22T16:00:00Z',
			settle: 3,
			hosts: Object.keys(lab.hosts).map((name) => hostOf(name, played)),
			links: [{ name: 'wire' }]
		},
		{},
		{ traceCapacity: 1000 }
	);
	for (const name of Object.keys(lab.hosts)) world.host(name).disk.writeFile(LOG, '');
	for (const name of Object.keys(lab.hosts)) world.command(name, ['ssh-keygen', '-A']);
	for (const [name, commands] of Object.entries(played.start ?? {}))
		for (const command of commands) world.spawn(name, ['/bin/sh', '-c', `${command} >/dev/null 2>&1`]);
	world.runUntil(world.now + SECOND);
	for (const [index, step] of played.steps.entries()) {
		const got = converse(world, step, `t:${index}`);
		const found = difference({ screen: step.screen, exit: step.exit }, got, `/steps/${index}`);
		if (found) return fail(found);
	}
	world.runUntil(world.now + SECOND);
	return compare(world, played);
}

function hostOf(name: string, played: LoginCase): HostSpec {
	const { hostname, address } = lab.hosts[name]!;
	const files = Object.fromEntries(Object.entries(lab.files).filter(([path]) => path !== '/etc/inittab'));
	return {
		name,
		hostname,
		kind: 'server',
		at: [0, 0],
		interfaces: [{ name: 'eth0', addresses: [`${address}/24`], link: 'wire' }],
		packages: PACKAGES,
		services: ['syslog'],
		files: { ...files, '/etc/syslog.conf': `*.*\t${LOG}\n`, ...played.files?.[name] }
	};
}

/** The dialogue on a terminal of its own: a login shell runs the command and tells its exit status. */
function converse(world: World, { host, user, argv, dialogue, cwd, exit }: Step, id: string): { screen: string; exit: number } {
	let seen = '';
	let closed = false;
	const take = (): void => {
		const { output, closed: ended } = world.takeOutput();
		seen += output.map(({ bytes }) => decode(bytes)).join('');
		closed ||= ended.includes(id);
	};
	/** @returns whether it came to that */
	const until = (done: () => boolean): boolean => {
		const end = world.now + LIMIT;
		while (!done() && world.engine.nextTime() <= end) {
			world.engine.step();
			take();
		}
		return done();
	};
	const type = (text: string): void => void world.apply({ kind: 'keys', id, text });
	world.apply({ kind: 'terminal', id, host, user, rows: 24, columns: 80 });
	until(() => /[$#] $/.test(seen));
	const place = cwd === undefined ? '' : `cd ${cwd}; `;
	const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
	world.host(host).disk.writeFile(SCRIPT, `${place}TERM=dumb PATH=${PATH} ${command}; echo "=$?="\n`);
	type(`. ${SCRIPT}; exit\n`);
	until(() => seen.includes('exit\r\n'));
	seen = seen.slice(seen.indexOf('exit\r\n') + 6);
	let from = 0;
	for (const [wait, send] of dialogue) {
		const found = until(() => closed || seen.includes(wait, from));
		if (closed) break;
		if (!found) return { screen: `${seen}<waits for ${JSON.stringify(wait)}>`, exit: -1 };
		from = seen.length;
		world.runUntil(world.now + PAUSE);
		type(send);
	}
	until(() => closed);
	if (!closed) world.apply({ kind: 'hangup', id });
	const ended = /=(\d+)=\r\n/.exec(seen);
	const screen = ended ? seen.slice(0, ended.index) : seen;
	const status = Number(ended?.[1] ?? -9);
	/* bash ends the line of a command that a signal ended */
	return exit < 0 && exit !== -9 && status === 128 - exit
		? { screen: normalised(screen).replace(/\r\n$/, ''), exit }
		: { screen: normalised(screen), exit: ended ? status : -9 };
}

function compare(world: World, played: LoginCase): Outcome {
	for (const name of Object.keys(lab.hosts)) {
		const expected = (played.log[name] ?? []).map((line) => plain(line.replace(/^\S+ /, '')));
		const lines = world.host(name).disk.readText(LOG).split('\n').filter((line) => line !== '');
		const got = lines.map((line) => plain(normalised(line.replace(/^\w{3} [ \d]\d \S+ \S+ /, '').replace(/\[\d+\]:/, '[PID]:'))));
		const found = compareLogs(expected, got, [], `/log/${name}`);
		if (found) return fail(found);
	}
	for (const [name, files] of Object.entries(played.after ?? {}))
		for (const [path, text] of Object.entries(files)) {
			const { disk } = world.host(name);
			const got = disk.exists(path) ? disk.readText(path) : null;
			const found = difference(text && account(text), got && account(normalised(got)), `/after/${name}/${path}`);
			if (found) return fail(found);
		}
	return PASS;
}

/** The recordings had no audit and no login database: who caused a session was not known by name. */
function plain(line: string): string {
	return line.replace(/ by [.\w]*\(uid=/, ' by (uid=').replace(/logname=[.\w]* /, 'logname= ').replace(/(Attempted login by) \w+ /, '$1 NAME ');
}

/** New passwords are `$6$` here, `$y$` there; a new group's word is `!` without /etc/gshadow. */
function account(text: string): string {
	return text.replace(/\$y\$HASH/g, '$6$HASH');
}

/** As `../login/record.py` */
function normalised(text: string): string {
	return text
		.replace(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d( UTC)? \d{4}/g, 'DATE')
		.replace(/Linux \S+ \(/g, 'Linux RELEASE (')
		.replace(/\bchild process \d+/g, 'child process PID')
		.replace(/(203\.0\.113\.2) \d{5} /g, '$1 PORT ')
		.replace(/\bport \d{5}\b/g, 'port PORT')
		.replace(/SHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:KEY')
		.replace(/(\$[y56]\$)[^:\n]+/g, '$1HASH')
		.replace(/:\d{5}(:\d+:\d+:\d+:|::::::)/g, ':DAY$1');
}
