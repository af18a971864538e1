/**
 * TCP connections under tracking: states, windows, time-outs (nf_conntrack_proto_tcp in Linux 6.x).
 *
 * Does: for each segment looks up the next state (tcp-table), checks it against the windows (tcp-window), and says how
 *       long the connection is remembered.
 * Reads: nf_conntrack_tcp_loose (pick up what is under way), tcp_be_liberal, tcp_ignore_invalid_rst, tcp_max_retrans,
 *        tcp_timeout_*.
 */
import type { TcpSegment } from '#wire/packet';
import { TCP } from '#wire/packet';
import { STATUS } from './connection';
import { EVENT, type Flow } from './flow';
import { TRACKED, type Tracker } from './tracker';
import { KIND, kindOf, nextState, S, STATE_NAMES, TIMEOUTS } from './tcp-table';
import { checkWindow, endOf, FLAG, newTrack, readOptions, type TcpTrack } from './tcp-window';

export type { TcpTrack } from './tcp-window';

const SECOND = 1_000_000;
/** whole names, so that no text is put together for a packet */
const SETTING = {
	loose: 'net.netfilter.nf_conntrack_tcp_loose',
	liberal: 'net.netfilter.nf_conntrack_tcp_be_liberal',
	ignoreInvalidReset: 'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst',
	retransmissions: 'net.netfilter.nf_conntrack_tcp_max_retrans',
	timeoutRetransmissions: 'net.netfilter.nf_conntrack_tcp_timeout_max_retrans',
	timeoutUnacknowledged: 'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged',
	timeoutClose: 'net.netfilter.nf_conntrack_tcp_timeout_close'
} as const;

const KIND_WORDS: readonly string[] = ['SYN', 'SYN/ACK', 'FIN', 'ACK', 'RST', 'segment without flags'];

const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** The first segment of a connection. @returns false when no connection begins like that */
export function tcpNew(flow: Flow, segment: TcpSegment, table: Tracker): boolean {
	const state = nextState(0, kindOf(segment.flags), S.none);
	if (state >= S.invalid) {
		table.explain(`no connection begins with a ${KIND_WORDS[kindOf(segment.flags)]}`);
		return false;
	}
	const track = newTrack();
	const first = track.ends[0];
	first.end = endOf(segment);
	first.maxWindow = Math.max(1, segment.window);
	if (state === S.synSent) {
		first.maxEnd = first.end;
		readOptions(segment, first);
	} else if (table.setting(SETTING.loose) === 0) {
		table.explain('its beginning was not seen, and nf_conntrack_tcp_loose is 0');
		return false;
	} else {
		first.maxEnd = (first.end + first.maxWindow) >>> 0;
		first.flags = track.ends[1].flags = FLAG.sackPermitted | FLAG.liberal;
	}
	flow.tcp = track;
	flow.state = STATE_NAMES[S.none];
	return true;
}

export function tcpPacket(flow: Flow, segment: TcpSegment, direction: 0 | 1, length: number, table: Tracker): number {
	const track = flow.tcp!;
	const kind = kindOf(segment.flags);
	let oldState = track.state;
	let newState = nextState(direction, kind, oldState);
	let inWindow = false;
	switch (newState) {
		case S.synSent:
		case S.ignored:
			if (newState === S.synSent && oldState < S.timeWait) break;
			if (newState === S.synSent && mayReopen(track, direction)) {
				table.kill(flow);
				return TRACKED.repeat;
			}
			if (!answersIgnoredSyn(track, segment, kind, direction)) {
				ignore(track, segment, kind, direction);
				return TRACKED.accept;
			}
			oldState = S.synSent;
			newState = S.synReceived;
			inSync(track);
			break;
		case S.invalid:
			if (isProxyKeepAlive(flow, track, segment, kind, direction, oldState)) return TRACKED.accept;
			table.explain(`a ${KIND_WORDS[kind]} does not belong in state ${STATE_NAMES[oldState]}`);
			return TRACKED.invalid;
		case S.timeWait:
			if (!isChallenge(track, kind, direction, oldState)) break;
			track.lastFlags &= ~FLAG.expectChallenge;
			return TRACKED.accept;
		case S.synSent2:
			track.lastFlags |= FLAG.simultaneousOpen;
			break;
		case S.synReceived:
			if (direction === 1 && kind === KIND.ack && track.lastFlags & FLAG.simultaneousOpen) newState = S.established;
			break;
		case S.close:
			if (kind === KIND.rst) {
				const judged = judgeReset(flow, track, segment, direction, table);
				if (judged === 'invalid') return TRACKED.invalid;
				inWindow = judged === 'in-window' || judged === 'keep-in-window';
				if (judged === 'keep' || judged === 'keep-in-window') newState = oldState;
			}
	}
	if (!inWindow) {
		const liberal = table.setting(SETTING.liberal) !== 0;
		const other = flow.sequence && flow.sequence[direction === 0 ? 1 : 0];
		const { verdict, why } = checkWindow(track, segment, direction, kind, liberal, other);
		if (verdict === 'ignore') return TRACKED.accept;
		if (verdict === 'invalid') {
			table.explain(why);
			shortenAfterInvalid(flow, track, kind, direction, table);
			return TRACKED.invalid;
		}
	}
	return advance(flow, track, { segment, kind, direction, length, oldState, newState }, table);
}

