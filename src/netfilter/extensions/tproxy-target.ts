/**
 * TPROXY: hands the packet to a local socket without changing its addresses.
 *
 * Not simulated: transparent sockets (IP_TRANSPARENT). Without one the real target drops the packet, and so does this.
 */
import { formatAddress } from '../address';
import { VERDICT, type TargetExtension } from '../extension';
import { hex } from '../number';
import type { Address } from '../rule';
import { checkPlace } from './place';

interface Tproxy {
	port: number;
	address: Address;
	mark: number;
	mask: number;
}

const TCP = 6;
const UDP = 17;

export const tproxy: TargetExtension<Tproxy> = {
	name: 'TPROXY',
	families: ['ip', 'ip6'],
	summary: 'hands the packet to a transparent proxy on this host',
	notSimulated: 'No program here has a transparent socket, so the packet is dropped, as the kernel would.',
	options: [
		{ name: 'on-port', id: 'port', type: 'port', mandatory: true, help: "the proxy's port" },
		{ name: 'on-ip', id: 'address', type: 'host', help: "the proxy's address" },
		{ name: 'tproxy-mark', id: 'mark', type: 'mark-mask', help: 'the mark that the packet gets' }
	],
	init: ({ family }) => ({ port: 0, address: family === 'ip' ? 0 : 0n, mark: 0, mask: 0 }),
	parse(draft, option) {
		if (option.id === 'port') draft.port = option.number;
		else if (option.id === 'address') draft.address = option.address;
		else {
			draft.mark = option.value;
			draft.mask = option.mask;
		}
	},
	list: ({ port, address, mark, mask }, { family }) =>
		` TPROXY redirect ${formatAddress(address, family)}:${port} mark ${hex(mark)}/${hex(mask)}`,
	save: ({ port, address, mark, mask }, { family }) =>
		` --on-port ${port} --on-ip ${formatAddress(address, family)} --tproxy-mark ${hex(mark)}/${hex(mask)}`,
	check: (_data, place) => checkPlace(place, { tables: ['mangle'], hooks: ['PREROUTING'], protocols: [TCP, UDP] }),
	compile: () => () => VERDICT.drop,
	explain: ({ port }) => `drops the packet: no transparent socket listens on port ${port}`
};
