/** srh: the segment routing header of IPv6 (RFC 8754). Not simulated: IPv6. */
import { formatAddress, maskLength } from '../address';
import type { MatchExtension, OptionRow } from '../extension';
import { IPV6_ONLY } from './ipv6-matches';

interface Srh {
	/** by id of the option; numbers, or a prefix as text */
	tests: Readonly<Record<string, { readonly value: string; readonly invert: boolean }>>;
	/** eq, gt and lt of one field share its number: the last one typed */
	numbers: Readonly<Record<string, number>>;
}

/** in the order in which they are shown; `field`: what the number is kept under */
const TESTS: readonly {
	readonly id: string;
	readonly field: string | null;
	readonly type: OptionRow['type'];
	readonly help: string;
}[] = [
	{ id: 'next-hdr', field: 'next', type: 'uint8', help: 'the next header' },
	{ id: 'hdr-len-eq', field: 'length', type: 'uint8', help: 'length of the header' },
	{ id: 'hdr-len-gt', field: 'length', type: 'uint8', help: 'the header is longer' },
	{ id: 'hdr-len-lt', field: 'length', type: 'uint8', help: 'the header is shorter' },
	{ id: 'segs-left-eq', field: 'segments', type: 'uint8', help: 'segments left' },
	{ id: 'segs-left-gt', field: 'segments', type: 'uint8', help: 'more segments left' },
	{ id: 'segs-left-lt', field: 'segments', type: 'uint8', help: 'fewer segments left' },
	{ id: 'last-entry-eq', field: 'last', type: 'uint8', help: 'index of the last entry' },
	{ id: 'last-entry-gt', field: 'last', type: 'uint8', help: 'a greater index' },
	{ id: 'last-entry-lt', field: 'last', type: 'uint8', help: 'a smaller index' },
	{ id: 'tag', field: 'tag', type: 'uint16', help: 'its tag' },
	{ id: 'psid', field: null, type: 'host-mask', help: 'the previous segment' },
	{ id: 'nsid', field: null, type: 'host-mask', help: 'the next segment' },
	{ id: 'lsid', field: null, type: 'host-mask', help: 'the last segment' }
];

const given = ({ tests, numbers }: Srh) =>
	TESTS.filter(({ id }) => tests[id]).map(({ id, field }) => {
		const { value, invert } = tests[id]!;
		return { id, field, invert, text: field === null ? value : String(numbers[field]) };
	});

export const srh: MatchExtension<Srh> = {
	...IPV6_ONLY,
	name: 'srh',
	summary: 'the segment routing header of IPv6',
	options: TESTS.map(({ id, type, help }) => ({ name: `srh-${id}`, id, type, invert: true, help })),
	init: () => ({ tests: {}, numbers: {} }),
	parse(draft, { id, number, address, addressMask, invert }) {
		const { field } = TESTS.find((test) => test.id === id)!;
		const prefix = `${formatAddress(address, 'ip6')}/${maskLength(addressMask, 'ip6') ?? -1}`;
		draft.tests = { ...draft.tests, [id]: { value: field === null ? prefix : '', invert } };
		if (field !== null) draft.numbers = { ...draft.numbers, [field]: number };
	},
	list: (data) =>
		` srh${given(data)
			.map(({ id, field, invert, text }) =>
				field === null ? ` ${id} ${invert ? '!' : ''} ${text}` : ` ${id}:${invert ? '!' : ''}${text}`
			)
			.join('')}`,
	save: (data) =>
		given(data)
			.map(({ id, invert, text }) => `${invert ? ' !' : ''} --srh-${id} ${text}`)
			.join('')
};
