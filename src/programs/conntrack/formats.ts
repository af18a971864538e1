/** The forms of conntrack's output beside the plain line (`netfilter/conntrack/text`): XML and the options to save it as. */
import { STATUS, type Tuple } from '#netfilter/conntrack/connection';
import type { ConntrackChange } from '#netfilter/conntrack/conntrack';
import type { ConntrackEntry, ExpectationEntry } from '#netfilter/conntrack/entry';
import { protocolName, shownId } from '#netfilter/conntrack/text';
import { hasPorts } from '#netfilter/conntrack/tuple';
import { formatIpv4Address } from '#wire/address';

export const XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';
const ICMP = 1;

const tag = (name: string, value: string | number): string => `<${name}>${value}</${name}>`;

function direction(name: string, tuple: Tuple, counters: string): string {
	const ports = hasPorts(tuple.protocol) ? tag('sport', tuple.sourcePort) + tag('dport', tuple.destinationPort) : '';
	const ends = tag('src', formatIpv4Address(tuple.source)) + tag('dst', formatIpv4Address(tuple.destination));
	return (
		`<meta direction="${name}"><layer3 protonum="2" protoname="ipv4">${ends}</layer3>` +
		`<layer4 protonum="${tuple.protocol}" protoname="${protocolName(tuple.protocol)}">${ports}</layer4>${counters}</meta>`
	);
}

export interface XmlOptions {
	readonly use: number | null;
	readonly mark: boolean;
	readonly counters: boolean;
	readonly change: ConntrackChange | null;
}

/** A `<flow>`, without newline. */
export function xmlFlow(entry: ConntrackEntry, options: XmlOptions): string {
	const counters = (way: 0 | 1): string =>
		options.counters && entry.packets && entry.bytes
			? tag('counters', tag('packets', entry.packets[way]) + tag('bytes', entry.bytes[way]))
			: '';
	let meta = entry.state === '' ? '' : tag('state', entry.state);
	if (entry.timeout !== null) meta += tag('timeout', entry.timeout);
	if (options.mark) meta += tag('mark', entry.mark);
	if (entry.zone !== 0) meta += tag('zone', entry.zone);
	if (options.use !== null) meta += tag('use', options.use);
	meta += tag('id', shownId(entry.id));
	if (entry.status & STATUS.assured) meta += '<assured/>';
	if (!(entry.status & STATUS.seenReply)) meta += '<unreplied/>';
	if (options.counters && entry.age !== null) meta += tag('deltatime', entry.age);
	const type = options.change === null ? '' : ` type="${options.change.toLowerCase()}"`;
	const ways = direction('original', entry.original, counters(0)) + direction('reply', entry.reply, counters(1));
	return `<flow${type}>${ways}<meta direction="independent">${meta}</meta></flow>`;
}

const LETTER: Readonly<Record<ConntrackChange, string>> = { NEW: '-A', UPDATE: '-U', DESTROY: '-D' };

/** `-o save`: the options that make the entry again. */
export function saveLine(entry: ConntrackEntry, change: ConntrackChange = 'NEW'): string {
	const { original, reply, status, timeout, state } = entry;
	const names = [...(status & STATUS.seenReply ? ['SEEN_REPLY'] : []), ...(status & STATUS.assured ? ['ASSURED'] : [])];
	const sourceNat = (status & STATUS.sourceNatDone) !== 0 && reply.destination !== original.source;
	const destinationNat = (status & STATUS.destinationNatDone) !== 0 && reply.source !== original.destination;
	const name = protocolName(original.protocol);
	const words = [
		LETTER[change],
		...(timeout === null ? [] : ['-t', timeout]),
		'-u',
		names.join(',') || 'UNSET',
		...(entry.zone === 0 ? [] : ['-w', entry.zone]),
		'-s',
		formatIpv4Address(original.source),
		'-d',
		formatIpv4Address(original.destination),
		destinationNat ? '-g' : '-r',
		formatIpv4Address(reply.source),
		sourceNat ? '-n' : '-q',
		formatIpv4Address(reply.destination),
		'-p',
		name === 'unknown' ? original.protocol : name
	];
	if (original.protocol === ICMP)
		words.push('--icmp-type', original.icmpType, '--icmp-code', original.icmpCode, '--icmp-id', original.sourcePort);
	else if (hasPorts(original.protocol))
		words.push(
			...['--sport', original.sourcePort, '--dport', original.destinationPort],
			...['--reply-port-src', reply.sourcePort, '--reply-port-dst', reply.destinationPort]
		);
	if (state !== '') words.push('--state', state);
	return words.join(' ');
}

const ANY_HOST = '255.255.255.255';

export function expectLine(entry: ExpectationEntry): string {
	const { master } = entry;
	const ends = (source: number, destination: number): string =>
		`src=${formatIpv4Address(source)} dst=${formatIpv4Address(destination)}`;
	const sourceMask = entry.sourcePort === 0 ? 0 : 65535;
	return (
		`${entry.timeout} proto=${entry.protocol} ${ends(entry.source, entry.destination)} ` +
		`sport=${entry.sourcePort} dport=${entry.destinationPort} mask-src=${ANY_HOST} mask-dst=${ANY_HOST} ` +
		`sport=${sourceMask} dport=65535 ` +
		`master-src=${formatIpv4Address(master.source)} master-dst=${formatIpv4Address(master.destination)} ` +
		`sport=${master.sourcePort} dport=${master.destinationPort} class=0 helper=${entry.helper}`
	);
}

export function xmlExpectation(entry: ExpectationEntry, change?: string): string {
	const { master } = entry;
	const pair = (name: string, inner: string, first: string | number, second: string | number): string => {
		const [one, other] = inner.split(' ') as [string, string];
		return tag(name, tag(one, first) + tag(other, second));
	};
	const layer3 =
		pair('expected', 'src dst', formatIpv4Address(entry.source), formatIpv4Address(entry.destination)) +
		pair('mask', 'src dst', ANY_HOST, ANY_HOST) +
		pair('master', 'src dst', formatIpv4Address(master.source), formatIpv4Address(master.destination));
	const layer4 =
		pair('expected', 'sport dport', entry.sourcePort, entry.destinationPort) +
		pair('mask', 'sport dport', entry.sourcePort === 0 ? 0 : 65535, 65535) +
		pair('master', 'sport dport', master.sourcePort, master.destinationPort);
	const meta = tag('helper-name', entry.helper) + tag('timeout', entry.timeout) + tag('class', 0);
	return (
		`<flow${change ? ` type="${change.toLowerCase()}"` : ''}><layer3 protonum="2" protoname="ipv4">${layer3}</layer3>` +
		`<layer4 protonum="${entry.protocol}" protoname="${protocolName(entry.protocol)}">${layer4}</layer4>${tag('meta', meta)}</flow>`
	);
}
