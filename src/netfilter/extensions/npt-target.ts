/**
 * SNPT and DNPT: replace the prefix of an IPv6 address without keeping state (RFC 6296).
 *
 * Not simulated: IPv6.
 */
import { formatAddress } from '../address';
import type { Place, TargetExtension } from '../extension';
import type { Address, HookName } from '../rule';
import { checkPlace } from './place';

interface Npt {
	source: Address;
	sourceLength: number;
	destination: Address;
	destinationLength: number;
}

const LENGTH_MAXIMUM = 64;

const hasHostBits = (address: Address, length: number): boolean =>
	(BigInt(address) & ((1n << BigInt(128 - length)) - 1n)) !== 0n;

function text(data: Npt, dashes: '' | '--'): string {
	const prefix = (address: Address, length: number): string => `${formatAddress(address, 'ip6')}/${length}`;
	const source = ` ${dashes}src-pfx ${prefix(data.source, data.sourceLength)}`;
	return `${source} ${dashes}dst-pfx ${prefix(data.destination, data.destinationLength)}`;
}

function nptTarget(name: string, hooks: readonly HookName[], summary: string): TargetExtension<Npt> {
	return {
		name,
		families: ['ip6'],
		summary,
		notSimulated: 'The simulated hosts speak IPv4 only.',
		options: [
			{ name: 'src-pfx', id: 'source', type: 'host-mask', mandatory: true, help: 'the prefix that is replaced' },
			{ name: 'dst-pfx', id: 'destination', type: 'host-mask', mandatory: true, help: 'the prefix that replaces it' }
		],
		init: () => ({ source: 0n, sourceLength: 0, destination: 0n, destinationLength: 0 }),
		parse(draft, option) {
			const id = option.id as 'source' | 'destination';
			draft[id] = option.address;
			draft[`${id}Length`] = option.number;
		},
		list: (data) => ` ${name}${text(data, '')}`,
		save: (data) => text(data, '--'),
		check(data: Npt, place: Place) {
			const { source, sourceLength, destination, destinationLength } = data;
			if (sourceLength > LENGTH_MAXIMUM || destinationLength > LENGTH_MAXIMUM) return 'EINVAL';
			if (hasHostBits(source, sourceLength) || hasHostBits(destination, destinationLength)) return 'EINVAL';
			return checkPlace(place, { tables: ['mangle'], hooks });
		},
		explain: (data) => `replaces the prefix:${text(data, '')}`
	};
}

export const snpt = nptTarget('SNPT', ['INPUT', 'POSTROUTING'], "replaces the prefix of the packet's source address");
export const dnpt = nptTarget(
	'DNPT',
	['PREROUTING', 'OUTPUT'],
	"replaces the prefix of the packet's destination address"
);
