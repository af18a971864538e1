/** rt: the routing header of IPv6. Not simulated: IPv6. */
import { formatAddress, parseAddress } from '../address';
import { OptionError, type MatchExtension, type ParsedOption } from '../extension';
import type { Address } from '../rule';
import { IPV6_ONLY } from './ipv6-matches';
import { ANY_NUMBER, listRange, rangeOf, saveRange, type NumberRange } from './number-range';

interface Value {
	readonly value: number;
	readonly invert: boolean;
}

interface Rt {
	type: Value | null;
	segments: NumberRange;
	length: Value | null;
	reserved: boolean;
	addresses: readonly Address[] | null;
	notStrict: boolean;
}

const HOPS = 16;

function parseAddresses(text: string): readonly Address[] {
	const words = text.split(',');
	const addresses = words.slice(0, HOPS).map((word) => {
		const address = parseAddress(word, 'ip6');
		if (address === undefined) throw new OptionError(`bad address: ${word}`);
		return address;
	});
	if (words.length > HOPS) throw new OptionError('too many addresses specified');
	return addresses;
}

function parse(draft: Rt, option: ParsedOption): void {
	const { id, number, invert, argument } = option;
	const isTypeZero = draft.type?.value === 0 && !draft.type.invert;
	if (id === 'type') draft.type = { value: number, invert };
	else if (id === 'segments') draft.segments = rangeOf(option);
	else if (id === 'length') draft.length = { value: number, invert };
	else if (id === 'not-strict') {
		if (!draft.addresses) throw new OptionError("`--rt-0-addr ...' required before `--rt-0-not-strict'");
		draft.notStrict = true;
	} else {
		if (!isTypeZero) throw new OptionError(`\`--rt-type 0' required before \`--${option.name}'`);
		if (id === 'reserved') draft.reserved = true;
		else draft.addresses = parseAddresses(argument);
	}
}

export const rt: MatchExtension<Rt> = {
	...IPV6_ONLY,
	name: 'rt',
	summary: 'the routing header of IPv6',
	options: [
		{ name: 'rt-type', id: 'type', type: 'uint32', invert: true, help: 'its type' },
		{ name: 'rt-segsleft', id: 'segments', type: 'uint32-range', invert: true, help: 'hops left, or low:high' },
		{ name: 'rt-len', id: 'length', type: 'uint32', invert: true, help: 'length of the header' },
		{ name: 'rt-0-res', id: 'reserved', type: 'none', help: 'type 0: the reserved bits are looked at' },
		{ name: 'rt-0-addrs', id: 'addresses', type: 'string', help: 'type 0: addresses on the way' },
		{ name: 'rt-0-not-strict', id: 'not-strict', type: 'none', help: 'type 0: others may stand between them' }
	],
	init: () => ({ type: null, segments: ANY_NUMBER, length: null, reserved: false, addresses: null, notStrict: false }),
	parse,
	list({ type, segments, length, reserved, addresses, notStrict }) {
		let text = type ? ` rt type:${type.invert ? '!' : ''}${type.value}` : ' rt';
		const left = listRange('segsleft', segments);
		if (left !== '') text += ` ${left}`;
		if (length) text += ` length:${length.invert ? '!' : ''}${length.value}`;
		if (reserved) text += ' reserved';
		if (addresses) text += ` 0-addrs ${addresses.map((one) => formatAddress(one, 'ip6')).join(',')}`;
		return notStrict ? `${text} 0-not-strict` : text;
	},
	save({ type, segments, length, reserved, addresses, notStrict }) {
		let text = type ? `${type.invert ? ' !' : ''} --rt-type ${type.value}` : '';
		text += saveRange('rt-segsleft', segments);
		if (length) text += `${length.invert ? ' !' : ''} --rt-len ${length.value}`;
		if (reserved) text += ' --rt-0-res';
		if (addresses) text += ` --rt-0-addrs ${addresses.map((one) => formatAddress(one, 'ip6')).join(',')}`;
		return notStrict ? `${text} --rt-0-not-strict` : text;
	}
};
