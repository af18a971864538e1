/**
 * TCP segments (RFC 9293) with the options of Linux: MSS, window scale (RFC 7323), SACK (RFC 2018), timestamps.
 *
 * An option is a row of `OPTIONS`: its number, how its data is read and written. Options of other numbers, and known ones
 * of a wrong length, are kept as bytes.
 */
import { checksum, pseudoHeaderSum } from './checksum';
import { concat, headerLength, readHeader, writeHeader, type HeaderTable } from './header';
import { PROTOCOL, type Ipv4Address, type TcpOption, type TcpSegment } from './packet';

export const TCP_HEADER = [
	{ name: 'sourcePort', bits: 16, show: 'decimal', label: 'Source Port' },
	{ name: 'destinationPort', bits: 16, show: 'decimal', label: 'Destination Port' },
	{ name: 'sequence', bits: 32, show: 'decimal', label: 'Sequence Number (raw)' },
	{ name: 'acknowledgement', bits: 32, show: 'decimal', label: 'Acknowledgment number (raw)' },
	{ name: 'headerWords', bits: 4, show: 'words', label: 'Header Length' },
	{ name: 'reserved', bits: 4, show: 'hidden', label: 'Reserved' },
	{ name: 'cwr', bits: 1, show: 'flag', label: 'Congestion Window Reduced' },
	{ name: 'ece', bits: 1, show: 'flag', label: 'ECN-Echo' },
	{ name: 'urg', bits: 1, show: 'flag', label: 'Urgent' },
	{ name: 'ack', bits: 1, show: 'flag', label: 'Acknowledgment' },
	{ name: 'psh', bits: 1, show: 'flag', label: 'Push' },
	{ name: 'rst', bits: 1, show: 'flag', label: 'Reset' },
	{ name: 'syn', bits: 1, show: 'flag', label: 'Syn' },
	{ name: 'fin', bits: 1, show: 'flag', label: 'Fin' },
	{ name: 'window', bits: 16, show: 'decimal', label: 'Window' },
	{ name: 'checksum', bits: 16, show: 'hex', label: 'Checksum' },
	{ name: 'urgentPointer', bits: 16, show: 'decimal', label: 'Urgent Pointer' }
] as const satisfies HeaderTable;

export const TCP_LENGTH = headerLength(TCP_HEADER);
/** From the lowest bit of `TcpSegment.flags`. */
const FLAG_BITS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
const CHECKSUM_AT = 16;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

type Known = Exclude<TcpOption, { kind: 'nop' | 'unknown' }>;
interface OptionRow<K extends Known['kind']> {
	readonly number: number;
	/** undefined: the data does not fit */
	read(data: DataView): Extract<Known, { kind: K }> | undefined;
	write(option: Extract<Known, { kind: K }>): readonly (readonly [value: number, bytes: number])[];
}

const OPTIONS: { readonly [K in Known['kind']]: OptionRow<K> } = {
	mss: {
		number: 2,
		read: (data) => (data.byteLength === 2 ? { kind: 'mss', value: data.getUint16(0) } : undefined),
		write: (option) => [[option.value, 2]]
	},
	'window-scale': {
		number: 3,
		read: (data) => (data.byteLength === 1 ? { kind: 'window-scale', shift: data.getUint8(0) } : undefined),
		write: (option) => [[option.shift, 1]]
	},
	'sack-permitted': {
		number: 4,
		read: (data) => (data.byteLength === 0 ? { kind: 'sack-permitted' } : undefined),
		write: () => []
	},
	sack: {
		number: 5,
		read: (data) =>
			data.byteLength % 8 === 0 && data.byteLength > 0
				? {
						kind: 'sack',
						blocks: Array.from(
							{ length: data.byteLength / 8 },
							(_, i) => [data.getUint32(i * 8), data.getUint32(i * 8 + 4)] as const
						)
					}
				: undefined,
		write: (option) => option.blocks.flatMap(([left, right]) => [[left, 4] as const, [right, 4] as const])
	},
	timestamps: {
		number: 8,
		read: (data) =>
			data.byteLength === 8 ? { kind: 'timestamps', value: data.getUint32(0), echo: data.getUint32(4) } : undefined,
		write: (option) => [
			[option.value, 4],
			[option.echo, 4]
		]
	}
};
const ROWS = Object.values(OPTIONS) as readonly OptionRow<Known['kind']>[];

