/**
 * UDP under tracking: a flow that is answered, and still going after two seconds, is a stream and is remembered longer
 * (nf_conntrack_proto_udp in Linux 6.x).
 */
import { STATUS } from './connection';
import { EVENT, type Flow } from './flow';
import type { Tracker } from './tracker';

const STREAM_AFTER = 2_000_000;
const UNREPLIED = 'net.netfilter.nf_conntrack_udp_timeout';
const STREAM = 'net.netfilter.nf_conntrack_udp_timeout_stream';

export function udpPacket(flow: Flow, direction: 0 | 1, length: number, table: Tracker): void {
	if (!(flow.status & STATUS.confirmed)) flow.streamFrom = table.now() + STREAM_AFTER;
	const stream = (flow.status & STATUS.seenReply) !== 0 && table.now() > flow.streamFrom;
	table.refresh(flow, direction, length, table.setting(stream ? STREAM : UNREPLIED));
	if (!stream || flow.status & STATUS.assured) return;
	flow.status |= STATUS.assured;
	flow.pending |= EVENT.assured;
}
