/**
 * One set of the kernel's ip_set, and how packets and the command look elements up in it.
 *
 * Does: an element is found by the text of its parts; where parts are networks, every combination of the prefix lengths in
 *       use is tried, the narrowest first, and the first that is found decides. Elements may expire, count, and carry
 *       comments and marks.
 * Not simulated: buckets (`Size in memory` counts as if no two elements shared one; `hashsize` does not grow), the order in
 *       which a hash gives its elements (they come as they were added).
 */
import type { Address } from '../rule';
import type { Skb } from '../skb';
import { byteLength } from '../text';
import type { Element, Extras, Part, SetError, SetOptions } from './message';
import { hasNets, type SetType } from './set-type';

/** What a rule asks beside the lookup itself. */
export interface PacketUse {
	/** true: source, false: destination; one a dimension */
	readonly fromSource: readonly boolean[];
	/** finds the exceptions instead */
	readonly returnNomatch: boolean;
	readonly countsElement: boolean;
	/** of a list: the elements of its sets count */
	readonly countsMembers: boolean;
	/** what the element's counters must say; null for no matter */
	readonly accepts: ((packets: bigint, bytes: bigint) => boolean) | null;
}

interface Kept {
	readonly parts: readonly Part[];
	/** microseconds since boot; null for ever */
	expires: number | null;
	packets: bigint;
	bytes: bigint;
	extras: Extras;
}

const SECOND = 1_000_000;
/** ip_set looks at its clock in ticks; microseconds */
const TICK = 4_000;
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132, 136]);
const ICMP = 1;
const TCP = 6;
const UDP = 17;
const BUCKET = 32;
const IN_BUCKET = 2;
const COMMENT_HEAD = 16;
const BITMAP_ENTRIES = 0x10000;
/** addresses that one command may put in */
const RANGE_MOST = 0x10000;
const FULL_LENGTH = { ip: 32, ip6: 128 } as const;

const key = (parts: readonly Part[]): string =>
	parts.map(({ value, length, physical }) => `${physical ? 'p' : ''}${value}/${length}`).join(' ');

const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

export class IpSet {
	#elements = new Map<string, Kept>();
	/** lengths of the networks in use, by dimension: how many elements have each */
	readonly #lengths: Map<number, number>[];
	/** how many lists hold it */
	inLists = 0;
	readonly #bits: number;

	constructor(
		public name: string,
		readonly type: SetType,
		readonly options: SetOptions,
		/** microseconds since boot */
		readonly uptime: () => number,
		/** of a list: its sets by name */
		readonly find: (name: string) => IpSet | undefined
	) {
		this.#bits = FULL_LENGTH[options.family];
		this.#lengths = type.dimensions.map(() => new Map<number, number>());
	}

	/** Why a set cannot be made like that. */
	static refusal({ method }: SetType, { range, netmask, family }: SetOptions): SetError | null {
		if (method !== 'bitmap' || !range) return null;
		const length = netmask === null ? 0 : FULL_LENGTH[family] - netmask;
		const entries = Math.floor((range[1] - range[0]) / 2 ** length) + 1;
		if (entries > BITMAP_ENTRIES) return 'range-size';
		return netmask !== null && entries < 2 ? 'out-of-range' : null;
	}

	/* ---- elements -------------------------------------------------------------------------------------------------- */

