/**
 * devgroup: the group of the interface that the packet came in or leaves by (ip link set group).
 *
 * Not simulated: groups; every interface is in group 0.
 */
import { OptionError, type MatchExtension } from '../extension';
import type { HookName } from '../rule';
import { maskedText, parseMasked, type Masked } from './named-values';
import { checkPlace } from './place';

interface Devgroup {
	source: Masked | null;
	destination: Masked | null;
}

const GROUPS = '/etc/iproute2/group';
const INCOMING: readonly HookName[] = ['PREROUTING', 'INPUT', 'FORWARD'];
const OUTGOING: readonly HookName[] = ['FORWARD', 'OUTPUT', 'POSTROUTING'];

/** of group 0 */
const passes = (test: Masked | null): boolean => test === null || ((test.value & test.mask) === 0) !== test.invert;

export const devgroup: MatchExtension<Devgroup> = {
	name: 'devgroup',
	families: ['ip', 'ip6'],
	summary: 'group of the interface that the packet came in or leaves by',
	notSimulated: 'Every interface is in group 0.',
	options: [
		{ name: 'src-group', id: 'source', type: 'string', invert: true, help: 'group of the incoming interface' },
		{ name: 'dst-group', id: 'destination', type: 'string', invert: true, help: 'group of the outgoing interface' }
	],
	init: () => ({ source: null, destination: null }),
	parse(draft, option, context) {
		draft[option.id as keyof Devgroup] = parseMasked('devgroup', GROUPS, option, context);
	},
	finish(_draft, seen) {
		if (seen.size === 0)
			throw new OptionError("devgroup match: You must specify either '--src-group' or '--dst-group'");
	},
	list({ source, destination }, { names, numeric }) {
		const text = (test: Masked | null, name: string): string =>
			test ? `${test.invert ? ' !' : ''} ${name} ${maskedText(test, GROUPS, names, numeric)}` : '';
		return text(source, 'src-group') + text(destination, 'dst-group');
	},
	save({ source, destination }, { names }) {
		const text = (test: Masked | null, name: string): string =>
			test ? `${test.invert ? ' !' : ''} --${name} ${maskedText(test, GROUPS, names, false)}` : '';
		return text(source, 'src-group') + text(destination, 'dst-group');
	},
	check: ({ source, destination }, place) =>
		(source ? checkPlace(place, { hooks: INCOMING }) : null) ??
		(destination ? checkPlace(place, { hooks: OUTGOING }) : null),
	compile: ({ source, destination }) => {
		const matches = passes(source) && passes(destination);
		return () => matches;
	},
	explain: (_data, _skb, matched) => `the interface's group 0 is ${matched ? '' : 'not '}what the rule asks for`
};
