/** esp: the security parameters index of an ESP packet (RFC 4303). */
import type { MatchExtension } from '../extension';
import { ANY_NUMBER, inRange, listRange, rangeOf, rangeSentence, saveRange, type NumberRange } from './number-range';
import { headerBytes, payloadBytes, word32 } from './payload-bytes';
import { checkPlace } from './place';

interface Esp {
	spi: NumberRange;
}

const ESP = 50;
const HEADER = 8;

export const esp: MatchExtension<Esp> = {
	name: 'esp',
	families: ['ip', 'ip6'],
	summary: 'security parameters index of an ESP packet',
	options: [{ name: 'espspi', id: 'spi', type: 'uint32-range', invert: true, help: 'a number or low:high' }],
	init: () => ({ spi: ANY_NUMBER }),
	parse(draft, option) {
		draft.spi = rangeOf(option);
	},
	list({ spi }) {
		const range = listRange('spi', spi);
		return range === '' ? ' esp' : ` esp ${range}`;
	},
	save: ({ spi }) => saveRange('espspi', spi),
	check: (_data, place) => checkPlace(place, { protocols: [ESP] }),
	compile:
		({ spi }) =>
		(skb) => {
			const bytes = headerBytes(skb, HEADER);
			return bytes !== null && inRange(word32(bytes, 0)!, spi);
		},
	explain({ spi }, skb) {
		const bytes = payloadBytes(skb);
		const index = bytes ? word32(bytes, 0) : undefined;
		return index === undefined ? 'there is no ESP header to read' : rangeSentence('SPI', index, spi);
	}
};
