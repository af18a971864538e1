/**
 * ipvs: properties of a connection that the IP virtual server handles. The kernel here has no module for it, so the rule
 * is always refused.
 */
import { formatAddress, formatMask } from '../address';
import { OptionError, type MatchExtension } from '../extension';
import type { Address } from '../rule';
import { ABSENT, warnOfAbsentModule } from './absent-module';

interface Ipvs {
	/** in the order in which they are shown */
	tests: readonly { readonly option: string; readonly text: string; readonly invert: boolean }[];
}

const ORDER = ['ipvs', 'vproto', 'vaddr', 'vport', 'vdir', 'vmethod', 'vportctl'];
const WORDS: Readonly<Record<string, readonly string[]>> = {
	vdir: ['ORIGINAL', 'REPLY'],
	vmethod: ['GATE', 'IPIP', 'MASQ']
};

function text(data: Ipvs, dashes: '' | '--'): string {
	const shown = data.tests.length > 1 ? data.tests.filter(({ option }) => option !== 'ipvs') : data.tests;
	return shown
		.map(({ option, text, invert }) => `${invert ? ' !' : ''} ${dashes}${option}${text === '' ? '' : ` ${text}`}`)
		.join('');
}

export const ipvs: MatchExtension<Ipvs> = {
	name: 'ipvs',
	families: ['ip', 'ip6'],
	summary: 'properties of a connection that the IP virtual server handles',
	notSimulated: 'The kernel has no module for it.',
	options: [
		{ name: 'ipvs', id: 'ipvs', type: 'none', invert: true, help: 'the virtual server handles it' },
		{ name: 'vproto', id: 'vproto', type: 'protocol', invert: true, help: 'protocol' },
		{ name: 'vaddr', id: 'vaddr', type: 'host-mask', invert: true, help: 'virtual address' },
		{ name: 'vport', id: 'vport', type: 'port', invert: true, help: 'virtual port' },
		{ name: 'vdir', id: 'vdir', type: 'string', help: 'ORIGINAL or REPLY' },
		{ name: 'vmethod', id: 'vmethod', type: 'string', invert: true, help: 'GATE, IPIP or MASQ' },
		{ name: 'vportctl', id: 'vportctl', type: 'port', invert: true, help: 'port of the control connection' }
	],
	init(context) {
		warnOfAbsentModule('ipvs', context);
		return { tests: [] };
	},
	parse(draft, { id, argument, number, address, addressMask, invert }, { family }) {
		const words = WORDS[id];
		const word = words?.find((one) => one === argument.toUpperCase());
		if (words && word === undefined) throw new OptionError(`ipvs: Bad value for "--${id}" option: "${argument}"`);
		const network = (of: Address): string => formatAddress(of, family) + formatMask(addressMask, family);
		const text = id === 'ipvs' ? '' : (word ?? (id === 'vaddr' ? network(address) : String(number)));
		draft.tests = [...draft.tests, { option: id, text, invert }].sort(
			(a, b) => ORDER.indexOf(a.option) - ORDER.indexOf(b.option)
		);
	},
	finish(draft, seen) {
		if (seen.size === 0) throw new OptionError('IPVS: At least one option is required');
		if (draft.tests.length > 1 && draft.tests[0]!.option === 'ipvs' && draft.tests[0]!.invert)
			throw new OptionError('! --ipvs cannot be together with other options');
	},
	list: (data) => text(data, ''),
	save: (data) => text(data, '--'),
	check: () => ABSENT
};
