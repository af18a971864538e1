/** A mail's way as a ladder: a column a host, a row a daemon, in the order of time. */
import type { MailView } from '#world/door';
import type { Marked } from '../parts/verdicts';

export interface Rung {
	readonly sequence: number;
	readonly time: number;
	/** shown when it differs from the row above */
	readonly clock: boolean;
	readonly column: number;
	/** column of the row before, when the wire was crossed */
	readonly from: number | null;
	readonly daemon: string;
	readonly text: string;
	readonly mark: Marked;
}

export interface Ladder {
	readonly hosts: readonly string[];
	readonly rungs: readonly Rung[];
}

export const STATUS: Readonly<Record<MailView['status'], { mark: Marked; word: string }>> = {
	'on-its-way': { mark: 'flight', word: 'On its way' },
	sent: { mark: 'accepted', word: 'Sent' },
	deferred: { mark: 'deferred', word: 'Deferred' },
	bounced: { mark: 'refused', word: 'Bounced' },
	rejected: { mark: 'refused', word: 'Rejected' }
};

export function ladder(mail: MailView): Ladder {
	const hosts = [...new Set(mail.steps.map((step) => step.host))];
	const last = mail.steps.length - 1;
	const rungs = mail.steps.map((step, i): Rung => {
		const before = mail.steps[i - 1];
		const column = hosts.indexOf(step.host);
		return {
			sequence: step.sequence,
			time: step.time,
			clock: !before || Math.floor(before.time / 1e6) !== Math.floor(step.time / 1e6),
			column,
			from: before && before.host !== step.host ? hosts.indexOf(before.host) : null,
			daemon: step.daemon,
			text: step.text,
			mark: i === last ? STATUS[mail.status].mark : 'passed'
		};
	});
	return { hosts, rungs };
}