	elements(): Element[] {
		this.#forgetOld();
		const { counters, timeout } = this.options;
		const all = [...this.#elements.values()];
		if (this.type.method === 'bitmap') all.sort((a, b) => Number(a.parts[0]!.value) - Number(b.parts[0]!.value));
		return all.map(({ parts, expires, packets, bytes, extras }) => ({
			parts,
			extras: {
				...extras,
				...(timeout !== null && { timeout: this.#left(expires) }),
				...(counters && { packets, bytes })
			}
		}));
	}

	/** Whole seconds; 1 for the last of them. */
	#left(expires: number | null): number {
		if (expires === null) return 0;
		const ticks = Math.floor(expires / TICK) - Math.floor(this.uptime() / TICK);
		return Math.max(1, Math.floor((ticks * TICK) / SECOND));
	}

	get memory(): number {
		const { type, options } = this;
		const { counters, timeout, skbinfo, comment } = options;
		let size = type.element + (options.family === 'ip6' ? 12 * this.#addresses() : 0);
		if (counters) size = align(size, 8) + 16;
		if (timeout !== null) size = align(size, 8) + 8;
		if (skbinfo) size = align(size, 4) + 16;
		if (comment) size = align(size, 8) + 8;
		if (counters || comment || timeout !== null) size = align(size, 8);
		let bytes = options.family === 'ip6' ? (type.memory6 ?? type.memory) : type.memory;
		this.#forgetOld();
		if (type.method === 'bitmap') {
			const mask = options.netmask === null ? 1 : 2 ** (32 - options.netmask);
			const entries = Math.floor((options.range![1] - options.range![0]) / mask) + 1;
			bytes += Math.ceil(entries / 64) * 8 + entries * size;
		} else {
			const one = type.method === 'list' ? size : BUCKET + IN_BUCKET * size;
			bytes += one * this.#elements.size;
		}
		for (const { extras } of this.#elements.values())
			if (extras.comment) bytes += COMMENT_HEAD + byteLength(extras.comment) + 1;
		return bytes;
	}

	#addresses(): number {
		return this.type.dimensions.filter((dimension) => dimension === 'ip' || dimension === 'net').length;
	}

	flush(): void {
		for (const { parts } of this.#elements.values()) this.#release(parts);
		this.#elements.clear();
		for (const lengths of this.#lengths) lengths.clear();
	}

	#release([first]: readonly Part[]): void {
		if (this.type.method !== 'list') return;
		const member = this.find(String(first!.value));
		if (member) member.inLists--;
	}

	#forgetOld(): void {
		if (this.options.timeout === null) return;
		const now = this.uptime();
		for (const [name, { expires, parts }] of this.#elements)
			if (expires !== null && expires <= now) {
				this.#release(parts);
				this.#remove(name);
			}
	}

	#get(name: string): Kept | undefined {
		const kept = this.#elements.get(name);
		return kept && (kept.expires === null || kept.expires > this.uptime()) ? kept : undefined;
	}

	#remove(name: string): void {
		const kept = this.#elements.get(name);
		if (!kept) return;
		this.#elements.delete(name);
		for (const [i, { length }] of kept.parts.entries()) {
			const lengths = this.#lengths[i]!;
			const left = (lengths.get(length) ?? 1) - 1;
			if (left > 0) lengths.set(length, left);
			else lengths.delete(length);
		}
	}

	#put(parts: readonly Part[], extras: Extras, exist: boolean): SetError | null {
		const name = key(parts);
		const there = this.#get(name);
		if (there && !exist) return 'element-exists';
		const { maximum, forceAdd, timeout, size } = this.options;
		if (!there) {
			this.#remove(name);
			const most = this.type.method === 'hash' ? maximum : this.type.method === 'list' ? size : Infinity;
			if (this.#elements.size >= most) this.#forgetOld();
			if (this.#elements.size >= most) {
				if (!forceAdd) return this.type.method === 'list' ? 'list-full' : 'full';
				this.#remove(this.#elements.keys().next().value!);
			}
			for (const [i, { length }] of parts.entries()) {
				const lengths = this.#lengths[i]!;
				lengths.set(length, (lengths.get(length) ?? 0) + 1);
			}
		}
		const seconds = extras.timeout ?? timeout ?? 0;
		const { packets = 0n, bytes = 0n, timeout: _said, ...kept } = extras;
		const expires = timeout === null || seconds === 0 ? null : this.uptime() + seconds * SECOND;
		this.#elements.set(name, { parts, expires, packets, bytes, extras: kept });
		return null;
	}

	/* ---- the command ----------------------------------------------------------------------------------------------- */

	#unfit({ timeout, packets, bytes, comment, mark, priority, queue }: Extras): SetError | null {
		const { options } = this;
		if (timeout !== undefined && options.timeout === null) return 'no-timeout';
		if ((packets !== undefined || bytes !== undefined) && !options.counters) return 'no-counters';
		if (comment !== undefined && !options.comment) return 'no-comment';
		const info = mark !== undefined || priority !== undefined || queue !== undefined;
		return info && !options.skbinfo ? 'no-skbinfo' : null;
	}

	change(action: 'add' | 'del', element: Element, exist: boolean): SetError | null {
		const unfit = this.#unfit(element.extras) ?? this.#misfit(element.parts);
		if (unfit) return unfit;
		if (this.type.method === 'list') return this.#changeList(action, element, exist);
		const all = this.#expand(element.parts);
		if (typeof all === 'string') return all;
		for (const parts of all) {
			if (action === 'add') {
				const refused = this.#put(parts, element.extras, exist);
				if (refused) return refused;
			} else {
				const name = key(parts);
				if (!this.#get(name) && !exist) return 'no-element';
				this.#remove(name);
			}
		}
		return null;
	}

	#misfit(parts: readonly Part[]): SetError | null {
		const { type, options } = this;
		const first = parts[0]!;
		if (options.range) {
			const from = Number(first.value);
			if (from < options.range[0] || this.#last(first) > options.range[1]) return 'out-of-range';
		}
		for (const [i, dimension] of type.dimensions.entries())
			if (dimension === 'net' && parts[i]!.length === 0 && type.name !== 'hash:net,iface') return 'cidr';
		if ((type.name === 'hash:ip' || type.name === 'hash:mac') && BigInt(first.value) === 0n) return 'null-element';
		return null;
	}

	#last({ value, length, to }: Part): number {
		if (to !== undefined) return Number(to);
		return length < 32 && this.type.dimensions[0] === 'ip' ? Number(value) + 2 ** (32 - length) - 1 : Number(value);
	}

	/** Ranges as single elements. */
	#expand(parts: readonly Part[]): (readonly Part[])[] | SetError {
		let all: (readonly Part[])[] = [[]];
		for (const [i, part] of parts.entries()) {
			const several = this.#each(part, this.type.dimensions[i]!);
			if (!several || all.length * several.length > RANGE_MOST) return 'too-many';
			all = all.flatMap((head) => several.map((one) => [...head, one]));
		}
		return all;
	}

