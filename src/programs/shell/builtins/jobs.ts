/** jobs fg bg wait kill disown trap suspend */
import { Errno, SIGNAL, type Sys } from '#kernel/syscalls';
import { strerror } from '../../libc/strerror';
import { getpid, kill, signal, takeSignals, wait } from '../../libc/unistd';
import type { Job } from '../jobs';
import { takeTerminal, waitForeground } from '../foreground';
import { killedMessage } from '../notices';
import { statusOf, waitFor } from '../process';
import { quoteReusable } from '../quote';
import type { Shell } from '../shell';
import { executeArgv } from '../simple';
import { parseSignal, runPendingTraps, signalName, signalNumber, signalNumbers, TERMINATING } from '../traps';
import { options, usage, type Builtin } from './options';

function* findJob(shell: Shell, spec: string): Sys<Job | null> {
	const found = shell.jobs.find(spec.startsWith('%') ? spec : `%${spec}`);
	if (found === 'ambiguous') yield* shell.complain(`${spec.slice(1)}: ambiguous job spec`);
	if (found === undefined || found === 'ambiguous') {
		yield* shell.complain(`${spec}: no such job`);
		return null;
	}
	return found;
}

const jobs: Builtin = function* (shell, argv) {
	if (argv[1] === '-x')
		return yield* executeArgv(
			shell,
			argv
				.slice(2)
				.map((word) =>
					word.startsWith('%') && typeof shell.jobs.find(word) === 'object'
						? String((shell.jobs.find(word) as Job).processGroup)
						: word
				)
		);
	const { flags, rest } = yield* options(shell, argv, 'lnprs');
	yield* shell.jobs.poll();
	const { parents } = shell.jobs;
	const table = shell.jobs.list.length === 0 && parents !== null ? parents : shell.jobs;
	let list = table.list;
	if (rest.length > 0) {
		list = [];
		for (const spec of rest) {
			const job = yield* findJob(shell, spec);
			if (job === null) return 1;
			list.push(job);
		}
	}
	for (const job of [...list]) {
		if (flags.has('r') && job.state !== 'Running') continue;
		if (flags.has('s') && job.state !== 'Stopped') continue;
		shell.print(flags.has('p') ? `${job.processGroup}\n` : table.line(job, flags.has('l')));
	}
	for (const job of [...list]) if (job.state === 'Done') shell.jobs.remove(job);
	return 0;
};

const resume = (foreground: boolean): Builtin =>
	function* (shell, argv) {
		const { rest } = yield* options(shell, argv, '');
		if (!shell.jobControl) {
			yield* shell.complain('no job control');
			return 1;
		}
		if (rest.length === 0 && shell.jobs.current === undefined) {
			yield* shell.complain('current: no such job');
			return 1;
		}
		let status = 0;
		for (const spec of rest.length === 0 ? ['%+'] : foreground ? rest.slice(0, 1) : rest) {
			const job = yield* findJob(shell, spec);
			if (job === null) return 1;
			if (job.state === 'Done') {
				yield* shell.complain(`job has terminated`);
				return 1;
			}
			if (!foreground && job.state === 'Running') {
				yield* shell.complain(`job ${job.id} already in background`);
				continue;
			}
			const mark = shell.jobs.mark(job);
			for (const member of job.members) if (member.status?.kind === 'stopped') member.status = null;
			if (!foreground) {
				shell.print(`[${job.id}]${mark} ${job.command} &\n`);
				yield* kill(-job.processGroup, SIGNAL.SIGCONT);
				continue;
			}
			yield* shell.writeError('');
			shell.print(`${job.command}\n`);
			yield* shell.flush();
			job.foreground = true;
			// The terminal first: a reader that goes on before it would be stopped again (start_job of jobs.c).
			if (shell.terminal >= 0) yield* takeTerminal(shell, job.processGroup);
			yield* kill(-job.processGroup, SIGNAL.SIGCONT);
			const statuses = yield* waitForeground(
				shell,
				job.members.map((member) => member.pid),
				null,
				job
			);
			status = statuses[statuses.length - 1] ?? 0;
		}
		return status;
	};

