/**
 * The decision of hosts_access(5): the first rule of hosts.allow that matches grants, else the first of hosts.deny
 * refuses, else access is granted. tcpd, inetd -l, tcpdmatch and every program linked with libwrap ask this function.
 *
 * Reads: both tables, anew for each request, and files that patterns name; looks names and users up only when a pattern
 *        or a `%` letter needs them.
 * Does:  what the options of the matching rule say. A mistake in an option refuses; a table that breaks off (a last line
 *        without newline, a file that cannot be opened) ends there, and in hosts.deny refuses.
 * Tells: the watcher, as `libwrap.decision`, each rule that was tried and why.
 */
import type { Decision, Reason, Source } from '#engine/decision';
import { Errno, O, type Sys } from '#kernel/syscalls';
import { inNetgroup } from '../libc/netgroup';
import { readAll } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { close, getcwd, open, trace } from '../libc/unistd';
import { looksNumeric } from './address';
import { cString, fromBytes, fromText, sameWord, toText, wholeUnsigned, type ByteText } from './bytes';
import { Jump, type Diagnostic, type Library } from './library';
import { processOptions, type OptionStep } from './options';
import { isKnownName, matchesMask, matchesString, UNKNOWN } from './pattern';
import type { HostInfo, Request } from './request';
import { LogicalLines, readTableLine, splitAt, splitEndpoint, words } from './table';

/** A pattern that was tried. */
export interface PatternStep {
	readonly pattern: string;
	/** what is left of it after EXCEPT: the depth of the exception, 0 for the list itself */
	readonly except: number;
	readonly matched: boolean;
}

/** One rule that was tried, for the panel of the doorman's walk. */
export interface RuleStep {
	readonly path: string;
	/** first and last physical line */
	readonly line: number;
	readonly endLine: number;
	readonly daemons: readonly PatternStep[];
	/** undefined: the daemon list did not match, so nobody looked */
	readonly clients: readonly PatternStep[] | undefined;
	readonly options: readonly OptionStep[];
	readonly matched: boolean;
}

export interface WrapperEvent {
	readonly kind: 'libwrap.decision';
	readonly host: string;
	readonly daemon: string;
	readonly client: string;
	readonly walk: readonly RuleStep[];
	readonly diagnostics: readonly Diagnostic[];
	/** tried out, by tcpdmatch */
	readonly dryRun: boolean;
	readonly decision: Decision;
}

export interface Access {
	readonly granted: boolean;
	readonly decision: Decision;
}

type TableResult = 'match' | 'no-match' | 'broken';
type Matcher = (pattern: ByteText) => Sys<boolean>;

/** Whether this client may use this daemon. Options of the rule that matches are run. */
export function* hostsAccess(library: Library, request: Request): Sys<Access> {
	if (library.resident <= 0) library.resident++;
	const doorman = new Doorman(library, request);
	library.beforeHandOver = function* (command) {
		yield* doorman.explain('rewritten', `twist puts another program in the place of the daemon: ${toText(command)}`);
	};
	const { granted, last } = yield* doorman.decide();
	library.beforeHandOver = undefined;
	/* tried out, twist says that it would hand over by ending the trial */
	const handedOver = doorman.dryRun && !library.dryRun;
	const decision = yield* doorman.explain(handedOver ? 'rewritten' : granted ? 'accepted' : 'refused', last);
	return { granted, decision };
}

class Doorman {
	readonly walk: RuleStep[] = [];
	readonly #reasons: Reason[] = [];
	readonly dryRun: boolean;
	#lookups = 0;

	constructor(
		readonly library: Library,
		readonly request: Request
	) {
		this.dryRun = library.dryRun;
		library.diagnostics.length = 0;
	}

	*decide(): Sys<{ granted: boolean; last: string }> {
		const { allowTable, denyTable } = this.library;
		const before = this.library.place;
		try {
			if ((yield* this.#table(allowTable)) === 'match') return { granted: true, last: '' };
			const denied = yield* this.#table(denyTable);
			if (denied === 'no-match') return { granted: true, last: `no rule matches: access is granted` };
			const last = denied === 'broken' ? `${toText(denyTable)} cannot be read to its end: access is refused` : '';
			return { granted: false, last };
		} catch (thrown) {
			if (!(thrown instanceof Jump)) throw thrown;
			const last = thrown.error === undefined ? '' : `${thrown.error}: access is refused`;
			return { granted: thrown.verdict === 'permit', last };
		} finally {
			this.library.place = before;
		}
	}

	/* ---- tables ---- */

	*#table(table: ByteText): Sys<TableResult> {
		const { library } = this;
		const text = yield* readTable(table);
		if (text instanceof Errno) {
			if (text.code === 'ENOENT') return 'no-match';
			yield* library.warn(`cannot open ${table}: ${strerror(text)}`);
			return 'broken';
		}
		const lines = new LogicalLines(text);
		const before = library.place;
		for (let line = lines.next(); line !== undefined; line = lines.next()) {
			library.place = { file: table, line: lines.line };
			const row = readTableLine(line);
			if (row.kind === 'broken') {
				yield* library.warn('missing newline or line too long');
				yield* library.warn('all the subsequent rules will be ignored');
				library.place = before;
				return 'broken';
			}
			if (row.kind === 'no-separator') yield* library.warn('missing ":" separator');
			if (row.kind !== 'rule') continue;
			const place = { path: toText(table), line: lines.first, endLine: lines.line };
			const tried = yield* this.#rule(row.daemons, row.clients, place);
			if (!tried.matched) continue;
			const result = yield* this.#matched(table, lines.line, row.options, tried);
			library.place = before;
			return result;
		}
		library.place = before;
		return 'no-match';
	}

	*#matched(table: ByteText, line: number, options: ByteText | undefined, tried: Tried): Sys<TableResult> {
		const { library, request } = this;
		if (library.verbose > 1) yield* library.syslog({ priority: 'debug' }, `matched:  ${table} line ${line}`);
		if (options === undefined) return 'match';
		yield* processOptions(library, request, options, tried.options);
		if (!library.commandFailed) return 'match';
		yield* library.syslog({ priority: 'info' }, 'aclexec returned 1');
		return 'no-match';
	}

