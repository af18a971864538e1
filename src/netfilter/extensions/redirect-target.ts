/**
 * REDIRECT: DNAT to this host itself: to the address of the interface that the packet came in by, or to 127.0.0.1 for
 * the host's own packets.
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { flagOptions, natRange, natSentence, natText, newNat, parseNat, type Nat } from './nat-range';
import { checkPlace } from './place';

const LOCALHOST = 0x7f000001;

export const redirect: TargetExtension<Nat> = {
	name: 'REDIRECT',
	families: ['ip', 'ip6'],
	summary: 'sends a new connection to this host itself, to another port',
	conntrack: true,
	options: [
		{ name: 'to-ports', id: 'to-ports', type: 'string', help: 'the port on this host, or a range: 8080' },
		...flagOptions('random')
	],
	init: newNat,
	parse: parseNat,
	finish(draft) {
		if (draft.basePort !== null) throw new OptionError('Shifted portmap ranges not supported with this kernel');
	},
	list: (data, { family }) => natText(data, family, 'redir ports ', ''),
	save: (data, { family }) => natText(data, family, '--to-ports ', '--'),
	check: (_data, place) => checkPlace(place, { tables: ['nat'], hooks: ['PREROUTING', 'OUTPUT'] }),
	compile: (data, services) => (skb) => {
		const incoming = skb.incoming;
		const address = skb.hook === 'OUTPUT' ? LOCALHOST : incoming === null ? null : services.interfaceAddress(incoming);
		if (address === null) return VERDICT.drop;
		return services.conntrack.bind(skb, 'destination', natRange(data, [address, address]));
	},
	explain: (data) => `sends the connection to this host${data.ports ? `, ${natSentence(data)}` : ''}`
};
