/**
 * The kernel's sets of addresses, networks and ports (ip_set), by name.
 *
 * A set has one to three dimensions: an address or a network first, then protocol and port, or a second address. A packet
 * is looked up by its source or destination in each of them. An entry may expire.
 * Not simulated: MAC addresses, interfaces, marks and comments as parts of an entry; counters.
 */
import type { Services } from '../services';
import type { Skb } from '../skb';

export type Dimension = 'ip' | 'net' | 'port';

export interface SetType {
	/** "hash:ip,port" */
	readonly name: string;
	readonly dimensions: readonly Dimension[];
	/** of other sets: list:set */
	readonly isList?: boolean;
}

/** What an entry holds in one dimension: an address with its prefix length, or a protocol's port. */
export interface Part {
	/** unsigned 32 bits; a port: protocol * 65536 + port */
	readonly value: number;
	/** of a network, 0 … 32; 32 for an address, 0 for a port */
	readonly length: number;
}

export interface Entry {
	readonly parts: readonly Part[];
	/** microseconds since 1970; null for ever */
	readonly expires: number | null;
	/** an exception inside a larger network */
	readonly nomatch: boolean;
}

const SECOND = 1_000_000;
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132, 136]);
const ICMP = 1;

const key = (parts: readonly Part[]): string => parts.map(({ value, length }) => `${value}/${length}`).join(' ');
const networkOf = (address: number, length: number): number =>
	length === 0 ? 0 : (address & (0xffffffff << (32 - length))) >>> 0;

export class IpSet {
	readonly #entries = new Map<string, Entry>();
	/** how many rules and sets refer to it */
	references = 0;
	/** of list:set */
	members: IpSet[] = [];

	constructor(
		public name: string,
		readonly type: SetType,
		/** seconds that an entry stays by itself; null when entries stay for ever */
		readonly timeout: number | null,
		/** options as they are listed */
		readonly options: {
			readonly hashSize: number;
			readonly maximum: number;
			readonly range: readonly [number, number] | null;
		}
	) {}

	/** In the order in which they came. */
	entries(now: number): Entry[] {
		this.#forget(now);
		return [...this.#entries.values()];
	}

	get(parts: readonly Part[], now: number): Entry | undefined {
		const entry = this.#entries.get(key(parts));
		return entry && (entry.expires === null || entry.expires > now) ? entry : undefined;
	}

	/** @returns false when the set is full */
	add(entry: Entry, now: number): boolean {
		if (!this.#entries.has(key(entry.parts)) && this.#entries.size >= this.options.maximum) {
			this.#forget(now);
			if (this.#entries.size >= this.options.maximum) return false;
		}
		this.#entries.set(key(entry.parts), entry);
		return true;
	}

	delete(parts: readonly Part[]): boolean {
		return this.#entries.delete(key(parts));
	}

	flush(): void {
		this.#entries.clear();
		this.members = [];
	}

	/** @returns the entry that decides: of several networks the narrowest */
	lookup(values: readonly number[], now: number): Entry | undefined {
		let best: Entry | undefined;
		let bestLength = -1;
		if (!this.type.dimensions.includes('net'))
			return this.get(
				values.map((value, i) => ({ value, length: this.type.dimensions[i] === 'port' ? 0 : 32 })),
				now
			);
		for (const entry of this.#entries.values()) {
			if (entry.expires !== null && entry.expires <= now) continue;
			const inside = entry.parts.every(({ value, length }, i) =>
				this.type.dimensions[i] === 'port' ? values[i] === value : networkOf(values[i]!, length) === value
			);
			const length = entry.parts.reduce((sum, part) => sum + part.length, 0);
			if (inside && length > bestLength) [best, bestLength] = [entry, length];
		}
		return best;
	}

	/* ---- packets ---- */

	test(skb: Skb, fromSource: readonly boolean[], returnNomatch: boolean, now: number): boolean {
		if (this.type.isList) return this.members.some((set) => set.test(skb, fromSource, returnNomatch, now));
		const values = this.#valuesOf(skb, fromSource);
		const entry = values === null ? undefined : this.lookup(values, now);
		return entry !== undefined && entry.nomatch === returnNomatch;
	}

	addPacket(skb: Skb, fromSource: readonly boolean[], exist: boolean, timeout: number | null, now: number): void {
		const parts = this.#partsOf(skb, fromSource);
		if (!parts || (!exist && this.get(parts, now))) return;
		const seconds = timeout ?? this.timeout;
		const expires = this.timeout === null || !seconds ? null : now + seconds * SECOND;
		this.add({ parts, expires, nomatch: false }, now);
	}

	deletePacket(skb: Skb, fromSource: readonly boolean[], _now: number): void {
		const parts = this.#partsOf(skb, fromSource);
		if (parts) this.delete(parts);
	}

	#partsOf(skb: Skb, fromSource: readonly boolean[]): readonly Part[] | null {
		const values = this.type.isList ? null : this.#valuesOf(skb, fromSource);
		return values && values.map((value, i) => ({ value, length: this.type.dimensions[i] === 'port' ? 0 : 32 }));
	}

	/** null when the packet has no such thing, or the rule names too few ends */
	#valuesOf(skb: Skb, fromSource: readonly boolean[]): number[] | null {
		const { dimensions } = this.type;
		if (fromSource.length < dimensions.length) return null;
		const values: number[] = [];
		for (const [i, dimension] of dimensions.entries()) {
			const source = fromSource[i]!;
			if (dimension !== 'port') {
				values.push(source ? skb.packet.source : skb.packet.destination);
				continue;
			}
			const port = portOf(skb, source);
			if (port === null) return null;
			values.push(this.type.name === 'bitmap:port' ? port % 65536 : port);
		}
		return values;
	}

	#forget(now: number): void {
		if (this.timeout === null) return;
		for (const [name, { expires }] of this.#entries) if (expires !== null && expires <= now) this.#entries.delete(name);
	}
}

/** ICMP stands with type and code in the port's place. */
function portOf(skb: Skb, source: boolean): number | null {
	if (skb.fragmentOffset > 0 || skb.sourcePort < 0) return null;
	if (skb.protocol === ICMP) return ICMP * 65536 + skb.sourcePort * 256 + skb.destinationPort;
	if (!WITH_PORTS.has(skb.protocol)) return null;
	return skb.protocol * 65536 + (source ? skb.sourcePort : skb.destinationPort);
}

export class IpSets {
	readonly #sets = new Map<string, IpSet>();

	find(name: string): IpSet | undefined {
		return this.#sets.get(name);
	}

	all(): IpSet[] {
		return [...this.#sets.values()];
	}

	add(set: IpSet): void {
		this.#sets.set(set.name, set);
	}

	delete(name: string): void {
		this.#sets.delete(name);
	}
}

/** One collection a host. */
export function ipSets(services: Services): IpSets {
	return services.shared('ipset', () => new IpSets());
}
