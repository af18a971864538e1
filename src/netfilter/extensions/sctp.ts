/** sctp: ports and chunks of SCTP (RFC 9260). */
import { OptionError, type CommandContext, type MatchExtension, type ParsedOption } from '../extension';
import { parsePortRange } from '../protocol';
import { listPorts, portMatches, portMismatch, portRows, saveAskedPorts, type PortRange } from './ports';
import { headerBytes } from './payload-bytes';
import { checkPlace } from './place';

interface Chunks {
	readonly match: 'any' | 'all' | 'only';
	/** chunk types, ascending; 'all' for every one */
	readonly types: readonly number[] | 'all';
	/** by the place in `CHUNKS`, as the real program counts them */
	readonly flags: readonly { readonly place: number; readonly mask: number; readonly value: number }[];
	readonly invert: boolean;
}

interface Sctp {
	source: PortRange | null;
	destination: PortRange | null;
	chunks: Chunks | null;
}

const SCTP = 132;
const COMMON_HEADER = 12;
const FLAGS_MAXIMUM = 4;

/** `flags`: letters for the eight bits, - for none */
const CHUNKS: readonly { readonly name: string; readonly type: number; readonly flags?: string }[] = [
	{ name: 'DATA', type: 0, flags: '----IUBE' },
	{ name: 'INIT', type: 1 },
	{ name: 'INIT_ACK', type: 2 },
	{ name: 'SACK', type: 3 },
	{ name: 'HEARTBEAT', type: 4 },
	{ name: 'HEARTBEAT_ACK', type: 5 },
	{ name: 'ABORT', type: 6, flags: '-------T' },
	{ name: 'SHUTDOWN', type: 7 },
	{ name: 'SHUTDOWN_ACK', type: 8 },
	{ name: 'ERROR', type: 9 },
	{ name: 'COOKIE_ECHO', type: 10 },
	{ name: 'COOKIE_ACK', type: 11 },
	{ name: 'ECN_ECNE', type: 12 },
	{ name: 'ECN_CWR', type: 13 },
	{ name: 'SHUTDOWN_COMPLETE', type: 14, flags: '-------T' },
	{ name: 'I_DATA', type: 64, flags: '----IUBE' },
	{ name: 'RE_CONFIG', type: 130 },
	{ name: 'PAD', type: 132 },
	{ name: 'ASCONF', type: 193 },
	{ name: 'ASCONF_ACK', type: 128 },
	{ name: 'FORWARD_TSN', type: 192 },
	{ name: 'I_FORWARD_TSN', type: 194 }
];
const NO_FLAGS = '--------';

/* ---- reading ----------------------------------------------------------------------------------------------------- */

type FlagTest = Chunks['flags'][number];

function addFlags(flags: FlagTest[], place: number, letters: string): void {
	for (const letter of letters) {
		const at = (CHUNKS[place]!.flags ?? NO_FLAGS).indexOf(letter.toUpperCase());
		if (at < 0) throw new OptionError(`Invalid flags for chunk type ${place}`);
		const bit = 1 << (7 - at);
		const value = letter === letter.toUpperCase() && letter !== letter.toLowerCase() ? bit : 0;
		const known = flags.findIndex((one) => one.place === place);
		if (known >= 0) {
			const old = flags[known]!;
			flags[known] = { place, mask: old.mask | bit, value: old.value | value };
			continue;
		}
		if (flags.length === FLAGS_MAXIMUM)
			throw new OptionError(
				'Number of chunk types with flags exceeds currently allowed limit. Increasing this limit involves changing IPT_NUM_SCTP_FLAGS and recompiling both the kernel space and user space modules'
			);
		flags.push({ place, mask: bit, value });
	}
}

function parseChunks(match: string, text: string, invert: boolean): Chunks {
	const kind = match.toLowerCase();
	if (kind !== 'any' && kind !== 'all' && kind !== 'only')
		throw new OptionError('Match type has to be one of "ALL", "ANY" or "ONLY"');
	if (text.toUpperCase() === 'ALL') return { match: kind, types: 'all', flags: [], invert };
	if (text.toUpperCase() === 'NONE') return { match: kind, types: [], flags: [], invert };
	const types = new Set<number>();
	const flags: FlagTest[] = [];
	for (const word of text.split(',').filter((one) => one !== '')) {
		const colon = word.indexOf(':');
		const name = colon < 0 ? word : word.slice(0, colon);
		const place = CHUNKS.findIndex((chunk) => chunk.name === name.toUpperCase());
		if (place < 0) throw new OptionError(`Unknown sctp chunk \`${name}'`);
		types.add(CHUNKS[place]!.type);
		if (colon >= 0) addFlags(flags, place, word.slice(colon + 1));
	}
	return { match: kind, types: [...types].sort((a, b) => a - b), flags, invert };
}

