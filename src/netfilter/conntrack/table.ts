/**
 * The connection tracking table of one host (nf_conntrack_core and nf_nat_core of Linux 6.x as behaviour, not as code).
 *
 *      new ConntrackTable(services)      `services` is a `ConntrackServices`
 *
 * Does: everything that `Conntrack` promises. At the hooks Netfilter calls, in this order: `defragment`, the raw table,
 *       `track`, …, `translate`, …, `confirm`. A connection is found by either of its tuples; a new one enters the table
 *       when its first packet has passed everything (`confirm`), so what was dropped leaves nothing.
 * Reads: net.netfilter.nf_conntrack_* (`CONNTRACK_SETTINGS` lists them).
 * Trusts: `Skb` to be fresh for each packet (`connection`, `state`, `direction`, `template`), except over loopback, where
 *         these travel with the packet.
 * Time: nothing runs by itself. A connection whose time is over is removed when it is met, listed or in the way; one timer
 *       runs only while somebody listens to events.
 * Not simulated: zones of one direction, the bucket chains' limit, time-out policies, the accounting of offloaded flows.
 *       A packet that clashes with another one's new connection is dropped, except an exact copy.
 */
import type { IcmpMessage } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import { VERDICT } from '../extension';
import { chooseTuple, type Choice, type Manipulation } from '../nat/choose';
import { followMaster } from '../nat/follow-master';
import { done, givesWay, netmapped, nullRange } from '../nat/ranges';
import { SourceIndex } from '../nat/source-index';
import { translateError, translatePacket } from '../nat/translate';
import type { Services } from '../services';
import { CT, type Skb } from '../skb';
import { icmpProblem, trackByProtocol } from './by-protocol';
import { STATUS, type Connection, type Tuple } from './connection';
import {
	NO_STATISTICS,
	type Conntrack,
	type ConntrackChange,
	type ConntrackStatistics,
	type ConntrackTemplate,
	type NatRange
} from './conntrack';
import type { ConntrackDraft, ConntrackUpdate } from './entry';
import { Expectations, type Expectation, type ExpectationListener } from './expectation';
import { EVENT, Flow } from './flow';
import { HELPERS, type HelperTable } from './helper';
import { isIcmpError } from './icmp';
import { LimitedLog } from './limited-log';
import { adjustSegment } from './sequence-adjust';
import { setTcpState } from './tcp';
import { TRACKED, type Tracker } from './tracker';
import { invert, quotedTuple, sameTuple, tupleOf } from './tuple';
import { TupleIndex } from './tuple-index';

export type ConntrackServices = Pick<Services, 'now' | 'at' | 'random' | 'log' | 'setting' | 'reassemble'>;

const SECOND = 1_000_000;
const SETTING = {
	max: 'net.netfilter.nf_conntrack_max',
	buckets: 'net.netfilter.nf_conntrack_buckets',
	account: 'net.netfilter.nf_conntrack_acct',
	timestamp: 'net.netfilter.nf_conntrack_timestamp',
	closeTimeout: 'net.netfilter.nf_conntrack_tcp_timeout_close',
	expectMax: 'net.netfilter.nf_conntrack_expect_max'
} as const;
/** buckets that are searched for a connection to push out (NF_CT_EVICTION_RANGE) */
const EVICTION_RANGE = 8;
/** between two looks for connections whose time is over, while somebody listens */
const SWEEP_INTERVAL = SECOND;

type Listener = (change: ConntrackChange, connection: Connection) => void;

export class ConntrackTable implements Conntrack, Tracker, HelperTable {
	active = false;
	natActive = false;
	readonly statistics: ConntrackStatistics = { ...NO_STATISTICS };
	readonly #services: ConntrackServices;
	readonly #index = new TupleIndex();
	readonly #sources = new SourceIndex();
	readonly #expectations: Expectations;
	/** by slot */
	#flows: (Flow | null)[] = [];
	readonly #byId = new Map<number, Flow>();
	#oldest: Flow | null = null;
	#newest: Flow | null = null;
	#lastId = 0;
	/** the count at which the expired are looked for next, before anything is refused */
	#sweepAt = 1024;
	#why = '';
	readonly #listeners = new Set<Listener>();
	#stopTimer: (() => void) | null = null;
	#timerAt = Infinity;
	readonly #log: LimitedLog;

