/** Rules and packets of the netfilter benchmarks: UDP from 10.1.0.0/16 to a port that the packets do not have. */
import type { RuleSpec } from '#netfilter/rule';
import type { Services } from '#netfilter/services';
import { CT } from '#netfilter/skb';
import type { Ipv4Packet } from '#wire/packet';

export function tcpUdpRule(port: number): RuleSpec {
	return {
		source: { address: 0x0a010000, mask: 0xffff0000, invert: false },
		destination: null,
		incoming: null,
		outgoing: null,
		protocol: { number: 17, invert: false },
		fragment: null,
		matches: [
			{
				name: 'udp',
				data: {
					source: { low: 0, high: 65535, invert: false },
					destination: { low: port, high: port, invert: false }
				}
			}
		],
		target: { kind: 'verdict', verdict: 'DROP' }
	};
}

/** Asks for a state that no packet here has, so that connections are tracked. */
export function stateRule(): RuleSpec {
	return {
		...tcpUdpRule(0),
		source: null,
		protocol: null,
		matches: [{ name: 'state', data: { states: CT.invalid, invert: false } }]
	};
}

export function packetOf(port: number): Ipv4Packet {
	return {
		kind: 'ipv4',
		tos: 0,
		identification: 1,
		dontFragment: false,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: 64,
		protocol: 17,
		source: 0x0a010001,
		destination: 0x0a020001,
		options: new Uint8Array(0),
		payload: { kind: 'udp', sourcePort: 40_000, destinationPort: port, payload: new Uint8Array(18) }
	};
}

/** No rule of the benchmarks asks the host for anything. */
export function testServices(): Services {
	return { interfaceIndex: () => 1 } as unknown as Services;
}
