/**
 * mac: the Ethernet address that a packet came from (xt_mac). Only where packets come in: later it is gone.
 */
import { formatMac } from '#wire/address';
import type { MatchExtension } from '../extension';
import { checkPlace } from './place';

export const mac: MatchExtension<{ address: number; invert: boolean }> = {
	name: 'mac',
	families: ['ip', 'ip6'],
	summary: 'the Ethernet address of the sender, where packets come in',
	options: [
		{
			name: 'mac-source',
			id: 'source',
			type: 'ethernet',
			mandatory: true,
			invert: true,
			help: 'six bytes: 02:00:c0:a8:4b:0a'
		}
	],
	init: () => ({ address: 0, invert: false }),
	parse(draft, option) {
		draft.address = option.mac;
		draft.invert = option.invert;
	},
	list: ({ address, invert }) => ` MAC${invert ? ' !' : ''} ${formatMac(address)}`,
	save: ({ address, invert }) => `${invert ? ' !' : ''} --mac-source ${formatMac(address)}`,
	check: (_data, place) => checkPlace(place, { hooks: ['PREROUTING', 'INPUT', 'FORWARD'] }),
	compile:
		({ address, invert }) =>
		(skb) =>
			skb.frame !== null && (skb.frame.source === address) !== invert,
	explain({ address, invert }, skb, matched) {
		if (skb.frame === null) return 'the packet did not come over Ethernet';
		const same = matched !== invert;
		return `it came from ${formatMac(skb.frame.source)}, ${same ? 'which is' : 'not'} ${formatMac(address)}`;
	}
};
