/**
 * MASQUERADE: SNAT to the address that the outgoing interface has at that moment. When the interface loses it, the
 * connections are forgotten (`Conntrack.interfaceDown`).
 */
import type { Ipv4Address } from '#wire/packet';
import { VERDICT, type TargetExtension } from '../extension';
import type { Services } from '../services';
import { flagOptions, forgetBasePort, natRange, natText, newNat, parseNat, type Nat } from './nat-range';
import { checkPlace } from './place';

export const masquerade: TargetExtension<Nat> = {
	name: 'MASQUERADE',
	families: ['ip', 'ip6'],
	summary: 'hides a new connection behind the address of the interface that it leaves by',
	conntrack: true,
	options: [
		{ name: 'to-ports', id: 'to-ports', type: 'string', help: 'source ports to take: 1024-65535' },
		...flagOptions('random', 'random-fully')
	],
	init: newNat,
	parse: parseNat,
	finish: forgetBasePort,
	list: (data, { family }) => natText(data, family, 'masq ports: ', ''),
	save: (data, { family }) => natText(data, family, '--to-ports ', '--'),
	check: (_data, place) => checkPlace(place, { tables: ['nat'], hooks: ['POSTROUTING'] }),
	compile: (data, services) => (skb) => {
		// a socket bound to 0.0.0.0 may send before it has an address: left alone
		if (skb.source === 0) return VERDICT.accept;
		const address =
			skb.outgoing === null ? null : sourceTowards(skb.packet.destination, skb.outgoing, skb.mark, services);
		if (address === null) return VERDICT.drop;
		const range = { ...natRange(data, [address, address]), masquerade: true };
		return services.conntrack.bind(skb, 'source', range);
	},
	explain: (_data, skb) => `hides the connection behind the address of ${skb.outgoing ?? 'the outgoing interface'}`
};

/** Of several addresses that of the next hop's network. */
function sourceTowards(
	destination: Ipv4Address,
	outgoing: string,
	mark: number,
	services: Services
): Ipv4Address | null {
	const route = services.routeTo(destination, mark);
	return route?.interface === outgoing ? route.source : services.interfaceAddress(outgoing);
}
