/**
 * hbh and dst: the hop-by-hop and destination options headers of IPv6.
 *
 * Not simulated: IPv6.
 */
import { OptionError, type MatchExtension } from '../extension';
import { numberPrefix } from '../number';
import { IPV6_ONLY } from './ipv6-matches';

interface Options {
	length: { readonly value: number; readonly invert: boolean } | null;
	/** length null: any */
	options: readonly { readonly type: number; readonly length: number | null }[] | null;
}

const OPTIONS_MAXIMUM = 16;
const ANY_LENGTH = 255;

function parseOptionNumber(extension: string, text: string, what: string): number {
	const { value, end } = numberPrefix(text);
	if (end === 0) throw new OptionError(`${extension}: no valid digits in ${what} \`${text}'`);
	if (end !== text.length) throw new OptionError(`${extension}: error parsing ${what} \`${text}'`);
	return Number(value & 0xffn);
}

function parseOptions(extension: string, padding: string, text: string): Options['options'] {
	const words = text.split(',');
	const options = words.slice(0, OPTIONS_MAXIMUM).map((word, i) => {
		const colon = word.indexOf(':');
		if (colon >= 0 && i === OPTIONS_MAXIMUM - 1) throw new OptionError('too many ports specified');
		const type = parseOptionNumber(extension, colon < 0 ? word : word.slice(0, colon), 'opt');
		if (colon < 0) return { type, length: null };
		if (type === 0) throw new OptionError(padding);
		const length = parseOptionNumber(extension, word.slice(colon + 1), 'length');
		return { type, length: length === ANY_LENGTH ? null : length };
	});
	if (words.length > OPTIONS_MAXIMUM) throw new OptionError('too many addresses specified');
	return options;
}

const optionsText = (options: NonNullable<Options['options']>): string =>
	options.map(({ type, length }) => (length === null ? type : `${type}:${length}`)).join(',');

/** @param padding what is said of a length for type 0 */
function optionsMatch(name: string, summary: string, padding: string): MatchExtension<Options> {
	return {
		...IPV6_ONLY,
		name,
		summary,
		options: [
			{ name: `${name}-len`, id: 'length', type: 'uint32', invert: true, help: 'length of the header' },
			{ name: `${name}-opts`, id: 'options', type: 'string', help: 'types, each with :length or without' }
		],
		init: () => ({ length: null, options: null }),
		parse(draft, { id, argument, number, invert }) {
			if (id === 'length') draft.length = { value: number, invert };
			else draft.options = parseOptions(name, padding, argument);
		},
		list({ length, options }) {
			const size = length ? ` length:${length.invert ? '!' : ''}${length.value}` : '';
			return ` ${name}${size}${options ? ` opts ${optionsText(options)}` : ''}`;
		},
		save({ length, options }) {
			const size = length ? `${length.invert ? ' !' : ''} --${name}-len ${length.value}` : '';
			return size + (options ? ` --${name}-opts ${optionsText(options)}` : '');
		}
	};
}

export const hbh = optionsMatch('hbh', 'the hop-by-hop options of IPv6', 'PAD0 has not got length');
export const dst = optionsMatch('dst', 'the destination options of IPv6', "PAD0 hasn't got length");
