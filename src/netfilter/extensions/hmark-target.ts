/**
 * HMARK: gives the packet a mark that is a hash of its addresses and ports, so that connections spread over several ways.
 *
 * Not simulated: SPI values of ESP and AH.
 */
import { lengthMask, maskLength } from '../address';
import { OptionError, VERDICT, type OptionRow, type ParsedOption, type TargetExtension } from '../extension';
import { hex } from '../number';
import type { Address } from '../rule';
import { CT, type Skb } from '../skb';
import { jhash2 } from '../nat/jhash';
import { scaled } from './spread';

interface Hmark {
	tuple: boolean;
	sourceMask: Address | null;
	destinationMask: Address | null;
	sourcePortMask: number | null;
	destinationPortMask: number | null;
	spiMask: number | null;
	sourcePort: number | null;
	destinationPort: number | null;
	spi: number | null;
	protocolMask: number | null;
	seed: number | null;
	modulus: number | null;
	offset: number | null;
}

type NumberField = Exclude<keyof Hmark, 'tuple' | 'sourceMask' | 'destinationMask'>;

/** plain numbers, in the order in which they are printed; `digits` of the saved form */
const FIELDS: readonly {
	readonly field: NumberField;
	readonly option: string;
	readonly type: OptionRow['type'];
	readonly digits: number;
	readonly help: string;
}[] = [
	{ field: 'sourcePortMask', option: 'sport-mask', type: 'uint16', digits: 4, help: 'bits of the source port' },
	{
		field: 'destinationPortMask',
		option: 'dport-mask',
		type: 'uint16',
		digits: 4,
		help: 'bits of the destination port'
	},
	{ field: 'spiMask', option: 'spi-mask', type: 'uint32', digits: 8, help: 'bits of the SPI' },
	{ field: 'sourcePort', option: 'sport', type: 'uint16', digits: 4, help: 'a source port to mix in' },
	{ field: 'destinationPort', option: 'dport', type: 'uint16', digits: 4, help: 'a destination port to mix in' },
	{ field: 'spi', option: 'spi', type: 'uint32', digits: 8, help: 'an SPI to mix in' },
	{ field: 'protocolMask', option: 'proto-mask', type: 'uint16', digits: 2, help: "bits of the protocol's number" },
	{ field: 'seed', option: 'rnd', type: 'uint32', digits: 8, help: 'where the hash begins' }
];

/** What `--hmark-tuple` may name, in the order in which abbreviations are looked up. */
const TUPLE: readonly (readonly [name: string, set: (draft: Hmark, ones: Address) => void])[] = [
	['ct', (draft) => (draft.tuple = true)],
	['src', (draft, ones) => (draft.sourceMask = ones)],
	['dst', (draft, ones) => (draft.destinationMask = ones)],
	['sport', (draft) => (draft.sourcePortMask = 0xffff)],
	['dport', (draft) => (draft.destinationPortMask = 0xffff)],
	['proto', (draft) => (draft.protocolMask = 0xffff)],
	['spi', (draft) => (draft.spiMask = 0xffffffff)]
];

function parseTuple(draft: Hmark, text: string, ones: Address): void {
	const words = text.split(',');
	if (words.at(-1) === '' && words.slice(0, -1).every((word) => word !== ''))
		throw new OptionError('"--hmark-tuple" requires a list of types with no spaces, e.g. src,dst,sport,dport,proto');
	let rest = text;
	for (const word of words) {
		const found = word === '' ? undefined : TUPLE.find(([name]) => name.startsWith(word.toLowerCase()));
		if (!found) throw new OptionError(`Bad type "${rest}"`);
		found[1](draft, ones);
		rest = rest.slice(word.length + 1);
	}
}

function parse(draft: Hmark, option: ParsedOption, ones: Address): void {
	if (option.id === 'tuple') {
		parseTuple(draft, option.argument, ones);
		return;
	}
	// what the tuple named already counts as given
	if (draft[fieldOf(option.id)] !== null)
		throw new OptionError(`HMARK: option "--${option.name}" can only be used once.\n`);
	const field = fieldOf(option.id);
	if (field === 'sourceMask' || field === 'destinationMask') draft[field] = option.addressMask;
	else draft[field] = option.number;
}

const OTHER_FIELDS: Readonly<Record<string, Exclude<keyof Hmark, 'tuple'>>> = {
	'src-prefix': 'sourceMask',
	'dst-prefix': 'destinationMask',
	mod: 'modulus',
	offset: 'offset'
};

function fieldOf(id: string): Exclude<keyof Hmark, 'tuple'> {
	return OTHER_FIELDS[id] ?? FIELDS.find((row) => row.option === id)!.field;
}

function finish(draft: Hmark): void {
	if (draft.modulus === null) throw new OptionError('--hmark-mod is mandatory');
	if (draft.seed === null) throw new OptionError('--hmark-rnd is mandatory');
	if (draft.spiMask !== null && (draft.sourcePortMask !== null || draft.destinationPortMask !== null))
		throw new OptionError('you cannot use --hmark-spi-mask and --hmark-?port-mask,at the same time');
	const asks = draft.tuple || draft.sourceMask !== null || draft.destinationMask !== null;
	if (!asks && !FIELDS.some(({ field }) => field !== 'seed' && draft[field] !== null))
		throw new OptionError('you have to specify --hmark-tuple at least');
}

