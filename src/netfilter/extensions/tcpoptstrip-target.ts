/**
 * TCPOPTSTRIP: overwrites options of the TCP header with "no operation".
 */
import { buildTcpOptions } from '#wire/tcp';
import type { TcpOption } from '#wire/packet';
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { parseNumber } from '../number';
import { checkPlace } from './place';

interface Tcpoptstrip {
	/** option numbers, ascending */
	numbers: readonly number[];
}

const TCP_PROTOCOL = 6;
const NAMES: Readonly<Record<string, number>> = {
	wscale: 3,
	mss: 2,
	'sack-permitted': 4,
	sack: 5,
	timestamp: 8,
	md5: 19
};
const NUMBERS: Readonly<Record<TcpOption['kind'], number | null>> = {
	nop: null,
	mss: 2,
	'window-scale': 3,
	'sack-permitted': 4,
	sack: 5,
	timestamps: 8,
	unknown: null
};

function parseList(text: string): readonly number[] {
	const numbers: number[] = [];
	for (const word of text.split(',')) {
		const number = NAMES[word] ?? parseNumber(word, 0, 255);
		if (number === undefined) throw new OptionError(`Bad TCP option value "${word}"`);
		if (number < 2) throw new OptionError('Option value may not be 0 or 1');
		if (numbers.includes(number)) throw new OptionError(`Option "${word}" already specified`);
		numbers.push(number);
	}
	return numbers.sort((a, b) => a - b);
}

function strip(options: readonly TcpOption[], numbers: readonly number[]): readonly TcpOption[] {
	return options.flatMap((option) => {
		const number = option.kind === 'unknown' ? option.number : NUMBERS[option.kind];
		if (number === null || !numbers.includes(number)) return [option];
		return Array<TcpOption>(lengthOf(option)).fill({ kind: 'nop' });
	});
}

/** without the padding that ends the list */
function lengthOf(option: TcpOption): number {
	return buildTcpOptions([option])[1]!;
}

export const tcpoptstrip: TargetExtension<Tcpoptstrip> = {
	name: 'TCPOPTSTRIP',
	families: ['ip', 'ip6'],
	summary: 'takes options out of the TCP header',
	options: [
		{ name: 'strip-options', id: 'strip', type: 'string', help: `numbers or names: ${Object.keys(NAMES).join(', ')}` }
	],
	init: () => ({ numbers: [] }),
	parse(draft, option) {
		draft.numbers = parseList(option.argument);
	},
	list({ numbers }, { numeric }) {
		if (numbers.length === 0) return '';
		const name = (number: number): string =>
			Object.keys(NAMES).find((name) => NAMES[name] === number) ?? String(number);
		return ` TCPOPTSTRIP options ${numbers.map((number) => (numeric ? number : name(number))).join(',')}`;
	},
	save: ({ numbers }) => (numbers.length === 0 ? '' : ` --strip-options ${numbers.join(',')}`),
	check: (_data, place) => checkPlace(place, { tables: ['mangle'], protocols: [TCP_PROTOCOL] }),
	compile:
		({ numbers }) =>
		(skb) => {
			const packet = skb.packet;
			if (packet.payload.kind !== 'tcp') return VERDICT.continue;
			const options = strip(packet.payload.options, numbers);
			if (options.length !== packet.payload.options.length)
				skb.replace({ ...packet, payload: { ...packet.payload, options } });
			return VERDICT.continue;
		},
	explain: ({ numbers }) => `takes the TCP options ${numbers.join(', ')} out of the header`
};
