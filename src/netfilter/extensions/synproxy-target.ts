/**
 * SYNPROXY: answers the handshakes of strangers itself and opens the connection to the server only when they finish.
 * `../synproxy.ts` does it.
 */
import type { TargetExtension } from '../extension';
import { answer } from '../synproxy';
import { checkPlace } from './place';

interface Synproxy {
	sackPermitted: boolean;
	timestamp: boolean;
	windowScale: number | null;
	mss: number | null;
	ecn: boolean;
}

const TCP = 6;

/** in the order in which they are shown */
function words(data: Synproxy): string[] {
	const words: string[] = [];
	if (data.sackPermitted) words.push('sack-perm');
	if (data.timestamp) words.push('timestamp');
	if (data.windowScale !== null) words.push(`wscale ${data.windowScale}`);
	if (data.mss !== null) words.push(`mss ${data.mss}`);
	if (data.ecn) words.push('ecn');
	return words;
}

export const synproxy: TargetExtension<Synproxy> = {
	name: 'SYNPROXY',
	families: ['ip', 'ip6'],
	summary: 'answers TCP handshakes in place of the server until they are complete',
	conntrack: true,
	options: [
		{ name: 'sack-perm', id: 'sack', type: 'none', help: 'announces selective acknowledgements' },
		{ name: 'timestamp', id: 'timestamp', type: 'none', help: 'announces time stamps' },
		{ name: 'wscale', id: 'wscale', type: 'uint32', help: "the server's window scale" },
		{ name: 'mss', id: 'mss', type: 'uint32', help: "the server's segment size, bytes" },
		{ name: 'ecn', id: 'ecn', type: 'none', help: 'announces congestion notification' }
	],
	init: () => ({ sackPermitted: false, timestamp: false, windowScale: null, mss: null, ecn: false }),
	parse(draft, { id, number }) {
		if (id === 'sack') draft.sackPermitted = true;
		else if (id === 'timestamp' || id === 'ecn') draft[id] = true;
		// a byte and a word in the kernel
		else if (id === 'wscale') draft.windowScale = number & 0xff;
		else draft.mss = number & 0xffff;
	},
	list: (data) =>
		` SYNPROXY ${words(data)
			.map((word) => `${word} `)
			.join('')}`,
	save: (data) =>
		words(data)
			.map((word) => ` --${word}`)
			.join(''),
	check: (_data, place) => checkPlace(place, { hooks: ['INPUT', 'FORWARD'], protocols: [TCP] }),
	compile: ({ sackPermitted, timestamp, windowScale, mss, ecn }, services) => {
		const allowed = { sackPermitted, timestamps: timestamp, windowScale, mss, ecn };
		return (skb) => answer(skb, allowed, services);
	},
	explain: () => 'answers the handshake in place of the server'
};
