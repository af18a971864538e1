/**
 * ICMP under tracking: queries are flows of their own, known by their identifier; errors belong to the flow that they
 * quote (nf_conntrack_proto_icmp).
 */
import type { IcmpMessage } from '#wire/packet';
import { STATUS } from './connection';
import type { Flow } from './flow';
import { TRACKED, type Tracker } from './tracker';

/** unreachable, source quench, redirect, time exceeded, parameter problem */
export function isIcmpError(type: number): boolean {
	return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** NR_ICMP_TYPES */
export const ICMP_TYPE_MAX = 18;

/** echo, timestamp, information, address mask */
const QUERIES: ReadonlySet<number> = new Set([8, 13, 15, 17]);

export function icmpPacket(flow: Flow, message: IcmpMessage, direction: 0 | 1, length: number, table: Tracker): number {
	if (!(flow.status & STATUS.confirmed) && !QUERIES.has(message.type)) {
		table.explain(`nobody asked for an ICMP message of type ${message.type}`);
		return TRACKED.invalid;
	}
	table.refresh(flow, direction, length, table.setting('net.netfilter.nf_conntrack_icmp_timeout'));
	return TRACKED.accept;
}
