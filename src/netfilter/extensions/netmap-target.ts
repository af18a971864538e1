/**
 * NETMAP: maps a whole network onto another one of the same size, host by host.
 */
import type { Ipv4Address } from '#wire/packet';
import { formatAddress, lengthMask, maskLength } from '../address';
import type { TargetExtension } from '../extension';
import type { Address, Family, HookName } from '../rule';
import { checkPlace } from './place';

interface Netmap {
	address: Address;
	mask: Address;
}

const SOURCE_HOOKS: readonly HookName[] = ['POSTROUTING', 'INPUT'];

function networkText({ address, mask }: Netmap, family: Family): string {
	return `${formatAddress(address, family)}/${maskLength(mask, family) ?? formatAddress(mask, family)}`;
}

export const netmap: TargetExtension<Netmap> = {
	name: 'NETMAP',
	families: ['ip', 'ip6'],
	summary: 'maps a whole network onto another one, host by host',
	conntrack: true,
	options: [{ name: 'to', id: 'to', type: 'host-mask', mandatory: true, help: 'the network to map onto: 10.0.0.0/8' }],
	init: ({ family }) => ({ address: family === 'ip' ? 0 : 0n, mask: lengthMask(0, family) }),
	parse(draft, { address, addressMask }) {
		draft.mask = addressMask;
		draft.address = typeof address === 'number' ? (address & Number(addressMask)) >>> 0 : address & BigInt(addressMask);
	},
	list: (data, { family }) => ` to:${networkText(data, family)}`,
	save: (data, { family }) => ` --to ${networkText(data, family)}`,
	check: (_data, place) =>
		checkPlace(place, { tables: ['nat'], hooks: ['PREROUTING', 'POSTROUTING', 'OUTPUT', 'INPUT'] }),
	compile(data, services) {
		const [network, mask] = [Number(data.address), Number(data.mask)];
		return (skb) => {
			const kind = SOURCE_HOOKS.includes(skb.hook) ? 'source' : 'destination';
			const old: Ipv4Address = kind === 'source' ? skb.packet.source : skb.packet.destination;
			const address = ((old & ~mask) | network) >>> 0;
			return services.conntrack.bind(skb, kind, {
				minimum: address,
				maximum: address,
				minimumPort: null,
				maximumPort: null
			});
		};
	},
	explain: (data) =>
		`maps the address into ${networkText(data, typeof data.address === 'bigint' ? 'ip6' : 'ip')}, keeping the host part`
};
