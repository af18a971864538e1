/**
 * The Internet Protocol (RFC 791, RFC 1122, RFC 1812): the middle of every packet's journey through a host.
 *
 *      from the wire ── PREROUTING ── route ──┬── for this host ── INPUT ──── tcp, udp, icmp, raw sockets
 *                                             └── for another ──── FORWARD ─┐
 *      from a socket ── route ── OUTPUT ────────────────────────────────────┴── POSTROUTING ── neighbour, interface
 *
 * Does: exactly this, and asks netfilter (`Hooks`) at the five places. What the host drops by itself (no route, TTL 0,
 *       a source that cannot be) is told to the trace with its reason, and to the sender by ICMP where the RFCs say so.
 * Reads: routes, settings (ip_forward, rp_filter, ip_default_ttl).
 * Not simulated: IP options (carried, not obeyed), source routing, multicast routing, redirects.
 */
import type { Reason } from '#engine/decision';
import type { Frame, Ipv4Address, Ipv4Packet } from '#wire/packet';
import type { ErrnoCode } from '../syscalls';
import { formatIpv4Address, formatMac } from '#wire/address';
import { isLoopback, isMulticast, LIMITED_BROADCAST } from './address';
import type { DropEvent } from './events';
import { fragment, Reassembler, refragment } from './fragment';
import type { Lost } from '#netfilter/netfilter';
import type { PacketContext } from './hooks';
import { UNREACHABLE } from './icmp';
import type { NetInterface } from './interface';
import { packetLength } from '#wire/length';
import type { Route } from './route';
import { ROUTE_ERRORS } from './route';
import type { NetStack } from './stack';

/** What a higher layer wants sent; the rest of the header is IP's business. */
export interface Outgoing {
	readonly protocol: number;
	/** 0: chosen by the route */
	readonly source: Ipv4Address;
	readonly destination: Ipv4Address;
	readonly payload: Ipv4Packet['payload'];
	/** default: ip_default_ttl */
	readonly ttl?: number;
	readonly tos?: number;
	readonly dontFragment?: boolean;
	/** default: the host's counter */
	readonly identification?: number;
	readonly options?: Uint8Array;
	readonly mark?: number;
	/** effective user id of the sender, and its group */
	readonly uid?: number;
	readonly gid?: number;
	/** netfilter's note of an answer: it belongs to the connection of what it answers */
	readonly tracking?: unknown;
}

const NO_OPTIONS = new Uint8Array(0);
/** a path MTU that was learned is believed that long, microseconds (ip_rt_mtu_expires) */
const PATH_MTU_LIFE = 600_000_000;
const PATH_MTU_MINIMUM = 552;

/** What the sender of a packet that netfilter did not let pass is told. */
const ANSWERS: Readonly<Record<Lost, ErrnoCode | null>> = { dropped: 'EPERM', taken: null };

/** ICMP codes of "destination unreachable" for routes that lead nowhere, when forwarding. */
const FORWARD_ERRORS: Readonly<Partial<Record<Route['type'], number>>> = {
	none: UNREACHABLE.net,
	unreachable: UNREACHABLE.host,
	prohibit: UNREACHABLE.filtered
};

export class Ip {
	readonly #stack: NetStack;
	readonly reassembler: Reassembler;
	#identification: number;
	#pathMtu = new Map<Ipv4Address, { mtu: number; expires: number }>();

	constructor(stack: NetStack) {
		this.#stack = stack;
		this.#identification = stack.random.uint32() & 0xffff;
		this.reassembler = new Reassembler(stack.engine, (first) =>
			stack.icmp.sendError(first, { type: 11, code: 1, rest: 0, reason: 'fragments did not arrive in time' })
		);
	}

