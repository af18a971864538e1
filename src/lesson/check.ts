/**
 * Checks: probes that run in a fork of the learner's world, so they may send mail and knock on ports without leaving a
 * trace in it.
 *
 * Does: runs each check's command, compares what it printed and its exit status, and, when one fails, looks whether a
 *       named wrong answer is recognised; its hint then stands in the place of the check's own.
 * Reads: the fork's trace, to hand out the decision that explains a failure.
 */
import type { Recorded } from '#engine/trace';
import type { Check, CheckResult, LessonStart, Why } from '#world/door';
import { isDecision, isWalk } from '#world/events';
import { whyAccepted, whyOf, whyWalk } from '#world/inspect/why';
import type { World } from '#world/world';

const SECOND = 1_000_000;
/** virtual microseconds that a probe may take unless it says otherwise */
const PROBE_LIMIT = 120 * SECOND;

/** @param fork a world of its own: it is changed by the probes */
export function runChecks(fork: World, lesson: LessonStart): CheckResult[] {
	const results = lesson.checks.map((check) => runCheck(fork, check));
	const failed = results.filter((result) => !result.pass).map((result) => result.id);
	if (failed.length === 0) return results;
	const wrong = recognise(fork, lesson, failed);
	if (!wrong) return results;
	return results.map((result) => (result.pass ? result : { ...result, hint: wrong.hint, wrong: wrong.name }));
}

function runCheck(fork: World, check: Check): CheckResult {
	const decisions: Recorded[] = [];
	let dropped: Why | null = null;
	let accepted: Why | null = null;
	const end = fork.engine.trace.listen((recorded) => {
		if (isDecision(recorded)) decisions.push(recorded);
		else if (isWalk(recorded)) {
			dropped = whyWalk(recorded) ?? dropped;
			accepted = whyAccepted(recorded) ?? accepted;
		}
	});
	const { text: output, exit } = fork.shell(check.host, check.run, {
		user: check.user,
		limit: check.limit === undefined ? PROBE_LIMIT : check.limit * SECOND
	});
	end();
	const pass = meets(check, output, exit);
	return {
		id: check.id,
		label: check.label,
		pass,
		output: output.slice(0, 4000),
		hint: pass ? null : check.hint,
		wrong: null,
		why: pass ? null : explain(decisions, wasLetIn(check, exit) ? (accepted ?? dropped) : (dropped ?? accepted))
	};
}

export function meets(check: Check, output: string, exit: number | null): boolean {
	if (exit === null) return false;
	if (check.exit !== undefined && exit !== check.exit) return false;
	if (check.prints?.some((pattern) => !new RegExp(pattern, 'm').test(output)) === true) return false;
	return check.printsNot?.some((pattern) => new RegExp(pattern, 'm').test(output)) !== true;
}

/** The probe was to be refused, and was not. */
function wasLetIn(check: Check, exit: number | null): boolean {
	return check.exit !== undefined && check.exit !== 0 && exit === 0;
}

/** The last decision about mail that the probe met, else about a packet, else the last of any kind. */
function explain(decisions: readonly Recorded[], packet: Why | null): Why | null {
	const mail = decisions.filter((recorded) => recorded.event.kind === 'smtpd.decision').at(-1);
	// the walk itself is the fork's, which is gone when the learner asks
	if (!mail && packet) return { ...packet, sequence: -1 };
	const about = mail ?? decisions.at(-1);
	return about && isDecision(about) ? whyOf(about, decisions) : null;
}

function recognise(
	fork: World,
	lesson: LessonStart,
	failed: readonly string[]
): LessonStart['wrong'][number] | undefined {
	return lesson.wrong.find(({ recognise: row }) => {
		if (!row || (row.failed ?? []).some((id) => !failed.includes(id))) return false;
		return fork.shell(row.host, row.run, { limit: PROBE_LIMIT }).exit === 0;
	});
}
