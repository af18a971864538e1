/**
 * For tests: a host's services with a clock that is set by hand, and packets that walk the hooks of a router.
 */
import type { Ipv4Packet } from '#wire/packet';
import { TCP } from '#wire/packet';
import type { HookName } from '../rule';
import { Skb } from '../skb';
import { VERDICT } from '../extension';
import { CONNTRACK_SETTINGS } from './settings';
import { ConntrackTable, type ConntrackServices } from './table';

export class TestHost {
	time = 1_000_000_000;
	readonly settings = new Map<string, number>(
		Object.entries(CONNTRACK_SETTINGS).map(([name, value]) => [name, Number(value)])
	);
	readonly log: string[] = [];
	timers: { time: number; action: () => void }[] = [];
	#seed = 12345;
	readonly table: ConntrackTable;

	constructor() {
		const services: ConntrackServices = {
			now: () => this.time,
			at: (time, action) => {
				const timer = { time, action };
				this.timers.push(timer);
				return () => {
					this.timers = this.timers.filter((one) => one !== timer);
				};
			},
			random: () => (this.#seed = (Math.imul(this.#seed, 1103515245) + 12345) >>> 0),
			log: (_level, line) => this.log.push(line),
			setting: (name) => this.settings.get(name) ?? 0,
			reassemble: () => null
		};
		this.table = new ConntrackTable(services);
		this.table.active = true;
		this.table.natActive = true;
	}

	/** Seconds go by; timers that are due run. */
	wait(seconds: number): void {
		const until = this.time + seconds * 1_000_000;
		for (;;) {
			const due = this.timers.filter((timer) => timer.time <= until).sort((a, b) => a.time - b.time)[0];
			if (!due) break;
			this.timers = this.timers.filter((timer) => timer !== due);
			this.time = Math.max(this.time, due.time);
			due.action();
		}
		this.time = until;
	}

	set(name: string, value: number): void {
		this.settings.set(`net.netfilter.nf_conntrack_${name}`, value);
	}

	/** Through PREROUTING and POSTROUTING. @param rules what the nat chains do; @returns what came of it */
	forward(packet: Ipv4Packet, rules: Partial<Record<HookName, (skb: Skb) => number>> = {}, helper?: string): Walked {
		const skb = new Skb();
		const hook = (name: HookName): void => {
			skb.hook = name;
			skb.incoming = 'eth0';
			skb.outgoing = name === 'POSTROUTING' ? 'eth1' : null;
		};
		const chain = (name: HookName) => rules[name] ?? (() => VERDICT.accept);
		const { table } = this;
		hook('PREROUTING');
		skb.replace(packet);
		if (helper !== undefined) table.setTemplate(skb, { helper });
		let verdict = table.track(skb);
		const state = skb.state;
		if (verdict === VERDICT.accept) verdict = table.translate(skb, 'destination', chain('PREROUTING'));
		hook('POSTROUTING');
		if (verdict === VERDICT.accept) verdict = table.translate(skb, 'source', chain('POSTROUTING'));
		if (verdict === VERDICT.accept) verdict = table.confirm(skb);
		return { skb, state, verdict, packet: skb.packet };
	}
}

export interface Walked {
	readonly skb: Skb;
	readonly state: number;
	readonly verdict: number;
	readonly packet: Ipv4Packet;
}

const BARE = {
	kind: 'ipv4',
	tos: 0,
	identification: 1,
	dontFragment: false,
	moreFragments: false,
	fragmentOffset: 0,
	ttl: 64,
	options: new Uint8Array(0)
} as const;

export interface Ends {
	readonly from: number;
	readonly to: number;
	readonly sport?: number;
	readonly dport?: number;
}

export const swapped = ({ from, to, sport, dport }: Ends): Ends => ({
	from: to,
	to: from,
	...(dport === undefined ? {} : { sport: dport }),
	...(sport === undefined ? {} : { dport: sport })
});

export function udp({ from, to, sport = 40000, dport = 53 }: Ends): Ipv4Packet {
	const payload = { kind: 'udp', sourcePort: sport, destinationPort: dport, payload: new Uint8Array(8) } as const;
	return { ...BARE, protocol: 17, source: from, destination: to, payload };
}

const LETTERS: Readonly<Record<string, number>> = {
	F: TCP.fin,
	S: TCP.syn,
	R: TCP.rst,
	P: TCP.psh,
	A: TCP.ack,
	U: TCP.urg
};

/** @param flags letters as in the recordings: SA */
export function tcp(
	{ from, to, sport = 40000, dport = 80 }: Ends,
	flags: string,
	more: { seq?: number; ack?: number; text?: string; window?: number } = {}
): Ipv4Packet {
	const bits = [...flags].reduce((sum, letter) => sum | (LETTERS[letter] ?? 0), 0);
	const payload = {
		kind: 'tcp',
		sourcePort: sport,
		destinationPort: dport,
		sequence: more.seq ?? 1000,
		acknowledgement: more.ack ?? (flags.includes('A') ? 2000 : 0),
		flags: bits,
		window: more.window ?? 1024,
		urgentPointer: 0,
		options: [],
		payload: Uint8Array.from(more.text ?? '', (letter) => letter.charCodeAt(0))
	} as const;
	return { ...BARE, protocol: 6, source: from, destination: to, payload };
}

export function icmp(
	{ from, to }: Ends,
	type: number,
	more: { code?: number; id?: number; payload?: Uint8Array } = {}
): Ipv4Packet {
	const rest = ((more.id ?? 77) << 16) | 1;
	const payload = {
		kind: 'icmp',
		type,
		code: more.code ?? 0,
		rest,
		payload: more.payload ?? new Uint8Array(8)
	} as const;
	return { ...BARE, protocol: 1, source: from, destination: to, payload };
}
