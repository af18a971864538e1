/**
 * TRACE: from here on every rule that the packet meets is told of: by the legacy variant in the kernel's log, by the
 * nf_tables variant to `xtables-monitor --trace` only.
 */
import { VERDICT, type TargetExtension } from '../extension';
import { checkPlace } from './place';

export const trace: TargetExtension<null> = {
	name: 'TRACE',
	families: ['ip', 'ip6'],
	summary: 'follows the packet through all rules',
	options: [],
	init: () => null,
	list: () => '',
	save: () => '',
	// nf_tables has an expression of its own for it, which may stand anywhere
	check: (_data, place) => (place.variant === 'legacy' ? checkPlace(place, { tables: ['raw'] }) : null),
	compile: () => (skb) => {
		skb.traced = true;
		return VERDICT.continue;
	},
	explain: () => 'has the packet followed through all later rules'
};
