/**
 * The crafted packets of the netfilter recordings ("raw" in `../netfilter/README.md`), as bytes: exactly what a raw socket
 * with its own header sends, right or wrong.
 */
import { buildIpv4 } from '#wire/ipv4';
import { checksum, pseudoHeaderSum } from '#wire/checksum';
import { parseIpv4Address } from '#wire/address';
import { PROTOCOL, TCP } from '#wire/packet';

/** What a probe of type `raw` and a packet of a published rule set say about the packet. */
export interface Crafted {
	readonly proto: string;
	readonly dst: string;
	readonly src?: string;
	readonly ttl?: number;
	readonly tos?: number;
	readonly sport?: number;
	readonly dport?: number;
	/** letters of FSRPAU, `-` for none */
	readonly flags?: string;
	readonly tcpopts?: readonly number[];
	readonly payload?: string;
	readonly icmp?: readonly [type: number, code: number];
	readonly id?: number;
	readonly icmp_seq?: number;
	/** hex: the packet that an ICMP error is about */
	readonly inner?: string;
	readonly badcsum?: number | boolean;
	readonly count?: number;
	/** bytes of the first fragment's payload */
	readonly fragment?: number;
	/** which of the fragments, in which order */
	readonly only?: readonly number[];
}

export const FLAG_LETTERS: readonly (readonly [letter: string, bit: number])[] = [
	['F', TCP.fin],
	['S', TCP.syn],
	['R', TCP.rst],
	['P', TCP.psh],
	['A', TCP.ack],
	['U', TCP.urg],
	['E', TCP.ece],
	['C', TCP.cwr]
];

const PROTOCOLS: Readonly<Record<string, number>> = PROTOCOL;
const DEFAULT = { ttl: 64, icmpId: 0x4e46, icmpSequence: 1, payload: 'abcdefgh', sequence: 1000, acknowledged: 2000, window: 1024 };

/** Code points below 256 stand for bytes. */
const bytesOf = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const word = (value: number): number[] => [(value >> 8) & 255, value & 255];
const long = (value: number): number[] => [...word(value >>> 16), ...word(value & 0xffff)];

export function protocolOf(name: string): number {
	return PROTOCOLS[name] ?? Number(name);
}

/** @param source the sender's address where the probe names none @param identification of the IP header */
export function craft(probe: Crafted, source: number, identification: number): Uint8Array[] {
	const protocol = protocolOf(probe.proto);
	const header = {
		kind: 'ipv4',
		tos: probe.tos ?? 0,
		identification,
		dontFragment: false,
		ttl: probe.ttl ?? DEFAULT.ttl,
		protocol,
		source: probe.src === undefined ? source : parseIpv4Address(probe.src)!,
		destination: parseIpv4Address(probe.dst)!,
		options: new Uint8Array(0)
	} as const;
	const inside = Uint8Array.from(transport(probe, header.source, header.destination));
	const packet = (bytes: Uint8Array, fragmentOffset: number, moreFragments: boolean): Uint8Array =>
		buildIpv4({ ...header, fragmentOffset, moreFragments, payload: { kind: 'raw', bytes } });
	const whole =
		probe.fragment === undefined
			? [packet(inside, 0, false)]
			: pick([packet(inside.slice(0, probe.fragment), 0, true), packet(inside.slice(probe.fragment), probe.fragment, false)], probe.only);
	return Array.from({ length: probe.count ?? 1 }, () => whole).flat();
}

function pick<T>(all: readonly T[], only: readonly number[] | undefined): T[] {
	return only === undefined ? [...all] : only.flatMap((index) => all[index] ?? []);
}

function transport(probe: Crafted, source: number, destination: number): number[] {
	const made = (BUILDERS[probe.proto] ?? other)(probe);
	const at = CHECKSUM_AT[probe.proto];
	if (at === undefined) return made;
	const pseudo = probe.proto === 'icmp' ? 0 : pseudoHeaderSum(source, destination, protocolOf(probe.proto), made.length);
	const right = checksum(Uint8Array.from(made), pseudo) || (probe.proto === 'udp' ? 0xffff : 0);
	const sum = probe.badcsum ? right ^ 0x5555 : right;
	return [...made.slice(0, at), ...word(sum), ...made.slice(at + 2)];
}

const CHECKSUM_AT: Readonly<Record<string, number>> = { tcp: 16, udp: 6, icmp: 2 };
const BUILDERS: Readonly<Record<string, (probe: Crafted) => number[]>> = { tcp, udp, icmp };

function tcp(probe: Crafted): number[] {
	const flags = FLAG_LETTERS.reduce((sum, [letter, bit]) => (probe.flags?.includes(letter) ? sum | bit : sum), 0);
	const options = [...(probe.tcpopts ?? [])];
	while (options.length % 4 !== 0) options.push(0);
	return [
		...word(probe.sport ?? 0),
		...word(probe.dport ?? 0),
		...long(DEFAULT.sequence),
		...long(flags & TCP.ack ? DEFAULT.acknowledged : 0),
		(5 + options.length / 4) << 4,
		flags,
		...word(DEFAULT.window),
		0,
		0,
		0,
		0,
		...options,
		...bytesOf(probe.payload ?? '')
	];
}

function udp(probe: Crafted): number[] {
	const data = bytesOf(probe.payload ?? '');
	return [...word(probe.sport ?? 0), ...word(probe.dport ?? 0), ...word(8 + data.length), 0, 0, ...data];
}

function icmp(probe: Crafted): number[] {
	const [type, code] = probe.icmp ?? [8, 0];
	const rest =
		probe.inner === undefined
			? [...word(probe.id ?? DEFAULT.icmpId), ...word(probe.icmp_seq ?? DEFAULT.icmpSequence)]
			: long(0);
	const data = probe.inner === undefined ? bytesOf(probe.payload ?? DEFAULT.payload) : [...Buffer.from(probe.inner, 'hex')];
	return [type, code, 0, 0, ...rest, ...data];
}

function other(probe: Crafted): number[] {
	return bytesOf(probe.payload ?? DEFAULT.payload);
}
