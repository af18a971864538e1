/**
 * Packets that met a firewall: which they were, one packet's walk hook by hook, and a dropped one as a decision.
 *
 * Reads: the trace's `netfilter.walk` events. Decides nothing: why a rule did not match is asked of `netfilter/explain.ts`.
 */
import type { LiveRule } from '#netfilter/chain';
import { explainWalk, type ExplainedVisit, type Part } from '#netfilter/explain';
import { CT } from '#netfilter/skb';
import type { Visit, WalkEvent } from '#netfilter/walk';
import type { Clause } from '#programs/firewall/print-rule';
import { formatIpv4Address } from '#wire/address';
import { label } from '#wire/label';
import { packetLength } from '#wire/length';
import { summary } from '#wire/summary';
import type { Frame, Ipv4Packet } from '#wire/packet';
import type { ChainWalk, Decision, HookWalk, Reason, RuleClause, RuleName, WalkRow, WalkView } from '../door';
import { isFrame, isWalk, type RecordedWalk } from '../events';
import type { World } from '../world';
import { clausesOf, ruleView } from './firewall';

const WALKS_SHOWN = 200;
/** hooks of one packet on one host lie close together in the trace, unless a queue of ARP held it */
const NEAR = 2_000;

export function walkRows(world: World, host: string, rule: RuleName | undefined, limit = WALKS_SHOWN): WalkRow[] {
	const journeys = new Map<number, RecordedWalk[]>();
	for (const recorded of world.engine.trace.since()) {
		if (!isWalk(recorded) || recorded.event.host !== host) continue;
		const list = journeys.get(recorded.event.journey);
		if (list) list.push(recorded);
		else journeys.set(recorded.event.journey, [recorded]);
	}
	const chosen = [...journeys.values()].filter((walks) => !rule || walks.some(({ event }) => meets(event, rule)));
	return chosen.slice(-limit).map(rowOf);
}

function meets({ visits }: WalkEvent, { variant, table, chain, rule }: RuleName): boolean {
	return visits.some(
		(visit) =>
			visit.variant === variant &&
			visit.table === table &&
			visit.chain === chain &&
			(rule === 0 ? visit.policy !== null : visit.hits.includes(rule - 1))
	);
}

function rowOf(walks: readonly RecordedWalk[]): WalkRow {
	const first = walks[0]!;
	const last = walks.at(-1)!;
	const { host, packet } = first.event;
	return {
		sequence: first.sequence,
		time: first.time,
		host,
		summary: summaryOf(packet),
		hooks: walks.map(({ event }) => event.hook),
		verdict: verdictOf(last.event),
		decided: decidedBy(last.event)
	};
}

function verdictOf(event: WalkEvent): WalkRow['verdict'] {
	if (event.verdict !== 'dropped') return event.verdict;
	const rule = decidingRule(event);
	return rule?.spec.target.kind === 'extension' && rule.spec.target.name === 'REJECT' ? 'refused' : 'dropped';
}

/** The visit in which a packet ended. */
function lastVisit(event: WalkEvent): Visit | undefined {
	return event.verdict === 'accepted'
		? undefined
		: event.visits.findLast(
				({ end, policy }) => end === 'drop' || end === 'stolen' || end === 'queue' || policy === 'DROP'
			);
}

function decidingRule(event: WalkEvent): LiveRule | undefined {
	const visit = lastVisit(event);
	return visit && visit.policy === null ? visit.program.rules[visit.hits.at(-1) ?? -1] : undefined;
}

function decidedBy(event: WalkEvent): RuleName | null {
	const visit = lastVisit(event);
	if (!visit) return null;
	const { variant, table, chain, policy } = visit;
	return { variant, table, chain, rule: policy === null ? (visit.hits.at(-1) ?? -1) + 1 : 0 };
}

