/**
 * ah: the security parameters index of an authentication header (RFC 4302).
 *
 * Not simulated: IPv6, where it also asks for length and reserved bits.
 */
import type { CommandContext, MatchExtension, OptionRow, ParsedOption } from '../extension';
import { ANY_NUMBER, inRange, listRange, rangeOf, rangeSentence, saveRange, type NumberRange } from './number-range';
import { headerBytes, payloadBytes, word32 } from './payload-bytes';
import { checkPlace } from './place';

interface Ah {
	spi: NumberRange;
	/** IPv6 only */
	length: number;
	lengthInvert: boolean;
	reserved: boolean;
}

const AH = 51;
const SPI_AT = 4;
const HEADER = 12;

const SPI: OptionRow = { name: 'ahspi', id: 'spi', type: 'uint32-range', invert: true, help: 'a number or low:high' };
const init = (): Ah => ({ spi: ANY_NUMBER, length: 0, lengthInvert: false, reserved: false });

function parse(draft: Ah, option: ParsedOption, _context: CommandContext): void {
	if (option.id === 'spi') draft.spi = rangeOf(option);
	else if (option.id === 'reserved') draft.reserved = true;
	else {
		draft.length = option.number;
		draft.lengthInvert = option.invert;
	}
}

function spiOf(skb: Parameters<typeof payloadBytes>[0]): number | undefined {
	const bytes = payloadBytes(skb);
	return bytes ? word32(bytes, SPI_AT) : undefined;
}

export const ah: MatchExtension<Ah> = {
	name: 'ah',
	families: ['ip'],
	summary: 'security parameters index of an authentication header',
	options: [SPI],
	init,
	parse,
	list: ({ spi }) => ` ah ${listRange('spi', spi)}`,
	save: ({ spi }) => saveRange('ahspi', spi),
	check: (_data, place) => checkPlace(place, { protocols: [AH] }),
	compile:
		({ spi }) =>
		(skb) => {
			const bytes = headerBytes(skb, HEADER);
			return bytes !== null && inRange(word32(bytes, SPI_AT)!, spi);
		},
	explain({ spi }, skb) {
		const index = spiOf(skb);
		return index === undefined ? 'there is no authentication header to read' : rangeSentence('SPI', index, spi);
	}
};

export const ah6: MatchExtension<Ah> = {
	name: 'ah',
	families: ['ip6'],
	summary: 'security parameters index, length or reserved bits of an authentication header',
	notSimulated: 'The simulated hosts speak IPv4 only.',
	options: [
		SPI,
		{ name: 'ahlen', id: 'length', type: 'uint32', invert: true, help: 'length of the header' },
		{ name: 'ahres', id: 'reserved', type: 'none', help: 'the reserved bits are zero' }
	],
	init,
	parse,
	list({ spi, length, lengthInvert, reserved }) {
		const size = length !== 0 || lengthInvert ? `length:${lengthInvert ? '!' : ''}${length}` : '';
		return ` ah ${listRange('spi', spi)}${size}${reserved ? ' reserved' : ''}`;
	},
	save({ spi, length, lengthInvert, reserved }) {
		const size = length !== 0 || lengthInvert ? `${lengthInvert ? ' !' : ''} --ahlen ${length}` : '';
		return saveRange('ahspi', spi) + size + (reserved ? ' --ahres' : '');
	}
};
