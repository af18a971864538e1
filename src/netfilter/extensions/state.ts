/**
 * state: what connection tracking says of the packet. An older name for a part of `conntrack`, still the one most used.
 */
import { OptionError, type MatchExtension } from '../extension';
import { CT, type Skb } from '../skb';
import { parseWords, stateNames, STATES } from './states';

interface State {
	states: number;
	invert: boolean;
}

/** A packet that tracking never saw is INVALID here. */
const stateOf = (skb: Skb): number => (skb.state === CT.none ? CT.invalid : skb.state);

export const state: MatchExtension<State> = {
	name: 'state',
	families: ['ip', 'ip6'],
	summary: 'whether the packet begins a connection, belongs to one or to none',
	conntrack: true,
	options: [
		{
			name: 'state',
			id: 'state',
			type: 'string',
			mandatory: true,
			invert: true,
			help: 'a list of NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED'
		}
	],
	init: () => ({ states: 0, invert: false }),
	parse(draft, { argument, invert }) {
		const states = parseWords(argument, STATES);
		if (typeof states !== 'number')
			throw new OptionError(
				states.bad === ''
					? '"--state" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED'
					: `Bad state "${states.bad}"`
			);
		draft.states = states;
		draft.invert = invert;
	},
	list: ({ states, invert }) => `${invert ? ' !' : ''} state ${stateNames(states)}`,
	save: ({ states, invert }) => `${invert ? ' !' : ''} --state ${stateNames(states)}`,
	compile: ({ states, invert }) =>
		invert ? (skb) => (stateOf(skb) & states) === 0 : (skb) => (stateOf(skb) & states) !== 0,
	explain({ states, invert }, skb) {
		const inside = (stateOf(skb) & states) !== 0;
		return `the packet's state is ${stateNames(stateOf(skb))}, ${inside ? 'one' : 'none'} of ${stateNames(states)}${invert ? ', which are excluded' : ''}`;
	}
};
