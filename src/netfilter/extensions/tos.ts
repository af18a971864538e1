/**
 * tos: the type of service byte of the IP header: DSCP and ECN together (xt_tos).
 */
import type { MatchExtension } from '../extension';
import { TOS_NAMES } from '../option';

interface Tos {
	value: number;
	mask: number;
	invert: boolean;
}

/** the mask that a name brings */
const NAME_MASK = 0x3f;

const hex2 = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;
const pair = ({ value, mask }: Tos): string => `${hex2(value)}/${hex2(mask)}`;

export const tos: MatchExtension<Tos> = {
	name: 'tos',
	families: ['ip', 'ip6'],
	summary: 'the type of service byte of the IP header',
	options: [
		{
			name: 'tos',
			id: 'tos',
			type: 'tos-mask',
			mandatory: true,
			invert: true,
			max: NAME_MASK,
			help: 'value[/mask], or a name: Minimize-Delay'
		}
	],
	init: () => ({ value: 0, mask: 255, invert: false }),
	parse(draft, { value, mask, invert }) {
		Object.assign(draft, { value, mask, invert });
	},
	list(data, { numeric }) {
		const name = data.mask === NAME_MASK ? TOS_NAMES.find(([value]) => value === data.value)?.[1] : undefined;
		// no space before a number: so does the real one
		return ` tos match${data.invert ? '!' : ''}${numeric || name === undefined ? pair(data) : ` ${name}`}`;
	},
	save: (data) => `${data.invert ? ' !' : ''} --tos ${pair(data)}`,
	compile:
		({ value, mask, invert }) =>
		(skb) =>
			((skb.tos & mask) === value) !== invert,
	explain(data, skb) {
		const same = (skb.tos & data.mask) === data.value;
		return `the TOS ${hex2(skb.tos)} is ${same ? '' : 'not '}${pair(data)}${data.invert ? ', which is excluded' : ''}`;
	}
};
