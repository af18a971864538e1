/**
 * REJECT: drops the packet and tells its sender so, by an ICMP error or a TCP reset.
 *
 * Silence where the real one is silent: later fragments, wrong checksums, a reset (never answered by a reset); ICMP errors
 * about ICMP errors and about broadcasts are held back by the host itself.
 */
import { checksum, pseudoHeaderSum } from '#wire/checksum';
import { TCP } from '#wire/packet';
import { OptionError, VERDICT, type Place, type TargetExtension } from '../extension';
import type { HookName, TableName } from '../rule';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Reject {
	with: string;
}

interface Kind {
	readonly name: string;
	readonly alias: string;
	/** of the ICMP message; null for a TCP reset */
	readonly code: number | null;
}

const TCP_PROTOCOL = 6;
const UNREACHABLE = 3;
const RESET = 'tcp-reset';

/** in the order in which an abbreviation is looked up */
const KINDS: readonly Kind[] = [
	{ name: 'icmp-net-unreachable', alias: 'net-unreach', code: 0 },
	{ name: 'icmp-host-unreachable', alias: 'host-unreach', code: 1 },
	{ name: 'icmp-proto-unreachable', alias: 'proto-unreach', code: 2 },
	{ name: 'icmp-port-unreachable', alias: 'port-unreach', code: 3 },
	{ name: 'icmp-net-prohibited', alias: 'net-prohib', code: 9 },
	{ name: 'icmp-host-prohibited', alias: 'host-prohib', code: 10 },
	{ name: RESET, alias: 'tcp-rst', code: null },
	{ name: 'icmp-admin-prohibited', alias: 'admin-prohib', code: 13 }
];

const KINDS_6: readonly Kind[] = [
	{ name: 'icmp6-no-route', alias: 'no-route', code: 0 },
	{ name: 'icmp6-adm-prohibited', alias: 'adm-prohibited', code: 1 },
	{ name: 'icmp6-addr-unreachable', alias: 'addr-unreach', code: 3 },
	{ name: 'icmp6-port-unreachable', alias: 'port-unreach', code: 4 },
	{ name: RESET, alias: RESET, code: null },
	{ name: 'icmp6-policy-fail', alias: 'policy-fail', code: 5 },
	{ name: 'icmp6-reject-route', alias: 'reject-route', code: 6 }
];

const TABLES: readonly TableName[] = ['filter'];
const HOOKS: readonly HookName[] = ['INPUT', 'FORWARD', 'OUTPUT'];

function check(data: Reject, place: Place): string | null {
	const protocols = data.with === RESET ? { protocols: [TCP_PROTOCOL] } : {};
	return checkPlace(place, { tables: TABLES, hooks: HOOKS, ...protocols });
}

/** Protocols without a checksum over all that follows the IP header: GRE, ESP, AH, SCTP, UDP-Lite, DCCP. */
const NOT_SUMMED: ReadonlySet<number> = new Set([47, 50, 51, 132, 136, 33]);
const WITH_PSEUDO_HEADER: ReadonlySet<number> = new Set([6, 17]);

/** The host's own packets get theirs later. That of a first fragment is over bytes that are not there, so it is wrong. */
function checksumIsGood({ packet, hook }: Skb): boolean {
	const { payload, protocol, source, destination } = packet;
	if (hook === 'OUTPUT' || NOT_SUMMED.has(protocol)) return true;
	if (payload.kind !== 'raw')
		return payload.checksum === undefined || (payload.kind === 'udp' && payload.checksum === 0);
	const bytes = payload.bytes;
	const pseudo = WITH_PSEUDO_HEADER.has(protocol) ? pseudoHeaderSum(source, destination, protocol, bytes.length) : 0;
	return checksum(bytes, pseudo) === 0;
}

function answer(code: number | null, skb: Skb, services: Services): void {
	if (skb.fragmentOffset > 0 || !checksumIsGood(skb)) return;
	if (code !== null) services.sendIcmpError(skb, UNREACHABLE, code);
	else if (skb.flags >= 0 && (skb.flags & TCP.rst) === 0 && !isForMany(skb, services)) services.sendReset(skb);
}

function isForMany(skb: Skb, services: Services): boolean {
	const type = services.addressType(skb.packet.destination);
	return type === 'BROADCAST' || type === 'MULTICAST';
}

function rejectTarget(family: 'ip' | 'ip6', kinds: readonly Kind[], usual: string): TargetExtension<Reject> {
	return {
		name: 'REJECT',
		families: [family],
		summary: 'drops the packet and answers its sender with an error',
		options: [
			{
				name: 'reject-with',
				id: 'with',
				type: 'string',
				help: `the answer: ${kinds.map(({ name }) => name).join(', ')}`
			}
		],
		...(family === 'ip6' ? { notSimulated: 'The simulated hosts speak IPv4 only.' } : {}),
		init: () => ({ with: usual }),
		parse(draft, { argument }, context) {
			const typed = argument.toLowerCase();
			const kind = kinds.find(({ name, alias }) => name.startsWith(typed) || alias.startsWith(typed));
			if (kind) {
				draft.with = kind.name;
				return;
			}
			if (family === 'ip' && ['echo-reply', 'echoreply'].some((name) => name.startsWith(typed)))
				context.warn('--reject-with echo-reply no longer supported');
			throw new OptionError(`unknown reject type "${argument}"`);
		},
		list: (data) => ` reject-with ${data.with}`,
		save: (data) => ` --reject-with ${data.with}`,
		check,
		compile(data, services) {
			const code = kinds.find(({ name }) => name === data.with)!.code;
			return (skb) => {
				answer(code, skb, services);
				return VERDICT.drop;
			};
		},
		explain: (data) =>
			data.with === RESET
				? 'drops the packet and sends a TCP reset to its sender'
				: `drops the packet and sends the ICMP error "${data.with.replace(/^icmp6?-/, '')}" to its sender`
	};
}

export const reject = rejectTarget('ip', KINDS, 'icmp-port-unreachable');
export const reject6 = rejectTarget('ip6', KINDS_6, 'icmp6-port-unreachable');
