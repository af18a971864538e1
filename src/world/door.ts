/**
 * The world's door: what the page may say to the worker that runs the world, and what it hears back. Everything is plain
 * data that structured cloning carries. The worker's side is `ui/door/worker.ts`, the page's `ui/door/client.ts`.
 *
 * Rule: nothing calls upward. The page asks the world to run until a time and gets one batch back.
 */
import type { Decision, Source, Verdict } from '#engine/decision';
import type { Completion, Diagnostic, Hover } from '#programs/editor';
import type { LayerView } from '#wire/header';
import type { FileSpec, WorldSpec } from './spec';
import type { VisitRow, VisitView, WrapperRuleName, WrappersView } from './door-wrappers';

export type { Decision, Reason, Source, Verdict } from '#engine/decision';
export type { Completion, Diagnostic, Hover } from '#programs/editor';
export type { FieldView, LayerView } from '#wire/header';
export type { FileSpec, HostSpec, LinkSpec, WorldSpec } from './spec';
export type * from './door-wrappers';

/* ---- in: what a person does --------------------------------------------------------------------------------------- */

/** All that can happen to a world from outside. A world is its spec, and the inputs with their times. */
export type Input =
	/** a terminal on a host, with a login shell; `id` is chosen by the page: "halo:1" */
	| {
			readonly kind: 'terminal';
			readonly host: string;
			readonly id: string;
			readonly user: string;
			readonly rows: number;
			readonly columns: number;
	  }
	| { readonly kind: 'resize'; readonly id: string; readonly rows: number; readonly columns: number }
	/** what was typed or pasted, as the keyboard sends it (UTF-8 text; "\x03" is Ctrl-C) */
	| { readonly kind: 'keys'; readonly id: string; readonly text: string }
	| { readonly kind: 'hangup'; readonly id: string }
	/** the editor saves: through the same system calls as that user; the answer tells whether it worked */
	| {
			readonly kind: 'save';
			readonly host: string;
			readonly user: string;
			readonly path: string;
			readonly text: string;
	  }
	| {
			readonly kind: 'link';
			readonly link: string;
			readonly change: {
				readonly delay?: number;
				readonly loss?: number;
				readonly rate?: number;
				readonly down?: boolean;
			};
	  }
	| { readonly kind: 'power'; readonly host: string; readonly on: boolean }
	/** shell text run without a terminal (a lesson's `start.sh`, a solution, a wrong answer) */
	| { readonly kind: 'command'; readonly host: string; readonly user: string; readonly run: string }
	/** files put on a disk from outside (a lesson's start state, a solution), as root */
	| { readonly kind: 'files'; readonly host: string; readonly files: Readonly<Record<string, FileSpec>> };

export interface TimedInput {
	/** microseconds of virtual time */
	readonly time: number;
	readonly input: Input;
}

/** Where a step stops: after the next event of that kind. */
export type StepTarget = 'packet' | 'smtp' | 'mail' | 'decision' | 'walk';

export type ToWorker =
	/** an `open` of this lesson will come: build and boot its world meanwhile; never answered */
	| { readonly type: 'prepare'; readonly lesson: LessonStart }
	/** builds and boots the world, applies the inputs at their times, and stands at `until` (default: the last input) */
	| {
			readonly type: 'open';
			readonly lesson: LessonStart;
			readonly inputs: readonly TimedInput[];
			readonly until?: number;
	  }
	| { readonly type: 'input'; readonly id: number; readonly input: Input }
	/** run until then; answered by one `batch`, perhaps before `until` was reached when the slice was long */
	| { readonly type: 'run'; readonly until: number }
	/** run until the next such event, at most `limit` microseconds on; answered by one `batch` */
	| { readonly type: 'step'; readonly to: StepTarget; readonly limit: number }
	| { readonly type: 'ask'; readonly id: number; readonly question: Question }
	| { readonly type: 'ping'; readonly id: number };

/** What the worker needs of a lesson: its world, the files over it, and what it checks. */
export interface LessonStart {
	readonly path: string;
	readonly world: WorldSpec;
	/** host → files laid over its disk before it boots */
	readonly files: Readonly<Record<string, Readonly<Record<string, FileSpec>>>>;
	/** commands run after the boot, before the learner comes */
	readonly prepare: readonly { readonly host: string; readonly run: string }[];
	readonly checks: readonly Check[];
	/** wrong answers that a failed check may recognise */
	readonly wrong: readonly { readonly name: string; readonly hint: string; readonly recognise?: Recognition }[];
}

