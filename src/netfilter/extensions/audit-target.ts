/**
 * AUDIT: tells the audit system of the packet.
 *
 * Not simulated: the audit system; the packet goes on with the next rule.
 */
import { OptionError, type TargetExtension } from '../extension';

interface Audit {
	type: string;
}

const TYPES = ['accept', 'drop', 'reject'];

export const audit: TargetExtension<Audit> = {
	name: 'AUDIT',
	families: ['ip', 'ip6'],
	summary: 'tells the audit system of the packet',
	notSimulated: 'There is no audit system here.',
	options: [{ name: 'type', id: 'type', type: 'string', mandatory: true, help: 'accept, drop or reject' }],
	init: () => ({ type: 'accept' }),
	parse(draft, option) {
		const type = option.argument.toLowerCase();
		if (!TYPES.includes(type)) throw new OptionError(`Bad action type value "${option.argument}"`);
		draft.type = type;
	},
	list: ({ type }) => ` AUDIT ${type}`,
	save: ({ type }) => ` --type ${type}`,
	explain: () => 'would tell the audit system of the packet'
};