function prefixText(data: Hmark, family: 'ip' | 'ip6', before: string): string[] {
	const length = (mask: Address): number => maskLength(mask, family) ?? -1;
	return [
		...(data.sourceMask === null ? [] : [`${before}src-prefix ${length(data.sourceMask)}`]),
		...(data.destinationMask === null ? [] : [`${before}dst-prefix ${length(data.destinationMask)}`])
	];
}

/* ---- the hash ---------------------------------------------------------------------------------------------------- */

const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

/** The same in both directions: the ends are put in order. */
function markOf(data: Hmark, skb: Skb): number | null {
	let ends = { source: skb.packet.source, destination: skb.packet.destination };
	let ports: [number, number] = [skb.sourcePort, skb.destinationPort];
	if (data.tuple) {
		if (!skb.connection || skb.state & CT.untracked) return null;
		const { original, reply } = skb.connection;
		ends = { source: original.source, destination: reply.source };
		ports = [original.sourcePort, reply.sourcePort];
	}
	const masked = (address: number, mask: Address | null): number =>
		(address & (mask === null ? 0 : Number(mask))) >>> 0;
	let [source, destination] = [masked(ends.source, data.sourceMask), masked(ends.destination, data.destinationMask)];
	if (destination < source) [source, destination] = [destination, source];
	const hasPorts = WITH_PORTS.has(skb.protocol) && ports[0] >= 0;
	const hash = jhash2([source, destination, hasPorts ? portWord(data, ports) : 0], data.seed!);
	const protocol = skb.protocol & (data.protocolMask ?? 0);
	return (scaled((hash ^ protocol) >>> 0, data.modulus!) + (data.offset ?? 0)) >>> 0;
}

/** The greater port in front. */
function portWord(data: Hmark, [from, to]: readonly [number, number]): number {
	let source = (from & (data.sourcePortMask ?? 0)) | (data.sourcePort ?? 0);
	let destination = (to & (data.destinationPortMask ?? 0)) | (data.destinationPort ?? 0);
	if (source < destination) [source, destination] = [destination, source];
	return source * 65536 + destination;
}

export const hmark: TargetExtension<Hmark> = {
	name: 'HMARK',
	families: ['ip', 'ip6'],
	summary: 'marks the packet with a hash of its addresses and ports',
	notSimulated: 'SPI values of ESP and AH are not looked at.',
	conntrack: ({ tuple }) => tuple,
	options: [
		{ name: 'hmark-tuple', id: 'tuple', type: 'string', help: 'what goes in: src,dst,sport,dport,proto,spi,ct' },
		{ name: 'hmark-src-prefix', id: 'src-prefix', type: 'prefix-mask', help: 'how much of the source address' },
		{ name: 'hmark-dst-prefix', id: 'dst-prefix', type: 'prefix-mask', help: 'how much of the destination address' },
		...FIELDS.map(({ option, type, help }) => ({ name: `hmark-${option}`, id: option, type, help })),
		{ name: 'hmark-mod', id: 'mod', type: 'uint32', min: 1, mandatory: true, help: 'how many different marks' },
		{ name: 'hmark-offset', id: 'offset', type: 'uint32', help: 'the smallest of them' }
	],
	init: () => ({
		tuple: false,
		sourceMask: null,
		destinationMask: null,
		sourcePortMask: null,
		destinationPortMask: null,
		spiMask: null,
		sourcePort: null,
		destinationPort: null,
		spi: null,
		protocolMask: null,
		seed: null,
		modulus: null,
		offset: null
	}),
	parse: (draft, option, { family }) => parse(draft, option, lengthMask(family === 'ip' ? 32 : 128, family)),
	finish,
	list(data, { family }) {
		const words = [`mod ${data.modulus}`];
		if (data.offset !== null) words.push(`+ ${hex(data.offset)}`);
		if (data.tuple) words.push('ct,');
		words.push(...prefixText(data, family, ''));
		for (const { field, option } of FIELDS) if (data[field] !== null) words.push(`${option} ${hex(data[field])}`);
		return ` HMARK ${words.map((word) => `${word} `).join('')}`;
	},
	save(data, { family }) {
		const words = prefixText(data, family, '--hmark-');
		for (const { field, option, digits } of FIELDS)
			if (data[field] !== null) words.push(`--hmark-${option} 0x${data[field].toString(16).padStart(digits, '0')}`);
		words.push(`--hmark-mod ${data.modulus}`);
		if (data.offset !== null) words.push(`--hmark-offset ${data.offset}`);
		if (data.tuple) words.push('--hmark-tuple ct');
		return words.map((word) => ` ${word}`).join('');
	},
	check: (data) => (data.spi !== null && (data.sourcePort !== null || data.destinationPort !== null) ? 'EINVAL' : null),
	compile: (data) => (skb) => {
		const mark = markOf(data, skb);
		if (mark !== null) skb.mark = mark;
		return VERDICT.continue;
	},
	explain: (data, skb) => `gives the packet the mark ${hex(markOf(data, skb) ?? skb.mark)}, a hash of its ends`
};
