/** `name=value` among the arguments and after -v. */
import { RuntimeError } from './errors';
import type { Interpreter } from './interpreter';
import { BUILTINS } from './arity';
import { KEYWORDS, SPECIAL, unescape } from './scanner';
import { Input } from './value';

/** @returns whether it is an assignment, done then */
export function assignment(awk: Interpreter, argument: string): boolean {
	const match = /^([A-Za-z_]\w*)=([^]*)$/.exec(argument);
	if (!match) return false;
	const [, name, text] = match as unknown as [string, string, string];
	const value = new Input(unescape(text));
	if (SPECIAL.has(name)) awk.record.setSpecial(name, value);
	else {
		const known = awk.program.globals.get(name);
		if (known?.type === 'array' || KEYWORDS.has(name) || name in BUILTINS)
			throw new RuntimeError(`cannot command line assign to ${name}\n\ttype clash or keyword`);
		if (known) known.type = 'variable';
		awk.cell(name).value = value;
	}
	return true;
}
