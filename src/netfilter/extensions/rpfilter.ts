/** rpfilter: an answer to the packet would leave by the interface that it came in by. */
import type { MatchExtension } from '../extension';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Rpfilter {
	loose: boolean;
	validMark: boolean;
	acceptLocal: boolean;
	invert: boolean;
}

const FLAGS = [
	{ field: 'loose', option: 'loose', help: 'any interface will do' },
	{ field: 'validMark', option: 'validmark', help: "the packet's mark takes part in routing" },
	{ field: 'acceptLocal', option: 'accept-local', help: "this host's own addresses are right too" },
	{ field: 'invert', option: 'invert', help: 'matches packets that fail the test' }
] as const;

const text = (data: Rpfilter, dashes: '' | '--'): string =>
	FLAGS.map(({ field, option }) => (data[field] ? ` ${dashes}${option}` : '')).join('');

/** before `invert` */
function passes(data: Rpfilter, skb: Skb, services: Services): boolean {
	const { source, destination } = skb.packet;
	if (skb.incoming === 'lo') return true;
	if (source === 0) {
		const multicast = services.addressType(destination) === 'MULTICAST';
		// 224.0.0.x: stays on the wire, and may come before there is an address
		if (multicast) return destination >>> 8 === 0xe00000;
	}
	const type = services.addressType(source);
	if (type !== 'UNICAST') return type === 'LOCAL' && data.acceptLocal;
	const route = services.routeTo(source, data.validMark ? skb.mark : 0);
	return route !== null && (data.loose || route.interface === skb.incoming);
}

export const rpfilter: MatchExtension<Rpfilter> = {
	name: 'rpfilter',
	families: ['ip', 'ip6'],
	summary: 'an answer would leave by the interface that the packet came in by',
	options: FLAGS.map(({ field, option, help }) => ({ name: option, id: field, type: 'none', help })),
	init: () => ({ loose: false, validMark: false, acceptLocal: false, invert: false }),
	parse(draft, { id }) {
		draft[id as keyof Rpfilter] = true;
	},
	list: (data) => ` rpfilter${text(data, '')}`,
	save: (data) => text(data, '--'),
	check: (_data, place) => checkPlace(place, { tables: ['raw', 'mangle'], hooks: ['PREROUTING'] }),
	compile: (data, services) => (skb) => passes(data, skb, services) !== data.invert,
	explain: ({ invert }, skb, matched) =>
		`an answer would ${matched === invert ? 'not ' : ''}leave by ${skb.incoming ?? 'the same interface'}`
};
