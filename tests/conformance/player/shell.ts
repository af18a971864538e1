/**
 * Plays `kind: "shell"`: one command line or script on a fresh machine (`../shell/README.md`): what it printed, its exit
 * status and the files that it changed.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Engine, SECOND } from '#engine/engine';
import { Host } from '#kernel/host';
import { putFiles } from '#world/build';
import { loginEnvironment, userOf } from '#world/users';
import type { FileSpec } from '#world/spec';
import { PROGRAMS, STANDARD } from '#programs/index';
import { difference, fail, PASS, type Outcome, type Recording } from './case';
import { ownersOf, snapshot, type Owners, type SnapshotEntry } from './snapshot';

const base = JSON.parse(readFileSync(new URL('../shell/base.json', import.meta.url), 'utf8')) as {
	path: string;
	hostname: string;
	files: Record<string, FileSpec>;
};

interface ShellCase extends Recording {
	readonly files?: Record<string, FileSpec & { owner?: string }>;
	readonly user: string;
	readonly cwd: string;
	readonly argv?: string[];
	readonly script?: string;
	readonly args?: string[];
	readonly stdin?: string;
	readonly stdin_base64?: string;
	readonly stdout?: string;
	readonly stderr?: string;
	readonly stdout_base64?: string;
	readonly stderr_base64?: string;
	readonly exit: number;
	readonly after?: Record<string, Record<string, unknown> | null>;
}

const ACCOUNTS: ReadonlySet<string> = new Set(['/etc/passwd', '/etc/group', '/etc/shadow']);
const SCRIPT = '/home/michael/t.sh';
const LIMIT = 600 * SECOND;

export function playShell(recording: Recording): Outcome {
	const played = recording as ShellCase;
	const host = machine();
	const owners = ownersOf(host);
	const user = userOf(host, played.user);
	const [accounts, others] = [true, false].map((wanted) =>
		Object.fromEntries(Object.entries(played.files ?? {}).filter(([path]) => ACCOUNTS.has(path) === wanted))
	);
	putCaseFiles(host, others!);
	if (played.script !== undefined)
		putFiles(host, { [SCRIPT]: { text: played.script, mode: '0644', owner: 'michael', group: 'michael' } });
	/* last, for the others belong to the machine's own users */
	putCaseFiles(host, accounts!);
	const before = snapshot(host, owners);
	const argv = played.argv ?? ['bash', SCRIPT, ...(played.args ?? [])];
	const stdin = played.stdin_base64 ? Buffer.from(played.stdin_base64, 'base64') : Buffer.from(played.stdin ?? '', 'utf8');
	const env = new Map(loginEnvironment(user)).set('PATH', base.path).set('SHELL', '/bin/bash');
	const path = argv[0]!.includes('/') ? argv[0]! : findProgram(host, argv[0]!);
	const process = host.spawn({ path, argv, env, user, cwd: played.cwd, stdin: new Uint8Array(stdin) });
	const engine = host.engine;
	const limit = engine.now + LIMIT;
	while (!process.finished && engine.nextTime() <= limit) engine.step();
	if (process.status === null) return fail(`did not end within ${LIMIT / SECOND} virtual seconds`);
	const got = {
		stdout: outputOf(process.stdout(), played.stdout_base64),
		stderr: outputOf(process.stderr(), played.stderr_base64),
		exit: process.status
	};
	const expected = {
		stdout: played.stdout_base64 ?? played.stdout ?? '',
		stderr: played.stderr_base64 ?? played.stderr ?? '',
		exit: played.exit
	};
	const found = difference(expected, got) ?? difference(played.after ?? {}, changes(host, before, owners, played.after ?? {}), '/after');
	return found ? fail(found) : PASS;
}

function outputOf(bytes: Uint8Array, base64: string | undefined): string {
	return Buffer.from(bytes).toString(base64 === undefined ? 'utf8' : 'base64');
}

