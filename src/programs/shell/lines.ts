/** Where an interactive shell and one that reads standard input get their lines. */
import { SIGNAL, type Sys } from '#kernel/syscalls';
import { takeSignals } from '../libc/unistd';
import { AbandonLine, AbandonShell, CommandFailure, ExitShell, Interrupted } from './control';
import { readLineFrom } from './builtins/read';
import { expandHistory, remember } from './history';
import { notifyJobs } from './notices';
import { expandPrompt } from './prompt';
import { Readline } from './readline';
import { runLines, type Lines } from './reader';
import { runText } from './reader';
import type { Shell } from './shell';
import { runPendingTraps } from './traps';

/** A script on standard input: read no further than the line that is executed, since commands read on there. */
export class StandardInputLines implements Lines {
	constructor(readonly shell: Shell) {}

	*next(): Sys<string | null> {
		const line = yield* readLineFrom(this.shell, 0);
		return line === null ? null : line + '\n';
	}
}

/** The terminal, with a prompt before each line. */
export class InteractiveLines implements Lines {
	readonly #readline: Readline;

	constructor(readonly shell: Shell) {
		this.#readline = new Readline(shell);
	}

	/** Reads and executes until the end of input or `exit`. */
	*run(): Sys<number> {
		const { shell } = this;
		for (;;) {
			try {
				const status = yield* runLines(shell, this);
				yield* shell.writeError(shell.login ? 'logout\n' : 'exit\n');
				return status;
			} catch (thrown) {
				if (thrown instanceof ExitShell) throw thrown;
				if (thrown instanceof Interrupted) {
					yield* shell.writeError('\n');
					shell.status = 130;
				} else if (thrown instanceof AbandonLine || thrown instanceof AbandonShell || thrown instanceof CommandFailure)
					shell.status = thrown.status;
				else throw thrown;
				shell.loops = 0;
				shell.functionDepth = 0;
				shell.sourceDepth = 0;
				shell.ignoreErrors = 0;
				shell.frames = [];
				shell.variables.scopes.length = 1;
				yield* shell.flush();
			}
		}
	}

	*next(continuation: boolean): Sys<string | null> {
		const { shell } = this;
		yield* this.#beforePrompt(continuation);
		for (;;) {
			const prompt = yield* expandPrompt(shell, shell.parameter(continuation ? 'PS2' : 'PS1') ?? '');
			const line = yield* this.#readline.read(prompt);
			if (line === null) return continuation ? null : yield* this.#end();
			if (line === 'interrupted') throw new Interrupted();
			const expanded =
				shell.option('histexpand') && !shell.dash
					? expandHistory(line.text, shell.history)
					: { text: line.text, changed: false };
			if ('error' in expanded && expanded.error !== undefined) {
				yield* shell.writeError(`${shell.shellName}: ${expanded.error}\n`);
				shell.status = 1;
				continue;
			}
			if (expanded.changed) yield* shell.writeError(`${expanded.text}\n`);
			return expanded.text + '\n';
		}
	}

	*remember(text: string): Sys<void> {
		remember(this.shell, text.replace(/\n(?=.)/g, '\n'));
		this.shell.promptCount++;
		yield* this.shell.flush();
	}

	*#beforePrompt(continuation: boolean): Sys<void> {
		const { shell } = this;
		if (continuation) return;
		shell.pendingSignals = shell.pendingSignals.filter((number) => number !== SIGNAL.SIGINT);
		for (const number of yield* takeSignals()) if (number !== SIGNAL.SIGINT) shell.pendingSignals.push(number);
		yield* runPendingTraps(shell);
		yield* notifyJobs(shell);
		const command = shell.parameter('PROMPT_COMMAND');
		if (command) {
			const { status } = shell;
			yield* runText(shell, command, { name: 'PROMPT_COMMAND' });
			shell.status = status;
		}
	}

	/** Ctrl-D: stopped jobs are warned of once. */
	*#end(): Sys<string | null> {
		const { shell } = this;
		if (shell.jobs.list.some((job) => job.state === 'Stopped') && !shell.exitWarned) {
			shell.exitWarned = true;
			yield* shell.writeError('There are stopped jobs.\n');
			return '\n';
		}
		return null;
	}
}
