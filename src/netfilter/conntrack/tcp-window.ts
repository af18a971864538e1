/**
 * Does a segment belong to the data that both ends are exchanging? (Guido van Rooij, "Real Stateful TCP Packet Filtering
 * in IP Filter", 2000; with the later rules of Linux 6.x.)
 *
 * Does: for each end keeps the end of what it sent, how far it may send, and its largest window; a segment must touch
 *       both the sender's limits and what the receiver can have acknowledged. Someone who sends outside of them is
 *       'invalid', or 'ignored' (passes, changes nothing) when it may just be late.
 * Trusts: nothing in the segment. Sequence numbers are compared modulo 2³².
 */
import type { TcpSegment } from '#wire/packet';
import { TCP } from '#wire/packet';
import { after, offsetAt, type SequenceAdjustment } from './sequence-adjust';
import { KIND, S } from './tcp-table';

/** Bits of `End.flags` and `TcpTrack.lastFlags`. */
export const FLAG = {
	windowScale: 1,
	sackPermitted: 2,
	/** it sent the first FIN */
	closeInitiated: 4,
	liberal: 8,
	unacknowledged: 16,
	acknowledgedSet: 32,
	expectChallenge: 64,
	simultaneousOpen: 128
} as const;

/** One end of the connection as a sender. */
export interface End {
	/** behind the last byte that it sent */
	end: number;
	/** behind the last byte that it may send */
	maxEnd: number;
	/** bytes; 0: nothing was seen of it */
	maxWindow: number;
	/** highest that it acknowledged */
	acknowledged: number;
	scale: number;
	flags: number;
}

export interface TcpTrack {
	/** of `S` */
	state: number;
	readonly ends: readonly [End, End];
	/** the last segment that counted */
	lastDirection: 0 | 1;
	lastKind: number;
	lastSequence: number;
	lastAcknowledgement: number;
	lastEnd: number;
	lastWindow: number;
	lastScale: number;
	lastFlags: number;
	/** how often the same segment came again */
	repeated: number;
}

const newEnd = (): End => ({ end: 0, maxEnd: 0, maxWindow: 0, acknowledged: 0, scale: 0, flags: 0 });

export function newTrack(): TcpTrack {
	return {
		state: S.none,
		ends: [newEnd(), newEnd()],
		lastDirection: 0,
		lastKind: KIND.none,
		lastSequence: 0,
		lastAcknowledgement: 0,
		lastEnd: 0,
		lastWindow: 0,
		lastScale: 0,
		lastFlags: 0,
		repeated: 0
	};
}

const SCALE_MAX = 14;
/** an acknowledgement may lag that far behind, bytes */
const LATE_ACKNOWLEDGEMENT = 66000;

const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** The sequence number behind a segment: SYN and FIN count as a byte each. */
export function endOf(segment: TcpSegment): number {
	const flags = segment.flags;
	return (segment.sequence + segment.payload.length + (flags & TCP.syn ? 1 : 0) + (flags & TCP.fin ? 1 : 0)) >>> 0;
}

/** What a SYN says of its sender: window scaling and selective acknowledgement. */
export function readOptions(segment: TcpSegment, into: { scale: number; flags: number }): void {
	if (segment.options.length === 0) return;
	into.scale = 0;
	into.flags &= FLAG.liberal;
	for (const option of segment.options) {
		if (option.kind === 'sack-permitted') into.flags |= FLAG.sackPermitted;
		else if (option.kind === 'window-scale') {
			into.scale = Math.min(SCALE_MAX, option.shift);
			into.flags |= FLAG.windowScale;
		}
	}
}

/** the highest right edge of SACK blocks, or the acknowledgement itself */
function selective(segment: TcpSegment): number {
	let highest = segment.acknowledgement;
	for (const option of segment.options)
		if (option.kind === 'sack') for (const [, right] of option.blocks) if (after(right, highest)) highest = right;
	return highest;
}

export interface WindowVerdict {
	readonly verdict: 'accept' | 'ignore' | 'invalid';
	/** in words, as the kernel logs it */
	readonly why: string;
}

const ACCEPT: WindowVerdict = { verdict: 'accept', why: '' };

/** The first that is seen of an end, or a new SYN of it. */
function begin(sender: End, receiver: End, segment: TcpSegment, direction: 0 | 1, end: number, sack: number): void {
	const window = segment.window;
	if (segment.flags & TCP.syn) {
		sender.end = sender.maxEnd = end;
		sender.maxWindow = Math.max(1, window);
		readOptions(segment, sender);
		if (direction === 1 && !(sender.flags & receiver.flags & FLAG.windowScale)) sender.scale = receiver.scale = 0;
		return;
	}
	sender.end = end;
	sender.maxWindow = Math.max(1, window * 2 ** sender.scale);
	sender.maxEnd = (end + sender.maxWindow) >>> 0;
	if (receiver.maxWindow === 0) receiver.end = receiver.maxEnd = sack;
	else if (sack === (receiver.end + 1) >>> 0) receiver.end = sack;
}

/**
 * Judges a segment and, when it is good, learns from it.
 * @param adjustment of the other direction, where a helper changed lengths
 */
