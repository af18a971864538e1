/**
 * What the Why pane shows: the chain behind one event. Follows the newest refusal until a person picks one.
 */
import type { SmallestChange, Source, Why } from '#world/door';
import type { DecisionEvent, Session } from '../door/session.svelte';

export class Inspector {
	why = $state.raw<Why | null>(null);
	/** a question without an answer, in words */
	note = $state('');
	change = $state.raw<SmallestChange | null | 'asking' | 'none'>(null);
	#session: Session;
	#asked = 0;
	/** a person chose what stands here; new events do not replace it */
	#pinned = false;
	#seen = -1;

	constructor(session: Session) {
		this.#session = session;
	}

	/** Decisions so far, oldest first. */
	decisions(): DecisionEvent[] {
		void this.#session.version;
		return this.#session.events.filter((event): event is DecisionEvent => event.kind === 'decision');
	}

	async ask(about: { sequence: number } | { host: string; line: string }, pin = true): Promise<void> {
		const asked = ++this.#asked;
		try {
			const why = await this.#session.ask('why', about);
			if (asked !== this.#asked) return;
			if (why) this.show(why, pin);
			else if (pin) this.note = 'Nothing was decided there.';
		} catch (error) {
			if (asked === this.#asked && pin) this.note = error instanceof Error ? error.message : String(error);
		}
	}

	show(why: Why, pin = true): void {
		this.why = why;
		this.note = '';
		this.change = null;
		if (pin) this.#pinned = true;
	}

	close(): void {
		this.why = null;
		this.note = '';
		this.change = null;
		this.#pinned = false;
		this.#asked++;
	}

	/** Called when events came: shows the newest refusal by itself. */
	follow(): void {
		const newest = this.decisions().at(-1);
		if (!newest) {
			// the world was opened anew
			if (this.#seen >= 0) this.close();
			this.#seen = -1;
			return;
		}
		if (newest.sequence === this.#seen) return;
		if (newest.sequence < this.#seen) this.close();
		this.#seen = newest.sequence;
		if (!this.#pinned && newest.decision.verdict !== 'accepted') void this.ask({ sequence: newest.sequence }, false);
	}

	/** The decision before (-1) or after (1) the shown one. */
	walk(by: -1 | 1): void {
		const all = this.decisions();
		const at = all.findIndex((each) => each.sequence === this.why?.sequence);
		const next = all[at < 0 ? all.length - 1 : at + by];
		if (next) void this.ask({ sequence: next.sequence });
	}

	async findChange(): Promise<void> {
		const why = this.why;
		if (!why) return;
		this.change = 'asking';
		const found = await this.#session.ask('smallestChange', { sequence: why.sequence }).catch(() => null);
		if (this.why === why) this.change = found ?? 'none';
	}
}

/** A source in few letters: "main.cf:9", "filter INPUT 3", "MX example.net". */
export function sourceText(source: Source): string {
	switch (source.kind) {
		case 'file':
			return `${source.path.replace(/^.*\//, '')}:${source.line}`;
		case 'rule':
			return `${source.table} ${source.chain}${source.rule > 0 ? ` ${source.rule}` : ''}`;
		case 'record':
			return `${source.type} ${source.name}`;
		case 'default':
			return 'default';
	}
}

/** The same in full, for a title and for screen readers. */
export function sourceInFull(source: Source): string {
	switch (source.kind) {
		case 'file':
			return `${source.path} on ${source.host}, line ${source.line}${source.item ? `, ${source.item}` : ''}`;
		case 'rule':
			return `table ${source.table}, chain ${source.chain}, ${source.rule > 0 ? `rule ${source.rule}` : 'policy'} on ${source.host}`;
		case 'record':
			return `${source.name} ${source.type} ${source.data}, from ${source.server}`;
		case 'default':
			return `built-in default: ${source.parameter} = ${source.value}`;
	}
}

/** Lines of a file that the shown chain rests on. */
export function marksFor(
	why: Why | null,
	host: string,
	path: string
): { line: number; endLine: number; decided: boolean }[] {
	const marks: { line: number; endLine: number; decided: boolean }[] = [];
	for (const reason of why?.decision.reasons ?? []) {
		const decided = reason.outcome === 'decided';
		const at = (source: Source | undefined, cause: boolean): void => {
			if (source?.kind !== 'file' || source.host !== host || source.path !== path) return;
			marks.push({ line: source.line, endLine: source.endLine ?? source.line, decided: decided && !cause });
		};
		if (decided) at(reason.source, false);
		for (const source of reason.because ?? []) at(source, true);
	}
	return marks;
}
