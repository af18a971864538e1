/**
 * iprange: any range of addresses, not only those that a mask can say (xt_iprange).
 */
import { formatAddress, parseTyped } from '../address';
import { OptionError, type CommandContext, type MatchExtension } from '../extension';
import type { Address } from '../rule';
import type { Skb } from '../skb';

interface Range {
	readonly low: Address;
	readonly high: Address;
	readonly invert: boolean;
}

interface IpRange {
	source: Range | null;
	destination: Range | null;
}

/** "10.0.0.1-10.0.0.9", or one address. @throws OptionError */
function parseRange(text: string, option: string, invert: boolean, context: CommandContext): Range {
	const address = (part: string): Address => {
		const value = parseTyped(part, context.family);
		if (value === undefined) throw new OptionError(`iprange: Bad value for "--${option}" option: "${part}"`);
		return value;
	};
	const dash = text.indexOf('-');
	const low = address(dash < 0 ? text : text.slice(0, dash));
	const high = dash < 0 ? low : address(text.slice(dash + 1));
	if (low > high) context.warn(`xt_iprange: range ${text} is reversed and will never match`);
	return { low, high, invert };
}

function rangeText({ low, high }: Range, { family }: CommandContext): string {
	return `${formatAddress(low, family)}-${formatAddress(high, family)}`;
}

const within = (range: Range, address: number): boolean =>
	(address >= Number(range.low) && address <= Number(range.high)) !== range.invert;

function compile({ source, destination }: IpRange): (skb: Skb) => boolean {
	return ({ packet }) =>
		(source === null || within(source, packet.source)) &&
		(destination === null || within(destination, packet.destination));
}

function explain({ source, destination }: IpRange, { packet }: Skb, matched: boolean): string {
	const words = (what: string, range: Range, address: number): string => {
		const inside = within({ ...range, invert: false }, address);
		const text = `${formatAddress(range.low, 'ip')}-${formatAddress(range.high, 'ip')}`;
		return `${what} address ${formatAddress(address, 'ip')} is ${inside ? '' : 'not '}in ${text}${range.invert ? ', which is excluded' : ''}`;
	};
	const parts: string[] = [];
	if (source && (matched || !within(source, packet.source))) parts.push(words('source', source, packet.source));
	if (destination && (matched || !within(destination, packet.destination)))
		parts.push(words('destination', destination, packet.destination));
	return parts.join(', ');
}

export const iprange: MatchExtension<IpRange> = {
	name: 'iprange',
	families: ['ip', 'ip6'],
	summary: 'a range of addresses from one to another',
	options: [
		{ name: 'src-range', id: 'source', type: 'string', invert: true, help: 'from-to, both included' },
		{ name: 'dst-range', id: 'destination', type: 'string', invert: true, help: 'from-to, both included' }
	],
	init: () => ({ source: null, destination: null }),
	parse(draft, { id, name, argument, invert }, context) {
		draft[id as keyof IpRange] = parseRange(argument, name, invert, context);
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError("iprange match: You must specify `--src-range' or `--dst-range'");
	},
	list: ({ source, destination }, context) =>
		(source ? ` source IP range${source.invert ? ' !' : ''} ${rangeText(source, context)}` : '') +
		(destination ? ` destination IP range${destination.invert ? ' !' : ''} ${rangeText(destination, context)}` : ''),
	save: ({ source, destination }, context) =>
		(source ? `${source.invert ? ' !' : ''} --src-range ${rangeText(source, context)}` : '') +
		(destination ? `${destination.invert ? ' !' : ''} --dst-range ${rangeText(destination, context)}` : ''),
	compile,
	explain
};