interface Step {
	readonly segment: TcpSegment;
	readonly kind: number;
	readonly direction: 0 | 1;
	readonly length: number;
	readonly oldState: number;
	readonly newState: number;
}

/** The segment is good: the state moves, the time-out follows. */
function advance(flow: Flow, track: TcpTrack, step: Step, table: Tracker): number {
	const { segment, kind, direction, length, oldState, newState } = step;
	track.lastKind = kind;
	track.lastDirection = direction;
	track.state = newState;
	flow.state = STATE_NAMES[newState]!;
	if (oldState !== newState && newState === S.finWait) track.ends[direction].flags |= FLAG.closeInitiated;
	if (oldState !== newState) flow.pending |= EVENT.protocol;
	let seconds = timeout(track, kind, newState, table);
	if (!(flow.status & STATUS.seenReply)) {
		if (segment.flags & TCP.rst) {
			table.refresh(flow, direction, length, -1);
			table.kill(flow);
			return TRACKED.accept;
		}
		// a repeated SYN does not keep the entry alive
		if (kind === KIND.syn && oldState === S.synSent) return TRACKED.accept;
		if (newState === S.established) seconds = Math.min(seconds, table.setting(SETTING.timeoutUnacknowledged));
	} else if (
		!(flow.status & STATUS.assured) &&
		(oldState === S.synReceived || oldState === S.established) &&
		newState === S.established
	) {
		flow.status |= STATUS.assured;
		flow.pending |= EVENT.assured;
	}
	table.refresh(flow, direction, length, seconds);
	return TRACKED.accept;
}

/** Seconds. */
function timeout(track: TcpTrack, kind: number, state: number, table: Tracker): number {
	const normal = table.setting(TIMEOUTS[state]!);
	const repeating = table.setting(SETTING.timeoutRetransmissions);
	if (track.repeated >= table.setting(SETTING.retransmissions) && normal > repeating) return repeating;
	if (kind === KIND.rst) return table.setting(SETTING.timeoutClose);
	const [first, second] = track.ends;
	if ((first.flags | second.flags) & FLAG.unacknowledged)
		return Math.min(normal, table.setting(SETTING.timeoutUnacknowledged));
	if (track.lastWindow === 0) return Math.min(normal, repeating);
	return normal;
}

/** SYNPROXY's SYN to the server or its answer was lost, and the client asks whether anybody is there. */
function isProxyKeepAlive(
	flow: Flow,
	track: TcpTrack,
	segment: TcpSegment,
	kind: number,
	direction: 0 | 1,
	oldState: number
): boolean {
	return (
		flow.proxied !== null &&
		oldState === S.synSent &&
		kind === KIND.ack &&
		direction === 0 &&
		track.lastDirection === 0 &&
		(track.ends[0].end - 1) >>> 0 === segment.sequence
	);
}

/** A SYN for a connection that is over: it was closed, or reset from that side. */
function mayReopen(track: TcpTrack, direction: 0 | 1): boolean {
	const [first, second] = track.ends;
	if ((first.flags | second.flags) & FLAG.closeInitiated) return true;
	return track.lastDirection === direction && track.lastKind === KIND.rst;
}

/** This SYN/ACK answers a SYN that was let pass although it did not fit: the ends are in step, and we were not. */
function answersIgnoredSyn(track: TcpTrack, segment: TcpSegment, kind: number, direction: 0 | 1): boolean {
	return (
		kind === KIND.synAck &&
		track.lastKind === KIND.syn &&
		track.lastDirection !== direction &&
		segment.acknowledgement === track.lastEnd
	);
}

