/**
 * The text of a procmailrc(5) as a list of statements: assignments, recipes, blocks.
 *
 * Not simulated: weighted scores, MH folders, several folders on one line.
 */

/** One `*` line. */
export interface Condition {
	readonly text: string;
}

export type Action =
	| { readonly kind: 'block'; readonly statements: readonly Statement[] }
	| { readonly kind: 'forward'; readonly text: string }
	| { readonly kind: 'pipe'; readonly text: string; readonly into: string | null }
	| { readonly kind: 'folder'; readonly text: string };

export interface Recipe {
	readonly kind: 'recipe';
	readonly flags: ReadonlySet<string>;
	/** null: none; '': named after the folder */
	readonly lock: string | null;
	readonly conditions: readonly Condition[];
	readonly action: Action;
}

export interface Assignment {
	readonly kind: 'assignment';
	readonly name: string;
	/** null: the variable is unset */
	readonly value: string | null;
}

export type Statement = Recipe | Assignment | { readonly kind: 'skipped'; readonly text: string };

const FLAGS = /^:0\s*([HBDAaEehbfcwWir\s]*)(?::\s*(\S*))?/;

class Lines {
	#at = 0;
	readonly #lines: readonly string[];

	constructor(text: string) {
		this.#lines = text.split('\n');
	}

	/** The next line that says something, backslashes at ends joined; null at the end. */
	next(): string | null {
		while (this.#at < this.#lines.length) {
			let line = this.#lines[this.#at++]!.trim();
			if (line === '' || line.startsWith('#')) continue;
			while (line.endsWith('\\') && this.#at < this.#lines.length)
				line = `${line.slice(0, -1)}${this.#lines[this.#at++]!.trimStart()}`;
			/* a quotation goes on behind the end of a line */
			if (/^\w+\s*=/.test(line))
				while (openQuote(line) && this.#at < this.#lines.length) line += `\n${this.#lines[this.#at++]!}`;
			return line;
		}
		return null;
	}

	back(): void {
		this.#at--;
	}
}

function openQuote(text: string): boolean {
	let quote = '';
	for (let at = 0; at < text.length; at++) {
		const character = text[at]!;
		if (character === '\\' && quote !== "'") at++;
		else if (quote === '') quote = '"\'`'.includes(character) ? character : '';
		else if (character === quote) quote = '';
	}
	return quote !== '';
}

export function parseRecipes(text: string): Statement[] {
	return block(new Lines(text), 0);
}

const DEEPEST = 32;

function block(lines: Lines, depth: number): Statement[] {
	const statements: Statement[] = [];
	for (;;) {
		const line = lines.next();
		if (line === null || (depth > 0 && line === '}')) return statements;
		if (line.startsWith(':0')) statements.push(recipe(line, lines, depth));
		else statements.push(assignment(line));
	}
}

function assignment(line: string): Statement {
	const found = /^([A-Za-z_]\w*)\s*(?:=\s*([\s\S]*))?$/.exec(line);
	if (!found) return { kind: 'skipped', text: line };
	return { kind: 'assignment', name: found[1]!, value: found[2] ?? null };
}

function recipe(first: string, lines: Lines, depth: number): Statement {
	const [, flags = '', lock] = FLAGS.exec(first)!;
	const conditions: Condition[] = [];
	let line = lines.next();
	while (line?.startsWith('*')) {
		conditions.push({ text: line.slice(1).trim() });
		line = lines.next();
	}
	if (line === null) return { kind: 'skipped', text: first };
	const head = { kind: 'recipe', flags: new Set(flags.replace(/\s/g, '')), lock: lock ?? null, conditions } as const;
	return { ...head, action: action(line, lines, depth) };
}

function action(line: string, lines: Lines, depth: number): Action {
	if (line.startsWith('{')) {
		const inner = line.slice(1).trim();
		if (inner === '}') return { kind: 'block', statements: [] };
		if (depth >= DEEPEST) return { kind: 'block', statements: [] };
		const statements = block(lines, depth + 1);
		return { kind: 'block', statements: inner === '' ? statements : [assignment(inner), ...statements] };
	}
	if (line.startsWith('!')) return { kind: 'forward', text: line.slice(1).trim() };
	const captured = /^([A-Za-z_]\w*)=\s*\|(.*)$/s.exec(line);
	if (captured) return { kind: 'pipe', text: captured[2]!, into: captured[1]! };
	if (line.startsWith('|')) return { kind: 'pipe', text: line.slice(1), into: null };
	return { kind: 'folder', text: line };
}
