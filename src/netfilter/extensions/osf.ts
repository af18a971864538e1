/**
 * osf: guesses the sender's operating system from its SYN.
 *
 * Not simulated: fingerprints (nfnl_osf(8)); without any loaded the kernel never finds one, and neither does this.
 */
import type { MatchExtension } from '../extension';
import { cutBytes } from '../text';
import { checkPlace } from './place';

interface Osf {
	genre: string;
	invert: boolean;
	ttl: number | null;
	log: number | null;
}

const TCP = 6;
const GENRE_MAXIMUM = 31;

export const osf: MatchExtension<Osf> = {
	name: 'osf',
	families: ['ip'],
	summary: "guesses the sender's operating system from its SYN",
	notSimulated: 'No fingerprints are loaded, so nothing is ever recognised.',
	options: [
		{ name: 'genre', id: 'genre', type: 'string', mandatory: true, invert: true, help: 'the system: Linux' },
		{ name: 'ttl', id: 'ttl', type: 'uint32', max: 2, help: 'how the TTL is compared, 0–2' },
		{ name: 'log', id: 'log', type: 'uint32', max: 2, help: 'what is logged, 0–2' }
	],
	init: () => ({ genre: '', invert: false, ttl: null, log: null }),
	parse(draft, { id, argument, number, invert }) {
		if (id === 'genre') {
			draft.genre = cutBytes(argument, GENRE_MAXIMUM);
			draft.invert = invert;
		} else draft[id as 'ttl' | 'log'] = number;
	},
	list: ({ genre, invert }) => ` OS fingerprint match ${invert ? '! ' : ''}${genre}`,
	save({ genre, invert, ttl, log }) {
		const more = (ttl === null ? '' : ` --ttl ${ttl}`) + (log === null ? '' : ` --log ${log}`);
		return `${invert ? ' !' : ''} --genre ${genre}${more}`;
	},
	check: (_data, place) => checkPlace(place, { hooks: ['PREROUTING', 'INPUT', 'FORWARD'], protocols: [TCP] }),
	explain: () => 'no fingerprints are loaded'
};
