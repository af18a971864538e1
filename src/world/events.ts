/**
 * The union of the events that rooms emit, by their `kind`. Each type is declared beside the code that emits it; panels
 * and checks read this list.
 */
import type { Recorded, TraceEvent } from '#engine/trace';
import type { Decision } from '#engine/decision';
import type { WalkEvent } from '#netfilter/walk';
import type { Input } from './door';
import type { FrameEvent } from './link';

export type { FrameEvent } from './link';

export interface InputEvent extends TraceEvent {
	readonly kind: 'world.input';
	readonly input: Input;
}

/** An event that carries a decision, whatever room took it. */
export interface DecisionEvent extends TraceEvent {
	readonly decision: Decision;
}

export function isFrame(recorded: Recorded): recorded is Recorded<FrameEvent> {
	return recorded.event.kind === 'link.frame';
}

export function isDecision(recorded: Recorded): recorded is Recorded<DecisionEvent> {
	return 'decision' in recorded.event;
}

export type RecordedWalk = Recorded<WalkEvent>;

export function isWalk(recorded: Recorded): recorded is RecordedWalk {
	return recorded.event.kind === 'netfilter.walk';
}
