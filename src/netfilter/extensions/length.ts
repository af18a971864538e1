/**
 * length: bytes of the IP packet, header included (xt_length).
 */
import type { MatchExtension } from '../extension';
import { rangeText } from './ports';

export const length: MatchExtension<{ low: number; high: number; invert: boolean }> = {
	name: 'length',
	families: ['ip', 'ip6'],
	summary: 'the length of the packet in bytes, IP header included',
	options: [
		{
			name: 'length',
			id: 'length',
			type: 'uint16-range',
			mandatory: true,
			invert: true,
			help: 'bytes, or a range (64:128, :100)'
		}
	],
	init: () => ({ low: 0, high: 65535, invert: false }),
	parse(draft, { range, invert }) {
		Object.assign(draft, { low: range[0], high: range[1], invert });
	},
	list: ({ low, high, invert }) => ` length ${invert ? '!' : ''}${rangeText(low, high)}`,
	save: ({ low, high, invert }) => `${invert ? ' !' : ''} --length ${rangeText(low, high)}`,
	compile:
		({ low, high, invert }) =>
		(skb) =>
			(skb.length >= low && skb.length <= high) !== invert,
	explain({ low, high, invert }, skb) {
		const inside = skb.length >= low && skb.length <= high;
		return `the length ${skb.length} is ${inside ? '' : 'not '}${rangeText(low, high)}${invert ? ', which is excluded' : ''}`;
	}
};
