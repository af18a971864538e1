/**
 * The answer to "why?": the decision behind an event, and the decisions of the layers before it that let it through.
 * Reads the trace; decides nothing itself.
 */
import type { Recorded } from '#engine/trace';
import type { Decision, Why } from '../door';
import { isDecision, isFrame, isWalk, type DecisionEvent } from '../events';
import type { WalkEvent } from '#netfilter/walk';
import { acceptance, walkDecision } from './walk';
import type { World } from '../world';

/** How far back the layers before a decision are looked for: one SMTP session with its look-ups, microseconds. */
const SESSION_SPAN = 30_000_000;

export function whyOf(recorded: Recorded<DecisionEvent>, earlier: Iterable<Recorded>): Why {
	const before: Decision[] = [];
	for (const other of earlier) {
		if (other.sequence >= recorded.sequence) break;
		if (isDecision(other) && isBefore(other, recorded)) before.push(other.event.decision);
	}
	return {
		kind: recorded.event.kind,
		sequence: recorded.sequence,
		time: recorded.time,
		host: recorded.event.host,
		decision: recorded.event.decision,
		before: before.slice(-8)
	};
}

/** Another layer's decision on the same host, in the same session, that let it pass; a look-up may have found nothing. */
function isBefore(other: Recorded<DecisionEvent>, recorded: Recorded<DecisionEvent>): boolean {
	return (
		other.event.host === recorded.event.host &&
		other.event.kind !== recorded.event.kind &&
		(other.event.decision.verdict === 'accepted' || other.event.kind === 'resolver.lookup') &&
		recorded.time - other.time < SESSION_SPAN
	);
}

/** The decision that an event of the trace is about: itself, or the nearest one that it shows. */
export function whyEvent(world: World, sequence: number): Why | null {
	const recorded = world.engine.trace.at(sequence);
	if (!recorded) return null;
	if (isWalk(recorded)) return whyWalk(recorded);
	const near = isDecision(recorded) ? recorded : nearest(world, recorded);
	return near ? whyOf(near, world.engine.trace.since(near.sequence - 2000)) : null;
}

/** What netfilter did to a packet that it dropped or refused. */
export function whyWalk(recorded: Recorded<WalkEvent>): Why | null {
	const { sequence, time, event } = recorded;
	const decision = walkDecision(event);
	return decision && { kind: event.kind, sequence, time, host: event.host, decision, before: [] };
}

/** What let a connection in that had rules to pass. */
export function whyAccepted(recorded: Recorded<WalkEvent>): Why | null {
	const { sequence, time, event } = recorded;
	const decision = acceptance(event);
	return decision && { kind: event.kind, sequence, time, host: event.host, decision, before: [] };
}

/** An address that a table led elsewhere: asked for by the mail's own way, no answer to a client. */
function isOfTables({ event }: Recorded<DecisionEvent>): boolean {
	return event.kind === 'postfix.rewrite' || event.kind === 'postfix.resolve';
}

/** For an SMTP line or a packet: the decision taken closest to it in time, on its host or the host that it went to. */
function nearest(world: World, recorded: Recorded): Recorded<DecisionEvent> | undefined {
	const hosts = new Set([recorded.event.host]);
	if (isFrame(recorded)) hosts.add(recorded.event.to);
	let best: Recorded<DecisionEvent> | undefined;
	for (const other of world.engine.trace.since(recorded.sequence - 400)) {
		if (other.sequence > recorded.sequence + 400) break;
		if (!isDecision(other) || !hosts.has(other.event.host) || isOfTables(other)) continue;
		if (!best || Math.abs(other.sequence - recorded.sequence) < Math.abs(best.sequence - recorded.sequence))
			best = other;
	}
	return best;
}

/** The decision behind a line of a log: the one whose reply the line quotes. */
export function whyLine(world: World, host: string, line: string): Why | null {
	let found: Recorded<DecisionEvent> | undefined;
	for (const recorded of world.engine.trace.since())
		if (isDecision(recorded) && recorded.event.host === host && isQuoted(recorded.event.decision, line))
			found = recorded;
	return found ? whyOf(found, world.engine.trace.since(found.sequence - 2000)) : null;
}

function isQuoted(decision: Decision, line: string): boolean {
	return (
		decision.reply !== undefined && decision.reply !== '' && line.includes(decision.reply.replace(/^(\d{3})-/, '$1 '))
	);
}