export function buildTcpOptions(options: readonly TcpOption[]): Uint8Array {
	const bytes: number[] = [];
	for (const option of options) {
		if (option.kind === 'nop') bytes.push(NO_OPERATION);
		else if (option.kind === 'unknown') bytes.push(option.number, option.data.length + 2, ...option.data);
		else {
			const row = OPTIONS[option.kind] as OptionRow<Known['kind']>;
			const data: number[] = [];
			for (const [value, count] of row.write(option))
				for (let i = count - 1; i >= 0; i--) data.push((value >>> (8 * i)) & 255);
			bytes.push(row.number, data.length + 2, ...data);
		}
	}
	while (bytes.length % 4 !== 0) bytes.push(END_OF_OPTIONS);
	return Uint8Array.from(bytes);
}

/** An option with the place of its bytes. */
export interface PlacedOption {
	readonly option: TcpOption;
	readonly offset: number;
	readonly length: number;
}

export function parseTcpOptions(bytes: Uint8Array): PlacedOption[] {
	const options: PlacedOption[] = [];
	for (let at = 0; at < bytes.length && bytes[at] !== END_OF_OPTIONS;) {
		const number = bytes[at]!;
		if (number === NO_OPERATION) {
			options.push({ option: { kind: 'nop' }, offset: at, length: 1 });
			at++;
			continue;
		}
		const length = bytes[at + 1] ?? 0;
		if (length < 2 || at + length > bytes.length) break;
		const data = bytes.slice(at + 2, at + length);
		const known = ROWS.find((row) => row.number === number)?.read(new DataView(data.buffer));
		options.push({ option: known ?? { kind: 'unknown', number, data }, offset: at, length });
		at += length;
	}
	return options;
}

export function buildTcp(segment: TcpSegment, source: Ipv4Address, destination: Ipv4Address): Uint8Array {
	const options = buildTcpOptions(segment.options);
	const flags = Object.fromEntries(FLAG_BITS.map((name, bit) => [name, (segment.flags >> bit) & 1])) as Record<
		(typeof FLAG_BITS)[number],
		number
	>;
	const header = writeHeader(TCP_HEADER, {
		...segment,
		...flags,
		headerWords: 5 + options.length / 4,
		reserved: 0,
		checksum: 0
	});
	const draft = concat(header, options, segment.payload);
	const sum = segment.checksum ?? checksum(draft, pseudoHeaderSum(source, destination, PROTOCOL.tcp, draft.length));
	draft[CHECKSUM_AT] = sum >> 8;
	draft[CHECKSUM_AT + 1] = sum & 255;
	return draft;
}

export function parseTcp(
	bytes: Uint8Array,
	source: Ipv4Address,
	destination: Ipv4Address,
	verify = true
): TcpSegment | undefined {
	if (bytes.length < TCP_LENGTH) return undefined;
	const header = readHeader(TCP_HEADER, bytes);
	const length = header.headerWords * 4;
	if (length < TCP_LENGTH || length > bytes.length) return undefined;
	const wrong = verify && checksum(bytes, pseudoHeaderSum(source, destination, PROTOCOL.tcp, bytes.length)) !== 0;
	return {
		kind: 'tcp',
		sourcePort: header.sourcePort,
		destinationPort: header.destinationPort,
		sequence: header.sequence,
		acknowledgement: header.acknowledgement,
		flags: FLAG_BITS.reduce((sum, name, bit) => sum | (header[name] << bit), 0),
		window: header.window,
		urgentPointer: header.urgentPointer,
		options: parseTcpOptions(bytes.subarray(TCP_LENGTH, length)).map(({ option }) => option),
		payload: bytes.slice(length),
		...(wrong ? { checksum: header.checksum } : {})
	};
}
