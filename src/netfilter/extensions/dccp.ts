/** dccp: ports, types and options of DCCP (RFC 4340). */
import { OptionError, type MatchExtension } from '../extension';
import { listPorts, portMatches, portMismatch, portRows, saveAskedPorts, type PortRange } from './ports';
import { headerBytes } from './payload-bytes';
import { checkPlace } from './place';

interface Types {
	/** one bit each; 10 and up are invalid */
	readonly mask: number;
	readonly invert: boolean;
}

interface Dccp {
	/** null: not asked */
	source: PortRange | null;
	destination: PortRange | null;
	types: Types | null;
	option: { readonly number: number; readonly invert: boolean } | null;
}

const DCCP = 33;
const TYPES = [
	'REQUEST',
	'RESPONSE',
	'DATA',
	'ACK',
	'DATAACK',
	'CLOSEREQ',
	'CLOSE',
	'RESET',
	'SYNC',
	'SYNCACK',
	'INVALID'
] as const;
const INVALID = 10;
const INVALID_AND_ABOVE = 0xfc00;
const HEADER = 12;

function parseTypes(text: string): number {
	let mask = 0;
	for (const word of text.split(',').filter((one) => one !== '')) {
		const type = TYPES.findIndex((name) => name === word.toUpperCase());
		if (type < 0) throw new OptionError(`Unknown DCCP type \`${word}'`);
		mask |= type === INVALID ? INVALID_AND_ABOVE : 1 << type;
	}
	return mask;
}

function typesText(mask: number, numeric: boolean): string {
	const bits = Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => mask & (1 << bit));
	if (numeric) return bits.join(',');
	return bits
		.filter((bit) => bit <= INVALID)
		.map((bit) => TYPES[bit])
		.join(',');
}

/** numbers of the options behind the header, without their data */
function optionNumbers(bytes: Uint8Array): number[] {
	const numbers: number[] = [];
	const end = Math.min(bytes.length, bytes[4]! * 4);
	const long = (bytes[8]! & 1) === 1;
	for (let at = long ? 16 : HEADER; at < end;) {
		numbers.push(bytes[at]!);
		at += bytes[at]! < 2 ? 1 : Math.max(1, bytes[at + 1] ?? 1);
	}
	return numbers;
}

export const dccp: MatchExtension<Dccp> = {
	name: 'dccp',
	families: ['ip', 'ip6'],
	summary: 'ports, type and options of DCCP',
	options: [
		...portRows('source', 'destination', { type: 'port-range' }),
		{ name: 'dccp-types', id: 'types', type: 'string', invert: true, help: TYPES.join(',') },
		{ name: 'dccp-option', id: 'option', type: 'uint8', min: 1, max: 255, invert: true, help: 'an option is there' }
	],
	init: () => ({ source: null, destination: null, types: null, option: null }),
	parse(draft, { id, range, argument, number, invert }) {
		if (id === 'types') draft.types = { mask: parseTypes(argument), invert };
		else if (id === 'option') draft.option = { number, invert };
		else draft[id as 'source' | 'destination'] = { low: range[0], high: range[1], invert };
	},
	list({ source, destination, types, option }, { names, numeric }) {
		let text = ' dccp';
		if (source) text += listPorts('spt', source, 'dccp', names, numeric);
		if (destination) text += listPorts('dpt', destination, 'dccp', names, numeric);
		if (types) text += `${types.invert ? ' !' : ''} ${typesText(types.mask, numeric)}`;
		return option ? `${text} option=${option.invert ? '!' : ''}${option.number}` : text;
	},
	save({ source, destination, types, option }) {
		let text = saveAskedPorts('sport', source) + saveAskedPorts('dport', destination);
		if (types) text += `${types.invert ? ' !' : ''} --dccp-types ${typesText(types.mask, false)}`;
		return option ? `${text}${option.invert ? ' !' : ''} --dccp-option ${option.number}` : text;
	},
	check: (_data, place) => checkPlace(place, { protocols: [DCCP] }),
	compile:
		({ source, destination, types, option }) =>
		(skb) => {
			const bytes = headerBytes(skb, HEADER);
			if (!bytes) return false;
			if (source && !portMatches(source, skb.sourcePort)) return false;
			if (destination && !portMatches(destination, skb.destinationPort)) return false;
			const type = (bytes[8]! >> 1) & 15;
			if (types && ((types.mask >> type) & 1) !== (types.invert ? 0 : 1)) return false;
			return !option || optionNumbers(bytes).includes(option.number) !== option.invert;
		},
	explain({ source, destination }, skb, matched) {
		if (matched) return 'ports, type and options are as asked';
		return (
			(source && portMismatch('source', source, skb.sourcePort)) ??
			(destination && portMismatch('destination', destination, skb.destinationPort)) ??
			'type or options are not as asked'
		);
	}
};
