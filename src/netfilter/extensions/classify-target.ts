/**
 * CLASSIFY: puts the packet into a class of the queue that it leaves through.
 *
 * Not simulated: queues with classes; the number stays with the packet.
 */
import { OptionError, VERDICT, type TargetExtension } from '../extension';
import { checkPlace } from './place';

interface Classify {
	major: number;
	minor: number;
}

const WORD = 0xffff;

export const classify: TargetExtension<Classify> = {
	name: 'CLASSIFY',
	families: ['ip', 'ip6'],
	summary: 'puts the packet into a class of the outgoing queue',
	notSimulated: 'There are no queues with classes here.',
	options: [
		{ name: 'set-class', id: 'class', type: 'string', mandatory: true, help: 'major:minor, both hexadecimal: 1:10' }
	],
	init: () => ({ major: 0, minor: 0 }),
	parse(draft, option) {
		// sscanf(3) "%x:%x": what follows is ignored, and a minus sign counts
		const found = /^\s*([-+]?)(?:0x)?([0-9a-f]+):\s*([-+]?)(?:0x)?([0-9a-f]+)/i.exec(option.argument);
		if (!found) throw new OptionError(`Bad class value "${option.argument}"`);
		const word = (sign: string, digits: string): number => (parseInt(digits, 16) * (sign === '-' ? -1 : 1)) & WORD;
		draft.major = word(found[1]!, found[2]!);
		draft.minor = word(found[3]!, found[4]!);
	},
	list: ({ major, minor }) => ` CLASSIFY set ${major.toString(16)}:${minor.toString(16)}`,
	save({ major, minor }) {
		const four = (value: number): string => value.toString(16).padStart(4, '0');
		return ` --set-class ${four(major)}:${four(minor)}`;
	},
	check: (_data, place) => checkPlace(place, { hooks: ['OUTPUT', 'FORWARD', 'POSTROUTING'] }),
	compile: ({ major, minor }) => {
		const priority = major * 65536 + minor;
		return (skb) => {
			skb.priority = priority;
			return VERDICT.continue;
		};
	},
	explain: ({ major, minor }) => `puts the packet into class ${major.toString(16)}:${minor.toString(16)}`
};
