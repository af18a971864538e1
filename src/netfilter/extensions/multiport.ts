/**
 * multiport: up to fifteen ports, a range counting as two (xt_multiport).
 */
import { OptionError, type CommandContext, type MatchExtension } from '../extension';
import { parsePort, portText } from '../protocol';
import type { Skb } from '../skb';
import { checkPlace } from './place';
import { rangeText } from './ports';

interface Multiport {
	which: 'sports' | 'dports' | 'ports';
	ports: readonly (readonly [low: number, high: number, isRange: boolean])[];
	invert: boolean;
}

/** XT_MULTI_PORTS */
const MOST = 15;
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
	[6, 'tcp'],
	[17, 'udp'],
	[136, 'udplite'],
	[132, 'sctp'],
	[33, 'dccp']
]);

/** The protocol whose services the names are of. @throws OptionError */
function protocolOf(rule: CommandContext['rule']): string {
	const name = rule.protocol && !rule.protocol.invert ? PROTOCOLS.get(rule.protocol.number) : undefined;
	if (name !== undefined) return name;
	throw new OptionError(
		rule.protocol
			? 'multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP'
			: "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"
	);
}

/** @throws OptionError */
function parsePorts(text: string, protocol: string, context: CommandContext): Multiport['ports'] {
	const tooMany = new OptionError('too many ports specified');
	const ports: [number, number, boolean][] = [];
	let used = 0;
	for (const item of text.split(',')) {
		if (used >= MOST) throw tooMany;
		const colon = item.indexOf(':');
		if (colon >= 0 && used === MOST - 1) throw tooMany;
		const low = parsePort(colon < 0 ? item : item.slice(0, colon), protocol, context.names);
		const high = colon < 0 ? low : parsePort(item.slice(colon + 1), protocol, context.names);
		if (colon >= 0 && low >= high) throw new OptionError('invalid portrange specified');
		ports.push([low, high, colon >= 0]);
		used += colon < 0 ? 1 : 2;
	}
	return ports;
}

function has(ports: Multiport['ports'], port: number): boolean {
	for (const [low, high] of ports) if (port >= low && port <= high) return true;
	return false;
}

/** A packet that is cut off before its ports is dropped; a later fragment has none and does not match. */
function compile({ which, ports, invert }: Multiport): (skb: Skb) => boolean {
	const bitmap = new Uint8Array(65536);
	for (const [low, high] of ports) bitmap.fill(1, low, high + 1);
	const source = which !== 'dports';
	const destination = which !== 'sports';
	return (skb) => {
		if (skb.sourcePort < 0) {
			skb.hotDrop = skb.fragmentOffset === 0;
			return false;
		}
		const inside = (source && bitmap[skb.sourcePort] === 1) || (destination && bitmap[skb.destinationPort] === 1);
		return inside !== invert;
	};
}

const WORDS = { sports: 'source port', dports: 'destination port', ports: 'source or destination port' } as const;

function explain({ which, ports, invert }: Multiport, skb: Skb): string {
	if (skb.sourcePort < 0) return 'there is no header to read ports from';
	const found = {
		sports: [skb.sourcePort],
		dports: [skb.destinationPort],
		ports: [skb.sourcePort, skb.destinationPort]
	};
	const list = ports.map(([low, high]) => rangeText(low, high)).join(', ');
	const inside = found[which].some((port) => has(ports, port));
	return `${WORDS[which]} ${found[which].join(' or ')} is ${inside ? 'one' : 'none'} of ${list}${invert ? ', which are excluded' : ''}`;
}

const ALL = ['sports', 'dports', 'ports'];
const row = (name: string, id: string, help: string) =>
	({ name, id, type: 'string', invert: true, exclude: ALL, help }) as const;

export const multiport: MatchExtension<Multiport> = {
	name: 'multiport',
	families: ['ip', 'ip6'],
	summary: 'several ports at once; needs -p tcp, udp, udplite, sctp or dccp',
	options: [
		row('source-ports', 'sports', 'source ports: 22,80,1024:65535'),
		row('sports', 'sports', 'source ports: 22,80,1024:65535'),
		row('destination-ports', 'dports', 'destination ports: 22,80,8000:8080'),
		row('dports', 'dports', 'destination ports: 22,80,8000:8080'),
		row('ports', 'ports', 'ports of which source or destination is one')
	],
	init: () => ({ which: 'ports', ports: [], invert: false }),
	parse(draft, { id, argument, invert }, context) {
		draft.which = id as Multiport['which'];
		draft.ports = parsePorts(argument, protocolOf(context.rule), context);
		if (invert) draft.invert = true;
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('multiport expection an option');
	},
	list({ which, ports, invert }, { names, numeric, rule }) {
		const protocol = PROTOCOLS.get(rule.protocol?.number ?? 0) ?? '';
		const text = (port: number): string => portText(port, protocol, names, numeric);
		const list = ports.map(([low, high, isRange]) => (isRange ? `${text(low)}:${text(high)}` : text(low)));
		return ` multiport ${which} ${invert ? ' !' : ''}${list.join(',')}`;
	},
	save: ({ which, ports, invert }) =>
		`${invert ? ' !' : ''} --${which} ${ports.map(([low, high]) => rangeText(low, high)).join(',')}`,
	check: (_data, place) => checkPlace(place, { protocols: [...PROTOCOLS.keys()] }),
	compile,
	explain
};
