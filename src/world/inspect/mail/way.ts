/**
 * The way of each mail through the hosts, put together from the daemons' own events.
 *
 * Does: a mail keeps its Message-ID from host to host, while each host gives it a queue id of its own; a dialogue of smtp
 *       is one stop, a refusal that it met on the other host the next one.
 * Reads: the trace. Decides nothing.
 * Lacks: mails whose events the trace has forgotten; of two mails of one sender to one recipient that are refused at the
 *        same moment, which refusal is whose.
 */
import type { Recorded } from '#engine/trace';
import type { DialogEvent, MailEvent } from '#programs/postfix/events';
import type { SmtpdDecisionEvent } from '#programs/postfix/smtpd/checks';
import type { SmtpdLineEvent } from '#programs/postfix/smtpd/session';
import type { MailStatus, MailStop, MailView } from '../../door';
import type { World } from '../../world';

/** Mails kept for the view; older ones are left out. */
const MOST = 200;

interface Stop {
	sequence: number;
	readonly time: number;
	readonly host: string;
	readonly daemon: string;
	text: string;
	mark: MailStop['mark'];
	readonly queueId: string;
	/** smtpd's session */
	readonly session?: string | undefined;
	/** a dialogue of smtp: with which address, and what was said */
	readonly dialogue?: { readonly address: string; readonly recipients: string[]; data: boolean };
	/** the result of a delivery */
	readonly delivered?: boolean;
}

interface Gathered {
	id: string;
	subject: string;
	sender: string;
	readonly recipients: string[];
	/** of each queue file, or refused session */
	readonly states: Map<string, MailStatus>;
	readonly stops: Stop[];
	/** cleanup has had it, or somebody refused it: before that it is no mail */
	known: boolean;
	waits: { readonly host: string; readonly retryAt: number } | null;
}

/** The status of a mail is the first of these that one of its queue files has. */
const ORDER: readonly MailStatus[] = ['bounced', 'rejected', 'deferred', 'on-its-way', 'discarded', 'sent'];

const STATES: Readonly<Record<NonNullable<MailEvent['status']>, MailStatus>> = {
	queued: 'on-its-way',
	sent: 'sent',
	deferred: 'deferred',
	bounced: 'bounced',
	rejected: 'rejected',
	discarded: 'discarded'
};

const MARKS: Readonly<Record<MailStatus, MailStop['mark']>> = {
	'on-its-way': 'passed',
	sent: 'accepted',
	deferred: 'deferred',
	bounced: 'refused',
	rejected: 'refused',
	discarded: 'dropped'
};

export function mailViews(world: World): MailView[] {
	const ways = new Ways(world);
	for (const recorded of world.engine.trace.since()) {
		const { kind } = recorded.event;
		if (kind === 'postfix.mail') ways.event(recorded as Recorded<MailEvent>);
		else if (kind === 'postfix.dialog') ways.dialog(recorded as Recorded<DialogEvent>);
		else if (kind === 'smtpd.line') ways.line(recorded as Recorded<SmtpdLineEvent>);
		else if (kind === 'smtpd.decision') ways.decision(recorded as Recorded<SmtpdDecisionEvent>);
	}
	return ways.views();
}

class Ways {
	readonly #mails = new Map<string, Gathered>();
	/** of a queue file "host id", or a session "host session", to the mail's */
	readonly #idOf = new Map<string, string>();

	/** the first line of each session */
	readonly #firstLines = new Map<string, number>();

	constructor(readonly world: World) {}

	line({ sequence, event }: Recorded<SmtpdLineEvent>): void {
		const session = `${event.host} ${event.session}`;
		if (!this.#firstLines.has(session)) this.#firstLines.set(session, sequence);
	}

	#mail(key: string): Gathered {
		const id = this.#idOf.get(key) ?? key;
		let mail = this.#mails.get(id);
		if (!mail) {
			mail = { id, subject: '', sender: '', recipients: [], states: new Map(), stops: [], known: false, waits: null };
			this.#mails.set(id, mail);
		}
		return mail;
	}

	/** What was known by one name is known by another: of a queue file the Message-ID, of a session the queue file. */
	#rename(key: string, name: string): void {
		const before = this.#idOf.get(key) ?? key;
		const id = this.#idOf.get(name) ?? name;
		this.#idOf.set(key, id);
		const own = this.#mails.get(before);
		if (!own || before === id) return;
		this.#mails.delete(before);
		for (const [other, old] of this.#idOf) if (old === before) this.#idOf.set(other, id);
		const known = this.#mails.get(id);
		if (!known) {
			own.id = id;
			this.#mails.set(id, own);
			return;
		}
		known.stops.push(...own.stops);
		for (const [name, state] of own.states) known.states.set(name, state);
		for (const one of own.recipients) if (!known.recipients.includes(one)) known.recipients.push(one);
	}

