/** eui64: the IPv6 address was made of the MAC address that it came from. Not simulated: IPv6. */
import type { MatchExtension } from '../extension';
import { IPV6_ONLY } from './ipv6-matches';
import { checkPlace } from './place';

export const eui64: MatchExtension<null> = {
	...IPV6_ONLY,
	name: 'eui64',
	summary: 'the address was made of the MAC address that it came from',
	options: [],
	init: () => null,
	// it prints nothing by itself; legacy shows the name then
	list: (_data, { variant }) => (variant === 'legacy' ? 'eui64 ' : ''),
	save: () => '',
	check: (_data, place) => checkPlace(place, { hooks: ['PREROUTING', 'INPUT', 'FORWARD'] })
};
