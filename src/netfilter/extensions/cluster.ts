/** cluster: this host is the one of several that is to handle the connection. */
import { OptionError, type MatchExtension } from '../extension';
import { CT, type Skb } from '../skb';
import { jhash2 } from '../nat/jhash';
import { scaled, swapped } from './spread';

interface Cluster {
	totalNodes: number;
	/** bit 0 is node 1 */
	nodeMask: number;
	seed: number;
	invert: boolean;
}

const NODES_MAXIMUM = 32;

const eight = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** by the address that the connection was begun from; a connection that another announced goes with that */
function nodeOf({ totalNodes, seed }: Cluster, skb: Skb): number | null {
	if (!skb.connection || skb.state & CT.untracked) return null;
	const { original } = skb.connection.master ?? skb.connection;
	return scaled(jhash2([swapped(original.source >>> 0)], seed), totalNodes);
}

export const cluster: MatchExtension<Cluster> = {
	name: 'cluster',
	families: ['ip', 'ip6'],
	summary: 'this host is the one of several that handles the connection',
	conntrack: true,
	options: [
		{
			name: 'cluster-total-nodes',
			id: 'total',
			type: 'uint32',
			min: 1,
			max: NODES_MAXIMUM,
			mandatory: true,
			help: 'hosts in all'
		},
		{
			name: 'cluster-local-node',
			id: 'node',
			type: 'uint32',
			min: 1,
			max: NODES_MAXIMUM,
			invert: true,
			exclude: ['mask'],
			help: "this host's number"
		},
		{
			name: 'cluster-local-nodemask',
			id: 'mask',
			type: 'uint32',
			min: 1,
			max: NODES_MAXIMUM,
			invert: true,
			exclude: ['node'],
			help: 'numbers that this host stands for, a bit each'
		},
		{
			name: 'cluster-hash-seed',
			id: 'seed',
			type: 'uint32',
			mandatory: true,
			help: 'where the hash begins, the same on all'
		}
	],
	init: () => ({ totalNodes: 0, nodeMask: 0, seed: 0, invert: false }),
	parse(draft, { id, number, invert }) {
		if (id === 'total') draft.totalNodes = number;
		else if (id === 'seed') draft.seed = number;
		else {
			draft.nodeMask = id === 'node' ? (1 << (number - 1)) >>> 0 : number;
			draft.invert ||= invert;
		}
	},
	finish({ totalNodes, nodeMask }, seen) {
		const complete = (id: string): boolean => ['total', id, 'seed'].every((one) => seen.has(one));
		const tooBig = nodeMask >= 2 ** totalNodes;
		if (complete('node')) {
			if (tooBig) throw new OptionError("cluster match: `--cluster-local-node' must be <= `--cluster-total-nodes'");
		} else if (complete('mask')) {
			if (tooBig)
				throw new OptionError("cluster match: `--cluster-local-nodemask' too big for `--cluster-total-nodes'");
		} else if (!seen.has('node') && !seen.has('mask'))
			throw new OptionError("cluster match: `--cluster-local-node' or`--cluster-local-nodemask' is missing");
	},
	list: ({ totalNodes, nodeMask, seed, invert }) =>
		` cluster ${invert ? '!' : ''}node_mask=${eight(nodeMask)} total_nodes=${totalNodes} hash_seed=${eight(seed)}`,
	save: ({ totalNodes, nodeMask, seed, invert }) =>
		`${invert ? ' !' : ''} --cluster-local-nodemask ${eight(nodeMask)} --cluster-total-nodes ${totalNodes} --cluster-hash-seed ${eight(seed)}`,
	compile: (data) => (skb) => {
		const node = nodeOf(data, skb);
		return node !== null && ((data.nodeMask >>> node) & 1) === (data.invert ? 0 : 1);
	},
	explain(data, skb) {
		const node = nodeOf(data, skb);
		return node === null
			? 'the packet belongs to no tracked connection'
			: `node ${node + 1} of ${data.totalNodes} handles it`;
	}
};
