/**
 * The state of one shell process, and how it reports. A subshell is a forked process with a clone of this.
 *
 * Does: options, variables (the dynamic ones included), functions, aliases, traps, the call stack, messages' prefixes,
 *       a builtin's buffered output.
 * Not simulated: restricted shells, programmable completion.
 */
import type { CompoundCommand, CompoundList, Redirected } from 'unbash';
import { encode } from '#kernel/text';
import { Errno, type Sys } from '#kernel/syscalls';
import { getpid, getppid, getrandom, time, write } from '../libc/unistd';
import { strerror } from '../libc/strerror';
import { AbandonLine, CommandFailure } from './control';
import { Jobs } from './jobs';
import { LONG_OPTIONS, SHOPTS } from './options';
import type { Dialect } from './syntax/tokens';
import { Source } from './syntax/source';
import { AssociativeArray, IndexedArray, Variable, Variables } from './variables';

export const BASH_VERSION = '5.2.15(1)-release';

export interface ShellFunction {
	readonly name: string;
	readonly body: CompoundCommand | Redirected | CompoundList;
	readonly source: Source;
	/** the file it was read from, for BASH_SOURCE and messages */
	readonly file: string;
	readonly line: number;
}

export interface Frame {
	readonly function: string;
	readonly file: string;
	/** where it was called */
	readonly line: number;
	readonly args: readonly string[];
}

/** What commands are read from, for the prefix of a syntax error. */
export interface Input {
	/** "-c", "eval", a file's name, or the shell's own name for standard input */
	readonly name: string;
}

export class Shell {
	variables = new Variables();
	functions = new Map<string, ShellFunction>();
	aliases = new Map<string, string>();
	options = new Set<string>(['braceexpand', 'hashall', 'interactive-comments']);
	shopts: Map<string, boolean>;
	/** signal name (EXIT, DEBUG, ERR, RETURN, SIGINT …) to command */
	traps = new Map<string, string>();
	/** inherited by a subshell for display only */
	inheritedTraps: Map<string, string> | null = null;
	args: string[] = [];
	status = 0;
	pipeStatus: number[] = [0];
	background = 0;
	lastArgument = '';
	subshell = 0;
	/** texts within texts ($(…), eval, source): how often `set -x` repeats PS4's first character */
	traceDepth = 0;
	pid = 0;
	ppid = 0;
	line = 1;
	/** the line that bash gives for a compound command's redirections: of what holds it (line_number in parse.y) */
	enclosingLine = 1;
	source = new Source('');
	input: Input;
	frames: Frame[] = [];
	loops = 0;
	functionDepth = 0;
	sourceDepth = 0;
	/** while > 0 a failing command does not end the shell under set -e */
	ignoreErrors = 0;
	/** the status of the last $(…) of the command being expanded */
	substitutionStatus: number | null = null;
	/** BASH_COMMAND, printed only when somebody asks */
	commandText: () => string = () => '';
	hash = new Map<string, { path: string; hits: number }>();
	directories: string[] = [];
	jobs = new Jobs();
	jobControl = false;
	terminal = -1;
	processGroup = 0;
	history: string[] = [];
	getoptsAt = { index: 1, offset: 0, args: '' };
	/** the running builtin, for its messages */
	builtin = '';
	inTrap = false;
	startTime = 0;
	clock = 0;
	secondsBase = 0;
	randomState = 0;
	turns = 0;
	/** processes of <(…) and coprocesses to be collected */
	children: number[] = [];
	/** descriptors of process substitutions, closed after the command */
	substitutionDescriptors: number[] = [];
	/** this process may exec without a fork of its own: it has nothing else to do */
	disposable = false;
	pendingSignals: number[] = [];
	caught = new Set<number>();
	login = false;
	interactive = false;
	/** interactive, or a subshell of such a one: messages have no line number */
	interactiveShell = false;
	/** `exit` has said that there are stopped jobs */
	exitWarned = false;
	promptCount = 1;
	#out: string[] = [];
	#outLength = 0;

