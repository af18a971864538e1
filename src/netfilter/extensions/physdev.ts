/**
 * physdev: the bridge port that the packet came in or leaves by.
 *
 * Not simulated: bridges whose packets pass iptables. As on a host without one, only rules match that invert whatever
 * they ask.
 */
import { OptionError, type MatchExtension, type Place } from '../extension';
import { byteLength } from '../text';

type Field = 'isIn' | 'in' | 'isOut' | 'out' | 'isBridged';

/** null: not asked */
type Physdev = Record<Field, { readonly name: string; readonly invert: boolean } | null>;

/** in the order in which they are shown */
const FIELDS: readonly { readonly field: Field; readonly option: string; readonly help: string }[] = [
	{ field: 'isIn', option: 'physdev-is-in', help: 'came in through a bridge' },
	{ field: 'in', option: 'physdev-in', help: 'the port that it came in by' },
	{ field: 'isOut', option: 'physdev-is-out', help: 'leaves through a bridge' },
	{ field: 'out', option: 'physdev-out', help: 'the port that it leaves by' },
	{ field: 'isBridged', option: 'physdev-is-bridged', help: 'is bridged, not routed' }
];
const INTERFACE_MAXIMUM = 15;

function text(data: Physdev): string {
	return FIELDS.map(({ field, option }) => {
		const test = data[field];
		const named = field === 'in' || field === 'out';
		return test ? `${test.invert ? ' !' : ''} --${option}${named ? ` ${test.name}` : ''}` : '';
	}).join('');
}

function check(data: Physdev, place: Place): string | null {
	if ((!data.out && !data.isOut) || (data.isBridged && !data.isBridged.invert)) return null;
	return place.hooks.has('OUTPUT') ? 'EINVAL' : null;
}

export const physdev: MatchExtension<Physdev> = {
	name: 'physdev',
	families: ['ip', 'ip6'],
	summary: 'bridge port that the packet came in or leaves by',
	notSimulated: 'No packet here passes a bridge on its way through the rules.',
	options: FIELDS.map(({ field, option, help }) => ({
		name: option,
		id: field,
		type: field === 'in' || field === 'out' ? 'string' : 'none',
		invert: true,
		help
	})),
	init: () => ({ isIn: null, in: null, isOut: null, out: null, isBridged: null }),
	parse(draft, { id, argument, invert }, context) {
		if (byteLength(argument) > INTERFACE_MAXIMUM)
			throw new OptionError(`interface name \`${argument}' must be shorter than IFNAMSIZ (${INTERFACE_MAXIMUM})`);
		if (/[/ ]/.test(argument))
			context.warn(`Warning: weird character in interface \`${argument}' ('/' and ' ' are not allowed by the kernel).`);
		draft[id as Field] = { name: argument, invert };
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('PHYSDEV: no physdev option specified');
	},
	list: (data) => ` PHYSDEV match${text(data)}`,
	save: text,
	check,
	compile: (data) => {
		const matches = FIELDS.every(({ field }) => data[field]?.invert ?? true);
		return () => matches;
	},
	explain: (_data, _skb, matched) => `the packet passes no bridge${matched ? ', as the rule asks' : ''}`
};
