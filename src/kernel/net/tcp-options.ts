/**
 * TCP options as Linux orders them (tcp_options_write in net/ipv4/tcp_output.c), and what a SYN says.
 */
import type { TcpOption, TcpSegment } from '#wire/packet';

/** What a SYN or SYN-ACK offered. */
export interface SynOptions {
	/** 536 when it was not said (RFC 9293 3.7.1) */
	readonly mss: number;
	readonly sack: boolean;
	readonly timestamps: boolean;
	/** -1: no window scaling */
	readonly windowScale: number;
}

export interface Timestamps {
	readonly value: number;
	readonly echo: number;
}

const DEFAULT_MSS = 536;
const SCALE_MAX = 14;
const NOP: TcpOption = { kind: 'nop' };
const SACK_PERMITTED: TcpOption = { kind: 'sack-permitted' };
const NONE: readonly TcpOption[] = [];
/** bytes of nop, nop and timestamps */
export const TIMESTAMPS_LENGTH = 12;

export function readSyn(segment: TcpSegment): SynOptions {
	let mss = DEFAULT_MSS;
	let sack = false;
	let timestamps = false;
	let windowScale = -1;
	for (const option of segment.options) {
		if (option.kind === 'mss' && option.value > 0) mss = option.value;
		else if (option.kind === 'sack-permitted') sack = true;
		else if (option.kind === 'timestamps') timestamps = true;
		else if (option.kind === 'window-scale') windowScale = Math.min(option.shift, SCALE_MAX);
	}
	return { mss, sack, timestamps, windowScale };
}

/** For a SYN or SYN-ACK. @param windowScale -1 leaves the option out */
export function synOptions(
	mss: number,
	sack: boolean,
	timestamps: Timestamps | null,
	windowScale: number
): readonly TcpOption[] {
	const options: TcpOption[] = [{ kind: 'mss', value: mss }];
	if (timestamps) options.push(...(sack ? [SACK_PERMITTED] : [NOP, NOP]), { kind: 'timestamps', ...timestamps });
	else if (sack) options.push(NOP, NOP, SACK_PERMITTED);
	if (windowScale >= 0) options.push(NOP, { kind: 'window-scale', shift: windowScale });
	return options;
}

/** For every later segment. */
export function laterOptions(
	timestamps: Timestamps | null,
	blocks: readonly (readonly [number, number])[]
): readonly TcpOption[] {
	if (!timestamps && blocks.length === 0) return NONE;
	const options: TcpOption[] = [];
	if (timestamps) options.push(NOP, NOP, { kind: 'timestamps', value: timestamps.value, echo: timestamps.echo });
	if (blocks.length > 0) options.push(NOP, NOP, { kind: 'sack', blocks: blocks.slice(0, timestamps ? 3 : 4) });
	return options;
}

export function timestampsOf(segment: TcpSegment): Timestamps | null {
	for (const option of segment.options) if (option.kind === 'timestamps') return option;
	return null;
}

export function sackOf(segment: TcpSegment): readonly (readonly [number, number])[] {
	for (const option of segment.options) if (option.kind === 'sack') return option.blocks;
	return [];
}
