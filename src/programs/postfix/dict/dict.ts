/**
 * Lookup tables (dict(3)): what every type of table has in common.
 *
 * A table is opened once and asked by key. `lookup` gives the value together with the place where the entry is written
 * (for an indexed table the line of its source file at the time of `postmap`), or null. A table that cannot answer
 * throws `DictError`; daemons turn that into a 451 reply or a deferred mail.
 */
import type { Source, Sys } from '#kernel/syscalls';

export interface Found {
	readonly value: string;
	/** the entry that matched */
	readonly source: Source;
	/** where the configuration names the table */
	readonly because?: readonly Source[];
}

/** A table that is not there, or that failed: Postfix's DICT_ERR_RETRY and DICT_ERR_CONFIG. */
export class DictError {
	/**
	 * @param text as it was logged, without the program's name
	 * @param source the item of a list that could not be evaluated
	 */
	constructor(
		readonly text: string,
		readonly source?: Source
	) {}
}

export interface Dict {
	/** "hash:/etc/aliases", as messages name it */
	readonly name: string;
	readonly type: string;
	/** patterns (regexp, pcre, cidr) are asked with the whole key only, never with parts of an address */
	readonly patterns: boolean;
	lookup(key: string): Sys<Found | null>;
	/** all entries in the order of the table; absent for tables that cannot be walked */
	entries?(): Sys<readonly (readonly [key: string, value: string])[]>;
	/** whether the file behind it is another one by now; absent where nobody looks (regexp, cidr, texthash …) */
	changed?(): Sys<boolean>;
}

/** Thrown while opening: what makes a table unusable. `openDict` makes a fatal error or a surrogate of it. */
export class OpenFailure {
	constructor(readonly text: string) {}
}

export interface OpenFlags {
	/** keys are folded to lower case before the look-up; default true (tables of fixed strings) */
	readonly fold?: boolean;
	/**
	 * a table that cannot be opened: `fatal` throws `Fatal` (commands), `surrogate` logs the error and fails each
	 * look-up (daemons)
	 */
	readonly missing?: 'fatal' | 'surrogate';
	/** no `$1` in results, no proxy (tables that name commands or users) */
	readonly paranoid?: boolean;
}
