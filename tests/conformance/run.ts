/**
 * The conformance runner: plays recordings of the real programs in the simulator.
 *
 *   npm run --silent conformance -- [--json] [--only TEXT] [--failing FILE [--update]] PATH…
 *
 * PATH is a `.jsonl` file of recordings, a `.json` file that is one, or a folder of them. Prints `PATH: N passed, M failed`
 * for each file; with --json a line a case with `id`, `pass` and `why`. A published rule set (kind `realworld`) counts by
 * its packets and listings. A kind or step that cannot be played counts as failed. Exit status 1 if any failed.
 *
 * --failing FILE: the list of cases that fail today, one id a line. Then the run fails when a case outside the list fails
 * and when a listed one passes; --update rewrites the list (it only ever shrinks: a new failure is not added without
 * --accept).
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, type Outcome, type Part, type Player, type Recording } from './player/case';
import { playDns } from './player/dns';
import { playFtp } from './player/ftp';
import { playLogin } from './player/login';
import { playMail } from './player/mail';
import { playNet } from './player/net';
import { playCli } from './player/netfilter-cli';
import { playRealWorld } from './player/netfilter-realworld';
import { playVerdict } from './player/netfilter-verdict';
import { playShell } from './player/shell';
import { playWrapperTool } from './player/tcpwrappers';
import { playLive } from './player/tcpwrappers-live';

const PLAYERS: Readonly<Record<string, Player>> = {
	shell: playShell,
	tcpdmatch: playWrapperTool,
	tcpdchk: playWrapperTool,
	live: playLive,
	config: playMail,
	smtp: playMail,
	deliver: playMail,
	pop: playMail,
	dns: playDns,
	net: playNet,
	ftp: playFtp,
	login: playLogin,
	cli: playCli,
	verdict: playVerdict,
	realworld: playRealWorld
};

function files(path: string): string[] {
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.sort()
		.flatMap((name) => {
			const inside = join(path, name);
			if (statSync(inside).isDirectory()) return files(inside);
			return /\.jsonl?$/.test(name) ? [inside] : [];
		});
}

/** A line a recording; a `.json` file is one, or something else that a player needs. */
function recordingsOf(path: string): Recording[] {
	const text = readFileSync(path, 'utf8');
	if (!path.endsWith('.json')) return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Recording]));
	const whole = JSON.parse(text) as Partial<Recording>;
	return typeof whole.kind === 'string' ? [whole as Recording] : [];
}

/** Whether --only asks for it, or for a part of it. */
function wanted({ id, kind, topic }: Recording): boolean {
	const { only } = values;
	return only === undefined || JSON.stringify([id, kind, topic ?? '']).includes(only) || only.startsWith(`${id}-`);
}

function play(recording: Recording): Outcome {
	const player = PLAYERS[recording.kind];
	if (!player) return fail(`cannot play the kind "${recording.kind}" yet`);
	try {
		return player(recording);
	} catch (thrown) {
		const text = thrown instanceof Error ? `${thrown.message} ${thrown.stack?.split('\n')[1]?.trim() ?? ''}` : JSON.stringify(thrown);
		return fail(`the simulator broke: ${text}`);
	}
}

/** What counts: the recording, or each part of it (of those that --only names, if it names parts). */
function partsOf(recording: Recording): Part[] {
	const { parts, pass, why } = play(recording);
	if (!parts) return [{ id: recording.id, pass, why }];
	const { only } = values;
	return only?.startsWith(`${recording.id}-`) ? parts.filter(({ id }) => id.startsWith(only)) : [...parts];
}

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		json: { type: 'boolean', default: false },
		only: { type: 'string' },
		failing: { type: 'string' },
		update: { type: 'boolean', default: false },
		accept: { type: 'boolean', default: false }
	}
});

if (positionals.length === 0) {
	process.stderr.write('usage: npm run --silent conformance -- [--json] [--only TEXT] PATH…\n');
	process.exit(2);
}

const known = new Set<string>(
	values.failing === undefined ? [] : readFileSync(values.failing, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
);
const failed: string[] = [];
const passed: string[] = [];

for (const path of positionals.flatMap(files)) {
	const recordings = recordingsOf(path).filter(wanted);
	if (recordings.length === 0) continue;
	const counts = { passed: 0, failed: 0 };
	for (const recording of recordings)
		for (const { id, pass, why } of partsOf(recording)) {
			counts[pass ? 'passed' : 'failed']++;
			(pass ? passed : failed).push(id);
			if (values.json) process.stdout.write(`${JSON.stringify({ id, pass, why })}\n`);
		}
	if (!values.json) process.stdout.write(`${path}: ${counts.passed} passed, ${counts.failed} failed\n`);
}

if (values.failing === undefined) process.exit(failed.length > 0 ? 1 : 0);

const unexpected = failed.filter((id) => !known.has(id));
const mended = passed.filter((id) => known.has(id));
if (values.update) {
	const list = values.accept ? failed : failed.filter((id) => known.has(id));
	writeFileSync(values.failing, list.map((id) => `${id}\n`).join(''));
}
for (const id of unexpected) process.stderr.write(`fails, and is not in ${values.failing}: ${id}\n`);
for (const id of mended) process.stderr.write(`passes now: take it out of ${values.failing} (--update does): ${id}\n`);
process.exit(!values.update && unexpected.length + mended.length > 0 ? 1 : values.update && !values.accept && unexpected.length > 0 ? 1 : 0);
