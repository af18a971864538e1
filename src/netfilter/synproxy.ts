/**
 * SYNPROXY's handshakes (nf_synproxy_core): the client's is answered by a cookie, and only who returns it gets to the server.
 *
 *      client           this host                                      server
 *      SYN        ──►   `answer`: nothing is kept
 *                 ◄──   SYN/ACK, window 0, sequence number = cookie
 *      ACK        ──►   `answer`: the cookie is right                ──►  SYN, the client's sequence number
 *                       `proxyHook`                                  ◄──  SYN/ACK
 *                 ◄──   ACK with the server's window, ACK            ──►
 *
 * From then on the connection's tracking shifts the server's sequence numbers to the cookie's (`sequence-adjust.ts`), and
 * `proxyHook` the time stamps. The SYN to the server carries the cookie in its acknowledgement field, so that the hook,
 * which sees it leave, can note it (`Proxied.initial`).
 * The proxy's own packets pass OUTPUT and POSTROUTING as other packets of this host do.
 * Known of the real one and kept: its ACK to the server has a time stamp echo that is shifted twice, which servers since
 * Linux 6.15 do not accept; the client's next segment, or the server's next SYN/ACK, completes the connection.
 */
import type { Ipv4Packet, TcpOption, TcpSegment } from '#wire/packet';
import { PROTOCOL, TCP } from '#wire/packet';
import type { Connection } from './conntrack/connection';
import type { Flow } from './conntrack/flow';
import { noAdjustment } from './conntrack/sequence-adjust';
import { STATUS } from './conntrack/connection';
import { VERDICT } from './extension';
import type { Services } from './services';
import type { Skb } from './skb';

/** What a SYN offers, or may offer; null for what it does not. */
export interface Offer {
	readonly mss: number | null;
	readonly windowScale: number | null;
	readonly sackPermitted: boolean;
	readonly timestamps: { readonly value: number; readonly echo: number } | null;
	readonly ecn: boolean;
}

/** Kept with a connection to the server. */
export interface Proxied {
	/** the cookie: the server's sequence number as the client knows it */
	initial: number;
	/** time stamp that the client got in the SYN/ACK */
	stamp: number;
	/** how far the server's time stamps are ahead of what the client was told */
	shift: number;
}

/** How a packet of the proxy is to be tracked. */
export type ProxyTracking =
	| { readonly kind: 'new' }
	/** the first of a connection that is proxied */
	| { readonly kind: 'template' }
	| { readonly kind: 'reply'; readonly connection: Connection | null };

const SCALE_MAX = 14;
const MILLISECOND = 1_000;
/** bits of a time stamp that hold what the SYN offered */
const STAMP_BITS = 0x3f;
const STAMP = { scale: 0x0f, sack: 0x10, ecn: 0x20 } as const;
const NO_SCALE = 0x0f;
const NO_BYTES = new Uint8Array(0);
const NOP: TcpOption = { kind: 'nop' };

function offerOf({ options, flags }: TcpSegment): Offer {
	let mss: number | null = null;
	let windowScale: number | null = null;
	let sackPermitted = false;
	let timestamps: Offer['timestamps'] = null;
	for (const option of options) {
		if (option.kind === 'mss') mss = option.value;
		else if (option.kind === 'window-scale') windowScale = Math.min(option.shift, SCALE_MAX);
		else if (option.kind === 'sack-permitted') sackPermitted = true;
		else if (option.kind === 'timestamps') timestamps = { value: option.value, echo: option.echo };
	}
	const ecn = (flags & (TCP.ece | TCP.cwr)) === (TCP.ece | TCP.cwr);
	return { mss, windowScale, sackPermitted, timestamps, ecn };
}

/** In the kernel's order. */
function optionsOf({ mss, windowScale, sackPermitted, timestamps }: Offer): TcpOption[] {
	const options: TcpOption[] = mss === null ? [] : [{ kind: 'mss', value: mss }];
	const sack: TcpOption[] = sackPermitted ? [{ kind: 'sack-permitted' }] : [];
	if (timestamps) options.push(...(sackPermitted ? sack : [NOP, NOP]), { kind: 'timestamps', ...timestamps });
	else if (sackPermitted) options.push(NOP, NOP, ...sack);
	if (windowScale !== null) options.push(NOP, { kind: 'window-scale', shift: windowScale });
	return options;
}