	constructor(
		public name: string,
		readonly dialect: Dialect
	) {
		this.input = { name };
		this.shopts = new Map(SHOPTS.map(([option, on]) => [option, on]));
	}

	get dash(): boolean {
		return this.dialect === 'dash';
	}

	/** What a forked subshell starts from. */
	clone(): Shell {
		const copy = new Shell(this.name, this.dialect);
		const { variables, functions, aliases, options, shopts, hash, jobs } = this;
		Object.assign(copy, this, {
			variables: variables.clone(),
			functions: new Map(functions),
			aliases: new Map(aliases),
			options: new Set(options),
			shopts: new Map(shopts),
			hash: new Map([...hash].map(([name, entry]) => [name, { ...entry }])),
			args: [...this.args],
			pipeStatus: [...this.pipeStatus],
			directories: [...this.directories],
			frames: [...this.frames],
			getoptsAt: { ...this.getoptsAt },
			jobs: jobs.inherited(),
			traps: new Map<string, string>(),
			inheritedTraps: new Map(this.inheritedTraps ?? this.traps),
			children: [],
			substitutionDescriptors: [],
			pendingSignals: [],
			caught: new Set(this.caught)
		});
		copy.#out = [];
		copy.#outLength = 0;
		copy.subshell = this.subshell + 1;
		copy.jobControl = false;
		copy.interactive = false;
		return copy;
	}

	/* ---- output and messages ---- */

	print(text: string): void {
		this.#out.push(text);
		this.#outLength += text.length;
	}

