/** tcpmss: the maximum segment size that a TCP segment announces. */
import { OptionError, type MatchExtension } from '../extension';
import type { Skb } from '../skb';
import { headerBytes } from './payload-bytes';
import { checkPlace } from './place';

interface Tcpmss {
	low: number;
	high: number;
	invert: boolean;
}

const TCP = 6;
const HEADER = 20;

const rangeText = ({ low, high }: Tcpmss): string => (low === high ? String(low) : `${low}:${high}`);

/** undefined when the segment says nothing of it */
function announced(skb: Skb): number | undefined {
	const payload = skb.packet.payload;
	if (payload.kind !== 'tcp') return undefined;
	const option = payload.options.find(({ kind }) => kind === 'mss');
	return option?.kind === 'mss' ? option.value : undefined;
}

export const tcpmss: MatchExtension<Tcpmss> = {
	name: 'tcpmss',
	families: ['ip', 'ip6'],
	summary: 'largest segment size that a TCP handshake announces',
	options: [
		{ name: 'mss', id: 'mss', type: 'uint16-range', mandatory: true, invert: true, help: 'bytes, or low:high' }
	],
	init: () => ({ low: 0, high: 0, invert: false }),
	parse(draft, { range: [low, high], invert }) {
		if (high < low) throw new OptionError('tcpmss: invalid range given');
		draft.low = low;
		draft.high = high;
		draft.invert = invert;
	},
	list: (data) => ` tcpmss match ${data.invert ? '!' : ''}${rangeText(data)}`,
	save: (data) => `${data.invert ? ' !' : ''} --mss ${rangeText(data)}`,
	check: (_data, place) => checkPlace(place, { protocols: [TCP] }),
	compile:
		({ low, high, invert }) =>
		(skb) => {
			if (skb.packet.payload.kind !== 'tcp') {
				headerBytes(skb, HEADER);
				return false;
			}
			const mss = announced(skb);
			return (mss !== undefined && mss >= low && mss <= high) !== invert;
		},
	explain(data, skb) {
		const mss = announced(skb);
		if (mss === undefined) return 'the packet announces no segment size';
		const inside = mss >= data.low && mss <= data.high;
		return `the announced segment size ${mss} is ${inside ? '' : 'not '}${rangeText(data)}`;
	}
};
