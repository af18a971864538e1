/**
 * CT and NOTRACK: say what connection tracking is to do with a packet that it has not seen yet.
 *
 * `-j NOTRACK` is the old name of `CT --notrack`; the rule keeps the name it was written with.
 * Not simulated: zones that hold for one direction only count for both; event masks change nothing.
 */
import { OptionError, VERDICT, type CommandContext, type Place, type TargetExtension } from '../extension';
import { CT as STATE } from '../skb';
import { cutBytes } from '../text';
import { parseNumber } from '../number';
import { checkPlace } from './place';

interface Ct {
	notrack: boolean;
	helper: string;
	timeout: string;
	/** bits of `EVENTS` */
	events: number;
	expectationEvents: number;
	zone: number;
	/** the packet's mark is the zone */
	zoneFromMark: boolean;
	zoneOriginal: boolean;
	zoneReply: boolean;
}

const EVENTS = [
	'new',
	'related',
	'destroy',
	'reply',
	'assured',
	'protoinfo',
	'helper',
	'mark',
	'natseqinfo',
	'secmark'
] as const;
const EXPECTATION_EVENTS = ['new'] as const;
const ZONE_MAXIMUM = 65535;
const HELPER_MAXIMUM = 15;
/** what the kernel hands back of a policy's name; longer ones are cut when the rule is read */
const TIMEOUT_MAXIMUM = 4;

const TCP = 6;
const UDP = 17;
/** protocols that each helper of the kernel reads along with */
const HELPERS: Readonly<Record<string, readonly number[]>> = {
	ftp: [TCP],
	tftp: [UDP],
	sip: [TCP, UDP],
	irc: [TCP],
	pptp: [TCP],
	amanda: [UDP],
	snmp: [UDP],
	'netbios-ns': [UDP],
	sane: [TCP],
	RAS: [UDP],
	'Q.931': [TCP]
};

function parseEvents(text: string, names: readonly string[]): number {
	let bits = 0;
	for (const name of text.split(',')) {
		const bit = names.indexOf(name);
		if (bit < 0) throw new OptionError(`Unknown event type "${name}"`);
		bits |= 1 << bit;
	}
	return bits;
}

function parseZone(draft: Ct, id: string, text: string): void {
	if (id === 'zone-orig') draft.zoneOriginal = true;
	if (id === 'zone-reply') draft.zoneReply = true;
	draft.zone = 0;
	if (text.toLowerCase() === 'mark') {
		draft.zoneFromMark = true;
		return;
	}
	const zone = parseNumber(text, 0, ZONE_MAXIMUM);
	if (zone === undefined) throw new OptionError(`Cannot parse ${text} as a zone ID`);
	draft.zone = zone;
}

/** @param dashes "--" for a saved rule */
function text(data: Ct, dashes: '' | '--'): string {
	let text = data.notrack ? ` ${dashes}notrack` : '';
	if (data.helper !== '') text += ` ${dashes}helper ${data.helper}`;
	if (data.timeout !== '') text += ` ${dashes}timeout ${data.timeout}`;
	const events = (bits: number, names: readonly string[]): string =>
		names.filter((_, bit) => bits & (1 << bit)).join(',');
	if (data.events) text += ` ${dashes}ctevents ${events(data.events, EVENTS)}`;
	if (data.expectationEvents) text += ` ${dashes}expevents ${events(data.expectationEvents, EXPECTATION_EVENTS)}`;
	if (!data.zoneFromMark && data.zone === 0) return text;
	const direction = data.zoneOriginal === data.zoneReply ? '' : data.zoneOriginal ? '-orig' : '-reply';
	return `${text} ${dashes}zone${direction} ${data.zoneFromMark ? 'mark' : data.zone}`;
}

