/**
 * statistic: a share of the packets, by chance or every nth (xt_statistic). Chance comes from the host's seeded generator.
 */
import { OptionError, type MatchExtension } from '../extension';
import type { Services } from '../services';

interface Statistic {
	mode: 'random' | 'nth';
	/** of 2^31 */
	probability: number;
	every: number;
	packet: number;
	invert: boolean;
}

const WHOLE = 0x80000000;

function compile({ mode, probability, every, packet, invert }: Statistic, services: Services): () => boolean {
	if (mode === 'random') return () => (services.random() & 0x7fffffff) < probability !== invert;
	let count = every - 1 - packet;
	return () => {
		count = count === every - 1 ? 0 : count + 1;
		return (count === 0) !== invert;
	};
}

const share = ({ probability }: Statistic): string => (probability / WHOLE).toFixed(11);

function dump(data: Statistic, prefix: string): string {
	const sign = data.invert ? ' !' : '';
	if (data.mode === 'random') return ` ${prefix}mode random${sign} ${prefix}probability ${share(data)}`;
	const packet = data.packet !== 0 || prefix !== '' ? ` ${prefix}packet ${data.packet}` : '';
	return ` ${prefix}mode nth${sign} ${prefix}every ${data.every}${packet}`;
}

export const statistic: MatchExtension<Statistic> = {
	name: 'statistic',
	families: ['ip', 'ip6'],
	summary: 'a share of the packets: by chance, or every nth',
	options: [
		{ name: 'mode', id: 'mode', type: 'string', mandatory: true, help: 'random or nth' },
		{
			name: 'probability',
			id: 'probability',
			type: 'double',
			min: 0,
			max: 1,
			invert: true,
			exclude: ['every', 'packet'],
			help: 'from 0 to 1, for mode random'
		},
		{
			name: 'every',
			id: 'every',
			type: 'uint32',
			min: 1,
			invert: true,
			exclude: ['probability'],
			also: ['packet'],
			help: 'one packet of so many, for mode nth'
		},
		{
			name: 'packet',
			id: 'packet',
			type: 'uint32',
			exclude: ['probability'],
			also: ['every'],
			help: 'which of them, counted from 0'
		}
	],
	stateful: true,
	init: () => ({ mode: 'random', probability: 0, every: 1, packet: 0, invert: false }),
	parse(draft, { id, argument, number, invert }) {
		if (invert) draft.invert = true;
		switch (id) {
			case 'mode':
				if (argument !== 'random' && argument !== 'nth') throw new OptionError(`Bad mode "${argument}"`);
				draft.mode = argument;
				break;
			// both stand in the same place, so that the check below reads one for the other
			case 'probability':
				draft.probability = Math.round(number * WHOLE);
				draft.every = draft.probability + 1;
				break;
			case 'every':
				draft.every = number;
				draft.probability = number - 1;
				break;
			case 'packet':
				draft.packet = number;
		}
	},
	finish(draft, seen) {
		if (draft.mode === 'random' && !seen.has('probability'))
			throw new OptionError('--probability must be specified when using random mode');
		if (draft.mode === 'nth' && !seen.has('every') && !seen.has('packet'))
			throw new OptionError('--every and --packet must be specified when using nth mode');
		if (draft.packet >= draft.every) throw new OptionError('the --packet p must be 0 <= p <= n-1');
		if (draft.mode === 'random') draft.every = 1;
		else draft.probability = 0;
	},
	list: (data) => ` statistic${dump(data, '')}`,
	save: (data) => dump(data, '--'),
	compile,
	explain: (data, _skb, matched) =>
		data.mode === 'random'
			? `by chance, with probability ${share(data)}: ${matched ? 'yes' : 'no'} this time`
			: `every ${data.every} packets, number ${data.packet}: ${matched ? 'this one' : 'not this one'}`
};