function machine(): Host {
	const engine = new Engine({ seed: 1, start: Date.UTC(2026, 10, 22, 16) * 1000 });
	const host = new Host({ name: 'halo', hostname: base.hostname, engine, programs: PROGRAMS, random: engine.random.split() });
	putFiles(host, { '/usr/bin': { dir: true }, '/usr/sbin': { dir: true }, '/usr/lib': { dir: true } });
	putFiles(host, { '/usr/local/bin': { dir: true }, '/usr/local/sbin': { dir: true } });
	putFiles(host, { '/bin': { link: 'usr/bin' }, '/sbin': { link: 'usr/sbin' }, '/lib': { link: 'usr/lib' } });
	putFiles(host, defaultOwners(base.files));
	for (const item of STANDARD) host.installPrograms(item);
	host.setReadOnly('/usr', ['/usr/local']);
	host.boot();
	engine.runUntil(engine.now + SECOND);
	return host;
}

const HOMES = /^\/home\/([a-z]+)(\/|$)/;

/** The owner is the user whose home it is in, else root; the group is the owner's own. */
function defaultOwners(files: Record<string, FileSpec & { owner?: string; group?: string }>): Record<string, FileSpec> {
	return Object.fromEntries(
		Object.entries(files).map(([path, file]) => {
			if (typeof file === 'string') return [path, { text: file, owner: HOMES.exec(path)?.[1] ?? 'root' }];
			return [path, { ...file, owner: file.owner ?? HOMES.exec(path)?.[1] ?? 'root' } as FileSpec];
		})
	);
}

/** Missing parents are 0755 and belong to the owner of the home directory that they lie in. */
function putCaseFiles(host: Host, files: Record<string, FileSpec & { owner?: string }>): void {
	const owned = defaultOwners(files);
	for (const path of Object.keys(owned)) {
		const parts = path.split('/').slice(1, -1);
		for (let depth = 1; depth <= parts.length; depth++) {
			const parent = `/${parts.slice(0, depth).join('/')}`;
			if (host.disk.exists(parent)) continue;
			const own = owned[parent];
			putFiles(host, { [parent]: own ?? { dir: true, owner: HOMES.exec(parent)?.[1] ?? 'root' } });
		}
		if (!(host.disk.exists(path) && typeof owned[path] === 'object' && 'dir' in owned[path])) putFiles(host, { [path]: owned[path]! });
		else putFiles(host, { [path]: owned[path] });
	}
	/* putting a file into a directory changed the directory's time: times are set last, deepest first */
	for (const [path, file] of Object.entries(files))
		if (typeof file === 'object' && 'mtime' in file && file.mtime !== undefined) host.disk.setMtime(path, parseTime(String(file.mtime)));
}

function parseTime(text: string): number {
	return /^-?\d+$/.test(text) ? Number(text) * 1e6 : Date.parse(`${text.replace(' ', 'T')}Z`) * 1000;
}

function findProgram(host: Host, name: string): string {
	const found = base.path.split(':').find((directory) => host.disk.exists(`${directory}/${name}`));
	return found === undefined ? `/usr/bin/${name}` : `${found}/${name}`;
}

/** New and changed paths as the recording writes them, `null` for those that are gone. */
function changes(
	host: Host,
	before: ReadonlyMap<string, SnapshotEntry>,
	owners: Owners,
	expected: Record<string, Record<string, unknown> | null>
): Record<string, unknown> {
	const now = snapshot(host, owners);
	const out: Record<string, unknown> = {};
	for (const [path, entry] of now) {
		const old = before.get(path);
		if (!old || JSON.stringify(old) !== JSON.stringify(entry)) out[path] = written(entry, expected[path] ?? undefined);
	}
	for (const path of before.keys()) if (!now.has(path)) out[path] = null;
	return out;
}

/** In the form that the recording chose: text, base64, size and hash, or "an archive". */
function written(entry: SnapshotEntry, like: Record<string, unknown> | undefined): Record<string, unknown> {
	const { content, ...rest } = entry;
	if (content === undefined) return rest;
	const bytes = Buffer.from(content, 'base64');
	const out: Record<string, unknown> = { ...rest };
	if (like?.archive) out.archive = true;
	else if (like?.sha256 !== undefined) {
		out.size = bytes.length;
		out.sha256 = createHash('sha256').update(bytes).digest('hex');
	} else if (like?.base64 !== undefined) out.base64 = content;
	else out.text = bytes.toString('utf8');
	return out;
}
