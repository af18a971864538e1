/** A mail's way as a ladder: a column a host, a row a stop, in the order of the way; what crossed the wire between them. */
import type { MailStatus, MailStop, MailView } from '#world/door';
import type { Marked } from '../parts/verdicts';

export interface Rung {
	readonly stop: MailStop;
	/** shown when it differs from the row above */
	readonly clock: boolean;
	readonly column: number;
	/** column of the row before, when the wire was crossed */
	readonly from: number | null;
	/** the line down the column begins or ends here */
	readonly first: boolean;
	readonly last: boolean;
}

export interface Ladder {
	readonly hosts: readonly string[];
	readonly rungs: readonly Rung[];
}

export const STATUS: Readonly<Record<MailStatus, { mark: Marked; word: string }>> = {
	'on-its-way': { mark: 'flight', word: 'On its way' },
	sent: { mark: 'accepted', word: 'Delivered' },
	deferred: { mark: 'deferred', word: 'Deferred' },
	bounced: { mark: 'refused', word: 'Bounced' },
	rejected: { mark: 'refused', word: 'Refused' },
	discarded: { mark: 'dropped', word: 'Discarded' }
};

export function ladder(mail: MailView): Ladder {
	const hosts = [...new Set(mail.stops.map((stop) => stop.host))];
	const crosses = (i: number): boolean => {
		const [before, stop] = [mail.stops[i - 1], mail.stops[i]];
		return before !== undefined && stop !== undefined && before.host !== stop.host;
	};
	const rungs = mail.stops.map((stop, i): Rung => {
		const before = mail.stops[i - 1];
		return {
			stop,
			clock: !before || Math.floor(before.time / 1e6) !== Math.floor(stop.time / 1e6),
			column: hosts.indexOf(stop.host),
			from: crosses(i) ? hosts.indexOf(before!.host) : null,
			first: i === 0 || crosses(i),
			last: i === mail.stops.length - 1 || crosses(i + 1)
		};
	});
	return { hosts, rungs };
}

/** Whether a mail is one that is looked for: by subject, address or queue id. */
export function isAbout(mail: MailView, text: string): boolean {
	const wanted = text.trim().toLowerCase();
	return [mail.subject, mail.sender, ...mail.recipients, ...mail.queueIds].some((one) =>
		one.toLowerCase().includes(wanted)
	);
}
