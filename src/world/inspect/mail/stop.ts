/**
 * One stop of a mail from near: what was said, what the restriction lists answered, which table and line rewrote an
 * address, where it waits and until when. Reads the trace; decides nothing.
 */
import type { Recorded, TraceEvent } from '#engine/trace';
import type { ContentEvent, DialogEvent, MailEvent, ResolveEvent, RewriteEvent } from '#programs/postfix/events';
import type { SmtpdDecisionEvent } from '#programs/postfix/smtpd/checks';
import type { SmtpdLineEvent } from '#programs/postfix/smtpd/session';
import type { Decision, MailStopView } from '../../door';
import { isDecision } from '../../events';
import type { World } from '../../world';

/** Lines of a dialogue that are shown; the rest is in the packets. */
const LINES = 200;
/** Events before a stop among which its tables and look-ups are found. */
const BEFORE = 5000;

type Fact = MailStopView['facts'][number];
type Found = Pick<MailStopView, 'facts' | 'said' | 'way' | 'checks'>;

const NOTHING: Found = { facts: [], said: [], way: [], checks: [] };

export function mailStop(world: World, sequence: number): MailStopView | null {
	const recorded = world.engine.trace.at(sequence);
	if (!recorded) return null;
	const { event } = recorded;
	switch (event.kind) {
		case 'smtpd.decision':
			return refusal(world, recorded as Recorded<SmtpdDecisionEvent>);
		case 'smtpd.line':
			return client(world, recorded as Recorded<SmtpdLineEvent>);
		case 'postfix.dialog':
			return dialogue(world, recorded as Recorded<DialogEvent>);
		case 'postfix.mail':
			return daemonStop(world, recorded as Recorded<MailEvent>);
		default:
			return null;
	}
}

function* eventsOf<T extends TraceEvent>(world: World, kind: string, from = 0): Generator<Recorded<T>> {
	for (const recorded of world.engine.trace.since(from))
		if (recorded.event.kind === kind) yield recorded as Recorded<T>;
}

function session(world: World, host: string, id: string): Pick<Found, 'said' | 'checks'> {
	const said: MailStopView['said'][number][] = [];
	const checks: Decision[] = [];
	const replies = new Set<string>();
	for (const { event } of eventsOf<SmtpdDecisionEvent>(world, 'smtpd.decision')) {
		if (event.host !== host || event.session !== id) continue;
		checks.push(event.decision);
		if (event.decision.verdict !== 'accepted' && event.decision.reply) replies.add(event.decision.reply);
	}
	for (const { event } of eventsOf<SmtpdLineEvent>(world, 'smtpd.line'))
		if (event.host === host && event.session === id && said.length < LINES)
			said.push({ from: event.from, text: event.text, decided: event.from === 'server' && replies.has(event.text) });
	return { said, checks };
}

function refusal(world: World, { event }: Recorded<SmtpdDecisionEvent>): MailStopView {
	const { decision, host } = event;
	return {
		...NOTHING,
		...session(world, host, event.session),
		host,
		daemon: 'smtpd',
		mark: decision.verdict,
		headline: decision.reply ?? decision.subject,
		facts: [
			{ label: 'Client', text: event.client },
			{ label: 'Sender', text: event.sender || '<>' },
			...(event.recipient ? [{ label: 'Recipient', text: event.recipient }] : [])
		]
	};
}

/** A client that is no Postfix: all that is known of it is what it said. */
function client(world: World, { event }: Recorded<SmtpdLineEvent>): MailStopView {
	const { said } = session(world, event.host, event.session);
	return {
		...NOTHING,
		host: event.client,
		daemon: 'client',
		mark: 'passed',
		headline: `Speaks SMTP with ${event.host}`,
		facts: [{ label: 'Client', text: event.client }],
		said
	};
}

/** What smtp and the other side said, from its first line to the result. */
function dialogue(world: World, { sequence, event }: Recorded<DialogEvent>): MailStopView {
	const { host, queueId, peer } = event;
	const said: MailStopView['said'][number][] = [];
	let result: MailEvent | undefined;
	for (const recorded of world.engine.trace.since(sequence)) {
		const other = recorded.event as DialogEvent | MailEvent;
		if (other.host !== host || other.queueId !== queueId) continue;
		if (other.kind === 'postfix.dialog' && other.peer === peer && said.length < LINES) {
			said.push({ from: other.from, text: other.text, decided: other.from === 'server' && /^[45]/.test(other.text) });
			if (other.text === 'QUIT' || (result && other.from === 'server')) break;
		}
		if (other.kind === 'postfix.mail' && other.daemon !== 'qmgr') result = other;
		else if (other.kind === 'postfix.mail' && result) break;
	}
	return {
		...NOTHING,
		host,
		daemon: 'smtp',
		mark: result?.status === 'sent' ? 'accepted' : result ? 'passed' : 'flight',
		headline: result?.status === 'sent' ? `Taken by ${peer}` : `Speaks to ${peer}`,
		facts: [
			{ label: 'Other side', text: peer },
			...(result ? [{ label: 'Answer', text: result.text }] : []),
			{ label: 'Queue id', text: queueId }
		],
		said,
		way: wayTo(world, host, queueId, sequence)
	};
}

