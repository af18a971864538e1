/**
 * Why a packet's walk went as it did, rule by rule: which part of a rule did not match, on which field.
 *
 * Does: takes a `WalkEvent` and asks each rule's parts again, of a copy of the packet as it was in that chain. What keeps
 *       state (limit, recent) is not asked again: if all else matched and the rule did not, it was that.
 * Trusts: the event's programs, which hold the rules as they stood. What a rule asks of the connection itself (its mark, its
 *         bytes) is told as it is now, or was when it ended.
 */
import { formatIpv4Address } from '#wire/address';
import { maskLength } from './address';
import type { ChainProgram, LiveRule } from './chain';
import type { AnyMatch, AnyTarget } from './extension';
import { findMatch } from './extensions/matches';
import { findTarget } from './extensions/targets';
import type { AddressMatch, InterfaceMatch, RuleSpec, TableName, Variant } from './rule';
import type { Services } from './services';
import { CT, Skb } from './skb';
import type { Visit, VisitEnd, WalkEvent } from './walk';

/** One part of a rule, asked. */
export interface Part {
	/** as typed: "-s", "-p", "-m tcp" */
	readonly option: string;
	readonly holds: boolean;
	/** "destination port 80 is not 22" */
	readonly text: string;
}

export interface ExplainedRule {
	/** counts from 1, as --line-numbers does */
	readonly number: number;
	readonly rule: LiveRule;
	readonly matched: boolean;
	/** up to the first that failed */
	readonly parts: readonly Part[];
	/** what its target did, empty when it did not match */
	readonly effect: string;
}

export interface ExplainedVisit {
	readonly variant: Variant;
	readonly table: TableName;
	readonly chain: string;
	/** number (from 1) of the rule that led here; 0 for a built-in chain */
	readonly from: number;
	readonly rules: readonly ExplainedRule[];
	/** rules tried in vain that `rules` leaves out, for length */
	readonly leftOut: number;
	readonly end: VisitEnd;
	readonly policy: 'ACCEPT' | 'DROP' | null;
	/** how the packet left the chain, one sentence */
	readonly text: string;
}

/** rules told of one chain: of more, those next to a match */
const TOLD = 200;

export function explainWalk(event: WalkEvent, services: Services): ExplainedVisit[] {
	return event.visits.map((visit) => explainVisit(event, visit, services));
}

function explainVisit(event: WalkEvent, visit: Visit, services: Services): ExplainedVisit {
	const skb = packetOf(event, visit);
	const program = visit.program;
	const last = lastTried(visit, program);
	const hits = new Set(visit.hits);
	const rules: ExplainedRule[] = [];
	let leftOut = 0;
	for (let at = 0; at <= last; at++) {
		const matched = hits.has(at);
		if (!matched && rules.length >= TOLD) leftOut++;
		else rules.push(explainRule(program.rules[at]!, at + 1, matched, skb, services));
	}
	const { variant, table, chain, end, policy } = visit;
	return { variant, table, chain, from: visit.from + 1, rules, leftOut, end, policy, text: endText(visit, last + 1) };
}

/** The packet as it was when it came into the chain. */
function packetOf(event: WalkEvent, visit: Visit): Skb {
	const skb = new Skb();
	skb.hook = event.hook;
	skb.incoming = event.incoming;
	skb.outgoing = event.outgoing;
	skb.uid = event.uid;
	skb.mark = visit.mark;
	const tracked = visit.table !== 'raw';
	skb.state = tracked ? event.state : CT.none;
	skb.connection = tracked ? (event.connection?.connection ?? null) : null;
	skb.direction = event.connection?.direction ?? 0;
	skb.replace(visit.packet);
	return skb;
}

/** Number of the last rule that was tried: where a verdict fell, else the chain's end. */
function lastTried(visit: Visit, program: ChainProgram): number {
	const decided = visit.end !== 'end';
	return decided ? (visit.hits.at(-1) ?? -1) : program.length - 1;
}

function explainRule(rule: LiveRule, number: number, matched: boolean, skb: Skb, services: Services): ExplainedRule {
	const parts: Part[] = [];
	for (const part of partsOf(rule.spec, skb, services, matched)) {
		parts.push(part);
		if (!part.holds) break;
	}
	return { number, rule, matched, parts, effect: matched ? effectOf(rule.spec, skb) : '' };
}