	#each(part: Part, dimension: SetType['dimensions'][number]): readonly Part[] | null {
		const { value, length, to } = part;
		if (dimension === 'net' && typeof value === 'number' && typeof to === 'number') return networksOf(value, to);
		if (dimension === 'net') return [{ ...part, value: this.#masked(value as Address, length) }];
		if (dimension === 'port' && typeof value === 'number') {
			const last = typeof to === 'number' ? to : value;
			return Array.from({ length: last - value + 1 }, (_, at) => ({ value: value + at, length: 0 }));
		}
		if (dimension !== 'ip') return [part];
		const bits = this.#bits;
		if (typeof value !== 'number') return [{ value: this.#maskedHost(value as Address), length: bits }];
		const from = length < bits ? Number(this.#masked(value, length)) : value;
		const last = typeof to === 'number' ? to : from + 2 ** (bits - length) - 1;
		if (last - from >= RANGE_MOST) return null;
		const hosts = new Set<number>();
		for (let one = from; one <= last; one++) hosts.add(Number(this.#maskedHost(one)));
		return [...hosts].map((one) => ({ value: one, length: bits }));
	}

	#masked(address: Address, length: number): Address {
		const bits = BigInt(this.#bits - length);
		const cut = (BigInt(address) >> bits) << bits;
		return typeof address === 'number' ? Number(cut) : cut;
	}

	#maskedHost(address: Address): Address {
		const { netmask, bitmask } = this.options;
		if (netmask !== null) return this.#masked(address, netmask);
		if (bitmask === null) return address;
		const cut = BigInt(address) & BigInt(bitmask);
		return typeof address === 'number' ? Number(cut) : cut;
	}

	/** As `ipset test`: a single address is looked up in the networks, a network must stand there as it is. */
	test({ parts, extras, place }: Element): boolean | SetError {
		const unfit = this.#unfit(extras);
		if (unfit) return unfit;
		if (this.type.method === 'list') return this.#listHas(String(parts[0]!.value), place);
		const exact = parts.map((part, i): Part => {
			const dimension = this.type.dimensions[i];
			if (dimension === 'net') return { ...part, value: this.#masked(part.value as Address, part.length) };
			if (dimension !== 'ip') return part;
			const value = this.#maskedHost(
				this.#masked(part.value as Address, part.to === undefined ? part.length : this.#bits)
			);
			return { value, length: this.#bits };
		});
		const single = exact.every(({ length }, i) => this.type.dimensions[i] !== 'net' || length === this.#bits);
		const kept = single && hasNets(this.type) ? this.#narrowest(exact) : this.#exact(exact);
		return kept !== undefined && (kept.extras.nomatch ?? false) === (extras.nomatch ?? false);
	}

	#exact(parts: readonly Part[]): Kept | undefined {
		const kept = this.#get(key(parts));
		if (kept || !this.type.name.startsWith('bitmap:ip,mac')) return kept;
		// a MAC that is not said matches each
		return [...this.#elements.values()].find(
			(one) => one.parts[0]!.value === parts[0]!.value && (parts[1]!.value === -1 || one.parts[1]!.value === -1)
		);
	}

	/** Of all networks around it. */
	#narrowest(parts: readonly Part[]): Kept | undefined {
		const inUse = this.type.dimensions.map((dimension, i) =>
			dimension === 'net' ? [...this.#lengths[i]!.keys()].sort((a, b) => b - a) : [parts[i]!.length]
		);
		let ways: Part[][] = [[]];
		for (const [i, lengths] of inUse.entries()) {
			const part = parts[i]!;
			const net = this.type.dimensions[i] === 'net';
			ways = ways.flatMap((head) =>
				lengths.map((length) => [
					...head,
					net ? { ...part, value: this.#masked(part.value as Address, length), length } : part
				])
			);
		}
		for (const way of ways) {
			const kept = this.#get(key(way)) ?? (this.type.name === 'hash:net,iface' ? this.#wildcard(way) : undefined);
			if (kept) return kept;
		}
		return undefined;
	}

	#wildcard([net, card]: readonly Part[]): Kept | undefined {
		for (const kept of this.#elements.values()) {
			if (!kept.extras.wildcard) continue;
			const [one, prefix] = kept.parts;
			if (one!.value !== net!.value || one!.length !== net!.length) continue;
			if (String(card!.value).startsWith(String(prefix!.value))) return kept;
		}
		return undefined;
	}

	/* ---- lists ----------------------------------------------------------------------------------------------------- */

	#changeList(action: 'add' | 'del', { parts, extras, place }: Element, exist: boolean): SetError | null {
		const name = String(parts[0]!.value);
		const member = this.find(name);
		if (!member) return 'list-name';
		if (member.type.method === 'list') return 'list-of-lists';
		if (place && !this.find(place.set)) return 'list-place';
		const key = `${name}/0`;
		const part: Part = { value: name, length: 0 };
		if (action === 'del') {
			if (!this.#get(key) || (place && !this.#listHas(name, place))) return exist ? null : 'no-element';
			this.#remove(key);
			member.inLists--;
			return null;
		}
		if (place && !this.#get(`${place.set}/0`)) return 'list-place';
		const there = this.#get(key) !== undefined;
		const refused = this.#put([part], extras, exist);
		if (refused) return refused;
		if (!there) member.inLists++;
		if (!place || there) return null;
		const kept = this.#elements.get(key)!;
		this.#elements.delete(key);
		const rows = [...this.#elements];
		const at = rows.findIndex(([other]) => other === `${place.set}/0`) + (place.where === 'after' ? 1 : 0);
		this.#elements = new Map([...rows.slice(0, at), [key, kept], ...rows.slice(at)]);
		return null;
	}

	#listHas(name: string, place: Element['place']): boolean {
		if (!this.#get(`${name}/0`)) return false;
		if (!place) return true;
		const names = this.#members();
		const at = names.indexOf(name);
		return names[place.where === 'before' ? at + 1 : at - 1] === place.set;
	}

	#members(): string[] {
		this.#forgetOld();
		return [...this.#elements.values()].map(({ parts }) => String(parts[0]!.value));
	}

	/* ---- packets --------------------------------------------------------------------------------------------------- */

	matches(skb: Skb, use: PacketUse): boolean {
		if (this.type.method === 'list') return this.#listMatches(skb, use);
		const parts = this.#partsOf(skb, use.fromSource);
		const kept = parts && (hasNets(this.type) ? this.#narrowest(parts) : this.#exact(parts));
		if (!kept) return false;
		const nomatch = kept.extras.nomatch ?? false;
		if (hasNets(this.type) ? nomatch !== use.returnNomatch : nomatch) return false;
		return this.#counted(kept, skb, use);
	}

	#counted(kept: Kept, skb: Skb, { countsElement, accepts }: PacketUse): boolean {
		if (!this.options.counters) return true;
		if (countsElement) {
			kept.packets++;
			kept.bytes += BigInt(skb.length);
		}
		return accepts?.(kept.packets, kept.bytes) ?? true;
	}

	#listMatches(skb: Skb, use: PacketUse): boolean {
		const inner = { ...use, countsElement: use.countsElement && use.countsMembers, accepts: null };
		for (const name of this.#members()) {
			if (!this.find(name)?.matches(skb, inner)) continue;
			return this.#counted(this.#elements.get(`${name}/0`)!, skb, use);
		}
		return false;
	}

	/** SET --add-set and --del-set. @returns true when it was done */
	changeByPacket(
		action: 'add' | 'del',
		skb: Skb,
		fromSource: readonly boolean[],
		exist: boolean,
		timeout: number | null
	): boolean {
		if (this.type.method === 'list')
			return this.#members().some((name) => this.find(name)?.changeByPacket(action, skb, fromSource, exist, timeout));
		const parts = this.#partsOf(skb, fromSource);
		if (!parts) return false;
		const extras = timeout === null || this.options.timeout === null ? {} : { timeout };
		return this.change(action, { parts, extras }, exist) === null;
	}

	/** Null when the packet has no such thing, or the rule names too few ends. */
	#partsOf(skb: Skb, fromSource: readonly boolean[]): Part[] | null {
		const { dimensions } = this.type;
		if (fromSource.length < dimensions.length || this.options.family === 'ip6') return null;
		const parts: Part[] = [];
		for (const [i, dimension] of dimensions.entries()) {
			const part = this.#partOf(skb, dimension, fromSource[i]!);
			if (!part) return null;
			parts.push(part);
		}
		return parts;
	}

	#partOf(skb: Skb, dimension: SetType['dimensions'][number], source: boolean): Part | null {
		switch (dimension) {
			case 'ip':
			case 'net': {
				const address = (source ? skb.source : skb.destination) >>> 0;
				return { value: dimension === 'ip' ? this.#maskedHost(address) : address, length: 32 };
			}
			case 'port': {
				const port = portOf(skb, source);
				if (port === null) return null;
				if (this.type.name !== 'bitmap:port') return { value: port, length: 0 };
				return skb.protocol === TCP || skb.protocol === UDP ? { value: port % 0x10000, length: 0 } : null;
			}
			case 'mac': {
				const mac = skb.frame && (source ? skb.frame.source : skb.frame.destination);
				return mac === null ? null : { value: Number(mac), length: 0 };
			}
			case 'iface': {
				const card = source ? skb.incoming : skb.outgoing;
				return card === null ? null : { value: card, length: 0 };
			}
			case 'mark':
				return { value: skb.mark, length: 0 };
			default:
				return null;
		}
	}
}

/** The networks that hold exactly these addresses. */
function networksOf(from: number, to: number): Part[] {
	const all: Part[] = [];
	for (let at = from; at <= to;) {
		let length = 32;
		while (length > 1 && at % 2 ** (33 - length) === 0 && at + 2 ** (33 - length) - 1 <= to) length--;
		all.push({ value: at, length });
		at += 2 ** (32 - length);
	}
	return all;
}

/** ICMP stands with type and code in the port's place, other protocols with 0. */
function portOf(skb: Skb, source: boolean): number | null {
	if (skb.fragmentOffset > 0) return null;
	const base = skb.protocol * 0x10000;
	if (skb.protocol === ICMP) return skb.sourcePort < 0 ? null : base + skb.sourcePort * 256 + skb.destinationPort;
	if (!WITH_PORTS.has(skb.protocol)) return base;
	return skb.sourcePort < 0 ? null : base + (source ? skb.sourcePort : skb.destinationPort);
}
