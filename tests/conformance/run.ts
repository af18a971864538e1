/**
 * The conformance runner: plays recordings of the real programs in the simulator.
 *
 *   npm run --silent conformance -- [--json] [--only TEXT] [--failing FILE [--update]] PATH…
 *
 * PATH is a `.jsonl` file of recordings or a folder of them. Prints `PATH: N passed, M failed` for each file; with --json
 * a line a case with `id`, `pass` and `why`. A kind or step that cannot be played counts as failed. Exit status 1 if any
 * failed.
 *
 * --failing FILE: the list of cases that fail today, one id a line. Then the run fails when a case outside the list fails
 * and when a listed one passes; --update rewrites the list (it only ever shrinks: a new failure is not added without
 * --accept).
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, type Outcome, type Player, type Recording } from './player/case';
import { playDns } from './player/dns';
import { playMail } from './player/mail';
import { playNet } from './player/net';
import { playShell } from './player/shell';

const PLAYERS: Readonly<Record<string, Player>> = {
	shell: playShell,
	config: playMail,
	smtp: playMail,
	deliver: playMail,
	pop: playMail,
	dns: playDns,
	net: playNet
};

function files(path: string): string[] {
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.sort()
		.flatMap((name) => {
			const inside = join(path, name);
			if (statSync(inside).isDirectory()) return files(inside);
			return name.endsWith('.jsonl') ? [inside] : [];
		});
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
	const recordings = readFileSync(path, 'utf8')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => JSON.parse(line) as Recording)
		.filter((recording) => values.only === undefined || JSON.stringify([recording.id, recording.kind, recording.topic ?? '']).includes(values.only));
	if (recordings.length === 0) continue;
	let passes = 0;
	for (const recording of recordings) {
		const outcome = play(recording);
		if (outcome.pass) passes++;
		(outcome.pass ? passed : failed).push(recording.id);
		if (values.json) process.stdout.write(`${JSON.stringify({ id: recording.id, pass: outcome.pass, why: outcome.why })}\n`);
	}
	if (!values.json) process.stdout.write(`${path}: ${passes} passed, ${recordings.length - passes} failed\n`);
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
