/** How commands end early: what the interpreter throws to itself. None of these is an error of ours. */

export class BreakLoop {
	constructor(public levels: number) {}
}

export class ContinueLoop {
	constructor(public levels: number) {}
}

export class ReturnFrom {
	constructor(readonly status: number) {}
}

/** The shell (or subshell) ends. */
export class ExitShell {
	constructor(readonly status: number) {}
}

/** The message is out; the rest of the line is not executed (bash's jump to top level with DISCARD). */
export class AbandonLine {
	constructor(readonly status: number) {}
}

/** As `AbandonLine`, but it ends a shell that is not interactive (set -u, ${x:?}). */
export class AbandonShell {
	constructor(readonly status: number) {}
}

/** An expansion or assignment that fails within one command: only that command fails. */
export class CommandFailure {
	constructor(readonly status: number) {}
}

/** A shell with an EXIT trap runs it before it dies by a signal (termsig_handler in sig.c). */
export class KilledBySignal {
	constructor(readonly signal: number) {}
}

/** Ctrl-C at the prompt or in a loop of the shell itself. */
export class Interrupted {
	readonly status = 130;
}
