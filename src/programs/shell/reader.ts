/**
 * Reading commands: a text or a stream of lines into complete lines of commands, executed one after the other.
 *
 * Does: executes each line before the next is parsed, as bash does, so that aliases, shopt and a later syntax error act
 *       where they stand; expands aliases; reports syntax errors in bash's and dash's words.
 */
import type { Sys } from '#kernel/syscalls';
import { AbandonLine, CommandFailure, AbandonShell, BreakLoop, ContinueLoop, ExitShell } from './control';
import { executeProgram } from './interpreter';
import type { Shell } from './shell';
import { SyntaxFailure, type Failure } from './syntax/failure';
import { Recognizer } from './syntax/recognizer';
import { parseProgram, Source, type Program } from './syntax/source';

export interface RunOptions {
	/** what messages call the text: "-c", "eval", a file */
	readonly name: string;
	readonly line?: number;
	/** nothing follows: the last command may replace the process */
	readonly disposable?: boolean;
}

type Step =
	| { readonly kind: 'program'; readonly program: Program; readonly last: boolean }
	| { readonly kind: 'failure'; readonly failure: Failure }
	| { readonly kind: 'end' };

/** Lines of commands out of a text that is there as a whole. */
class Reader {
	#at = 0;
	#line: number;
	#text: string;
	warnings: { readonly delimiter: string; readonly line: number; readonly end: number }[] = [];

	constructor(text: string, firstLine: number) {
		// The shell ends a last line itself: what is missing there is missing before a newline.
		this.#text = text === '' || text.endsWith('\n') ? text : text + '\n';
		this.#line = firstLine;
	}

