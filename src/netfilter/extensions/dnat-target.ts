/**
 * DNAT: a new connection goes to another destination; its later packets and the answers follow by themselves.
 */
import type { TargetExtension } from '../extension';
import { flagOptions, natRange, natSentence, natText, newNat, parseNat, type Nat } from './nat-range';
import { checkPlace } from './place';

export const dnat: TargetExtension<Nat> = {
	name: 'DNAT',
	families: ['ip', 'ip6'],
	summary: 'sends a new connection to another destination address and port',
	conntrack: true,
	options: [
		{
			name: 'to-destination',
			id: 'to-destination',
			type: 'string',
			mandatory: true,
			help: 'the address, or a range of them, with ports behind a colon: 192.168.75.10:8080'
		},
		...flagOptions('random', 'persistent')
	],
	init: newNat,
	parse: parseNat,
	list: (data, { family }) => natText(data, family, 'to:', ''),
	save: (data, { family }) => natText(data, family, '--to-destination ', '--'),
	check: (_data, place) => checkPlace(place, { tables: ['nat'], hooks: ['PREROUTING', 'OUTPUT'] }),
	compile(data, services) {
		const range = natRange(data);
		return (skb) => services.conntrack.bind(skb, 'destination', range);
	},
	explain: (data) => `sends the connection to ${natSentence(data)}`
};
