/** frag: the fragment header of IPv6. Not simulated: IPv6. */
import type { MatchExtension } from '../extension';
import { IPV6_ONLY } from './ipv6-matches';
import { ANY_NUMBER, listRange, rangeOf, saveRange, type NumberRange } from './number-range';

interface Frag {
	id: NumberRange;
	length: { readonly value: number; readonly invert: boolean } | null;
	flags: readonly string[];
}

/** in the order in which they are shown */
const FLAGS = [
	['res', 'reserved', 'the reserved bits are zero'],
	['first', 'first', 'the first fragment'],
	['more', 'more', 'more follow'],
	['last', 'last', 'the last one']
] as const;

export const frag: MatchExtension<Frag> = {
	...IPV6_ONLY,
	name: 'frag',
	summary: 'the fragment header of IPv6',
	options: [
		{ name: 'fragid', id: 'id', type: 'uint32-range', invert: true, help: 'identification, or low:high' },
		{ name: 'fraglen', id: 'length', type: 'uint32', invert: true, help: 'length of the header' },
		{ name: 'fragres', id: 'res', type: 'none', help: FLAGS[0][2] },
		{ name: 'fragfirst', id: 'first', type: 'none', help: FLAGS[1][2] },
		{ name: 'fragmore', id: 'more', type: 'none', exclude: ['last'], help: FLAGS[2][2] },
		{ name: 'fraglast', id: 'last', type: 'none', exclude: ['more'], help: FLAGS[3][2] }
	],
	init: () => ({ id: ANY_NUMBER, length: null, flags: [] }),
	parse(draft, option) {
		if (option.id === 'id') draft.id = rangeOf(option);
		else if (option.id === 'length') draft.length = { value: option.number, invert: option.invert };
		else draft.flags = [...draft.flags, option.id];
	},
	list({ id, length, flags }) {
		const size = length ? ` length:${length.invert ? '!' : ''}${length.value}` : '';
		return ` frag ${listRange('id', id)}${size}${FLAGS.map(([flag, word]) => (flags.includes(flag) ? ` ${word}` : '')).join('')}`;
	},
	save({ id, length, flags }) {
		const size = length ? `${length.invert ? ' !' : ''} --fraglen ${length.value}` : '';
		return (
			saveRange('fragid', id) + size + FLAGS.map(([flag]) => (flags.includes(flag) ? ` --frag${flag}` : '')).join('')
		);
	}
};