	next(shell: Shell): Step {
		const from = this.#at;
		if (shell.aliases.size > 0 && (shell.shopt('expand_aliases') || shell.dash))
			this.#text = this.#text.slice(0, from) + expandAliases(this.#text.slice(from), shell);
		const recognizer = new Recognizer(this.#text, from, { dialect: shell.dialect, extglob: shell.shopt('extglob') });
		try {
			if (!recognizer.line()) return { kind: 'end' };
		} catch (thrown) {
			if (!(thrown instanceof SyntaxFailure)) throw thrown;
			return { kind: 'failure', failure: thrown.failure };
		}
		for (const { delimiter, position } of recognizer.unclosed) {
			const whole = this.source;
			this.warnings.push({ delimiter, line: whole.lineAt(position), end: whole.endLine - 1 });
		}
		const text = this.#text.slice(from, recognizer.position);
		const source = new Source(text, this.#line);
		this.#at = recognizer.position;
		this.#line += text.split('\n').length - 1;
		return { kind: 'program', program: parseProgram(source), last: /^\s*$/.test(this.#text.slice(this.#at)) };
	}

	/** what no command is left in: comments */
	get rest(): string {
		return this.#text.slice(this.#at);
	}

	/** the whole text with its line numbers */
	get source(): Source {
		const before = this.#text.slice(0, this.#at).split('\n').length - 1;
		return new Source(this.#text, this.#line - before);
	}
}

/**
 * Executes a text. @returns the status of the last command
 * Ends of shells and functions pass through; an abandoned line ends only itself.
 */
export function* runText(shell: Shell, text: string, options: RunOptions): Sys<number> {
	const saved = shell.input;
	shell.input = { name: options.name };
	const reader = new Reader(text, options.line ?? 1);
	let ran = false;
	shell.traceDepth++;
	try {
		for (;;) {
			const step = reader.next(shell);
			for (const { delimiter, line, end } of reader.warnings.splice(0)) {
				shell.line = end;
				if (!shell.dash)
					yield* shell.message(
						`warning: here-document at line ${line} delimited by end-of-file (wanted \`${delimiter}')`
					);
			}
			if (step.kind === 'end') {
				if (shell.option('verbose')) yield* shell.writeError(reader.rest);
				break;
			}
			if (step.kind === 'failure') {
				shell.status = yield* reportFailure(shell, step.failure, reader.source);
				if (shell.dash) throw new AbandonShell(2);
				return shell.status;
			}
			ran = true;
			if (shell.option('verbose')) yield* shell.writeError(step.program.source.text);
			yield* runProgram(shell, step.program, (options.disposable ?? false) && step.last);
			if (shell.option('onecmd')) throw new ExitShell(shell.status);
		}
	} finally {
		shell.input = saved;
		shell.traceDepth--;
	}
	return ran ? shell.status : (shell.status = 0);
}

/** One line; an abandoned line is over with it, except in a subshell. */
export function* runProgram(shell: Shell, program: Program, disposable = false): Sys<void> {
	if (shell.option('noexec') && !shell.interactive) return;
	if (program.error !== undefined) {
		shell.line = program.source.lineAt(program.error.position);
		yield* shell.message(`syntax error: ${program.error.message}`);
		shell.status = 2;
		return;
	}
	try {
		yield* executeProgram(shell, program, disposable);
	} catch (thrown) {
		if (thrown instanceof CommandFailure) shell.status = thrown.status;
		else if (thrown instanceof AbandonLine && shell.subshell === 0) {
			shell.status = thrown.status;
			if (shell.option('errexit')) throw new ExitShell(thrown.status);
		} else if (thrown instanceof BreakLoop || thrown instanceof ContinueLoop) {
			if (shell.loops > 0) throw thrown;
		} else throw thrown;
	}
}

/* ---- syntax errors ---- */

/** Prints bash's message (report_syntax_error). @returns the status that the text ends with */
export function* reportFailure(shell: Shell, failure: Failure, source: Source): Sys<number> {
	if (shell.dash) {
		yield* shell.writeError(`${shell.name}: ${failureLine(failure, source)}: Syntax error: ${dashMessage(failure)}\n`);
		return 2;
	}
	const line = failureLine(failure, source);
	const write = (text: string) => shell.writeError(`${parserPrefix(shell, line)}${text}\n`);
	switch (failure.kind) {
		case 'token':
			yield* write(`syntax error near unexpected token \`${failure.token}'`);
			if (!shell.interactive) yield* write(`\`${source.lineText(failure.position)}'`);
			break;
		case 'eof':
			yield* write('syntax error: unexpected end of file');
			break;
		case 'matching':
			yield* write(`unexpected EOF while looking for matching \`${failure.wanted}'`);
			break;
		case 'message':
			if (failure.message !== '') yield* write(failure.message);
			if (failure.second !== undefined) yield* write(failure.second);
	}
	if (failure.within === 'condition') return shell.status;
	const string = shell.input.name === '-c';
	if (failure.within === 'substitution' && string) return 127;
	if (failure.within === 'array' && string) return 1;
	return 2;
}

function failureLine(failure: Failure, source: Source): number {
	if (failure.kind === 'eof') return source.endLine;
	if (failure.kind === 'matching' && failure.position >= source.text.length)
		return Math.max(source.firstLine, source.endLine - 1);
	return source.lineAt(Math.min(failure.position, Math.max(0, source.text.length - 1)));
}

function parserPrefix(shell: Shell, line: number): string {
	const name = shell.errorName;
	if (shell.interactive)
		return shell.input.name === 'eval' || shell.input.name === '-c'
			? `${name}: ${shell.input.name}: line ${line}: `
			: `${name}: `;
	return shell.input.name === name ? `${name}: line ${line}: ` : `${name}: ${shell.input.name}: line ${line}: `;
}

function dashMessage(failure: Failure): string {
	switch (failure.kind) {
		case 'token':
			return failure.token === 'newline'
				? 'newline unexpected'
				: /^[a-z]+$/i.test(failure.token) && !DASH_KEYWORDS.has(failure.token)
					? 'word unexpected'
					: `"${failure.token}" unexpected`;
		case 'eof':
			return 'end of file unexpected';
		case 'matching':
			return failure.wanted === '`'
				? 'EOF in backquote substitution'
				: failure.wanted === '}'
					? "Missing '}'"
					: failure.wanted === ')'
						? 'end of file unexpected (expecting ")")'
						: 'Unterminated quoted string';
		default:
			return failure.message;
	}
}

const DASH_KEYWORDS = new Set('if then else elif fi do done case esac while until for in'.split(' '));

/** Whether more lines could make the text complete. */
export function isIncomplete(failure: Failure): boolean {
	return (
		failure.kind === 'eof' ||
		failure.kind === 'matching' ||
		(failure.kind === 'message' && failure.message.startsWith('unexpected EOF'))
	);
}

/* ---- lines that come one at a time ---- */

export interface Lines {
	/** @param continuation more of an unfinished command is wanted; @returns a line with its newline, null at the end */
	next(continuation: boolean): Sys<string | null>;
	/** the lines belong together: the whole text of a command that was read (for the history) */
	remember?(text: string): Sys<void>;
}

/** Executes what comes from standard input or a terminal. */
export function* runLines(shell: Shell, lines: Lines): Sys<number> {
	let line = 1;
	shell.traceDepth = 1;
	for (;;) {
		const first = yield* lines.next(false);
		if (first === null) return shell.status;
		let text = first;
		let complete: Step | null = null;
		for (;;) {
			complete = recognize(shell, text, line);
			if (complete !== null) break;
			const more = yield* lines.next(true);
			if (more === null) {
				complete = recognize(shell, text, line, true);
				break;
			}
			text += more;
		}
		if (lines.remember) yield* lines.remember(text);
		if (shell.option('verbose')) yield* shell.writeError(text);
		if (complete?.kind === 'failure') {
			shell.status = yield* reportFailure(shell, complete.failure, new Source(text, line));
			if (!shell.interactive) return shell.status;
		} else if (complete?.kind === 'program') yield* runProgram(shell, complete.program);
		line += text.split('\n').length - 1;
	}
}

/** @returns null when more lines are needed */
function recognize(shell: Shell, text: string, line: number, ended = false): Step | null {
	if (!ended && /(^|[^\\])(\\\\)*\\\n$/.test(text)) return null;
	if (shell.aliases.size > 0 && (shell.shopt('expand_aliases') || shell.dash)) text = expandAliases(text, shell);
	const recognizer = new Recognizer(text, 0, { dialect: shell.dialect, extglob: shell.shopt('extglob') });
	try {
		if (!recognizer.line()) return { kind: 'end' };
	} catch (thrown) {
		if (!(thrown instanceof SyntaxFailure)) throw thrown;
		return !ended && isIncomplete(thrown.failure) ? null : { kind: 'failure', failure: thrown.failure };
	}
	if (recognizer.unclosed.length > 0 && !ended) return null;
	return { kind: 'program', program: parseProgram(new Source(text, line)), last: false };
}

/* ---- aliases ---- */

const ALIAS_TURNS = 200;

/** Replaces the aliases of the first line of commands (ALIASES in bash(1)). */
export function expandAliases(text: string, shell: Shell): string {
	const regions: { start: number; end: number; name: string }[] = [];
	for (let turn = 0; turn < ALIAS_TURNS; turn++) {
		const recognizer = new Recognizer(text, 0, { dialect: shell.dialect, extglob: shell.shopt('extglob') });
		try {
			recognizer.line();
		} catch (thrown) {
			if (!(thrown instanceof SyntaxFailure)) throw thrown;
		}
		const candidates = recognizer.commandWords.map(({ position, end, text: word }) => ({ position, end, word }));
		for (const region of regions) {
			if (!/[ \t]$/.test(shell.aliases.get(region.name) ?? '')) continue;
			const next = /^[ \t]*([^\s;&|<>()'"\\$`]+)/.exec(text.slice(region.end));
			if (next)
				candidates.push({
					position: region.end + next[0].length - next[1]!.length,
					end: region.end + next[0].length,
					word: next[1]!
				});
		}
		const found = candidates.find(
			({ position, word }) =>
				shell.aliases.has(word) &&
				!regions.some(
					(region) =>
						region.name === word && region.start <= position && position < Math.max(region.end, region.start + 1)
				)
		);
		if (found === undefined) return text;
		const value = shell.aliases.get(found.word)!;
		text = text.slice(0, found.position) + value + text.slice(found.end);
		const change = value.length - (found.end - found.position);
		for (const region of regions) {
			if (region.start > found.position) region.start += change;
			if (region.end >= found.end) region.end += change;
		}
		regions.push({ start: found.position, end: found.position + value.length, name: found.word });
	}
	return text;
}