	*#rule(daemons: ByteText, clients: ByteText, place: Place): Sys<Tried> {
		const daemonSteps: PatternStep[] = [];
		const clientSteps: PatternStep[] = [];
		const options: OptionStep[] = [];
		const served = yield* matchList(words(daemons), (pattern) => this.#matchesServer(pattern), daemonSteps);
		const matched =
			served && (yield* matchList(words(clients), (pattern) => this.#matchesClient(pattern), clientSteps));
		const step = { ...place, daemons: daemonSteps, clients: served ? clientSteps : undefined, options, matched };
		this.walk.push(step);
		this.#tellLookups();
		const why = this.#why(step);
		const source: Source = {
			kind: 'file',
			host: '',
			path: place.path,
			line: place.line,
			...(place.endLine > place.line && { endLine: place.endLine }),
			...(why.item !== undefined && { item: why.item })
		};
		const check = place.path.slice(place.path.lastIndexOf('/') + 1);
		this.#reasons.push({ check, outcome: matched ? 'decided' : 'no-match', text: why.text, source });
		return { matched, options };
	}

	/* ---- patterns ---- */

	*#matchesServer(token: ByteText): Sys<boolean> {
		const { name, host } = splitEndpoint(token);
		if (!this.#matchesDaemon(name)) return false;
		return host === undefined || (yield* this.#matchesHost(host, this.request.server));
	}

	/** A number is a port, and matches nothing while the port is not known. */
	#matchesDaemon(pattern: ByteText): boolean {
		const port = wholeUnsigned(pattern, 10);
		if (port === undefined || port > 65_535) return matchesString(pattern, this.request.daemon);
		return this.request.server.endpoint?.port === port;
	}

	*#matchesClient(token: ByteText): Sys<boolean> {
		const { name, host } = splitEndpoint(token);
		if (host === undefined) return yield* this.#matchesHost(token, this.request.client);
		return (yield* this.#matchesHost(host, this.request.client)) && matchesString(name, yield* this.request.getUser());
	}

	/** Looks the name up only for patterns that an address cannot answer. */
	*#matchesHost(pattern: ByteText, host: HostInfo): Sys<boolean> {
		if (pattern.startsWith('@')) return yield* inNetgroup(toText(pattern.slice(1)), toText(yield* host.getName()));
		if (pattern.startsWith('/')) return yield* this.#matchesFile(pattern, host);
		if (sameWord(pattern, 'KNOWN')) {
			const name = yield* host.getName();
			return !sameWord(yield* host.getAddress(), UNKNOWN) && isKnownName(name);
		}
		if (sameWord(pattern, 'LOCAL')) {
			const name = yield* host.getName();
			return !name.includes('.') && isKnownName(name);
		}
		const network = splitAt(pattern, '/');
		if (network) return matchesMask(network[0], network[1], yield* host.getAddress());
		if (matchesString(pattern, yield* host.getAddress())) return true;
		return !looksNumeric(pattern) && matchesString(pattern, yield* host.getName());
	}

	/** Patterns of a file, between white space; it stays open while they are tried, so files that name each other end. */
	*#matchesFile(path: ByteText, host: HostInfo): Sys<boolean> {
		let fd: number;
		try {
			fd = yield* open(toText(path), O.RDONLY);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (thrown.code !== 'ENOENT') yield* this.library.warn(`open ${path}: ${strerror(thrown)}`);
			return false;
		}
		try {
			const text = yield* readOpen(fd);
			for (const word of text.split(/[ \t\n\v\f\r]+/).filter((one) => one !== ''))
				if (yield* this.#matchesHost(cString(word), host)) return true;
			return false;
		} finally {
			yield* close(fd);
		}
	}

	/* ---- explaining ---- */

	#tellLookups(): void {
		const { lookups } = this.request;
		for (; this.#lookups < lookups.length; this.#lookups++)
			this.#reasons.push({ ...lookups[this.#lookups]!, outcome: 'passed' });
	}

	#why(step: RuleStep): { readonly text: string; readonly item?: string } {
		const { daemon, client } = this.request;
		const who = isKnownName(client.name) && client.name !== '' ? `${client.name} (${client.address})` : client.address;
		const daemons = hit(step.daemons);
		if (!step.clients) return { text: missed(step.daemons, `the daemon ${toText(daemon)}`) };
		const clients = hit(step.clients);
		if (!step.matched)
			return { text: `${daemons} is the daemon; ${missed(step.clients, `the client ${toText(who)}`)}` };
		const text = `${daemons} is the daemon and ${clients} the client ${toText(who)}`;
		return clients === undefined ? { text } : { text, item: clients };
	}