	nextIdentification(): number {
		return (this.#identification = (this.#identification + 1) & 0xffff);
	}

	/* ---- out --------------------------------------------------------------------------------------------------- */

	/** Sends what a socket of this host has. @returns null, or why not; EPERM when netfilter dropped it */
	send(out: Outgoing): ErrnoCode | null {
		const route = this.#stack.routing.lookup(out.destination);
		if (!route.interface) return ROUTE_ERRORS[route.type] ?? 'ENETUNREACH';
		const packet: Ipv4Packet = {
			kind: 'ipv4',
			tos: out.tos ?? 0,
			identification: out.identification ?? this.nextIdentification(),
			dontFragment: out.dontFragment ?? false,
			moreFragments: false,
			fragmentOffset: 0,
			ttl: out.ttl ?? this.#stack.settings.hot.defaultTtl,
			protocol: out.protocol,
			source: out.source === 0 ? route.source : out.source,
			destination: out.destination,
			options: out.options ?? NO_OPTIONS,
			payload: out.payload
		};
		return this.output(
			packet,
			{
				mark: out.mark ?? 0,
				frame: null,
				uid: out.uid ?? -1,
				gid: out.gid ?? -1,
				journey: 0,
				tracking: out.tracking ?? null
			},
			route
		);
	}

	/** A packet made here, whole: route (if not known), OUTPUT, POSTROUTING. */
	output(packet: Ipv4Packet, context: PacketContext, known?: Route): ErrnoCode | null {
		let route = known ?? this.#stack.routing.lookup(packet.destination);
		if (!route.interface) return ROUTE_ERRORS[route.type] ?? 'ENETUNREACH';
		const passed = this.#stack.hooks.run('OUTPUT', packet, null, route.interface.name, context);
		if (typeof passed === 'string') return ANSWERS[passed];
		if (passed.destination !== packet.destination) {
			route = this.#stack.routing.lookup(passed.destination);
			if (!route.interface) return ROUTE_ERRORS[route.type] ?? 'ENETUNREACH';
		}
		return this.#postrouting(passed, route, route.interface, null, context);
	}

	#postrouting(
		packet: Ipv4Packet,
		route: Route,
		out: NetInterface,
		incoming: string | null,
		context: PacketContext
	): ErrnoCode | null {
		const passed = this.#stack.hooks.run('POSTROUTING', packet, incoming, out.name, context);
		if (typeof passed === 'string') return ANSWERS[passed];
		const nextHop = route.gateway ?? passed.destination;
		const wide = route.type === 'broadcast';
		const mtu = this.mtuTo(passed.destination, route);
		if (context.pieces)
			for (const piece of refragment(passed, context.pieces, mtu)) out.send(piece, nextHop, wide, context);
		else if (packetLength(passed) <= mtu) out.send(passed, nextHop, wide, context);
		else if (passed.dontFragment) {
			const reason = `longer than the MTU of ${mtu} bytes and may not be fragmented`;
			const error = { type: 3, code: UNREACHABLE.fragmentationNeeded, rest: mtu, reason };
			this.#stack.icmp.sendError(passed, error, null, context);
			return 'EMSGSIZE';
		} else for (const piece of fragment(passed, mtu)) out.send(piece, nextHop, wide, context);
		return null;
	}

