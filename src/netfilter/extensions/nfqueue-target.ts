/**
 * NFQUEUE: leaves the verdict to a program that listens on a queue. Without one the packet is dropped, or goes on to the
 * next table when the rule says bypass.
 *
 * Not simulated: programs that listen on queues.
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';

interface Nfqueue {
	first: number;
	count: number;
	bypass: boolean;
	cpuFanout: boolean;
}

const QUEUES = 65536;

function text({ first, count, bypass, cpuFanout }: Nfqueue, option: string, dashes: string): string {
	const which = count > 1 ? `balance ${first}:${first + count - 1}` : `num ${first}`;
	return ` ${option}${which}${bypass ? ` ${dashes}bypass` : ''}${cpuFanout ? ` ${dashes}cpu-fanout` : ''}`;
}

export const nfqueue: TargetExtension<Nfqueue> = {
	name: 'NFQUEUE',
	families: ['ip', 'ip6'],
	summary: 'leaves the verdict to a program that listens on a queue',
	notSimulated: 'No program here listens on a queue: the packet is dropped, or accepted with --queue-bypass.',
	options: [
		{ name: 'queue-num', id: 'num', type: 'uint16', exclude: ['balance'], help: 'the queue, 0–65535' },
		{
			name: 'queue-balance',
			id: 'balance',
			type: 'uint16-range',
			max: 65534,
			exclude: ['num'],
			help: 'first:last queue'
		},
		{ name: 'queue-bypass', id: 'bypass', type: 'none', help: 'goes on when nobody listens' },
		{ name: 'queue-cpu-fanout', id: 'cpu-fanout', type: 'none', also: ['balance'], help: 'a queue for each processor' }
	],
	init: () => ({ first: 0, count: 1, bypass: false, cpuFanout: false }),
	parse(draft, option) {
		if (option.id === 'num') draft.first = option.number;
		else if (option.id === 'bypass') draft.bypass = true;
		else if (option.id === 'cpu-fanout') draft.cpuFanout = true;
		else {
			const [first, last] = option.range;
			if (!option.argument.includes(':')) throw new OptionError(`Bad range "${option.argument}"`);
			if (first >= last) throw new OptionError(`${first} should be less than ${last}`);
			draft.first = first;
			draft.count = (last - first + 1) % QUEUES;
		}
	},
	list: (data) => text(data, 'NFQUEUE ', ''),
	save: (data) => text(data, '--queue-', '--queue-'),
	check: ({ count }) => (count === 0 ? 'EINVAL' : null),
	compile: ({ bypass }) => {
		const verdict = bypass ? VERDICT.accept : VERDICT.queue;
		return () => verdict;
	},
	explain: ({ bypass }) =>
		bypass ? 'lets the packet go on: nobody listens on the queue' : 'drops the packet: nobody listens on the queue'
};
