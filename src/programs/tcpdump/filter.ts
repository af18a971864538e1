/**
 * Filter expressions (pcap-filter(7)), the part that people type: [src|dst] host, net, port, portrange; tcp, udp, icmp,
 * arp, ip; and, or, not, parentheses. Pure.
 *
 * Lacks: arithmetic on bytes (`tcp[13] & 2 != 0`), ether, vlan, gateway, broadcast, multicast, names of hosts (the caller
 * resolves them).
 */
import { inNetwork, parseIpv4Address } from '#wire/address';
import { PROTOCOL, type Frame, type Ipv4Packet } from '#wire/packet';

export type Filter = (frame: Frame) => boolean;

/** What is wrong with an expression, in the words of libpcap. */
export class FilterError {
	constructor(readonly message: string) {}
}

export interface Names {
	readonly host: (name: string) => readonly number[] | undefined;
	readonly port: (name: string) => number | undefined;
}

type Direction = 'src' | 'dst' | 'either';

const PROTOCOLS: Readonly<Record<string, (frame: Frame) => boolean>> = {
	ip: (frame) => frame.payload.kind === 'ipv4',
	arp: (frame) => frame.payload.kind === 'arp',
	ip6: () => false,
	tcp: (frame) => packetOf(frame)?.protocol === PROTOCOL.tcp,
	udp: (frame) => packetOf(frame)?.protocol === PROTOCOL.udp,
	icmp: (frame) => packetOf(frame)?.protocol === PROTOCOL.icmp
};

function packetOf({ payload }: Frame): Ipv4Packet | undefined {
	return payload.kind === 'ipv4' ? payload : undefined;
}

function addresses(frame: Frame, direction: Direction): number[] {
	const { payload } = frame;
	const pair =
		payload.kind === 'ipv4'
			? [payload.source, payload.destination]
			: payload.kind === 'arp'
				? [payload.senderIp, payload.targetIp]
				: [];
	return direction === 'either' ? pair : pair.slice(direction === 'src' ? 0 : 1, direction === 'src' ? 1 : 2);
}

function ports(frame: Frame, direction: Direction): number[] {
	const payload = packetOf(frame)?.payload;
	if (payload?.kind !== 'tcp' && payload?.kind !== 'udp') return [];
	if (direction === 'either') return [payload.sourcePort, payload.destinationPort];
	return [direction === 'src' ? payload.sourcePort : payload.destinationPort];
}

export function wordsOf(expression: string): string[] {
	return expression.match(/[()!]|&&|\|\||[^\s()!]+/g) ?? [];
}

/** Throws a FilterError. An empty expression takes everything. */
export function parseFilter(expression: string, names: Names): Filter {
	const words = wordsOf(expression);
	if (words.length === 0) return () => true;
	const parser = new Parser(words, names);
	const filter = parser.either();
	if (!parser.done) throw new FilterError("can't parse filter expression: syntax error");
	return filter;
}

class Parser {
	#at = 0;
	/** `port 25 or 587`: a bare value repeats the qualifiers before it */
	#last: { direction: Direction; type: string; protocol: string | undefined } | undefined;

	constructor(
		readonly words: readonly string[],
		readonly names: Names
	) {}

	get done(): boolean {
		return this.#at >= this.words.length;
	}

	get #word(): string | undefined {
		return this.words[this.#at];
	}

	#take(...wanted: readonly string[]): boolean {
		if (this.#word === undefined || !wanted.includes(this.#word)) return false;
		this.#at++;
		return true;
	}

	/** `and` and `or` bind equally and to the left (pcap-filter(7)). */
	either(): Filter {
		let left = this.#not();
		for (;;) {
			const before = left;
			if (this.#take('and', '&&')) {
				const right = this.#not();
				left = (frame) => before(frame) && right(frame);
			} else if (this.#take('or', '||')) {
				const right = this.#not();
				left = (frame) => before(frame) || right(frame);
			} else return left;
		}
	}

	#not(): Filter {
		if (this.#take('not', '!')) {
			const inside = this.#not();
			return (frame) => !inside(frame);
		}
		if (this.#take('(')) {
			const inside = this.either();
			if (!this.#take(')')) throw new FilterError("can't parse filter expression: syntax error");
			return inside;
		}
		return this.#primitive();
	}

	#primitive(): Filter {
		let protocol: string | undefined;
		let direction: Direction = 'either';
		let type: string | undefined;
		if (this.#word !== undefined && this.#word in PROTOCOLS) protocol = this.words[this.#at++];
		if (this.#word === 'src' || this.#word === 'dst') {
			direction = this.words[this.#at++] as Direction;
			const other = direction === 'src' ? 'dst' : 'src';
			if ((this.#word as string | undefined) === 'or' && this.words[this.#at + 1] === other) {
				this.#at += 2;
				direction = 'either';
			}
		}
		if (['host', 'net', 'port', 'portrange'].includes(this.#word ?? '')) type = this.words[this.#at++];
		const ends = this.#word === undefined || ['and', 'or', '&&', '||', ')'].includes(this.#word);
		if (type === undefined && direction === 'either' && protocol !== undefined && ends) return PROTOCOLS[protocol]!;
		if (ends) throw new FilterError("can't parse filter expression: syntax error");
		const value = this.words[this.#at++]!;
		if (type === undefined && direction === 'either' && protocol === undefined && this.#last) {
			({ direction, type, protocol } = this.#last);
		}
		if (type === undefined && direction === 'either' && protocol === undefined && !/^[\d.]+$/.test(value))
			throw new FilterError("can't parse filter expression: syntax error");
		type ??= 'host';
		this.#last = { direction, type, protocol };
		const test = this.#value(type, value, direction);
		const first = protocol === undefined ? undefined : PROTOCOLS[protocol]!;
		return first ? (frame) => first(frame) && test(frame) : test;
	}

	#value(type: string, value: string, direction: Direction): Filter {
		if (type === 'port' || type === 'portrange') {
			const [low, high = low] =
				type === 'port' ? [this.#port(value)] : value.split('-').map((text) => this.#port(text));
			return (frame) => ports(frame, direction).some((port) => port >= low! && port <= high!);
		}
		if (type === 'net') {
			const [base = '', length] = value.split('/');
			const given = base.split('.').length;
			const network = parseIpv4Address([...base.split('.'), '0', '0', '0'].slice(0, 4).join('.'));
			if (network === undefined) throw new FilterError(`unknown network '${value}'`);
			const prefix = length === undefined ? given * 8 : Number(length);
			return (frame) => addresses(frame, direction).some((address) => inNetwork(address, network, prefix));
		}
		const found = parseIpv4Address(value) ?? this.names.host(value);
		if (found === undefined) throw new FilterError(`unknown host '${value}'`);
		const wanted = typeof found === 'number' ? [found] : found;
		return (frame) => addresses(frame, direction).some((address) => wanted.includes(address));
	}

	#port(text: string): number {
		const number = /^\d+$/.test(text) ? Number(text) : this.names.port(text);
		if (number === undefined) throw new FilterError(`unknown port '${text}'`);
		if (number > 65_535) throw new FilterError(`illegal port number ${number} > 65535`);
		return number;
	}
}
