/** Scans with connect(2), which everybody may do: -sT, and host discovery of those who are not root. */
import { Errno, O, type ErrnoCode, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { close, connect, poll, setfl, setsockopt, socket, socketError } from '../libc/unistd';
import { portOf, Scan, type HostScan, type Pace, type Question, type Sent } from './scan';
import type { PortState } from './target';

/** sockets at once: descriptors are few */
const SOCKETS = 100;

/** error of connect → state of the port and nmap's word; others end in silence */
const OUTCOMES: Readonly<Partial<Record<ErrnoCode | 'none', readonly [PortState, string]>>> = {
	none: ['open', 'syn-ack'],
	ECONNREFUSED: ['closed', 'conn-refused'],
	EHOSTUNREACH: ['filtered', 'host-unreach'],
	EHOSTDOWN: ['filtered', 'host-unreach'],
	ENETUNREACH: ['filtered', 'net-unreach'],
	ENETDOWN: ['filtered', 'net-unreach'],
	ENOPROTOOPT: ['filtered', 'proto-unreach'],
	EACCES: ['filtered', 'admin-prohibited'],
	EPERM: ['filtered', 'admin-prohibited']
};

export class ConnectScan extends Scan {
	readonly #open = new Map<number, { host: HostScan; sent: Sent }>();

	/** @param discovery whether it is only asked if the host is there */
	constructor(
		hosts: HostScan[],
		pace: Pace,
		readonly discovery: boolean
	) {
		super(hosts, { ...pace, most: Math.min(SOCKETS, pace.most > 0 ? pace.most : SOCKETS) });
		this.oneIsEnough = discovery;
	}

	protected override readonly oneIsEnough: boolean;

	protected nameOf(host: HostScan): string {
		return formatIpv4Address(host.target.address);
	}

	protected *transmit(host: HostScan, question: Question, attempt: number, isPing: boolean): Sys<Sent | null> {
		const fd = yield* socket('inet', 'stream');
		const sent: Sent = { question, attempt, at: this.now, isPing, mark: fd, fd, waiting: false };
		this.#open.set(fd, { host, sent });
		try {
			yield* setfl(fd, O.NONBLOCK);
			yield* setsockopt(fd, 'linger', 0);
			yield* connect(fd, { family: 'inet', address: host.target.address, port: portOf(question.probe) });
			yield* this.#outcome(host, sent, 'none');
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code === 'EINPROGRESS') return sent;
			yield* this.#outcome(host, sent, thrown.code);
			if (!question.done && !isPing) return sent;
		}
		return null;
	}

	protected *collect(microseconds: number): Sys<void> {
		const wanted = [...this.#open.keys()].map((fd) => ({ fd, write: true }));
		for (const { fd } of yield* poll(wanted, Math.ceil(microseconds))) {
			const row = this.#open.get(fd);
			if (row) yield* this.#outcome(row.host, row.sent, (yield* socketError(fd)) ?? 'none');
		}
	}

	*#outcome(host: HostScan, sent: Sent, error: ErrnoCode | 'none'): Sys<void> {
		const outcome = OUTCOMES[error];
		yield* this.forget(sent);
		const isNew = !sent.question.done && !sent.isPing;
		const { target } = host;
		const [state, reason] = outcome ?? [];
		if (this.discovery && (state === 'open' || state === 'closed') && !target.up) {
			target.up = true;
			target.evidence = { reason: reason!, ttl: 0 };
		}
		if (outcome) this.answered(host, sent);
		if (!this.discovery && isNew && state !== undefined)
			target.ports.push({ protocol: 'tcp', port: portOf(sent.question.probe), state, reason: reason!, ttl: 0 });
	}

	protected override *forget(sent: Sent): Sys<void> {
		if (this.#open.get(sent.fd)?.sent !== sent) return;
		this.#open.delete(sent.fd);
		yield* close(sent.fd);
	}

	protected silent({ target }: HostScan, question: Question): void {
		if (this.discovery) return;
		target.ports.push({
			protocol: 'tcp',
			port: portOf(question.probe),
			state: 'filtered',
			reason: 'no-response',
			ttl: 0
		});
	}
}
