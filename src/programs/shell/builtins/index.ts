/** The tables of builtins: bash's, and the smaller one of dash. */
import { COMMANDS } from './commands';
import { FLOW } from './flow';
import { JOBS } from './jobs';
import type { Builtin } from './options';
import { OUTPUT } from './output';
import { READ } from './read';
import { VARIABLES } from './variables';

export type { Builtin } from './options';

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map([...FLOW, ...VARIABLES, ...OUTPUT, ...READ, ...JOBS, ...COMMANDS]);

const DASH = new Set(
	'. : [ alias bg break cd command continue echo eval exec exit export false fg getopts hash jobs kill local printf pwd read readonly return set shift test times trap true type ulimit umask unalias unset wait'.split(' ')
);

export const DASH_BUILTINS: ReadonlyMap<string, Builtin> = new Map([...BUILTINS].filter(([name]) => DASH.has(name)));
