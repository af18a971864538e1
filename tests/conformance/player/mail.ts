/**
 * Plays the mail recordings: `config` (commands without a mail system), `smtp`, `deliver` and `pop` (`../postfix/README.md`).
 */
import { parseIpv4Address } from '#wire/address';
import { SECOND } from '#engine/engine';
import type { World } from '#world/world';
import { userOf } from '#world/users';
import { difference, fail, PASS, type Outcome, type Recording } from './case';
import { buildLab, buildMailLab, hasSpool, queueCounts, runCommand, settleMail, type CaseConfig, type CaseZones, type CommandStep } from './lab';
import { compareLogs } from './logs';
import { parseMailbox, type Mail } from './mailbox';
import { isLeftOut, Normaliser } from './normalise';
import { sessionMain, type Entry } from './session';

interface CommandCaseStep extends CommandStep {
	readonly do: 'command';
	readonly stdout: string;
	readonly stderr: string;
	readonly exit: number;
}
interface SessionStep {
	readonly do: 'smtp' | 'pop3' | 'imap';
	readonly host: string;
	readonly to: string;
	readonly from?: string;
	readonly port?: number;
	readonly session: readonly Entry[];
}
type Step = CommandCaseStep | SessionStep;

interface AfterHost {
	readonly maillog?: readonly string[];
	readonly mailboxes?: Record<string, readonly Mail[]>;
	readonly queues?: Record<string, number>;
	readonly files?: Record<string, unknown>;
}

interface MailCase extends Recording {
	readonly config: CaseConfig;
	readonly zones?: CaseZones;
	readonly prepare?: readonly (CommandStep & { stdout?: string; stderr?: string; exit?: number })[];
	readonly startlog?: Record<string, readonly string[]>;
	readonly steps: readonly Step[];
	readonly after?: Record<string, AfterHost>;
	readonly log_order?: 'any';
}

const PORTS = { smtp: 25, pop3: 110, imap: 143 } as const;
const SESSION_LIMIT = 1200 * SECOND;

export function playMail(recording: Recording): Outcome {
	const played = recording as MailCase;
	const isConfig = played.kind === 'config';
	const world =
		played.kind === 'deliver'
			? buildMailLab(played.config, played.zones)
			: buildLab(played.config, played.zones, isConfig ? 'halo' : undefined);
	const normal = new Normaliser(isConfig);
	const prepared = prepare(world, played, normal);
	if (prepared) return fail(prepared);
	const marks = new Map([...world.hosts.keys()].map((host) => [host, maillog(world, host).length]));
	const played_steps = playSteps(world, played, isConfig);
	for (const [index, step] of played.steps.entries()) {
		const found = compareStep(step, played_steps[index]!, normal, `/steps/${index}`);
		if (found) return fail(found);
	}
	const after = compareAfter(world, played, marks, normal);
	return after ? fail(after) : PASS;
}

function prepare(world: World, played: MailCase, normal: Normaliser): string | null {
	for (const step of played.prepare ?? []) {
		const result = runCommand(world, step);
		if (result.exit === (step.exit ?? 0)) continue;
		return `/prepare ${step.argv.join(' ')}: exit ${result.exit}, ${latin(result.stderr)}`;
	}
	if (played.prepare === undefined || played.prepare.length === 0) return null;
	world.runUntil(world.now + 2 * SECOND);
	for (const [host, expected] of Object.entries(played.startlog ?? {})) {
		const got = maillog(world, host).map((line) => normal.logLine(line));
		const found = compareLogs(expected, got.filter((line) => !isLeftOut(line)), [], `/startlog/${host}`);
		if (found) return found;
	}
	return null;
}

type Played = { readonly stdout: string; readonly stderr: string; readonly exit: number | null } | readonly Entry[];

function playSteps(world: World, played: MailCase, isConfig: boolean): Played[] {
	return played.steps.map((step) => {
		const result = step.do === 'command' ? playCommand(world, step) : playSession(world, step);
		if (!isConfig) settleMail(world);
		return result;
	});
}

function playCommand(world: World, step: CommandCaseStep): Played {
	const argv = step.argv.map((word) => word.replace(/^@([\w.]+)\/Q(\d+)$/, (_all, host: string, n: string) => queueId(world, host, Number(n))));
	const result = runCommand(world, { ...step, argv });
	return { stdout: utf8(result.stdout), stderr: utf8(result.stderr).replaceAll('\r\n', '\n'), exit: result.exit };
}

/** `@halo/Q1`: the first queue id in the queue of halo. */
function queueId(world: World, host: string, number: number): string {
	const ids: string[] = [];
	for (const { path } of world.host(host).disk.walk('/var/spool/postfix')) {
		const name = path.slice(path.lastIndexOf('/') + 1);
		if (/^([0-9A-F]{8,12}|[0-9A-Za-z]{10,}z[0-9A-Za-y]+)$/.test(name) && !ids.includes(name) && !path.includes('/defer/')) ids.push(name);
	}
	return ids.sort()[number - 1] ?? 'NOSUCHID';
}

