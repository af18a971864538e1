/**
 * Which of the workbench's places show what: the state that several panels share. What the panels mean is in their
 * rooms; this only says which terminal, file, host and view is in front.
 */
import type { RuleName, Source, WrapperRuleName } from '#world/door';
import type { Session } from '../door/session.svelte';
import { OpenFiles } from '../editor/files.svelte';
import { Inspector } from '../why/inspector.svelte';

export const PLACES = ['lesson', 'watch', 'why', 'type', 'edit'] as const;
export type Place = (typeof PLACES)[number];
export type View = 'network' | 'packets' | 'mail' | 'firewall' | 'wrappers' | 'events';

/** Decisions of these checks are a doorman's. */
const DOORMEN = /^(hosts\.(allow|deny)|hosts_access|xinetd)/;

export class Desk {
	readonly session: Session;
	readonly files: OpenFiles;
	readonly inspector: Inspector;
	/** the one place on a narrow screen */
	place = $state<Place>('lesson');
	view = $state<View>('network');
	terminal = $state('');
	host = $state<string | null>(null);
	packet = $state<number | null>(null);
	/** which firewall is looked at; a packet's walk or a rule in front of it */
	readonly firewall = $state<{ host: string | null; walk: number | null; rule: RuleName | null }>({
		host: null,
		walk: null,
		rule: null
	});
	/** which doorman is looked at; one connection or a rule in front of it */
	readonly wrappers = $state<{ host: string | null; visit: number | null; rule: WrapperRuleName | null }>({
		host: null,
		visit: null,
		rule: null
	});
	/** hosts where a doorman has decided, the newest first */
	readonly doormen: readonly string[] = $derived.by(() => {
		const badges = Object.values(this.session.badges).sort((a, b) => b.sequence - a.sequence);
		const asked = badges.filter(({ decision }) => decision.reasons.some(({ check }) => DOORMEN.test(check)));
		return asked.map(({ host }) => host);
	});
	/** the view takes the place of Why, whose answer it is */
	readonly spanning = $derived(this.view === 'firewall' || this.view === 'wrappers');
	/** See takes the whole middle */
	wide = $state(false);
	presenting = $state(false);
	/** the user that the lesson's files are edited as, host by host */
	readonly #users: Readonly<Record<string, string>>;
	#focusTerminal: ((id: string) => void) | null = null;

	constructor(session: Session, users: Readonly<Record<string, string>> = {}) {
		this.session = session;
		this.files = new OpenFiles(session);
		this.inspector = new Inspector(session);
		this.#users = users;
	}

	onTerminalFocus(focus: ((id: string) => void) | null): void {
		this.#focusTerminal = focus;
	}

	show(place: Place): void {
		this.place = place;
	}

	/** Types a command into that host's terminal, as if by hand, and runs it. */
	async run(host: string, command: string): Promise<void> {
		let tab = this.session.terminals.find((each) => each.id === this.terminal && each.host === host && !each.closed);
		tab ??= this.session.terminals.find((each) => each.host === host && !each.closed);
		const id = tab?.id ?? (await this.session.newTerminal(host, this.#users[host] ?? 'root'));
		this.terminal = id;
		this.place = 'type';
		this.session.keys(id, `${command}\r`);
		this.#focusTerminal?.(id);
	}

	async openFile(host: string, path: string, line?: number, user?: string): Promise<void> {
		this.place = 'edit';
		await this.files.open(host, user ?? this.#users[host] ?? 'root', path, line);
	}

	async openSource(source: Source): Promise<void> {
		if (source.kind === 'file') await this.openFile(source.host, source.path, source.line);
		if (source.kind !== 'rule') return;
		const { host, table, chain, rule } = source;
		this.showRule(host, { variant: source.variant, table, chain, rule });
	}

	async askWhy(about: { sequence: number } | { host: string; line: string }): Promise<void> {
		this.place = 'why';
		if (this.spanning) this.view = 'network';
		await this.inspector.ask(about);
	}

	/** The firewall with that rule in front, and the packets that it counted. */
	showRule(host: string, rule: RuleName): void {
		Object.assign(this.firewall, { host, rule, walk: null });
		this.view = 'firewall';
		this.place = 'watch';
	}

	/** A packet's walk through a firewall, by any of its events. */
	showWalk(sequence: number, host: string | null = null): void {
		Object.assign(this.firewall, { host: host ?? this.firewall.host, walk: sequence });
		this.view = 'firewall';
		this.place = 'watch';
	}

	/** The doorman's walk for a connection, by its decision. */
	showVisit(sequence: number, host: string): void {
		Object.assign(this.wrappers, { host, visit: sequence, rule: null });
		this.view = 'wrappers';
		this.place = 'watch';
	}

	/** A rule of a doorman in front, and the connections that it decided. */
	showWrapperRule(host: string, rule: WrapperRuleName): void {
		Object.assign(this.wrappers, { host, rule, visit: null });
		this.view = 'wrappers';
		this.place = 'watch';
	}

	showPacket(sequence: number): void {
		this.packet = sequence;
		this.view = 'packets';
		this.place = 'watch';
	}
}