/** A check: a command run in a fork of the world, and what it must give. */
export interface Check {
	readonly id: string;
	/** "The spammer is refused" */
	readonly label: string;
	readonly host: string;
	/** shell text, run by `user` (default root) */
	readonly run: string;
	readonly user?: string;
	/** simulated seconds that the probe may take; default 120 */
	readonly limit?: number;
	/** exit status that it must have; default: not looked at */
	readonly exit?: number;
	/** regular expressions that its output must, and must not, match */
	readonly prints?: readonly string[];
	readonly printsNot?: readonly string[];
	/** holds at the start already and must still hold */
	readonly holds?: boolean;
	/** what failed, said to a learner, where no named wrong answer is recognised */
	readonly hint: string;
}

/** How a named wrong answer shows: shell text that exits 0 in the fork, and checks that fail with it. */
export interface Recognition {
	readonly host: string;
	readonly run: string;
	/** ids of checks that must all have failed */
	readonly failed?: readonly string[];
}

/* ---- out ----------------------------------------------------------------------------------------------------------- */

export type FromWorker =
	| {
			readonly type: 'opened';
			readonly start: number;
			readonly now: number;
			readonly hosts: readonly HostView[];
			readonly links: readonly LinkView[];
	  }
	| { readonly type: 'progress'; readonly what: string; readonly fraction: number }
	| Batch
	| { readonly type: 'answer'; readonly id: number; readonly value: unknown }
	/** a question or input that failed; `message` is for people */
	| { readonly type: 'failed'; readonly id: number | null; readonly message: string }
	| { readonly type: 'pong'; readonly id: number };

export interface Batch {
	readonly type: 'batch';
	readonly now: number;
	/** the asked time was reached (or the step's event found) */
	readonly reached: boolean;
	/** when something happens next without input; Infinity for never */
	readonly nextTime: number;
	readonly events: readonly ViewEvent[];
	/** events left out because a slice had more than 2,000; the newest are kept */
	readonly skipped: number;
	readonly output: readonly { readonly id: string; readonly bytes: Uint8Array }[];
	/** shell exited: the tab may close */
	readonly closed: readonly string[];
}

export interface HostView {
	readonly name: string;
	readonly hostname: string;
	readonly role: string;
	readonly kind: 'server' | 'computer' | 'router' | 'internet';
	readonly at: readonly [number, number];
	readonly up: boolean;
	readonly addresses: readonly string[];
	readonly interfaces: readonly {
		readonly name: string;
		readonly link: string;
		readonly addresses: readonly string[];
		readonly mac: string;
	}[];
	readonly users: readonly string[];
	/** it has the tables of TCP wrappers, or xinetd */
	readonly wrapped: boolean;
}

export interface LinkView {
	readonly name: string;
	readonly label: string;
	/** hosts on it */
	readonly hosts: readonly string[];
	readonly delay: number;
	readonly loss: number;
	readonly rate: number;
	readonly down: boolean;
}

/** What panels draw, made from trace events. `sequence` is the trace's number: the handle for `why` and `packet`. */
export type ViewEvent = { readonly sequence: number; readonly time: number; readonly host: string } & (
	| {
			readonly kind: 'frame';
			/** host it goes to, or "*" for all on the link */
			readonly to: string;
			readonly link: string;
			/** microseconds at which it is there */
			readonly arrival: number;
			/** for the label on the wire: "SYN 25", "RCPT TO", "A? mail.example.net" */
			readonly label: string;
			/** "ARP", "ICMP", "TCP", "UDP", "DNS", "SMTP" … */
			readonly protocol: string;
			readonly source: string;
			readonly destination: string;
			/** bytes on the wire */
			readonly length: number;
			/** as tcpdump -n prints it, without the time */
			readonly summary: string;
			/** never arrived: by loss, a cut link, a full queue, nobody with that address */
			readonly lost?: 'loss' | 'down' | 'queue' | 'nobody';
	  }
	| { readonly kind: 'decision'; readonly decision: Decision }
	/** a packet met the rules of a hook and went on; one that ended there is a `decision` */
	| { readonly kind: 'walk'; readonly hook: string }
	/** one line of an SMTP dialogue as the server saw it; `from` says whose line it is */
	| {
			readonly kind: 'smtp';
			readonly session: string;
			readonly client: string;
			readonly from: 'client' | 'server';
			readonly text: string;
	  }
	/** a mail moves on: `daemon` has it now */
	| {
			readonly kind: 'mail';
			readonly queueId: string;
			readonly daemon: string;
			readonly text: string;
			readonly sender?: string;
			readonly recipient?: string;
			readonly status?: 'queued' | 'sent' | 'deferred' | 'bounced' | 'rejected' | 'discarded';
			readonly peer?: string;
			readonly messageId?: string;
	  }
	| { readonly kind: 'log'; readonly path: string; readonly text: string }
	| { readonly kind: 'process'; readonly pid: number; readonly name: string; readonly what: 'exec' | 'exit' }
	/** a file was written and closed, renamed or removed */
	| { readonly kind: 'file'; readonly path: string; readonly user: string }
	/** a daemon read its configuration */
	| { readonly kind: 'config-read'; readonly program: string; readonly pid: number; readonly paths: readonly string[] }
	| { readonly kind: 'input'; readonly input: Input }
);

