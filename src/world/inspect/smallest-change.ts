/**
 * The smallest edit that turns a relay decision, found by trying: each candidate is written in a fork, Postfix is told to
 * reload, and the same question is asked again. Only a change that was seen to work is told.
 *
 * Knows: items of `mynetworks`. A refused client gets its address added; an accepted one loses the item that matched.
 */
import type { Recorded } from '#engine/trace';
import type { Decision, Reason, SmallestChange, Source } from '../door';
import { isDecision, type DecisionEvent } from '../events';
import type { World } from '../world';

interface RelayDecision extends DecisionEvent {
	readonly kind: 'smtpd.decision';
	readonly client: string;
	readonly sender: string;
	readonly recipient: string;
}

type FileSource = Extract<Source, { kind: 'file' }>;

interface Candidate {
	readonly source: FileSource;
	readonly before: string;
	readonly after: string;
}

export function smallestChange(world: World, sequence: number, fork: () => World): SmallestChange | null {
	const recorded = world.engine.trace.at(sequence);
	if (!recorded || !isDecision(recorded) || recorded.event.kind !== 'smtpd.decision') return null;
	const event = recorded.event as RelayDecision;
	const client = /\[([\d.]+)\]/.exec(event.client)?.[1] ?? event.client;
	for (const candidate of candidates(world, event.decision, client)) {
		const tried = fork();
		const verdict = ask(tried, candidate, event, client);
		if (verdict !== null && verdict !== event.decision.verdict) return describe(candidate, event, verdict);
	}
	return null;
}

function candidates(world: World, decision: Decision, client: string): Candidate[] {
	const reason = decision.reasons.find((row) => row.check === 'permit_mynetworks');
	const source = reason && networksSource(reason);
	if (!source) return [];
	const lines = world.host(source.host).disk.readText(source.path).split('\n');
	const before = lines[source.line - 1];
	if (before === undefined) return [];
	const afters = decision.verdict === 'accepted' ? withoutItem(before, source.item) : [`${before.trimEnd()} ${client}`];
	return afters.map((after) => ({ source, before, after }));
}

function networksSource(reason: Reason): FileSource | undefined {
	return [reason.source, ...(reason.because ?? [])].find(
		(source): source is FileSource => source?.kind === 'file' && source.path.endsWith('main.cf')
	);
}

function withoutItem(line: string, item: string | undefined): string[] {
	if (item === undefined || !line.includes(item)) return [];
	return [
		line
			.replace(item, '')
			.replace(/[ ,]{2,}/g, ' ')
			.trimEnd()
	];
}

/** Writes the change, reloads, and lets the same client ask for the same recipient. */
function ask(
	fork: World,
	{ source, after }: Candidate,
	event: RelayDecision,
	client: string
): Decision['verdict'] | null {
	const { disk } = fork.host(source.host);
	const lines = disk.readText(source.path).split('\n');
	lines[source.line - 1] = after;
	disk.writeFile(source.path, lines.join('\n'));
	fork.shell(source.host, 'postfix reload');
	const from = fork.spec.hosts.find((row) =>
		row.interfaces.some((card) => card.addresses.some((text) => text.startsWith(`${client}/`)))
	);
	const to = fork.spec.hosts.find((row) => row.name === source.host)?.interfaces[0]?.addresses[0]?.split('/')[0];
	if (!from || to === undefined) return null;
	let last: Recorded<DecisionEvent> | undefined;
	const end = fork.engine.trace.listen((recorded) => {
		if (isDecision(recorded) && recorded.event.kind === event.kind && recorded.event.host === source.host)
			last = recorded;
	});
	const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
	fork.shell(
		from.name,
		`swaks --server ${to} --from ${quote(event.sender || '<>')} --to ${quote(event.recipient)} --quit-after RCPT`,
		{
			limit: 60_000_000
		}
	);
	end();
	return last?.event.decision.verdict ?? null;
}

function describe(candidate: Candidate, event: RelayDecision, verdict: Decision['verdict']): SmallestChange {
	const { source, before, after } = candidate;
	const may = verdict === 'accepted' ? 'may' : 'may no longer';
	return {
		host: source.host,
		path: source.path,
		line: source.line,
		before,
		after,
		turns: [`${event.client} ${may} send to ${event.recipient}`]
	};
}
