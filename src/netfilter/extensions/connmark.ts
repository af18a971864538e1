/**
 * connmark: the mark of the packet's connection (xt_connmark). A packet without a connection never matches.
 */
import type { MatchExtension } from '../extension';
import { markText } from '../number';
import { explainMark, mark, type MarkTest } from './mark';

export const connmark: MatchExtension<MarkTest> = {
	name: 'connmark',
	families: ['ip', 'ip6'],
	summary: "the mark of the packet's connection",
	conntrack: true,
	options: mark.options,
	init: mark.init,
	parse: mark.parse,
	list: ({ value, mask, invert }) => ` connmark match ${invert ? '!' : ''} ${markText(value, mask)}`,
	save: mark.save,
	compile:
		({ value, mask, invert }) =>
		({ connection }) =>
			connection !== null && ((connection.mark & mask) === (value | 0)) !== invert,
	explain: (data, { connection }) =>
		connection === null
			? 'the packet belongs to no connection'
			: explainMark("the connection's mark", data, connection.mark)
};
