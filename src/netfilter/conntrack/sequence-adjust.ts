/**
 * When a helper writes a longer or shorter text into a TCP stream, all later sequence numbers of that direction shift,
 * and the other side's acknowledgements shift back (nf_conntrack_seqadj).
 *
 * Not simulated: more than two corrections at different places that are still under way; as in the kernel, two offsets
 * a direction are kept.
 */
import type { TcpOption, TcpSegment } from '#wire/packet';
import { TCP } from '#wire/packet';

export interface SequenceAdjustment {
	/** sequence number behind which `after` holds */
	position: number;
	before: number;
	after: number;
}

export function noAdjustment(): readonly [SequenceAdjustment, SequenceAdjustment] {
	return [
		{ position: 0, before: 0, after: 0 },
		{ position: 0, before: 0, after: 0 }
	];
}

/** a stands behind b in sequence space */
export function after(a: number, b: number): boolean {
	return ((b - a) | 0) < 0;
}

export function offsetAt(adjustment: SequenceAdjustment, sequence: number): number {
	return after(sequence, adjustment.position) ? adjustment.after : adjustment.before;
}

/** Text of the segment that begins at `sequence` grew by `difference` bytes. */
export function shift(adjustment: SequenceAdjustment, sequence: number, difference: number): void {
	if (adjustment.before !== adjustment.after && !after(sequence, adjustment.position)) return;
	adjustment.position = sequence;
	adjustment.before = adjustment.after;
	adjustment.after += difference;
}

export function adjustSegment(segment: TcpSegment, own: SequenceAdjustment, other: SequenceAdjustment): TcpSegment {
	const sequence = (segment.sequence + offsetAt(own, segment.sequence)) >>> 0;
	if (!(segment.flags & TCP.ack)) return { ...segment, sequence };
	const back = (number: number): number =>
		(number - (after(number - other.before, other.position) ? other.after : other.before)) >>> 0;
	const options = segment.options.some((option) => option.kind === 'sack')
		? segment.options.map((option): TcpOption =>
				option.kind === 'sack'
					? { kind: 'sack', blocks: option.blocks.map(([left, right]) => [back(left), back(right)] as const) }
					: option
			)
		: segment.options;
	return { ...segment, sequence, acknowledgement: back(segment.acknowledgement), options };
}
