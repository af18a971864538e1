/**
 * ECN: takes explicit congestion notification out of TCP's handshake, or sets its bits (RFC 3168).
 */
import { TCP } from '#wire/packet';
import { OptionError, VERDICT, type Place, type TargetExtension } from '../extension';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Ecn {
	/** null: left alone */
	ece: number | null;
	cwr: number | null;
	/** the two lowest bits of the type-of-service byte */
	codepoint: number | null;
}

const TCP_PROTOCOL = 6;

const isRemove = (data: Ecn): boolean => data.ece === 0 && data.cwr === 0 && data.codepoint === null;

function change(data: Ecn, skb: Skb): void {
	const packet = skb.packet;
	const tos = data.codepoint === null ? packet.tos : (packet.tos & ~3) | data.codepoint;
	if (packet.payload.kind !== 'tcp') {
		if (tos !== packet.tos) skb.replace({ ...packet, tos });
		return;
	}
	const bit = (set: number | null, bit: number, flags: number): number =>
		set === null ? flags : set ? flags | bit : flags & ~bit;
	const flags = bit(data.cwr, TCP.cwr, bit(data.ece, TCP.ece, packet.payload.flags));
	if (tos === packet.tos && flags === packet.payload.flags) return;
	skb.replace({ ...packet, tos, payload: { ...packet.payload, flags } });
}

function check(data: Ecn, place: Place): string | null {
	const protocols = data.ece !== null || data.cwr !== null ? { protocols: [TCP_PROTOCOL] } : {};
	return checkPlace(place, { tables: ['mangle'], ...protocols });
}

export const ecnTarget: TargetExtension<Ecn> = {
	name: 'ECN',
	families: ['ip'],
	summary: 'takes explicit congestion notification out of TCP, or sets its bits',
	options: [
		{ name: 'ecn-tcp-remove', id: 'remove', type: 'none', exclude: ['cwr', 'ece'], help: 'clears both bits of TCP' },
		{ name: 'ecn-tcp-cwr', id: 'cwr', type: 'uint8', max: 1, exclude: ['remove'], help: 'sets or clears CWR' },
		{ name: 'ecn-tcp-ece', id: 'ece', type: 'uint8', max: 1, exclude: ['remove'], help: 'sets or clears ECE' },
		{ name: 'ecn-ip-ect', id: 'codepoint', type: 'uint8', max: 3, help: 'the code point in the IP header, 0–3' }
	],
	init: () => ({ ece: null, cwr: null, codepoint: null }),
	parse(draft, option) {
		if (option.id === 'remove') {
			draft.ece = draft.cwr = 0;
			draft.codepoint = null;
		} else draft[option.id as keyof Ecn] = option.number;
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('ECN target: An operation is required');
	},
	list(data) {
		if (isRemove(data)) return ' ECN TCP remove';
		const ece = data.ece === null ? '' : ` ECE=${data.ece}`;
		const cwr = data.cwr === null ? '' : ` CWR=${data.cwr}`;
		return ` ECN${ece}${cwr}${data.codepoint === null ? '' : ` ECT codepoint=${data.codepoint}`}`;
	},
	save(data) {
		if (isRemove(data)) return ' --ecn-tcp-remove';
		const ece = data.ece === null ? '' : ` --ecn-tcp-ece ${data.ece}`;
		const cwr = data.cwr === null ? '' : ` --ecn-tcp-cwr ${data.cwr}`;
		return ece + cwr + (data.codepoint === null ? '' : ` --ecn-ip-ect ${data.codepoint}`);
	},
	check,
	compile: (data) => (skb) => {
		change(data, skb);
		return VERDICT.continue;
	},
	explain: (data) =>
		isRemove(data) ? 'takes ECN out of the TCP header' : 'sets the bits of explicit congestion notification'
};
