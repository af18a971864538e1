/** NAT's small print: which bit says that a mapping is settled, what is chosen from where no rule says it, NETMAP. */
import { STATUS } from '../conntrack/connection';
import type { NatRange } from '../conntrack/conntrack';
import type { Flow } from '../conntrack/flow';
import { after } from '../conntrack/sequence-adjust';
import { S } from '../conntrack/tcp-table';
import type { Skb } from '../skb';
import type { Manipulation } from './choose';

/** A finished TCP connection gives way to one that opens with a later sequence number, so that nobody mixes them up. */
export function givesWay(old: Flow, opening: Flow): boolean {
	if (!old.tcp || opening.tcp?.state !== S.synSent || !(old.status & STATUS.sourceNat)) return false;
	if (old.tcp.state < S.timeWait || old.status & STATUS.fixedTimeout) return false;
	return after(opening.tcp.ends[0].end, old.tcp.ends[0].end);
}

export function done(kind: Manipulation): number {
	return kind === 'source' ? STATUS.sourceNatDone : STATUS.destinationNatDone;
}

/** No rule said anything: addresses stay, but ports may have to give way. */
export function nullRange(flow: Flow, kind: Manipulation): NatRange {
	const address = kind === 'source' ? flow.reply.destination : flow.reply.source;
	return { minimum: address, maximum: address, minimumPort: null, maximumPort: null };
}

/** The network part of the range's address, the host part of the packet's. */
export function netmapped(skb: Skb, kind: Manipulation, range: NatRange): NatRange {
	const mask = range.maximum ?? 0xffffffff;
	const own = kind === 'source' ? skb.packet.source : skb.packet.destination;
	const address = ((own & ~mask) | ((range.minimum ?? 0) & mask)) >>> 0;
	return { ...range, minimum: address, maximum: address, netmap: false };
}