const ONLY_ONE: Readonly<Record<string, string>> = {
	source: "Only one `--source-port' allowed",
	destination: "Only one `--destination-port' allowed",
	chunks: "Only one `--chunk-types' allowed"
};

function parse(draft: Sctp, option: ParsedOption, { names }: CommandContext): void {
	const { argument, invert, second } = option;
	const id = option.id as keyof Sctp;
	if (draft[id]) throw new OptionError(ONLY_ONE[id]!);
	if (id === 'chunks') {
		if (second === undefined) throw new OptionError('--chunk-types requires two args');
		draft.chunks = parseChunks(argument, second, invert);
		return;
	}
	const [low, high] = parsePortRange(argument, 'sctp', names);
	draft[id] = { low, high, invert };
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

function flagLetters({ place, mask, value }: FlagTest): string {
	const letters = CHUNKS[place]!.flags ?? NO_FLAGS;
	let text = ':';
	for (let bit = 7; bit >= 0; bit--)
		if (mask & (1 << bit)) text += value & (1 << bit) ? letters[7 - bit] : letters[7 - bit]!.toLowerCase();
	return text;
}

function chunksText({ match, types, flags }: Chunks, numeric: boolean): string {
	if (types === 'all') return ` ${match} ALL`;
	if (types.length === 0) return ` ${match} NONE`;
	const words = types.map((type) => {
		const name = CHUNKS.find((chunk) => chunk.type === type)?.name ?? '';
		const test = flags.find(({ place }) => place === type);
		return (numeric ? `0x${type.toString(16).toUpperCase().padStart(4, '0')}` : name) + (test ? flagLetters(test) : '');
	});
	return ` ${match} ${words.join(',')}`;
}

/* ---- the packet -------------------------------------------------------------------------------------------------- */

function chunksOf(bytes: Uint8Array): { readonly type: number; readonly flags: number }[] {
	const chunks: { type: number; flags: number }[] = [];
	for (let at = COMMON_HEADER; at + 4 <= bytes.length;) {
		const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
		if (length === 0) break;
		chunks.push({ type: bytes[at]!, flags: bytes[at + 1]! });
		at += (length + 3) & ~3;
	}
	return chunks;
}

function chunksMatch({ match, types, flags }: Chunks, bytes: Uint8Array): boolean {
	const wanted = (type: number): boolean => types === 'all' || types.includes(type);
	const fits = (chunk: { type: number; flags: number }): boolean => {
		const test = flags.find(({ place }) => place === chunk.type);
		return wanted(chunk.type) && (!test || (chunk.flags & test.mask) === test.value);
	};
	const present = chunksOf(bytes);
	if (match === 'any') return present.some(fits);
	if (match === 'only') return present.every(fits);
	if (types === 'all') return false;
	return types.every((type) => present.some((chunk) => chunk.type === type && fits(chunk)));
}

export const sctp: MatchExtension<Sctp> = {
	name: 'sctp',
	families: ['ip', 'ip6'],
	summary: 'ports and chunks of SCTP',
	options: [
		...portRows('source', 'destination', { type: 'string', multiple: true }),
		{
			name: 'chunk-types',
			id: 'chunks',
			type: 'string',
			second: true,
			multiple: true,
			invert: true,
			help: 'any, all or only, then types: any DATA,INIT'
		}
	],
	init: () => ({ source: null, destination: null, chunks: null }),
	parse,
	list({ source, destination, chunks }, { names, numeric }) {
		let text = ' sctp';
		if (source) text += listPorts('spt', source, 'sctp', names, numeric);
		if (destination) text += listPorts('dpt', destination, 'sctp', names, numeric);
		return chunks ? `${text}${chunks.invert ? ' !' : ''}${chunksText(chunks, numeric)}` : text;
	},
	save({ source, destination, chunks }) {
		const types = chunks ? `${chunks.invert ? ' !' : ''} --chunk-types${chunksText(chunks, false)}` : '';
		return saveAskedPorts('sport', source) + saveAskedPorts('dport', destination) + types;
	},
	check: (_data, place) => checkPlace(place, { protocols: [SCTP] }),
	compile:
		({ source, destination, chunks }) =>
		(skb) => {
			const bytes = headerBytes(skb, COMMON_HEADER);
			if (!bytes) return false;
			if (source && !portMatches(source, skb.sourcePort)) return false;
			if (destination && !portMatches(destination, skb.destinationPort)) return false;
			return !chunks || chunksMatch(chunks, bytes) !== chunks.invert;
		},
	explain({ source, destination }, skb, matched) {
		if (matched) return 'ports and chunks are as asked';
		return (
			(source && portMismatch('source', source, skb.sourcePort)) ??
			(destination && portMismatch('destination', destination, skb.destinationPort)) ??
			'the chunks are not as asked'
		);
	}
};
