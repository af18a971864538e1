/**
 * TCP as someone in the middle sees it: which state follows which, by direction and kind of segment (the table of
 * nf_conntrack_proto_tcp in Linux 6.x).
 *
 * The middle may miss segments, so some lead nowhere without being wrong ("ignored": the ends will sort it out), and some
 * cannot belong to the connection ("invalid").
 */
import { TCP } from '#wire/packet';

/** in the order of the columns below; names as /proc/net/nf_conntrack has them */
export const STATE_NAMES = [
	'NONE',
	'SYN_SENT',
	'SYN_RECV',
	'ESTABLISHED',
	'FIN_WAIT',
	'CLOSE_WAIT',
	'LAST_ACK',
	'TIME_WAIT',
	'CLOSE',
	'SYN_SENT2'
] as const;

export const S = {
	none: 0,
	synSent: 1,
	synReceived: 2,
	established: 3,
	finWait: 4,
	closeWait: 5,
	lastAck: 6,
	timeWait: 7,
	close: 8,
	synSent2: 9,
	invalid: 10,
	ignored: 11
} as const;

/** Kinds of segments, the rows. */
export const KIND = { syn: 0, synAck: 1, fin: 2, ack: 3, rst: 4, none: 5 } as const;

/** two letters a cell; ! invalid, ~ ignored */
const LETTERS: Readonly<Record<string, number>> = {
	SS: S.synSent,
	SR: S.synReceived,
	ES: S.established,
	FW: S.finWait,
	CW: S.closeWait,
	LA: S.lastAck,
	TW: S.timeWait,
	CL: S.close,
	S2: S.synSent2,
	'!!': S.invalid,
	'~~': S.ignored
};

//                        NO SS SR ES FW CW LA TW CL S2
const ORIGINAL = {
	[KIND.syn]: /*    */ 'SS SS ~~ ~~ ~~ ~~ ~~ SS SS S2',
	[KIND.synAck]: /* */ '!! !! SR !! !! !! !! !! !! SR',
	[KIND.fin]: /*    */ '!! !! FW FW LA LA LA TW CL !!',
	[KIND.ack]: /*    */ 'ES !! ES ES CW CW TW TW CL !!',
	[KIND.rst]: /*    */ '!! CL CL CL CL CL CL CL CL CL',
	[KIND.none]: /*   */ '!! !! !! !! !! !! !! !! !! !!'
};
const REPLY = {
	[KIND.syn]: /*    */ '!! S2 !! !! !! !! !! SS !! S2',
	[KIND.synAck]: /* */ '!! SR ~~ ~~ ~~ ~~ ~~ ~~ ~~ SR',
	[KIND.fin]: /*    */ '!! !! FW FW LA LA LA TW CL !!',
	[KIND.ack]: /*    */ '!! ~~ SR ES CW CW TW TW CL ~~',
	[KIND.rst]: /*    */ '!! CL CL CL CL CL CL CL CL CL',
	[KIND.none]: /*   */ '!! !! !! !! !! !! !! !! !! !!'
};

const KINDS = 6;
const STATES = STATE_NAMES.length;

const TABLE = new Uint8Array(
	[ORIGINAL, REPLY].flatMap((rows) =>
		Array.from({ length: KINDS }, (_, kind) =>
			rows[kind as keyof typeof rows].split(' ').map((cell) => LETTERS[cell]!)
		).flat()
	)
);

export function nextState(direction: 0 | 1, kind: number, state: number): number {
	return TABLE[(direction * KINDS + kind) * STATES + state]!;
}

export function kindOf(flags: number): number {
	if (flags & TCP.rst) return KIND.rst;
	if (flags & TCP.syn) return flags & TCP.ack ? KIND.synAck : KIND.syn;
	if (flags & TCP.fin) return KIND.fin;
	return flags & TCP.ack ? KIND.ack : KIND.none;
}

const MEANINGFUL = TCP.fin | TCP.syn | TCP.rst | TCP.ack | TCP.urg;
const VALID: ReadonlySet<number> = new Set([
	TCP.syn,
	TCP.syn | TCP.urg,
	TCP.syn | TCP.ack,
	TCP.rst,
	TCP.rst | TCP.ack,
	TCP.fin | TCP.ack,
	TCP.fin | TCP.ack | TCP.urg,
	TCP.ack,
	TCP.ack | TCP.urg
]);

/** Combinations that no TCP sends are invalid in any state. */
export function validFlags(flags: number): boolean {
	return VALID.has(flags & MEANINGFUL);
}

/** seconds: which setting each state's time-out is */
export const TIMEOUTS: readonly string[] = [
	'syn_sent',
	'syn_sent',
	'syn_recv',
	'established',
	'fin_wait',
	'close_wait',
	'last_ack',
	'time_wait',
	'close',
	'syn_sent'
].map((name) => `net.netfilter.nf_conntrack_tcp_timeout_${name}`);
