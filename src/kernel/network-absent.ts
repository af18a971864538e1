/** Stands in for the network until `net/stack.ts` is complete. */
import { Errno } from './syscalls';

const none = (): never[] => [];
const refuse = (): never => {
	throw new Errno('ENETDOWN');
};

export const absentNetwork = {
	settings: { names: none },
	createSocket: refuse,
	links: none,
	routes: none,
	neighbours: none,
	sockets: none,
	setLink: refuse,
	addAddress: refuse,
	deleteAddress: refuse,
	addRoute: refuse,
	deleteRoute: refuse,
	routeTo: refuse,
	deleteNeighbour: refuse,
	addInterface: refuse,
	sysctl: (): never => {
		throw new Errno('ENOENT');
	}
};
