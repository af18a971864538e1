/**
 * Connection tracking as the rest of netfilter sees it.
 */
import type { Ipv4Address } from '#wire/packet';
import type { Skb } from '../skb';
import type { Connection, Tuple } from './connection';
import type { ConntrackDraft, ConntrackUpdate } from './entry';
import type { Expectation, ExpectationListener } from './expectation';

/** Addresses and ports that NAT may choose from (`struct nf_nat_range2`). */
export interface NatRange {
	readonly minimum: Ipv4Address | null;
	readonly maximum: Ipv4Address | null;
	/** null: keep, or choose in the same class */
	readonly minimumPort: number | null;
	readonly maximumPort: number | null;
	/** for DNAT's shifted port maps */
	readonly basePort?: number;
	readonly random?: boolean;
	readonly randomFully?: boolean;
	readonly persistent?: boolean;
	/** NETMAP: minimum holds the network part, maximum the mask */
	readonly netmap?: boolean;
	/** MASQUERADE: the mapping dies with the interface that the packet leaves by */
	readonly masquerade?: boolean;
}

/** What CT and NOTRACK say of a packet before it is tracked. */
export interface ConntrackTemplate {
	readonly untracked?: boolean;
	readonly helper?: string;
	readonly zone?: number;
	/** a connection that SYNPROXY opens */
	readonly proxied?: boolean;
}

export type ConntrackChange = 'NEW' | 'UPDATE' | 'DESTROY';

/** What `conntrack -S` shows, since boot. */
export interface ConntrackStatistics {
	found: number;
	invalid: number;
	insert: number;
	insertFailed: number;
	drop: number;
	earlyDrop: number;
	error: number;
	searchRestart: number;
	clashResolve: number;
	chainTooLong: number;
}

export const NO_STATISTICS: Readonly<ConntrackStatistics> = {
	found: 0,
	invalid: 0,
	insert: 0,
	insertFailed: 0,
	drop: 0,
	earlyDrop: 0,
	error: 0,
	searchRestart: 0,
	clashResolve: 0,
	chainTooLong: 0
};

export interface Conntrack {
	/** Some rule needs it; without that `track` does nothing (nf_ct_netns_get). Set by the rule sets after each change. */
	active: boolean;
	/** some nat table has a rule or exists (nf_nat hooks are in place) */
	natActive: boolean;

	/**
	 * PREROUTING and OUTPUT, priority -400, while `active`: a fragment is kept (VERDICT.stolen) until its packet is whole,
	 * which then stands in `skb`.
	 */
	defragment(skb: Skb): number;
	/** PREROUTING and OUTPUT, priority -200. Sets `connection`, `state`, `direction` of `skb`. @returns a VERDICT */
	track(skb: Skb): number;
	/** INPUT and POSTROUTING, last: helpers read along, the new connection enters the table. @returns a VERDICT */
	confirm(skb: Skb): number;
	/**
	 * NAT at a hook. For a connection's first packet `chain` is asked (it runs the nat chain, whose targets call `bind`);
	 * then addresses and ports are rewritten by `skb.replace`. @returns a VERDICT
	 */
	translate(skb: Skb, kind: 'source' | 'destination', chain: (skb: Skb) => number): number;
	/** From SNAT, MASQUERADE, DNAT, REDIRECT, NETMAP: settles the mapping of a new connection. @returns a VERDICT */
	bind(skb: Skb, kind: 'source' | 'destination', range: NatRange): number;

	/* ---- for matches, targets and commands */
	/** CT --notrack, NOTRACK, CT --helper/--zone/--ctevents: what `track` finds when it comes (the template) */
	setTemplate(skb: Skb, template: ConntrackTemplate): void;
	find(tuple: Tuple, zone?: number): { readonly connection: Connection; readonly direction: 0 | 1 } | null;
	/** all that live, oldest first */
	list(): readonly Connection[];
	byId(id: number): Connection | null;
	/** how many are in the table, those counted whose time is over and that nobody met since */
	readonly count: number;
	/** what helpers have announced, oldest first */
	expectations(): readonly Expectation[];
	readonly statistics: Readonly<ConntrackStatistics>;
	delete(connection: Connection): void;
	/** Puts one in by hand. @returns EEXIST when one of its tuples is taken, EINVAL for a state that TCP does not have; null when it is in */
	create(draft: ConntrackDraft): string | null;
	/** Changes one by hand. */
	update(connection: Connection, change: ConntrackUpdate): void;
	flush(): void;
	flushExpectations(): void;
	/** `conntrack -E`. @returns what ends the subscription */
	listen(listener: (change: ConntrackChange, connection: Connection) => void): () => void;
	/** `conntrack -E expect` */
	listenExpectations(listener: ExpectationListener): () => void;
	/** A reset was sent for a packet of this connection (REJECT): TCP's is as good as closed (nf_ct_set_closing). */
	setClosing(connection: Connection): void;
	/** an address or an interface went: MASQUERADEd connections through it are forgotten */
	interfaceDown(name: string): void;
}
