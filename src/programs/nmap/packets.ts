/**
 * The packets that nmap sends, and what it makes of those that come back.
 *
 * Does: TCP, UDP and ICMP probes as nmap 7.93 sends them (44-byte SYN with MSS 1460 and window 1024, a TTL between 37 and
 *       59, payloads for ports whose servers answer to nothing else), ARP requests; the answers as `Answer`.
 */
import { parseArp } from '#wire/arp';
import { BROADCAST_MAC } from '#wire/address';
import { buildFrame } from '#wire/ethernet';
import { buildIpv4, parseIpv4 } from '#wire/ipv4';
import { ETHERTYPE, PROTOCOL, TCP, type Frame, type IcmpMessage, type Ipv4Packet } from '#wire/packet';

export type Probe =
	| { readonly kind: 'tcp'; readonly port: number; readonly flags: number }
	| { readonly kind: 'udp'; readonly port: number }
	| { readonly kind: 'icmp'; readonly type: 8 | 13 | 17 }
	| { readonly kind: 'arp' }
	| { readonly kind: 'connect'; readonly port: number };

/** How a probe's packet is made unlike others. */
export interface Dress {
	readonly source: number;
	readonly destination: number;
	/** TCP and UDP: the source port; ICMP: the identifier */
	readonly mark: number;
	readonly sequence: number;
	readonly ttl: number;
	readonly identification: number;
	readonly dataLength: number;
	readonly badSum: boolean;
}

const NOTHING = new Uint8Array(0);
const MSS = { kind: 'mss', value: 1460 } as const;
const WINDOW = 1024;

const DNS_STATUS = Uint8Array.from([0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const NTP_CLIENT = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xe3 : 0));
/** what makes the servers of these UDP ports answer */
const PAYLOADS: ReadonlyMap<number, Uint8Array> = new Map([
	[7, Uint8Array.from([0x0d, 0x0a, 0x0d, 0x0a])],
	[53, DNS_STATUS],
	[123, NTP_CLIENT],
	[5353, DNS_STATUS]
]);

export function buildProbe(probe: Exclude<Probe, { kind: 'arp' | 'connect' }>, dress: Dress): Uint8Array {
	return buildIpv4({
		kind: 'ipv4',
		tos: 0,
		identification: dress.identification,
		dontFragment: false,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: dress.ttl,
		protocol: PROTOCOL[probe.kind],
		source: dress.source,
		destination: dress.destination,
		options: NOTHING,
		payload: buildPayload(probe, dress)
	});
}

function buildPayload(
	probe: Exclude<Probe, { kind: 'arp' | 'connect' }>,
	{ mark, sequence, dataLength, badSum }: Dress
): Ipv4Packet['payload'] {
	const data = dataLength > 0 ? new Uint8Array(dataLength) : NOTHING;
	const wrong = badSum ? { checksum: 0x1234 } : {};
	switch (probe.kind) {
		case 'tcp': {
			const { flags, port } = probe;
			return {
				kind: 'tcp',
				sourcePort: mark,
				destinationPort: port,
				sequence,
				acknowledgement: flags & TCP.ack ? acknowledged(sequence) : 0,
				flags,
				window: WINDOW,
				urgentPointer: 0,
				options: flags & TCP.syn ? [MSS] : [],
				payload: data,
				...wrong
			};
		}
		case 'udp': {
			const payload = dataLength > 0 ? data : (PAYLOADS.get(probe.port) ?? NOTHING);
			return { kind: 'udp', sourcePort: mark, destinationPort: probe.port, payload, ...wrong };
		}
		case 'icmp': {
			const more = probe.type === 8 ? data : new Uint8Array(probe.type === 13 ? 12 : 4);
			return { kind: 'icmp', type: probe.type, code: 0, rest: mark * 0x10000, payload: more };
		}
	}
}

export function buildArpRequest(mac: number, own: number, wanted: number): Uint8Array {
	const payload: Frame['payload'] = {
		kind: 'arp',
		operation: 1,
		senderMac: mac,
		senderIp: own,
		targetMac: 0,
		targetIp: wanted
	};
	return buildFrame({ destination: BROADCAST_MAC, source: mac, type: ETHERTYPE.arp, payload });
}