	event({ sequence, time, event }: Recorded<MailEvent>): void {
		const { host, queueId, daemon, status, text } = event;
		const key = `${host} ${queueId}`;
		if (event.session !== undefined) this.#rename(`${host} ${event.session}`, key);
		if (event.messageId) this.#rename(key, event.messageId);
		const mail = this.#mail(key);
		mail.subject ||= event.subject ?? '';
		mail.sender ||= event.sender ?? '';
		if (daemon === 'cleanup') {
			/* the addresses of the envelope as the first host had them */
			if (!mail.known || mail.recipients.length === 0)
				for (const one of (event.recipient ?? '').split(', ')) if (one) mail.recipients.push(one);
			/* pickup knows it as the user wrote it, cleanup completes it */
			if (!mail.known) mail.sender = event.sender ?? '';
			mail.known = true;
		}
		mail.waits = event.waits ? { host, retryAt: event.waits.retryAt } : null;
		if (status) mail.states.set(key, worse(mail.states.get(key), STATES[status]));
		const stop: Stop = {
			sequence,
			time,
			host,
			daemon,
			text,
			mark: event.waits ? 'deferred' : MARKS[status ? STATES[status] : 'on-its-way'],
			queueId,
			session: event.session,
			delivered: status !== undefined && daemon !== 'cleanup'
		};
		if (daemon === 'qmgr' && text === 'removed') return;
		if (!joined(mail, stop, event)) mail.stops.push(stop);
	}

