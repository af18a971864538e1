/**
 * value[/mask] where the value may be a name of a file in /etc/iproute2: realm and devgroup.
 */
import { OptionError, type CommandContext, type Names, type ParsedOption } from '../extension';
import { hex, parseLeadingNumber, UINT32_MAX } from '../number';

export interface Masked {
	readonly value: number;
	readonly mask: number;
	readonly invert: boolean;
}

/** "number name" a line; # begins a comment */
function rows(path: string, names: Names): readonly (readonly [number: number, name: string])[] {
	const found: [number, string][] = [];
	for (const line of (names.file(path) ?? '').split('\n')) {
		const row = /^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/i.exec(line);
		if (row) found.push([Number(row[1]), row[2]!]);
	}
	return found;
}

/** @throws OptionError */
export function parseMasked(extension: string, path: string, option: ParsedOption, context: CommandContext): Masked {
	const { argument, invert } = option;
	const complaint = (text: string): OptionError => new OptionError(`${extension}: ${text} option "--${option.name}"`);
	const number = parseLeadingNumber(argument);
	if (number?.[1] === '') return { value: number[0], mask: UINT32_MAX, invert };
	if (number === undefined || !number[1].startsWith('/')) {
		const named = rows(path, context.names).find(([, name]) => name === argument);
		if (named) return { value: named[0], mask: UINT32_MAX, invert };
		const { text } = complaint(`could not map name ${argument} to an integer value for`);
		throw new OptionError(`${text}.\n`);
	}
	const mask = parseLeadingNumber(number[1].slice(1));
	if (!mask) throw new OptionError(`${complaint('bad integer value for').text}, or out of range.\n`);
	if (mask[1] !== '') throw new OptionError(`${complaint('trailing garbage after value for').text}.\n`);
	return { value: number[0], mask: mask[0], invert };
}

/** "cosmos", "0x1", "0x1/0xff" */
export function maskedText({ value, mask }: Masked, path: string, names: Names, numeric: boolean): string {
	if (mask !== UINT32_MAX) return `${hex(value)}/${hex(mask)}`;
	return (numeric ? undefined : rows(path, names).find(([number]) => number === value)?.[1]) ?? hex(value);
}
