/**
 * Which parameters and arguments of calls are arrays (mawk's fcall.c): a parameter is one when its function uses it so or
 * hands it on to a parameter that is one; a name never used otherwise becomes one when it is handed to such a parameter.
 */
import type { Problems } from './scanner';
import type { Call, Name } from './tree';

export function resolveCalls(calls: readonly Call[], problems: Problems): void {
	for (const { callee } of calls) if (!callee.body) problems.add(`function ${callee.name} never defined`);
	if (problems.messages.length > 0) return;
	for (const { callee, args, line } of calls)
		if (args.length > callee.params.length) problems.add(`too many arguments in call to ${callee.name}`, line);
	for (let changed = true; changed;) {
		changed = false;
		for (const { callee, args } of calls) {
			args.forEach((arg, i) => {
				const param = callee.params[i];
				if (!param || arg.op !== 'variable') return;
				if (unify(param, arg.name)) changed = true;
			});
		}
	}
	for (const { callee, args, line } of calls) {
		args.forEach((arg, i) => {
			const isArray = arg.op === 'variable' && arg.name.type === 'array';
			const wanted = callee.params[i]?.type ?? 'none';
			if (wanted !== 'none' && (wanted === 'array') !== isArray)
				problems.add(`type error in arg(${i + 1}) in call to ${callee.name}`, line);
		});
	}
}

/** Only that something is an array is handed on. */
function unify(a: Name, b: Name): boolean {
	if (a.type === 'array' && b.type === 'none') b.type = 'array';
	else if (b.type === 'array' && a.type === 'none') a.type = 'array';
	else return false;
	return true;
}