const onlyStamps = (timestamps: Offer['timestamps']): Offer => ({
	mss: null,
	windowScale: null,
	sackPermitted: false,
	timestamps,
	ecn: false
});

type Header = Pick<TcpSegment, 'sequence' | 'acknowledgement' | 'flags' | 'window'>;

/** @param back to the sender of `about`; else on in its direction */
function packet(about: Ipv4Packet, back: boolean, header: Header, offer: Offer, services: Services): Ipv4Packet {
	const segment = about.payload as TcpSegment;
	const [source, destination] = back ? [about.destination, about.source] : [about.source, about.destination];
	const [sourcePort, destinationPort] = back
		? [segment.destinationPort, segment.sourcePort]
		: [segment.sourcePort, segment.destinationPort];
	return {
		kind: 'ipv4',
		tos: 0,
		identification: 0,
		dontFragment: true,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: services.setting('net.ipv4.ip_default_ttl'),
		protocol: PROTOCOL.tcp,
		source,
		destination,
		options: NO_BYTES,
		payload: {
			kind: 'tcp',
			sourcePort,
			destinationPort,
			...header,
			urgentPointer: 0,
			options: optionsOf(offer),
			payload: NO_BYTES
		}
	};
}

/* ---- the target -------------------------------------------------------------------------------------------------- */

/** @param allowed what the rule lets the proxy announce: `timestamps` says only whether. @returns a VERDICT */
export function answer(skb: Skb, allowed: Omit<Offer, 'timestamps'> & { timestamps: boolean }, services: Services) {
	const segment = skb.packet.payload;
	if (segment.kind !== 'tcp' || segment.checksum !== undefined) return VERDICT.drop;
	const { ack, fin, rst, syn } = TCP;
	const flags = segment.flags & (ack | fin | rst | syn);
	if (flags === syn) {
		sendCookie(skb, segment, allowed, services);
		return VERDICT.stolen;
	}
	if (flags === ack) return toServer(skb, segment, segment.sequence, services) ? VERDICT.stolen : VERDICT.drop;
	return VERDICT.continue;
}

function sendCookie(skb: Skb, segment: TcpSegment, allowed: Parameters<typeof answer>[1], services: Services): void {
	const asked = offerOf(segment);
	const timestamps = allowed.timestamps ? asked.timestamps : null;
	// without time stamps there is nowhere to keep the rest
	const sackPermitted = timestamps !== null && allowed.sackPermitted && asked.sackPermitted;
	const ecn = timestamps !== null && allowed.ecn && asked.ecn;
	const scale = timestamps === null || allowed.windowScale === null ? null : asked.windowScale;
	let value = Math.floor(services.uptime() / MILLISECOND) & ~STAMP_BITS;
	value |= (scale ?? NO_SCALE) | (sackPermitted ? STAMP.sack : 0) | (ecn ? STAMP.ecn : 0);
	const offer: Offer = {
		mss: asked.mss === null ? null : allowed.mss,
		windowScale: scale === null ? null : allowed.windowScale,
		sackPermitted,
		timestamps: timestamps && { value: value >>> 0, echo: timestamps.value },
		ecn
	};
	const header: Header = {
		sequence: services.synCookie.make(skb.packet, segment, asked.mss ?? 0),
		acknowledgement: (segment.sequence + 1) >>> 0,
		flags: TCP.syn | TCP.ack | (ecn ? TCP.ece : 0),
		window: 0
	};
	const tracking: ProxyTracking = { kind: 'reply', connection: skb.connection };
	services.sendProxied(packet(skb.packet, true, header, offer, services), tracking);
}

/** The client returns a cookie. @param received the sequence number behind its SYN. @returns false when it is none of ours */
function toServer(skb: Skb, segment: TcpSegment, received: number, services: Services): boolean {
	const mss = services.synCookie.open(skb.packet, segment);
	if (mss === null) return false;
	const { timestamps, sackPermitted, windowScale } = offerOf(segment);
	const bits = timestamps?.echo ?? NO_SCALE;
	const scale = bits & STAMP.scale;
	const ecn = timestamps !== null && (bits & STAMP.ecn) !== 0;
	const offer: Offer = {
		mss,
		windowScale: scale === NO_SCALE ? windowScale : scale,
		sackPermitted: sackPermitted || (timestamps !== null && (bits & STAMP.sack) !== 0),
		timestamps,
		ecn
	};
	const header: Header = {
		sequence: (received - 1) >>> 0,
		acknowledgement: (segment.acknowledgement - 1) >>> 0,
		flags: TCP.syn | (ecn ? TCP.ece | TCP.cwr : 0),
		window: segment.window
	};
	services.sendProxied(packet(skb.packet, false, header, offer, services), { kind: 'template' });
	return true;
}