/* ---- wait ---- */

const waitBuiltin: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'fnp:');
	yield* shell.jobs.poll();
	if (flags.has('n')) return yield* waitNext(shell);
	if (rest.length === 0) {
		for (const job of [...shell.jobs.list]) {
			if (job.state === 'Stopped') continue;
			const signalled = yield* waitForJob(shell, job, false);
			if (signalled !== null) return signalled;
		}
		for (const pid of shell.children.splice(0)) yield* waitFor(shell, pid, false);
		return 0;
	}
	let status = 0;
	for (const word of rest) {
		if (word.startsWith('%')) {
			const found = shell.jobs.find(word);
			if (found === undefined || found === 'ambiguous') {
				yield* shell.complain(`${word}: no such job`);
				status = 127;
				continue;
			}
			const signalled = yield* waitForJob(shell, found, true);
			status = signalled ?? found.status;
			continue;
		}
		if (!/^\d+$/.test(word)) {
			yield* shell.complain(shell.dash ? `Illegal number: ${word}` : `\`${word}': not a pid or valid job spec`);
			status = shell.dash ? 2 : 1;
			continue;
		}
		status = yield* waitPid(shell, Number(word));
	}
	return status;
};

/** @returns 128+n when a trapped signal interrupted it */
function* waitForJob(shell: Shell, job: Job, single: boolean): Sys<number | null> {
	for (const member of job.members) {
		if (member.status !== null && member.status.kind !== 'continued') continue;
		try {
			const status = yield* wait(member.pid, { untraced: shell.jobControl });
			if (status !== null) member.status = status;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code === 'EINTR') {
				const [number] = yield* takeSignals();
				if (number !== undefined) {
					shell.pendingSignals.push(number);
					yield* runPendingTraps(shell);
					return 128 + number;
				}
				continue;
			}
			member.status = { pid: member.pid, kind: 'exited', status: 127 };
		}
	}
	const last = job.members[job.members.length - 1]!.status;
	if (shell.interactive && job.state === 'Done') yield* shell.writeError(shell.jobs.line(job));
	shell.jobs.remove(job);
	if (last?.kind === 'signalled' && single && !shell.interactive) yield* killedMessage(shell, last, job.command);
	return null;
}

function* waitPid(shell: Shell, pid: number): Sys<number> {
	const job = shell.jobs.byPid(pid);
	if (job !== undefined) {
		const signalled = yield* waitForJob(shell, job, true);
		const member = job.members.find((each) => each.pid === pid);
		return signalled ?? (member?.status ? statusOf(member.status) : 127);
	}
	const ended = shell.jobs.ended.get(pid);
	if (ended !== undefined) return ended;
	if (shell.children.includes(pid)) {
		shell.children = shell.children.filter((child) => child !== pid);
		const status = yield* waitFor(shell, pid, false);
		if (status !== null) return statusOf(status);
	}
	if (!shell.dash) yield* shell.complain(`pid ${pid} is not a child of this shell`);
	return 127;
}

function* waitNext(shell: Shell): Sys<number> {
	const done = shell.jobs.list.find((job) => job.state === 'Done');
	if (done) {
		shell.jobs.remove(done);
		return done.status;
	}
	for (;;) {
		if (shell.jobs.list.length === 0) return 127;
		const status = yield* waitFor(shell, -1, false);
		if (status === null) return 127;
		const job = shell.jobs.byPid(status.pid);
		const member = job?.members.find((each) => each.pid === status.pid);
		if (!job || !member) continue;
		member.status = status;
		if (job.state !== 'Done') continue;
		shell.jobs.remove(job);
		return job.status;
	}
}

/* ---- kill ---- */

