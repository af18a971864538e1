/**
 * For tests of matches and targets: reads options as the command does, gives a kernel that knows nothing, makes packets.
 */
import type { Ipv4Packet } from '#wire/packet';
import type { Connection } from '../conntrack/connection';
import { OptionError, type AnyMatch, type AnyTarget, type CommandContext, type Names } from '../extension';
import { checkOptions, parseOption } from '../option';
import type { MatchUse, RuleSpec } from '../rule';
import type { Services } from '../services';
import { Skb } from '../skb';
import { findMatch } from './matches';

const NAMES: Names = {
	servicePort: (name) => ({ ssh: 22, smtp: 25, http: 80 })[name],
	serviceName: (port) => ({ 22: 'ssh', 25: 'smtp', 80: 'http' })[port],
	protocolNumber: () => undefined,
	protocolName: () => undefined,
	hostAddresses: () => [],
	hostName: () => undefined,
	userId: (name) => ({ root: 0, mail: 8 })[name],
	groupId: (name) => ({ root: 0, adm: 4 })[name],
	userName: (id) => ({ 0: 'root', 8: 'mail' })[id],
	groupName: (id) => ({ 0: 'root', 4: 'adm' })[id],
	file: () => undefined,
	setDimension: () => undefined
};

export function context(protocol: number | null, more: Partial<CommandContext> = {}): CommandContext {
	return {
		family: 'ip',
		variant: 'nf_tables',
		rule: {
			protocol: protocol === null ? null : { number: protocol, invert: false },
			source: null,
			destination: null,
			incoming: null,
			outgoing: null
		},
		numeric: false,
		warn: () => undefined,
		names: NAMES,
		...more
	};
}

export function matchNamed(name: string): AnyMatch {
	return findMatch(name)!;
}

/** The words behind "-m name", split at blanks; `_` stands for one inside a word. @throws OptionError */
export function read(name: string, text: string, protocol: number | null = null): MatchUse {
	return readAs(matchNamed(name), text, protocol);
}

/** The same behind "-m name" or "-j name". @throws OptionError */
export function readAs(extension: AnyMatch | AnyTarget, text: string, protocol: number | null = null): MatchUse {
	const within = context(protocol);
	const draft = extension.init(within) as never;
	const seen = new Set<string>();
	const words = text.split(' ').filter((word) => word !== '');
	let invert = false;
	while (words.length > 0) {
		const word = words.shift()!;
		if (word === '!') {
			invert = true;
			continue;
		}
		const row = extension.options.find((option) => `--${option.name}` === word)!;
		const argument = row.type === 'none' ? null : words.shift()!.replace(/_/g, ' ');
		const second = row.second ? words.shift() : undefined;
		const parsed = parseOption(extension.name, row, argument, invert, seen, within);
		extension.parse?.(draft, second === undefined ? parsed : { ...parsed, second }, within);
		seen.add(row.id);
		invert = false;
	}
	extension.finish?.(draft, seen, within);
	checkOptions(extension.name, extension.options, seen);
	return { name: extension.name, data: draft };
}

/** What is said of bad options; the saved rule when they are good. */
export function complaint(name: string, text: string, protocol: number | null = null): string {
	try {
		return matchNamed(name).save(read(name, text, protocol).data as never, context(protocol));
	} catch (thrown) {
		if (thrown instanceof OptionError) return thrown.text;
		throw thrown;
	}
}

/** A kernel that can be told the time. */
export class Clock {
	/** microseconds */
	time = Date.UTC(2024, 4, 6, 9, 30) * 1000;
	readonly #shared = new Map<string, unknown>();
	connections: Connection[] = [];

	wait(seconds: number): void {
		this.time += seconds * 1e6;
	}

	readonly services = {
		now: () => this.time,
		uptime: () => this.time - Date.UTC(2024, 4, 6) * 1000,
		random: () => 0x40000000,
		addressType: (address: number) => (address === 0xc0a84b01 ? 'LOCAL' : 'UNICAST'),
		shared: <T>(key: string, make: () => T): T => {
			if (!this.#shared.has(key)) this.#shared.set(key, make());
			return this.#shared.get(key) as T;
		},
		conntrack: {
			find: (tuple: Connection['original']) => {
				const connection = this.connections.find(({ original }) => original.sourcePort === tuple.sourcePort);
				return connection ? { connection, direction: 0 } : null;
			}
		}
	} as unknown as Services;

	/** The function that the kernel would run. */
	compile(name: string, text: string, protocol: number | null = null): (skb: Skb) => boolean {
		const { data } = read(name, text, protocol);
		return matchNamed(name).compile!(data as never, this.services, EMPTY);
	}
}

/** A rule that asks for nothing and does nothing. */
export const EMPTY: RuleSpec = {
	source: null,
	destination: null,
	incoming: null,
	outgoing: null,
	protocol: null,
	fragment: null,
	matches: [],
	target: { kind: 'none' }
};

const encode = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** 192.168.75.10:40000 → 192.168.75.1:dport, TTL 64. */
export function udp(dport: number, payload = 'abcdefgh', more: Partial<Ipv4Packet> = {}): Skb {
	const packet: Ipv4Packet = {
		kind: 'ipv4',
		tos: 0,
		identification: 1,
		dontFragment: false,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: 64,
		protocol: 17,
		source: 0xc0a84b0a,
		destination: 0xc0a84b01,
		options: new Uint8Array(),
		payload: { kind: 'udp', sourcePort: 40000, destinationPort: dport, payload: encode(payload) },
		...more
	};
	const skb = new Skb();
	skb.replace(packet);
	return skb;
}

export function tcp(dport: number, flags: number, more: Partial<Ipv4Packet> = {}): Skb {
	return udp(dport, '', {
		protocol: 6,
		payload: {
			kind: 'tcp',
			sourcePort: 40000,
			destinationPort: dport,
			sequence: 1000,
			acknowledgement: 0,
			flags,
			window: 1024,
			urgentPointer: 0,
			options: [{ kind: 'mss', value: 1460 }],
			payload: new Uint8Array()
		},
		...more
	});
}
