/**
 * SNAT: a new connection gets another source address; its later packets and the answers follow by themselves.
 */
import type { TargetExtension } from '../extension';
import { flagOptions, forgetBasePort, natRange, natSentence, natText, newNat, parseNat, type Nat } from './nat-range';
import { checkPlace } from './place';

export const snat: TargetExtension<Nat> = {
	name: 'SNAT',
	families: ['ip', 'ip6'],
	summary: 'gives a new connection another source address and port',
	conntrack: true,
	options: [
		{
			name: 'to-source',
			id: 'to-source',
			type: 'string',
			mandatory: true,
			help: 'the address, or a range of them, with ports behind a colon: 203.0.113.1-203.0.113.9:1024-65535'
		},
		...flagOptions('random', 'random-fully', 'persistent')
	],
	init: newNat,
	parse: parseNat,
	finish: forgetBasePort,
	list: (data, { family }) => natText(data, family, 'to:', ''),
	save: (data, { family }) => natText(data, family, '--to-source ', '--'),
	check: (_data, place) => checkPlace(place, { tables: ['nat'], hooks: ['POSTROUTING', 'INPUT'] }),
	compile(data, services) {
		const range = natRange(data);
		return (skb) => services.conntrack.bind(skb, 'source', range);
	},
	explain: (data) => `gives the connection the source ${natSentence(data)}`
};
