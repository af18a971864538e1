/**
 * The way of each mail through the hosts, put together from the daemons' own events. A mail keeps its Message-ID from
 * host to host, while each host gives it a queue id of its own.
 */
import type { MailEvent } from '#programs/postfix/events';
import type { MailView } from '../door';
import type { World } from '../world';

/** Mails kept for the view; older ones are left out. */
const MOST = 200;

interface Gathered {
	messageId: string;
	sender: string;
	recipients: string[];
	status: MailView['status'];
	steps: MailView['steps'][number][];
}

const FINAL = {
	queued: 'on-its-way',
	sent: 'sent',
	deferred: 'deferred',
	bounced: 'bounced',
	rejected: 'rejected'
} as const;

export function mailViews(world: World): MailView[] {
	const mails = new Map<string, Gathered>();
	const keyOf = new Map<string, string>();
	for (const { sequence, time, event } of world.engine.trace.since()) {
		if (event.kind !== 'postfix.mail') continue;
		const step = event as MailEvent;
		const local = `${step.host} ${step.queueId}`;
		if (step.messageId !== undefined) adopt(mails, keyOf, local, step.messageId);
		const key = keyOf.get(local) ?? local;
		const mail = mails.get(key) ?? {
			messageId: step.messageId ?? '',
			sender: '',
			recipients: [],
			status: 'on-its-way',
			steps: []
		};
		mails.set(key, mail);
		if (step.sender !== undefined && mail.sender === '') mail.sender = step.sender;
		if (step.recipient !== undefined && !mail.recipients.includes(step.recipient)) mail.recipients.push(step.recipient);
		if (step.status !== undefined) mail.status = FINAL[step.status];
		mail.steps.push({ sequence, time, host: step.host, daemon: step.daemon, text: step.text });
	}
	return [...mails.values()].slice(-MOST);
}

/** A queue id turns out to be a message that is known, or gives a new one its name. */
function adopt(mails: Map<string, Gathered>, keyOf: Map<string, string>, local: string, messageId: string): void {
	keyOf.set(local, messageId);
	const own = mails.get(local);
	if (!own) return;
	mails.delete(local);
	const known = mails.get(messageId);
	if (!known) mails.set(messageId, { ...own, messageId });
	else {
		known.steps.push(...own.steps);
		known.status = own.status;
		for (const recipient of own.recipients) if (!known.recipients.includes(recipient)) known.recipients.push(recipient);
	}
}