/* ---- questions ------------------------------------------------------------------------------------------------------ */

export type Question = {
	readonly [K in keyof Answers]: { readonly ask: K } & Parameters<Answers[K]>[0];
}[keyof Answers];

/** Question → answer. A question that cannot be answered comes back as `failed`. */
export interface Answers {
	file(q: { host: string; path: string }): FileView;
	directory(q: {
		host: string;
		path: string;
	}): readonly { name: string; kind: 'file' | 'directory' | 'link' | 'other' }[];
	/** marks for the editor, from the parser that the daemon uses */
	diagnose(q: { host: string; path: string; text: string }): readonly Diagnostic[];
	complete(q: { host: string; path: string; text: string; line: number; column: number }): readonly Completion[];
	hover(q: { host: string; path: string; text: string; line: number; column: number }): Hover | null;
	/** which processes run which version of a configuration file */
	reading(q: { host: string; path: string }): Reading;
	/** the chain behind an event (a decision, an SMTP reply, a log line, a packet) or behind a line of a log */
	why(q: { sequence: number } | { host: string; line: string }): Why | null;
	packet(q: { sequence: number }): PacketView;
	host(q: { host: string }): HostInside;
	/** rules with their counters, and the tracked connections */
	firewall(q: { host: string }): FirewallView;
	/** the newest packets that met the firewall of a host, oldest first; with `rule` only those that it decided or counted */
	walks(q: { host: string; rule?: RuleName; limit?: number }): readonly WalkRow[];
	/** one packet's whole way through the hooks of a host; `sequence` of a walk's row, a decision, or a packet on the wire */
	walk(q: { sequence: number }): WalkView | null;
	/** the tables of TCP wrappers with what each rule decided so far, and the daemons that ask them */
	wrappers(q: { host: string }): WrappersView;
	/** the newest connections that met a doorman of a host, oldest first; with `rule` only those that it decided */
	visits(q: { host: string; rule?: WrapperRuleName; limit?: number }): readonly VisitRow[];
	/** the doorman's walk for one connection; `sequence` of its row or its decision */
	visit(q: { sequence: number }): VisitView | null;
	/** what tcpd would decide if this client came: tried in a fork; a name is looked up */
	tryVisit(q: { host: string; daemon: string; client: string; user: string }): VisitView;
	mail(q: Record<never, never>): readonly MailView[];
	mailStop(q: { sequence: number }): MailStopView | null;
	/** "what if this client sent from X to Y": in a fork; `from` and `to` are hosts */
	tryMail(q: { from: string; to: string; sender: string; recipient: string }): MailTry;
	/** runs every check in a fork; the world itself is not touched */
	check(q: Record<never, never>): readonly CheckResult[];
	/** everything on the wire so far, or on one host's interfaces, as pcapng */
	capture(q: { host?: string }): Uint8Array;
	/** fork, try the smallest change that turns the verdict, tell it; null when none was found */
	smallestChange(q: { sequence: number }): SmallestChange | null;
	traceHash(q: Record<never, never>): string;
}

export interface FileView {
	readonly text: string;
	readonly mode: string;
	readonly owner: string;
	readonly group: string;
	readonly mtime: number;
	/** of the user that asked to edit */
	readonly writable: boolean;
}

export interface Reading {
	/** no daemon reads it; all run this version; it was saved but some run an older one; it would be refused */
	readonly state: 'nobody' | 'current' | 'stale' | 'refused';
	/** virtual time of the last read */
	readonly since: number | null;
	readonly processes: readonly {
		readonly program: string;
		readonly pid: number;
		readonly since: number;
		readonly current: boolean;
	}[];
	/** what makes it read again: "postfix reload" */
	readonly remedy: string | null;
}

