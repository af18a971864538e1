/**
 * mark: the mark that a packet carries inside this host (MARK and CONNMARK set it).
 */
import type { MatchExtension } from '../extension';
import { hex, markText } from '../number';

export interface MarkTest {
	value: number;
	mask: number;
	invert: boolean;
}

/** "the packet's mark 0x2 is not 0x1/0xff" */
export function explainMark(what: string, { value, mask, invert }: MarkTest, found: number): string {
	const same = (found & mask) >>> 0 === value;
	return `${what} ${hex(found)} is ${same ? '' : 'not '}${markText(value, mask)}${invert ? ', which is excluded' : ''}`;
}

export const mark: MatchExtension<MarkTest> = {
	name: 'mark',
	families: ['ip', 'ip6'],
	summary: 'the mark that the packet carries inside this host',
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
	list: ({ value, mask, invert }) => ` mark match${invert ? ' !' : ''} ${markText(value, mask)}`,
	save: ({ value, mask, invert }) => `${invert ? ' !' : ''} --mark ${markText(value, mask)}`,
	compile: ({ value, mask, invert }) =>
		invert ? (skb) => (skb.mark & mask) !== (value | 0) : (skb) => (skb.mark & mask) === (value | 0),
	explain: (data, skb) => explainMark("the packet's mark", data, skb.mark)
};
