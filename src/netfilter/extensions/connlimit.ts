/**
 * connlimit: how many connections one address, or a network of them, has open (xt_connlimit, nf_conncount).
 *
 * State: each rule counts the connections that it met itself, from their first packet on. Once a jiffy (4 ms) those are
 * forgotten that tracking has forgotten or never kept, and those that TCP has closed. At most 65,536 are kept.
 * A packet of an assured connection is not counted again; one that leaves nothing to count is dropped: the RST that ends
 * an address's last connection, and the handshake's ACK where only closed ones were counted.
 */
import { STATUS, type Tuple } from '../conntrack/connection';
import { OptionError, type MatchExtension } from '../extension';
import { andAddress, formatAddress } from '../address';
import type { Address } from '../rule';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { jiffies } from './proc-name';

interface ConnLimit {
	limit: number;
	/** --connlimit-above, else --connlimit-upto */
	above: boolean;
	mask: Address;
	destination: boolean;
}

interface Counted {
	readonly tuple: Tuple;
	readonly zone: number;
}

/** Those of one address. */
interface Group {
	list: Counted[];
	/** the jiffy in which it was last looked through */
	lookedAt: number;
}

const MOST = 65536;
const CLOSED: ReadonlySet<string> = new Set(['TIME_WAIT', 'CLOSE']);

function countBits(mask: Address): number {
	return BigInt(mask).toString(2).replace(/0/g, '').length;
}

function isSame(a: Tuple, b: Tuple): boolean {
	return (
		a.protocol === b.protocol &&
		a.source === b.source &&
		a.destination === b.destination &&
		a.sourcePort === b.sourcePort &&
		a.destinationPort === b.destinationPort
	);
}

/** Of a packet that no connection goes with. */
function tupleOf(skb: Skb): Tuple {
	const { source, destination, protocol } = skb.packet;
	const hasPorts = protocol === 6 || protocol === 17;
	return {
		protocol,
		source,
		destination,
		sourcePort: hasPorts ? skb.sourcePort : 0,
		destinationPort: hasPorts ? skb.destinationPort : 0,
		icmpType: hasPorts ? 0 : skb.sourcePort,
		icmpCode: hasPorts ? 0 : skb.destinationPort
	};
}

class Counter {
	readonly #groups = new Map<number, Group>();
	#total = 0;

	constructor(readonly services: Services) {}

	/**
	 * How many live at `address`, this one included.
	 * @param known it was counted with an earlier packet, if at all
	 * @param confirmed it is in tracking's table, so that it can be told from those counted already; others are counted once
	 *        more within a jiffy
	 */
	count(address: number, tuple: Tuple, zone: number, known: boolean, confirmed: boolean): number {
		const jiffy = jiffies(this.services.uptime());
		let group = this.#groups.get(address);
		if (!group) {
			if (this.#groups.size >= MOST) this.#forgetEmpty();
			this.#groups.set(address, (group = { list: [], lookedAt: -1 }));
		}
		const { list } = group;
		const fresh = list.length === 0 && group.lookedAt < 0;
		if (!fresh && (group.lookedAt !== jiffy || confirmed)) {
			if (!known && list.some((one) => this.#lives(one) && isSame(one.tuple, tuple))) return list.length;
			group.list = list.filter((one) => this.#lives(one));
			this.#total += group.list.length - list.length;
			group.lookedAt = jiffy;
		}
		if ((fresh || !known) && this.#total < MOST) {
			group.list.push({ tuple, zone });
			group.lookedAt = jiffy;
			this.#total++;
		}
		return group.list.length;
	}

	#forgetEmpty(): void {
		for (const [address, { list }] of this.#groups) if (list.length === 0) this.#groups.delete(address);
	}

	#lives({ tuple, zone }: Counted): boolean {
		const found = this.services.conntrack.find(tuple, zone);
		return found !== null && !CLOSED.has(found.connection.state);
	}
}

function compile({ limit, above, mask, destination }: ConnLimit, services: Services): (skb: Skb) => boolean {
	const counter = new Counter(services);
	const bits = Number(mask) | 0;
	return (skb) => {
		const address = (destination ? skb.destination : skb.source) & bits;
		const { connection } = skb;
		const status = connection?.status ?? 0;
		const known = (status & STATUS.assured) !== 0;
		const tuple = connection?.original ?? tupleOf(skb);
		const zone = connection?.zone ?? 0;
		const count = counter.count(address, tuple, zone, known, (status & STATUS.confirmed) !== 0);
		if (count === 0) skb.hotDrop = true;
		return count > 0 && count > limit === above;
	};
}

export const connlimit: MatchExtension<ConnLimit> = {
	name: 'connlimit',
	families: ['ip', 'ip6'],
	summary: 'how many connections an address has open at once',
	conntrack: true,
	stateful: true,
	options: [
		{
			name: 'connlimit-upto',
			id: 'upto',
			type: 'uint32',
			invert: true,
			exclude: ['above'],
			help: 'matches while there are at most so many'
		},
		{
			name: 'connlimit-above',
			id: 'above',
			type: 'uint32',
			invert: true,
			exclude: ['upto'],
			help: 'matches when there are more than so many'
		},
		{
			name: 'connlimit-mask',
			id: 'mask',
			type: 'prefix-mask',
			help: 'prefix length: addresses of one network are counted together'
		},
		{
			name: 'connlimit-saddr',
			id: 'source',
			type: 'none',
			exclude: ['destination'],
			help: 'counts by source address, as without it'
		},
		{
			name: 'connlimit-daddr',
			id: 'destination',
			type: 'none',
			exclude: ['source'],
			help: 'counts by destination address'
		}
	],
	init: ({ family }) => ({
		limit: 0,
		above: true,
		mask: family === 'ip' ? 0xffffffff : (1n << 128n) - 1n,
		destination: false
	}),
	parse(draft, { id, number, addressMask, invert }) {
		switch (id) {
			case 'upto':
			case 'above':
				draft.limit = number;
				draft.above = (id === 'above') !== invert;
				break;
			case 'mask':
				draft.mask = addressMask;
				break;
			default:
				draft.destination = id === 'destination';
		}
	},
	finish(_draft, seen) {
		if (!seen.has('upto') && !seen.has('above'))
			throw new OptionError('You must specify "--connlimit-above" or "--connlimit-upto".');
	},
	list: ({ limit, above, mask, destination }) =>
		` #conn ${destination ? 'dst' : 'src'}/${countBits(mask)} ${above ? '>' : '<='} ${limit}`,
	save: ({ limit, above, mask, destination }) =>
		` --connlimit-${above ? 'above' : 'upto'} ${limit} --connlimit-mask ${countBits(mask)} --connlimit-${destination ? 'd' : 's'}addr`,
	compile,
	explain({ limit, above, mask, destination }, { packet }, matched) {
		const address = andAddress(destination ? packet.destination : packet.source, mask);
		const more = matched === above;
		return `${formatAddress(address, 'ip')}/${countBits(mask)} has ${more ? 'more than' : 'at most'} ${limit} connections open`;
	}
};