/** Takes over what was noted of that SYN. */
function inSync(track: TcpTrack): void {
	const other = track.ends[track.lastDirection];
	other.end = other.maxEnd = track.lastEnd;
	other.maxWindow = Math.max(1, track.lastWindow);
	other.scale = track.lastScale;
	track.lastFlags &= ~FLAG.expectChallenge;
	other.flags = track.lastFlags;
	const own = track.ends[track.lastDirection === 0 ? 1 : 0];
	own.end = own.maxEnd = own.maxWindow = own.acknowledged = own.scale = 0;
	own.flags &= FLAG.liberal;
}

/** It passes and changes nothing, but may explain what comes next. */
function ignore(track: TcpTrack, segment: TcpSegment, kind: number, direction: 0 | 1): void {
	track.lastKind = kind;
	track.lastDirection = direction;
	track.lastSequence = segment.sequence;
	track.lastEnd = endOf(segment);
	track.lastWindow = segment.window;
	if (kind === KIND.syn && direction === 0) {
		const seen = { scale: 0, flags: 0 };
		readOptions(segment, seen);
		track.lastScale = seen.scale;
		track.lastFlags = seen.flags;
		if (track.state === S.lastAck) track.lastFlags |= FLAG.expectChallenge;
	}
	if (track.state === S.synSent && kind === KIND.ack && direction === 1)
		track.lastAcknowledgement = segment.acknowledgement;
}

/** An ACK that answers a stray SYN (RFC 5961) does not acknowledge the last FIN. */
function isChallenge(track: TcpTrack, kind: number, direction: 0 | 1, oldState: number): boolean {
	return (
		oldState === S.lastAck &&
		kind === KIND.ack &&
		track.lastDirection !== direction &&
		track.lastKind === KIND.syn &&
		(track.lastFlags & FLAG.expectChallenge) !== 0
	);
}

/** in-window: believed without a look at the windows; keep: passes, but the connection may live on */
function judgeReset(
	flow: Flow,
	track: TcpTrack,
	segment: TcpSegment,
	direction: 0 | 1,
	table: Tracker
): 'check' | 'in-window' | 'invalid' | 'keep' | 'keep-in-window' {
	if (track.state >= S.finWait && track.state <= S.close) return 'in-window';
	const established = track.state === S.established && (flow.status & STATUS.assured) !== 0;
	const other = track.ends[direction === 0 ? 1 : 0];
	const { sequence, acknowledgement } = segment;
	let keep = false;
	if (other.flags & FLAG.acknowledgedSet && track.lastKind !== KIND.syn) {
		if (sequence === 0 && !established) return 'check';
		if (before(sequence, other.acknowledged) && table.setting(SETTING.ignoreInvalidReset) === 0) {
			table.explain(`its sequence number ${sequence} was acknowledged already`);
			return 'invalid';
		}
		if (!established || sequence === other.acknowledged) return 'check';
		if (track.lastKind === KIND.ack && track.lastDirection === direction && sequence === track.lastEnd) return 'check';
		keep = true;
	}
	const answersSyn = (flow.status & STATUS.seenReply) !== 0 && track.lastKind === KIND.syn;
	const answersAck = !(flow.status & STATUS.assured) && track.lastKind === KIND.ack;
	const answersChallenge =
		track.state === S.synSent &&
		track.lastKind === KIND.ack &&
		track.lastDirection === 1 &&
		sequence === track.lastAcknowledgement;
	if (((answersSyn || answersAck) && acknowledgement === track.lastEnd) || answersChallenge)
		return keep ? 'keep-in-window' : 'in-window';
	return keep ? 'keep' : 'check';
}

/** FIN or RST outside the window in both directions: the ends are through, whatever we think. */
function shortenAfterInvalid(flow: Flow, track: TcpTrack, kind: number, direction: 0 | 1, table: Tracker): void {
	if (!(flow.status & STATUS.assured) || flow.status & STATUS.fixedTimeout) return;
	if (kind !== KIND.rst && kind !== KIND.fin) return;
	if (track.lastDirection !== direction && (track.lastKind === KIND.fin || track.lastKind === KIND.rst)) {
		const left = flow.expires - table.now();
		const seconds = table.setting(SETTING.timeoutUnacknowledged);
		if (left >= 120 * SECOND && left > seconds * SECOND) flow.expires = table.now() + seconds * SECOND;
	} else {
		track.lastKind = kind;
		track.lastDirection = direction;
	}
}

/** By hand. @returns false for a state that TCP does not have */
export function setTcpState(flow: Flow, name: string): boolean {
	const state = (STATE_NAMES as readonly string[]).indexOf(name);
	if (state < 0) return false;
	flow.tcp ??= newTrack();
	flow.tcp.state = state;
	flow.state = name;
	return true;
}
