/**
 * Netfilter of one host: the five hooks, and what stands at each in the order of priority.
 *
 *      PREROUTING   defragmentation  raw  tracking  mangle  destination NAT
 *      INPUT                                        mangle  filter  security  source NAT  SYNPROXY  confirmation
 *      FORWARD                                      mangle  filter  security
 *      OUTPUT       defragmentation  raw  tracking  mangle  destination NAT  filter  security
 *      POSTROUTING                                  mangle  source NAT  SYNPROXY  confirmation
 *
 * Does: runs a packet through the tables that exist, tracks connections when a rule needs it, translates addresses, and
 *       tells the watcher where the packet went (`walk.ts`).
 * Reads: time, routes, settings through `HostServices`. The kernel calls `run` at its five places.
 * Not simulated: IPv6 packets (ip6tables' rules are kept and listed, no packet meets them), bridges, flow offload,
 *       queues to programs.
 */
import type { Ipv4Packet } from '#wire/packet';
import type { Chain, ChainProgram } from './chain';
import { progress, type Connection } from './conntrack/connection';
import type { Conntrack, ConntrackTemplate } from './conntrack/conntrack';
import { ConntrackTable } from './conntrack/table';
import { VERDICT } from './extension';
import { ALL_DETAILS, logLine } from './extensions/log-line';
import { findMatch, MATCHES } from './extensions/matches';
import { findTarget } from './extensions/targets';
import type { AnyMatch, AnyTarget } from './extension';
import { ipSets, setsNamedBy, type IpSets } from './ipset/sets';
import { RuleSet, type Table } from './rule-set';
import type { Family, HookName, RuleSpec, TableName, Variant } from './rule';
import type { HostServices, Services } from './services';
import { CT, Skb } from './skb';
import { proxyHook, type ProxyTracking } from './synproxy';
import { BUILT_IN, HOOKS, PRIORITY } from './tables';
import { ConnectionNote, type Visit, type VisitEnd, type WalkEvent } from './walk';

/** What travels beside a packet inside the host, from hook to hook. The kernel's `PacketContext` has these and more. */
export interface Companion {
	mark: number;
	readonly frame: Skb['frame'];
	readonly uid: number;
	readonly gid: number;
	/** see `WalkEvent.journey`; 0 before the first hook */
	journey: number;
	/** payload lengths of the pieces it came in, where it was put together on the way */
	pieces?: readonly number[];
	/** netfilter's own */
	tracking: unknown;
}

/** `dropped`: a sender on this host is told (EPERM). `taken`: kept back or given to a queue, and nobody is told. */
export type Lost = 'dropped' | 'taken';

/** Kept in `Companion.tracking`. */
interface Note {
	connection: Connection | null;
	state: number;
	direction: 0 | 1;
	priority: number;
	traced: boolean;
	secmark: number;
	/** what tracking finds when it comes */
	readonly template?: ConntrackTemplate;
}

/** The `Companion.tracking` of a packet that tracking is not to look at: TEE's copies. */
export function untracked(): unknown {
	const note: Note = { connection: null, state: CT.untracked, direction: 0, priority: 0, traced: false, secmark: 0 };
	return note;
}

/** The `Companion.tracking` of a packet that SYNPROXY sends. */
export function proxyTracking(tracking: ProxyTracking): unknown {
	if (tracking.kind === 'template') return { ...(untracked() as Note), state: CT.none, template: { proxied: true } };
	if (tracking.kind === 'new' || !tracking.connection) return null;
	const note: Note = { ...related({ connection: tracking.connection, direction: 0 }), state: CT.established };
	return note;
}

/** One stop of a hook. */
interface Stop {
	readonly priority: number;
	readonly run: (skb: Skb, visits: Visit[]) => number;
	/** for a drop that no rule decided */
	readonly name: string;
}

const VARIANTS: readonly Variant[] = ['legacy', 'nf_tables'];
/** matches whose state outlives a rule of theirs, while another names it */
const SHARING = MATCHES.filter(({ retain }) => retain);