	constructor(services: ConntrackServices) {
		this.#services = services;
		this.#log = new LimitedLog(services);
		this.#expectations = new Expectations(() => services.now());
	}

	/* ---- for the trackers and helpers ---------------------------------------------------------------------------- */

	now(): number {
		return this.#services.now();
	}

	setting(name: string): number {
		return this.#services.setting(name);
	}

	random(): number {
		return this.#services.random();
	}

	/** @param seconds negative: only count the packet */
	refresh(flow: Flow, direction: 0 | 1, length: number, seconds: number): void {
		if (seconds >= 0 && !(flow.status & STATUS.fixedTimeout)) {
			flow.expires = this.#services.now() + seconds * SECOND;
			if (flow.expires < this.#timerAt && flow.slot >= 0) this.#arm(flow.expires);
		}
		if (!flow.accounted) return;
		flow.packets[direction]++;
		flow.bytes[direction] += length;
	}

	kill(flow: Flow): void {
		this.#remove(flow);
	}

	explain(why: string): void {
		this.#why = why;
	}

	expect(draft: Parameters<Expectations['add']>[0], seconds: number, perMaster: number): string | null {
		const refused = this.#expectations.add(draft, seconds * SECOND, perMaster, this.setting(SETTING.expectMax));
		if (refused === 'EMFILE') this.#log.warn('nf_conntrack: nf_conntrack: expectation table full');
		return refused;
	}

	/* ---- PREROUTING and OUTPUT ----------------------------------------------------------------------------------- */

	defragment(skb: Skb): number {
		if (!skb.moreFragments && skb.fragmentOffset === 0) return VERDICT.accept;
		if (skb.connection !== null || skb.state === CT.untracked) return VERDICT.accept;
		const whole = this.#services.reassemble(skb.packet);
		if (!whole) return VERDICT.stolen;
		skb.pieces = whole.pieces;
		skb.replace(whole.packet);
		return VERDICT.accept;
	}

	setTemplate(skb: Skb, template: ConntrackTemplate): void {
		if (skb.connection !== null || skb.state !== CT.none) return;
		if (template.untracked) skb.state = CT.untracked;
		else skb.template = template;
	}

	track(skb: Skb): number {
		skb.trackedWhy = '';
		// seen before: over loopback, an answer to a refused packet, or told not to look
		if (!this.active || skb.connection !== null || skb.state !== CT.none) return VERDICT.accept;
		const template = skb.template;
		skb.template = null;
		this.#why = '';
		const payload = skb.packet.payload;
		if (skb.protocol === PROTOCOL.icmp) {
			if (payload.kind !== 'icmp') return this.#invalid(skb, 'its ICMP header is cut short');
			const problem = icmpProblem(payload, skb, this);
			if (problem !== null) return this.#invalid(skb, problem);
			if (isIcmpError(payload.type)) return this.#trackError(skb, payload, template?.zone ?? 0);
		}
		for (;;) {
			const flow = this.#resolve(skb, template);
			if (flow === 'drop') return VERDICT.drop;
			if (!flow) return this.#invalid(skb, this.#why);
			const result = trackByProtocol(flow, skb, this);
			if (result === TRACKED.repeat) continue;
			if (result === TRACKED.invalid) return this.#invalid(skb, this.#why);
			skb.connection = flow;
			if (skb.direction === 1 && !(flow.status & STATUS.seenReply)) {
				flow.status |= STATUS.seenReply;
				flow.pending |= EVENT.reply;
			}
			return VERDICT.accept;
		}
	}

	#invalid(skb: Skb, why: string): number {
		this.statistics.invalid++;
		skb.connection = null;
		skb.state = CT.invalid;
		skb.direction = 0;
		skb.trackedWhy = why;
		return VERDICT.accept;
	}

