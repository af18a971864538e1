/** The scans of ports with packets: -sS -sA -sW -sF -sN -sX -sM -sU, and what each makes of an answer or of silence. */
import { formatIpv4Address } from '#wire/address';
import { TCP } from '#wire/packet';
import type { TcpScan } from './options';
import type { Answer, Probe } from './packets';
import { errorEvidence, RawScan, tcpReason, type RawSettings, type Traffic } from './raw-scan';
import { portOf, Question, type HostScan, type Pace, type Sent } from './scan';
import type { PortProtocol } from './services';
import type { Evidence, PortResult, PortState, Target } from './target';

export type PacketScan = Exclude<TcpScan, 'connect'> | 'udp';

export interface Method {
	/** as -v names it */
	readonly title: string;
	readonly protocol: PortProtocol;
	readonly flags: number;
	/** what a segment means; undefined: nothing */
	readonly answer: (flags: number, window: number) => PortState | undefined;
	readonly silence: PortState;
}

const reset =
	(state: PortState) =>
	(flags: number): PortState | undefined =>
		flags & TCP.rst ? state : undefined;

export const METHODS: Readonly<Record<PacketScan, Method>> = {
	syn: {
		title: 'SYN Stealth Scan',
		protocol: 'tcp',
		flags: TCP.syn,
		answer: (flags) => (flags & TCP.rst ? 'closed' : flags & TCP.syn ? 'open' : undefined),
		silence: 'filtered'
	},
	ack: { title: 'ACK Scan', protocol: 'tcp', flags: TCP.ack, answer: reset('unfiltered'), silence: 'filtered' },
	window: {
		title: 'Window Scan',
		protocol: 'tcp',
		flags: TCP.ack,
		answer: (flags, window) => (flags & TCP.rst ? (window > 0 ? 'open' : 'closed') : undefined),
		silence: 'filtered'
	},
	fin: { title: 'FIN Scan', protocol: 'tcp', flags: TCP.fin, answer: reset('closed'), silence: 'open|filtered' },
	null: { title: 'NULL Scan', protocol: 'tcp', flags: 0, answer: reset('closed'), silence: 'open|filtered' },
	xmas: {
		title: 'XMAS Scan',
		protocol: 'tcp',
		flags: TCP.fin | TCP.psh | TCP.urg,
		answer: reset('closed'),
		silence: 'open|filtered'
	},
	maimon: {
		title: 'Maimon Scan',
		protocol: 'tcp',
		flags: TCP.fin | TCP.ack,
		answer: reset('closed'),
		silence: 'open|filtered'
	},
	udp: { title: 'UDP Scan', protocol: 'udp', flags: 0, answer: () => undefined, silence: 'open|filtered' }
};

const NO_RESPONSE: Evidence = { reason: 'no-response', ttl: 0 };

export class PortScan extends RawScan {
	protected override readonly isUdp: boolean;

	constructor(
		hosts: HostScan[],
		pace: Pace,
		settings: RawSettings,
		traffic: Traffic,
		readonly method: Method,
		readonly announce: boolean
	) {
		super(hosts, pace, settings, traffic);
		this.isUdp = method.protocol === 'udp';
	}

	protected judge(host: HostScan, sent: Sent, answer: Answer): boolean {
		const result = this.#meaning(answer);
		if (!result) return false;
		const isNew = !sent.question.done && !sent.isPing;
		this.answered(host, sent);
		if (isNew) this.#note(host.target, answer.port, ...result);
		return true;
	}

	#meaning(answer: Answer): [PortState, Evidence] | undefined {
		const { said, ttl, from, about } = answer;
		if (said.kind === 'tcp') {
			const state = this.method.answer(said.flags, said.window);
			const reason = tcpReason(said.flags);
			return state && reason !== undefined ? [state, { reason, ttl }] : undefined;
		}
		if (said.kind === 'udp') return ['open', { reason: 'udp-response', ttl }];
		const evidence = errorEvidence(answer);
		if (!evidence || said.kind !== 'error') return undefined;
		const closed = this.isUdp && said.type === 3 && said.code === 3 && from === about;
		return [closed ? 'closed' : 'filtered', evidence];
	}

	protected silent(host: HostScan, question: Question): void {
		this.#note(host.target, portOf(question.probe), this.method.silence, NO_RESPONSE);
	}

	#note(target: Target, port: number, state: PortState, evidence: Evidence): void {
		const result: PortResult = { protocol: this.method.protocol, port, state, ...evidence };
		target.ports.push(result);
		if (state === 'open' && this.announce)
			this.notes.push(`Discovered open port ${port}/${this.method.protocol} on ${formatIpv4Address(target.address)}\n`);
	}
}

/** @param flags of --scanflags, if any */
export function portQuestions(method: Method, ports: readonly number[], flags: number | undefined): Question[] {
	return ports.map((port) => {
		const probe: Probe =
			method.protocol === 'udp' ? { kind: 'udp', port } : { kind: 'tcp', port, flags: flags ?? method.flags };
		return new Question(probe);
	});
}
