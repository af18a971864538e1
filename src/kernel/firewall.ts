/**
 * Netfilter in its host: plugs it into the IP layer's hooks and gives it what it asks of the kernel.
 *
 * Does: answers `HostServices` from the network stack; runs the hooks only while there is something at them; tells the
 *       trace of each packet's walk.
 * Reads: routes, sockets, settings of the stack. Entry: `host.ts` makes one; `firewall-calls.ts` is its door for programs.
 */
import type { Conntrack } from '#netfilter/conntrack/conntrack';
import { CONNTRACK_SETTINGS } from '#netfilter/conntrack/settings';
import { answerTo, Netfilter, proxyTracking, untracked } from '#netfilter/netfilter';
import type { AddressType, HostServices } from '#netfilter/services';
import type { Skb } from '#netfilter/skb';
import type { Ipv4Address, Ipv4Packet, TcpSegment } from '#wire/packet';
import { isMulticast, LIMITED_BROADCAST } from './net/address';
import { Reassembler } from './net/fragment';
import { acceptAll } from './net/hooks';
import { broadcastsOf } from './net/route';
import type { NetStack } from './net/stack';
import { makeCookie, openCookie } from './net/tcp-cookie';

export function makeFirewall(
	stack: NetStack,
	log: (line: string, level: number) => void,
	bootTime: () => number
): Netfilter {
	const netfilter: Netfilter = new Netfilter(
		stack.host,
		hostServices(stack, log, bootTime, () => netfilter.conntrack)
	);
	netfilter.onChange = () => {
		stack.hooks = netfilter.idle ? acceptAll : netfilter;
	};
	for (const [name, value] of Object.entries(CONNTRACK_SETTINGS)) stack.settings.declare(name, value);
	shareSetting(stack.settings, 'net.nf_conntrack_max', 'net.netfilter.nf_conntrack_max');
	stack.settings.declareGauge('net.netfilter.nf_conntrack_count', () => netfilter.conntrack.count);
	stack.onAddressGone = (name) => netfilter.conntrack.interfaceDown(name);
	netfilter.onWalk = (event) => stack.engine.emit(event);
	return netfilter;
}

/** Two names of one number. */
function shareSetting(settings: NetStack['settings'], one: string, other: string): void {
	const value = settings.get(other);
	const follow = (name: string) => (now: string) => {
		if (settings.get(name) !== now) settings.set(name, now);
	};
	settings.declare(one, value, follow(other));
	settings.declare(other, value, follow(one));
}

function hostServices(
	stack: NetStack,
	log: (line: string, level: number) => void,
	bootTime: () => number,
	conntrack: () => Conntrack
): HostServices {
	const { engine, routing, settings } = stack;
	const indices = new Map<string, number>();
	const reassembler = new Reassembler(engine, () => {});
	return {
		now: () => engine.now,
		uptime: () => engine.now - bootTime(),
		random: () => stack.random.uint32(),
		at(time, action) {
			const id = engine.after(Math.max(0, time - engine.now), action);
			return () => engine.cancel(id);
		},
		log: (level, line) => log(line, level),
		interfaceIndex(name) {
			const known = indices.get(name);
			if (known !== undefined) return known;
			indices.set(name, indices.size + 1);
			return indices.size;
		},
		setting: (name) => (settings.has(name) ? settings.number(name) : 0),
		changeSetting: (name, value) => settings.set(name, value),
		addressType: (address, name) => addressType(stack, address, name),
		routeTo(destination) {
			const route = routing.lookup(destination);
			return route.interface && { interface: route.interface.name, source: route.source };
		},
		routeMtu: (destination) => stack.ip.mtuTo(destination),
		interfaceAddress: (name) => stack.interfaces.find((one) => one.name === name)?.addresses[0]?.address ?? null,
		socketFor: (skb) => socketFor(stack, skb),
		reassemble: (piece) => reassembler.addPiece(piece),
		sendIcmpError(about, type, code) {
			stack.icmp.reject(about.packet, { type, code, rest: 0 }, answerTo(about));
		},
		sendReset(about) {
			const { packet } = about;
			const segment = packet.payload;
			if (segment.kind !== 'tcp' || segment.checksum !== undefined) return;
			const ends = {
				localAddress: packet.destination,
				localPort: segment.destinationPort,
				remoteAddress: packet.source,
				remotePort: segment.sourcePort
			};
			stack.tcp.sendReset(segment, ends, answerTo(about));
			if (about.connection) conntrack().setClosing(about.connection);
		},
		sendVia(packet, neighbour, outgoing, mark) {
			const route = routing.lookup(neighbour);
			if (outgoing !== null && route.interface?.name !== outgoing) return;
			const context = { mark, frame: null, uid: -1, gid: -1, journey: 0, tracking: untracked() };
			stack.ip.output(packet, context, { ...route, gateway: route.gateway ?? neighbour });
		},
		synCookie: {
			make: (packet, segment, mss) =>
				makeCookie(stack.tcp.secret, endsOf(segment, packet), segment.sequence, sized(mss), engine.now, 0).sequence,
			open(packet, { acknowledgement, sequence, ...segment }) {
				const ends = endsOf(segment, packet);
				return openCookie(stack.tcp.secret, ends, acknowledgement, sequence, engine.now, null)?.mss ?? null;
			}
		},
		sendProxied(packet, tracking) {
			const context = { mark: 0, frame: null, uid: -1, gid: -1, journey: 0, tracking: proxyTracking(tracking) };
			stack.ip.output(packet, context);
		}
	};
}

function endsOf(
	{ sourcePort, destinationPort }: Pick<TcpSegment, 'sourcePort' | 'destinationPort'>,
	packet: Ipv4Packet
) {
	return {
		localAddress: packet.destination,
		localPort: destinationPort,
		remoteAddress: packet.source,
		remotePort: sourcePort
	};
}

/** A SYN that said this and nothing else. */
const sized = (mss: number) => ({ mss, sack: false, timestamps: false, windowScale: -1 });

/** By the local table alone, as `inet_addr_type` asks: what is not an own address or broadcast is UNICAST. */
function addressType(stack: NetStack, address: Ipv4Address, name?: string): AddressType {
	if (address >>> 24 === 0 || address === LIMITED_BROADCAST) return 'BROADCAST';
	if (isMulticast(address)) return 'MULTICAST';
	const route = stack.routing.lookup(address);
	if (route.type !== 'local' && route.type !== 'broadcast') return 'UNICAST';
	if (name !== undefined && holder(stack, address) !== name) return 'UNICAST';
	return route.type === 'local' ? 'LOCAL' : 'BROADCAST';
}

/** The interface that has an address, or whose broadcast address it is. */
function holder(stack: NetStack, address: Ipv4Address): string {
	const found = stack.interfaces.find((one) =>
		one.addresses.some((own) => own.address === address || broadcastsOf(own).has(address))
	);
	return found?.name ?? 'lo';
}

function socketFor(stack: NetStack, skb: Skb): ReturnType<HostServices['socketFor']> {
	const { packet, sourcePort, destinationPort } = skb;
	const { kind } = packet.payload;
	if (kind !== 'tcp' && kind !== 'udp') return null;
	return stack[kind].takerOf(packet.destination, destinationPort, packet.source, sourcePort);
}
