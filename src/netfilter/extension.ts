/**
 * What a match or target is: one object, one file in `extensions/`, in the two halves of the real ones.
 *
 *      user space (libxt_NAME.so)   `options`, `init`, `parse`, `finish`, `list`, `save`: how the command reads and prints it
 *      kernel (xt_NAME.ko)          `check`, `compile`, `explain`: where it may stand and what it does to a packet
 *
 * `option.ts` has the option types' parser and the words of its errors, `extensions/index.ts` lists all of them.
 * The command knows no extension by name; an extension knows nothing of the command.
 */
import type { Family, HookName, RuleSpec, TableName, Variant } from './rule';
import type { Address } from './rule';
import type { Services } from './services';
import type { Skb } from './skb';

/* ---- user space: options ----------------------------------------------------------------------------------------- */

/** Named after what is typed; `a:b` types take one number or two with a colon. As libxtables' XTTYPE_*. */
export type OptionType =
	| 'none'
	| 'uint8'
	| 'uint16'
	| 'uint32'
	| 'uint64'
	| 'uint8-range'
	| 'uint16-range'
	| 'uint32-range'
	| 'uint64-range'
	| 'double'
	| 'string'
	/** value[/mask] or a symbolic name */
	| 'tos-mask'
	/** value[/mask], 32 bits */
	| 'mark-mask'
	| 'syslog-level'
	| 'host'
	| 'host-mask'
	| 'protocol'
	/** a number or a service's name of the rule's protocol */
	| 'port'
	| 'port-range'
	/** prefix length, and as mask */
	| 'prefix-length'
	| 'prefix-mask'
	| 'ethernet';

/** One long option. Several rows may share an `id`: `--sport` and `--source-port`. */
export interface OptionRow {
	/** without the dashes */
	readonly name: string;
	readonly id: string;
	readonly type: OptionType;
	/** `option "--x" must be specified` */
	readonly mandatory?: boolean;
	/** may be given more than once; without: `option "--x" can only be used once.` */
	readonly multiple?: boolean;
	/** may follow a `!` */
	readonly invert?: boolean;
	readonly min?: number | bigint;
	/** for 'string': longest length, bytes */
	readonly max?: number | bigint;
	/** ids without which it may not stand */
	readonly also?: readonly string[];
	/** ids beside which it may not stand */
	readonly exclude?: readonly string[];
	/** a 'none' row whose argument may follow or not */
	readonly optional?: boolean;
	/** a second word belongs to it, if the next one begins with neither - nor ! (`--tcp-flags`, `--match-set`) */
	readonly second?: boolean;
	/** one line for the editor's hover and completion, in our own words */
	readonly help?: string;
}

/** An option as read: `id`, and the field that its type fills (as libxtables' `cb->val` union). */
export interface ParsedOption {
	readonly id: string;
	/** as typed, without dashes: "sport" */
	readonly name: string;
	readonly invert: boolean;
	/** the argument as typed; empty for 'none' */
	readonly argument: string;
	/** uint*, double, syslog-level, protocol, port, prefix-length */
	readonly number: number;
	/** uint64 */
	readonly big: bigint;
	/** *-range: both ends; one number twice when there was no colon */
	readonly range: readonly [number, number];
	readonly bigRange: readonly [bigint, bigint];
	/** tos-mask, mark-mask */
	readonly value: number;
	readonly mask: number;
	/** host, host-mask, prefix-mask */
	readonly address: Address;
	readonly addressMask: Address;
	/** ethernet: 48 bits */
	readonly mac: number;
	/** of a row with `second`: that word; absent when there is none */
	readonly second?: string;
}

/** Thrown by `parse` and `finish`; the command prefixes program and version, and appends the "Try" line where due. */
export class OptionError {
	constructor(
		/** without program name and newline; may hold several lines */
		readonly text: string,
		/** 'parameter': PARAMETER_PROBLEM, exit 2 and the "Try `iptables -h'" lines; 'other': exit 1; 'resource': exit 4; 'version': exit 3 */
		readonly kind: 'parameter' | 'other' | 'resource' | 'version' = 'parameter',
		/** seen only when the rule is made ready for the kernel: complaints about the rest of the line go first */
		readonly late = false
	) {}
}

/** What `parse`, `finish`, `list` and `save` may look at. */
export interface CommandContext {
	readonly family: Family;
	readonly variant: Variant;
	/** the rule as far as it is known: its protocol above all */
	readonly rule: Pick<RuleSpec, 'protocol' | 'source' | 'destination' | 'incoming' | 'outgoing'>;
	/** -n */
	readonly numeric: boolean;
	/** prints a line to standard error: warnings that do not stop the command */
	warn(text: string): void;
	/** look-ups in /etc/services, /etc/protocols, /etc/hosts, /etc/passwd …; undefined for unknown */
	readonly names: Names;
}

