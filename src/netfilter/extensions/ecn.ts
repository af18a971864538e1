/** ecn: the bits of explicit congestion notification in the TCP and the IP header (RFC 3168). */
import { TCP } from '#wire/packet';
import { OptionError, type MatchExtension, type Place } from '../extension';
import type { Skb } from '../skb';
import { checkPlace } from './place';

/** null: not asked */
interface Test {
	readonly value: number;
	readonly invert: boolean;
}

interface Ecn {
	ece: Test | null;
	cwr: Test | null;
	ect: Test | null;
}

const TCP_PROTOCOL = 6;
const FIELDS = ['ece', 'cwr', 'ect'] as const;

function valueOf(field: (typeof FIELDS)[number], skb: Skb): number {
	if (field === 'ect') return skb.tos & 3;
	return skb.flags >= 0 && skb.flags & (field === 'ece' ? TCP.ece : TCP.cwr) ? 1 : 0;
}

const passes = (field: (typeof FIELDS)[number], test: Test | null, skb: Skb): boolean =>
	test === null || (valueOf(field, skb) === test.value) !== test.invert;

export const ecn: MatchExtension<Ecn> = {
	name: 'ecn',
	families: ['ip', 'ip6'],
	summary: 'bits of explicit congestion notification',
	options: [
		{ name: 'ecn-tcp-cwr', id: 'cwr', type: 'none', invert: true, help: 'the TCP bit CWR is set' },
		{ name: 'ecn-tcp-ece', id: 'ece', type: 'none', invert: true, help: 'the TCP bit ECE is set' },
		{ name: 'ecn-ip-ect', id: 'ect', type: 'uint8', max: 3, invert: true, help: 'the code point in the IP header, 0–3' }
	],
	init: () => ({ ece: null, cwr: null, ect: null }),
	parse(draft, { id, number, invert }) {
		draft[id as keyof Ecn] = { value: id === 'ect' ? number : 1, invert };
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('ECN match: some option required');
	},
	list({ ece, cwr, ect }) {
		const text = (test: Test | null, name: string): string => (test ? ` ${test.invert ? '!' : ''}${name}` : '');
		return ` ECN match${text(ece, 'ECE')}${text(cwr, 'CWR')}${text(ect, `ECT=${ect?.value}`)}`;
	},
	save({ ece, cwr, ect }) {
		const text = (test: Test | null, option: string): string =>
			test ? `${test.invert ? ' !' : ''} --ecn-${option}` : '';
		return text(ece, 'tcp-ece') + text(cwr, 'tcp-cwr') + text(ect, `ip-ect ${ect?.value}`);
	},
	check: ({ ece, cwr }: Ecn, place: Place) => checkPlace(place, ece || cwr ? { protocols: [TCP_PROTOCOL] } : {}),
	compile: (data) => (skb) => {
		if ((data.ece || data.cwr) && skb.flags < 0) return false;
		return FIELDS.every((field) => passes(field, data[field], skb));
	},
	explain(data, skb, matched) {
		if (matched) return 'the bits of congestion notification are as asked';
		const field = FIELDS.find((field) => !passes(field, data[field], skb));
		if (!field) return 'there is no TCP header to read';
		return `${field.toUpperCase()} is ${valueOf(field, skb)}, not ${data[field]!.invert ? 'another than ' : ''}${data[field]!.value}`;
	}
};
