/**
 * Hands a packet to its protocol's tracker, after a look at whether it is a packet of that protocol at all.
 *
 * Reads: nf_conntrack_checksum (checksums are looked at where packets come in).
 */
import type { IcmpMessage, TcpSegment } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import type { Skb } from '../skb';
import type { Flow } from './flow';
import { genericPacket } from './generic';
import { ICMP_TYPE_MAX, icmpPacket } from './icmp';
import { RAW_CHECKS, UDPLITE } from './raw-checks';
import { tcpNew, tcpPacket } from './tcp';
import { validFlags } from './tcp-table';
import { TRACKED, type Tracker } from './tracker';
import { udpPacket } from './udp';

const CHECKSUM = 'net.netfilter.nf_conntrack_checksum';
const WRONG_CHECKSUM = 'its checksum is wrong';

function verifies(skb: Skb, table: Tracker): boolean {
	return skb.hook === 'PREROUTING' && table.setting(CHECKSUM) !== 0;
}

/** @returns one of `TRACKED`. TCP, UDP and ICMP that cannot be read come as raw payload. */
export function trackByProtocol(flow: Flow, skb: Skb, table: Tracker): number {
	const payload = skb.packet.payload;
	const { direction, length } = skb;
	switch (payload.kind) {
		case 'tcp': {
			const problem = tcpProblem(payload, skb, table);
			if (problem !== null) return invalid(table, problem);
			if (flow.slot < 0 && !tcpNew(flow, payload, table)) return TRACKED.invalid;
			return tcpPacket(flow, payload, direction, length, table);
		}
		case 'udp':
			if (payload.checksum !== undefined && verifies(skb, table)) return invalid(table, WRONG_CHECKSUM);
			udpPacket(flow, direction, length, table);
			return TRACKED.accept;
		case 'icmp':
			return icmpPacket(flow, payload, direction, length, table);
		case 'raw':
			return trackRaw(flow, skb, payload.bytes, table);
	}
}

function trackRaw(flow: Flow, skb: Skb, bytes: Uint8Array, table: Tracker): number {
	const { protocol, direction, length } = skb;
	if (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp) return invalid(table, 'its header is cut short');
	const problem = RAW_CHECKS[protocol]?.(bytes, skb.packet, flow.slot < 0, verifies(skb, table)) ?? null;
	if (problem !== null) return invalid(table, problem);
	if (protocol === UDPLITE) udpPacket(flow, direction, length, table);
	else genericPacket(flow, direction, length, table);
	return TRACKED.accept;
}

function invalid(table: Tracker, why: string): number {
	table.explain(why);
	return TRACKED.invalid;
}

function tcpProblem({ checksum, flags }: TcpSegment, skb: Skb, table: Tracker): string | null {
	if (checksum !== undefined && verifies(skb, table)) return WRONG_CHECKSUM;
	return validFlags(flags) ? null : 'no TCP sends that combination of flags';
}

/** Why a message is none; looked at before its flow is. */
export function icmpProblem({ checksum, type }: IcmpMessage, skb: Skb, table: Tracker): string | null {
	if (checksum !== undefined && verifies(skb, table)) return WRONG_CHECKSUM;
	return type > ICMP_TYPE_MAX ? `there is no ICMP message of type ${type}` : null;
}
