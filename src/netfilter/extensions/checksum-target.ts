/**
 * CHECKSUM: computes a checksum that was left to the network card.
 *
 * Not simulated: network cards that compute checksums; every packet here has its own already.
 */
import type { TargetExtension } from '../extension';
import { checkPlace } from './place';

export const checksum: TargetExtension<null> = {
	name: 'CHECKSUM',
	families: ['ip', 'ip6'],
	summary: 'computes a checksum that was left to the network card',
	notSimulated: 'Packets here always carry their checksums.',
	options: [{ name: 'checksum-fill', id: 'fill', type: 'none', mandatory: true, help: 'computes it' }],
	init: () => null,
	list: () => ' CHECKSUM fill',
	save: () => ' --checksum-fill',
	check: (_data, place) => checkPlace(place, { tables: ['mangle'] }),
	explain: () => 'computes the checksum, which the packet has already'
};
