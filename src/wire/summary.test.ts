import { describe, expect, it } from 'vitest';
import { decodeFrame } from './decode';
import { buildDns, dnsQuery } from './dns';
import { buildFrame } from './ethernet';
import { label, protocolName } from './label';
import { TCP, type Frame, type Ipv4Packet } from './packet';
import { summary } from './summary';

const [CLIENT, SERVER] = [0xc0a84b0a, 0xc0a84b02];
const NUMBERS = { tcp: 6, udp: 17, icmp: 1, raw: 89 } as const;

function ip(payload: Ipv4Packet['payload']): Frame {
	const header = {
		tos: 0,
		identification: 1,
		dontFragment: true,
		moreFragments: false,
		fragmentOffset: 0,
		ttl: 64,
		options: new Uint8Array(0)
	};
	const packet: Ipv4Packet = {
		kind: 'ipv4',
		...header,
		protocol: NUMBERS[payload.kind],
		source: CLIENT,
		destination: SERVER,
		payload
	};
	return { destination: 0x0200c0a84b02, source: 0x0200c0a84b0a, type: 0x800, payload: packet };
}
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const segment = (flags: number, text = '', ports = { sourcePort: 45678, destinationPort: 25 }) =>
	ip({
		kind: 'tcp',
		...ports,
		sequence: 1,
		acknowledgement: flags & TCP.ack ? 77 : 0,
		flags,
		window: 64240,
		urgentPointer: 0,
		options: [],
		payload: bytes(text)
	});
const syn = ip({
	kind: 'tcp', sourcePort: 45678, destinationPort: 25, sequence: 1, acknowledgement: 0, flags: TCP.syn, window: 64240, urgentPointer: 0, payload: bytes(''),
	options: [{ kind: 'mss', value: 1460 }, { kind: 'sack-permitted' }, { kind: 'timestamps', value: 1, echo: 0 }, { kind: 'nop' }, { kind: 'window-scale', shift: 7 }]
}); // prettier-ignore
const query = ip({
	kind: 'udp',
	sourcePort: 4000,
	destinationPort: 53,
	payload: buildDns(dnsQuery(4660, 'example.net.', 'MX'))
});
const arp: Frame = {
	destination: 0xffffffffffff, source: 0x0200c0a84b0a, type: 0x806,
	payload: { kind: 'arp', operation: 1, senderMac: 0x0200c0a84b0a, senderIp: CLIENT, targetMac: 0, targetIp: SERVER }
}; // prettier-ignore
const [C, S] = ['192.168.75.10', '192.168.75.2'];

/** The line of tcpdump 4.99 for the same bytes, the short label, the protocol. */
const CASES: readonly [Frame, string, string, string][] = [
	[arp, `ARP, Request who-has ${S} tell ${C}, length 46`, `who has ${S}`, 'ARP'],
	[
		syn,
		`IP ${C}.45678 > ${S}.25: Flags [S], seq 1, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0`,
		'SYN 25',
		'TCP'
	],
	[
		segment(TCP.psh | TCP.ack, 'EHLO ws.example.org\r\n'),
		`IP ${C}.45678 > ${S}.25: Flags [P.], seq 1:22, ack 77, win 64240, length 21: SMTP: EHLO ws.example.org`,
		'EHLO ws.example.org',
		'SMTP'
	],
	[
		segment(TCP.ack, 'RCPT TO:<bob@example.net>\r\n'),
		`IP ${C}.45678 > ${S}.25: Flags [.], seq 1:28, ack 77, win 64240, length 27: SMTP: RCPT TO:<bob@example.net>`,
		'RCPT TO bob@example.net',
		'SMTP'
	],
	[
		segment(TCP.ack, '454 no\r\n', { sourcePort: 25, destinationPort: 45678 }),
		`IP ${C}.25 > ${S}.45678: Flags [.], seq 1:9, ack 77, win 64240, length 8: SMTP: 454 no`,
		'454',
		'SMTP'
	],
	[segment(TCP.fin | TCP.ack), `IP ${C}.45678 > ${S}.25: Flags [F.], seq 1, ack 77, win 64240, length 0`, 'FIN', 'TCP'],
	[segment(TCP.rst), `IP ${C}.45678 > ${S}.25: Flags [R], seq 1, win 64240, length 0`, 'RST', 'TCP'],
	[query, `IP ${C}.4000 > ${S}.53: 4660+ MX? example.net. (29)`, 'MX? example.net', 'DNS'],
	[
		ip({ kind: 'icmp', type: 8, code: 0, rest: 0x10001, payload: new Uint8Array(56) }),
		`IP ${C} > ${S}: ICMP echo request, id 1, seq 1, length 64`,
		'echo request',
		'ICMP'
	],
	[
		ip({ kind: 'icmp', type: 3, code: 3, rest: 0, payload: buildFrame(query).slice(14) }),
		`IP ${C} > ${S}: ICMP ${S} udp port 53 unreachable, length 65`,
		'port unreachable',
		'ICMP'
	]
];

describe('a frame in words', () => {
	it.each(CASES)('%# as tcpdump has it', (frame, line, short, protocol) => {
		expect(summary(frame)).toBe(line);
		expect(label(frame)).toBe(short);
		expect(protocolName(frame)).toBe(protocol);
	});
});

describe('the picture of the bytes', () => {
	it('covers every byte of a frame with fields', () => {
		for (const [frame] of CASES) {
			const { bytes: all, layers } = decodeFrame(buildFrame(frame));
			const covered = new Set<number>();
			for (const field of layers.flatMap((layer) => layer.fields))
				for (let bit = field.bitOffset; bit < field.bitOffset + field.bitLength; bit += 8)
					covered.add(Math.floor(bit / 8));
			const missing = Array.from(all.keys()).filter((at) => !covered.has(at));
			expect(missing.length).toBeLessThanOrEqual(protocolName(frame) === 'ICMP' ? 4 : 1);
		}
	});
	it('tells a wrong checksum', () => {
		const wrong = buildFrame(segment(TCP.ack));
		wrong[50]! ^= 0xff;
		const notes = decodeFrame(wrong).layers.flatMap((layer) => layer.fields.map((field) => field.note));
		expect(notes.filter((note) => note?.startsWith('incorrect'))).toHaveLength(1);
	});
});
