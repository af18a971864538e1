/**
 * TTL and HL: change the packet's time to live (IPv4) or hop limit (IPv6).
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { checkPlace } from './place';

interface Ttl {
	mode: 'set' | 'inc' | 'dec';
	value: number;
}

const WORDS = { set: 'set to', inc: 'increment by', dec: 'decrement by' } as const;
const HELP = { set: 'the new value', inc: 'adds to it', dec: 'takes from it' } as const;
const MODES = ['set', 'dec', 'inc'] as const;
/** in which conflicts between them are looked for */
const CONFLICTS = ['set', 'inc', 'dec'] as const;

function changed({ mode, value }: Ttl, ttl: number): number {
	if (mode === 'set') return value;
	return mode === 'inc' ? Math.min(255, ttl + value) : Math.max(0, ttl - value);
}

function ttlTarget(name: string, family: 'ip' | 'ip6', field: string, missing: string): TargetExtension<Ttl> {
	const prefix = name.toLowerCase();
	const names = CONFLICTS.map((mode) => `${prefix}-${mode}`);
	return {
		name,
		families: [family],
		summary: `changes the packet's ${field}`,
		...(family === 'ip6' ? { notSimulated: 'The simulated hosts speak IPv4 only.' } : {}),
		options: MODES.map((mode) => ({
			name: `${prefix}-${mode}`,
			id: `${prefix}-${mode}`,
			type: 'uint8',
			exclude: names.filter((other) => other !== `${prefix}-${mode}`),
			...(mode === 'set' ? {} : { min: 1 }),
			help: HELP[mode]
		})),
		init: () => ({ mode: 'set', value: 0 }),
		parse(draft, option) {
			draft.mode = MODES.find((mode) => option.id.endsWith(mode))!;
			draft.value = option.number;
		},
		finish(_draft, seen) {
			if (seen.size === 0) throw new OptionError(missing);
		},
		list: ({ mode, value }) => ` ${name} ${WORDS[mode]} ${value}`,
		save: ({ mode, value }) => ` --${prefix}-${mode} ${value}`,
		check: (_data, place) => checkPlace(place, { tables: ['mangle'] }),
		compile: (data) => (skb) => {
			const ttl = changed(data, skb.ttl);
			if (ttl !== skb.ttl) skb.replace({ ...skb.packet, ttl });
			return VERDICT.continue;
		},
		explain: (data, skb) => `changes the ${field} from ${skb.ttl} to ${changed(data, skb.ttl)}`
	};
}

export const ttl = ttlTarget('TTL', 'ip', 'time to live', 'TTL: You must specify an action');
export const hl = ttlTarget('HL', 'ip6', 'hop limit', 'HL: You must specify an action');
