/**
 * Captures in the pcapng format (draft-ietf-opsawg-pcapng), as Wireshark and tcpdump read them.
 *
 * Writes: a section header, an interface description for each interface with microsecond time stamps, an enhanced packet
 *         block for each packet. Little-endian.
 */
import { concat } from './header';

export interface CapturedPacket {
	/** microseconds since 1970 */
	readonly time: number;
	readonly bytes: Uint8Array;
	/** index of `interfaces`; default 0 */
	readonly interface?: number;
	readonly comment?: string;
}

export interface CaptureOptions {
	/** names: "halo eth0"; default one without a name */
	readonly interfaces?: readonly string[];
	/** what wrote the file */
	readonly application?: string;
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const OPTION = { end: 0, comment: 1, interfaceName: 2, application: 4, timeResolution: 9 } as const;
const ETHERNET = 1;
const SNAPSHOT_LENGTH = 262_144;
/** units of 10⁻⁶ s */
const MICROSECONDS = Uint8Array.of(6);

const encoder = new TextEncoder();

function words(...values: readonly number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(values.length * 4));
	for (const [i, value] of values.entries()) view.setUint32(i * 4, value, true);
	return new Uint8Array(view.buffer);
}

function halves(...values: readonly number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(values.length * 2));
	for (const [i, value] of values.entries()) view.setUint16(i * 2, value, true);
	return new Uint8Array(view.buffer);
}

function padded(bytes: Uint8Array): Uint8Array {
	return bytes.length % 4 === 0 ? bytes : concat(bytes, new Uint8Array(4 - (bytes.length % 4)));
}

function options(list: readonly (readonly [code: number, value: Uint8Array | string | undefined])[]): Uint8Array {
	const parts: Uint8Array[] = [];
	for (const [code, value] of list) {
		if (value === undefined) continue;
		const bytes = typeof value === 'string' ? encoder.encode(value) : value;
		parts.push(halves(code, bytes.length), padded(bytes));
	}
	return parts.length === 0 ? new Uint8Array(0) : concat(...parts, halves(OPTION.end, 0));
}

function block(type: number, ...body: readonly Uint8Array[]): Uint8Array {
	const inside = concat(...body);
	const length = inside.length + 12;
	return concat(words(type, length), inside, words(length));
}

export function writePcapng(
	packets: Iterable<CapturedPacket>,
	{ interfaces = [''], application = 'Postern' }: CaptureOptions = {}
): Uint8Array {
	const blocks = [
		block(
			BLOCK.section,
			words(0x1a2b3c4d),
			halves(1, 0),
			words(0xffffffff, 0xffffffff),
			options([[OPTION.application, application]])
		)
	];
	for (const name of interfaces)
		blocks.push(
			block(
				BLOCK.interface,
				halves(ETHERNET, 0),
				words(SNAPSHOT_LENGTH),
				options([
					[OPTION.interfaceName, name || undefined],
					[OPTION.timeResolution, MICROSECONDS]
				])
			)
		);
	for (const packet of packets) {
		const { bytes } = packet;
		const time = [Math.floor(packet.time / 2 ** 32), packet.time % 2 ** 32] as const;
		blocks.push(
			block(
				BLOCK.packet,
				words(packet.interface ?? 0, ...time, bytes.length, bytes.length),
				padded(bytes),
				options([[OPTION.comment, packet.comment]])
			)
		);
	}
	return concat(...blocks);
}
