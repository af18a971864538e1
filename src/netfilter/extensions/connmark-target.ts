/**
 * CONNMARK: changes the mark of the packet's connection, or copies it from and to the packet's own mark.
 */
import { OptionError, VERDICT, type OptionRow, type Place, type TargetExtension } from '../extension';
import { hex } from '../number';
import { MARK_CHANGES } from './mark-target';

interface Connmark {
	mode: 'set' | 'save' | 'restore';
	mark: number;
	/** of the connection's mark and of the packet's */
	ctmask: number;
	nfmask: number;
	shift: 'left' | 'right';
	bits: number;
}

const ALL_ONES = 0xffffffff;
/** in the order in which conflicts are looked for */
const OPERATIONS = ['set-mark', 'save-mark', 'restore-mark', 'and-mark', 'or-mark', 'xor-mark', 'set-xmark'];

const operation = (name: string, type: OptionRow['type'], help: string): OptionRow => ({
	name,
	id: name,
	type,
	exclude: OPERATIONS.filter((other) => other !== name),
	help
});

/** Bits that are shifted out are lost; 32 and more leave nothing. */
function shifted(value: number, { shift, bits }: Connmark): number {
	if (bits >= 32) return 0;
	return (shift === 'left' ? value << bits : value >>> bits) >>> 0;
}

function list(data: Connmark): string {
	const { mode, mark, ctmask, nfmask } = data;
	if (mode === 'set') {
		if (mark === 0) return ` CONNMARK and ${hex(~ctmask)}`;
		if (mark === ctmask) return ` CONNMARK or ${hex(mark)}`;
		if (ctmask === 0) return ` CONNMARK xor ${hex(mark)}`;
		return ctmask === ALL_ONES ? ` CONNMARK set ${hex(mark)}` : ` CONNMARK xset ${hex(mark)}/${hex(ctmask)}`;
	}
	if (nfmask === ctmask) return ` CONNMARK ${mode}${nfmask === ALL_ONES ? '' : ` mask ${hex(nfmask)}`}`;
	if (mode === 'save') return ` CONNMARK save nfmask ${hex(nfmask)} ctmask ~${hex(ctmask)}`;
	return ` CONNMARK restore ctmask ${hex(ctmask)} nfmask ~${hex(nfmask)}`;
}

const shiftText = ({ shift, bits }: Connmark, dashes: '' | '--'): string =>
	bits === 0 ? '' : ` ${dashes}${shift}-shift-mark ${bits}`;

export const connmark: TargetExtension<Connmark> = {
	name: 'CONNMARK',
	families: ['ip', 'ip6'],
	summary: "changes the connection's mark, or copies it from and to the packet",
	conntrack: true,
	options: [
		operation('set-xmark', 'mark-mask', 'clears the bits of the mask, then flips those of the value'),
		operation('set-mark', 'mark-mask', 'clears the bits of the mask, then sets those of the value'),
		operation('and-mark', 'uint32', 'keeps only these bits'),
		operation('or-mark', 'uint32', 'sets these bits'),
		operation('xor-mark', 'uint32', 'flips these bits'),
		operation('save-mark', 'none', "copies the packet's mark to the connection"),
		operation('restore-mark', 'none', "copies the connection's mark to the packet"),
		{ name: 'left-shift-mark', id: 'left', type: 'uint8', min: 0, max: 32, help: 'shifts the copied mark to the left' },
		{ name: 'right-shift-mark', id: 'right', type: 'uint8', min: 0, max: 32, help: 'shifts it to the right' },
		{ name: 'ctmask', id: 'ctmask', type: 'uint32', exclude: ['mask'], help: "bits of the connection's mark" },
		{ name: 'nfmask', id: 'nfmask', type: 'uint32', exclude: ['mask'], help: "bits of the packet's mark" },
		{ name: 'mask', id: 'mask', type: 'uint32', exclude: ['ctmask', 'nfmask'], help: 'bits of both' }
	],
	init: () => ({ mode: 'set', mark: 0, ctmask: ALL_ONES, nfmask: ALL_ONES, shift: 'left', bits: 0 }),
	parse(draft, option) {
		const { id, number } = option;
		if (id === 'save-mark') draft.mode = 'save';
		else if (id === 'restore-mark') draft.mode = 'restore';
		else if (id === 'left' || id === 'right') {
			draft.shift = id;
			draft.bits = number;
		} else if (id === 'ctmask' || id === 'nfmask') draft[id] = number;
		else if (id === 'mask') draft.ctmask = draft.nfmask = number;
		else {
			const [mark, mask] = MARK_CHANGES[id]!(id.startsWith('set') ? option.value : number, option.mask);
			draft.mode = 'set';
			draft.mark = mark >>> 0;
			draft.ctmask = mask >>> 0;
		}
	},
	finish(_draft, seen) {
		if (!OPERATIONS.some((id) => seen.has(id))) throw new OptionError('CONNMARK target: No operation specified');
	},
	list: (data) => list(data) + shiftText(data, ''),
	save(data) {
		const { mode, mark, ctmask, nfmask } = data;
		const what =
			mode === 'set'
				? ` --set-xmark ${hex(mark)}/${hex(ctmask)}`
				: ` --${mode}-mark --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`;
		return what + shiftText(data, '--');
	},
	check: (data: Connmark, _place: Place) => (data.bits >= 32 ? 'EINVAL' : null),
	compile: (data) => (skb) => {
		const connection = skb.connection;
		if (!connection) return VERDICT.continue;
		if (data.mode === 'restore') {
			const mark = shifted(connection.mark & data.ctmask, data);
			skb.mark = ((skb.mark & ~data.nfmask) ^ mark) >>> 0;
		} else if (data.mode === 'save') {
			const mark = shifted(skb.mark & data.nfmask, data);
			connection.mark = ((connection.mark & ~data.ctmask) ^ mark) >>> 0;
		} else connection.mark = shifted(((connection.mark & ~data.ctmask) ^ data.mark) >>> 0, data);
		return VERDICT.continue;
	},
	explain: ({ mode, mark }, skb) => {
		if (!skb.connection) return 'does nothing: the packet belongs to no tracked connection';
		if (mode === 'save') return `keeps the packet's mark ${hex(skb.mark)} with its connection`;
		if (mode === 'restore') return `gives the packet the mark ${hex(skb.connection.mark)} of its connection`;
		return `changes the connection's mark by ${hex(mark)}`;
	}
};
