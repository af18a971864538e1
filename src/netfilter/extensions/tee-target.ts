/**
 * TEE: sends a copy of the packet to a host on the local wire and goes on with the next rule.
 */
import type { Ipv4Packet } from '#wire/packet';
import { formatAddress } from '../address';
import { VERDICT, type CommandContext, type TargetExtension } from '../extension';
import type { Address } from '../rule';
import type { Skb } from '../skb';
import { cutBytes } from '../text';

interface Tee {
	gateway: Address;
	/** empty for any */
	outgoing: string;
}

const INTERFACE_MAXIMUM = 15;

function gatewayText({ gateway }: Tee, { family, numeric, names }: CommandContext): string {
	return (numeric ? undefined : names.hostName(gateway, family)) ?? formatAddress(gateway, family);
}

/** A copy of what came in has passed one more hop; none may be cut into fragments. */
function copyOf({ packet, hook }: Skb): Ipv4Packet {
	const incoming = hook === 'PREROUTING' || hook === 'INPUT';
	return { ...packet, dontFragment: true, ttl: incoming ? (packet.ttl - 1) & 255 : packet.ttl };
}

export const tee: TargetExtension<Tee> = {
	name: 'TEE',
	families: ['ip', 'ip6'],
	summary: 'sends a copy of the packet to another host of the local network',
	options: [
		{ name: 'gateway', id: 'gateway', type: 'host', mandatory: true, help: 'the host that gets the copy' },
		{ name: 'oif', id: 'oif', type: 'string', help: 'the interface that it leaves by' }
	],
	init: ({ family }) => ({ gateway: family === 'ip' ? 0 : 0n, outgoing: '' }),
	parse(draft, option) {
		if (option.id === 'gateway') draft.gateway = option.address;
		else draft.outgoing = cutBytes(option.argument, INTERFACE_MAXIMUM);
	},
	list: (data, context) =>
		` TEE gw:${gatewayText(data, context)}${data.outgoing === '' ? '' : ` oif=${data.outgoing}`}`,
	save: ({ gateway, outgoing }, { family }) =>
		` --gateway ${formatAddress(gateway, family)}${outgoing === '' ? '' : ` --oif ${outgoing}`}`,
	check: ({ gateway }) => (BigInt(gateway) === 0n ? 'EINVAL' : null),
	compile: ({ gateway, outgoing }, services) => {
		const to = Number(gateway);
		// a copy is not copied again
		const busy = services.shared('tee', () => ({ sending: false }));
		return (skb) => {
			if (busy.sending) return VERDICT.continue;
			busy.sending = true;
			services.sendVia(copyOf(skb), to, outgoing === '' ? null : outgoing, skb.mark);
			busy.sending = false;
			return VERDICT.continue;
		};
	},
	explain: ({ gateway }) =>
		`sends a copy to ${formatAddress(gateway, typeof gateway === 'bigint' ? 'ip6' : 'ip')} and goes on`
};
