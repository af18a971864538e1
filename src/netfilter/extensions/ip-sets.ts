/**
 * Sets of addresses, networks and ports (ipset), as the `set` match and the SET target ask them; and how both read
 * "name src,dst".
 *
 * The sets themselves live in `../ipset/`.
 */
import { OptionError, type CommandContext, type ParsedOption } from '../extension';
import { byteLength } from '../text';

/** a set and which ends of the packet are looked up in it */
export interface SetUse {
	readonly name: string;
	/** true: source, false: destination; one for each dimension of the set */
	readonly fromSource: readonly boolean[];
}

const NAME_MAXIMUM = 31;
const DIMENSIONS = 6;

/** @throws OptionError */
export function parseSetUse(option: ParsedOption, context: CommandContext): SetUse {
	const { argument: name, second } = option;
	if (second === undefined) throw new OptionError(`--${option.name} requires two args.`);
	if (byteLength(name) > NAME_MAXIMUM)
		throw new OptionError(`setname \`${name}' too long, max ${NAME_MAXIMUM} characters.`);
	if (context.names.setDimension(name) === undefined) throw new OptionError(`Set ${name} doesn't exist.\n`);
	const words = second.split(',');
	const fromSource = words.slice(0, DIMENSIONS).map((word) => {
		if (!word.startsWith('src') && !word.startsWith('dst'))
			// the spelling is the real program's
			throw new OptionError("You must spefify (the comma separated list of) 'src' or 'dst'.");
		return word.startsWith('src');
	});
	if (words.length > DIMENSIONS) throw new OptionError(`Can't be more src/dst options than ${DIMENSIONS}.`);
	return { name, fromSource };
}

export function setUseText({ name, fromSource }: SetUse): string {
	return `${name} ${fromSource.map((source) => (source ? 'src' : 'dst')).join(',')}`;
}
