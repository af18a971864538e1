/**
 * Packets as bytes, for the few places inside a host that need them: the quotation in an ICMP error, fragments, raw and
 * packet sockets. Everything else passes typed values on.
 *
 * Reads and gives: the formats of RFC 791, 792, 768, 9293 and 826.
 * Lacks: opinions. What does not parse is null.
 */
import type { Frame, IcmpMessage, Ipv4Packet, TcpOption, TcpSegment, UdpDatagram } from '#wire/packet';
import { ETHERTYPE, PROTOCOL } from '#wire/packet';
import { packetLength, tcpOptionsLength, TCP_HEADER, transportLength } from './length';

const NO_BYTES = new Uint8Array(0);

/** The Internet checksum (RFC 1071) over `bytes`, with `sum` to begin with. */
function checksum(bytes: Uint8Array, sum = 0): number {
	for (let i = 0; i + 1 < bytes.length; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
	if (bytes.length % 2) sum += bytes[bytes.length - 1]! << 8;
	while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
	return ~sum & 0xffff;
}

function pseudoHeaderSum(packet: Ipv4Packet, length: number): number {
	const { source, destination, protocol } = packet;
	return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
}

export function buildPacket(packet: Ipv4Packet): Uint8Array {
	const total = packetLength(packet);
	const headerLength = 20 + packet.options.length;
	const bytes = new Uint8Array(total);
	const view = new DataView(bytes.buffer);
	bytes[0] = 0x40 | (headerLength / 4);
	bytes[1] = packet.tos;
	view.setUint16(2, total);
	view.setUint16(4, packet.identification);
	const flags = (packet.dontFragment ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0);
	view.setUint16(6, flags | (packet.fragmentOffset / 8));
	bytes[8] = packet.ttl;
	bytes[9] = packet.protocol;
	view.setUint32(12, packet.source);
	view.setUint32(16, packet.destination);
	bytes.set(packet.options, 20);
	view.setUint16(10, checksum(bytes.subarray(0, headerLength)));
	bytes.set(buildTransport(packet), headerLength);
	return bytes;
}

/** What stands behind the IP header. */
export function buildTransport(packet: Ipv4Packet): Uint8Array {
	const payload = packet.payload;
	if (payload.kind === 'raw') return payload.bytes;
	const bytes = new Uint8Array(transportLength(packet));
	const view = new DataView(bytes.buffer);
	if (payload.kind === 'tcp') buildTcp(payload, bytes, view, pseudoHeaderSum(packet, bytes.length));
	else if (payload.kind === 'udp') buildUdp(payload, bytes, view, pseudoHeaderSum(packet, bytes.length));
	else {
		bytes[0] = payload.type;
		bytes[1] = payload.code;
		view.setUint32(4, payload.rest);
		bytes.set(payload.payload, 8);
		view.setUint16(2, payload.checksum ?? checksum(bytes));
	}
	return bytes;
}

function buildTcp(segment: TcpSegment, bytes: Uint8Array, view: DataView, sum: number): void {
	const optionsLength = tcpOptionsLength(segment.options);
	view.setUint16(0, segment.sourcePort);
	view.setUint16(2, segment.destinationPort);
	view.setUint32(4, segment.sequence);
	view.setUint32(8, segment.acknowledgement);
	bytes[12] = ((TCP_HEADER + optionsLength) / 4) << 4;
	bytes[13] = segment.flags;
	view.setUint16(14, segment.window);
	view.setUint16(18, segment.urgentPointer);
	let at = TCP_HEADER;
	for (const option of segment.options) at = buildOption(option, bytes, view, at);
	bytes.set(segment.payload, TCP_HEADER + optionsLength);
	view.setUint16(16, segment.checksum ?? checksum(bytes, sum));
}

function buildOption(option: TcpOption, bytes: Uint8Array, view: DataView, at: number): number {
	const head = (kind: number, length: number): void => {
		bytes[at] = kind;
		bytes[at + 1] = length;
	};
	switch (option.kind) {
		case 'nop':
			bytes[at] = 1;
			return at + 1;
		case 'mss':
			head(2, 4);
			view.setUint16(at + 2, option.value);
			return at + 4;
		case 'window-scale':
			head(3, 3);
			bytes[at + 2] = option.shift;
			return at + 3;
		case 'sack-permitted':
			head(4, 2);
			return at + 2;
		case 'sack':
			head(5, 2 + 8 * option.blocks.length);
			option.blocks.forEach(([left, right], i) => {
				view.setUint32(at + 2 + 8 * i, left);
				view.setUint32(at + 6 + 8 * i, right);
			});
			return at + 2 + 8 * option.blocks.length;
		case 'timestamps':
			head(8, 10);
			view.setUint32(at + 2, option.value);
			view.setUint32(at + 6, option.echo);
			return at + 10;
		case 'unknown':
			head(option.number, 2 + option.data.length);
			bytes.set(option.data, at + 2);
			return at + 2 + option.data.length;
	}
}

function buildUdp(datagram: UdpDatagram, bytes: Uint8Array, view: DataView, sum: number): void {
	view.setUint16(0, datagram.sourcePort);
	view.setUint16(2, datagram.destinationPort);
	view.setUint16(4, bytes.length);
	bytes.set(datagram.payload, 8);
	view.setUint16(6, datagram.checksum ?? (checksum(bytes, sum) || 0xffff));
}

export function parsePacket(bytes: Uint8Array): Ipv4Packet | null {
	if (bytes.length < 20 || bytes[0]! >>> 4 !== 4) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const headerLength = (bytes[0]! & 15) * 4;
	const total = Math.min(view.getUint16(2), bytes.length);
	if (headerLength < 20 || headerLength > total) return null;
	const fragment = view.getUint16(6);
	const header: Ipv4Packet = {
		kind: 'ipv4',
		tos: bytes[1]!,
		identification: view.getUint16(4),
		dontFragment: (fragment & 0x4000) !== 0,
		moreFragments: (fragment & 0x2000) !== 0,
		fragmentOffset: (fragment & 0x1fff) * 8,
		ttl: bytes[8]!,
		protocol: bytes[9]!,
		source: view.getUint32(12),
		destination: view.getUint32(16),
		options: headerLength > 20 ? bytes.slice(20, headerLength) : NO_BYTES,
		payload: { kind: 'raw', bytes: bytes.slice(headerLength, total) }
	};
	return parseTransport(header);
}

/** The same packet with its raw payload understood, where there is a parser and it is no fragment. */
export function parseTransport(packet: Ipv4Packet): Ipv4Packet {
	if (packet.payload.kind !== 'raw' || packet.moreFragments || packet.fragmentOffset > 0) return packet;
	const bytes = packet.payload.bytes;
	const payload =
		packet.protocol === PROTOCOL.tcp
			? parseTcp(bytes, packet)
			: packet.protocol === PROTOCOL.udp
				? parseUdp(bytes, packet)
				: packet.protocol === PROTOCOL.icmp
					? parseIcmp(bytes)
					: null;
	return payload ? { ...packet, payload } : packet;
}

function parseTcp(bytes: Uint8Array, packet: Ipv4Packet): TcpSegment | null {
	if (bytes.length < 20) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const offset = (bytes[12]! >>> 4) * 4;
	if (offset < 20 || offset > bytes.length) return null;
	const wrong = checksum(bytes, pseudoHeaderSum(packet, bytes.length)) !== 0;
	return {
		kind: 'tcp',
		sourcePort: view.getUint16(0),
		destinationPort: view.getUint16(2),
		sequence: view.getUint32(4),
		acknowledgement: view.getUint32(8),
		flags: bytes[13]!,
		window: view.getUint16(14),
		urgentPointer: view.getUint16(18),
		options: parseOptions(bytes.subarray(20, offset)),
		payload: bytes.slice(offset),
		...(wrong ? { checksum: view.getUint16(16) } : {})
	};
}

function parseOptions(bytes: Uint8Array): TcpOption[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const options: TcpOption[] = [];
	for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
		const number = bytes[at]!;
		if (number === 1) {
			options.push({ kind: 'nop' });
			at++;
			continue;
		}
		const length = bytes[at + 1] ?? 0;
		if (length < 2 || at + length > bytes.length) break;
		options.push(parseOption(number, at, length, bytes, view));
		at += length;
	}
	return options;
}

