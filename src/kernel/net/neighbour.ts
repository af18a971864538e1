/**
 * Neighbours of one interface: which MAC address an IPv4 address on the wire has (RFC 826, arp(7)).
 *
 * Does: asks by broadcast, three times a second apart, while packets wait; answers requests for addresses of this host;
 *       learns from what it hears; ages entries REACHABLE → STALE → DELAY → PROBE as Linux does (RFC 4861's states).
 *       When nobody answers, each waiting packet comes back to its sender as ICMP host unreachable.
 * Reads: the interface's addresses and the host's local ones.
 * Not simulated: proxy ARP, arp_ignore other than 0, ARP for other hardware.
 */
import type { ArpPacket, Ipv4Address, Ipv4Packet, MacAddress } from '#wire/packet';
import { ETHERTYPE } from '#wire/packet';
import { MILLISECOND, SECOND } from '#engine/engine';
import type { NeighbourInfo } from '../syscalls';
import { BROADCAST_MAC } from '#wire/address';
import type { NetInterface } from './interface';
import type { NetStack } from './stack';
import { Timer } from './timer';

const REQUEST = 1;
const REPLY = 2;
/** between two requests */
const RETRANSMIT = SECOND;
/** requests by broadcast, and by unicast to a known address, before giving up (mcast_solicit, ucast_solicit) */
const PROBES = 3;
/** a known address is trusted that long; each entry draws between half and one and a half of it */
const BASE_REACHABLE = 30 * SECOND;
/** after the first use of a stale address a confirmation from above is waited for (delay_first_probe_time) */
const DELAY_FIRST_PROBE = 5 * SECOND;
/** packets that wait for one address (unres_qlen) */
const WAITING = 101;
/** entries of one interface at most (gc_thresh3); the oldest that is not in use goes first */
const ENTRIES = 1024;
/** two answers within that time: the first stays (locktime) */
const LOCK = 1000 * MILLISECOND;

type State = NeighbourInfo['state'];

interface Entry {
	readonly address: Ipv4Address;
	mac: MacAddress | undefined;
	state: State;
	/** when a REACHABLE entry becomes STALE, virtual microseconds */
	reachableUntil: number;
	updated: number;
	probes: number;
	waiting: Ipv4Packet[];
	readonly timer: Timer;
}

export class NeighbourTable {
	readonly #stack: NetStack;
	readonly #interface: NetInterface;
	#entries = new Map<Ipv4Address, Entry>();

	constructor(stack: NetStack, netInterface: NetInterface) {
		this.#stack = stack;
		this.#interface = netInterface;
	}

