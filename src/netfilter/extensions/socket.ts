/** socket: some socket of this host would take the packet. */
import { parseIpv4 } from '#wire/ipv4';
import { PROTOCOL, type TcpSegment, type UdpDatagram } from '#wire/packet';
import type { MatchExtension } from '../extension';
import type { Services } from '../services';
import { Skb } from '../skb';
import { checkPlace } from './place';

interface Socket {
	transparent: boolean;
	nowildcard: boolean;
	restoreMark: boolean;
}

const FLAGS = [
	{ field: 'transparent', option: 'transparent', help: 'only transparent sockets' },
	{ field: 'nowildcard', option: 'nowildcard', help: 'also sockets that are bound to no address' },
	{ field: 'restoreMark', option: 'restore-skmark', help: "the packet takes the socket's mark" }
] as const;

const text = (data: Socket): string => FLAGS.map(({ field, option }) => (data[field] ? ` --${option}` : '')).join('');

/** The first bytes that an ICMP error quotes hold the ports. */
const QUOTED_PORTS = 4;
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

/** An ICMP error is looked up by the packet that it is about, turned round; null: nothing to look up. */
function lookedUp(skb: Skb): Skb | null {
	const payload = skb.packet.payload;
	if (payload.kind === 'tcp' || payload.kind === 'udp') return skb;
	if (payload.kind !== 'icmp' || !ICMP_ERRORS.has(payload.type)) return null;
	const quoted = parseIpv4(payload.payload);
	if (!quoted || (quoted.protocol !== PROTOCOL.tcp && quoted.protocol !== PROTOCOL.udp)) return null;
	const inside = payload.payload.subarray((payload.payload[0]! & 15) * 4);
	if (inside.length < QUOTED_PORTS) return null;
	const [from, to] = [(inside[0]! << 8) | inside[1]!, (inside[2]! << 8) | inside[3]!];
	const about = new Skb();
	const transport = quoted.protocol === PROTOCOL.udp ? datagramOf(to, from) : segmentOf(to, from);
	about.replace({ ...quoted, source: quoted.destination, destination: quoted.source, payload: transport });
	return about;
}

function datagramOf(sourcePort: number, destinationPort: number): UdpDatagram {
	return { kind: 'udp', sourcePort, destinationPort, payload: new Uint8Array(0) };
}

function segmentOf(sourcePort: number, destinationPort: number): TcpSegment {
	return {
		kind: 'tcp',
		sourcePort,
		destinationPort,
		sequence: 0,
		acknowledgement: 0,
		flags: 0,
		window: 0,
		urgentPointer: 0,
		options: [],
		payload: new Uint8Array(0)
	};
}

function found(data: Socket, skb: Skb, services: Services): boolean {
	// no socket is transparent
	if (data.transparent) return false;
	const about = lookedUp(skb);
	const socket = about && services.socketFor(about);
	return socket !== null && (!socket.wildcard || data.nowildcard);
}

export const socket: MatchExtension<Socket> = {
	name: 'socket',
	families: ['ip', 'ip6'],
	summary: 'some socket of this host would take the packet',
	notSimulated: 'Sockets have no marks and are never transparent.',
	options: FLAGS.map(({ field, option, help }) => ({ name: option, id: field, type: 'none', help })),
	init: () => ({ transparent: false, nowildcard: false, restoreMark: false }),
	parse(draft, { id }) {
		draft[id as keyof Socket] = true;
	},
	list: (data) => ` socket${text(data)}`,
	save: text,
	check: (_data, place) => checkPlace(place, { hooks: ['PREROUTING', 'INPUT'] }),
	compile: (data, services) => (skb) => found(data, skb, services),
	explain: (_data, _skb, matched) =>
		matched ? 'a socket would take the packet' : 'no such socket would take the packet'
};
