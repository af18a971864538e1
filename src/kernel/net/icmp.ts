/**
 * ICMP (RFC 792, RFC 1122 3.2.2): echo, and errors both ways.
 *
 * Does: answers echo and timestamp requests; tells senders why their packet did not arrive; hands errors about packets
 *       of this host to the socket that sent them.
 * Reads: icmp_echo_ignore_all, icmp_echo_ignore_broadcasts, icmp_ratelimit (errors to one host: six at once, then one a
 *        second).
 * Not simulated: the limit over all hosts (icmp_msgs_per_sec), redirects, router discovery.
 */
import { MILLISECOND } from '#engine/engine';
import type { IcmpMessage, Ipv4Address, Ipv4Packet } from '#wire/packet';
import { PROTOCOL } from '#wire/packet';
import type { ErrnoCode } from '../syscalls';
import { isMulticast, LIMITED_BROADCAST } from './address';
import { buildIpv4 } from '#wire/ipv4';
import type { PacketContext } from './hooks';
import type { NetInterface } from './interface';
import { IPV4_HEADER, ICMP_HEADER } from '#wire/length';
import type { NetStack } from './stack';

export const ICMP = {
	echoReply: 0,
	unreachable: 3,
	sourceQuench: 4,
	redirect: 5,
	echo: 8,
	timeExceeded: 11,
	parameterProblem: 12,
	timestamp: 13,
	timestampReply: 14
} as const;

/** Codes of "destination unreachable". */
export const UNREACHABLE = { net: 0, host: 1, protocol: 2, port: 3, fragmentationNeeded: 4, filtered: 13 } as const;

/** What an unreachable code means to a socket (icmp_err_convert in net/ipv4/icmp.c); `fatal` ends a UDP or raw socket's call. */
const UNREACHABLE_ERRNO: readonly { readonly errno: ErrnoCode; readonly fatal: boolean }[] = [
	{ errno: 'ENETUNREACH', fatal: false },
	{ errno: 'EHOSTUNREACH', fatal: false },
	{ errno: 'ENOPROTOOPT', fatal: true },
	{ errno: 'ECONNREFUSED', fatal: true },
	{ errno: 'EMSGSIZE', fatal: false },
	{ errno: 'EOPNOTSUPP', fatal: false },
	{ errno: 'ENETUNREACH', fatal: true },
	{ errno: 'EHOSTDOWN', fatal: true },
	{ errno: 'ENETUNREACH', fatal: true },
	{ errno: 'ENETUNREACH', fatal: true },
	{ errno: 'EHOSTUNREACH', fatal: true },
	{ errno: 'ENETUNREACH', fatal: false },
	{ errno: 'EHOSTUNREACH', fatal: false },
	{ errno: 'EHOSTUNREACH', fatal: true },
	{ errno: 'EHOSTUNREACH', fatal: true },
	{ errno: 'EHOSTUNREACH', fatal: true }
];

/** An error is at most that long, so that it is never fragmented (RFC 1812 4.3.2.3). */
const ERROR_LENGTH = 576;
/** errors to one host at once (XRLIM_BURST_FACTOR), and hosts remembered */
const BURST = 6;
const BUCKETS = 1024;
/** what the kernel counts time in, microseconds (HZ 250) */
const JIFFY = 4 * MILLISECOND;
/** microseconds: what a new host has saved up, before each limit cuts it */
const LONG_AGO = 60_000 * MILLISECOND;
/** net.ipv4.route.error_cost and error_burst */
const ROUTE_ERROR_COST = 1_000 * MILLISECOND;
const ROUTE_ERROR_BURST = 5_000 * MILLISECOND;
/** internetwork control: errors travel with that type of service */
const ERROR_TOS = 0xc0;

export interface IcmpErrorText {
	readonly type: number;
	readonly code: number;
	readonly rest: number;
	/** for the watcher */
	readonly reason: string;
}

/** An ICMP error as a socket's protocol hears it. */
export interface SocketError {
	readonly errno: ErrnoCode;
	readonly fatal: boolean;
	/** the packet that it is about, sent by this host */
	readonly source: Ipv4Address;
	readonly destination: Ipv4Address;
	readonly sourcePort: number;
	readonly destinationPort: number;
	/** TCP's sequence number */
	readonly sequence: number;
	readonly fragmentationNeeded: boolean;
}

