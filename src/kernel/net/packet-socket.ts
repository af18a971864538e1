/**
 * Packet sockets (packet(7)): frames as they pass the interfaces, both ways; tcpdump lives on them.
 *
 * Does: gives each frame of its protocol (0x0003: all) on its interface (or on all) to the reader as bytes, with the
 *       Ethernet header (raw) or without (dgram). A frame written to it goes out as it is.
 * Not simulated: filters in the kernel (a program filters what it read), direction and time of a frame.
 */
import type { Frame } from '#wire/packet';
import { Errno } from '../syscalls';
import type { Received, SocketAddress, SocketInfo } from '../syscalls';
import type { Answer } from '../wait';
import { WouldBlock } from '../wait';
import { buildFrame, parseFrame } from '#wire/ethernet';
import type { NetInterface } from './interface';
import { ETHERNET_HEADER, unpaddedLength } from '#wire/length';
import type { Credentials } from './socket';
import { inet, NetSocket } from './socket';
import type { NetStack } from './stack';

export const ETH_P_ALL = 3;
/** frames that wait at most; further ones are lost ("dropped by kernel") */
const WAITING = 2000;

export class PacketSocket extends NetSocket {
	readonly #withHeader: boolean;
	#protocol: number;
	#interface: NetInterface | null = null;
	#frames: { readonly frame: Frame; readonly interface: string; readonly direction: 'in' | 'out' }[] = [];

	constructor(stack: NetStack, credentials: Credentials, type: 'raw' | 'dgram', protocol: number) {
		super(stack, credentials);
		this.#withHeader = type === 'raw';
		this.#protocol = protocol;
		stack.taps.push(this);
	}

	/** A frame passed an interface. */
	see(netInterface: NetInterface, frame: Frame, direction: 'in' | 'out'): void {
		if (this.#protocol !== ETH_P_ALL && (frame.type !== this.#protocol || direction === 'out')) return;
		if (this.#interface && this.#interface !== netInterface) return;
		if (this.#frames.length >= WAITING) return;
		this.#frames.push({ frame, interface: netInterface.name, direction });
		this.changed.wake();
	}

	bind(address: SocketAddress): void {
		if (address.family !== 'packet') throw new Errno('EINVAL');
		this.#interface = this.stack.interfaceByName(address.interface);
		this.#frames = this.#frames.filter((seen) => seen.interface === address.interface);
	}

	connect(_address: SocketAddress): void {
		throw new Errno('EOPNOTSUPP');
	}

	sendto(bytes: Uint8Array, to?: SocketAddress): number {
		const out = to?.family === 'packet' ? this.stack.interfaceByName(to.interface) : this.#interface;
		if (!out) throw new Errno('ENXIO');
		if (!out.up) throw new Errno('ENETDOWN');
		if (bytes.length > out.mtu + ETHERNET_HEADER) throw new Errno('EMSGSIZE');
		if (!this.#withHeader || bytes.length < ETHERNET_HEADER) throw new Errno('EINVAL');
		out.transmit(parseFrame(bytes.slice()));
		return bytes.length;
	}

	recvfrom(count: number): Answer<Received> {
		this.throwPending();
		const seen = this.#frames.shift();
		if (!seen) return new WouldBlock([this.changed]);
		const built = buildFrame(seen.frame);
		// the card pads what it sends, so the sender's own capture is without, and there is no card on lo
		const isBare = seen.direction === 'out' || this.stack.interfaceByName(seen.interface).loopback;
		const bytes = isBare ? built.subarray(0, unpaddedLength(seen.frame)) : built;
		const wanted = this.#withHeader ? bytes : bytes.subarray(ETHERNET_HEADER);
		return { bytes: wanted.subarray(0, count), from: { family: 'packet', interface: seen.interface } };
	}

	poll(): { read: boolean; write: boolean; hangup: boolean } {
		return { read: this.#frames.length > 0, write: true, hangup: false };
	}

	getsockname(): SocketAddress {
		return { family: 'packet', interface: this.#interface?.name ?? '' };
	}

	getpeername(): SocketAddress {
		throw new Errno('EOPNOTSUPP');
	}

	info(): SocketInfo {
		const queues = { receiveQueue: 0, sendQueue: 0 };
		return {
			protocol: 'raw',
			type: 'raw',
			state: '',
			local: inet(0, 0),
			...queues,
			uid: this.credentials.uid,
			inode: this.inode
		};
	}

	close(): void {
		const at = this.stack.taps.indexOf(this);
		if (at >= 0) this.stack.taps.splice(at, 1);
	}
}