/** The way of one packet, found by any of its events or by a frame that brought or carried it away. */
export function walkView(world: World, sequence: number): WalkView | null {
	const recorded = world.engine.trace.at(sequence);
	if (!recorded) return null;
	const start = isWalk(recorded)
		? recorded
		: isFrame(recorded)
			? walkOfFrame(world, recorded.event.frame, sequence)
			: null;
	if (!start) return null;
	const { host, journey } = start.event;
	const walks: RecordedWalk[] = [];
	for (const other of world.engine.trace.since(start.sequence - NEAR)) {
		if (other.sequence > start.sequence + NEAR) break;
		if (isWalk(other) && other.event.host === host && other.event.journey === journey) walks.push(other);
	}
	const row = rowOf(walks);
	const rule = decidingRule(walks.at(-1)!.event);
	return {
		...row,
		text: headline(row),
		walks: walks.map((walk) => hookWalk(world, walk)),
		rule: rule && row.decided ? ruleView(rule.info(), row.decided.rule, row.decided.variant) : null
	};
}

/** The receiver's first, since that is where a packet on the wire is going; else the sender's. */
function walkOfFrame(world: World, { payload }: Frame, sequence: number): RecordedWalk | null {
	let sent: RecordedWalk | null = null;
	for (const other of world.engine.trace.since(sequence - NEAR)) {
		if (other.sequence > sequence + NEAR) break;
		if (!isWalk(other)) continue;
		if (other.sequence > sequence && other.event.packet === payload) return other;
		if (other.sequence < sequence && other.event.result === payload) sent = other;
	}
	return sent;
}

function headline({ verdict, decided }: WalkRow): string {
	const words = { accepted: 'Let through', dropped: 'Dropped', refused: 'Refused', kept: 'Kept back' } as const;
	if (!decided) return verdict === 'dropped' ? 'Dropped, not by a rule' : words[verdict];
	const { chain, table, rule } = decided;
	return rule === 0
		? `${words[verdict]} by the policy of ${chain} (table ${table})`
		: `${words[verdict]} by rule ${rule} of ${chain} (table ${table})`;
}

const STATES: readonly (readonly [bit: number, word: string])[] = [
	[CT.new, 'NEW'],
	[CT.established, 'ESTABLISHED'],
	[CT.related, 'RELATED'],
	[CT.invalid, 'INVALID'],
	[CT.untracked, 'UNTRACKED']
];

function hookWalk(world: World, { sequence, time, event }: RecordedWalk): HookWalk {
	const { firewall } = world.host(event.host);
	const explained = explainWalk(event, firewall.services);
	const { connection, packet, result } = event;
	return {
		sequence,
		time,
		hook: event.hook,
		incoming: event.incoming,
		outgoing: event.outgoing,
		verdict: verdictOf(event),
		state: STATES.find(([bit]) => event.state & bit)?.[1] ?? '',
		connection: connection && {
			id: connection.id,
			before: connection.before,
			after: connection.after,
			reply: connection.direction === 1,
			mark: connection.mark
		},
		fields: fieldsOf(packet, result ?? packet),
		chains: explained.map(chainWalk),
		dropper: event.verdict === 'dropped' && !lastVisit(event) ? event.dropper : null
	};
}

function chainWalk({ rules, ...visit }: ExplainedVisit): ChainWalk {
	return {
		variant: visit.variant,
		table: visit.table,
		chain: visit.chain,
		from: visit.from,
		leftOut: visit.leftOut,
		text: visit.text,
		policy: visit.policy,
		rules: rules.map(({ number, rule, matched, parts, effect }) => ({
			number,
			matched,
			clauses: askedClauses(clausesOf(rule.spec, visit.variant), parts),
			because: matched ? (parts.at(-1)?.text ?? 'it matches every packet') : (parts.at(-1)?.text ?? ''),
			effect,
			origin: rule.origin
		}))
	};
}

