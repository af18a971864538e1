/**
 * NAT of one packet: its addresses and ports, or those of the packet that it is an error about, become what its
 * connection was given (nf_nat_packet, nf_nat_icmp_reply_translation).
 */
import { PROTOCOL } from '#wire/packet';
import { STATUS } from '../conntrack/connection';
import type { Flow } from '../conntrack/flow';
import { invert } from '../conntrack/tuple';
import type { Skb } from '../skb';
import type { Manipulation } from './choose';
import { rewrite, rewriteQuoted } from './rewrite';

const NAT_MASK = STATUS.sourceNat | STATUS.destinationNat;
const DONE_MASK = STATUS.sourceNatDone | STATUS.destinationNatDone;
const REDIRECT = 5;

/** What is the source for one direction is the destination for the other. */
function concerns(flow: Flow, kind: Manipulation, direction: 0 | 1): boolean {
	const source = (kind === 'source') === (direction === 0);
	return (flow.status & (source ? STATUS.sourceNat : STATUS.destinationNat)) !== 0;
}

/** RFC 2784 and RFC 2637 */
const GRE = 47;
const GRE_VERSIONS = 2;
const GRE_HEADER = 8;

/** GRE that is cut short cannot be rewritten, nor the destination in a version that nobody knows (gre_manip_pkt). */
function isStrangeGre({ packet }: Skb, kind: Manipulation): boolean {
	const { payload } = packet;
	if (packet.protocol !== GRE || payload.kind !== 'raw' || packet.fragmentOffset > 0) return false;
	if (payload.bytes.length < GRE_HEADER) return true;
	return kind === 'destination' && (payload.bytes[1]! & 7) >= GRE_VERSIONS;
}

/** @returns false when the packet must be dropped */
export function translatePacket(skb: Skb, flow: Flow, kind: Manipulation): boolean {
	if (!concerns(flow, kind, skb.direction)) return true;
	if (isStrangeGre(skb, kind)) return false;
	const target = invert(flow.tuple(skb.direction === 0 ? 1 : 0));
	if (target) skb.replace(rewrite(skb.packet, kind, target));
	return true;
}

/** @returns false when the error must be dropped */
export function translateError(skb: Skb, flow: Flow, kind: Manipulation): boolean {
	const message = skb.packet.payload;
	if (message.kind !== 'icmp') return true;
	if (message.type === REDIRECT) {
		// a translated host would be sent astray by it
		if ((flow.status & DONE_MASK) !== DONE_MASK || flow.status & NAT_MASK) return false;
	}
	if (!concerns(flow, kind, skb.direction)) return true;
	const opposite = flow.tuple(skb.direction === 0 ? 1 : 0);
	const payload = rewriteQuoted(message.payload, kind === 'source' ? 'destination' : 'source', opposite);
	const target = invert(opposite);
	if (!target) return false;
	const outer = { ...target, protocol: PROTOCOL.icmp };
	const packet = rewrite({ ...skb.packet, payload: { ...message, payload } }, kind, outer);
	skb.replace(packet);
	return true;
}
