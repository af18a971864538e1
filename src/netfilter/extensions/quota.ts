/**
 * quota: matches until so many bytes have passed.
 *
 * What is left is the rule's own and begins anew when the rule is put in again; a listing shows the whole quota.
 */
import type { MatchExtension } from '../extension';

interface Quota {
	/** bytes, up to 64 bits */
	quota: bigint;
	invert: boolean;
}

export const quota: MatchExtension<Quota> = {
	name: 'quota',
	families: ['ip', 'ip6'],
	summary: 'matches until so many bytes have passed',
	stateful: true,
	options: [{ name: 'quota', id: 'quota', type: 'uint64', mandatory: true, invert: true, help: 'bytes' }],
	init: () => ({ quota: 0n, invert: false }),
	parse(draft, { big, invert }) {
		draft.quota = big;
		draft.invert = invert;
	},
	list: ({ quota }) => ` quota: ${quota} bytes`,
	save: ({ quota, invert }) => `${invert ? ' !' : ''} --quota ${quota}`,
	compile({ quota, invert }) {
		// beyond 2^53 nothing that is sent here makes a difference
		let left = Number(quota);
		return (skb) => {
			if (left >= skb.length) {
				left -= skb.length;
				return !invert;
			}
			left = 0;
			return invert;
		};
	},
	explain: ({ quota }, _skb, matched) => `the quota of ${quota} bytes is ${matched ? 'not yet ' : ''}used up`
};
