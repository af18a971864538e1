/**
 * NFLOG: hands a copy of the packet to a logging program (ulogd) and goes on with the next rule.
 *
 * Not simulated: programs that listen for such copies.
 */
import { OptionError, type CommandContext, type TargetExtension } from '../extension';
import { cutBytes, quoted } from '../text';

interface Nflog {
	group: number;
	prefix: string;
	/** never did anything; nf_tables does not even keep it. 0 for none */
	range: number;
	/** bytes of the packet that are copied; null for all */
	size: number | null;
	threshold: number;
}

/** NF_LOG_PREFIXLEN and the size of xt_nflog_info's field, each without the final zero */
const PREFIX_MAXIMUM: Readonly<Record<CommandContext['variant'], number>> = { nf_tables: 127, legacy: 63 };

function text({ group, prefix, range, size, threshold }: Nflog, dashes: '' | '--'): string {
	let text = prefix === '' ? '' : ` ${dashes}nflog-prefix ${quoted(prefix)}`;
	if (group !== 0) text += ` ${dashes}nflog-group ${group}`;
	if (size !== null) text += ` ${dashes}nflog-size ${size}`;
	else if (range !== 0) text += ` ${dashes}nflog-range ${range}`;
	return threshold === 0 ? text : `${text} ${dashes}nflog-threshold ${threshold}`;
}

export const nflog: TargetExtension<Nflog> = {
	name: 'NFLOG',
	families: ['ip', 'ip6'],
	summary: 'hands a copy of the packet to a logging program and goes on',
	notSimulated: 'No program here listens for the copies.',
	options: [
		{ name: 'nflog-group', id: 'group', type: 'uint16', help: 'the group of listeners, 0–65535' },
		{ name: 'nflog-prefix', id: 'prefix', type: 'string', min: 1, help: 'text that goes with the copy' },
		{ name: 'nflog-range', id: 'range', type: 'uint32', exclude: ['size'], help: 'never worked; nflog-size does' },
		{ name: 'nflog-size', id: 'size', type: 'uint32', exclude: ['range'], help: 'bytes of the packet to copy' },
		{ name: 'nflog-threshold', id: 'threshold', type: 'uint16', help: 'copies that are handed over together' }
	],
	init: () => ({ group: 0, prefix: '', range: 0, size: null, threshold: 0 }),
	parse(draft, option, context) {
		if (option.id === 'group' || option.id === 'size' || option.id === 'threshold') draft[option.id] = option.number;
		else if (option.id === 'range') draft.range = context.variant === 'legacy' ? option.number : 0;
		else {
			if (option.argument.includes('\n')) throw new OptionError('Newlines not allowed in --log-prefix');
			draft.prefix = cutBytes(option.argument, PREFIX_MAXIMUM[context.variant]);
		}
	},
	finish(_draft, seen, context) {
		if (seen.has('range'))
			context.warn('warn: --nflog-range has never worked and is no longer supported, please use --nflog-size instead');
	},
	list: (data) => text(data, ''),
	save: (data) => text(data, '--'),
	explain: ({ group }) => `hands a copy to the listeners of group ${group}: there are none here`
};
