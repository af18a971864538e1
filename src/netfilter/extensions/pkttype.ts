/**
 * pkttype: whether the frame was for this host, for all or for a group (xt_pkttype).
 *
 * Not simulated: `otherhost`. The simulated cards do not hand on what is for others.
 */
import { BROADCAST_MAC } from '#wire/address';
import { OptionError, type MatchExtension } from '../extension';
import type { Skb } from '../skb';

const TYPES = ['unicast', 'broadcast', 'multicast', 'otherhost'] as const;
type PacketType = (typeof TYPES)[number];
const ALIASES: Readonly<Record<string, PacketType>> = { bcast: 'broadcast', mcast: 'multicast', host: 'unicast' };

function typeOf({ frame }: Skb): PacketType {
	if (frame === null) return 'unicast';
	if (frame.destination === BROADCAST_MAC) return 'broadcast';
	// the group bit is the lowest of the first byte
	return Math.floor(frame.destination / 2 ** 40) % 2 === 1 ? 'multicast' : 'unicast';
}

export const pkttype: MatchExtension<{ type: PacketType; invert: boolean }> = {
	name: 'pkttype',
	families: ['ip', 'ip6'],
	summary: 'unicast, broadcast or multicast, by the Ethernet frame',
	options: [
		{
			name: 'pkt-type',
			id: 'type',
			type: 'string',
			mandatory: true,
			invert: true,
			help: 'unicast, broadcast, multicast, otherhost'
		}
	],
	init: () => ({ type: 'unicast', invert: false }),
	parse(draft, { argument, invert }) {
		const typed = argument.toLowerCase();
		const type = TYPES.find((name) => name === typed) ?? ALIASES[typed];
		if (!type) throw new OptionError(`Bad packet type '${argument}'`);
		draft.type = type;
		draft.invert = invert;
	},
	list: ({ type, invert }) => ` PKTTYPE ${invert ? '!' : ''}= ${type}`,
	save: ({ type, invert }) => `${invert ? ' !' : ''} --pkt-type ${type}`,
	compile:
		({ type, invert }) =>
		(skb) =>
			(typeOf(skb) === type) !== invert,
	explain: ({ type, invert }, skb) =>
		`the frame is ${typeOf(skb)}, ${typeOf(skb) === type ? 'which is' : 'not'} ${type}${invert ? ', which is excluded' : ''}`
};
