/**
 * limit: a bucket of tokens that refills at a steady rate; each packet takes one, and none is left for those over the rate.
 *
 * State: the bucket, one a rule, full at the start. It counts in nanoseconds of waiting, as nft_limit does; xt_limit of the legacy
 * variant counts the same in jiffies.
 */
import { OptionError, type MatchExtension } from '../extension';
import type { Services } from '../services';
import { rateText, TICKS_A_SECOND, UNITS, unitOf } from './rate';

interface Limit {
	/** between two packets, in ten-thousandths of a second (XT_LIMIT_SCALE) */
	average: number;
	burst: number;
}

const USUAL_BURST = 5;

/** "3/hour"; seconds without a unit; undefined for what is no rate. @throws OptionError */
function parseRate(text: string): number | undefined {
	const slash = text.indexOf('/');
	const word = slash < 0 ? 'second' : text.slice(slash + 1).toLowerCase();
	const unit = word === '' ? undefined : UNITS.find(({ word: full }) => full.startsWith(word));
	// atoi(3), kept as an unsigned number
	const rate = Number(/^\s*([-+]?\d+)/.exec(text)?.[1] ?? 0) >>> 0;
	if (!unit || rate === 0) return undefined;
	const average = Math.floor((TICKS_A_SECOND * unit.seconds) / rate);
	if (average === 0) throw new OptionError(`Rate too fast "${text}"`);
	return average;
}

/** Nanoseconds that one packet costs: what is printed is what is kept. */
function cost(average: number): number {
	const { seconds } = unitOf(average);
	return Math.floor((seconds * 1e9) / Math.floor((TICKS_A_SECOND * seconds) / average));
}

/** xt_limit's credits for a time in ticks: 32 bits, 250 jiffies a second, 128 credits each */
function credits(ticks: number): number {
	const each = 250 * 128;
	if (ticks > Math.floor(0xffffffff / each)) return (Math.floor(ticks / TICKS_A_SECOND) * each) >>> 0;
	return Math.floor((ticks * each) / TICKS_A_SECOND);
}

/** As xt_limit finds out: the full bucket wraps around to less than one packet's worth. */
function overflows(average: number, burst: number): boolean {
	return burst === 0 || credits(Math.imul(average, burst) >>> 0) < credits(average);
}

function compile({ average, burst }: Limit, services: Services): () => boolean {
	const each = cost(average);
	const full = each * burst;
	let tokens = full;
	let last = services.now();
	return () => {
		const now = services.now();
		tokens = Math.min(full, tokens + (now - last) * 1000);
		last = now;
		if (tokens < each) return false;
		tokens -= each;
		return true;
	};
}

export const limit: MatchExtension<Limit> = {
	name: 'limit',
	families: ['ip', 'ip6'],
	summary: 'at most so many packets in a time; those over it do not match',
	options: [
		{
			name: 'limit',
			id: 'limit',
			type: 'string',
			help: 'average rate: 5/sec, 10/minute, 3/hour, 1/day (3/hour if not given)'
		},
		{
			name: 'limit-burst',
			id: 'burst',
			type: 'uint32',
			min: 0,
			max: 10000,
			help: 'packets that may come at once before the rate counts (5 if not given)'
		}
	],
	stateful: true,
	init: () => ({ average: parseRate('3/hour')!, burst: USUAL_BURST }),
	parse(draft, { id, argument, number }) {
		if (id === 'burst') {
			draft.burst = number;
			return;
		}
		const average = parseRate(argument);
		if (average === undefined) throw new OptionError(`bad rate "${argument}"'`);
		draft.average = average;
	},
	finish(draft, _seen, context) {
		if (context.variant === 'nf_tables' && draft.burst === 0) draft.burst = USUAL_BURST;
	},
	list: ({ average, burst }) => ` limit: avg ${rateText(average)} burst ${burst}`,
	save: ({ average, burst }) =>
		` --limit ${rateText(average)}${burst === USUAL_BURST ? '' : ` --limit-burst ${burst}`}`,
	check: ({ average, burst }, place) => (place.variant === 'legacy' && overflows(average, burst) ? 'ERANGE' : null),
	compile,
	explain: ({ average, burst }, _skb, matched) =>
		matched
			? `within the rate of ${rateText(average)}, burst ${burst}`
			: `over the rate of ${rateText(average)}, burst ${burst}: the bucket is empty`
};