	/** Finds the packet's connection, or makes one; sets `state` and `direction`. Null: it has none, `#why` says why. */
	#resolve(skb: Skb, template: ConntrackTemplate | null): Flow | 'drop' | null {
		const tuple = tupleOf(skb.packet);
		if (!tuple) {
			this.#why = 'its header is cut short';
			return null;
		}
		const zone = template?.zone ?? 0;
		const entry = this.#index.findTuple(tuple, zone);
		if (entry >= 0) {
			const flow = this.#flows[entry >> 1]!;
			if (flow.expires > this.#services.now()) {
				skb.direction = (entry & 1) as 0 | 1;
				if (entry & 1 || flow.status & STATUS.seenReply) skb.state = CT.established;
				else skb.state = flow.status & STATUS.expected ? CT.related : CT.new;
				return flow;
			}
			this.#remove(flow);
		}
		skb.direction = 0;
		const flow = this.#begin(tuple, zone, template);
		if (flow && flow !== 'drop') skb.state = flow.status & STATUS.expected ? CT.related : CT.new;
		return flow;
	}

	#begin(tuple: Tuple, zone: number, template: ConntrackTemplate | null): Flow | 'drop' | null {
		const reply = invert(tuple);
		if (!reply) {
			this.#why = `nobody answers an ICMP message of type ${tuple.icmpType}`;
			return null;
		}
		if (!this.#makeRoom(tuple, zone)) return 'drop';
		const expectation = this.#expectations.take(tuple, zone);
		const flow = new Flow(
			++this.#lastId,
			tuple,
			reply,
			zone,
			expectation?.master ?? null,
			this.#services.now(),
			this.setting(SETTING.account) !== 0,
			this.setting(SETTING.timestamp) !== 0
		);
		if (expectation) this.#expected(flow, expectation);
		else if (template?.helper !== undefined) flow.helper = template.helper;
		if (flow.helper !== null) flow.pending |= EVENT.helper;
		if (template?.proxied) flow.proxied = { initial: 0, stamp: 0, shift: 0 };
		return flow;
	}

	#expected(flow: Flow, expectation: Expectation): void {
		flow.status |= STATUS.expected;
		flow.mark = expectation.master.mark;
		flow.secmark = expectation.master.secmark;
		if (this.natActive) followMaster(expectation, (kind, range) => this.#setUp(flow, kind, range));
	}

	/** An ICMP error belongs to the connection of the packet that it quotes. */
	#trackError(skb: Skb, message: IcmpMessage, zone: number): number {
		const quoted = quotedTuple(message.payload);
		const answer = quoted && invert(quoted);
		if (!quoted || !answer) {
			this.statistics.error++;
			return this.#invalid(skb, 'too little is quoted of the packet that it is about');
		}
		const entry = this.#index.findTuple(answer, zone);
		const flow = entry < 0 ? null : this.#flows[entry >> 1]!;
		if (!flow || flow.expires <= this.#services.now())
			return this.#invalid(skb, 'the packet that it is about belongs to no known connection');
		if (skb.packet.destination !== quoted.source)
			return this.#invalid(skb, 'it is sent to another host than the one whose packet it is about');
		skb.connection = flow;
		skb.direction = (entry & 1) as 0 | 1;
		skb.state = CT.related;
		return VERDICT.accept;
	}

	/* ---- NAT ----------------------------------------------------------------------------------------------------- */

	translate(skb: Skb, kind: Manipulation, chain: (skb: Skb) => number): number {
		const flow = skb.connection as Flow | null;
		if (!flow || !this.natActive) return VERDICT.accept;
		if (skb.state === CT.related && skb.protocol === PROTOCOL.icmp)
			return translateError(skb, flow, kind) ? VERDICT.accept : VERDICT.drop;
		if (skb.state !== CT.established && !(flow.status & done(kind))) {
			const verdict = chain(skb);
			if (verdict !== VERDICT.accept) return verdict;
			if (!(flow.status & done(kind))) this.#setUp(flow, kind, nullRange(flow, kind));
		} else if (this.#wentElsewhere(skb, flow)) {
			this.#remove(flow);
			return VERDICT.drop;
		}
		return translatePacket(skb, flow, kind) ? VERDICT.accept : VERDICT.drop;
	}

	/** A masqueraded connection that would leave by another interface now starts anew (nf_nat_oif_changed). */
	#wentElsewhere(skb: Skb, flow: Flow): boolean {
		return (
			flow.masquerade !== null && skb.hook === 'POSTROUTING' && skb.direction === 0 && flow.masquerade !== skb.outgoing
		);
	}

	bind(skb: Skb, kind: Manipulation, range: NatRange): number {
		const flow = skb.connection as Flow | null;
		if (!flow) return VERDICT.accept;
		if (range.masquerade) flow.masquerade = skb.outgoing;
		return this.#setUp(flow, kind, range.netmap ? netmapped(skb, kind, range) : range);
	}

	#setUp(flow: Flow, kind: Manipulation, range: NatRange): number {
		if (flow.status & STATUS.confirmed) return VERDICT.accept;
		const current = invert(flow.reply);
		if (!current) return VERDICT.drop;
		const choice: Choice = {
			random: () => this.#services.random(),
			used: (tuple, harder) => this.#used(flow, tuple, harder ?? false),
			sameSource: (tuple) => this.#sources.mappings(tuple, flow.zone),
			zone: flow.zone
		};
		const chosen = chooseTuple(current, range, kind, choice);
		if (!sameTuple(chosen, current)) {
			flow.reply = invert(chosen)!;
			flow.status |= kind === 'source' ? STATUS.sourceNat : STATUS.destinationNat;
		}
		flow.status |= done(kind);
		return VERDICT.accept;
	}

	/** Would the answers to `tuple` look like packets of another connection? */
	#used(flow: Flow, tuple: Tuple, harder: boolean): boolean {
		const reply = invert(tuple);
		if (!reply) return false;
		const entry = this.#index.findTuple(reply, flow.zone);
		if (entry < 0) return false;
		const other = this.#flows[entry >> 1]!;
		if (other.expires <= this.#services.now()) {
			this.#remove(other);
			return false;
		}
		if (sameTuple(other.original, flow.original)) return false;
		this.statistics.found++;
		if (!harder || (entry & 1) === 0 || !givesWay(other, flow)) return true;
		this.#remove(other);
		return false;
	}

	/* ---- INPUT and POSTROUTING, last ----------------------------------------------------------------------------- */

	confirm(skb: Skb): number {
		const flow = skb.connection as Flow | null;
		if (!flow) return VERDICT.accept;
		const adjusts = (flow.status & STATUS.sequenceAdjust) !== 0;
		const answersNew = skb.state === CT.related && skb.direction === 1;
		if (!answersNew) {
			const helper = flow.helper === null ? undefined : HELPERS[flow.helper];
			if (helper && !helper(skb, flow, skb.direction, this)) return VERDICT.drop;
			if (adjusts && flow.sequence && skb.incoming !== 'lo' && skb.outgoing !== 'lo') this.#adjust(skb, flow);
		}
		if (skb.direction === 0 && !(flow.status & STATUS.confirmed)) return this.#enter(skb, flow);
		if (flow.pending !== 0 && flow.status & STATUS.confirmed) this.#tellPending(flow);
		return VERDICT.accept;
	}

	#adjust(skb: Skb, flow: Flow): void {
		const segment = skb.packet.payload;
		if (segment.kind !== 'tcp') return;
		const own = flow.sequence![skb.direction];
		const other = flow.sequence![skb.direction === 0 ? 1 : 0];
		skb.replace({ ...skb.packet, payload: adjustSegment(segment, own, other) });
	}

	/** The first packet has come through: its connection can be found from now on. */
	#enter(skb: Skb, flow: Flow): number {
		if (flow.status & STATUS.dying) return VERDICT.drop;
		const clash = this.#clash(flow);
		if (clash) {
			if (!sameTuple(clash.original, flow.original) || !sameTuple(clash.reply, flow.reply)) {
				this.statistics.insertFailed++;
				this.statistics.drop++;
				return VERDICT.drop;
			}
			this.statistics.clashResolve++;
			skb.connection = clash;
			return VERDICT.accept;
		}
		this.#add(flow);
		return VERDICT.accept;
	}

	#add(flow: Flow): void {
		flow.status |= STATUS.confirmed;
		flow.slot = this.#index.insert(flow.original, flow.reply, flow.zone);
		this.#flows[flow.slot] = flow;
		if (flow.status & STATUS.sourceNatDone) this.#sources.add(flow);
		flow.older = this.#newest;
		if (this.#newest) this.#newest.newer = flow;
		else this.#oldest = flow;
		this.#newest = flow;
		this.#byId.set(flow.id, flow);
		flow.pending |= EVENT.new;
		this.#tellPending(flow);
		if (flow.expires < this.#timerAt) this.#arm(flow.expires);
	}

	/** A living connection that has one of the new one's tuples. */
	#clash(flow: Flow): Flow | null {
		for (const tuple of [flow.original, flow.reply]) {
			const entry = this.#index.findTuple(tuple, flow.zone);
			if (entry < 0) continue;
			const other = this.#flows[entry >> 1]!;
			if (other.expires > this.#services.now()) return other;
			this.#remove(other);
		}
		return null;
	}

	/* ---- the end of a connection --------------------------------------------------------------------------------- */

	#remove(flow: Flow): void {
		flow.status |= STATUS.dying;
		this.#expectations.forget(flow);
		if (flow.slot < 0) return;
		this.#index.remove(flow.slot);
		this.#flows[flow.slot] = null;
		this.#sources.remove(flow);
		if (flow.older) flow.older.newer = flow.newer;
		else this.#oldest = flow.newer;
		if (flow.newer) flow.newer.older = flow.older;
		else this.#newest = flow.older;
		flow.older = flow.newer = null;
		flow.slot = -1;
		flow.pending = 0;
		this.#byId.delete(flow.id);
		if (flow.timestamped) flow.ended = this.#services.now();
		for (const listener of this.#listeners) listener('DESTROY', flow);
	}

	#sweep(): void {
		const now = this.#services.now();
		for (let flow = this.#oldest; flow;) {
			const next: Flow | null = flow.newer;
			if (flow.expires <= now) this.#remove(flow);
			flow = next;
		}
		this.#sweepAt = Math.max(1024, this.count * 2);
	}

	/** @returns false when the table is full and the packet must be dropped */
	#makeRoom(tuple: Tuple, zone: number): boolean {
		const most = this.setting(SETTING.max);
		if (this.count >= this.#sweepAt || (most > 0 && this.count >= most)) this.#sweep();
		if (most === 0 || this.count < most) return true;
		if (this.#dropEarly(tuple, zone)) return true;
		this.statistics.drop++;
		this.#log.warn('nf_conntrack: nf_conntrack: table full, dropping packet');
		return false;
	}

	/** Connections that were never answered fully may go, but only a few buckets are searched for them. */
	#dropEarly(tuple: Tuple, zone: number): boolean {
		const buckets = this.setting(SETTING.buckets);
		const room = 2 ** Math.floor(Math.log2(Math.max(1, buckets)));
		for (const entry of this.#index.near(tuple, zone, room, EVICTION_RANGE)) {
			const flow = this.#flows[entry >> 1]!;
			if (flow.status & STATUS.assured) continue;
			this.#remove(flow);
			this.statistics.earlyDrop++;
			return true;
		}
		return false;
	}

	/* ---- events -------------------------------------------------------------------------------------------------- */

	#tellPending(flow: Flow): void {
		const change = flow.pending & EVENT.new ? 'NEW' : 'UPDATE';
		flow.pending = 0;
		for (const listener of this.#listeners) listener(change, flow);
	}

	listen(listener: Listener): () => void {
		this.#listeners.add(listener);
		this.#armForNext();
		return () => {
			this.#listeners.delete(listener);
			if (this.#listeners.size > 0) return;
			this.#stopTimer?.();
			this.#stopTimer = null;
			this.#timerAt = Infinity;
		};
	}

	#arm(time: number): void {
		if (this.#listeners.size === 0 || time >= this.#timerAt) return;
		this.#stopTimer?.();
		this.#timerAt = Math.max(time, this.#services.now());
		this.#stopTimer = this.#services.at(this.#timerAt, () => {
			this.#stopTimer = null;
			this.#timerAt = Infinity;
			this.#sweep();
			this.#armForNext();
		});
	}

	#armForNext(): void {
		let next = Infinity;
		for (let flow = this.#oldest; flow; flow = flow.newer) next = Math.min(next, flow.expires);
		if (next < Infinity) this.#arm(Math.max(next, this.#services.now() + SWEEP_INTERVAL));
	}

	/* ---- for commands -------------------------------------------------------------------------------------------- */

	get count(): number {
		return this.#byId.size;
	}

	byId(id: number): Connection | null {
		const flow = this.#byId.get(id);
		return flow && flow.expires > this.#services.now() ? flow : null;
	}

	find(tuple: Tuple, zone = 0): { readonly connection: Connection; readonly direction: 0 | 1 } | null {
		const entry = this.#index.findTuple(tuple, zone);
		const flow = entry < 0 ? null : this.#flows[entry >> 1]!;
		if (!flow || flow.expires <= this.#services.now()) return null;
		return { connection: flow, direction: (entry & 1) as 0 | 1 };
	}

	list(): readonly Connection[] {
		this.#sweep();
		const all: Flow[] = [];
		for (let flow = this.#oldest; flow; flow = flow.newer) all.push(flow);
		return all;
	}

	expectations(): readonly Expectation[] {
		return this.#expectations.list();
	}

	delete(connection: Connection): void {
		this.#remove(connection as Flow);
	}

	create(draft: ConntrackDraft): string | null {
		const { original, reply, zone, timeout, status, mark, state } = draft;
		const account = this.setting(SETTING.account) !== 0;
		const timestamp = this.setting(SETTING.timestamp) !== 0;
		const now = this.#services.now();
		const flow = new Flow(++this.#lastId, original, reply, zone, null, now, account, timestamp);
		if (state !== '' && !setTcpState(flow, state)) return 'EINVAL';
		if (this.#clash(flow)) return 'EEXIST';
		flow.status = status;
		flow.mark = mark;
		flow.expires = now + timeout * SECOND;
		this.statistics.insert++;
		this.#add(flow);
		return null;
	}

	update(connection: Connection, { mark, timeout, status, state }: ConntrackUpdate): void {
		const flow = connection as Flow;
		if (mark !== undefined) flow.mark = mark;
		if (timeout !== undefined) flow.expires = this.#services.now() + timeout * SECOND;
		if (status !== undefined) flow.status |= status & SETTABLE;
		if (state !== undefined) setTcpState(flow, state);
		flow.pending |= EVENT.mark;
		this.#tellPending(flow);
		if (flow.expires < this.#timerAt) this.#arm(flow.expires);
	}

	flush(): void {
		while (this.#oldest) this.#remove(this.#oldest);
	}

	listenExpectations(listener: ExpectationListener): () => void {
		this.#expectations.listeners.add(listener);
		return () => this.#expectations.listeners.delete(listener);
	}

	flushExpectations(): void {
		for (const one of [...this.#expectations.list()]) this.#expectations.remove(one);
	}

	setClosing(connection: Connection): void {
		const flow = connection as Flow;
		if (!setTcpState(flow, 'CLOSE')) return;
		flow.expires = this.#services.now() + this.setting(SETTING.closeTimeout) * SECOND;
		flow.pending |= EVENT.protocol;
	}

	interfaceDown(name: string): void {
		for (let flow = this.#oldest; flow;) {
			const next: Flow | null = flow.newer;
			if (flow.masquerade === name) this.#remove(flow);
			flow = next;
		}
	}
}

/** bits that a program may set */
const SETTABLE = STATUS.seenReply | STATUS.assured | STATUS.fixedTimeout;
