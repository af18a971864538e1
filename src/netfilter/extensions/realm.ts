/**
 * realm: the realm of the route that the packet takes.
 *
 * Not simulated: routes with realms; it is always 0.
 */
import type { MatchExtension } from '../extension';
import { maskedText, parseMasked, type Masked } from './named-values';
import { checkPlace } from './place';

interface Realm {
	realm: Masked;
}

const REALMS = '/etc/iproute2/rt_realms';

export const realm: MatchExtension<Realm> = {
	name: 'realm',
	families: ['ip'],
	summary: 'realm of the route that the packet takes',
	notSimulated: 'Routes have no realms here: it is always 0.',
	options: [{ name: 'realm', id: 'realm', type: 'string', mandatory: true, invert: true, help: 'a number or a name' }],
	init: () => ({ realm: { value: 0, mask: 0, invert: false } }),
	parse(draft, option, context) {
		draft.realm = parseMasked('realm', REALMS, option, context);
	},
	list: ({ realm }, { names, numeric }) =>
		`${realm.invert ? ' !' : ''} realm ${maskedText(realm, REALMS, names, numeric)}`,
	save: ({ realm }, { names }) => `${realm.invert ? ' !' : ''} --realm ${maskedText(realm, REALMS, names, false)}`,
	check: (_data, place) => checkPlace(place, { hooks: ['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] }),
	compile: ({ realm }) => {
		const matches = (realm.value === 0) !== realm.invert;
		return () => matches;
	},
	explain: ({ realm }) => `realm 0 is ${realm.value === 0 ? '' : 'not '}${realm.value}`
};
