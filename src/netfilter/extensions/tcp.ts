/**
 * tcp: source and destination port, flags, one TCP option (xt_tcpudp).
 *
 * The nf_tables variant turns ports and flags into expressions of its own; `read-back.ts` has what that does to a listing.
 * `! --tcp-flags NONE NONE` asks for nothing there, and here in both variants.
 * Not simulated: legacy drops a packet whose second fragment begins at byte 8, or whose header is cut off, whatever the
 * options; here that is so for what nf_tables leaves to the old match.
 */
import type { TcpSegment } from '#wire/packet';
import { parseTcpOptions } from '#wire/tcp';
import { OptionError, type CommandContext, type MatchExtension, type ParsedOption } from '../extension';
import { parseNumber } from '../number';
import { parsePortRange } from '../protocol';
import type { Skb } from '../skb';
import { checkPlace } from './place';
import {
	ANY_PORT,
	isAnyPort,
	isFull,
	listPorts,
	portMatches,
	portMismatch,
	portRows,
	savePorts,
	type PortRange
} from './ports';

export interface Tcp {
	source: PortRange;
	destination: PortRange;
	/** 0 for none */
	option: number;
	optionInvert: boolean;
	flagMask: number;
	flagValue: number;
	flagInvert: boolean;
	/** marks for "only once", which this match checks by itself; empty when it is ready */
	seen: string;
}

const TCP_PROTOCOL = 6;

/** in the order in which they are printed */
export const FLAGS: readonly (readonly [name: string, bit: number])[] = [
	['FIN', 0x01],
	['SYN', 0x02],
	['RST', 0x04],
	['PSH', 0x08],
	['ACK', 0x10],
	['URG', 0x20]
];
const FLAG_WORDS: ReadonlyMap<string, number> = new Map([...FLAGS, ['ALL', 0x3f], ['NONE', 0]]);
const SYN_MASK = 0x17;
const SYN = 0x02;

/** @throws OptionError "Unknown TCP flag `X'" */
function parseFlags(text: string): number {
	let flags = 0;
	for (const word of text.split(',')) {
		if (word === '') continue;
		const bit = FLAG_WORDS.get(word.toUpperCase());
		if (bit === undefined) throw new OptionError(`Unknown TCP flag \`${word}'`);
		flags |= bit;
	}
	return flags;
}

/** "FIN,SYN", "NONE" */
export function flagNames(flags: number): string {
	const names = FLAGS.filter(([, bit]) => flags & bit).map(([name]) => name);
	return names.length > 0 ? names.join(',') : 'NONE';
}

const ONLY_ONE: Readonly<Record<string, string>> = {
	sport: "Only one `--source-port' allowed",
	dport: "Only one `--destination-port' allowed",
	flags: "Only one of `--syn' or `--tcp-flags'  allowed",
	option: "Only one `--tcp-option' allowed"
};

function parse(draft: Tcp, option: ParsedOption, context: CommandContext): void {
	const { id, argument, invert } = option;
	const kind = id === 'syn' ? 'flags' : id;
	if (draft.seen.includes(`${kind} `)) throw new OptionError(ONLY_ONE[kind]!);
	draft.seen += `${kind} `;
	switch (id) {
		case 'sport':
		case 'dport': {
			const [low, high] = parsePortRange(argument, 'tcp', context.names);
			draft[id === 'sport' ? 'source' : 'destination'] = { low, high, invert };
			break;
		}
		case 'syn':
			setFlags(draft, SYN_MASK, SYN, invert);
			break;
		case 'flags':
			if (option.second === undefined) throw new OptionError('--tcp-flags requires two args.');
			setFlags(draft, parseFlags(argument), parseFlags(option.second), invert);
			break;
		case 'option': {
			const number = parseNumber(argument, 1, 255);
			if (number === undefined) throw new OptionError(`Bad TCP option "${argument}"`);
			draft.option = number;
			draft.optionInvert = invert;
		}
	}
}

function setFlags(draft: Tcp, mask: number, value: number, invert: boolean): void {
	draft.flagMask = mask;
	draft.flagValue = value;
	draft.flagInvert = invert;
}

/** Says nothing about the packet but that it is TCP. */
function isEmpty(data: Tcp): boolean {
	return (
		isAnyPort(data.source) &&
		isAnyPort(data.destination) &&
		data.option === 0 &&
		!data.optionInvert &&
		data.flagMask === 0 &&
		data.flagValue === 0 &&
		!data.flagInvert
	);
}

/** nf_tables makes expressions of it; what they cannot say stays a match of its own */
export function isNativeTcp(data: Tcp): boolean {
	return data.option === 0 && !data.optionInvert && !isEmpty(data);
}

function hasOption(skb: Skb, number: number): boolean {
	const payload = skb.packet.payload;
	if (payload.kind === 'tcp') return payload.options.some((option) => optionNumber(option) === number);
	if (payload.kind !== 'raw') return false;
	return parseTcpOptions(payload.bytes.subarray(20, (payload.bytes[12]! >> 4) * 4)).some(
		({ option }) => optionNumber(option) === number
	);
}

const OPTION_NUMBERS: Readonly<Record<string, number>> = {
	nop: 1,
	mss: 2,
	'window-scale': 3,
	'sack-permitted': 4,
	sack: 5,
	timestamps: 8
};

