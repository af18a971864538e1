/**
 * nfacct: counts the packet into a named counter (nfacct(8)).
 *
 * Not simulated: such counters; none exists, so the rule is always refused.
 */
import { OptionError, type MatchExtension } from '../extension';
import { cutBytes, quoted } from '../text';

interface Nfacct {
	name: string;
}

const NAME_MAXIMUM = 31;

export const nfacct: MatchExtension<Nfacct> = {
	name: 'nfacct',
	families: ['ip', 'ip6'],
	summary: 'counts the packet into a named counter',
	notSimulated: 'There are no such counters here.',
	options: [{ name: 'nfacct-name', id: 'name', type: 'string', min: 1, mandatory: true, help: "the counter's name" }],
	init: () => ({ name: '' }),
	parse(draft, { argument }) {
		if (argument.includes('\n')) throw new OptionError('Newlines not allowed in --nfacct-name');
		draft.name = cutBytes(argument, NAME_MAXIMUM);
	},
	list: ({ name }) => ` nfacct-name  ${quoted(name)}`,
	save: ({ name }) => ` --nfacct-name  ${quoted(name)}`,
	check: () => 'ENOENT',
	explain: ({ name }) => `there is no counter ${name}`
};