	/** Sends at once when the address is known, else asks for it and lets the packet wait. */
	send(packet: Ipv4Packet, nextHop: Ipv4Address): void {
		const entry = this.#entries.get(nextHop) ?? this.#create(nextHop);
		if (entry.mac !== undefined) {
			if (entry.state !== 'REACHABLE' || this.#stack.engine.now > entry.reachableUntil) this.#useStale(entry);
			if (entry.mac !== undefined) return this.#interface.sendTo(packet, entry.mac);
		}
		if (entry.waiting.length >= WAITING) entry.waiting.shift();
		entry.waiting.push(packet);
		if (entry.state !== 'INCOMPLETE') this.#startAsking(entry);
	}

	/** A higher layer heard from that address: it is reachable (TCP's acknowledgements tell). */
	confirm(address: Ipv4Address): void {
		const entry = this.#entries.get(address);
		if (!entry || entry.mac === undefined || entry.state === 'PERMANENT' || entry.state === 'FAILED') return;
		if (entry.state === 'REACHABLE')
			entry.reachableUntil = Math.max(entry.reachableUntil, this.#stack.engine.now + BASE_REACHABLE / 2);
		else this.#reachable(entry);
	}

	/** An ARP packet arrived on this interface. */
	receive(arp: ArpPacket): void {
		if (arp.operation !== REQUEST && arp.operation !== REPLY) return;
		const forUs = this.#stack.routing.isLocal(arp.targetIp);
		const entry = this.#entries.get(arp.senderIp);
		if (arp.operation === REQUEST && forUs) {
			if (arp.senderIp !== 0) this.#learn(entry ?? this.#create(arp.senderIp), arp.senderMac, 'STALE');
			this.#transmit(REPLY, arp.senderMac, arp.targetIp, arp.senderMac, arp.senderIp);
			return;
		}
		if (!entry) return;
		const answersUs = arp.operation === REPLY && forUs;
		this.#learn(entry, arp.senderMac, answersUs ? 'REACHABLE' : 'STALE');
	}

	list(): NeighbourInfo[] {
		const found: NeighbourInfo[] = [];
		for (const entry of this.#entries.values()) {
			const expired = entry.state === 'REACHABLE' && this.#stack.engine.now > entry.reachableUntil;
			found.push({
				address: entry.address,
				interface: this.#interface.name,
				mac: entry.mac,
				state: expired ? 'STALE' : entry.state
			});
		}
		return found;
	}

	/** @returns whether it was there */
	delete(address: Ipv4Address): boolean {
		const entry = this.#entries.get(address);
		entry?.timer.clear();
		return this.#entries.delete(address);
	}

	/** A fixed entry (`arp -s`, `ip neigh add … nud permanent`). */
	setPermanent(address: Ipv4Address, mac: MacAddress): void {
		const entry = this.#entries.get(address) ?? this.#create(address);
		entry.timer.clear();
		entry.mac = mac;
		entry.state = 'PERMANENT';
		this.#release(entry);
	}

	/** The interface went down: nothing is known any more, waiting packets are lost. */
	flush(): void {
		for (const entry of this.#entries.values()) entry.timer.clear();
		this.#entries.clear();
	}

	/** Tells the neighbours of an address of ours (gratuitous ARP, RFC 5227). */
	announce(address: Ipv4Address): void {
		this.#transmit(REQUEST, BROADCAST_MAC, address, 0, address);
	}

	#makeRoom(): void {
		if (this.#entries.size < ENTRIES) return;
		for (const { address, state } of this.#entries.values())
			if (state === 'FAILED' || state === 'STALE' || state === 'REACHABLE') return void this.delete(address);
		this.delete(this.#entries.keys().next().value!);
	}

	#create(address: Ipv4Address): Entry {
		this.#makeRoom();
		const entry: Entry = {
			address,
			mac: undefined,
			state: 'FAILED',
			reachableUntil: 0,
			updated: -LOCK,
			probes: 0,
			waiting: [],
			timer: new Timer(this.#stack.engine, () => this.#onTimer(entry))
		};
		this.#entries.set(address, entry);
		return entry;
	}

	#startAsking(entry: Entry): void {
		entry.state = 'INCOMPLETE';
		entry.probes = 0;
		this.#ask(entry, BROADCAST_MAC);
	}

	#ask(entry: Entry, to: MacAddress): void {
		entry.probes++;
		entry.timer.set(RETRANSMIT);
		const source = entry.waiting[0]?.source ?? 0;
		const own = this.#stack.routing.isLocal(source)
			? source
			: this.#stack.routing.sourceOn(this.#interface, entry.address);
		this.#transmit(REQUEST, to, own, 0, entry.address);
	}

	#useStale(entry: Entry): void {
		if (entry.state === 'FAILED') entry.mac = undefined;
		if (entry.state !== 'REACHABLE' && entry.state !== 'STALE') return;
		entry.state = 'DELAY';
		entry.timer.set(DELAY_FIRST_PROBE);
	}

	#onTimer(entry: Entry): void {
		if (entry.state === 'DELAY') {
			entry.state = 'PROBE';
			entry.probes = 0;
		}
		if (entry.probes < PROBES) return this.#ask(entry, entry.state === 'PROBE' ? entry.mac! : BROADCAST_MAC);
		entry.state = 'FAILED';
		entry.mac = undefined;
		const waiting = entry.waiting;
		entry.waiting = [];
		for (const packet of waiting) this.#stack.ip.unreachable(packet, this.#interface);
	}

	#learn(entry: Entry, mac: MacAddress, state: 'REACHABLE' | 'STALE'): void {
		if (entry.state === 'PERMANENT') return;
		const now = this.#stack.engine.now;
		if (entry.mac !== undefined && entry.mac !== mac && now - entry.updated < LOCK) return;
		if (state === 'STALE' && entry.mac === mac && entry.state !== 'FAILED') return;
		entry.mac = mac;
		entry.updated = now;
		entry.timer.clear();
		if (state === 'REACHABLE') this.#reachable(entry);
		else entry.state = 'STALE';
		this.#release(entry);
	}

	#reachable(entry: Entry): void {
		entry.timer.clear();
		entry.state = 'REACHABLE';
		entry.reachableUntil =
			this.#stack.engine.now + this.#stack.random.between(BASE_REACHABLE / 2, (BASE_REACHABLE * 3) / 2);
	}

	#release(entry: Entry): void {
		const waiting = entry.waiting;
		entry.waiting = [];
		for (const packet of waiting) this.send(packet, entry.address);
	}

	#transmit(
		operation: number,
		to: MacAddress,
		senderIp: Ipv4Address,
		targetMac: MacAddress,
		targetIp: Ipv4Address
	): void {
		const senderMac = this.#interface.mac;
		this.#interface.transmit({
			destination: to,
			source: senderMac,
			type: ETHERTYPE.arp,
			payload: { kind: 'arp', operation, senderMac, senderIp, targetMac, targetIp }
		});
	}
}
