/** What the ipset command and ip_set in the kernel say to each other: plain data. Shapes only. */
import type { Address, Family } from '../rule';

/** The options that a set was made with. */
export interface SetOptions {
	readonly family: Family;
	/** a power of two, 64 at least */
	readonly hashSize: number;
	readonly maximum: number;
	readonly bucketSize: number;
	/** what its hash begins with; null: the kernel draws it */
	readonly initial: number | null;
	/** prefix length; null for none */
	readonly netmask: number | null;
	readonly bitmask: Address | null;
	/** seconds that an element stays by itself, 0 for ever; null when elements have no time */
	readonly timeout: number | null;
	readonly counters: boolean;
	readonly comment: boolean;
	readonly skbinfo: boolean;
	readonly forceAdd: boolean;
	/** of a bitmap, both ends */
	readonly range: readonly [number, number] | null;
	/** of a list */
	readonly size: number;
}

/** A part of an element. Ports are protocol * 65536 + port, MAC addresses 48 bits; -1 for a MAC that is not known yet. */
export interface Part {
	readonly value: Address | string;
	/** prefix length of a network or of several addresses; of a single one 32 (IPv6: 128) */
	readonly length: number;
	/** the last of a range */
	readonly to?: Address;
	/** an interface is meant as the bridge's port */
	readonly physical?: boolean;
}

/** What is kept beside an element; absent: not said. */
export interface Extras {
	/** seconds, 0 for ever */
	readonly timeout?: number;
	readonly packets?: bigint;
	readonly bytes?: bigint;
	readonly comment?: string;
	readonly mark?: number;
	readonly markMask?: number;
	/** major * 65536 + minor */
	readonly priority?: number;
	readonly queue?: number;
	/** an exception inside a larger network */
	readonly nomatch?: boolean;
	/** an interface's name stands for all that begin so */
	readonly wildcard?: boolean;
}

export interface Element {
	readonly parts: readonly Part[];
	readonly extras: Extras;
	/** of a list: where it goes */
	readonly place?: { readonly where: 'before' | 'after'; readonly set: string };
}

export interface SetInfo {
	readonly name: string;
	readonly type: string;
	readonly options: SetOptions;
	/** bytes */
	readonly memory: number;
	readonly references: number;
	readonly elements: readonly Element[];
}

/** Why the kernel refuses (IPSET_ERR_*). */
export type SetError =
	| 'no-set'
	| 'set-exists'
	| 'in-use'
	| 'no-second'
	| 'other-type'
	| 'name-taken'
	| 'referenced'
	| 'element-exists'
	| 'no-element'
	| 'full'
	| 'out-of-range'
	| 'cidr'
	| 'null-element'
	| 'no-timeout'
	| 'no-counters'
	| 'no-comment'
	| 'no-skbinfo'
	| 'range-size'
	| 'too-many'
	| 'list-full'
	| 'list-of-lists'
	| 'list-name'
	| 'list-place';

/** A change; `exist`: what is there already, or is not there to be taken out, is no error. */
export type SetRequest =
	| {
			readonly do: 'create';
			readonly set: string;
			readonly type: string;
			readonly options: SetOptions;
			readonly exist: boolean;
	  }
	| { readonly do: 'destroy' | 'flush'; readonly set: string | null }
	| { readonly do: 'rename' | 'swap'; readonly set: string; readonly to: string }
	| { readonly do: 'add' | 'del'; readonly set: string; readonly element: Element; readonly exist: boolean }
	| { readonly do: 'test'; readonly set: string; readonly element: Element };
