/**
 * Connections that met a doorman: which they were, and for one of them the walk through hosts.allow and hosts.deny. The
 * trial of a client that is not there.
 *
 * Reads: the trace's `libwrap.decision` and `xinetd.decision` events, and the tables on the disk. Decides nothing.
 */
import type { Reason, Source } from '#engine/decision';
import type { Recorded } from '#engine/trace';
import { decode } from '#kernel/text';
import { servedDaemons } from '#programs/inetd/daemons';
import { fromBytes, fromText, toText } from '#programs/libwrap/bytes';
import type { AskedStep, PatternStep, RuleStep, WrapperEvent } from '#programs/libwrap/hosts-access';
import { OPTIONS } from '#programs/libwrap/options';
import { isKnownName } from '#programs/libwrap/pattern';
import { LogicalLines, readTableLine } from '#programs/libwrap/table';
import { visit } from '#programs/libwrap/visitor';
import type {
	PieceState, RuleVisit, TableVisit, VisitRow, VisitView, WhoStep, WrapperRule, WrapperRuleName, WrappersView
} from '../door'; // prettier-ignore
import { isDecision, type DecisionEvent } from '../events';
import type { World } from '../world';

const TABLES = ['/etc/hosts.allow', '/etc/hosts.deny'] as const;
/** daemons that are linked with the library, and run without inetd */
const STANDALONE = ['sshd'] as const;
const VISITS_SHOWN = 200;
/** virtual microseconds that a trial may take: name servers may be slow */
const TRIAL_LIMIT = 120_000_000;

/* ---- the tables -------------------------------------------------------------------------------------------------- */

export function wrappersView(world: World, host: string): WrappersView {
	const { disk } = world.host(host);
	const decided = new Map<string, number>();
	for (const { event } of visitsOf(world, host)) {
		const rule = decidingRule(event);
		if (rule && !isTried(event)) decided.set(keyOf(rule), (decided.get(keyOf(rule)) ?? 0) + 1);
	}
	const tables = TABLES.map((path) => {
		if (!disk.exists(path)) return { path, exists: false, rules: [] };
		const rules = rulesOf(disk.readFile(path)).map((rule) => ({
			...rule,
			decided: decided.get(keyOf({ path, text: rule.text })) ?? 0
		}));
		return { path, exists: true, rules };
	});
	return { host, tables, daemons: daemonsOf(world, host) };
}

function keyOf({ path, text }: WrapperRuleName): string {
	return `${path}\n${text}`;
}

function rulesOf(bytes: Uint8Array): Omit<WrapperRule, 'decided'>[] {
	const lines = new LogicalLines(fromBytes(bytes));
	const rules = [];
	for (let line = lines.next(); line !== undefined; line = lines.next())
		if (readTableLine(line).kind === 'rule')
			rules.push({ line: lines.first, endLine: lines.line, text: toText(line).trimEnd() });
	return rules;
}

