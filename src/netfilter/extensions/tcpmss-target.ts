/**
 * TCPMSS: lowers the maximum segment size that a TCP handshake announces, to a number or to what the path carries.
 *
 * It never raises the option; where it is missing (and no data follows) 536 is put in.
 */
import type { Ipv4Packet, TcpOption, TcpSegment } from '#wire/packet';
import { tcpOptionsLength } from '#wire/length';
import { OptionError, VERDICT, type Place, type TargetExtension } from '../extension';
import type { HookName } from '../rule';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Tcpmss {
	/** null: what the path carries */
	mss: number | null;
}

const TCP_PROTOCOL = 6;
const SYN = 0x02;
const HEADERS = 40;
const HEADERS_6 = 60;
/** RFC 9293 3.7.1: what a host may send that was told nothing */
const DEFAULT_MSS = 536;
const OPTIONS_MAXIMUM = 40;
const MSS_OPTION = 4;
const CLAMP_HOOKS: readonly HookName[] = ['FORWARD', 'OUTPUT', 'POSTROUTING'];

/** null for nothing to do */
function changed(segment: TcpSegment, wanted: number): readonly TcpOption[] | null {
	const at = segment.options.findIndex(({ kind }) => kind === 'mss');
	if (at >= 0) {
		const old = segment.options[at]!;
		if (old.kind !== 'mss' || old.value <= wanted) return null;
		return segment.options.with(at, { kind: 'mss', value: wanted });
	}
	// room for the option would have to be made by moving data
	if (segment.payload.length > 0 || tcpOptionsLength(segment.options) + MSS_OPTION > OPTIONS_MAXIMUM) return null;
	return [{ kind: 'mss', value: Math.min(wanted, DEFAULT_MSS) }, ...segment.options];
}

/** The smaller one of the paths there and back. */
function pathMtu(packet: Ipv4Packet, mark: number, services: Services): number {
	const mtu = (address: number): number => services.routeMtu(address, mark);
	return Math.min(mtu(packet.destination), mtu(packet.source));
}

function mangle(mss: number | null, skb: Skb, services: Services): number {
	const packet = skb.packet;
	if (packet.payload.kind !== 'tcp') return VERDICT.continue;
	const wanted = mss ?? pathMtu(packet, skb.mark, services) - HEADERS;
	if (wanted <= 0 && mss === null) return VERDICT.drop;
	const options = changed(packet.payload, wanted);
	if (options) skb.replace({ ...packet, payload: { ...packet.payload, options } });
	return VERDICT.continue;
}

/** The legacy variant wants to see `--syn` (or flags with SYN) in the rule. */
function asksForSyn({ rule }: Place): boolean {
	return rule.matches.some(({ name, data }) => {
		const { flagValue, flagInvert } = data as { readonly flagValue?: number; readonly flagInvert?: boolean };
		return name === 'tcp' && ((flagValue ?? 0) & SYN) !== 0 && !flagInvert;
	});
}

function check(data: Tcpmss, place: Place): string | null {
	const hooks = data.mss === null ? { hooks: CLAMP_HOOKS } : {};
	const misplaced = checkPlace(place, { protocols: [TCP_PROTOCOL], ...hooks });
	return misplaced ?? (place.variant === 'legacy' && !asksForSyn(place) ? 'EINVAL' : null);
}

function tcpmssTarget(family: 'ip' | 'ip6', headers: number): TargetExtension<Tcpmss> {
	return {
		name: 'TCPMSS',
		families: [family],
		summary: 'lowers the largest segment size that a TCP handshake announces',
		...(family === 'ip6' ? { notSimulated: 'The simulated hosts speak IPv4 only.' } : {}),
		options: [
			{ name: 'set-mss', id: 'set', type: 'uint16', max: 65535 - headers + 20, help: 'bytes' },
			{ name: 'clamp-mss-to-pmtu', id: 'clamp', type: 'none', help: 'as much as the path carries in one packet' }
		],
		init: () => ({ mss: null }),
		parse(draft, option) {
			draft.mss = option.id === 'clamp' ? null : option.number;
		},
		finish(_draft, seen) {
			if (seen.size === 0) throw new OptionError('TCPMSS target: At least one parameter is required');
		},
		list: ({ mss }) => (mss === null ? ' TCPMSS clamp to PMTU' : ` TCPMSS set ${mss}`),
		save: ({ mss }) => (mss === null ? ' --clamp-mss-to-pmtu' : ` --set-mss ${mss}`),
		check,
		compile: (data, services) => (skb) => mangle(data.mss, skb, services),
		explain: ({ mss }) =>
			`lowers the announced segment size to ${mss === null ? 'what the path carries' : `${mss} bytes`}`
	};
}

export const tcpmssTarget4 = tcpmssTarget('ip', HEADERS);
export const tcpmssTarget6 = tcpmssTarget('ip6', HEADERS_6);
