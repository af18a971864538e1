/**
 * ULOG: the forerunner of NFLOG. Kernels of today have no module for it, so the rule is always refused.
 */
import { OptionError, type TargetExtension } from '../extension';
import { cutBytes, quoted } from '../text';
import { ABSENT, warnOfAbsentModule } from './absent-module';

interface Ulog {
	group: number;
	prefix: string;
	copyRange: number;
	threshold: number;
}

const PREFIX_MAXIMUM = 31;

export const ulog: TargetExtension<Ulog> = {
	name: 'ULOG',
	families: ['ip'],
	summary: 'the forerunner of NFLOG, gone from the kernel',
	notSimulated: 'The kernel has no module for it.',
	options: [
		{ name: 'ulog-nlgroup', id: 'group', type: 'uint8', min: 1, max: 32, help: 'the group of listeners, 1–32' },
		{ name: 'ulog-prefix', id: 'prefix', type: 'string', min: 1, help: 'text that goes with the copy' },
		{ name: 'ulog-cprange', id: 'copyRange', type: 'uint64', help: 'bytes of the packet to copy' },
		{ name: 'ulog-qthreshold', id: 'threshold', type: 'uint64', min: 1, max: 50, help: 'copies handed over together' }
	],
	init(context) {
		warnOfAbsentModule('ULOG', context);
		return { group: 1, prefix: '', copyRange: 0, threshold: 1 };
	},
	parse(draft, option) {
		if (option.id === 'prefix') {
			if (option.argument.includes('\n')) throw new OptionError('Newlines not allowed in --ulog-prefix');
			draft.prefix = cutBytes(option.argument, PREFIX_MAXIMUM);
		} else draft[option.id as 'group' | 'copyRange' | 'threshold'] = option.number;
	},
	list: ({ group, prefix, copyRange, threshold }) =>
		` ULOG copy_range ${copyRange} nlgroup ${group}${prefix === '' ? '' : ` prefix "${prefix}"`} queue_threshold ${threshold}`,
	save({ group, prefix, copyRange, threshold }) {
		let text = prefix === '' ? '' : ` --ulog-prefix ${quoted(prefix)}`;
		if (group !== 1) text += ` --ulog-nlgroup ${group}`;
		if (copyRange !== 0) text += ` --ulog-cprange ${copyRange}`;
		return threshold === 1 ? text : `${text} --ulog-qthreshold ${threshold}`;
	},
	check: () => ABSENT
};
