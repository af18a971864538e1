/**
 * CONNSECMARK: copies the security mark between packet and connection.
 *
 * Not simulated: SELinux, so the mark is always 0 and says nothing.
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { checkPlace } from './place';

interface Connsecmark {
	mode: 'save' | 'restore';
}

export const connsecmark: TargetExtension<Connsecmark> = {
	name: 'CONNSECMARK',
	families: ['ip', 'ip6'],
	summary: 'copies the security mark between packet and connection',
	notSimulated: 'There is no SELinux here: security marks are always 0.',
	conntrack: true,
	options: [
		{ name: 'save', id: 'save', type: 'none', exclude: ['restore'], help: 'from the packet to its connection' },
		{ name: 'restore', id: 'restore', type: 'none', exclude: ['save'], help: 'from the connection to the packet' }
	],
	init: () => ({ mode: 'save' }),
	parse(draft, option) {
		draft.mode = option.id === 'save' ? 'save' : 'restore';
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('CONNSECMARK target: parameter required');
	},
	list: ({ mode }) => ` CONNSECMARK ${mode}`,
	save: ({ mode }) => ` --${mode}`,
	check: (_data, place) => checkPlace(place, { tables: ['mangle', 'security'] }),
	compile:
		({ mode }) =>
		(skb) => {
			const connection = skb.connection;
			if (connection && mode === 'save' && connection.secmark === 0) connection.secmark = skb.secmark;
			if (connection && mode === 'restore' && skb.secmark === 0) skb.secmark = connection.secmark;
			return VERDICT.continue;
		},
	explain: ({ mode }) =>
		mode === 'save' ? 'keeps the security mark with the connection' : "gives the packet its connection's security mark"
};
