/**
 * cpu: the processor that handles the packet.
 *
 * Not simulated: more than one processor; it is always number 0.
 */
import type { MatchExtension } from '../extension';

interface Cpu {
	cpu: number;
	invert: boolean;
}

export const cpu: MatchExtension<Cpu> = {
	name: 'cpu',
	families: ['ip', 'ip6'],
	summary: 'processor that handles the packet',
	notSimulated: 'Hosts have one processor, number 0.',
	options: [{ name: 'cpu', id: 'cpu', type: 'uint32', mandatory: true, invert: true, help: 'its number' }],
	init: () => ({ cpu: 0, invert: false }),
	parse(draft, { number, invert }) {
		draft.cpu = number;
		draft.invert = invert;
	},
	list: ({ cpu, invert }) => ` cpu ${invert ? '! ' : ''}${cpu}`,
	save: ({ cpu, invert }) => `${invert ? ' !' : ''} --cpu ${cpu}`,
	compile: ({ cpu, invert }) => {
		const matches = (cpu === 0) !== invert;
		return () => matches;
	},
	explain: ({ cpu }) => `processor 0 is ${cpu === 0 ? '' : 'not '}${cpu}`
};
