/** What stands behind a failed check: the rule that let in what was to stay out, or that kept out what was to come in. */
import { describe, expect, it } from 'vitest';
import type { Check, LessonStart } from '#world/door';
import { World } from '#world/world';
import { readLessonFiles } from '../../scripts/read-lessons';
import { loadLessons } from './build/load';
import { runChecks } from './check';

const start = loadLessons(readLessonFiles()).find(({ path }) => path === 'mail/relay/open-relay')!.start;
const KNOCK = 'nc -z -w 2 halo 25';

function whyOf(rules: readonly string[], check: Partial<Check>) {
	const lesson: LessonStart = {
		...start,
		prepare: [...start.prepare, ...rules.map((run) => ({ host: 'halo', run }))],
		checks: [{ id: 'knock', label: 'knock', host: 'ws', run: KNOCK, hint: '', ...check }],
		wrong: []
	};
	const [result] = runChecks(World.ofLesson(lesson), lesson);
	expect(result!.pass).toBe(false);
	return result!.why;
}

describe('a failed check', () => {
	it.each([
		['a rule', ['iptables -A INPUT -p tcp --dport 25 -j ACCEPT'], 'rule 1 of chain INPUT'],
		['the policy', ['iptables -A INPUT -p tcp --dport 80 -j DROP'], 'policy ACCEPT of chain INPUT']
	])('is let in by %s', (_by, rules, text) => {
		const why = whyOf(rules, { exit: 1 });
		expect(why).toMatchObject({ kind: 'netfilter.walk', host: 'halo', decision: { verdict: 'accepted' } });
		expect(why!.decision.reasons.at(-1)).toMatchObject({ outcome: 'decided', text, source: { chain: 'INPUT' } });
	});

	it('is kept out by a rule', () => {
		const why = whyOf(['iptables -A INPUT -p tcp --dport 25 -j DROP'], { exit: 0 });
		expect(why!.decision).toMatchObject({ verdict: 'dropped', reasons: [{ text: 'rule 1 of chain INPUT' }] });
	});
});