export function checkWindow(
	track: TcpTrack,
	segment: TcpSegment,
	direction: 0 | 1,
	kind: number,
	liberalSetting: boolean,
	adjustment: SequenceAdjustment | null
): WindowVerdict {
	const sender = track.ends[direction];
	const receiver = track.ends[direction === 0 ? 1 : 0];
	const flags = segment.flags;
	const end = endOf(segment);
	let sequence = segment.sequence;
	let segmentEnd = end;
	let acknowledgement = segment.acknowledgement;
	let sack = receiver.flags & FLAG.sackPermitted ? selective(segment) : acknowledgement;
	if (adjustment) {
		const offset = offsetAt(adjustment, acknowledgement - 1);
		acknowledgement = (acknowledgement - offset) >>> 0;
		sack = (sack - offset) >>> 0;
	}
	const opening = track.state === S.synSent || track.state === S.synReceived;
	if (sender.maxWindow === 0) {
		begin(sender, receiver, segment, direction, end, sack);
		if (flags & TCP.syn && !(flags & TCP.ack)) return ACCEPT;
	} else if (flags & TCP.syn && after(end, sender.end) && opening) {
		begin(sender, receiver, segment, direction, end, sack);
		if (direction === 1 && !(flags & TCP.ack)) return ACCEPT;
	}
	const emptyReset = (flags & (TCP.ack | TCP.rst)) === (TCP.ack | TCP.rst) && acknowledgement === 0;
	if (!(flags & TCP.ack) || emptyReset) acknowledgement = sack = receiver.end;
	if (flags & TCP.rst && sequence === 0 && track.state === S.synSent) sequence = segmentEnd = sender.end;

	const wrong = outside(sender, receiver, sequence, segmentEnd, sack);
	if (wrong) {
		if (liberalSetting || sender.flags & FLAG.liberal) return ACCEPT;
		return wrong;
	}
	learn(track, segment, direction, kind, { sequence, end: segmentEnd, acknowledgement, sack });
	return ACCEPT;
}

function outside(sender: End, receiver: End, sequence: number, end: number, sack: number): WindowVerdict | null {
	const lowest = sender.end - receiver.maxWindow - 1;
	const inWindow = receiver.maxWindow === 0 || after(end, lowest);
	const reach = Math.max(sender.maxWindow, LATE_ACKNOWLEDGEMENT);
	const acknowledgesRecent = after(sack, receiver.end - reach - 1);
	if (!before(sequence, sender.maxEnd + 1)) {
		const overshot = (end - sender.maxEnd + 1) >>> 0;
		if (inWindow && acknowledgesRecent && overshot <= receiver.maxWindow && before(sack, receiver.end + 1)) {
			sender.end = end;
			sender.flags |= FLAG.unacknowledged;
			return { verdict: 'ignore', why: `${overshot} bytes more than expected` };
		}
		const limit = (sender.maxEnd + 1) >>> 0;
		return { verdict: 'invalid', why: `SEQ is over upper bound ${limit} (over the window of the receiver)` };
	}
	if (!before(sack, receiver.end + 1)) {
		const limit = (receiver.end + 1) >>> 0;
		return { verdict: 'invalid', why: `ACK is over upper bound ${limit} (ACKed data not seen yet)` };
	}
	if (!inWindow)
		return { verdict: 'ignore', why: `SEQ is under lower bound ${lowest >>> 0} (already ACKed data retransmitted)` };
	if (!acknowledgesRecent) {
		const limit = (receiver.end - reach - 1) >>> 0;
		return { verdict: 'ignore', why: `ignored ACK under lower bound ${limit} (possible overly delayed)` };
	}
	return null;
}

interface Numbers {
	readonly sequence: number;
	readonly end: number;
	readonly acknowledgement: number;
	readonly sack: number;
}

function learn(track: TcpTrack, segment: TcpSegment, direction: 0 | 1, kind: number, numbers: Numbers): void {
	const sender = track.ends[direction];
	const receiver = track.ends[direction === 0 ? 1 : 0];
	const { end, acknowledgement, sack } = numbers;
	const window = segment.flags & TCP.syn ? segment.window : segment.window * 2 ** sender.scale;
	sender.maxWindow = Math.max(sender.maxWindow, window + ((sack - acknowledgement) >>> 0));
	if (after(end, sender.end)) {
		sender.end = end;
		sender.flags |= FLAG.unacknowledged;
	}
	if (segment.flags & TCP.ack) {
		if (!(sender.flags & FLAG.acknowledgedSet) || after(acknowledgement, sender.acknowledged))
			sender.acknowledged = acknowledgement;
		sender.flags |= FLAG.acknowledgedSet;
	}
	if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) receiver.maxWindow += (end - sender.maxEnd) >>> 0;
	const limit = (sack + window) >>> 0;
	if (after(limit, receiver.maxEnd - 1)) receiver.maxEnd = window === 0 ? (limit + 1) >>> 0 : limit;
	if (acknowledgement === receiver.end) receiver.flags &= ~FLAG.unacknowledged;
	if (kind === KIND.ack) countRepeats(track, segment, direction, numbers);
}

function countRepeats(track: TcpTrack, segment: TcpSegment, direction: 0 | 1, numbers: Numbers): void {
	const { sequence, end, acknowledgement } = numbers;
	const same =
		track.lastDirection === direction &&
		track.lastSequence === sequence &&
		track.lastAcknowledgement === acknowledgement &&
		track.lastEnd === end &&
		track.lastWindow === segment.window;
	track.repeated = same ? track.repeated + 1 : 0;
	track.lastDirection = direction;
	track.lastSequence = sequence;
	track.lastAcknowledgement = acknowledgement;
	track.lastEnd = end;
	track.lastWindow = segment.window;
}
