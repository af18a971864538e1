/** ipcomp: the compression parameter index of a compressed packet (RFC 3173). */
import type { MatchExtension } from '../extension';
import { inRange, listRange, rangeOf, rangeSentence, saveRange, type NumberRange } from './number-range';
import { headerBytes, payloadBytes } from './payload-bytes';
import { checkPlace } from './place';

interface Ipcomp {
	index: NumberRange;
	reserved: boolean;
}

const IPCOMP = 108;
const HEADER = 4;

function indexOf(skb: Parameters<typeof payloadBytes>[0]): number | undefined {
	const bytes = payloadBytes(skb);
	return bytes && bytes.length >= 4 ? (bytes[2]! << 8) | bytes[3]! : undefined;
}

export const ipcomp: MatchExtension<Ipcomp> = {
	name: 'ipcomp',
	families: ['ip', 'ip6'],
	summary: 'parameter index of a compressed packet',
	options: [
		{ name: 'ipcompspi', id: 'index', type: 'uint32-range', invert: true, help: 'a number or low:high' },
		{ name: 'compres', id: 'reserved', type: 'none', help: 'the reserved bits are zero' }
	],
	// without the option it asks for index 0
	init: () => ({ index: { low: 0, high: 0, invert: false }, reserved: false }),
	parse(draft, option) {
		if (option.id === 'index') draft.index = rangeOf(option);
		else draft.reserved = true;
	},
	list: ({ index, reserved }) => ` comp ${listRange('spi', index)}${reserved ? ' reserved' : ''}`,
	save: ({ index, reserved }) => saveRange('ipcompspi', index) + (reserved ? ' --compres' : ''),
	check: (_data, place) => checkPlace(place, { protocols: [IPCOMP] }),
	compile:
		({ index }) =>
		(skb) => {
			const bytes = headerBytes(skb, HEADER);
			return bytes !== null && inRange((bytes[2]! << 8) | bytes[3]!, index);
		},
	explain({ index }, skb) {
		const value = indexOf(skb);
		return value === undefined ? 'there is no IPComp header to read' : rangeSentence('parameter index', value, index);
	}
};