	/** Bytes of IP packet that the way to `destination` takes: the interface's MTU, or less where ICMP said so. */
	mtuTo(destination: Ipv4Address, route: Route = this.#stack.routing.lookup(destination)): number {
		const own = route.interface?.mtu ?? 1500;
		if (this.#pathMtu.size === 0) return own;
		const learned = this.#pathMtu.get(destination);
		if (!learned) return own;
		if (learned.expires > this.#stack.engine.now) return Math.min(own, learned.mtu);
		this.#pathMtu.delete(destination);
		return own;
	}

	/** ICMP "fragmentation needed" came for a packet to `destination` (RFC 1191). */
	learnMtu(destination: Ipv4Address, mtu: number): void {
		if (this.#pathMtu.size > 1024) this.#pathMtu.clear();
		const bounded = Math.max(PATH_MTU_MINIMUM, mtu);
		this.#pathMtu.set(destination, { mtu: bounded, expires: this.#stack.engine.now + PATH_MTU_LIFE });
	}

	/* ---- in ---------------------------------------------------------------------------------------------------- */

	/** A packet arrived by an interface. */
	receive(packet: Ipv4Packet, incoming: NetInterface, context: PacketContext): void {
		const passed = this.#stack.hooks.run('PREROUTING', packet, incoming.name, null, context);
		if (typeof passed === 'string') return;
		const refused = incoming.loopback ? null : this.#martian(passed, incoming);
		if (refused) return this.#dropMartian(passed, incoming, context, refused);
		const route = this.#stack.routing.lookup(passed.destination);
		if (route.type === 'local' || route.type === 'broadcast') this.#deliver(passed, incoming, context);
		else this.#forward(passed, incoming, route, context);
	}

	#deliver(packet: Ipv4Packet, incoming: NetInterface, context: PacketContext): void {
		const whole = packet.moreFragments || packet.fragmentOffset > 0 ? this.reassembler.add(packet) : packet;
		if (!whole) return;
		const passed = this.#stack.hooks.run('INPUT', whole, incoming.name, null, context);
		if (typeof passed !== 'string') this.#stack.deliver(passed, incoming, context);
	}

	#forward(packet: Ipv4Packet, incoming: NetInterface, route: Route, context: PacketContext): void {
		if (!this.#stack.settings.forwards(incoming.name)) return this.drop(packet, incoming, NOT_FORWARDING);
		const out = route.interface;
		if (!out) return this.#noRoute(packet, incoming, route, context);
		if (packet.ttl <= 1)
			return this.#stack.icmp.sendError(
				packet,
				{ type: 11, code: 0, rest: 0, reason: 'its TTL ran out on the way' },
				incoming,
				context
			);
		const mtu = out.mtu;
		if (packet.dontFragment && packetLength(packet) > mtu) {
			const reason = `longer than the MTU of ${mtu} bytes of ${out.name} and may not be fragmented`;
			return this.#stack.icmp.sendError(
				packet,
				{ type: 3, code: UNREACHABLE.fragmentationNeeded, rest: mtu, reason },
				incoming,
				context
			);
		}
		const passed = this.#stack.hooks.run(
			'FORWARD',
			{ ...packet, ttl: packet.ttl - 1 },
			incoming.name,
			out.name,
			context
		);
		if (typeof passed !== 'string') this.#postrouting(passed, route, out, incoming.name, context);
	}

	#noRoute(packet: Ipv4Packet, incoming: NetInterface, route: Route, context: PacketContext): void {
		const code = FORWARD_ERRORS[route.type];
		const reason = route.info
			? `the route to ${formatIpv4Address(route.info.destination)}/${route.info.prefix} is of type ${route.type}`
			: `no route to ${formatIpv4Address(packet.destination)}`;
		if (code === undefined) this.drop(packet, incoming, { check: 'route', outcome: 'decided', text: reason });
		else this.#stack.icmp.sendRouteError(packet, { type: 3, code, rest: 0, reason }, incoming, context);
	}

	/** No neighbour answered for the next hop of a packet that wanted to leave. */
	unreachable(packet: Ipv4Packet, out: NetInterface): void {
		const reason = `nobody answered ARP for its next hop on ${out.name}`;
		this.#stack.icmp.sendError(packet, { type: 3, code: UNREACHABLE.host, rest: 0, reason });
	}

	/** A source address that cannot be right here (RFC 1812 5.3.7, 5.3.8), or null. */
	#martian(packet: Ipv4Packet, incoming: NetInterface): Reason | null {
		const { source, destination } = packet;
		const routing = this.#stack.routing;
		if (isLoopback(source) || isLoopback(destination) || isMulticast(source) || source === LIMITED_BROADCAST)
			return martian(source, 'never appears on a wire');
		if (source === 0) return routing.isBroadcast(destination) ? null : martian(source, 'is nobody');
		const back = routing.lookup(source);
		if (back.type === 'local' && this.#stack.settings.interfaceMaximum(incoming.name, 'accept_local') === 0)
			return martian(source, 'is an address of this host');
		if (back.type === 'broadcast') return martian(source, 'is a broadcast address');
		const mode = this.#stack.settings.rpFilter(incoming.name);
		if (mode === 1 && back.interface !== incoming) return reversePath(source, incoming.name, 'strict');
		if (mode === 2 && back.type !== 'unicast') return reversePath(source, incoming.name, 'loose');
		return null;
	}

	/** Where log_martians is set the kernel's log tells of it, with the frame's header (ip_handle_martian_source). */
	#dropMartian(packet: Ipv4Packet, incoming: NetInterface, { frame }: PacketContext, reason: Reason): void {
		this.drop(packet, incoming, reason);
		if (this.#stack.settings.interfaceMaximum(incoming.name, 'log_martians') === 0) return;
		const [to, from] = [packet.destination, packet.source].map(formatIpv4Address);
		this.#stack.log(`IPv4: martian source ${to} from ${from}, on dev ${incoming.name}`);
		if (!frame) return;
		const header = `${formatMac(frame.destination)}:${formatMac(frame.source)}:08:00`.replaceAll(':', ' ');
		this.#stack.log(`ll header: 00000000: ${header}`);
	}

	/** Tells the watcher that a packet ends here, without a word to its sender. */
	drop(
		packet: Ipv4Packet,
		incoming: NetInterface | null,
		reason: Reason,
		verdict: 'dropped' | 'refused' = 'dropped'
	): void {
		const subject = `${formatIpv4Address(packet.source)} > ${formatIpv4Address(packet.destination)}`;
		const event: DropEvent = {
			kind: 'net.drop',
			host: this.#stack.host,
			packet,
			interface: incoming?.name ?? null,
			decision: { verdict, subject, reasons: [reason] }
		};
		this.#stack.engine.emit(event);
	}
}

/** What travels beside a packet that came in a frame. */
export function contextOf(frame: Frame): PacketContext {
	return { mark: 0, frame, uid: -1, gid: -1, journey: 0, tracking: null };
}

const NOT_FORWARDING: Reason = {
	check: 'net.ipv4.ip_forward',
	outcome: 'decided',
	text: 'not for this host, which does not forward',
	source: { kind: 'default', parameter: 'net.ipv4.ip_forward', value: '0' }
};

function martian(source: Ipv4Address, why: string): Reason {
	return { check: 'martian source', outcome: 'decided', text: `source ${formatIpv4Address(source)} ${why}` };
}

function reversePath(source: Ipv4Address, name: string, mode: string): Reason {
	const text = `${mode} reverse path filter: the way back to ${formatIpv4Address(source)} does not lead through ${name}`;
	return { check: 'rp_filter', outcome: 'decided', text };
}
