/**
 * DSCP: sets the differentiated services code point, the upper six bits of the type-of-service byte (RFC 2474).
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { dscpClass } from './dscp-classes';
import { checkPlace } from './place';

interface Dscp {
	dscp: number;
}

const ECN_BITS = 3;
const hexByte = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export const dscpTarget: TargetExtension<Dscp> = {
	name: 'DSCP',
	families: ['ip', 'ip6'],
	summary: 'sets the class of service in the IP header',
	options: [
		{ name: 'set-dscp', id: 'value', type: 'uint8', max: 63, exclude: ['class'], help: 'the code point, 0–63' },
		{ name: 'set-dscp-class', id: 'class', type: 'string', exclude: ['value'], help: 'its name: EF, AF41, CS1 …' }
	],
	init: () => ({ dscp: 0 }),
	parse(draft, option) {
		draft.dscp = option.id === 'class' ? dscpClass(option.argument) : option.number;
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('DSCP target: Parameter --set-dscp is required');
	},
	list: ({ dscp }) => ` DSCP set ${hexByte(dscp)}`,
	save: ({ dscp }) => ` --set-dscp ${hexByte(dscp)}`,
	check: (_data, place) => checkPlace(place, { tables: ['mangle'] }),
	compile:
		({ dscp }) =>
		(skb) => {
			const tos = (dscp << 2) | (skb.tos & ECN_BITS);
			if (tos !== skb.tos) skb.replace({ ...skb.packet, tos });
			return VERDICT.continue;
		},
	explain: ({ dscp }, skb) => `changes the code point from ${hexByte(skb.tos >> 2)} to ${hexByte(dscp)}`
};