export class Netfilter {
	readonly services: Services;
	readonly conntrack: Conntrack;
	/** of addresses, networks and ports (ipset) */
	readonly sets: IpSets;
	readonly #sets: Readonly<Record<Variant, Readonly<Record<Family, RuleSet>>>>;
	#stops = atEachHook((): readonly Stop[] => []);
	/** one a level: REJECT's answer walks OUTPUT while its cause is still in INPUT */
	#skbs: Skb[] = [];
	#depth = 0;
	#journeys = 0;
	/** in all tables */
	#rules = 0;
	/** some rule says SYNPROXY */
	#proxies = false;
	/** false: nothing to do at any hook, the kernel need not call */
	idle = true;
	/** told when `idle` may have changed */
	onChange: () => void = () => {};
	/** told of every packet that met a table */
	onWalk: (event: WalkEvent) => void = () => {};

	constructor(
		readonly host: string,
		services: HostServices
	) {
		const shared = new Map<string, unknown>();
		this.conntrack = new ConntrackTable(services);
		this.services = {
			...services,
			conntrack: this.conntrack,
			shared<T>(key: string, make: () => T): T {
				if (!shared.has(key)) shared.set(key, make());
				return shared.get(key) as T;
			}
		};
		this.sets = ipSets(this.services);
		this.sets.rulesNaming = (name) => {
			let count = 0;
			for (const { rules } of this.#chains())
				for (const { spec } of rules) count += setsNamedBy(spec).filter((one) => one === name).length;
			return count;
		};
		let tables = 0;
		const make = (variant: Variant, family: Family) => {
			const set = new RuleSet(variant, family, this.services, () => ++tables);
			set.onChange = () => this.#arrange();
			return set;
		};
		const both = (variant: Variant) => ({ ip: make(variant, 'ip'), ip6: make(variant, 'ip6') });
		this.#sets = { nf_tables: both('nf_tables'), legacy: both('legacy') };
	}

	ruleSet(variant: Variant, family: Family): RuleSet {
		return this.#sets[variant][family];
	}

	/** The host's power went: rules, connections and all state are gone. */
	clear(): void {
		for (const variant of VARIANTS) for (const family of ['ip', 'ip6'] as const) this.#sets[variant][family].clear();
		this.conntrack.flush();
		this.sets.clear();
		this.#arrange();
	}

	/* ---- a packet at a hook -------------------------------------------------------------------------------------- */

	/** @returns the packet, perhaps changed, or why it does not go on */
	run(
		hook: HookName,
		packet: Ipv4Packet,
		incoming: string | null,
		outgoing: string | null,
		companion: Companion
	): Ipv4Packet | Lost {
		const stops = this.#stops[hook];
		if (stops.length === 0) return packet;
		const skb = (this.#skbs[this.#depth] ??= new Skb());
		this.#depth++;
		try {
			this.#load(skb, hook, packet, incoming, outgoing, companion);
			return this.#walk(skb, stops, companion);
		} finally {
			this.#depth--;
		}
	}

	#load(
		skb: Skb,
		hook: HookName,
		packet: Ipv4Packet,
		incoming: string | null,
		outgoing: string | null,
		companion: Companion
	): void {
		skb.hook = hook;
		skb.incoming = incoming;
		skb.outgoing = outgoing;
		skb.incomingIndex = incoming === null ? 0 : this.services.interfaceIndex(incoming);
		skb.outgoingIndex = outgoing === null ? 0 : this.services.interfaceIndex(outgoing);
		skb.frame = companion.frame;
		skb.uid = companion.uid;
		skb.gid = companion.gid;
		skb.mark = companion.mark;
		const note = companion.tracking as Note | null;
		skb.connection = note?.connection ?? null;
		skb.state = note?.state ?? CT.none;
		skb.direction = note?.direction ?? 0;
		skb.priority = note?.priority ?? 0;
		skb.traced = note?.traced ?? false;
		skb.secmark = note?.secmark ?? 0;
		skb.template = note?.template ?? null;
		skb.hotDrop = false;
		skb.pieces = companion.pieces ?? null;
		skb.trackedWhy = '';
		skb.replace(packet);
	}

	#walk(skb: Skb, stops: readonly Stop[], companion: Companion): Ipv4Packet | Lost {
		const before = skb.packet;
		companion.journey ||= ++this.#journeys;
		const known = skb.connection;
		const stateBefore = known ? progress(known) : '';
		const visits: Visit[] = [];
		let verdict: number = VERDICT.accept;
		let dropper: string | null = null;
		for (const stop of stops) {
			verdict = stop.run(skb, visits);
			if (verdict === VERDICT.accept) continue;
			dropper = stop.name;
			break;
		}
		const accepted = verdict === VERDICT.accept;
		this.#save(skb, companion);
		const result = accepted ? skb.packet : null;
		if (visits.length > 0 || !accepted || result !== before)
			this.onWalk({
				kind: 'netfilter.walk',
				host: this.host,
				journey: companion.journey,
				hook: skb.hook,
				incoming: skb.incoming,
				outgoing: skb.outgoing,
				packet: before,
				result,
				verdict: accepted ? 'accepted' : verdict === VERDICT.stolen ? 'kept' : 'dropped',
				state: skb.state,
				connection: skb.connection && new ConnectionNote(skb.connection, stateBefore, skb.direction),
				uid: skb.uid,
				visits,
				dropper,
				why: skb.trackedWhy
			});
		return result ?? (verdict === VERDICT.drop ? 'dropped' : 'taken');
	}

