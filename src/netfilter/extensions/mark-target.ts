/**
 * MARK: changes the packet's mark, a number that travels with it inside this host: rules and routing ask for it.
 */
import { OptionError, VERDICT, type OptionRow, type TargetExtension } from '../extension';
import { hex } from '../number';

interface Mark {
	mark: number;
	/** bits that are cleared before `mark` is XORed in */
	mask: number;
}

const ALL_ONES = 0xffffffff;
/** in the order in which conflicts are looked for */
const ANY = ['set-mark', 'and-mark', 'or-mark', 'xor-mark', 'set-xmark'];

const row = (name: string, type: OptionRow['type'], help: string): OptionRow => ({
	name,
	id: name,
	type,
	exclude: ANY.filter((other) => other !== name),
	help
});

/** How each option becomes bits to clear and bits to flip. */
export const MARK_CHANGES: Readonly<
	Record<string, (value: number, mask: number) => readonly [mark: number, mask: number]>
> = {
	'set-xmark': (value, mask) => [value, mask],
	'set-mark': (value, mask) => [value, value | mask],
	'and-mark': (value) => [0, ~value],
	'or-mark': (value) => [value, value],
	'xor-mark': (value) => [value, 0]
};

export const mark: TargetExtension<Mark> = {
	name: 'MARK',
	families: ['ip', 'ip6'],
	summary: 'changes the mark that the packet carries inside this host',
	options: [
		row('set-xmark', 'mark-mask', 'clears the bits of the mask, then flips those of the value'),
		row('set-mark', 'mark-mask', 'clears the bits of the mask, then sets those of the value'),
		row('and-mark', 'uint32', 'keeps only these bits'),
		row('or-mark', 'uint32', 'sets these bits'),
		row('xor-mark', 'uint32', 'flips these bits')
	],
	init: () => ({ mark: 0, mask: 0 }),
	parse(draft, option) {
		const value = option.id === 'set-xmark' || option.id === 'set-mark' ? option.value : option.number;
		const [mark, mask] = MARK_CHANGES[option.id]!(value, option.mask);
		draft.mark = mark >>> 0;
		draft.mask = mask >>> 0;
	},
	finish(_draft, seen) {
		if (seen.size === 0)
			throw new OptionError('MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required');
	},
	list({ mark, mask }) {
		if (mark === 0) return ` MARK and ${hex(~mask)}`;
		if (mark === mask) return ` MARK or ${hex(mark)}`;
		if (mask === 0) return ` MARK xor ${hex(mark)}`;
		if (mask === ALL_ONES) return ` MARK set ${hex(mark)}`;
		return ` MARK xset ${hex(mark)}/${hex(mask)}`;
	},
	save: ({ mark, mask }) => ` --set-xmark ${hex(mark)}/${hex(mask)}`,
	compile:
		({ mark, mask }) =>
		(skb) => {
			skb.mark = ((skb.mark & ~mask) ^ mark) >>> 0;
			return VERDICT.continue;
		},
	explain: ({ mark, mask }, skb) =>
		`changes the packet's mark from ${hex(skb.mark)} to ${hex(((skb.mark & ~mask) ^ mark) >>> 0)}`
};
