/** A doorman's walk as sections of single steps, in their order: who is it, a table, the next table, the end. */
import type { Reason, RuleVisit, Source, TableVisit, VisitView, WhoStep } from '#world/door';
import type { Marked } from '../parts/verdicts';

/** What stands beside a step: the mark, and whether this step decided. */
interface Marking {
	readonly mark: Marked;
	readonly word: string;
	readonly decided: boolean;
}

export type Step = Marking &
	(
		| { readonly kind: 'who'; readonly who: WhoStep }
		| { readonly kind: 'rule'; readonly path: string; readonly rule: RuleVisit }
		| { readonly kind: 'note'; readonly text: string }
		| { readonly kind: 'reason'; readonly reason: Reason; readonly source: Source | undefined }
	);

export interface Section {
	readonly title: string;
	/** a file that can be opened */
	readonly path: string | null;
	readonly steps: readonly Step[];
}

export const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const NOTE = { kind: 'note', mark: 'none', word: '', decided: false } as const;

const ENDS: Readonly<Record<TableVisit['result'], (name: string) => string>> = {
	match: (name) => `Stopped here: the doorman reads no further in ${name}.`,
	'no-match': (name) => `No rule of ${name} matches.`,
	missing: (name) => `There is no ${name}, which is the same as an empty one.`,
	broken: (name) => `${name} cannot be read to its end.`,
	'not-read': (name) => `Not read: ${name} is asked only if no rule above matches.`
};

const WHO: Readonly<Record<WhoStep['outcome'], readonly [mark: Marked, word: string]>> = {
	found: ['passed', 'Found'],
	nothing: ['none', 'Nothing found'],
	paranoid: ['refused', 'Not believed'],
	'not-asked': ['none', 'Not asked']
};

export function sectionsOf(visit: VisitView): Section[] {
	const sections: Section[] = [];
	const { who, tables, reasons, ending, verdict } = visit;
	if (who.length > 0) sections.push({ title: 'Who is it?', path: null, steps: who.map(whoStep) });
	for (const table of tables) sections.push(tableSection(table, visit));
	if (ending !== '')
		sections.push({
			title: 'The end',
			path: null,
			steps: [{ kind: 'note', mark: verdict, word: '', decided: true, text: stop(ending) }]
		});
	if (reasons.length > 0)
		sections.push({ title: 'What was asked', path: null, steps: reasons.map((reason) => reasonStep(reason, verdict)) });
	return sections;
}

function whoStep(who: WhoStep): Step {
	const [mark, word] = WHO[who.outcome];
	return { kind: 'who', who, mark, word, decided: false };
}

function tableSection({ path, result, rules }: TableVisit, { verdict, decided }: VisitView): Section {
	const steps = rules.map((rule): Step => {
		const isLast = decided !== null && decided.path === path && decided.line === rule.line;
		const mark = isLast ? verdict : rule.matched ? 'passed' : 'none';
		return { kind: 'rule', path, rule, mark, word: rule.matched ? 'Match' : 'No match', decided: isLast };
	});
	return { title: base(path), path, steps: [...steps, { ...NOTE, text: ENDS[result](base(path)) }] };
}

function reasonStep(reason: Reason, verdict: VisitView['verdict']): Step {
	const { outcome, source } = reason;
	const mark = outcome === 'decided' ? verdict : outcome === 'passed' ? 'passed' : 'none';
	return { kind: 'reason', reason, source, mark, word: '', decided: outcome === 'decided' };
}

/** With a full stop. */
export function stop(text: string): string {
	return /[.!?]$/.test(text) ? text : `${text}.`;
}