	dialog({ sequence, time, event }: Recorded<DialogEvent>): void {
		const mail = this.#mail(`${event.host} ${event.queueId}`);
		const open = openDialogue(mail, event.queueId);
		if (open) {
			if (event.from !== 'client') return;
			const recipient = /^RCPT TO:<(.*?)>( |$)/.exec(event.text)?.[1];
			if (recipient !== undefined) open.dialogue!.recipients.push(recipient.toLowerCase());
			if (event.text.startsWith('DATA')) open.dialogue!.data = true;
			return;
		}
		/* the words of the end come after the result */
		if (event.from === 'client' ? /^(QUIT|RSET|\.)$/.test(event.text) : !/^\d\d\d[ -]/.test(event.text)) return;
		if (event.from === 'server' && !event.text.startsWith('220')) return;
		const address = addressIn(event.peer);
		const name = event.peer.replace(/\[.*$/, '');
		mail.stops.push({
			sequence,
			time,
			host: event.host,
			daemon: 'smtp',
			text: `speaks to ${name}`,
			mark: 'flight',
			queueId: event.queueId,
			dialogue: { address, recipients: [], data: false }
		});
	}

	/** A client was refused: a stop of the mail that is being sent, or of one that never was. */
	decision({ sequence, time, event }: Recorded<SmtpdDecisionEvent>): void {
		const { host, recipient, decision } = event;
		if (decision.verdict === 'accepted') return;
		const session = `${host} ${event.session}`;
		const mail = this.#sending(event) ?? this.#mail(session);
		if (!mail.known) {
			mail.known = true;
			mail.sender = event.sender;
			mail.states.set(session, 'rejected');
		}
		if (recipient !== '' && !mail.recipients.includes(recipient)) mail.recipients.push(recipient);
		mail.stops.push({
			sequence,
			time,
			host,
			daemon: 'smtpd',
			text: decision.reply ?? decision.subject,
			mark: decision.verdict,
			queueId: '',
			session: event.session
		});
	}

	/** The mail that a Postfix is sending there just now. */
	#sending({ host, client, sender, recipient }: SmtpdDecisionEvent): Gathered | undefined {
		const from = hostOf(this.world, client);
		const isOpen = ({ mark, host: own, dialogue }: Stop): boolean =>
			mark === 'flight' &&
			own === from &&
			hostOf(this.world, dialogue!.address) === host &&
			(recipient === '' || dialogue!.recipients.includes(recipient.toLowerCase()));
		for (const mail of this.#mails.values()) if (mail.sender === sender && mail.stops.some(isOpen)) return mail;
		return undefined;
	}

	views(): MailView[] {
		return [...this.#mails.values()]
			.filter(({ known }) => known)
			.slice(-MOST)
			.map((mail) => view(this.world, mail, this.#firstLines));
	}
}

/** What belongs to the stop before is told there: several hand-overs at one time, a dialogue that went well. */
function joined(mail: Gathered, stop: Stop, event: MailEvent): boolean {
	const last = mail.stops.at(-1);
	if (stop.daemon === 'qmgr' && last?.daemon === 'qmgr' && last.queueId === stop.queueId && !event.waits) {
		if (stop.text.startsWith('handed') && last.text.startsWith('handed')) {
			last.text += `, ${stop.text.replace('handed ', '')}`;
			return true;
		}
	}
	if (!stop.delivered) return false;
	const open = openDialogue(mail, stop.queueId);
	const dialogue = open ?? mail.stops.findLast((one) => one.dialogue && one.queueId === stop.queueId);
	if (open) open.mark = 'passed';
	if (!dialogue || event.status !== 'sent' || event.peer === undefined) return false;
	dialogue.text = `sends to ${event.peer.replace(/\[.*$/, '')}`;
	return true;
}

function openDialogue(mail: Gathered, queueId: string): Stop | undefined {
	return mail.stops.findLast((stop) => stop.queueId === queueId && stop.mark === 'flight');
}

function worse(before: MailStatus | undefined, now: MailStatus): MailStatus {
	/* a mail that waited may be sent later, one that bounced stays so */
	if (before === undefined || before === 'on-its-way' || before === 'deferred') return now;
	return ORDER.indexOf(now) < ORDER.indexOf(before) ? now : before;
}

function view(world: World, mail: Gathered, firstLines: ReadonlyMap<string, number>): MailView {
	const stops = withClients(world, mail.stops, firstLines);
	const states = new Set(mail.states.values());
	const out = stops.map((stop, i): MailStop => {
		const { sequence, time, host, daemon, text, mark } = stop;
		const before = stops[i - 1];
		const tag = before && before.host !== host ? tagOf(before, stop) : undefined;
		const branch = stop.delivered === true && mark === 'accepted' && i < stops.length - 1;
		return { sequence, time, host, daemon, text, mark, branch, ...(tag !== undefined && { tag }) };
	});
	if (mail.waits)
		out.push({
			sequence: -1,
			time: mail.waits.retryAt,
			host: mail.waits.host,
			daemon: 'qmgr',
			text: 'tries again',
			mark: 'flight',
			branch: false
		});
	return {
		id: mail.id,
		subject: mail.subject,
		sender: mail.sender,
		recipients: mail.recipients,
		queueIds: [...new Set(mail.stops.map((stop) => stop.queueId).filter((id) => id !== ''))],
		status: ORDER.find((state) => states.has(state)) ?? 'on-its-way',
		stops: out
	};
}

/** What went over the wire between two stops. */
function tagOf(before: Stop, stop: Stop): string {
	if (before.dialogue) {
		const { recipients, data } = before.dialogue;
		const words = [
			`${recipients.length > 1 ? `${recipients.length} ` : ''}RCPT`,
			...(data && stop.mark === 'passed' ? ['DATA'] : [])
		];
		return recipients.length > 0 ? words.join(', ') : 'connection';
	}
	/* some recipients were refused, the message went to the others */
	if (stop.session !== undefined && stop.mark === 'passed') return 'DATA';
	return /\b[245]\d\d(?=[ -])/.exec(before.text)?.[0] ?? '';
}

/** A client that is no Postfix has no stop of its own: the host that it speaks from stands for it. */
function withClients(world: World, stops: readonly Stop[], firstLines: ReadonlyMap<string, number>): Stop[] {
	const out: Stop[] = [];
	for (const stop of stops) {
		const before = out.at(-1);
		if (stop.session !== undefined && (before === undefined || before.host === stop.host)) {
			const client = clientOf(world, stop);
			if (client && client !== stop.host && !out.some((one) => one.session === stop.session))
				out.push({
					...stop,
					sequence: firstLines.get(`${stop.host} ${stop.session}`) ?? stop.sequence,
					host: client,
					daemon: 'client',
					text: 'speaks SMTP',
					mark: 'passed',
					dialogue: { address: '', recipients: [''], data: stop.mark === 'passed' }
				});
		}
		out.push(stop);
	}
	return out;
}

function clientOf(world: World, { sequence }: Stop): string | undefined {
	const event = world.engine.trace.at(sequence)?.event as SmtpdDecisionEvent | MailEvent | undefined;
	return event && hostOf(world, event.kind === 'smtpd.decision' ? event.client : event.text);
}

const addressIn = (text: string): string => /\[([\d.]+)\]/.exec(text)?.[1] ?? text;

/** The host of the world that has the address in "name[192.0.2.1]:25". */
function hostOf(world: World, text: string): string | undefined {
	const address = addressIn(text);
	return world.spec.hosts.find((row) =>
		row.interfaces.some((card) => card.addresses.some((own) => own.startsWith(`${address}/`)))
	)?.name;
}
