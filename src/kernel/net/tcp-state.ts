/**
 * The states of a TCP connection and what leads from one to the next (RFC 9293 3.3.2, figure 5). Pure.
 *
 * Names are those that netstat prints. `abort` (a reset, a time-out, power) leads to CLOSED from everywhere.
 */
import { assert } from '#engine/assert';

export type TcpState =
	| 'CLOSED'
	| 'LISTEN'
	| 'SYN_SENT'
	| 'SYN_RECV'
	| 'ESTABLISHED'
	| 'FIN_WAIT1'
	| 'FIN_WAIT2'
	| 'CLOSE_WAIT'
	| 'CLOSING'
	| 'LAST_ACK'
	| 'TIME_WAIT';

export type TcpEvent =
	/** calls of the program */
	| 'connect'
	| 'listen'
	| 'close'
	/** what arrived */
	| 'syn'
	| 'syn-ack'
	| 'ack-of-syn'
	| 'fin'
	| 'ack-of-fin'
	/** two maximum segment lifetimes have passed */
	| 'timeout'
	| 'abort';

const TABLE: Readonly<Record<TcpState, Partial<Record<TcpEvent, TcpState>>>> = {
	CLOSED: { connect: 'SYN_SENT', listen: 'LISTEN' },
	LISTEN: { syn: 'SYN_RECV', close: 'CLOSED' },
	SYN_SENT: { 'syn-ack': 'ESTABLISHED', syn: 'SYN_RECV', close: 'CLOSED' },
	SYN_RECV: { 'ack-of-syn': 'ESTABLISHED', close: 'FIN_WAIT1', fin: 'CLOSE_WAIT' },
	ESTABLISHED: { close: 'FIN_WAIT1', fin: 'CLOSE_WAIT' },
	FIN_WAIT1: { 'ack-of-fin': 'FIN_WAIT2', fin: 'CLOSING' },
	FIN_WAIT2: { fin: 'TIME_WAIT', timeout: 'CLOSED' },
	CLOSE_WAIT: { close: 'LAST_ACK' },
	CLOSING: { 'ack-of-fin': 'TIME_WAIT' },
	LAST_ACK: { 'ack-of-fin': 'CLOSED' },
	TIME_WAIT: { timeout: 'CLOSED' }
};

export function nextState(state: TcpState, event: TcpEvent): TcpState {
	if (event === 'abort') return 'CLOSED';
	const next = TABLE[state][event];
	assert(next, `TCP: ${event} in state ${state}`);
	return next;
}

/** Whether the event means anything in that state. */
export function hasTransition(state: TcpState, event: TcpEvent): boolean {
	return TABLE[state][event] !== undefined;
}

/** The peer may still send data that a program reads. */
export const canReceive = (state: TcpState): boolean =>
	state === 'ESTABLISHED' || state === 'FIN_WAIT1' || state === 'FIN_WAIT2';

/** Data may leave: before the own FIN was sent and acknowledged. */
export const canSend = (state: TcpState): boolean =>
	state === 'ESTABLISHED' ||
	state === 'CLOSE_WAIT' ||
	state === 'FIN_WAIT1' ||
	state === 'CLOSING' ||
	state === 'LAST_ACK';