const killBuiltin: Builtin = function* (shell, argv) {
	let at = 1;
	let number: number = SIGNAL.SIGTERM;
	const first = argv[1];
	if (first === undefined) yield* usage(shell);
	if (first === '-l' || first === '-L') return yield* listSignals(shell, argv.slice(2));
	if (first === '-s' || first === '-n') {
		if (argv[2] === undefined) {
			yield* shell.complain(`${first}: option requires an argument`);
			return 1;
		}
		const name = parseSignal(argv[2]);
		if (name === undefined) return yield* badSignal(shell, argv[2]);
		number = name === 'EXIT' ? 0 : signalNumber(name)!;
		at = 3;
	} else if (first!.startsWith('-') && first !== '--' && first !== '-') {
		const name = parseSignal(first!.slice(1));
		if (name === undefined || ['DEBUG', 'ERR', 'RETURN'].includes(name))
			return yield* badSignal(shell, first!.slice(1));
		number = name === 'EXIT' ? 0 : signalNumber(name)!;
		at = 2;
	}
	if (argv[at] === '--') at++;
	if (at >= argv.length) yield* usage(shell);
	let status = 0;
	for (const word of argv.slice(at)) {
		const one = yield* killOne(shell, word, number);
		if (one !== 0) status = one;
	}
	return status;
};

function* badSignal(shell: Shell, text: string): Sys<number> {
	yield* shell.complain(`${text}: invalid signal specification`);
	return 1;
}

function* killOne(shell: Shell, word: string, number: number): Sys<number> {
	let targets: number[];
	if (word.startsWith('%')) {
		const job = yield* findJob(shell, word);
		if (job === null) return 1;
		targets = job.ownGroup ? [-job.processGroup] : job.members.map((member) => member.pid);
		if (job.state === 'Stopped' && (number === SIGNAL.SIGTERM || number === SIGNAL.SIGHUP)) {
			yield* kill(targets[0]!, number);
			yield* kill(targets[0]!, SIGNAL.SIGCONT);
			return 0;
		}
	} else if (/^-?\d+$/.test(word)) targets = [Number(word)];
	else {
		yield* shell.complain(`${word}: arguments must be process or job IDs`);
		return 1;
	}
	for (const target of targets) {
		try {
			yield* kill(target, number);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* shell.complain(shell.dash ? strerror(thrown) : `(${word}) - ${strerror(thrown)}`);
			return 1;
		}
	}
	return 0;
}

function* listSignals(shell: Shell, words: readonly string[]): Sys<number> {
	let status = 0;
	for (const word of words) {
		if (/^\d+$/.test(word)) {
			const name = signalName(Number(word) > 128 ? Number(word) - 128 : Number(word));
			if (name !== undefined) shell.print(`${name.replace(/^SIG/, '')}\n`);
			else status = yield* badSignal(shell, word);
			continue;
		}
		const name = parseSignal(word);
		if (name === undefined) status = yield* badSignal(shell, word);
		else shell.print(`${signalNumber(name) ?? 0}\n`);
	}
	if (words.length === 0) shell.print(signalTable());
	return status;
}

function signalTable(): string {
	let text = '';
	signalNumbers.forEach((number, i) => {
		text += `${String(number).padStart(2)}) ${signalName(number)}${i % 5 === 4 || i === signalNumbers.length - 1 ? '\n' : '\t'}`;
	});
	return text;
}

const disown: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, 'har');
	const chosen: Job[] = [];
	if (rest.length === 0) {
		if (flags.has('a') || flags.has('r'))
			chosen.push(...shell.jobs.list.filter((job) => !flags.has('r') || job.state === 'Running'));
		else if (shell.jobs.current) chosen.push(shell.jobs.current);
		else {
			yield* shell.complain('current: no such job');
			return 1;
		}
	}
	for (const spec of rest) {
		const job = /^\d+$/.test(spec) ? shell.jobs.byPid(Number(spec)) : yield* findJob(shell, spec);
		if (!job) return 1;
		chosen.push(job);
	}
	for (const job of chosen) {
		if (flags.has('h')) job.noHangup = true;
		else shell.jobs.remove(job);
	}
	return 0;
};

/* ---- trap ---- */

const PSEUDO = new Set(['EXIT', 'DEBUG', 'ERR', 'RETURN']);

