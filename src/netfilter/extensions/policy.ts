/**
 * policy: whether and how IPsec protects the packet.
 *
 * Not simulated: IPsec; only "--pol none" ever matches.
 */
import { formatAddress, formatMask } from '../address';
import { OptionError, type CommandContext, type MatchExtension, type ParsedOption, type Place } from '../extension';
import type { Address, HookName } from '../rule';
import { checkPlace } from './place';

interface Value<T> {
	readonly value: T;
	readonly invert: boolean;
}

interface Network {
	readonly address: Address;
	readonly mask: Address;
}

interface Element {
	reqid?: Value<number>;
	spi?: Value<number>;
	proto?: Value<number>;
	mode?: Value<'transport' | 'tunnel'>;
	tunnelDst?: Value<Network>;
	tunnelSrc?: Value<Network>;
}

interface Policy {
	direction: 'in' | 'out' | null;
	none: boolean;
	strict: boolean;
	elements: readonly Element[];
}

const PROTOCOLS: readonly number[] = [51, 50, 108];
const DEPTH_MAXIMUM = 4;

/* ---- reading ----------------------------------------------------------------------------------------------------- */

const FIELDS: Readonly<Record<string, keyof Element>> = {
	reqid: 'reqid',
	spi: 'spi',
	proto: 'proto',
	mode: 'mode',
	'tunnel-src': 'tunnelSrc',
	'tunnel-dst': 'tunnelDst'
};

function valueOf(option: ParsedOption): unknown {
	const { id, argument, number } = option;
	if (id === 'tunnel-src' || id === 'tunnel-dst') return { address: option.address, mask: option.addressMask };
	if (id === 'proto' && !PROTOCOLS.includes(number))
		throw new OptionError('policy match: protocol must be ah/esp/ipcomp');
	if (id !== 'mode') return number;
	if (argument !== 'transport' && argument !== 'tunnel')
		throw new OptionError(`policy match: invalid mode "${argument}"`);
	return argument;
}

function parse(draft: Policy, option: ParsedOption): void {
	const { id, argument, invert } = option;
	if (id === 'dir') {
		if (argument !== 'in' && argument !== 'out') throw new OptionError(`policy_match: invalid dir "${argument}"`);
		draft.direction = argument;
	} else if (id === 'pol') {
		if (argument !== 'none' && argument !== 'ipsec')
			throw new OptionError(`policy match: invalid policy "${argument}"`);
		draft.none = argument === 'none';
	} else if (id === 'strict') draft.strict = true;
	else if (id === 'next') {
		if (draft.elements.length === DEPTH_MAXIMUM) throw new OptionError('policy match: maximum policy depth reached');
		draft.elements = [...draft.elements, {}];
	} else {
		const last = draft.elements.at(-1)!;
		const field = FIELDS[id]!;
		if (last[field]) throw new OptionError(`policy match: double --${id} option`);
		draft.elements = [...draft.elements.slice(0, -1), { ...last, [field]: { value: valueOf(option), invert } }];
	}
}

