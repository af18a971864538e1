/**
 * Everything without a tracker of its own: addresses and protocol alone make the flow. GRE, which the kernel knows, only
 * has its own time-outs here.
 *
 * Not simulated: the states of SCTP (its flows are known by their ports), GRE's keys.
 */
import { STATUS } from './connection';
import { EVENT, type Flow } from './flow';
import type { Tracker } from './tracker';

const GRE = 47;
const TIMEOUT = 'net.netfilter.nf_conntrack_generic_timeout';
const GRE_TIMEOUT = 'net.netfilter.nf_conntrack_gre_timeout';
const GRE_STREAM = 'net.netfilter.nf_conntrack_gre_timeout_stream';

export function genericPacket(flow: Flow, direction: 0 | 1, length: number, table: Tracker): void {
	if (flow.original.protocol !== GRE) {
		table.refresh(flow, direction, length, table.setting(TIMEOUT));
		return;
	}
	const answered = (flow.status & STATUS.seenReply) !== 0;
	table.refresh(flow, direction, length, table.setting(answered ? GRE_STREAM : GRE_TIMEOUT));
	if (!answered || flow.status & STATUS.assured) return;
	flow.status |= STATUS.assured;
	flow.pending |= EVENT.assured;
}
