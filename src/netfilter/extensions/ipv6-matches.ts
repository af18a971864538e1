/** What the matches of IPv6 alone say of themselves: the simulated hosts speak IPv4 only, so they never match. */
import type { Family } from '../rule';

export const IPV6_ONLY = {
	families: ['ip6'] as readonly Family[],
	notSimulated: 'The simulated hosts speak IPv4 only, so it never matches.'
};