export interface Why {
	/** which room decided: "smtpd.decision", "netfilter.walk", "libwrap.decision" … */
	readonly kind: string;
	readonly sequence: number;
	readonly time: number;
	readonly host: string;
	readonly decision: Decision;
	/** the layers that let it through before: DNS, route, TCP … in order */
	readonly before: readonly Decision[];
}

export interface PacketView {
	readonly bytes: Uint8Array;
	readonly summary: string;
	readonly layers: readonly LayerView[];
}

/* ---- the firewall */

export interface RuleName {
	readonly variant: 'nf_tables' | 'legacy';
	readonly table: string;
	readonly chain: string;
	/** counts from 1, as --line-numbers does; 0 is the policy */
	readonly rule: number;
}

export interface FirewallView {
	readonly host: string;
	readonly tables: readonly FirewallTable[];
	readonly tracking: {
		/** some rule needs it */
		readonly active: boolean;
		readonly count: number;
		readonly limit: number;
		/** the newest 200 */
		readonly connections: readonly ConnectionView[];
	};
}

export interface ConnectionView {
	readonly id: number;
	/** "tcp", "udp", "icmp", or a number */
	readonly protocol: string;
	/** "192.168.75.10:40123 > 203.0.113.25:80" */
	readonly original: string;
	/** what an answer looks like: differs from the original turned round where NAT stands between */
	readonly reply: string;
	readonly translated: boolean;
	/** TCP's; empty for others */
	readonly state: string;
	readonly assured: boolean;
	/** both directions were seen */
	readonly replied: boolean;
	readonly mark: number;
	/** seconds until it is forgotten */
	readonly timeout: number;
}

export interface FirewallTable {
	readonly variant: 'nf_tables' | 'legacy';
	readonly name: string;
	readonly chains: readonly FirewallChain[];
}

export interface FirewallChain {
	readonly name: string;
	/** the hook of a built-in chain, null for one of the user's */
	readonly hook: string | null;
	readonly policy: 'ACCEPT' | 'DROP' | null;
	/** of the policy */
	readonly packets: number;
	readonly bytes: number;
	readonly references: number;
	readonly rules: readonly FirewallRule[];
}

export interface FirewallRule {
	readonly number: number;
	/** "-p tcp -m tcp --dport 22 -j ACCEPT": as iptables -S prints it, without "-A CHAIN" */
	readonly text: string;
	readonly packets: number;
	readonly bytes: number;
	readonly origin: RuleOrigin | null;
}

/** The command that put a rule there. */
export interface RuleOrigin {
	readonly command: string;
	readonly path?: string;
	readonly line?: number;
	readonly time: number;
}

/** One packet in a list of those that met a firewall. */
export interface WalkRow {
	/** of its first walk's event: the handle for `walk` */
	readonly sequence: number;
	readonly time: number;
	readonly host: string;
	/** as tcpdump -n prints it, without the time */
	readonly summary: string;
	/** "PREROUTING", "FORWARD" … in order */
	readonly hooks: readonly string[];
	readonly verdict: 'accepted' | 'dropped' | 'refused' | 'kept';
	/** the rule or policy (rule 0) that dropped or refused it */
	readonly decided: RuleName | null;
}

export interface WalkView extends WalkRow {
	/** headline: "Dropped by rule 3 of INPUT" */
	readonly text: string;
	readonly walks: readonly HookWalk[];
	/** the deciding rule and its command */
	readonly rule: FirewallRule | null;
}

/** A packet at one hook. */
export interface HookWalk {
	readonly sequence: number;
	readonly time: number;
	readonly hook: string;
	readonly incoming: string | null;
	readonly outgoing: string | null;
	readonly verdict: 'accepted' | 'dropped' | 'refused' | 'kept';
	/** "NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"; empty where tracking is off */
	readonly state: string;
	/** its connection: TCP's state before and after (empty for other protocols), direction, mark */
	readonly connection: {
		readonly id: number;
		readonly before: string;
		readonly after: string;
		readonly reply: boolean;
		readonly mark: number;
	} | null;
	/** the packet's fields as it came, and as it left where NAT or a target changed them */
	readonly fields: readonly { readonly name: string; readonly value: string; readonly after: string | null }[];
	readonly chains: readonly ChainWalk[];
	/** what dropped it, when no rule did: "connection tracking" */
	readonly dropper: string | null;
}

