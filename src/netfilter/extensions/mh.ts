/** mh: the type of a mobility header (RFC 6275). Not simulated: IPv6. */
import { OptionError, type MatchExtension } from '../extension';
import { parseNumber } from '../number';
import { IPV6_ONLY } from './ipv6-matches';
import { checkPlace } from './place';

interface Mh {
	low: number;
	high: number;
	invert: boolean;
}

const MH = 135;
const TYPE_MAXIMUM = 255;
/** by number: the name that is shown, and its short form */
const TYPES: readonly (readonly [name: string, short: string])[] = [
	['binding-refresh-request', 'brr'],
	['home-test-init', 'hoti'],
	['careof-test-init', 'coti'],
	['home-test', 'hot'],
	['careof-test', 'cot'],
	['binding-update', 'bu'],
	['binding-acknowledgement', 'ba'],
	['binding-error', 'be']
];

/** Beginnings of a name will do. @throws OptionError */
function parseType(text: string): number {
	const typed = text.toLowerCase();
	const exact = TYPES.findIndex((names) => names.includes(typed));
	const type = exact >= 0 ? exact : TYPES.findIndex((names) => names.some((name) => name.startsWith(typed)));
	const number = type >= 0 ? type : parseNumber(text, 0, TYPE_MAXIMUM);
	if (number === undefined) throw new OptionError(`Invalid MH type \`${text}'`);
	return number;
}

export const mh: MatchExtension<Mh> = {
	...IPV6_ONLY,
	name: 'mh',
	aliases: ['mobility-header', 'ipv6-mh'],
	summary: 'type of a mobility header of IPv6',
	options: [{ name: 'mh-type', id: 'type', type: 'string', invert: true, help: 'a number or name, or low:high' }],
	init: () => ({ low: 0, high: TYPE_MAXIMUM, invert: false }),
	parse(draft, { argument, invert }) {
		const colon = argument.indexOf(':');
		if (colon < 0) draft.low = draft.high = parseType(argument);
		else {
			const [low, high] = [argument.slice(0, colon), argument.slice(colon + 1)];
			draft.low = low === '' ? 0 : parseType(low);
			draft.high = high === '' ? TYPE_MAXIMUM : parseType(high);
			if (draft.low > draft.high) throw new OptionError('Invalid MH type range (min > max)');
		}
		draft.invert = invert;
	},
	list({ low, high, invert }, { numeric }) {
		if (low === 0 && high === TYPE_MAXIMUM && !invert) return ' mh';
		const name = (type: number): string => (numeric ? undefined : TYPES[type]?.[0]) ?? String(type);
		return ` mh ${invert ? '!' : ''}${name(low)}${low === high ? '' : `:${name(high)}`}`;
	},
	save({ low, high, invert }) {
		if (low === 0 && high === TYPE_MAXIMUM) return '';
		return `${invert ? ' !' : ''} --mh-type ${low === high ? low : `${low}:${high}`}`;
	},
	check: (_data, place) => checkPlace(place, { protocols: [MH] })
};