function check(data: Ct, place: Place): string | null {
	const misplaced = checkPlace(place, { tables: ['raw'] });
	if (misplaced !== null || data.notrack) return misplaced;
	const protocol = place.rule.protocol && !place.rule.protocol.invert ? place.rule.protocol.number : undefined;
	if (data.helper !== '' && (protocol === undefined || !HELPERS[data.helper]?.includes(protocol))) return 'ENOENT';
	if (data.timeout === '') return null;
	return protocol === undefined ? 'EINVAL' : 'ENOENT';
}

const none = (notrack: boolean): Ct => ({
	notrack,
	helper: '',
	timeout: '',
	events: 0,
	expectationEvents: 0,
	zone: 0,
	zoneFromMark: false,
	zoneOriginal: false,
	zoneReply: false
});

function parse(draft: Ct, { id, argument }: { id: string; argument: string }, _context: CommandContext): void {
	if (id === 'notrack') draft.notrack = true;
	else if (id === 'helper') draft.helper = cutBytes(argument, HELPER_MAXIMUM);
	else if (id === 'timeout') draft.timeout = cutBytes(argument, TIMEOUT_MAXIMUM);
	else if (id === 'ctevents') draft.events = parseEvents(argument, EVENTS);
	else if (id === 'expevents') draft.expectationEvents = parseEvents(argument, EXPECTATION_EVENTS);
	else parseZone(draft, id, argument);
}

const kernel: Pick<TargetExtension<Ct>, 'check' | 'conntrack' | 'compile' | 'explain'> = {
	check,
	conntrack: (data) => !data.notrack,
	compile: (data, services) => (skb) => {
		// the first one that says something counts
		if (skb.connection !== null || skb.state !== STATE.none || skb.template !== null) return VERDICT.continue;
		const zone = data.zoneFromMark ? skb.mark & ZONE_MAXIMUM : data.zone;
		if (data.notrack) services.conntrack.setTemplate(skb, { untracked: true });
		else services.conntrack.setTemplate(skb, { zone, ...(data.helper === '' ? {} : { helper: data.helper }) });
		return VERDICT.continue;
	},
	explain(data) {
		if (data.notrack) return 'keeps the packet out of connection tracking';
		if (data.helper !== '') return `lets the ${data.helper} helper read along with the connection`;
		return `tells connection tracking:${text(data, '')}`;
	}
};

export const ct: TargetExtension<Ct> = {
	name: 'CT',
	families: ['ip', 'ip6'],
	summary: 'tells connection tracking what to do with the packet',
	notSimulated: 'Zones that hold for one direction count for both; event masks change nothing.',
	options: [
		{ name: 'notrack', id: 'notrack', type: 'none', help: 'keeps the packet out of connection tracking' },
		{ name: 'helper', id: 'helper', type: 'string', help: 'lets this helper read along: ftp' },
		{ name: 'timeout', id: 'timeout', type: 'string', help: 'a policy of time-outs' },
		{ name: 'ctevents', id: 'ctevents', type: 'string', help: `events to tell of: ${EVENTS.join(',')}` },
		{ name: 'expevents', id: 'expevents', type: 'string', help: 'events of expectations to tell of: new' },
		{ name: 'zone-orig', id: 'zone-orig', type: 'string', help: 'a zone for the direction of the first packet' },
		{ name: 'zone-reply', id: 'zone-reply', type: 'string', help: 'a zone for the direction of the answers' },
		{ name: 'zone', id: 'zone', type: 'string', help: 'a number, or "mark" for the mark of the packet' }
	],
	init: () => none(false),
	parse,
	list: (data) => ` CT${text(data, '')}`,
	save: (data) => text(data, '--'),
	...kernel
};

export const notrack: TargetExtension<Ct> = {
	name: 'NOTRACK',
	listedAs: 'CT',
	families: ['ip', 'ip6'],
	summary: 'keeps the packet out of connection tracking',
	options: [],
	init: () => none(true),
	list: () => ' NOTRACK',
	save: () => '',
	...kernel
};
