/** Traps: what runs when a signal arrives, a command fails, the shell ends. */
import { SIGNAL, type Sys } from '#kernel/syscalls';
import { takeSignals } from '../libc/unistd';
import { ExitShell, Interrupted, KilledBySignal, ReturnFrom } from './control';
import { runText } from './reader';
import type { Shell } from './shell';

const NAMES = new Map<number, string>(Object.entries(SIGNAL).map(([name, number]) => [number, name]));
const FURTHER: Readonly<Record<number, string>> = {
	16: 'SIGSTKFLT',
	24: 'SIGXCPU',
	25: 'SIGXFSZ',
	26: 'SIGVTALRM',
	27: 'SIGPROF',
	30: 'SIGPWR',
	31: 'SIGSYS'
};
for (const [number, name] of Object.entries(FURTHER)) NAMES.set(Number(number), name);
for (let i = 0; i <= 15; i++) {
	NAMES.set(34 + i, i === 0 ? 'SIGRTMIN' : `SIGRTMIN+${i}`);
	NAMES.set(64 - i, i === 0 ? 'SIGRTMAX' : `SIGRTMAX-${i}`);
}

/** "SIGTERM"; "EXIT" is 0 */
export function signalName(number: number): string | undefined {
	return number === 0 ? 'EXIT' : NAMES.get(number);
}

export const signalNumbers: readonly number[] = [...NAMES.keys()].sort((a, b) => a - b);

/** @param text TERM, SIGTERM, term, 15; also EXIT, DEBUG, ERR, RETURN; @returns the canonical name */
export function parseSignal(text: string): string | undefined {
	if (/^\d+$/.test(text)) return signalName(Number(text));
	const name = text.toUpperCase();
	if (['EXIT', 'DEBUG', 'ERR', 'RETURN'].includes(name)) return name;
	const full = name.startsWith('SIG') ? name : `SIG${name}`;
	for (const known of NAMES.values()) if (known === full) return full;
	return undefined;
}

export function signalNumber(name: string): number | undefined {
	for (const [number, known] of NAMES) if (known === name) return number;
	return undefined;
}

/** What ends a shell, after its EXIT trap (initialize_terminating_signals). */
export const TERMINATING: readonly number[] = [
	SIGNAL.SIGHUP,
	SIGNAL.SIGINT,
	SIGNAL.SIGTERM,
	SIGNAL.SIGUSR1,
	SIGNAL.SIGUSR2,
	SIGNAL.SIGALRM
];

/** Runs a trap's command with $? as it was. */
export function* runTrap(shell: Shell, name: string): Sys<void> {
	const command = shell.traps.get(name);
	if (command === undefined || command === '') return;
	const { status, pipeStatus, line } = shell;
	const ignore = shell.ignoreErrors;
	const wasInTrap = shell.inTrap;
	shell.inTrap = true;
	try {
		yield* runText(shell, command, { name: shell.input.name, line: name === 'EXIT' ? 1 : line });
	} finally {
		shell.inTrap = wasInTrap;
		shell.ignoreErrors = ignore;
	}
	shell.status = status;
	shell.pipeStatus = pipeStatus;
	shell.line = line;
}

/** @returns the status that the shell ends with: the trap's own `exit` decides */
export function* runExitTrap(shell: Shell): Sys<number> {
	const command = shell.traps.get('EXIT');
	if (command === undefined) return shell.status;
	const { status } = shell;
	shell.traps.delete('EXIT');
	try {
		shell.loops = 0;
		shell.functionDepth = 0;
		yield* runText(shell, command, { name: shell.input.name });
	} catch (thrown) {
		if (thrown instanceof ExitShell || thrown instanceof ReturnFrom) return thrown.status;
		if (!(thrown instanceof Interrupted)) throw thrown;
	}
	return status;
}

/** Runs the traps of signals that have arrived. Called between commands. */
export function* runPendingTraps(shell: Shell): Sys<void> {
	if (shell.caught.size === 0) return;
	const pending = [...shell.pendingSignals.splice(0), ...(yield* takeSignals())];
	for (const number of pending) {
		const name = signalName(number);
		if (name !== undefined && shell.traps.has(name)) yield* runTrap(shell, name);
		else if (number === SIGNAL.SIGINT && shell.interactive) throw new Interrupted();
		else if (!shell.interactive && TERMINATING.includes(number)) throw new KilledBySignal(number);
	}
}

/** The DEBUG trap, before `command`. */
export function* debugTrap(shell: Shell, command: string): Sys<void> {
	if (shell.inTrap || (shell.functionDepth > 0 && !shell.option('functrace'))) return;
	shell.commandText = () => command;
	yield* runTrap(shell, 'DEBUG');
}