/** Who answered an ARP request in a frame without its Ethernet header; undefined for anything else. */
export function arpAnswer(bytes: Uint8Array): { readonly address: number; readonly mac: number } | undefined {
	const arp = parseArp(bytes);
	return arp?.operation === 2 ? { address: arp.senderIp, mac: arp.senderMac } : undefined;
}

/** What a probe with ACK says that it has received. */
function acknowledged(sequence: number): number {
	return (sequence ^ 0x5a5a5a5a) >>> 0;
}

/** SYN and FIN count as a byte each. */
const CONTROL_BYTES = 2;

/** Whether a segment answers a probe with that sequence number, and not an older one from the same port. */
export function answersSegment(
	said: Extract<Answer['said'], { kind: 'tcp' }>,
	probe: Extract<Probe, { kind: 'tcp' }>,
	sequence: number,
	dataLength: number
): boolean {
	if (probe.flags & TCP.ack && said.flags & TCP.rst) return said.sequence === acknowledged(sequence);
	return (said.flags & TCP.ack) !== 0 && (said.acknowledgement - sequence) >>> 0 <= CONTROL_BYTES + dataLength;
}

/** A packet that may answer a probe to `about`. */
export interface Answer {
	/** the host that was asked */
	readonly about: number;
	/** who says so: the host, or a router on the way */
	readonly from: number;
	readonly ttl: number;
	readonly protocol: 'tcp' | 'udp' | 'icmp';
	/** our source port or identifier, and the port that was asked */
	readonly mark: number;
	readonly port: number;
	readonly said:
		| {
				readonly kind: 'tcp';
				readonly flags: number;
				readonly window: number;
				readonly sequence: number;
				readonly acknowledgement: number;
		  }
		| { readonly kind: 'udp' }
		| { readonly kind: 'reply'; readonly type: number }
		| { readonly kind: 'error'; readonly type: number; readonly code: number };
}

export function readAnswer(bytes: Uint8Array): Answer | undefined {
	const packet = parseIpv4(bytes);
	if (!packet) return undefined;
	const { source, ttl, payload } = packet;
	const base = { about: source, from: source, ttl };
	switch (payload.kind) {
		case 'tcp': {
			const { flags, window, sequence, acknowledgement } = payload;
			const said = { kind: 'tcp', flags, window, sequence, acknowledgement } as const;
			return { ...base, protocol: 'tcp', mark: payload.destinationPort, port: payload.sourcePort, said };
		}
		case 'udp':
			return {
				...base,
				protocol: 'udp',
				mark: payload.destinationPort,
				port: payload.sourcePort,
				said: { kind: 'udp' }
			};
		case 'icmp':
			return icmpAnswer(payload, base);
		case 'raw':
			return undefined;
	}
}

const REPLIES: ReadonlySet<number> = new Set([0, 14, 18]);

function icmpAnswer(
	message: IcmpMessage,
	base: { readonly about: number; readonly from: number; readonly ttl: number }
): Answer | undefined {
	if (REPLIES.has(message.type)) {
		const said = { kind: 'reply', type: message.type } as const;
		return { ...base, protocol: 'icmp', mark: message.rest >>> 16, port: 0, said };
	}
	if (message.type !== 3 && message.type !== 11) return undefined;
	const inner = parseIpv4(message.payload);
	if (!inner) return undefined;
	const said = { kind: 'error', type: message.type, code: message.code } as const;
	const found = quotedPorts(inner);
	return found && { ...base, about: inner.destination, ...found, said };
}

/** The ports of a packet that an error quotes: eight bytes of it are sure to be there. */
function quotedPorts({ protocol, payload }: Ipv4Packet): Pick<Answer, 'protocol' | 'mark' | 'port'> | undefined {
	if (payload.kind === 'tcp' || payload.kind === 'udp')
		return { protocol: payload.kind, mark: payload.sourcePort, port: payload.destinationPort };
	if (payload.kind === 'icmp') return { protocol: 'icmp', mark: payload.rest >>> 16, port: 0 };
	const { bytes } = payload;
	if (bytes.length < 8) return undefined;
	const word = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
	if (protocol === PROTOCOL.icmp) return { protocol: 'icmp', mark: word(4), port: 0 };
	if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) return undefined;
	return { protocol: protocol === PROTOCOL.tcp ? 'tcp' : 'udp', mark: word(0), port: word(2) };
}
