/**
 * udp: source and destination port (xt_tcpudp).
 */
import { OptionError, type MatchExtension } from '../extension';
import type { Skb } from '../skb';
import { checkPlace } from './place';
import {
	ANY_PORT,
	isAnyPort,
	isFull,
	listPorts,
	portMatches,
	portMismatch,
	portRows,
	savePorts,
	type PortRange
} from './ports';

export interface Udp {
	source: PortRange;
	destination: PortRange;
}

const UDP_PROTOCOL = 17;

/** nf_tables makes expressions of it, unless it says nothing */
export function isNativeUdp({ source, destination }: Udp): boolean {
	return !isAnyPort(source) || !isAnyPort(destination);
}

function explain(data: Udp, skb: Skb, matched: boolean): string {
	if (matched) return `UDP from port ${skb.sourcePort} to port ${skb.destinationPort}`;
	return (
		portMismatch('destination', data.destination, skb.destinationPort) ??
		portMismatch('source', data.source, skb.sourcePort) ??
		'there is no UDP header to read'
	);
}

export const udp: MatchExtension<Udp> = {
	name: 'udp',
	families: ['ip', 'ip6'],
	summary: 'ports of UDP',
	options: portRows('sport', 'dport', { type: 'port-range' }),
	init: () => ({ source: ANY_PORT, destination: ANY_PORT }),
	parse(draft, { id, range, invert }) {
		draft[id === 'sport' ? 'source' : 'destination'] = { low: range[0], high: range[1], invert };
	},
	finish(draft, _seen, context) {
		if (context.variant !== 'nf_tables' || !isNativeUdp(draft)) return;
		if (context.rule.protocol?.number !== UDP_PROTOCOL)
			throw new OptionError("UDP match requires '-p udp'", 'parameter', true);
	},
	list: (data, { names, numeric }) =>
		` udp${listPorts('spt', data.source, 'udp', names, numeric)}${listPorts('dpt', data.destination, 'udp', names, numeric)}`,
	save: (data) => savePorts('sport', data.source) + savePorts('dport', data.destination),
	check: (data, place) =>
		place.variant === 'nf_tables' && isNativeUdp(data) ? null : checkPlace(place, { protocols: [UDP_PROTOCOL] }),
	ports: ({ source, destination }) =>
		(source.invert && !isFull(source)) || (destination.invert && !isFull(destination))
			? null
			: {
					source: [source.low, source.high],
					destination: [destination.low, destination.high],
					flagMask: 0,
					flagValue: 0
				},
	// ICMP's type and code stand where ports would
	compile:
		({ source, destination }) =>
		(skb) =>
			skb.protocol !== 1 && portMatches(destination, skb.destinationPort) && portMatches(source, skb.sourcePort),
	explain
};
