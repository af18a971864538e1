/**
 * The types of sets that ip_set knows, one row each; the command reads the same rows.
 *
 * `memory` and `element` are bytes on x86-64, as "Size in memory" counts them; those of hash:mac, hash:ip,mac, hash:ip,mark,
 * hash:net,net and hash:net,port,net are reckoned from the others.
 */

/** What an element says in one of its parts. */
export type Dimension = 'ip' | 'net' | 'port' | 'mac' | 'iface' | 'mark' | 'set';

export interface SetType {
	/** "hash:ip,port" */
	readonly name: string;
	/** names of ipset 4 and short ones */
	readonly aliases: readonly string[];
	readonly method: 'bitmap' | 'hash' | 'list';
	readonly dimensions: readonly Dimension[];
	readonly revision: number;
	/** bytes of an empty set */
	readonly memory: number;
	/** the same with IPv6 addresses */
	readonly memory6?: number;
	/** bytes of an element without its extensions */
	readonly element: number;
	/** netmask and bitmask may be given */
	readonly masks?: readonly ('netmask' | 'bitmask')[];
	/** it holds no addresses, so it has no family */
	readonly neutral?: boolean;
}

const BOTH = ['netmask', 'bitmask'] as const;

// prettier-ignore
export const SET_TYPES: readonly SetType[] = [
	{ name: 'bitmap:ip', aliases: ['ipmap'], method: 'bitmap', dimensions: ['ip'], revision: 3, memory: 88, element: 0, masks: ['netmask'] },
	{ name: 'bitmap:ip,mac', aliases: ['macipmap'], method: 'bitmap', dimensions: ['ip', 'mac'], revision: 3, memory: 80, element: 8 },
	{ name: 'bitmap:port', aliases: ['portmap'], method: 'bitmap', dimensions: ['port'], revision: 3, memory: 72, element: 0, neutral: true },
	{ name: 'hash:ip', aliases: ['iphash', 'iptree', 'iptreemap'], method: 'hash', dimensions: ['ip'], revision: 6, memory: 216, memory6: 224, element: 4, masks: BOTH },
	{ name: 'hash:mac', aliases: ['machash'], method: 'hash', dimensions: ['mac'], revision: 1, memory: 208, element: 8, neutral: true },
	{ name: 'hash:ip,mac', aliases: ['ipmachash'], method: 'hash', dimensions: ['ip', 'mac'], revision: 1, memory: 208, memory6: 216, element: 12 },
	{ name: 'hash:ip,mark', aliases: ['ipmarkhash'], method: 'hash', dimensions: ['ip', 'mark'], revision: 3, memory: 216, memory6: 224, element: 8 },
	{ name: 'hash:ip,port', aliases: ['ipporthash'], method: 'hash', dimensions: ['ip', 'port'], revision: 7, memory: 216, memory6: 232, element: 8, masks: BOTH },
	{ name: 'hash:ip,port,ip', aliases: ['ipportiphash'], method: 'hash', dimensions: ['ip', 'port', 'ip'], revision: 6, memory: 208, memory6: 232, element: 12 },
	{ name: 'hash:ip,port,net', aliases: ['ipportnethash'], method: 'hash', dimensions: ['ip', 'port', 'net'], revision: 8, memory: 464, memory6: 1256, element: 12 },
	{ name: 'hash:net', aliases: ['nethash'], method: 'hash', dimensions: ['net'], revision: 7, memory: 456, memory6: 1240, element: 8 },
	{ name: 'hash:net,net', aliases: ['netnethash'], method: 'hash', dimensions: ['net', 'net'], revision: 4, memory: 464, memory6: 1256, element: 16, masks: BOTH },
	{ name: 'hash:net,port', aliases: ['netporthash'], method: 'hash', dimensions: ['net', 'port'], revision: 8, memory: 456, memory6: 1240, element: 8 },
	{ name: 'hash:net,port,net', aliases: ['netportnethash'], method: 'hash', dimensions: ['net', 'port', 'net'], revision: 3, memory: 464, memory6: 1256, element: 16 },
	{ name: 'hash:net,iface', aliases: ['netifacehash'], method: 'hash', dimensions: ['net', 'iface'], revision: 8, memory: 488, memory6: 1264, element: 28 },
	{ name: 'list:set', aliases: ['setlist'], method: 'list', dimensions: ['set'], revision: 3, memory: 80, element: 48, neutral: true }
];

export function findSetType(name: string): SetType | undefined {
	return SET_TYPES.find((type) => type.name === name || type.aliases.includes(name));
}

export const hasNets = ({ method, dimensions }: SetType): boolean => method === 'hash' && dimensions.includes('net');