function parseOption(number: number, at: number, length: number, bytes: Uint8Array, view: DataView): TcpOption {
	if (number === 2 && length === 4) return { kind: 'mss', value: view.getUint16(at + 2) };
	if (number === 3 && length === 3) return { kind: 'window-scale', shift: bytes[at + 2]! };
	if (number === 4 && length === 2) return { kind: 'sack-permitted' };
	if (number === 5 && (length - 2) % 8 === 0) {
		const blocks: (readonly [number, number])[] = [];
		for (let i = at + 2; i < at + length; i += 8) blocks.push([view.getUint32(i), view.getUint32(i + 4)]);
		return { kind: 'sack', blocks };
	}
	if (number === 8 && length === 10) return { kind: 'timestamps', value: view.getUint32(at + 2), echo: view.getUint32(at + 6) };
	return { kind: 'unknown', number, data: bytes.slice(at + 2, at + length) };
}

function parseUdp(bytes: Uint8Array, packet: Ipv4Packet): UdpDatagram | null {
	if (bytes.length < 8) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const length = view.getUint16(4);
	if (length < 8 || length > bytes.length) return null;
	const sent = view.getUint16(6);
	const wrong = sent !== 0 && checksum(bytes.subarray(0, length), pseudoHeaderSum(packet, length)) !== 0;
	return {
		kind: 'udp',
		sourcePort: view.getUint16(0),
		destinationPort: view.getUint16(2),
		payload: bytes.slice(8, length),
		...(wrong ? { checksum: sent } : {})
	};
}