	#save(skb: Skb, companion: Companion): void {
		companion.mark = skb.mark;
		if (skb.pieces) companion.pieces = skb.pieces;
		const note = companion.tracking as Note | null;
		if (note) {
			note.connection = skb.connection;
			note.state = skb.state;
			note.direction = skb.direction;
			note.priority = skb.priority;
			note.traced = skb.traced;
			note.secmark = skb.secmark;
		} else if (skb.state !== CT.none || skb.priority !== 0 || skb.traced || skb.secmark !== 0)
			companion.tracking = {
				connection: skb.connection,
				state: skb.state,
				direction: skb.direction,
				priority: skb.priority,
				traced: skb.traced,
				secmark: skb.secmark
			} satisfies Note;
	}

	/** The note of an answer to a packet (nf_conntrack_attach): the same connection, the other way round, RELATED. */
	answerTo({ tracking }: { readonly tracking: unknown }): unknown {
		const note = tracking as Note | null;
		return note?.connection ? related(note) : null;
	}

	/* ---- a table's chain ----------------------------------------------------------------------------------------- */

	/** @returns accept, drop, stolen or queue; the policy where no rule decided */
	#runChain(table: Table, variant: Variant, base: Chain, skb: Skb, visits: Visit[]): number {
		let program = base.program(this.services);
		const first = open(variant, program, -1, skb, visits);
		let visit = first;
		const stack: { program: ChainProgram; at: number; visit: OpenVisit }[] = [];
		let at = 0;
		for (;;) {
			at = program.match(skb, at);
			if (at < 0) {
				visit.end = 'drop';
				return VERDICT.drop;
			}
			if (at === program.length) {
				const caller = stack.pop();
				if (!caller) break;
				if (skb.traced) this.#tellTrace(variant, program, at, skb);
				({ program, at, visit } = caller);
				continue;
			}
			if (skb.traced) this.#tellTrace(variant, program, at, skb);
			visit.hits.push(at);
			const { action, jump } = program.code(at);
			if (jump) {
				const chain = table.chains.get(jump.chain)!;
				if (jump.back) stack.push({ program, at: at + 1, visit });
				else visit.end = 'goto';
				program = chain.program(this.services);
				visit = open(variant, program, at, skb, visits);
				at = 0;
				continue;
			}
			at++;
			const verdict = action ? action(skb) : VERDICT.continue;
			if (verdict === VERDICT.continue) continue;
			if (verdict === VERDICT.return) {
				visit.end = 'return';
				const caller = stack.pop();
				if (!caller) break;
				({ program, at, visit } = caller);
				continue;
			}
			visit.end = ENDS[verdict] ?? 'accept';
			return verdict;
		}
		if (skb.traced) this.#tellTrace(variant, first.program, first.program.length, skb);
		if (base.counted) {
			base.packets++;
			base.bytes += skb.length;
		}
		first.policy = base.policy;
		return base.policy === 'DROP' ? VERDICT.drop : VERDICT.accept;
	}

	/** TRACE of the legacy variant: which rule the packet met, as a line of the log (trace_packet in ip_tables.c). */
	#tellTrace(variant: Variant, { chain, rules }: ChainProgram, at: number, skb: Skb): void {
		if (variant !== 'legacy') return;
		const end = chain.hook === null ? 'return' : 'policy';
		const what = at < rules.length && !isBareVerdict(rules[at]!.spec) ? 'rule' : end;
		const prefix = `TRACE: ${chain.table}:${chain.name}:${what}:${at + 1} `;
		this.services.log(TRACE_LEVEL, logLine(skb, { ...ALL_DETAILS, prefix }));
	}

	/* ---- what stands where --------------------------------------------------------------------------------------- */

	/** After each change of the rules: which stops each hook has, and whether connections need to be tracked. */
	#arrange(): void {
		const tables: { variant: Variant; table: Table }[] = [];
		let needed = false;
		this.#proxies = false;
		for (const variant of VARIANTS)
			for (const table of this.#sets[variant].ip.live()) {
				tables.push({ variant, table });
				needed ||= needsTracking(table);
				this.#proxies ||= hasProxy(table);
			}
		this.conntrack.active = needed;
		this.conntrack.natActive = tables.some(({ table }) => table.name === 'nat');
		tables.sort((one, other) => one.table.registered - other.table.registered);
		this.#stops = atEachHook((hook) => this.#stopsOf(hook, tables));
		this.idle = HOOKS.every((hook) => this.#stops[hook].length === 0);
		this.#forgetUnused();
		this.onChange();
	}

	/** After rules went: lists and tables that no rule names any longer go too. */
	#forgetUnused(): void {
		const before = this.#rules;
		this.#rules = 0;
		for (const chain of this.#chains()) this.#rules += chain.rules.length;
		if (this.#rules >= before) return;
		for (const match of SHARING) {
			const names = new Set<string>();
			for (const chain of this.#chains())
				for (const { spec } of chain.rules)
					for (const { name, data } of spec.matches)
						if (name === match.name) names.add(match.sharedName!(data as never));
			match.retain!(this.services, names);
		}
	}

	/** Of both variants and families. */
	*#chains(): Generator<Chain> {
		for (const variant of VARIANTS)
			for (const set of Object.values(this.#sets[variant]))
				for (const table of set.live()) yield* table.chains.values();
	}

	#stopsOf(hook: HookName, tables: readonly { variant: Variant; table: Table }[]): Stop[] {
		const stops: Stop[] = this.#trackingStops(hook);
		const nat: { variant: Variant; table: Table }[] = [];
		for (const { variant, table } of tables) {
			if (!BUILT_IN[table.name].includes(hook)) continue;
			const chain = table.chains.get(hook);
			if (!chain) continue;
			if (table.name === 'nat') nat.push({ variant, table });
			else
				stops.push({
					priority: PRIORITY[table.name],
					name: table.name,
					run: (skb, visits) => this.#runChain(table, variant, chain, skb, visits)
				});
		}
		if (this.conntrack.natActive && hook !== 'FORWARD') stops.push(this.#natStop(hook, nat));
		return stops.sort((one, other) => one.priority - other.priority);
	}

	#trackingStops(hook: HookName): Stop[] {
		if (!this.conntrack.active) return [];
		const { conntrack } = this;
		if (hook === 'PREROUTING' || hook === 'OUTPUT')
			return [
				{ priority: PRIORITY.defrag, name: 'defragmentation', run: (skb) => conntrack.defragment(skb) },
				{ priority: PRIORITY.conntrack, name: 'connection tracking', run: (skb) => conntrack.track(skb) }
			];
		if (hook === 'INPUT' || hook === 'POSTROUTING') {
			const { services } = this;
			const confirm = {
				priority: PRIORITY.confirm,
				name: 'connection tracking',
				run: (skb: Skb) => conntrack.confirm(skb)
			};
			if (!this.#proxies) return [confirm];
			return [{ priority: PRIORITY.synproxy, name: 'SYNPROXY', run: (skb) => proxyHook(skb, services) }, confirm];
		}
		return [];
	}

	/** The nat chains of a hook are asked for a connection's first packet only, all by one stop. */
	#natStop(hook: HookName, tables: readonly { variant: Variant; table: Table }[]): Stop {
		const kind = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source';
		return {
			priority: kind === 'destination' ? PRIORITY.destinationNat : PRIORITY.sourceNat,
			name: 'nat',
			run: (skb, visits) =>
				this.conntrack.translate(skb, kind, () => {
					for (const { variant, table } of tables) {
						const verdict = this.#runChain(table, variant, table.chains.get(hook)!, skb, visits);
						if (verdict !== VERDICT.accept) return verdict;
					}
					return VERDICT.accept;
				})
		};
	}
}

/** For an answer that is made while its cause is at a hook. */
export function answerTo(about: Skb): unknown {
	return about.connection ? related(about) : null;
}

function related({ connection, direction }: Pick<Note, 'connection' | 'direction'>): Note {
	const back = direction === 0 ? 1 : 0;
	return { connection, state: CT.related, direction: back, priority: 0, traced: false, secmark: 0 };
}

interface OpenVisit extends Visit {
	end: VisitEnd;
	policy: 'ACCEPT' | 'DROP' | null;
	readonly hits: number[];
}

const ENDS: Readonly<Record<number, VisitEnd>> = {
	[VERDICT.accept]: 'accept',
	[VERDICT.drop]: 'drop',
	[VERDICT.stolen]: 'stolen',
	[VERDICT.queue]: 'queue'
};

function open(variant: Variant, program: ChainProgram, from: number, skb: Skb, visits: Visit[]): OpenVisit {
	const { table, name } = program.chain;
	const visit: OpenVisit = {
		variant,
		table: table as TableName,
		chain: name,
		program,
		from,
		packet: skb.packet,
		mark: skb.mark,
		hits: [],
		end: 'end',
		policy: null
	};
	visits.push(visit);
	return visit;
}

/** warning */
const TRACE_LEVEL = 4;

/** A rule that asks for nothing and decides looks to TRACE like the end of its chain. */
function isBareVerdict({ matches, target, ...asked }: RuleSpec): boolean {
	if (target.kind !== 'verdict' || matches.length > 0) return false;
	return [asked.source, asked.destination, asked.incoming, asked.outgoing, asked.protocol, asked.fragment].every(
		(part) => part === null
	);
}

function atEachHook<T>(at: (hook: HookName) => T): Readonly<Record<HookName, T>> {
	return {
		PREROUTING: at('PREROUTING'),
		INPUT: at('INPUT'),
		FORWARD: at('FORWARD'),
		OUTPUT: at('OUTPUT'),
		POSTROUTING: at('POSTROUTING')
	};
}

function hasProxy(table: Table): boolean {
	for (const { rules } of table.chains.values())
		if (rules.some(({ spec: { target } }) => target.kind === 'extension' && target.name === 'SYNPROXY')) return true;
	return false;
}

function needsTracking(table: Table): boolean {
	for (const chain of table.chains.values()) if (chain.rules.some(({ spec }) => ruleNeedsTracking(spec))) return true;
	return false;
}

function ruleNeedsTracking({ matches, target }: RuleSpec): boolean {
	const needs = (extension: AnyMatch | AnyTarget | undefined, data: unknown) => {
		const conntrack = extension?.conntrack;
		return typeof conntrack === 'function' ? conntrack(data as never) : (conntrack ?? false);
	};
	if (matches.some((use) => needs(findMatch(use.name), use.data))) return true;
	return target.kind === 'extension' && needs(findTarget(target.name), target.data);
}
