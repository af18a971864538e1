/**
 * ttl and hl: how many routers the packet may still pass: time to live of IPv4, hop limit of IPv6.
 */
import { OptionError, type MatchExtension, type OptionRow } from '../extension';

type Comparison = 'eq' | 'ne' | 'lt' | 'gt';

interface Ttl {
	how: Comparison;
	value: number;
}

const SIGNS: Readonly<Record<Comparison, string>> = { eq: '==', ne: '!=', lt: '<', gt: '>' };

const TESTS: Readonly<Record<Comparison, (found: number, value: number) => boolean>> = {
	eq: (found, value) => found === value,
	ne: (found, value) => found !== value,
	lt: (found, value) => found < value,
	gt: (found, value) => found > value
};

const HELP: Readonly<Record<string, string>> = { eq: 'exactly this', lt: 'less than this', gt: 'more than this' };

function ttlMatch(
	name: 'ttl' | 'hl',
	label: string,
	missing: string,
	extra: readonly OptionRow[]
): MatchExtension<Ttl> {
	const ids = ['eq', 'lt', 'gt'];
	const option = (id: string): OptionRow => ({
		name: `${name}-${id}`,
		id,
		type: 'uint8',
		invert: id === 'eq',
		exclude: ids,
		help: `${HELP[id]}, 0 to 255`
	});
	return {
		name,
		families: [name === 'ttl' ? 'ip' : 'ip6'],
		summary: name === 'ttl' ? 'the time to live: routers that the packet may still pass' : 'the hop limit of IPv6',
		...(name === 'hl' ? { notSimulated: 'The simulated hosts speak IPv4 only.' } : {}),
		options: [option('lt'), option('gt'), option('eq'), ...extra],
		init: () => ({ how: 'eq', value: 0 }),
		parse(draft, { id, number, invert }) {
			draft.how = invert ? 'ne' : (id as Comparison);
			draft.value = number;
		},
		finish(_draft, seen) {
			if (seen.size === 0) throw new OptionError(`${label} match: You must specify one of ${missing}`);
			// the real one looks for the others in this order, which is not that of the options
			const one = ['lt', 'gt', 'eq'].find((id) => seen.has(id))!;
			const other = ids.find((id) => id !== one && seen.has(id));
			if (other !== undefined)
				throw new OptionError(
					`${name}: option "--${name}-${one}" cannot be used together with "--${name}-${other}".\n`
				);
		},
		list: ({ how, value }) => ` ${label} match ${label} ${SIGNS[how]} ${value}`,
		save: ({ how, value }) => `${how === 'ne' ? ' !' : ''} --${name}-${how === 'ne' ? 'eq' : how} ${value}`,
		compile({ how, value }) {
			const test = TESTS[how];
			return (skb) => test(skb.ttl, value);
		},
		explain: ({ how, value }, skb) =>
			`the TTL ${skb.ttl} is ${TESTS[how](skb.ttl, value) ? '' : 'not '}${SIGNS[how]} ${value}`
	};
}

export const ttl = ttlMatch('ttl', 'TTL', "`--ttl-eq', `--ttl-lt', `--ttl-gt", [
	{ name: 'ttl', id: 'eq', type: 'uint8', invert: true, exclude: ['eq', 'lt', 'gt'], help: 'exactly this, 0 to 255' }
]);
export const hl = ttlMatch('hl', 'HL', "`--hl-eq', `--hl-lt', `--hl-gt'", []);
