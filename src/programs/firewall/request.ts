/** What a command line asks for, and how it can go wrong: shapes only. */
import type { Origin, RuleSpec } from '#netfilter/rule';

export type CommandName =
	| 'insert'
	| 'delete'
	| 'delete-number'
	| 'replace'
	| 'append'
	| 'list'
	| 'flush'
	| 'zero'
	| 'new-chain'
	| 'delete-chain'
	| 'policy'
	| 'rename-chain'
	| 'list-rules'
	| 'zero-number'
	| 'check';

export interface Counters {
	readonly packets: number;
	readonly bytes: number;
}

export interface Request {
	/** several for "-L -Z"; none for a line that is for the other family */
	readonly commands: ReadonlySet<CommandName>;
	readonly table: string;
	readonly chain: string | null;
	/** counted from 1; 0 for none */
	readonly rule: number;
	readonly newName: string | null;
	readonly policy: string | null;
	/** one for each pair of addresses; a target that is no extension stands there as jump */
	readonly specs: readonly RuleSpec[];
	/** -j or -g named something that is no extension */
	readonly chainWanted: string | null;
	readonly counters: Counters | null;
	readonly verbose: number;
	readonly numeric: boolean;
	readonly exact: boolean;
	readonly lineNumbers: boolean;
	readonly origin: Origin | undefined;
}

/** The line is refused. */
export class CommandError {
	constructor(
		/** behind "iptables v1.8.9 (nf_tables): "; null for none of that line */
		readonly text: string | null,
		/** 2 adds the "Try" line, 3 the "Perhaps" line */
		readonly status: 1 | 2 | 3 | 4,
		/** of the argument where it was seen; undefined for the line as a whole */
		readonly word?: number,
		/** printed before, with no program's name in front */
		readonly bare = ''
	) {}
}

/** The line is answered by a text alone (-V, -h). */
export class Answered {
	constructor(readonly text: string) {}
}
