/**
 * dscp: the differentiated services code point: the upper six bits of the type of service byte (xt_dscp).
 */
import { OptionError, type MatchExtension } from '../extension';
import { dscpClass } from './dscp-classes';

const hex2 = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export const dscp: MatchExtension<{ value: number; invert: boolean }> = {
	name: 'dscp',
	families: ['ip', 'ip6'],
	summary: 'the DSCP value of the IP header, 0 to 63',
	options: [
		{
			name: 'dscp',
			id: 'value',
			type: 'uint8',
			min: 0,
			max: 63,
			invert: true,
			exclude: ['class'],
			help: 'a number from 0 to 63'
		},
		{
			name: 'dscp-class',
			id: 'class',
			type: 'string',
			invert: true,
			exclude: ['value'],
			help: 'BE, EF, AF11 to AF43, CS0 to CS7'
		}
	],
	init: () => ({ value: 0, invert: false }),
	parse(draft, { id, number, argument, invert }) {
		draft.value = id === 'class' ? dscpClass(argument) : number;
		if (invert) draft.invert = true;
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('DSCP match: Parameter --dscp is required');
	},
	list: ({ value, invert }) => ` DSCP match ${invert ? '!' : ''}${hex2(value)}`,
	save: ({ value, invert }) => `${invert ? ' !' : ''} --dscp ${hex2(value)}`,
	compile:
		({ value, invert }) =>
		(skb) =>
			(skb.tos >> 2 === value) !== invert,
	explain: ({ value, invert }, skb) =>
		`the DSCP ${hex2(skb.tos >> 2)} is ${skb.tos >> 2 === value ? '' : 'not '}${hex2(value)}${invert ? ', which is excluded' : ''}`
};