/** What each clause of a rule came to: those behind the one that failed were not asked. */
function askedClauses(clauses: readonly Clause[], parts: readonly Part[]): RuleClause[] {
	const asked = [...parts];
	return clauses.map(({ option, text }) => {
		if (option === '-j' || option === '-g') return { text, state: 'target' };
		const at = asked.findIndex((part) => part.option === option);
		if (at < 0) return { text, state: option === '-m comment' ? 'held' : 'not-asked' };
		const [part] = asked.splice(at, 1);
		return { text, state: part!.holds ? 'held' : 'failed' };
	});
}

/** The header's fields, in the order of a reader's interest. */
function fieldsOf(packet: Ipv4Packet, after: Ipv4Packet): HookWalk['fields'] {
	return FIELDS.flatMap(([name, read]) => {
		const value = read(packet);
		if (value === '') return [];
		const changed = read(after);
		return [{ name, value, after: changed === value ? null : changed }];
	});
}

const portOf = ({ payload }: Ipv4Packet, which: 'sourcePort' | 'destinationPort'): string =>
	payload.kind === 'tcp' || payload.kind === 'udp' ? `:${payload[which]}` : '';

const FIELDS: readonly (readonly [name: string, read: (packet: Ipv4Packet) => string])[] = [
	['Source', (packet) => formatIpv4Address(packet.source) + portOf(packet, 'sourcePort')],
	['Destination', (packet) => formatIpv4Address(packet.destination) + portOf(packet, 'destinationPort')],
	['Protocol', (packet) => label({ destination: 0, source: 0, type: 0x0800, payload: packet })],
	['TTL', ({ ttl }) => String(ttl)],
	['TOS', ({ tos }) => (tos === 0 ? '' : `0x${tos.toString(16).padStart(2, '0')}`)],
	['Length', (packet) => `${packetLength(packet)} bytes`]
];

function summaryOf(packet: Ipv4Packet): string {
	return summary({ destination: 0, source: 0, type: 0x0800, payload: packet });
}

/** A dropped or refused packet as a decision, like every other refusal. Null for one that went on. */
export function walkDecision(event: WalkEvent): Decision | null {
	if (event.verdict !== 'dropped') return null;
	const { packet, host } = event;
	const subject = `${formatIpv4Address(packet.source)} > ${formatIpv4Address(packet.destination)}`;
	const last = lastVisit(event);
	const reasons = event.visits.map((visit): Reason => reasonOf(visit, host, visit === last));
	if (!last) reasons.push({ check: event.dropper ?? 'netfilter', outcome: 'decided', text: 'dropped, not by a rule' });
	return { verdict: verdictOf(event) === 'refused' ? 'refused' : 'dropped', subject, reasons };
}

/**
 * A packet that began a connection and was let in or through, where rules were asked: what says yes when it should have
 * said no. Null for answers and for a host's own packets.
 */
export function acceptance(event: WalkEvent): Decision | null {
	const { packet, host, hook, visits } = event;
	const begins = (event.state & (CT.established | CT.related)) === 0;
	const last = visits.findLast(({ table }) => table === 'filter');
	if (event.verdict !== 'accepted' || (hook !== 'INPUT' && hook !== 'FORWARD') || !begins || !last) return null;
	const subject = `${formatIpv4Address(packet.source)} > ${formatIpv4Address(packet.destination)}`;
	return { verdict: 'accepted', subject, reasons: visits.map((visit) => reasonOf(visit, host, visit === last)) };
}

function reasonOf(visit: Visit, host: string, decided: boolean): Reason {
	const { table, chain, hits, policy } = visit;
	const rule = policy === null ? (hits.at(-1) ?? -1) + 1 : 0;
	const by = rule === 0 ? `policy ${policy ?? ''}` : `rule ${rule}`;
	const text = decided
		? `${by} of chain ${chain}`
		: hits.length === 0
			? 'no rule matched'
			: `rule ${hits.map((at) => at + 1).join(', ')} matched`;
	return {
		check: `${table} ${chain}`,
		outcome: decided ? 'decided' : hits.length === 0 ? 'no-match' : 'passed',
		text,
		source: { kind: 'rule', host, variant: visit.variant, table, chain, rule }
	};
}