function parseIcmp(bytes: Uint8Array): IcmpMessage | null {
	if (bytes.length < 8) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const wrong = checksum(bytes) !== 0;
	return {
		kind: 'icmp',
		type: bytes[0]!,
		code: bytes[1]!,
		rest: view.getUint32(4),
		payload: bytes.slice(8),
		...(wrong ? { checksum: view.getUint16(2) } : {})
	};
}

export function buildFrame(frame: Frame): Uint8Array {
	const payload = frame.payload;
	const body = payload.kind === 'ipv4' ? buildPacket(payload) : payload.kind === 'raw' ? payload.bytes : buildArp(payload);
	const bytes = new Uint8Array(14 + body.length);
	putMac(bytes, 0, frame.destination);
	putMac(bytes, 6, frame.source);
	new DataView(bytes.buffer).setUint16(12, frame.type);
	bytes.set(body, 14);
	return bytes;
}

function buildArp(arp: Extract<Frame['payload'], { kind: 'arp' }>): Uint8Array {
	const bytes = new Uint8Array(28);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, 0x0001_0800);
	view.setUint16(4, 0x0604);
	view.setUint16(6, arp.operation);
	putMac(bytes, 8, arp.senderMac);
	view.setUint32(14, arp.senderIp);
	putMac(bytes, 18, arp.targetMac);
	view.setUint32(24, arp.targetIp);
	return bytes;
}

export function parseFrame(bytes: Uint8Array): Frame | null {
	if (bytes.length < 14) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const type = view.getUint16(12);
	const body = bytes.slice(14);
	const raw = { kind: 'raw', bytes: body } as const;
	const payload = type === ETHERTYPE.ipv4 ? (parsePacket(body) ?? raw) : type === ETHERTYPE.arp ? (parseArp(body) ?? raw) : raw;
	return { destination: mac(view, 0), source: mac(view, 6), type, payload };
}

function parseArp(bytes: Uint8Array): Frame['payload'] | null {
	if (bytes.length < 28) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	if (view.getUint32(0) !== 0x0001_0800 || view.getUint16(4) !== 0x0604) return null;
	return {
		kind: 'arp',
		operation: view.getUint16(6),
		senderMac: mac(view, 8),
		senderIp: view.getUint32(14),
		targetMac: mac(view, 18),
		targetIp: view.getUint32(24)
	};
}

function putMac(bytes: Uint8Array, at: number, address: number): void {
	for (let i = 5; i >= 0; i--) {
		bytes[at + i] = address % 256;
		address = Math.floor(address / 256);
	}
}

const mac = (view: DataView, at: number): number => view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
