/** helper: the packet belongs to a connection that a helper announced, such as FTP's data. */
import { CT } from '../skb';
import type { MatchExtension } from '../extension';
import { cutBytes, quoted } from '../text';

interface Helper {
	/** empty for any */
	name: string;
	invert: boolean;
}

const NAME_MAXIMUM = 29;

export const helper: MatchExtension<Helper> = {
	name: 'helper',
	families: ['ip', 'ip6'],
	summary: 'belongs to a connection that a helper announced',
	conntrack: true,
	options: [
		{ name: 'helper', id: 'name', type: 'string', mandatory: true, invert: true, help: "the helper's name: ftp" }
	],
	init: () => ({ name: '', invert: false }),
	parse(draft, { argument, invert }) {
		draft.name = cutBytes(argument, NAME_MAXIMUM);
		draft.invert = invert;
	},
	list: ({ name, invert }) => ` helper match ${invert ? '! ' : ''}"${name}"`,
	save: ({ name, invert }) => `${invert ? ' !' : ''} --helper ${quoted(name)}`,
	compile:
		({ name, invert }) =>
		(skb) => {
			if (!skb.connection || skb.state & CT.untracked) return invert;
			const helper = skb.connection.master?.helper ?? null;
			return (helper !== null && name.startsWith(helper)) || (helper !== null && name === '') ? !invert : invert;
		},
	explain({ name }, skb) {
		const helper = skb.connection?.master?.helper;
		if (!helper) return 'no helper announced the connection';
		return `the helper ${helper} announced the connection${name === '' ? '' : `; the rule asks for ${name}`}`;
	}
};