	/** @param last what is to be said after the rules, empty for nothing */
	*explain(verdict: Decision['verdict'], last: string): Sys<Decision> {
		const { library, request } = this;
		this.#tellLookups();
		const client = toText((yield* request.clientInfo()).value);
		const daemon = toText(request.daemon);
		const reasons: Reason[] = [...this.#reasons];
		if (last !== '') reasons.push({ check: 'hosts_access', outcome: 'decided', text: last });
		const decision: Decision = {
			verdict,
			subject: `${daemon} for ${client}`,
			reasons: yield* absolutePaths(reasons)
		};
		const event: WrapperEvent = {
			kind: 'libwrap.decision',
			host: '',
			daemon,
			client,
			walk: this.walk,
			diagnostics: [...library.diagnostics],
			dryRun: this.dryRun,
			decision
		};
		yield* trace(event);
		return decision;
	}
}

interface Place {
	readonly path: string;
	readonly line: number;
	readonly endLine: number;
}

interface Tried {
	readonly matched: boolean;
	/** filled in when they run */
	readonly options: OptionStep[];
}

/** The pattern that took the list, as written. */
function hit(steps: readonly PatternStep[]): string | undefined {
	return steps.find((step) => step.matched && step.except === 0)?.pattern;
}

/** Why a list did not match. */
function missed(steps: readonly PatternStep[], what: string): string {
	const taken = hit(steps);
	const tried = steps.map((step) => step.pattern).join(', ');
	if (taken === undefined) return steps.length === 0 ? `an empty list is not ${what}` : `${tried} is not ${what}`;
	const out = steps.find((step) => step.matched && step.except === 1);
	return `${taken} would match ${what}, but EXCEPT ${out?.pattern ?? ''} takes it out`;
}

/**
 * A list with exceptions: the first word that matches decides, unless the list after the next EXCEPT matches too.
 * @param steps the words that were tried are added to it
 */
export function* matchList(
	list: readonly ByteText[],
	matches: Matcher,
	steps: PatternStep[],
	from = 0,
	depth = 0
): Sys<boolean> {
	for (let i = from; i < list.length; i++) {
		if (sameWord(list[i]!, 'EXCEPT')) return false;
		const matched = yield* matches(list[i]!);
		steps.push({ pattern: toText(list[i]!), except: depth, matched });
		if (!matched) continue;
		const except = list.findIndex((word, at) => at > i && sameWord(word, 'EXCEPT'));
		return except < 0 || !(yield* matchList(list, matches, steps, except + 1, depth + 1));
	}
	return false;
}

/** A table's text; a directory reads as empty, as with stdio. */
export function* readTable(path: ByteText): Sys<ByteText | Errno> {
	try {
		const fd = yield* open(toText(path), O.RDONLY);
		try {
			return yield* readOpen(fd);
		} finally {
			yield* close(fd);
		}
	} catch (thrown) {
		if (thrown instanceof Errno) return thrown;
		throw thrown;
	}
}

/** What an open file holds; nothing when it cannot be read. */
export function* readOpen(fd: number): Sys<ByteText> {
	try {
		return fromBytes(yield* readAll(fd));
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

function* absolutePaths(reasons: readonly Reason[]): Sys<Reason[]> {
	const relative = (source: Source | undefined): source is Extract<Source, { kind: 'file' }> =>
		source?.kind === 'file' && !source.path.startsWith('/');
	if (!reasons.some(({ source }) => relative(source))) return [...reasons];
	const directory = (yield* getcwd()).replace(/\/$/, '');
	return reasons.map((reason) => {
		const { source } = reason;
		return relative(source) ? { ...reason, source: { ...source, path: `${directory}/${source.path}` } } : reason;
	});
}

/** hosts_ctl(3): for a daemon that knows the names already. */
export function* hostsControl(
	library: Library,
	request: Request,
	daemon: string,
	client: { readonly name: string; readonly address: string; readonly user: string }
): Sys<Access> {
	request.setDaemon(fromText(daemon));
	request.client.setName(fromText(client.name));
	request.client.setAddress(fromText(client.address));
	request.setUser(fromText(client.user));
	return yield* hostsAccess(library, request);
}