export interface ChainWalk {
	readonly variant: 'nf_tables' | 'legacy';
	readonly table: string;
	readonly chain: string;
	/** rule (from 1) that led here; 0 for a built-in chain */
	readonly from: number;
	readonly rules: readonly RuleWalk[];
	/** rules tried in vain that are left out for length */
	readonly leftOut: number;
	/** "None of the 4 rules matched; the policy of INPUT, DROP, drops it." */
	readonly text: string;
	/** the chain's end decided: its policy */
	readonly policy: 'ACCEPT' | 'DROP' | null;
}

export interface RuleClause {
	/** "-p tcp", "-m tcp --dport 22", "-j ACCEPT" */
	readonly text: string;
	readonly state: 'held' | 'failed' | 'not-asked' | 'target';
}

export interface RuleWalk {
	readonly number: number;
	readonly matched: boolean;
	/** as saved, in its parts: which held, the one that failed, those that were not asked, the target */
	readonly clauses: readonly RuleClause[];
	/** why it matched or did not: "destination port 80 is not 22" */
	readonly because: string;
	/** what its target did: "drops it without a word to the sender" */
	readonly effect: string;
	readonly origin: RuleOrigin | null;
}

export interface HostInside {
	readonly processes: readonly {
		readonly pid: number;
		readonly ppid: number;
		readonly user: string;
		readonly command: string;
	}[];
	readonly sockets: readonly {
		readonly protocol: string;
		readonly local: string;
		readonly remote: string;
		readonly state: string;
		readonly program: string;
	}[];
	readonly queues: Readonly<Record<string, number>>;
}

export type MailStatus = 'on-its-way' | 'sent' | 'deferred' | 'bounced' | 'rejected' | 'discarded';

/** One mail's way through the hosts. */
export interface MailView {
	/** a handle: the Message-ID, or what stands for it when the mail has none */
	readonly id: string;
	readonly subject: string;
	readonly sender: string;
	readonly recipients: readonly string[];
	readonly status: MailStatus;
	/** its queue id on each host */
	readonly queueIds: readonly string[];
	readonly stops: readonly MailStop[];
}

/** A daemon that had the mail, in the order of the way. */
export interface MailStop {
	/** of the event that stands for it: ask `mailStop`; -1 for what is still to come */
	readonly sequence: number;
	readonly time: number;
	readonly host: string;
	readonly daemon: string;
	readonly text: string;
	readonly mark: Verdict | 'passed' | 'flight';
	/** one of several deliveries: the way goes on elsewhere */
	readonly branch: boolean;
	/** what was said on the wire that led here from another host: "2 RCPT, DATA", "450" */
	readonly tag?: string;
}

/** What is known of one stop of a mail. */
export interface MailStopView {
	readonly host: string;
	readonly daemon: string;
	readonly mark: MailStop['mark'];
	readonly headline: string;
	readonly facts: readonly {
		readonly label: string;
		readonly text: string;
		readonly source?: Source;
		/** a time of this world that one can go to, microseconds */
		readonly at?: number;
	}[];
	readonly said: readonly { readonly from: 'client' | 'server'; readonly text: string; readonly decided: boolean }[];
	/** where its addresses led, table by table: complete, canonical, virtual, alias, transport, MX, address */
	readonly way: readonly Decision[];
	/** the restriction lists, stage by stage, and what header_checks and body_checks said */
	readonly checks: readonly Decision[];
}

/** A mail that was sent in a fork, to see what would become of it. */
export interface MailTry {
	readonly mail: MailView | null;
	/** of each of its stops, by `sequence` */
	readonly stops: Readonly<Record<number, MailStopView>>;
	/** what the client saw when nothing became a mail: "Connection refused" */
	readonly output: string;
}

export interface CheckResult {
	readonly id: string;
	readonly label: string;
	readonly pass: boolean;
	/** what the probe printed, for the curious */
	readonly output: string;
	readonly hint: string | null;
	/** name of the recognised wrong answer */
	readonly wrong: string | null;
	/** a decision in the fork that explains the failure */
	readonly why: Why | null;
}

export interface SmallestChange {
	readonly host: string;
	readonly path: string;
	readonly line: number;
	readonly before: string;
	readonly after: string;
	/** what it turns: "ws.example.org may relay to bob@example.net" */
	readonly turns: readonly string[];
}