function finish(draft: Policy): void {
	if (draft.direction === null) throw new OptionError('policy match: neither --dir in nor --dir out specified');
	if (draft.none) {
		if (draft.strict) throw new OptionError('policy match: policy none but --strict given');
		if (draft.elements.length > 1) throw new OptionError('policy match: policy none but policy given');
		draft.elements = [];
	}
	for (const [i, element] of draft.elements.entries()) {
		if (draft.strict && Object.keys(element).length === 0)
			throw new OptionError(
				`policy match: empty policy element ${i}. --strict is in effect, but at least one of reqid, spi, tunnel-src, tunnel-dst, proto or mode is required.`
			);
		// without --mode it counts as transport
		const mode = element.mode ?? { value: 'transport', invert: false };
		const tunnel = (mode.value === 'tunnel') !== mode.invert;
		if ((element.tunnelSrc || element.tunnelDst) && !tunnel)
			throw new OptionError('policy match: --tunnel-src/--tunnel-dst is only valid in tunnel mode');
	}
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

function elementText(element: Element, dashes: '' | '--', context: CommandContext, numeric: boolean): string {
	const { family, names } = context;
	const one = <T>(name: string, test: Value<T> | undefined, text: (value: T) => string): string =>
		test ? `${test.invert ? ' !' : ''} ${dashes}${name} ${text(test.value)}` : '';
	const network = ({ address, mask }: Network): string => formatAddress(address, family) + formatMask(mask, family);
	return (
		one('reqid', element.reqid, String) +
		one('spi', element.spi, (value) => `0x${value.toString(16)}`) +
		one('proto', element.proto, (value) => (numeric ? undefined : names.protocolName(value)) ?? String(value)) +
		one('mode', element.mode, (value) => value) +
		one('tunnel-dst', element.tunnelDst, network) +
		one('tunnel-src', element.tunnelSrc, network)
	);
}

const flagsText = ({ direction, none, strict }: Policy, dashes: '' | '--'): string =>
	` ${dashes}dir ${direction} ${dashes}pol ${none ? 'none' : 'ipsec'}${strict ? ` ${dashes}strict` : ''}`;

/* ---- the kernel's half ------------------------------------------------------------------------------------------- */

const IN_HOOKS: readonly HookName[] = ['PREROUTING', 'INPUT', 'FORWARD'];
const OUT_HOOKS: readonly HookName[] = ['POSTROUTING', 'OUTPUT', 'FORWARD'];

function check({ direction, elements }: Policy, place: Place): string | null {
	if (elements.length > DEPTH_MAXIMUM) return 'EINVAL';
	return checkPlace(place, { hooks: direction === 'in' ? IN_HOOKS : OUT_HOOKS });
}

export const policy: MatchExtension<Policy> = {
	name: 'policy',
	families: ['ip', 'ip6'],
	summary: 'whether and how IPsec protects the packet',
	notSimulated: 'There is no IPsec here: only "--pol none" matches.',
	options: [
		{ name: 'dir', id: 'dir', type: 'string', help: 'in: was it protected; out: will it be' },
		{ name: 'pol', id: 'pol', type: 'string', help: 'none or ipsec' },
		{ name: 'strict', id: 'strict', type: 'none', help: 'all elements must fit, in order' },
		{ name: 'reqid', id: 'reqid', type: 'uint32', multiple: true, invert: true, help: "the policy's number" },
		{ name: 'spi', id: 'spi', type: 'uint32', multiple: true, invert: true, help: 'security parameters index' },
		{
			name: 'tunnel-src',
			id: 'tunnel-src',
			type: 'host-mask',
			multiple: true,
			invert: true,
			help: 'near end of a tunnel'
		},
		{
			name: 'tunnel-dst',
			id: 'tunnel-dst',
			type: 'host-mask',
			multiple: true,
			invert: true,
			help: 'far end of a tunnel'
		},
		{ name: 'proto', id: 'proto', type: 'protocol', multiple: true, invert: true, help: 'esp, ah or ipcomp' },
		{ name: 'mode', id: 'mode', type: 'string', multiple: true, invert: true, help: 'transport or tunnel' },
		{ name: 'next', id: 'next', type: 'none', multiple: true, also: ['strict'], help: 'begins the next element' }
	],
	init: () => ({ direction: null, none: false, strict: false, elements: [{}] }),
	parse,
	finish,
	list(data, context) {
		const number = (i: number): string => (data.elements.length > 1 ? ` [${i}]` : '');
		const elements = data.elements.map((one, i) => number(i) + elementText(one, '', context, context.numeric));
		return ` policy match${flagsText(data, '')}${elements.join('')}`;
	},
	save: (data, context) =>
		flagsText(data, '--') + data.elements.map((one) => elementText(one, '--', context, false)).join(' --next'),
	check,
	compile:
		({ none }) =>
		() =>
			none,
	explain: ({ none }) => `the packet is not protected by IPsec${none ? '' : '; the rule asks for that'}`
};
