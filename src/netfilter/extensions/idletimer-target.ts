/**
 * IDLETIMER: a timer that each packet winds up again; when it runs out, user space is told.
 *
 * Not simulated: /sys/class/xt_idletimer, where the end is told.
 */
import type { TargetExtension } from '../extension';
import { cutBytes } from '../text';

interface Idletimer {
	/** seconds */
	timeout: number;
	label: string;
	alarm: boolean;
}

const LABEL_MAXIMUM = 27;
/** milliseconds that fit in an int */
const TIMEOUT_LIMIT = Math.floor(0x7fffffff / 1000);

function text({ timeout, label, alarm }: Idletimer, dashes: '' | '--', between: ':' | ' '): string {
	return ` ${dashes}timeout${between}${timeout} ${dashes}label${between}${label}${alarm ? ` ${dashes}alarm` : ''}`;
}

export const idletimer: TargetExtension<Idletimer> = {
	name: 'IDLETIMER',
	families: ['ip', 'ip6'],
	summary: 'winds up a timer that tells when no packet came for a while',
	notSimulated: 'There is no /sys here in which the end of the timer could be seen.',
	options: [
		{ name: 'timeout', id: 'timeout', type: 'uint32', mandatory: true, help: 'seconds' },
		{ name: 'label', id: 'label', type: 'string', mandatory: true, help: 'its name' },
		{ name: 'alarm', id: 'alarm', type: 'none', help: 'a timer that wakes the machine' }
	],
	init: () => ({ timeout: 0, label: '', alarm: false }),
	parse(draft, option) {
		if (option.id === 'timeout') draft.timeout = option.number;
		else if (option.id === 'label') draft.label = cutBytes(option.argument, LABEL_MAXIMUM);
		else draft.alarm = true;
	},
	list: (data) => text(data, '', ':'),
	save: (data) => text(data, '--', ' '),
	check: ({ timeout, label }) => (timeout === 0 || timeout >= TIMEOUT_LIMIT || label === '' ? 'EINVAL' : null),
	explain: ({ label, timeout }) => `winds up the timer "${label}" for ${timeout} s`
};