const trap: Builtin = function* (shell, argv) {
	const { flags, rest } = yield* options(shell, argv, shell.dash ? '' : 'lp');
	if (flags.has('l')) {
		shell.print(signalTable());
		return 0;
	}
	if (rest.length === 0 || flags.has('p')) return yield* showTraps(shell, rest);
	const single = rest.length === 1;
	const reset = single || /^\d+$/.test(rest[0]!) || rest[0] === '-';
	if (single && parseSignal(rest[0]!) === undefined && rest[0] !== '-') {
		if (!shell.dash) yield* usage(shell);
	}
	if (!shell.dash && rest[0] === '-' && single) yield* usage(shell);
	const names = rest[0] === '-' ? rest.slice(1) : reset ? rest : rest.slice(1);
	const command = reset ? null : rest[0]!;
	let status = 0;
	if (shell.inheritedTraps) shell.inheritedTraps = null;
	for (const word of names) {
		const name = parseSignal(word);
		if (name === undefined) {
			yield* shell.complain(shell.dash ? `${word}: bad trap` : `${word}: invalid signal specification`);
			status = 1;
			continue;
		}
		yield* setTrap(shell, name, command);
	}
	return status;
};

function* setTrap(shell: Shell, name: string, command: string | null): Sys<void> {
	const number = PSEUDO.has(name) ? undefined : signalNumber(name);
	if (command === null) shell.traps.delete(name);
	else shell.traps.set(name, command);
	if (name === 'EXIT' && command && !shell.dash && !shell.interactive)
		for (const fatal of TERMINATING)
			if (!shell.caught.has(fatal) && !shell.traps.has(signalName(fatal)!)) {
				yield* signal(fatal, 'catch');
				shell.caught.add(fatal);
			}
	if (number === undefined || number === SIGNAL.SIGKILL || number === SIGNAL.SIGSTOP) return;
	const needed = shell.interactive && number === SIGNAL.SIGINT;
	const disposition =
		command === null
			? needed
				? 'catch'
				: shell.interactive && INTERACTIVE_IGNORED.has(number)
					? 'ignore'
					: 'default'
			: command === ''
				? 'ignore'
				: 'catch';
	yield* signal(number, disposition);
	if (disposition === 'catch') shell.caught.add(number);
	else shell.caught.delete(number);
}

const INTERACTIVE_IGNORED = new Set<number>([
	SIGNAL.SIGTERM,
	SIGNAL.SIGQUIT,
	SIGNAL.SIGTSTP,
	SIGNAL.SIGTTIN,
	SIGNAL.SIGTTOU
]);

function* showTraps(shell: Shell, words: readonly string[]): Sys<number> {
	const traps = shell.inheritedTraps ?? shell.traps;
	const order = ['EXIT', ...signalNumbers.map((number) => signalName(number)!), 'DEBUG', 'ERR', 'RETURN'];
	let wanted = order;
	if (words.length > 0) {
		wanted = [];
		for (const word of words) {
			const name = parseSignal(word);
			if (name === undefined) {
				yield* shell.complain(`${word}: invalid signal specification`);
				return 1;
			}
			wanted.push(name);
		}
	}
	for (const name of wanted) {
		const command = traps.get(name);
		if (command !== undefined)
			shell.print(`trap -- ${quoteReusable(command)} ${shell.dash ? name.replace(/^SIG/, '') : name}\n`);
	}
	return 0;
}

const suspend: Builtin = function* (shell, argv) {
	const { flags } = yield* options(shell, argv, 'f');
	if (shell.login && !flags.has('f')) {
		yield* shell.complain('cannot suspend a login shell');
		return 1;
	}
	if (!shell.jobControl && !flags.has('f')) {
		yield* shell.complain('cannot suspend: no job control');
		return 1;
	}
	yield* kill(yield* getpid(), SIGNAL.SIGSTOP);
	return 0;
};

export const JOBS: readonly (readonly [string, Builtin])[] = [
	['jobs', jobs],
	['fg', resume(true)],
	['bg', resume(false)],
	['wait', waitBuiltin],
	['kill', killBuiltin],
	['disown', disown],
	['trap', trap],
	['suspend', suspend]
];