/** The files of names, read before the command line is parsed. */
export interface Names {
	servicePort(name: string, protocol: string): number | undefined;
	serviceName(port: number, protocol: string): string | undefined;
	protocolNumber(name: string): number | undefined;
	protocolName(number: number): string | undefined;
	hostAddresses(name: string, family: Family): readonly Address[];
	/** for -L without -n; undefined when there is no name */
	hostName(address: Address, family: Family): string | undefined;
	userId(name: string): number | undefined;
	groupId(name: string): number | undefined;
	userName(id: number): string | undefined;
	groupName(id: number): string | undefined;
	/** lines of a file as text: /etc/iproute2/rt_realms, /etc/xtables/connlabel.conf …; undefined when it is not there */
	file(path: string): string | undefined;
	/** ipset: does a set of that name exist, and its dimension? */
	setDimension(name: string): number | undefined;
}

/* ---- both halves ------------------------------------------------------------------------------------------------- */

/** Where a rule stands when the kernel checks it. */
export interface Place {
	readonly family: Family;
	readonly variant: Variant;
	readonly table: TableName;
	/** the hooks from which its chain can be reached; for a chain that nobody jumps to: none */
	readonly hooks: ReadonlySet<HookName>;
	readonly rule: RuleSpec;
	readonly services: Services;
}

interface Extension<D> {
	/** as after -m or -j */
	readonly name: string;
	/** other names under which it may be asked for (`icmpv6`); they are saved under `name` unless `save` of the alias differs */
	readonly aliases?: readonly string[];
	readonly families: readonly Family[];
	/** one line for hover and completion, in our own words */
	readonly summary: string;
	readonly options: readonly OptionRow[];
	/**
	 * What `-h` prints of it below the command's own options, with newlines at the ends, where that is made of a table of
	 * the extension; the others' stand with the command.
	 */
	readonly usage?: string;
	/** What an option that is not simulated would act on, in one sentence; absent when all of it works. */
	readonly notSimulated?: string;
	/** true (or true for this data) when it needs connection tracking to run */
	readonly conntrack?: boolean | ((data: D) => boolean);

	/** A fresh draft with the defaults; `parse` changes it in place, after `finish` it is never changed again. */
	init(context: CommandContext): D;
	/** One option. @throws OptionError */
	parse?(draft: D, option: ParsedOption, context: CommandContext): void;
	/** After the last option. @param seen ids that were given. @throws OptionError */
	finish?(draft: D, seen: ReadonlySet<string>, context: CommandContext): void;
	/** What -L prints for it, as the real extension does: mostly with a leading space, empty for nothing. */
	list(data: D, context: CommandContext): string;
	/** What -S and iptables-save print behind "-m name" or "-j name", each option with a leading space. */
	save(data: D, context: CommandContext): string;
	/** The kernel's look at it when the rule is put in. @returns an errno's name, null for fine. Default: fine. */
	check?(data: D, place: Place): string | null;
}

/** A match that asks for nothing but ports and TCP flags; a packet without such a header has ports -1. */
export interface PortTest {
	readonly source: readonly [minimum: number, maximum: number];
	readonly destination: readonly [minimum: number, maximum: number];
	/** 0 and 0 for any */
	readonly flagMask: number;
	readonly flagValue: number;
}

/** @template D its data: plain, immutable after `finish`, compared by value */
export interface MatchExtension<D = unknown> extends Extension<D> {
	/**
	 * Makes the function that is run for each packet. State (a bucket, a list of addresses) lives in the closure, or in
	 * `services.shared` when several rules share it by name. Absent: nothing here to act on, it never matches.
	 */
	compile?(data: D, services: Services, rule: RuleSpec): (skb: Skb) => boolean;
	/**
	 * Why it did not match, or what matched: one sentence for the learner, naming the field and both values:
	 * "destination port 80 is not 22". Must not change any state.
	 */
	explain?(data: D, skb: Skb, matched: boolean): string;
	/** The whole match as ports and flags, where that is all of it: compiled chains then test it by themselves. */
	ports?(data: D): PortTest | null;
	/** It matches always and changes nothing (comment). */
	readonly neutral?: boolean;
	/** It keeps state, so asking it again would change the answer (limit, recent, quota …). */
	readonly stateful?: boolean;
	/** The name under which its state is shared with other rules (recent's lists). */
	sharedName?(data: D): string;
	/** Rules went: what is shared under other names than these is forgotten, as the last rule's end forgets it. */
	retain?(services: Services, names: ReadonlySet<string>): void;
}

/** What a target says of the packet: these, or go on with the next rule. */
export const VERDICT = { drop: 0, accept: 1, stolen: 2, queue: 3, continue: -1, return: -5 } as const;

export interface TargetExtension<D = unknown> extends Extension<D> {
	/** Changes `skb` (by `replace`, `mark` …) and says how to go on. Absent: nothing to act on, it continues. */
	compile?(data: D, services: Services, rule: RuleSpec): (skb: Skb) => number;
	/** What it did, one sentence: "sets the mark to 0x1". */
	explain?(data: D, skb: Skb): string;
	/** what stands in the target column of -L, when it is another name (NOTRACK is listed as CT) */
	readonly listedAs?: string;
}

/** An extension with its data's type forgotten, as the lists hold them. */
export type AnyMatch = Omit<MatchExtension<never>, 'init'> & { init(context: CommandContext): unknown };
export type AnyTarget = Omit<TargetExtension<never>, 'init'> & { init(context: CommandContext): unknown };