/* ---- the hook: INPUT and POSTROUTING, before the connection is confirmed ----------------------------------------- */

/** @returns a VERDICT */
export function proxyHook(skb: Skb, services: Services): number {
	const flow = skb.connection as Flow | null;
	const segment = skb.packet.payload;
	if (!flow?.proxied || segment.kind !== 'tcp' || skb.incoming === 'lo') return VERDICT.accept;
	const { proxied } = flow;
	const flags = segment.flags & (TCP.syn | TCP.ack);
	if (flow.state === 'CLOSE') {
		if (segment.flags & TCP.rst && skb.direction === 1)
			shiftServer(flow, (proxied.initial - segment.sequence + 1) >>> 0);
		else if (flags === TCP.syn && skb.direction === 0) {
			proxied.shift = 0;
			noteSyn(proxied, segment);
		}
	} else if (flow.state === 'SYN_SENT') {
		if (flags === TCP.ack && skb.direction === 0)
			// a keep-alive, since the SYN to the server or its answer was lost
			return toServer(skb, segment, (segment.sequence + 1) >>> 0, services) ? VERDICT.stolen : VERDICT.drop;
		noteSyn(proxied, segment);
	} else if (flow.state === 'SYN_RECV' && flags === (TCP.syn | TCP.ack)) {
		join(skb, flow, segment, services);
		return VERDICT.stolen;
	}
	adjustStamps(skb, segment, proxied);
	return VERDICT.accept;
}

function noteSyn(proxied: Proxied, segment: TcpSegment): void {
	proxied.initial = segment.acknowledgement;
	const { timestamps } = offerOf(segment);
	if (timestamps) proxied.stamp = timestamps.echo;
}

/** The server's SYN/ACK: both sides are told. */
function join(skb: Skb, flow: Flow, segment: TcpSegment, services: Services): void {
	const { timestamps, windowScale } = offerOf(segment);
	const proxied = flow.proxied!;
	if (timestamps) proxied.shift = (timestamps.value - proxied.stamp) >>> 0;
	// the packet in hand is another object's by the time the first answer has gone
	const about = skb.packet;
	const toServer: Header = {
		sequence: segment.acknowledgement,
		acknowledgement: (segment.sequence + 1) >>> 0,
		flags: TCP.ack,
		window: flow.tcp!.ends[0].maxWindow & 0xffff
	};
	const swapped = timestamps && { value: timestamps.echo, echo: timestamps.value };
	services.sendProxied(packet(about, true, toServer, onlyStamps(swapped), services), { kind: 'new' });
	shiftServer(flow, (proxied.initial - segment.sequence) >>> 0);
	const toClient: Header = {
		sequence: (segment.sequence + 1) >>> 0,
		acknowledgement: segment.acknowledgement,
		flags: TCP.ack,
		window: segment.window >> (windowScale ?? 0)
	};
	const tracking: ProxyTracking = { kind: 'reply', connection: flow };
	services.sendProxied(packet(about, false, toClient, onlyStamps(timestamps), services), tracking);
}

/** All that the server sends is that much further on for the client. */
function shiftServer(flow: Flow, distance: number): void {
	if (distance === 0) return;
	flow.sequence ??= noAdjustment();
	flow.sequence[1].before = flow.sequence[1].after = distance;
	flow.status |= STATUS.sequenceAdjust;
}

function adjustStamps(skb: Skb, segment: TcpSegment, { shift }: Proxied): void {
	if (shift === 0 || !segment.options.some(({ kind }) => kind === 'timestamps')) return;
	const options = segment.options.map((option): TcpOption => {
		if (option.kind !== 'timestamps') return option;
		return skb.direction === 1
			? { ...option, value: (option.value - shift) >>> 0 }
			: { ...option, echo: (option.echo + shift) >>> 0 };
	});
	skb.replace({ ...skb.packet, payload: { ...segment, options } });
}
