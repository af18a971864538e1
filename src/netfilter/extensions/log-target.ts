/**
 * LOG: writes a line about the packet to the kernel's log (`dmesg`) and goes on with the next rule.
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { cutBytes, quoted } from '../text';
import { logLine, type LogDetails } from './log-line';

const DEFAULT_LEVEL = 4;
const PREFIX_MAXIMUM = 29;

type Detail = Exclude<keyof LogDetails, 'prefix'>;

interface Log {
	level: number;
	prefix: string;
	flags: number;
}

/** one bit each; in the order in which they are shown */
const DETAILS: readonly {
	readonly bit: number;
	readonly detail: Detail;
	readonly option: string;
	readonly help: string;
}[] = [
	{ bit: 0x01, detail: 'tcpSequence', option: 'tcp-sequence', help: 'adds the sequence numbers of TCP' },
	{ bit: 0x02, detail: 'tcpOptions', option: 'tcp-options', help: 'adds the options of the TCP header' },
	{ bit: 0x04, detail: 'ipOptions', option: 'ip-options', help: 'adds the options of the IP header' },
	{ bit: 0x08, detail: 'uid', option: 'uid', help: 'adds user and group of the process that sent it' },
	{ bit: 0x20, detail: 'macDecode', option: 'macdecode', help: 'shows the Ethernet header as fields' }
];

/** the first name of syslog.h for each level */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const;

export const log: TargetExtension<Log> = {
	name: 'LOG',
	families: ['ip', 'ip6'],
	summary: 'writes a line about the packet to the kernel log and goes on',
	options: [
		{ name: 'log-level', id: 'level', type: 'syslog-level', help: 'urgency of the line: 0–7, or emerg … debug' },
		{ name: 'log-prefix', id: 'prefix', type: 'string', min: 1, help: 'text in front of the line, at most 29 bytes' },
		...DETAILS.map(({ option, help }) => ({ name: `log-${option}`, id: option, type: 'none' as const, help }))
	],
	init: () => ({ level: DEFAULT_LEVEL, prefix: '', flags: 0 }),
	parse(draft, option) {
		if (option.id === 'level') draft.level = option.number;
		else if (option.id === 'prefix') {
			if (option.argument.includes('\n')) throw new OptionError('Newlines not allowed in --log-prefix');
			draft.prefix = cutBytes(option.argument, PREFIX_MAXIMUM);
		} else draft.flags |= DETAILS.find((row) => row.option === option.id)!.bit;
	},
	list(data, { numeric }) {
		const prefix = data.prefix === '' ? '' : ` prefix "${data.prefix}"`;
		if (numeric) return ` LOG flags ${data.flags} level ${data.level}${prefix}`;
		const details = DETAILS.filter(({ bit }) => data.flags & bit).map(({ option }) => ` ${option}`);
		return ` LOG level ${LEVELS[data.level]}${details.join('')}${prefix}`;
	},
	save(data) {
		const prefix = data.prefix === '' ? '' : ` --log-prefix ${quoted(data.prefix)}`;
		const level = data.level === DEFAULT_LEVEL ? '' : ` --log-level ${data.level}`;
		return prefix + level + DETAILS.map(({ bit, option }) => (data.flags & bit ? ` --log-${option}` : '')).join('');
	},
	compile(data, services) {
		const details = { prefix: data.prefix } as { -readonly [K in keyof LogDetails]: LogDetails[K] };
		for (const { bit, detail } of DETAILS) details[detail] = (data.flags & bit) !== 0;
		return (skb) => {
			services.log(data.level, logLine(skb, details));
			return VERDICT.continue;
		};
	},
	explain: (data) => `writes a line to the kernel log${data.prefix === '' ? '' : `, beginning with "${data.prefix}"`}`
};
