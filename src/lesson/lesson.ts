/**
 * A lesson as the pages use it: compiled from `lessons/N-part/N-chapter/N-lesson/` at build time. Types only.
 */
import type { Check, LessonStart } from '#world/door';

export interface Lesson {
	/** "mail/relay/open-relay": the folder names without their numbers; the address is /lessons/<path> */
	readonly path: string;
	/** "1.4.2" */
	readonly number: string;
	readonly title: string;
	/** one sentence: what this lesson teaches */
	readonly idea: string;
	readonly minutes: number;
	/** numbers of the lessons that it builds on */
	readonly needs: readonly string[];
	/** rows of the syllabus */
	readonly syllabus: readonly string[];
	readonly part: { readonly slug: string; readonly title: string };
	readonly chapter: { readonly slug: string; readonly title: string };
	/** terminals open at the start; the first is in front */
	readonly terminals: readonly { readonly host: string; readonly user: string }[];
	/** files open in the editor; the first is in front */
	readonly editor: readonly { readonly host: string; readonly user: string; readonly path: string }[];
	/** prose in order */
	readonly steps: readonly LessonStep[];
	readonly checks: readonly Check[];
	/** asked for one at a time */
	readonly hints: { readonly nudge: string; readonly reason: string; readonly answer: string };
	readonly why: { readonly question: string; readonly chain: readonly string[] };
	readonly quiz: readonly {
		readonly question: string;
		readonly options: readonly { readonly text: string; readonly right: boolean }[];
	}[];
	readonly real: string;
	/** minutes, solution and wrong answers for ?teach=1 */
	readonly solution: string;
	readonly wrong: readonly { readonly name: string; readonly hint: string; readonly script: string }[];
	readonly start: LessonStart;
}

export interface LessonStep {
	readonly title: string;
	/** safe HTML made at build time. A clickable command is
	 *  `<button class="run" data-host="halo" data-command="postfix reload">…</button>`, a clickable file place
	 *  `<button class="open" data-host="halo" data-path="/etc/postfix/main.cf" data-line="7">…</button>` */
	readonly html: string;
	/** the learner commits to an outcome first */
	readonly predict?: {
		readonly question: string;
		readonly options: readonly { readonly text: string; readonly right: boolean; readonly after: string }[];
	};
}
