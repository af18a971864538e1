/** seq(1). */
import { preempt } from '../libc/unistd';
import { quote } from './quote';
import { Fatal, type Parsed, UsageError, utility } from './utility';
import type { Main } from '#kernel/syscalls';
import { formatPrintf } from './printf-format';

const run = utility(
	['f|format=', 's|separator=', 'w|equal-width', 'number='],
	function* (tool, options) {
		const operands = numbersOf(options);
		for (const word of operands) {
			if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word) && !/^[-+]?(inf|infinity|0x[0-9a-f]+)$/i.test(word)) {
				throw new UsageError(`invalid floating point argument: ${quote(word)}`);
			}
		}
		const [first, step, last] =
			operands.length === 1
				? ['1', '1', operands[0]!]
				: operands.length === 2
					? [operands[0]!, '1', operands[1]!]
					: operands;
		const increment = Number(step);
		if (increment === 0) throw new UsageError(`invalid Zero increment value: ${quote(step!)}`);
		const places = Math.max(decimals(first!), decimals(step!));
		const format = options.get('format');
		if (format !== undefined && !/^([^%]|%%)*%[-+ #0']*\d*(\.\d+)?[aefgAEFG]([^%]|%%)*$/.test(format)) {
			throw new Fatal(/%/.test(format) ? `format ${quote(format)} has unknown %${/%[^a-zA-Z]*(.)/.exec(format)?.[1] ?? ''} directive` : `format ${quote(format)} has no % directive`); // prettier-ignore
		}
		const separator = options.get('separator') ?? '\n';
		const end = Number(last);
		let width = 0;
		if (options.has('equal-width')) width = Math.max(Number(first).toFixed(places).length, Number(end.toFixed(Math.max(places, decimals(last!)))).toFixed(places).length); // prettier-ignore
		const slack = Math.abs(increment) * 1e-10;
		let out = '';
		for (let i = 0; ; i++) {
			const value = Number(first) + i * increment;
			if (increment > 0 ? value > end + slack : value < end - slack) {
				if (i > 0) out += '\n';
				break;
			}
			if (i > 0) out += separator;
			out += format !== undefined ? formatPrintf(format, value) : padded(value.toFixed(places), width);
			if (out.length > 16_384) {
				yield* tool.print(out);
				yield* preempt();
				out = '';
			}
		}
		yield* tool.print(out);
	},
	{ posix: true }
);

/** Negative numbers are no options. */
export const seq: Main = (argv, env) => {
	const at = argv.findIndex((word, i) => i > 0 && /^-[\d.]/.test(word) && !/^-[fs]$/.test(argv[i - 1]!));
	return run(at < 0 ? argv : [...argv.slice(0, at), '--', ...argv.slice(at)], env);
};

function numbersOf(options: Parsed): readonly string[] {
	const { operands } = options;
	if (operands.length === 0) throw new UsageError('missing operand');
	if (operands.length > 3) throw new UsageError(`extra operand ${quote(operands[3]!)}`);
	return operands;
}

const decimals = (word: string): number => (/e/i.test(word) ? 0 : (/\.(\d*)$/.exec(word)?.[1]?.length ?? 0));

function padded(text: string, width: number): string {
	return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
}
