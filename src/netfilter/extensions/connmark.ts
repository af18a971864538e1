/**
 * connmark: the mark of the packet's connection (xt_connmark). A packet without a connection never matches.
 */
import type { MatchExtension } from '../extension';
import { markText } from '../number';
import { explainMark, type MarkTest } from './mark';

export const connmark: MatchExtension<MarkTest> = {
	name: 'connmark',
	families: ['ip', 'ip6'],
	summary: "the mark of the packet's connection",
	conntrack: true,
	options: [
		{
			name: 'mark',
			id: 'mark',
			type: 'mark-mask',
			mandatory: true,
			invert: true,
			help: 'value[/mask]: the bits of the mask are compared'
		}
	],
	init: () => ({ value: 0, mask: 0xffffffff, invert: false }),
	parse(draft, { value, mask, invert }) {
		Object.assign(draft, { value, mask, invert });
	},
	list: ({ value, mask, invert }) => ` connmark match ${invert ? '!' : ''} ${markText(value, mask)}`,
	save: ({ value, mask, invert }) => `${invert ? ' !' : ''} --mark ${markText(value, mask)}`,
	compile:
		({ value, mask, invert }) =>
		({ connection }) =>
			connection !== null && ((connection.mark & mask) === (value | 0)) !== invert,
	explain: (data, { connection }) =>
		connection === null
			? 'the packet belongs to no connection'
			: explainMark("the connection's mark", data, connection.mark)
};