	/** Writes what builtins printed. @returns false after a write error, which is reported */
	*flush(): Sys<boolean> {
		if (this.#out.length === 0) return true;
		const text = this.#out.join('');
		this.#out = [];
		this.#outLength = 0;
		if (text === '') return true;
		try {
			yield* write(1, encode(text));
			return true;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			if (this.dash) yield* this.message(`${this.builtin}: I/O error`);
			else yield* this.message(`${this.builtin}: write error: ${strerror(thrown)}`);
			return false;
		}
	}

	*flushIfLong(): Sys<void> {
		if (this.#outLength > 8192) yield* this.flush();
	}

	*writeError(text: string): Sys<void> {
		try {
			yield* write(2, encode(text));
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}

	/** The name that messages begin with: the sourced file's within it. */
	get errorName(): string {
		if (this.interactiveShell) return this.shellName;
		const file = this.frames[this.frames.length - 1]?.file;
		return file !== undefined && file !== '' && file !== 'environment' ? file : this.name;
	}

	/** As an interactive shell calls itself: "bash", a login shell "-bash". */
	get shellName(): string {
		return this.name.replace(/^.*\//, '');
	}

	get prefix(): string {
		if (this.dash) return `${this.name}: ${this.line}: `;
		if (this.interactiveShell) return `${this.errorName}: `;
		const evaluating = this.input.name === 'eval' && this.evalLine ? 'eval: ' : '';
		return `${this.errorName}: ${evaluating}line ${this.line}: `;
	}

	/** bash names eval only in syntax errors */
	evalLine = false;

	*message(text: string): Sys<void> {
		yield* this.writeError(`${this.prefix}${text}\n`);
	}

	/** A builtin's complaint: `bash: line 1: cd: …` */
	*complain(text: string): Sys<void> {
		yield* this.message(this.builtin === '' ? text : `${this.builtin}: ${text}`);
	}

	/* ---- parameters ---- */

	option(name: string): boolean {
		return this.options.has(name);
	}

	shopt(name: string): boolean {
		return this.shopts.get(name) ?? false;
	}

	get ifs(): string {
		const variable = this.variables.get('IFS');
		return variable === undefined || variable.scalar === undefined ? ' \t\n' : variable.scalar;
	}

	/** `$-` */
	get flags(): string {
		let flags = '';
		for (const [letter, option] of LONG_OPTIONS) if (letter !== '' && this.options.has(option)) flags += letter;
		flags = [...flags].sort((a, b) => 'abefhkmnptuvxBCEHPT'.indexOf(a) - 'abefhkmnptuvxBCEHPT'.indexOf(b)).join('');
		if (this.interactive) flags = flags.replace(/^([a-h]*)/, '$1i');
		if (this.commandString) flags += 'c';
		if (this.fromStdin) flags += 's';
		return flags;
	}

	/** the script's path, null for -c, standard input and a terminal */
	scriptFile: string | null = null;
	commandString = false;
	fromStdin = false;

	/** Brings what dynamic variables show up to date; calls are only made where the text names one. */
	*refresh(text: string): Sys<void> {
		if (/SECONDS|EPOCH/.test(text)) this.clock = yield* time();
		if (/RANDOM/.test(text)) {
			if (this.randomState === 0) {
				const bytes = yield* getrandom(4);
				this.randomState = ((bytes[0]! << 23) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]! | 1) & 0x7fffffff;
			}
			if (text.includes('SRANDOM')) {
				const bytes = yield* getrandom(4);
				this.secureRandom = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
			}
		}
		if (text.includes('BASHPID')) this.pid = yield* getpid();
		if (text.includes('PPID')) this.ppid = yield* getppid();
	}

	secureRandom = 0;
	mainPid = 0;

	/** A variable's value where only the shell knows it; undefined: an ordinary variable. */
	dynamic(name: string): string | undefined {
		const read = DYNAMIC[name];
		return read === undefined || this.unsetDynamic.has(name) ? undefined : read(this);
	}

	unsetDynamic = new Set<string>();

	#lastRandom = -1;

	nextRandom(): number {
		// Park and Miller's generator with Schrage's method, halves folded (random.c)
		let value: number;
		do {
			const seed = this.randomState === 0 ? 123459876 : this.randomState;
			const high = Math.trunc(seed / 127773);
			const low = seed - 127773 * high;
			const next = 16807 * low - 2836 * high;
			this.randomState = next < 0 ? next + 0x7fffffff : next;
			value = ((this.randomState >>> 16) ^ (this.randomState & 0xffff)) & 0x7fff;
		} while (value === this.#lastRandom);
		this.#lastRandom = value;
		return value;
	}

	/** `$name`, `$1`, `$#` …; undefined when unset. */
	parameter(name: string): string | undefined {
		if (name >= '0' && name <= '9~') {
			const index = Number(name);
			if (Number.isInteger(index)) return index === 0 ? this.zero : this.args[index - 1];
		}
		switch (name) {
			case '?':
				return String(this.status);
			case '#':
				return String(this.args.length);
			case '$':
				return String(this.mainPid);
			case '!':
				return this.background === 0 ? undefined : String(this.background);
			case '-':
				return this.flags;
			case '@':
			case '*':
				return this.args.length === 0 ? undefined : this.args.join(name === '@' ? ' ' : this.ifs.slice(0, 1));
			default: {
				const dynamic = this.dash ? undefined : this.dynamic(name);
				if (dynamic !== undefined) return dynamic;
				return this.variables.get(name)?.scalar;
			}
		}
	}

	/** $0 */
	get zero(): string {
		return this.argZero ?? this.name;
	}
	argZero: string | undefined;

	/** The array behind `${name[…]}`; computed for FUNCNAME and the like. */
	array(name: string): IndexedArray | AssociativeArray | undefined {
		const computed = this.dash ? undefined : ARRAYS[name];
		if (computed) return computed(this);
		const variable = this.variables.get(name);
		const value = variable?.value;
		return value instanceof IndexedArray || value instanceof AssociativeArray ? value : undefined;
	}

	/* ---- assignment ---- */

	/**
	 * Sets a scalar (element 0 of an array), with the variable's attributes.
	 * @throws CommandFailure after a message about a readonly variable: the caller decides what that ends
	 */
	*assign(name: string, value: string, target?: Variable): Sys<void> {
		const variable = target ?? this.variables.obtain(name);
		if (variable.readonly) {
			yield* this.message(this.dash ? `${name}: is read only` : `${name}: readonly variable`);
			throw new CommandFailure(this.dash ? 2 : 1);
		}
		this.assignUnchecked(name, value, variable);
	}

	assignUnchecked(name: string, value: string, variable = this.variables.obtain(name)): void {
		value = variable.transform(value);
		if (variable.value instanceof IndexedArray) variable.value.set(0, value);
		else if (variable.value instanceof AssociativeArray) variable.value.set('0', value);
		else if (variable.declared === 'indexed') variable.value = new IndexedArray([value]);
		else if (variable.declared === 'associative') {
			const map = new AssociativeArray();
			map.set('0', value);
			variable.value = map;
		} else variable.value = value;
		if (this.option('allexport')) variable.exported = true;
		this.#special(name, value);
	}

	#special(name: string, value: string): void {
		if (name === 'RANDOM') this.randomState = Number(BigInt.asUintN(31, BigInt(/^-?\d+$/.test(value) ? value : 0)));
		else if (name === 'SECONDS') this.secondsBase = this.clock - Number(value) * 1_000_000 || 0;
		else if (name === 'OPTIND') this.getoptsAt = { index: Number(value) || 1, offset: 0, args: '' };
		else if (name === 'PATH') this.hash.clear();
	}

	*fatal(text: string, status = 1): Sys<never> {
		yield* this.message(text);
		throw new AbandonLine(status);
	}
}

const DYNAMIC: Readonly<Record<string, (shell: Shell) => string | undefined>> = {
	RANDOM: (shell) => String(shell.nextRandom()),
	SRANDOM: (shell) => String(shell.secureRandom),
	SECONDS: (shell) => String(Math.floor((shell.clock - shell.secondsBase) / 1_000_000)),
	EPOCHSECONDS: (shell) => String(Math.floor(shell.clock / 1_000_000)),
	EPOCHREALTIME: (shell) =>
		`${Math.floor(shell.clock / 1_000_000)}.${String(shell.clock % 1_000_000).padStart(6, '0')}`,
	LINENO: (shell) => String(shell.line),
	BASHPID: (shell) => String(shell.pid),
	PPID: (shell) => String(shell.ppid),
	BASH_SUBSHELL: (shell) => String(shell.subshell),
	BASH_COMMAND: (shell) => shell.commandText(),
	SHELLOPTS: (shell) => [...shell.options].sort().join(':'),
	BASHOPTS: (shell) =>
		[...shell.shopts]
			.filter(([, on]) => on)
			.map(([name]) => name)
			.sort()
			.join(':'),
	_: (shell) => shell.lastArgument,
	FUNCNAME: (shell) => ARRAYS.FUNCNAME!(shell)?.values[0],
	BASH_SOURCE: (shell) => ARRAYS.BASH_SOURCE!(shell)?.values[0],
	BASH_LINENO: (shell) => ARRAYS.BASH_LINENO!(shell)?.values[0],
	PIPESTATUS: (shell) => String(shell.pipeStatus[0]),
	HISTCMD: (shell) => String(shell.history.length + 1)
};

const ARRAYS: Readonly<Record<string, (shell: Shell) => IndexedArray | AssociativeArray | undefined>> = {
	FUNCNAME: (shell) => {
		if (!shell.frames.some((frame) => frame.function !== 'source')) return new IndexedArray();
		return new IndexedArray(
			[...shell.frames.map((frame) => frame.function)].reverse().concat(shell.scriptFile === null ? [] : ['main'])
		);
	},
	BASH_SOURCE: (shell) =>
		new IndexedArray([...shell.frames.map((frame) => frame.file)].reverse().concat(shell.scriptFile ?? [])),
	BASH_LINENO: (shell) =>
		new IndexedArray(
			[...shell.frames.map((frame) => String(frame.line))].reverse().concat(shell.scriptFile === null ? [] : ['0'])
		),
	PIPESTATUS: (shell) => new IndexedArray(shell.pipeStatus.map(String)),
	DIRSTACK: (shell) => new IndexedArray([shell.variables.get('PWD')?.scalar ?? '/', ...shell.directories]),
	BASH_ALIASES: (shell) => {
		const map = new AssociativeArray();
		for (const [name, text] of shell.aliases) map.set(name, text);
		return map;
	}
};
