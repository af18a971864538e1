/** socket: some socket of this host would take the packet. */
import type { MatchExtension } from '../extension';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Socket {
	transparent: boolean;
	nowildcard: boolean;
	restoreMark: boolean;
}

const FLAGS = [
	{ field: 'transparent', option: 'transparent', help: 'only transparent sockets' },
	{ field: 'nowildcard', option: 'nowildcard', help: 'also sockets that are bound to no address' },
	{ field: 'restoreMark', option: 'restore-skmark', help: "the packet takes the socket's mark" }
] as const;

const text = (data: Socket): string => FLAGS.map(({ field, option }) => (data[field] ? ` --${option}` : '')).join('');

function found(data: Socket, skb: Skb, services: Services): boolean {
	const socket = services.socketFor(skb);
	if (!socket || (socket.wildcard && !data.nowildcard)) return false;
	return !data.transparent || socket.transparent;
}

export const socket: MatchExtension<Socket> = {
	name: 'socket',
	families: ['ip', 'ip6'],
	summary: 'some socket of this host would take the packet',
	notSimulated: 'Sockets have no marks and are never transparent.',
	options: FLAGS.map(({ field, option, help }) => ({ name: option, id: field, type: 'none', help })),
	init: () => ({ transparent: false, nowildcard: false, restoreMark: false }),
	parse(draft, { id }) {
		draft[id as keyof Socket] = true;
	},
	list: (data) => ` socket${text(data)}`,
	save: text,
	check: (_data, place) => checkPlace(place, { hooks: ['PREROUTING', 'INPUT'] }),
	compile: (data, services) => (skb) => found(data, skb, services),
	explain: (_data, _skb, matched) =>
		matched ? 'a socket would take the packet' : 'no such socket would take the packet'
};