function* partsOf(spec: RuleSpec, skb: Skb, services: Services, matched: boolean): Generator<Part> {
	if (spec.source) yield addressPart('-s', 'source', spec.source, skb.packet.source);
	if (spec.destination) yield addressPart('-d', 'destination', spec.destination, skb.packet.destination);
	if (spec.incoming) yield interfacePart('-i', 'came in by', spec.incoming, skb.incoming);
	if (spec.outgoing) yield interfacePart('-o', 'goes out by', spec.outgoing, skb.outgoing);
	if (spec.protocol) {
		const { number, invert } = spec.protocol;
		const same = skb.protocol === number;
		const text = `protocol ${protocolWord(skb.protocol)} is ${same ? '' : 'not '}${protocolWord(number)}`;
		yield { option: '-p', holds: same !== invert, text };
	}
	if (spec.fragment) {
		const later = skb.fragmentOffset > 0;
		const text = later ? 'a second or further fragment' : 'not a second or further fragment';
		yield { option: '-f', holds: later !== spec.fragment.invert, text };
	}
	yield* matchParts(spec, skb, services, matched);
}

/** Those with state are asked last, and only by inference. */
function* matchParts(spec: RuleSpec, skb: Skb, services: Services, matched: boolean): Generator<Part> {
	const kept: Part[] = [];
	for (const use of spec.matches) {
		const match: AnyMatch | undefined = findMatch(use.name);
		const data = use.data as never;
		const text = (holds: boolean) => match?.explain?.(data, skb, holds) ?? (holds ? 'it held' : 'it did not hold');
		if (match?.neutral) continue;
		const option = `-m ${use.name}`;
		if (match?.stateful) kept.push({ option, holds: matched, text: text(matched) });
		else {
			const holds = matched || (match?.compile?.(data, services, spec)(skb) ?? false);
			yield { option, holds, text: text(holds) };
		}
	}
	yield* kept;
}

function addressPart(option: string, which: string, match: AddressMatch, address: number): Part {
	if (typeof match.address !== 'number' || typeof match.mask !== 'number')
		return { option, holds: false, text: 'an IPv6 address' };
	const inside = ((address ^ match.address) & match.mask) === 0;
	const whole = match.mask === 0xffffffff;
	const wanted = formatIpv4Address(match.address) + (whole ? '' : `/${maskText(match.mask)}`);
	const relation = whole ? (inside ? 'is' : 'is not') : inside ? 'lies in' : 'does not lie in';
	const text = `${which} ${formatIpv4Address(address)} ${relation} ${wanted}`;
	return { option, holds: inside !== match.invert, text };
}

function maskText(mask: number): string {
	return String(maskLength(mask, 'ip') ?? formatIpv4Address(mask));
}

function interfacePart(option: string, how: string, match: InterfaceMatch, name: string | null): Part {
	const wild = match.name.endsWith('+');
	const same = wild ? (name ?? '').startsWith(match.name.slice(0, -1)) : name === match.name;
	const text =
		name === null
			? option === '-i'
				? 'made on this host: it came in by no interface'
				: 'it goes out by no interface'
			: `${how} ${name}${same ? '' : `, not ${match.name}`}`;
	return { option, holds: same !== match.invert, text };
}

const PROTOCOL_WORDS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' };

function protocolWord(number: number): string {
	return PROTOCOL_WORDS[number] ?? String(number);
}

const VERDICT_TEXT = {
	ACCEPT: 'lets it pass this table',
	DROP: 'drops it without a word to the sender',
	RETURN: 'goes back to where it came from',
	QUEUE: 'hands it to a program that is not there'
} as const;

function effectOf(spec: RuleSpec, skb: Skb): string {
	const target = spec.target;
	switch (target.kind) {
		case 'none':
			return 'counts it';
		case 'verdict':
			return VERDICT_TEXT[target.verdict];
		case 'jump':
			return `sends it through ${target.chain}`;
		case 'goto':
			return `sends it to ${target.chain} for good`;
		case 'extension': {
			const extension: AnyTarget | undefined = findTarget(target.name);
			return extension?.explain?.(target.data as never, skb) ?? target.name;
		}
	}
}

function endText({ chain, end, policy, hits }: Visit, tried: number): string {
	if (policy) {
		const none = hits.length === 0 && tried > 0 ? `None of the ${tried} rules matched; ` : '';
		const verb = policy === 'DROP' ? 'drops it' : 'lets it pass';
		return `${none}${none ? 'the' : 'The'} policy of ${chain}, ${policy}, ${verb}.`;
	}
	switch (end) {
		case 'accept':
			return `Accepted by rule ${(hits.at(-1) ?? 0) + 1}.`;
		case 'drop':
			return `Dropped by rule ${(hits.at(-1) ?? 0) + 1}.`;
		case 'stolen':
			return `Taken by rule ${(hits.at(-1) ?? 0) + 1}.`;
		case 'queue':
			return `Queued by rule ${(hits.at(-1) ?? 0) + 1}; nobody reads the queue, so it is dropped.`;
		case 'return':
			return `Rule ${(hits.at(-1) ?? 0) + 1} goes back.`;
		case 'goto':
			return `Rule ${(hits.at(-1) ?? 0) + 1} sends it away for good.`;
		case 'end':
			return tried === 0 ? 'No rules.' : 'End of the chain: back to where it came from.';
	}
}
