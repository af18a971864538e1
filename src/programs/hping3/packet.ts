/** The packets of hping3: one with each tick, built from the options. */
import { buildIcmp } from '#wire/icmp';
import { buildIpv4 } from '#wire/ipv4';
import { PROTOCOL, TCP, type Ipv4Packet, type TcpOption } from '#wire/packet';
import { buildTcp } from '#wire/tcp';
import { buildUdp } from '#wire/udp';
import type { HpingOptions, Mode } from './options';

/** what changes from packet to packet */
export interface Shot {
	readonly source: number;
	readonly destination: number;
	readonly sourcePort: number;
	readonly port: number;
	readonly ttl: number;
	readonly identification: number;
	readonly sequence: number;
	readonly acknowledgement: number;
	/** ICMP */
	readonly icmpId: number;
	readonly icmpSequence: number;
	/** microseconds since midnight, for the timestamp request */
	readonly sinceMidnight: number;
	readonly data: Uint8Array;
}

/** bytes of IP payload in a fragment of -f */
const FRAGMENT = 16;
const IPV4_HEADER = 20;

export const PROTOCOL_OF: Readonly<Record<Exclude<Mode, 'raw'>, number>> = {
	tcp: PROTOCOL.tcp,
	scan: PROTOCOL.tcp,
	icmp: PROTOCOL.icmp,
	udp: PROTOCOL.udp
};

/** bytes of headers, as the first line tells them */
export const HEADERS: Readonly<Record<Mode, number>> = { tcp: 40, scan: 40, icmp: 28, udp: 28, raw: 20 };

/** One packet, or its fragments. @param linkMtu of the interface */
export function buildShot(options: HpingOptions, shot: Shot, linkMtu: number): Uint8Array[] {
	const payload = buildPayload(options, shot);
	const protocol = options.mode === 'raw' ? options.protocol : PROTOCOL_OF[options.mode];
	const wanted = options.fragment ? (options.mtu ?? FRAGMENT) : linkMtu - IPV4_HEADER;
	const size = Math.max(8, wanted - (wanted % 8));
	const pieces: Uint8Array[] = [];
	for (let at = 0; at === 0 || at < payload.length; at += size) {
		const isLast = at + size >= payload.length;
		pieces.push(
			buildIpv4({
				kind: 'ipv4',
				tos: options.tos,
				identification: shot.identification,
				dontFragment: options.dontFragment,
				moreFragments: options.moreFragments || !isLast,
				fragmentOffset: at + options.fragmentOffset * 8,
				ttl: shot.ttl,
				protocol,
				source: shot.source,
				destination: shot.destination,
				options: new Uint8Array(0),
				payload: { kind: 'raw', bytes: payload.slice(at, at + size) }
			})
		);
	}
	return pieces;
}

function buildPayload(options: HpingOptions, shot: Shot): Uint8Array {
	const { mode, badChecksum } = options;
	const wrong = badChecksum ? { checksum: 0x5555 } : {};
	const { source, destination, data } = shot;
	if (mode === 'raw') return data;
	if (mode === 'icmp') {
		const rest = shot.icmpId * 0x10000 + shot.icmpSequence;
		return buildIcmp({
			kind: 'icmp',
			type: options.icmpType,
			code: options.icmpCode,
			rest,
			payload: icmpPayload(options, shot),
			...wrong
		});
	}
	const ports = { sourcePort: shot.sourcePort, destinationPort: shot.port };
	if (mode === 'udp') return buildUdp({ kind: 'udp', ...ports, payload: data, ...wrong }, source, destination);
	const { flags, window } = options;
	const segment: Extract<Ipv4Packet['payload'], { kind: 'tcp' }> = {
		kind: 'tcp',
		...ports,
		sequence: shot.sequence,
		acknowledgement: shot.acknowledgement,
		flags,
		window,
		urgentPointer: 0,
		options: tcpOptions(options),
		payload: data,
		...wrong
	};
	return buildTcp(segment, source, destination);
}

function tcpOptions({ mss, timestamp, flags }: HpingOptions): TcpOption[] {
	const options: TcpOption[] = [];
	if (mss !== undefined && flags & TCP.syn) options.push({ kind: 'mss', value: mss });
	if (timestamp)
		options.push({ kind: 'nop' }, { kind: 'nop' }, { kind: 'timestamps', value: 0x11223344, echo: 0x11223344 });
	return options;
}

function icmpPayload({ icmpType }: HpingOptions, { data, sinceMidnight }: Shot): Uint8Array {
	if (icmpType === 13) {
		const times = new Uint8Array(12);
		new DataView(times.buffer).setUint32(0, Math.floor(sinceMidnight / 1000));
		return times;
	}
	return icmpType === 17 ? new Uint8Array(4) : data;
}

/** types that hping3 sends without --force-icmp */
export const ICMP_TYPES: ReadonlySet<number> = new Set([0, 3, 4, 5, 8, 11, 13, 17]);