export class Icmp {
	readonly #stack: NetStack;
	/** how many errors each host may still get, in microseconds of the limit */
	#buckets = new Map<Ipv4Address, { tokens: number; last: number }>();
	readonly #handlers: Readonly<Record<number, (message: IcmpMessage, packet: Ipv4Packet) => void>>;

	constructor(stack: NetStack) {
		this.#stack = stack;
		this.#handlers = {
			[ICMP.echo]: (message, packet) => this.#echo(message, packet),
			[ICMP.timestamp]: (message, packet) => this.#timestamp(message, packet),
			[ICMP.unreachable]: (message) => this.#error(message),
			[ICMP.timeExceeded]: (message) => this.#error(message),
			[ICMP.parameterProblem]: (message) => this.#error(message)
		};
	}

	receive(message: IcmpMessage, packet: Ipv4Packet): void {
		if (message.checksum === undefined) this.#handlers[message.type]?.(message, packet);
	}

	/** Tells the sender of `packet` what became of it, unless RFC 1122 3.2.2 forbids an answer. */
	sendError(
		packet: Ipv4Packet,
		error: IcmpErrorText,
		incoming: NetInterface | null = null,
		context: PacketContext | null = null
	): void {
		const reason = { check: 'ip', outcome: 'decided', text: error.reason } as const;
		const answers = this.mayAnswer(packet) && this.#withinRate(packet.source, error);
		this.#stack.ip.drop(packet, incoming, reason, answers ? 'refused' : 'dropped');
		if (answers) this.#quote(packet, error, context ? this.#stack.hooks.answerTo(context) : null);
	}

	/** The same for a packet that netfilter refuses: it tells the watcher by itself. @param tracking of the answer */
	reject(packet: Ipv4Packet, error: Omit<IcmpErrorText, 'reason'>, tracking: unknown): void {
		if (this.mayAnswer(packet) && this.#withinRate(packet.source, error)) this.#quote(packet, error, tracking);
	}

	#quote(packet: Ipv4Packet, error: Omit<IcmpErrorText, 'reason'>, tracking: unknown): void {
		const routing = this.#stack.routing;
		const quoted = buildIpv4(packet).subarray(0, ERROR_LENGTH - IPV4_HEADER - ICMP_HEADER);
		this.#stack.ip.send({
			protocol: PROTOCOL.icmp,
			source: routing.isLocal(packet.destination) ? packet.destination : 0,
			destination: packet.source,
			tos: (packet.tos & 0x1e) | ERROR_TOS,
			tracking,
			payload: { kind: 'icmp', type: error.type, code: error.code, rest: error.rest, payload: quoted }
		});
	}

	/** No error about an error, a later fragment, or something that was sent to or by more than one. */
	mayAnswer(packet: Ipv4Packet): boolean {
		const { source, destination, payload } = packet;
		if (packet.fragmentOffset > 0 || source === 0 || isMulticast(source) || isMulticast(destination)) return false;
		if (destination === LIMITED_BROADCAST || this.#stack.routing.isBroadcast(destination)) return false;
		if (this.#stack.routing.isBroadcast(source)) return false;
		if (payload.kind !== 'icmp') return packet.protocol !== PROTOCOL.icmp || payload.kind === 'raw';
		return payload.type === ICMP.echo || payload.type === ICMP.echoReply || payload.type >= ICMP.timestamp;
	}

	/**
	 * The error about a packet that no route leads on (ip_error): it has to pass a limit of its own first, five at once and
	 * then one a second, which spends the same tokens as the limit of all errors does.
	 */
	sendRouteError(packet: Ipv4Packet, error: IcmpErrorText, incoming: NetInterface, context: PacketContext): void {
		if (this.#spend(packet.source, ROUTE_ERROR_COST, ROUTE_ERROR_BURST))
			return this.sendError(packet, error, incoming, context);
		this.#stack.ip.drop(packet, incoming, { check: 'ip', outcome: 'decided', text: error.reason });
	}

	/** A token for each `icmp_ratelimit` milliseconds, six at most (inet_peer_xrlim_allow). */
	#withinRate(to: Ipv4Address, error: Omit<IcmpErrorText, 'reason'>): boolean {
		const limit = this.#stack.settings.number('net.ipv4.icmp_ratelimit') * MILLISECOND;
		const free = error.type === ICMP.unreachable && error.code === UNREACHABLE.fragmentationNeeded;
		if (free || this.#stack.routing.isLocal(to)) return true;
		return this.#spend(to, limit, BURST * limit);
	}

	/** @param cost of this error, @param most that may be saved up, both microseconds */
	#spend(to: Ipv4Address, cost: number, most: number): boolean {
		const now = Math.floor(this.#stack.engine.now / JIFFY) * JIFFY;
		const bucket = this.#buckets.get(to) ?? { tokens: 0, last: now - LONG_AGO };
		if (this.#buckets.size >= BUCKETS) this.#buckets.clear();
		this.#buckets.set(to, bucket);
		// within a jiffy nothing is added and nothing is cut: without a limit (most 0) a route error keeps its tokens
		if (now !== bucket.last) {
			bucket.tokens = Math.min(most, bucket.tokens + now - bucket.last);
			bucket.last = now;
		}
		if (bucket.tokens < cost) return false;
		bucket.tokens -= cost;
		return true;
	}

	#echo(message: IcmpMessage, packet: Ipv4Packet): void {
		const settings = this.#stack.settings;
		if (settings.number('net.ipv4.icmp_echo_ignore_all')) return;
		const wide = this.#stack.routing.isBroadcast(packet.destination);
		if (wide && settings.number('net.ipv4.icmp_echo_ignore_broadcasts')) return;
		this.#reply(packet, { ...message, type: ICMP.echoReply });
	}

	/** Milliseconds since midnight UTC in the second and third word (RFC 792). */
	#timestamp(message: IcmpMessage, packet: Ipv4Packet): void {
		if (message.payload.length < 4 || this.#stack.routing.isBroadcast(packet.destination)) return;
		const payload = new Uint8Array(12);
		payload.set(message.payload.subarray(0, 4));
		const view = new DataView(payload.buffer);
		const now = Math.floor(this.#stack.engine.now / 1000) % 86_400_000;
		view.setUint32(4, now);
		view.setUint32(8, now);
		this.#reply(packet, { ...message, type: ICMP.timestampReply, payload });
	}

	#reply(packet: Ipv4Packet, message: IcmpMessage): void {
		this.#stack.ip.send({
			protocol: PROTOCOL.icmp,
			source: this.#stack.routing.isLocal(packet.destination) ? packet.destination : 0,
			destination: packet.source,
			tos: packet.tos,
			payload: message
		});
	}

	/** An error about a packet of ours: the quotation says whose. */
	#error(message: IcmpMessage): void {
		const about = quotation(message.payload);
		if (!about) return;
		const meaning =
			message.type === ICMP.unreachable
				? UNREACHABLE_ERRNO[message.code]
				: ({ errno: 'EHOSTUNREACH', fatal: false } as const);
		if (!meaning) return;
		const fragmentationNeeded = message.type === ICMP.unreachable && message.code === UNREACHABLE.fragmentationNeeded;
		if (fragmentationNeeded) this.#stack.ip.learnMtu(about.destination, message.rest & 0xffff);
		const error: SocketError = { ...about, errno: meaning.errno, fatal: meaning.fatal, fragmentationNeeded };
		if (about.protocol === PROTOCOL.tcp) this.#stack.tcp.error(error);
		else if (about.protocol === PROTOCOL.udp) this.#stack.udp.error(error);
		else this.#stack.raw.error(error, about.protocol);
	}
}

/** Addresses and ports from the beginning of a packet; null when too little is there. */
function quotation(
	bytes: Uint8Array
): (Omit<SocketError, 'errno' | 'fatal' | 'fragmentationNeeded'> & { protocol: number }) | null {
	const headerLength = (bytes[0]! & 15) * 4;
	if (bytes.length < headerLength + 8 || headerLength < 20 || bytes[0]! >>> 4 !== 4) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	return {
		protocol: bytes[9]!,
		source: view.getUint32(12),
		destination: view.getUint32(16),
		sourcePort: view.getUint16(headerLength),
		destinationPort: view.getUint16(headerLength + 2),
		sequence: view.getUint32(headerLength + 4)
	};
}
