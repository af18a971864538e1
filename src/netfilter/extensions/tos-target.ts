/**
 * TOS: changes the type-of-service byte of the IP header (DSCP and ECN).
 */
import { OptionError, VERDICT, type OptionRow, type TargetExtension } from '../extension';
import { checkPlace } from './place';

interface Tos {
	value: number;
	/** bits that are cleared before `value` is XORed in */
	mask: number;
}

/** names of RFC 1349 */
const NAMES: Readonly<Record<number, string>> = {
	0x10: 'Minimize-Delay',
	0x08: 'Maximize-Throughput',
	0x04: 'Maximize-Reliability',
	0x02: 'Minimize-Cost',
	0x00: 'Normal-Service'
};
/** the mask under which a name is meant */
const NAME_MASK = 0x3f;
const ANY = ['set-tos', 'and-tos', 'or-tos', 'xor-tos'];

const row = (name: string, type: OptionRow['type'], help: string): OptionRow => ({
	name,
	id: name,
	type,
	exclude: ANY.filter((other) => other !== name),
	...(type === 'tos-mask' ? { max: NAME_MASK } : {}),
	help
});

const CHANGES: Readonly<Record<string, (value: number, mask: number) => readonly [value: number, mask: number]>> = {
	'set-tos': (value, mask) => [value, mask],
	'and-tos': (value) => [0, ~value],
	'or-tos': (value) => [value, value],
	'xor-tos': (value) => [value, 0]
};

const byte = (value: number): string => `0x${(value & 255).toString(16).padStart(2, '0')}`;

export const tos: TargetExtension<Tos> = {
	name: 'TOS',
	families: ['ip', 'ip6'],
	summary: 'changes the type-of-service byte of the IP header',
	options: [
		row('set-tos', 'tos-mask', 'clears the bits of the mask, then flips those of the value; or a name'),
		row('and-tos', 'uint8', 'keeps only these bits'),
		row('or-tos', 'uint8', 'sets these bits'),
		row('xor-tos', 'uint8', 'flips these bits')
	],
	init: () => ({ value: 0, mask: 0 }),
	parse(draft, option) {
		const given = option.id === 'set-tos' ? option.value : option.number;
		const [value, mask] = CHANGES[option.id]!(given, option.mask);
		draft.value = value & 255;
		draft.mask = mask & 255;
	},
	finish(_draft, seen) {
		if (seen.size === 0) throw new OptionError('TOS: An action is required');
	},
	list({ value, mask }, { numeric }) {
		const plain = ` TOS set ${byte(value)}/${byte(mask)}`;
		if (numeric) return plain;
		// the two spaces between and the missing one before the name are the real program's
		if (mask === NAME_MASK && NAMES[value] !== undefined) return `  TOS set${NAMES[value]}`;
		if (value === 0) return ` TOS and ${byte(~mask)}`;
		if (value === mask) return ` TOS or ${byte(value)}`;
		return mask === 0 ? ` TOS xor ${byte(value)}` : plain;
	},
	save: ({ value, mask }) => ` --set-tos ${byte(value)}/${byte(mask)}`,
	check: (_data, place) => checkPlace(place, { tables: ['mangle'] }),
	compile:
		({ value, mask }) =>
		(skb) => {
			const tos = ((skb.tos & ~mask) ^ value) & 255;
			if (tos !== skb.tos) skb.replace({ ...skb.packet, tos });
			return VERDICT.continue;
		},
	explain: ({ value, mask }, skb) =>
		`changes the type-of-service byte from ${byte(skb.tos)} to ${byte((skb.tos & ~mask) ^ value)}`
};
