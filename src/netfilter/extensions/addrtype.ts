/**
 * addrtype: what the routing table says of an address: the host's own, a broadcast, one of a group … (xt_addrtype).
 */
import { formatIpv4Address } from '#wire/address';
import { OptionError, type MatchExtension } from '../extension';
import type { AddressType, Services } from '../services';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Types {
	readonly types: readonly AddressType[];
	readonly invert: boolean;
}

interface AddrType {
	source: Types | null;
	destination: Types | null;
	/** look only at the addresses of the interface that it came in on, or goes out by */
	limit: 'in' | 'out' | null;
}

/** RTN_*, in the order in which an abbreviation is looked up */
const TYPES: readonly AddressType[] = [
	'UNSPEC',
	'UNICAST',
	'LOCAL',
	'BROADCAST',
	'ANYCAST',
	'MULTICAST',
	'BLACKHOLE',
	'UNREACHABLE',
	'PROHIBIT',
	'THROW',
	'NAT',
	'XRESOLVE'
];

/** what IPv6 does not have */
const NOT_IPV6: ReadonlySet<AddressType> = new Set([
	'BROADCAST',
	'BLACKHOLE',
	...TYPES.slice(TYPES.indexOf('PROHIBIT'))
]);

/** @throws OptionError "addrtype: bad type" with quotes of one kind before the last item, of another at it */
function parseTypes(text: string): readonly AddressType[] {
	const found = new Set<AddressType>();
	for (let rest = text; ;) {
		const comma = rest.indexOf(',');
		const typed = (comma < 0 ? rest : rest.slice(0, comma)).toUpperCase();
		const type = typed === '' ? undefined : TYPES.find((name) => name.startsWith(typed));
		if (!type) throw new OptionError(`addrtype: bad type ${comma < 0 ? `"${rest}"` : `\`${rest}'`}`);
		found.add(type);
		if (comma < 0) return TYPES.filter((name) => found.has(name));
		rest = rest.slice(comma + 1);
	}
}

function compile({ source, destination, limit }: AddrType, services: Services): (skb: Skb) => boolean {
	const holds = ({ types, invert }: Types, address: number, device: string | undefined): boolean =>
		types.includes(services.addressType(address, device)) !== invert;
	return (skb) => {
		const device = (limit === 'in' ? skb.incoming : limit === 'out' ? skb.outgoing : null) ?? undefined;
		return (
			(source === null || holds(source, skb.packet.source, device)) &&
			(destination === null || holds(destination, skb.packet.destination, device))
		);
	};
}

function explain({ source, destination }: AddrType, { packet }: Skb, matched: boolean): string {
	const words = (what: string, types: Types | null, address: number): string =>
		types === null
			? ''
			: `${what} address ${formatIpv4Address(address)} of a type ${types.invert ? 'other than' : 'among'} ${types.types.join(', ')}`;
	const asked = [words('source', source, packet.source), words('destination', destination, packet.destination)].filter(
		(text) => text !== ''
	);
	return `${matched ? 'found' : 'not found'}: ${asked.join(', ')}`;
}

export const addrtype: MatchExtension<AddrType> = {
	name: 'addrtype',
	families: ['ip', 'ip6'],
	summary: "the address's type in the routing table: LOCAL, BROADCAST, UNICAST …",
	options: [
		{ name: 'src-type', id: 'source', type: 'string', invert: true, help: TYPES.join(', ') },
		{ name: 'dst-type', id: 'destination', type: 'string', invert: true, help: TYPES.join(', ') },
		{
			name: 'limit-iface-in',
			id: 'in',
			type: 'none',
			exclude: ['out'],
			help: 'look only at the interface that it came in on'
		},
		{
			name: 'limit-iface-out',
			id: 'out',
			type: 'none',
			exclude: ['in'],
			help: 'look only at the interface that it goes out by'
		}
	],
	init: () => ({ source: null, destination: null, limit: null }),
	parse(draft, { id, argument, invert }) {
		if (id === 'in' || id === 'out') draft.limit = id;
		else draft[id as 'source' | 'destination'] = { types: parseTypes(argument), invert };
	},
	finish(_draft, seen) {
		if (!seen.has('source') && !seen.has('destination'))
			throw new OptionError('addrtype: you must specify --src-type or --dst-type');
	},
	list: ({ source, destination, limit }) =>
		' ADDRTYPE match' +
		(source ? ` src-type ${source.invert ? '!' : ''}${source.types.join(',')}` : '') +
		(destination ? ` dst-type ${destination.invert ? '!' : ''}${destination.types.join(',')}` : '') +
		(limit ? ` limit-${limit}` : ''),
	save: ({ source, destination, limit }) =>
		(source ? `${source.invert ? ' !' : ''} --src-type ${source.types.join(',')}` : '') +
		(destination ? `${destination.invert ? ' !' : ''} --dst-type ${destination.types.join(',')}` : '') +
		(limit ? ` --limit-iface-${limit}` : ''),
	check({ source, destination, limit }, place) {
		const asked = [...(source?.types ?? []), ...(destination?.types ?? [])];
		if (place.family === 'ip6' && asked.some((type) => NOT_IPV6.has(type))) return 'EINVAL';
		if (limit === 'in') return checkPlace(place, { hooks: ['PREROUTING', 'INPUT', 'FORWARD'] });
		return limit === 'out' ? checkPlace(place, { hooks: ['FORWARD', 'OUTPUT', 'POSTROUTING'] }) : null;
	},
	compile,
	explain
};