function playSession(world: World, step: SessionStep): Played {
	const got: Entry[] = [];
	const address = parseIpv4Address(step.to)!;
	const from = step.from === undefined ? undefined : parseIpv4Address(step.from)!;
	const main = sessionMain({ address, port: step.port ?? PORTS[step.do], from }, step.session, got);
	const host = world.host(step.host);
	const client = host.spawn({ main, path: '/usr/local/bin/client', argv: ['client'], env: new Map(), user: userOf(host, 'root'), cwd: '/' });
	const limit = world.now + SESSION_LIMIT;
	while (client.status === null && world.engine.nextTime() <= limit) world.engine.step();
	return got;
}

function compareStep(step: Step, got: Played, normal: Normaliser, path: string): string | null {
	if (step.do === 'command') {
		const { stdout, stderr, exit } = got as Exclude<Played, readonly Entry[]>;
		const expected = { stdout: step.stdout, stderr: step.stderr, exit: step.exit };
		return difference(expected, { stdout: normal.text(stdout), stderr: normal.text(stderr), exit }, path);
	}
	const session = (got as readonly Entry[]).map(([kind, value]) =>
		kind === 'S' ? [kind, normal.text(String(value))] : kind === 'T' ? ['T', ''] : [kind, value]
	);
	const expected = step.session.map(([kind, value]) => (kind === 'T' ? ['T', ''] : [kind, value]));
	return difference(expected, session, `${path}/session`);
}

function maillog(world: World, host: string): string[] {
	const disk = world.host(host).disk;
	if (!disk.exists('/var/log/maillog')) return [];
	return disk.readText('/var/log/maillog').split('\n').filter((line) => line !== '');
}

function compareAfter(world: World, played: MailCase, marks: ReadonlyMap<string, number>, normal: Normaliser): string | null {
	if (played.after === undefined) return null;
	/* queue ids are numbered as the case is written */
	const order = new Set([...Object.keys(played.after), ...world.hosts.keys()]);
	for (const host of order) {
		const expected = played.after[host];
		const log = maillog(world, host).slice(marks.get(host)).filter((line) => !isLeftOut(line.replace(/^\w{3} [ \d]\d \S+ \S+ /, '')));
		const lines = log.map((line) => normal.logLine(line));
		if (!expected) {
			/* of the mail hosts that stand in every case only those are listed that the case sets up */
			const listed = played.kind !== 'deliver' || played.config[host]?.['/etc/postfix/main.cf'] !== undefined;
			if (listed && lines.length > 0) return `/after: nothing was to happen on ${host}, got ${JSON.stringify(lines[0])}`;
			continue;
		}
		const found = compareHost(world, host, expected, lines, normal);
		if (found) return found;
	}
	return null;
}

function compareHost(world: World, host: string, expected: AfterHost, log: readonly string[], normal: Normaliser): string | null {
	const path = `/after/${host}`;
	const logs = compareLogs(expected.maillog ?? [], log, normal.ids, `${path}/maillog`);
	if (logs) return logs;
	const boxes: Record<string, Mail[]> = {};
	const disk = world.host(host).disk;
	for (const { path: file, stat } of disk.walk('/var/mail'))
		if ((stat.mode & 0o170000) === 0o100000)
			boxes[file.slice('/var/mail/'.length)] = parseMailbox(normal.text(utf8(disk.readFile(file))));
	const mails = difference(expected.mailboxes ?? {}, boxes, `${path}/mailboxes`);
	if (mails) return mails;
	if (expected.queues && hasSpool(world, host)) {
		const queues = difference(expected.queues, queueCounts(world, host), `${path}/queues`);
		if (queues) return queues;
	}
	for (const [file, content] of Object.entries(expected.files ?? {})) {
		const found = difference(content, fileAfter(world, host, file, content, normal), `${path}/files${file}`);
		if (found) return found;
	}
	return null;
}

/** A text, a list of mails (an mbox file, or a maildir's `new/*`), or null for a file that does not exist. */
function fileAfter(world: World, host: string, path: string, like: unknown, normal: Normaliser): unknown {
	const disk = world.host(host).disk;
	if (path.endsWith('/*')) {
		const directory = path.slice(0, -2);
		if (!disk.exists(directory)) return Array.isArray(like) ? [] : null;
		return disk.readdir(directory).flatMap((entry) => parseMailbox(normal.text(utf8(disk.readFile(`${directory}/${entry.name}`)))));
	}
	if (!disk.exists(path)) return null;
	const text = normal.text(utf8(disk.readFile(path)));
	return Array.isArray(like) ? parseMailbox(text) : text;
}

function utf8(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('utf8');
}

function latin(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('latin1');
}
