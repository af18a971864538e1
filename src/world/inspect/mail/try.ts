/**
 * "What if this client sent from X to Y?": swaks on that host sends a mail to that server, in a fork, and its way is told.
 */
import type { Answers, MailStopView, MailTry } from '../../door';
import { WorldError } from '../../build';
import type { World } from '../../world';
import { mailStop } from './stop';
import { mailViews } from './way';

/** Virtual time that the client, and then the mail, may take, microseconds. */
const CLIENT_LIMIT = 60_000_000;
const MAIL_LIMIT = 30_000_000;

/** @param fork a world of its own: it is changed */
export function tryMail(fork: World, { from, to, sender, recipient }: Parameters<Answers['tryMail']>[0]): MailTry {
	const row = fork.spec.hosts.find((host) => host.name === to);
	const server = row?.interfaces[0]?.addresses[0]?.split('/')[0];
	if (server === undefined) throw new WorldError(`${to} has no address`);
	const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
	const before = fork.engine.trace.count;
	const { text } = fork.shell(
		from,
		`swaks --server ${server} --from ${quote(sender || '<>')} --to ${quote(recipient)} --header 'Subject: What if'`,
		{ limit: CLIENT_LIMIT }
	);
	fork.engine.runUntil(fork.now + MAIL_LIMIT);
	/* others go on sending: the first of this client and sender is the one */
	const mail =
		mailViews(fork).find(
			(each) =>
				each.sender === sender && each.stops[0]?.host === from && each.stops.every(({ sequence }) => sequence >= before)
		) ?? null;
	const stops: Record<number, MailStopView> = {};
	for (const { sequence } of mail?.stops ?? []) {
		const found = mailStop(fork, sequence);
		if (found) stops[sequence] = found;
	}
	return { mail, stops, output: text.slice(-4000) };
}
