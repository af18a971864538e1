/** The tables of builtins: bash's, and the smaller one of dash. */
import { COMMANDS } from './commands';
import { FLOW } from './flow';
import { JOBS } from './jobs';
import type { Builtin } from './options';
import { OUTPUT } from './output';
import { READ } from './read';
import { VARIABLES } from './variables';

export type { Builtin } from './options';

let all: ReadonlyMap<string, Builtin> | null = null;

/** The tables are joined at the first use: the builtins and the interpreter know each other. */
function table(): ReadonlyMap<string, Builtin> {
	return (all ??= new Map([...FLOW, ...VARIABLES, ...OUTPUT, ...READ, ...JOBS, ...COMMANDS]));
}

const DASH = new Set(
	'. : [ alias bg break cd command continue echo eval exec exit export false fg getopts hash jobs kill local printf pwd read readonly return set shift test times trap true type ulimit umask unalias unset wait'.split(
		' '
	)
);

export function findBuiltin(name: string, dash: boolean): Builtin | undefined {
	return dash && !DASH.has(name) ? undefined : table().get(name);
}