/** Daemons that inetd starts, those that ask by themselves, and those that have asked. */
function daemonsOf(world: World, host: string): WrappersView['daemons'] {
	const { disk } = world.host(host);
	const list = new Map<string, WrappersView['daemons'][number]>();
	const configuration = disk.exists('/etc/inetd.conf') ? disk.readText('/etc/inetd.conf') : '';
	for (const { daemon, service, wrapped } of servedDaemons(configuration))
		list.set(daemon, { name: daemon, service, wrapped: wrapped || list.get(daemon)?.wrapped === true });
	for (const name of STANDALONE)
		if (disk.exists(`/usr/sbin/${name}`) && !list.has(name)) list.set(name, { name, service: '', wrapped: true });
	for (const { event } of visitsOf(world, host)) {
		const name = isWrapper(event) ? event.daemon : '';
		if (name !== '' && !isTried(event)) list.set(name, { name, service: list.get(name)?.service ?? '', wrapped: true });
	}
	return [...list.values()];
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

type Visit = Recorded<DecisionEvent>;
const KINDS: readonly string[] = ['libwrap.decision', 'xinetd.decision'];

function isVisit(recorded: Recorded): recorded is Visit {
	return KINDS.includes(recorded.event.kind) && isDecision(recorded);
}

function isWrapper(event: DecisionEvent): event is DecisionEvent & WrapperEvent {
	return event.kind === 'libwrap.decision';
}

function isTried(event: DecisionEvent): boolean {
	return isWrapper(event) && event.dryRun;
}

function visitsOf(world: World, host: string): Visit[] {
	const list: Visit[] = [];
	for (const recorded of world.engine.trace.since())
		if (isVisit(recorded) && recorded.event.host === host) list.push(recorded);
	return list;
}

export function visitRows(
	world: World,
	host: string,
	rule: WrapperRuleName | undefined,
	limit = VISITS_SHOWN
): VisitRow[] {
	const rows = visitsOf(world, host).map(rowOf);
	const wanted = rule && keyOf(rule);
	return rows.filter(({ decided }) => wanted === undefined || (decided && keyOf(decided) === wanted)).slice(-limit);
}

function decidingRule(event: DecisionEvent): VisitRow['decided'] {
	if (isWrapper(event)) {
		/* a rule whose aclexec fails matches and decides nothing: the walk goes on in the next table, or ends granted */
		const rule = event.walk.at(-1);
		return rule?.matched === true && event.ending === '' ? rule : null;
	}
	/* who is let in was decided by no line: nothing kept it out */
	if (event.decision.verdict === 'accepted') return null;
	const source = event.decision.reasons.find(({ outcome }) => outcome === 'decided')?.source;
	return source?.kind === 'file' ? { path: source.path, line: source.line, text: source.item ?? '' } : null;
}

function rowOf({ sequence, time, event }: Visit): VisitRow {
	const { decision, host } = event;
	const [daemon = '', client = ''] = isWrapper(event) ? [event.daemon, event.client] : decision.subject.split(' for ');
	const rule = decidingRule(event);
	const decided = rule && { path: rule.path, line: rule.line, text: rule.text };
	return { sequence, time, host, daemon, client, verdict: decision.verdict, tried: isTried(event), decided };
}

/* ---- one connection ---------------------------------------------------------------------------------------------- */

export function visitView(world: World, sequence: number): VisitView | null {
	const recorded = world.engine.trace.at(sequence);
	return recorded && isVisit(recorded) ? viewOf(recorded) : null;
}

function viewOf(visit: Visit): VisitView {
	const row = rowOf(visit);
	const { event } = visit;
	const headline = headlineOf(row, isWrapper(event) ? 'no rule matches' : 'nothing keeps it out');
	if (!isWrapper(event)) {
		const { reasons } = event.decision;
		return { ...row, headline, who: [], tables: [], ending: '', reasons, warnings: [] };
	}
	return {
		...row,
		headline,
		who: whoOf(event),
		tables: tablesOf(event),
		ending: event.ending,
		reasons: [],
		warnings: event.diagnostics.map(({ text, place }) => ({ text, path: place?.file ?? '', line: place?.line ?? 0 }))
	};
}

const VERDICTS: Readonly<Partial<Record<VisitRow['verdict'], string>>> = {
	accepted: 'Let in',
	refused: 'Refused',
	rewritten: 'Handed to another program'
};

/** @param otherwise why a client is let in that no line lets in */
function headlineOf({ verdict, decided }: VisitRow, otherwise: string): string {
	const word = VERDICTS[verdict] ?? verdict;
	if (decided) return `${word} by line ${decided.line} of ${baseName(decided.path)}`;
	return verdict === 'accepted' ? `${word}: ${otherwise}` : word;
}

function baseName(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

const LABELS: Readonly<Record<AskedStep['what'], string>> = {
	reverse: 'Name of the address',
	forward: 'Addresses of the name',
	ident: 'User, by ident'
};

function whoOf(event: WrapperEvent): WhoStep[] {
	const { address, name, user, lookups } = event;
	const known = address !== '' && address !== 'unknown';
	const steps: WhoStep[] = [
		{
			label: 'Address',
			value: known ? address : '',
			text: known ? 'the connection itself says so' : 'the connection does not tell',
			outcome: known ? 'found' : 'nothing',
			neededBy: null,
			sources: []
		}
	];
	for (const lookup of lookups) steps.push(askedStep(event, lookup));
	const asked = (what: AskedStep['what']): boolean => lookups.some((one) => one.what === what && one.end === 'client');
	if (!asked('reverse')) steps.push(notAsked('Name', isKnownName(name) ? name : '', 'name'));
	if (!asked('ident')) steps.push(notAsked('User', isKnownName(user) ? user : '', 'user'));
	return steps;
}

function notAsked(label: string, value: string, what: string): WhoStep {
	const [text, outcome] =
		value === ''
			? ([`no rule that was tried needs the ${what}`, 'not-asked'] as const)
			: (['it was given with the question', 'found'] as const);
	return { label, value, text, outcome, neededBy: null, sources: [] };
}

function askedStep(event: WrapperEvent, lookup: AskedStep): WhoStep {
	const { what, end, answers, text, paranoid, rule, reasons } = lookup;
	const needed = rule === undefined ? undefined : event.walk[rule];
	return {
		label: `${LABELS[what]}${end === 'server' ? ' (this host)' : ''}`,
		value: answers.join(', '),
		text,
		outcome: paranoid ? 'paranoid' : answers.length === 0 ? 'nothing' : 'found',
		neededBy: needed ? { path: needed.path, line: needed.line } : null,
		sources: sourcesOf(reasons, event.host)
	};
}

function sourcesOf(reasons: readonly Reason[], host: string): Source[] {
	return reasons
		.flatMap(({ source }) => (source ? [source] : []))
		.map((source) => ('host' in source && source.host === '' ? { ...source, host } : source));
}

function tablesOf(event: WrapperEvent): TableVisit[] {
	const read = event.tables.map(({ path, result }) => ({
		path,
		result,
		rules: event.walk.filter((step) => step.path === path).map(ruleVisit)
	}));
	const rest = read.length < 2 ? TABLES.filter((path) => !read.some((one) => one.path === path)) : [];
	return [...read, ...rest.map((path) => ({ path, result: 'not-read', rules: [] }) as const)];
}

function ruleVisit(step: RuleStep): RuleVisit {
	const { line, endLine, text, matched, because, daemons, clients, options } = step;
	const patterns = [
		...daemons.map((one) => ({ list: 'daemons' as const, ...one })),
		...(clients ?? []).map((one) => ({ list: 'clients' as const, ...one }))
	];
	const meaning = (name: string): string => OPTIONS.find((row) => row.name === name)?.meaning ?? '';
	return {
		line,
		endLine,
		text,
		matched,
		because,
		pieces: piecesOf(step),
		patterns,
		options: options.map(({ name, value }) => ({ name, value, meaning: meaning(name) }))
	};
}

type Piece = RuleVisit['pieces'][number];

function piecesOf({ text, daemons, clients, options, matched }: RuleStep): Piece[] {
	const row = readTableLine(fromText(`${text}\n`));
	if (row.kind !== 'rule') return [{ text, state: 'plain' }];
	const pieces = [...listPieces(toText(row.daemons), daemons), plain(':'), ...listPieces(toText(row.clients), clients)];
	if (row.options === undefined) return trimmed(pieces);
	const state: PieceState = matched && options.length > 0 ? 'option' : 'not-asked';
	return trimmed([...pieces, plain(':'), { text: toText(row.options).trimEnd(), state }]);
}

function plain(text: string): Piece {
	return { text, state: 'plain' };
}

/** The newline that ends the rule belongs to nobody. */
function trimmed(pieces: readonly Piece[]): Piece[] {
	const last = pieces.at(-1)!;
	return [...pieces.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}

/** A list's words, each with what came of it; words that were not reached were not asked. */
function listPieces(list: string, steps: readonly PatternStep[] | undefined): Piece[] {
	let depth = 0;
	const left = [...(steps ?? [])];
	return list
		.split(/([\s,]+)/)
		.filter((part) => part !== '')
		.map((part) => {
			if (/^[\s,]/.test(part)) return plain(part);
			if (part.toUpperCase() === 'EXCEPT') {
				depth++;
				return plain(part);
			}
			const at = left.findIndex((step) => step.except === depth && step.pattern === part);
			if (at < 0) return { text: part, state: 'not-asked' };
			const [step] = left.splice(at, 1);
			/* in an exception it is the pattern that matches which the rule fails by */
			if (depth % 2 === 1) return { text: part, state: step!.matched ? 'failed' : 'plain' };
			return { text: part, state: step!.matched ? 'held' : 'failed' };
		});
}

/* ---- a client that is not there ---------------------------------------------------------------------------------- */

/** @param fork a world of its own: it is changed by the trial */
export function tryVisit(
	fork: World,
	{ host, daemon, client, user }: { host: string; daemon: string; client: string; user: string }
): VisitView {
	const machine = fork.host(host);
	const service = daemonsOf(fork, host).find(({ name }) => name === daemon)?.service ?? '';
	let last: Visit | undefined;
	const end = fork.engine.trace.listen((recorded) => {
		if (isVisit(recorded) && recorded.event.host === host && isTried(recorded.event)) last = recorded;
	});
	const main = visit({ daemon, client, user, service });
	const process = machine.spawn({ path: '/usr/sbin/tcpd', argv: [daemon], env: new Map(), main });
	const limit = fork.engine.now + TRIAL_LIMIT;
	while (process.status === null && fork.engine.nextTime() <= limit) fork.engine.step();
	end();
	if (last) return { ...viewOf(last), sequence: -1 };
	throw new Error(decode(process.stderr()).trim() || `the doorman of ${host} did not answer in time`);
}
