/** TFTP (RFC 1350): the server answers a request from a port of its own, to the port that asked (nf_conntrack_tftp). */
import { PROTOCOL } from '#wire/packet';
import { STATUS } from './connection';
import type { Helper } from './helper';

const READ = 1;
const WRITE = 2;
const LIFE = 300;

export const tftp: Helper = (skb, flow, direction, table) => {
	const datagram = skb.packet.payload;
	if (datagram.kind !== 'udp' || datagram.payload.length < 2) return true;
	const opcode = (datagram.payload[0]! << 8) | datagram.payload[1]!;
	if (opcode !== READ && opcode !== WRITE) return true;
	const { source, destination, destinationPort } = flow.reply;
	const translated = (flow.status & (STATUS.sourceNat | STATUS.destinationNat)) !== 0;
	const refused = table.expect(
		{
			master: flow,
			helper: 'tftp',
			protocol: PROTOCOL.udp,
			source,
			sourcePort: null,
			destination,
			destinationPort,
			saved: translated ? { port: flow.original.sourcePort, direction: direction === 0 ? 1 : 0 } : null
		},
		LIFE,
		1
	);
	return refused === null;
};
