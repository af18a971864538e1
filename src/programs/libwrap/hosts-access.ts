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
import { becauseOfClient, becauseOfServer } from './because';
import { cString, fromBytes, fromText, sameWord, toText, wholeUnsigned, type ByteText } from './bytes';
import { Jump, type Diagnostic, type Library } from './library';
import { processOptions, type OptionStep } from './options';
import { isKnownName, matchesMask, matchesString, UNKNOWN } from './pattern';
import type { HostInfo, LookupStep, Request } from './request';
import { LogicalLines, readTableLine, splitAt, splitEndpoint, words } from './table';

/** A pattern that was tried. */
export interface PatternStep {
	readonly pattern: string;
	/** what is left of it after EXCEPT: the depth of the exception, 0 for the list itself */
	readonly except: number;
	readonly matched: boolean;
	/** what it was held against: "192.0.2.66 does not begin with 10.0." */
	readonly because: string;
}

/** One rule that was tried, for the panel of the doorman's walk. */
export interface RuleStep {
	readonly path: string;
	/** first and last physical line */
	readonly line: number;
	readonly endLine: number;
	/** the rule as written, lines joined */
	readonly text: string;
	readonly daemons: readonly PatternStep[];
	/** undefined: the daemon list did not match, so nobody looked */
	readonly clients: readonly PatternStep[] | undefined;
	readonly options: readonly OptionStep[];
	readonly matched: boolean;
	readonly because: string;
}

/** A question about one of the ends, and the rule that needed the answer. */
export interface AskedStep extends LookupStep {
	/** index in the walk; undefined: asked before the first rule */
	readonly rule: number | undefined;
}

/** A table that was opened. */
export interface TableStep {
	readonly path: string;
	readonly result: TableResult | 'missing';
}

export interface WrapperEvent {
	readonly kind: 'libwrap.decision';
	readonly host: string;
	readonly daemon: string;
	readonly client: string;
	/** of the client; "unknown" when the socket does not tell */
	readonly address: string;
	/** as believed: empty when nobody asked, else a name, "unknown" or "paranoid" */
	readonly name: string;
	/** empty when nobody asked */
	readonly user: string;
	readonly lookups: readonly AskedStep[];
	readonly tables: readonly TableStep[];
	readonly walk: readonly RuleStep[];
	/** what decided when no rule did; else empty */
	readonly ending: string;
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

/** How a list asks its words, and how it says afterwards why. */
interface Asked {
	readonly matches: (pattern: ByteText) => Sys<boolean>;
	readonly because: (pattern: ByteText, matched: boolean) => string;
}

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
	readonly #lookups: AskedStep[] = [];
	readonly #tables: TableStep[] = [];
	readonly dryRun: boolean;

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
		this.#tellLookups(undefined);
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
		const at = this.#tables.push({ path: toText(table), result: 'match' }) - 1;
		const text = yield* readTable(table);
		if (text instanceof Errno && text.code === 'ENOENT') {
			this.#tables[at] = { path: toText(table), result: 'missing' };
			return 'no-match';
		}
		const result = yield* this.#lines(table, text);
		this.#tables[at] = { path: toText(table), result };
		return result;
	}

	*#lines(table: ByteText, text: ByteText | Errno): Sys<TableResult> {
		const { library } = this;
		if (text instanceof Errno) {
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
			const place = { path: toText(table), line: lines.first, endLine: lines.line, text: toText(line).trimEnd() };
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
		const served = yield* matchList(words(daemons), this.#server, daemonSteps);
		const matched = served && (yield* matchList(words(clients), this.#client, clientSteps));
		const tried = { daemons: daemonSteps, clients: served ? clientSteps : undefined, matched };
		const why = this.#why(tried);
		this.#tellLookups(this.walk.push({ ...place, ...tried, options, because: why.text }) - 1);
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

	readonly #server: Asked = {
		matches: (pattern) => this.#matchesServer(pattern),
		because: (pattern, matched) => becauseOfServer(pattern, this.request, matched)
	};

	readonly #client: Asked = {
		matches: (pattern) => this.#matchesClient(pattern),
		because: (pattern, matched) => becauseOfClient(pattern, this.request, matched)
	};

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

	/** @param rule that needed them */
	#tellLookups(rule: number | undefined): void {
		for (const lookup of this.request.lookups.slice(this.#lookups.length)) {
			this.#lookups.push({ ...lookup, rule });
			for (const reason of lookup.reasons) this.#reasons.push({ ...reason, outcome: 'passed' });
			if (lookup.paranoid || lookup.what === 'ident') {
				const check = lookup.paranoid ? 'PARANOID' : 'ident';
				this.#reasons.push({ check, outcome: 'passed', text: `${lookup.asked}: ${lookup.text}` });
			}
		}
	}

	#why(step: Pick<RuleStep, 'daemons' | 'clients' | 'matched'>): { readonly text: string; readonly item?: string } {
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
		this.#tellLookups(this.walk.length - 1);
		const client = toText((yield* request.clientInfo()).value);
		const daemon = toText(request.daemon);
		const reasons: Reason[] = [...this.#reasons];
		if (last !== '') reasons.push({ check: 'hosts_access', outcome: 'decided', text: last });
		const isRelative = [library.allowTable, library.denyTable].some((table) => !table.startsWith('/'));
		const directory = isRelative ? (yield* getcwd()).replace(/\/$/, '') : '';
		const absolute = (path: string): string => (path.startsWith('/') ? path : `${directory}/${path}`);
		const decision: Decision = {
			verdict,
			subject: `${daemon} for ${client}`,
			reasons: reasons.map((reason) => {
				const { source } = reason;
				return source?.kind === 'file' ? { ...reason, source: { ...source, path: absolute(source.path) } } : reason;
			})
		};
		const event: WrapperEvent = {
			kind: 'libwrap.decision',
			host: '',
			daemon,
			client,
			address: toText(request.client.address),
			name: toText(request.client.name),
			user: toText(request.user),
			lookups: this.#lookups,
			tables: this.#tables.map((table) => ({ ...table, path: absolute(table.path) })),
			walk: this.walk.map((step) => ({ ...step, path: absolute(step.path) })),
			ending: last,
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
	readonly text: string;
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
	asked: Asked,
	steps: PatternStep[],
	from = 0,
	depth = 0
): Sys<boolean> {
	for (let i = from; i < list.length; i++) {
		if (sameWord(list[i]!, 'EXCEPT')) return false;
		const matched = yield* asked.matches(list[i]!);
		const because = asked.because(list[i]!, matched);
		steps.push({ pattern: toText(list[i]!), except: depth, matched, because });
		if (!matched) continue;
		const except = list.findIndex((word, at) => at > i && sameWord(word, 'EXCEPT'));
		return except < 0 || !(yield* matchList(list, asked, steps, except + 1, depth + 1));
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