/** The decisions that led an address of this queue file where it goes, oldest first, each once. */
function wayTo(world: World, host: string, queueId: string, until: number): Decision[] {
	const way: Decision[] = [];
	const seen = new Set<string>();
	const add = (decision: Decision): void => {
		const key = JSON.stringify(decision);
		if (!seen.has(key)) way.push(decision);
		seen.add(key);
	};
	/* a queue file's recipients as cleanup wrote them: other addresses are other mails' */
	let addresses = new Set<string>();
	for (const recorded of world.engine.trace.since(until - BEFORE)) {
		if (recorded.sequence > until) break;
		const { event } = recorded;
		if (event.host !== host) continue;
		const named = event as MailEvent | RewriteEvent | ResolveEvent;
		if (named.kind === 'postfix.rewrite' && named.queueId === queueId) add(named.decision);
		else if (named.kind === 'postfix.mail' && named.queueId === queueId && named.daemon === 'cleanup')
			addresses = new Set((named.recipient ?? '').toLowerCase().split(', '));
		else if (named.kind === 'postfix.resolve' && addresses.has(named.address.toLowerCase())) add(named.decision);
		else if (
			event.kind === 'resolver.lookup' &&
			way.length > 0 &&
			isDecision(recorded) &&
			isFor(way, recorded.event.decision)
		)
			add(recorded.event.decision);
	}
	return way;
}

/** Whether a look-up is for the next hop of the way, or for a name that such a look-up gave. */
function isFor(way: readonly Decision[], { subject }: Decision): boolean {
	const text = way
		.map((decision) => `${decision.reply ?? ''} ${JSON.stringify(decision.reasons)}`)
		.join(' ')
		.toLowerCase();
	const name = /[\w-]+(?:\.[\w-]+)+/.exec(subject.toLowerCase())?.[0];
	return name !== undefined && text.includes(name);
}

const VERDICT_OF: Readonly<Record<NonNullable<MailEvent['status']>, MailStopView['mark']>> = {
	queued: 'passed',
	sent: 'accepted',
	deferred: 'deferred',
	bounced: 'refused',
	rejected: 'refused',
	discarded: 'dropped'
};

function daemonStop(world: World, recorded: Recorded<MailEvent>): MailStopView {
	const { event, sequence } = recorded;
	const { host, daemon, queueId } = event;
	const found = { ...NOTHING, facts: [] as Fact[] };
	if (event.session !== undefined) Object.assign(found, session(world, host, event.session));
	else if (daemon === 'cleanup') Object.assign(found, cleanupStop(world, host, queueId));
	else found.way = wayTo(world, host, queueId, sequence);
	if (event.sender !== undefined) found.facts.push({ label: 'Sender', text: event.sender || '<>' });
	if (event.recipient) found.facts.push({ label: 'Recipient', text: event.recipient });
	if (event.peer) found.facts.push({ label: 'Relay', text: event.peer });
	if (event.waits) found.facts.push(...waitFacts(world, event, event.waits));
	else found.facts.push({ label: 'Queue id', text: queueId });
	return {
		...found,
		host,
		daemon,
		mark: event.waits ? 'deferred' : event.status ? VERDICT_OF[event.status] : 'passed',
		headline: event.text
	};
}

function cleanupStop(world: World, host: string, queueId: string): Pick<Found, 'way' | 'checks'> {
	const mine = (event: RewriteEvent | ContentEvent): boolean =>
		event.host === host &&
		event.queueId === queueId &&
		(event.kind === 'postfix.content' || event.daemon === 'cleanup');
	const of = <T extends RewriteEvent | ContentEvent>(kind: string): Decision[] =>
		[...eventsOf<T>(world, kind)].filter(({ event }) => mine(event)).map(({ event }) => event.decision);
	const unique = (list: readonly Decision[]): Decision[] => {
		const seen = new Map(list.map((one) => [JSON.stringify(one), one]));
		return [...seen.values()];
	};
	return { way: unique(of<RewriteEvent>('postfix.rewrite')), checks: of<ContentEvent>('postfix.content') };
}

function waitFacts(world: World, { host, queueId }: MailEvent, waits: NonNullable<MailEvent['waits']>): Fact[] {
	const { disk } = world.host(host);
	const root = '/var/spool/postfix/deferred';
	const paths = [
		`${root}/${queueId[0]}/${queueId}`,
		`${root}/${queueId[0]}/${queueId[1]}/${queueId}`,
		`${root}/${queueId}`
	];
	const path = paths.find((one) => disk.exists(one)) ?? paths[0]!;
	return [
		{ label: 'Queue file', text: path },
		{ label: 'Next try', text: '', at: waits.retryAt },
		{ label: 'Gives up', text: '', at: waits.expiresAt }
	];
}
