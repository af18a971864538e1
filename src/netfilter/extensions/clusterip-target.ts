/**
 * CLUSTERIP: several hosts behind one address. Kernels of today have no module for it, so the rule is always refused.
 */
import { OptionError, type TargetExtension } from '../extension';
import { ABSENT, warnOfAbsentModule } from './absent-module';

interface Clusterip {
	isNew: boolean;
	hashmode: string;
	mac: number;
	totalNodes: number;
	localNode: number;
	hashInit: number;
}

const HASHMODES = ['sourceip', 'sourceip-sourceport', 'sourceip-sourceport-destport'];
const NODES_MAXIMUM = 16;
const NEEDED = ['new', 'hashmode', 'clustermac', 'total', 'local'];
const MULTICAST_BIT = 2 ** 40;

const macText = (mac: number): string => mac.toString(16).toUpperCase().padStart(12, '0').match(/../g)!.join(':');

export const clusterip: TargetExtension<Clusterip> = {
	name: 'CLUSTERIP',
	families: ['ip'],
	summary: 'lets several hosts share one address',
	notSimulated: 'The kernel has no module for it.',
	options: [
		{ name: 'new', id: 'new', type: 'none', help: 'makes a new cluster' },
		{ name: 'hashmode', id: 'hashmode', type: 'string', also: ['new'], help: HASHMODES.join(', ') },
		{ name: 'clustermac', id: 'clustermac', type: 'ethernet', also: ['new'], help: 'a multicast MAC address' },
		{ name: 'total-nodes', id: 'total', type: 'uint16', max: NODES_MAXIMUM, also: ['new'], help: 'hosts in all' },
		{ name: 'local-node', id: 'local', type: 'uint16', max: NODES_MAXIMUM, also: ['new'], help: "this host's number" },
		{ name: 'hash-init', id: 'init', type: 'uint32', also: ['new'], help: 'where the hash begins' }
	],
	init(context) {
		warnOfAbsentModule('CLUSTERIP', context);
		return { isNew: false, hashmode: HASHMODES[0]!, mac: 0, totalNodes: 0, localNode: 0, hashInit: 0 };
	},
	parse(draft, { id, argument, mac, number }) {
		if (id === 'new') draft.isNew = true;
		else if (id === 'hashmode') {
			if (!HASHMODES.includes(argument)) throw new OptionError(`Unknown hashmode "${argument}"`);
			draft.hashmode = argument;
		} else if (id === 'clustermac') {
			if (Math.floor(mac / MULTICAST_BIT) % 2 === 0)
				throw new OptionError('MAC has to be a multicast ethernet address');
			draft.mac = mac;
		} else draft[id === 'total' ? 'totalNodes' : id === 'local' ? 'localNode' : 'hashInit'] = number;
	},
	finish(_draft, seen) {
		if (seen.size > 0 && !NEEDED.every((id) => seen.has(id)))
			throw new OptionError('CLUSTERIP target: Invalid parameter combination');
	},
	list(data) {
		if (!data.isNew) return ' CLUSTERIP';
		const nodes = `total_nodes=${data.totalNodes} local_node=${data.localNode} hash_init=${data.hashInit}`;
		return ` CLUSTERIP hashmode=${data.hashmode} clustermac=${macText(data.mac)} ${nodes}`;
	},
	save(data) {
		if (!data.isNew) return '';
		const nodes = `--total-nodes ${data.totalNodes} --local-node ${data.localNode} --hash-init ${data.hashInit}`;
		return ` --new --hashmode ${data.hashmode} --clustermac ${macText(data.mac)} ${nodes}`;
	},
	check: () => ABSENT
};