function optionNumber(option: TcpSegment['options'][number]): number {
	return option.kind === 'unknown' ? option.number : OPTION_NUMBERS[option.kind]!;
}

function compile(data: Tcp): (skb: Skb) => boolean {
	const { source, destination, option, optionInvert, flagMask, flagValue, flagInvert } = data;
	const asksFlags = flagMask !== 0;
	const native = isNativeTcp(data);
	return (skb) => {
		if (!native && skb.flags < 0) {
			// a piece that would overwrite the flags, or a header that is cut off
			skb.hotDrop = skb.fragmentOffset === 8 || skb.fragmentOffset === 0;
			return false;
		}
		// ICMP's type and code stand where ports would
		if (skb.protocol === 1) return false;
		if (!portMatches(destination, skb.destinationPort) || !portMatches(source, skb.sourcePort)) return false;
		if (asksFlags && (skb.flags < 0 || ((skb.flags & flagMask) === flagValue) === flagInvert)) return false;
		if (option === 0) return true;
		return skb.flags >= 0 && hasOption(skb, option) !== optionInvert;
	};
}

function explain(data: Tcp, skb: Skb, matched: boolean): string {
	const ports =
		portMismatch('destination', data.destination, skb.destinationPort) ??
		portMismatch('source', data.source, skb.sourcePort);
	if (matched) return `TCP from port ${skb.sourcePort} to port ${skb.destinationPort}, flags ${flagNames(skb.flags)}`;
	if (ports !== null) return ports;
	if (skb.flags < 0) return 'there is no TCP header to read';
	if (((skb.flags & data.flagMask) === data.flagValue) === data.flagInvert) {
		const found = flagNames(skb.flags & data.flagMask);
		return `of the flags ${flagNames(data.flagMask)}, ${found} are set, and ${flagNames(data.flagValue)} ${data.flagInvert ? 'are excluded' : 'must be'}`;
	}
	return `TCP option ${data.option} is ${data.optionInvert ? 'there' : 'not there'}`;
}

export const tcp: MatchExtension<Tcp> = {
	name: 'tcp',
	families: ['ip', 'ip6'],
	summary: 'ports, flags and options of TCP',
	options: [
		...portRows('sport', 'dport', { type: 'string', multiple: true }),
		{
			name: 'syn',
			id: 'syn',
			type: 'none',
			multiple: true,
			invert: true,
			help: 'the first packet of a connection: of SYN, RST, ACK and FIN only SYN is set'
		},
		{
			name: 'tcp-flags',
			id: 'flags',
			type: 'string',
			second: true,
			multiple: true,
			invert: true,
			help: 'two lists: the flags looked at, and those of them that are set'
		},
		{
			name: 'tcp-option',
			id: 'option',
			type: 'string',
			multiple: true,
			invert: true,
			help: 'number of a TCP option that the header carries'
		}
	],
	init: () => ({
		source: ANY_PORT,
		destination: ANY_PORT,
		option: 0,
		optionInvert: false,
		flagMask: 0,
		flagValue: 0,
		flagInvert: false,
		seen: ''
	}),
	parse,
	finish(draft, _seen, context) {
		draft.seen = '';
		if (context.variant !== 'nf_tables' || !isNativeTcp(draft)) return;
		if (context.rule.protocol?.number !== TCP_PROTOCOL)
			throw new OptionError("TCP match requires '-p tcp'", 'parameter', true);
	},
	list: (data, { names, numeric }) => {
		const flags = numeric
			? `0x${hex2(data.flagMask)}/0x${hex2(data.flagValue)}`
			: `${flagNames(data.flagMask)}/${flagNames(data.flagValue)}`;
		return (
			' tcp' +
			listPorts('spt', data.source, 'tcp', names, numeric) +
			listPorts('dpt', data.destination, 'tcp', names, numeric) +
			(data.option !== 0 ? ` option=${data.optionInvert ? '!' : ''}${data.option}` : '') +
			(data.flagMask !== 0 || data.flagInvert ? ` flags:${data.flagInvert ? '!' : ''}${flags}` : '')
		);
	},
	save: (data) =>
		savePorts('sport', data.source) +
		savePorts('dport', data.destination) +
		(data.option !== 0 ? `${data.optionInvert ? ' !' : ''} --tcp-option ${data.option}` : '') +
		(data.flagMask !== 0 || data.flagInvert
			? `${data.flagInvert ? ' !' : ''} --tcp-flags ${flagNames(data.flagMask)} ${flagNames(data.flagValue)}`
			: ''),
	check: (data, place) =>
		place.variant === 'nf_tables' && isNativeTcp(data) ? null : checkPlace(place, { protocols: [TCP_PROTOCOL] }),
	ports: ({ source, destination, option, flagMask, flagValue, flagInvert }) =>
		(source.invert && !isFull(source)) ||
		(destination.invert && !isFull(destination)) ||
		option !== 0 ||
		(flagMask !== 0 && (flagInvert || flagMask === flagValue))
			? null
			: {
					source: [source.low, source.high],
					destination: [destination.low, destination.high],
					flagMask,
					flagValue: flagMask === 0 ? 0 : flagValue
				},
	compile,
	explain
};

function hex2(byte: number): string {
	return byte.toString(16).toUpperCase().padStart(2, '0');
}
