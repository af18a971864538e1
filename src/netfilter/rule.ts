/**
 * What a rule set is made of: plain data, as the command writes it, the kernel keeps it and the pages show it.
 *
 * Shapes only. `extension.ts` has what a match or target may say in its `data`; `rule-set.ts` keeps and changes all this.
 */

export type Family = 'ip' | 'ip6';
/** iptables-nft and iptables-legacy speak to two different engines of the kernel; both may hold rules at once */
export type Variant = 'nf_tables' | 'legacy';
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';
export type HookName = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** IPv4: unsigned 32 bits as number. IPv6: 128 bits as bigint. */
export type Address = number | bigint;

export interface AddressMatch {
	readonly address: Address;
	/** as bits, not as a length: 255.0.255.0 is a mask too */
	readonly mask: Address;
	readonly invert: boolean;
}

export interface InterfaceMatch {
	/** as typed; a trailing + stands for any ending */
	readonly name: string;
	readonly invert: boolean;
}

/** A match with its options. `data` is immutable plain data (numbers, strings, arrays, objects), compared by value. */
export interface MatchUse {
	readonly name: string;
	readonly data: unknown;
}

export type TargetUse =
	/** no -j: the rule only counts */
	| { readonly kind: 'none' }
	| { readonly kind: 'verdict'; readonly verdict: 'ACCEPT' | 'DROP' | 'RETURN' | 'QUEUE' }
	| { readonly kind: 'jump' | 'goto'; readonly chain: string }
	| { readonly kind: 'extension'; readonly name: string; readonly data: unknown };

/** What a rule says. Absent parts match everything. */
export interface RuleSpec {
	readonly source: AddressMatch | null;
	readonly destination: AddressMatch | null;
	readonly incoming: InterfaceMatch | null;
	readonly outgoing: InterfaceMatch | null;
	/** number 0 never stands here: `-p all` is null */
	readonly protocol: { readonly number: number; readonly invert: boolean } | null;
	/** -f: second and later fragments (IPv4 only) */
	readonly fragment: { readonly invert: boolean } | null;
	readonly matches: readonly MatchUse[];
	readonly target: TargetUse;
}

/** Which command put a rule there. */
export interface Origin {
	/** the command line, or the line of the restored file */
	readonly command: string;
	/** of a restored file, where it is known; 1-based */
	readonly path?: string;
	readonly line?: number;
	/** microseconds since 1970 */
	readonly time: number;
}

/** A rule in its chain, as it is read back. */
export interface RuleInfo extends RuleSpec {
	readonly packets: number;
	readonly bytes: number;
	readonly origin: Origin | null;
}

export interface ChainInfo {
	readonly name: string;
	/** null for a chain of the user */
	readonly hook: HookName | null;
	readonly policy: 'ACCEPT' | 'DROP' | null;
	/** of the policy (legacy keeps none for a chain of the user) */
	readonly packets: number;
	readonly bytes: number;
	/** rules that jump or go here */
	readonly references: number;
	readonly rules: readonly RuleInfo[];
}

export interface TableInfo {
	readonly name: TableName;
	/** built-in chains first, in the order of the hooks; then the user's in the order they were made */
	readonly chains: readonly ChainInfo[];
}

/** One change of a rule set; a batch of them happens whole or not at all. Rules are counted from 0 here. */
export type Operation =
	/**
	 * Makes the table with its built-in chains; nothing when it is there.
	 * `chains`: only these of them, since nf_tables makes each when it is first used (`add-chain` makes the others)
	 */
	| { readonly do: 'add-table'; readonly table: TableName; readonly chains?: readonly HookName[] }
	/** removes the table with all its rules; nothing when it is not there */
	| { readonly do: 'delete-table'; readonly table: TableName }
	| { readonly do: 'add-chain'; readonly table: TableName; readonly chain: string }
	| { readonly do: 'delete-chain'; readonly table: TableName; readonly chain: string }
	| { readonly do: 'rename-chain'; readonly table: TableName; readonly chain: string; readonly to: string }
	| {
			readonly do: 'policy';
			readonly table: TableName;
			readonly chain: string;
			readonly policy: 'ACCEPT' | 'DROP';
			/** left as they are when absent */
			readonly packets?: number;
			readonly bytes?: number;
	  }
	| { readonly do: 'flush'; readonly table: TableName; readonly chain: string }
	/** counters to zero: of the chain, its policy and its rules, or of one rule */
	| { readonly do: 'zero'; readonly table: TableName; readonly chain: string; readonly rule?: number }
	| {
			readonly do: 'insert' | 'replace';
			readonly table: TableName;
			readonly chain: string;
			/** insert: the new rule's number; the chain's length appends */
			readonly rule: number;
			readonly spec: RuleSpec;
			readonly packets?: number;
			readonly bytes?: number;
			readonly origin?: Origin;
	  }
	| { readonly do: 'delete'; readonly table: TableName; readonly chain: string; readonly rule: number };

/** Why a batch was refused. */
export interface Refusal {
	/** the operation that failed */
	readonly index: number;
	/** what the kernel answers: EINVAL, ENOENT, EBUSY, ELOOP, EEXIST, EOPNOTSUPP … */
	readonly errno: string;
}
