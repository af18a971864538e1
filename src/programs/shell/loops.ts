/** The loops: while, until, for, for ((…)), select; how break and continue leave them. */
import type { ArithmeticFor, CompoundList, For, Select, While } from 'unbash';
import type { Sys } from '#kernel/syscalls';
import { preempt } from '../libc/unistd';
import { readLineFrom } from './builtins/read';
import { BreakLoop, CommandFailure, ContinueLoop } from './control';
import { evaluateText, expandString, expandWordTo } from './expand/expand';
import type { Execution } from './pipeline';
import type { Shell } from './shell';
import { debugTrap } from './traps';
import { trace } from './xtrace';

/** Runs a loop's body once. @returns false when the loop ends */
function* turn(run: Execution, shell: Shell, body: CompoundList): Sys<boolean> {
	if (++shell.turns % 64 === 0) yield* preempt();
	try {
		yield* run.list(shell, body);
		return true;
	} catch (thrown) {
		if (thrown instanceof BreakLoop) {
			shell.status = 0;
			if (--thrown.levels > 0 && shell.loops > 1) throw thrown;
			return false;
		}
		if (thrown instanceof ContinueLoop) {
			shell.status = 0;
			if (--thrown.levels > 0 && shell.loops > 1) throw thrown;
			return true;
		}
		throw thrown;
	}
}

function* inLoop<T>(shell: Shell, run: () => Sys<T>): Sys<T> {
	shell.loops++;
	try {
		return yield* run();
	} finally {
		shell.loops--;
	}
}

export function* executeWhile(run: Execution, shell: Shell, node: While): Sys<number> {
	let status = 0;
	yield* inLoop(shell, function* () {
		for (;;) {
			let test: number;
			try {
				test = yield* run.condition(shell, node.clause);
			} catch (thrown) {
				if (thrown instanceof BreakLoop && (--thrown.levels <= 0 || shell.loops <= 1)) return;
				throw thrown;
			}
			if ((test === 0) !== (node.kind === 'while')) return;
			const more = yield* turn(run, shell, node.body);
			status = shell.status;
			if (!more) return;
		}
	});
	return (shell.status = status);
}

export function* executeFor(run: Execution, shell: Shell, node: For): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	const name = node.name.text;
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
		yield* shell.message(`\`${name}': not a valid identifier`);
		return (shell.status = 1);
	}
	const words: string[] = [];
	if (node.wordlist) for (const word of node.wordlist) yield* expandWordTo(shell, word.text, words);
	else words.push(...shell.args);
	shell.status = 0;
	const header = `for ${name} in ${node.wordlist?.map((word) => word.text).join(' ') ?? '"$@"'}`;
	const line = shell.line;
	yield* inLoop(shell, function* () {
		for (const word of words) {
			if (shell.option('xtrace')) yield* trace(shell, header);
			if (shell.traps.has('DEBUG')) {
				shell.line = line;
				yield* debugTrap(shell, header);
			}
			const variable = shell.variables.find(name);
			if (variable?.nameref) variable.value = word;
			else yield* shell.assign(name, word);
			if (!(yield* turn(run, shell, node.body))) return;
		}
	});
	return shell.status;
}

export function* executeArithmeticFor(run: Execution, shell: Shell, node: ArithmeticFor): Sys<number> {
	shell.line = shell.source.lineAt(node.pos);
	const line = shell.line;
	const { text } = shell.source;
	const start = text.indexOf('((', node.pos) + 2;
	const end = text.lastIndexOf('))', node.body.pos);
	const [first = '', test = '', step = ''] = text.slice(start, end).split(';');
	let status = 0;
	const value = function* (raw: string): Sys<bigint> {
		shell.line = line;
		if (shell.option('xtrace')) yield* trace(shell, `((${raw}))`);
		return yield* evaluateText(shell, yield* expandString(shell, raw, { mode: 'arithmetic' }), '((');
	};
	try {
		if (first.trim() !== '') yield* value(first);
		yield* inLoop(shell, function* () {
			for (;;) {
				if (test.trim() !== '' && (yield* value(test)) === 0n) return;
				const more = yield* turn(run, shell, node.body);
				status = shell.status;
				if (!more) return;
				if (step.trim() !== '') yield* value(step);
			}
		});
	} catch (thrown) {
		if (!(thrown instanceof CommandFailure)) throw thrown;
		status = 1;
	}
	return (shell.status = status);
}

export function* executeSelect(run: Execution, shell: Shell, node: Select): Sys<number> {
	const words: string[] = [];
	if (node.wordlist) for (const word of node.wordlist) yield* expandWordTo(shell, word.text, words);
	else words.push(...shell.args);
	if (words.length === 0) return (shell.status = 0);
	shell.status = 0;
	const width = String(words.length).length;
	const menu = words.map((word, i) => `${String(i + 1).padStart(width)}) ${word}\n`).join('');
	let show = true;
	yield* inLoop(shell, function* () {
		for (;;) {
			if (show) yield* shell.writeError(menu);
			yield* shell.writeError(shell.parameter('PS3') ?? '#? ');
			const line = yield* readLineFrom(shell, 0);
			if (line === null) {
				yield* shell.writeError('\n');
				shell.status = 1;
				return;
			}
			show = line === '';
			if (show) continue;
			yield* shell.assign('REPLY', line);
			const choice = /^\s*\d+\s*$/.test(line) ? Number(line) : 0;
			yield* shell.assign(node.name.text, words[choice - 1] ?? '');
			if (!(yield* turn(run, shell, node.body))) return;
		}
	});
	return shell.status;
}
