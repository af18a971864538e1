/** ipv6header: which extension headers an IPv6 packet has. Not simulated: IPv6. */
import { OptionError, type MatchExtension, type Names } from '../extension';
import { IPV6_ONLY } from './ipv6-matches';

interface Ipv6header {
	/** bits of `HEADERS` */
	headers: number;
	invert: boolean;
	soft: boolean;
}

/** in the order in which they are shown */
const HEADERS: readonly { readonly bit: number; readonly protocol: number; readonly names: readonly string[] }[] = [
	{ bit: 0x80, protocol: 0, names: ['hop-by-hop', 'hop', '0'] },
	{ bit: 0x40, protocol: 60, names: ['dst', '60'] },
	{ bit: 0x20, protocol: 43, names: ['route', '43'] },
	{ bit: 0x10, protocol: 44, names: ['frag', '44'] },
	{ bit: 0x08, protocol: 51, names: ['auth', '51'] },
	{ bit: 0x04, protocol: 50, names: ['esp', '50'] },
	{ bit: 0x02, protocol: 59, names: ['none', '59'] },
	{ bit: 0x01, protocol: 255, names: ['protocol', 'prot', '255'] }
];

function bitOf(name: string, names: Names): number {
	const protocol = names.protocolNumber(name);
	if (protocol === undefined) {
		const known = HEADERS.find((header) => header.names.includes(name));
		if (!known) throw new OptionError(`unknown header \`${name}' specified`);
		return known.bit;
	}
	const header = HEADERS.find((one) => one.protocol === protocol);
	if (!header) throw new OptionError(`unknown header \`${protocol}' specified`);
	return header.bit;
}

function headerNames(bits: number, names: Names): string {
	const found = HEADERS.filter(({ bit }) => bits & bit);
	const name = ({ protocol, names: own }: (typeof HEADERS)[number]): string =>
		(protocol === 0 ? undefined : names.protocolName(protocol)) ?? own[0]!;
	return found.length === 0 ? 'NONE' : found.map(name).join(',');
}

export const ipv6header: MatchExtension<Ipv6header> = {
	...IPV6_ONLY,
	name: 'ipv6header',
	summary: 'extension headers of an IPv6 packet',
	options: [
		{ name: 'header', id: 'header', type: 'string', mandatory: true, invert: true, help: 'names with commas: hop,dst' },
		{ name: 'soft', id: 'soft', type: 'none', help: 'others may be there too' }
	],
	init: () => ({ headers: 0, invert: false, soft: false }),
	parse(draft, { id, argument, invert }, { names }) {
		if (id === 'soft') {
			draft.soft = true;
			return;
		}
		for (const word of argument.split(',').filter((one) => one !== '')) draft.headers |= bitOf(word, names);
		if (draft.headers === 0) throw new OptionError('ip6t_ipv6header: cannot parse header names');
		draft.invert = invert;
	},
	list({ headers, invert, soft }, { names, numeric }) {
		const shown = numeric ? `0x${headers.toString(16).toUpperCase().padStart(2, '0')}` : headerNames(headers, names);
		return ` ipv6header flags:${invert ? '!' : ''}${shown}${soft ? ' soft' : ''}`;
	},
	save: ({ headers, invert, soft }, { names }) =>
		`${invert ? ' !' : ''} --header ${headerNames(headers, names)}${soft ? ' --soft' : ''}`
};
