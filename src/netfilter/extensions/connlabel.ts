/** connlabel: a label of the connection, one of 128; or sets it. */
import { OptionError, type CommandContext, type MatchExtension } from '../extension';
import { numberPrefix } from '../number';

interface Connlabel {
	bit: number;
	invert: boolean;
	set: boolean;
}

const LABELS = '/etc/xtables/connlabel.conf';
const BIT_MAXIMUM = 127;

/** "40 interactive" a line */
function labels(context: CommandContext): readonly (readonly [bit: number, name: string])[] {
	const text = context.names.file(LABELS);
	if (text === undefined) {
		context.warn(`Warning: cannot open ${LABELS}: No such file or directory`);
		return [];
	}
	return [...text.matchAll(/^(\d+)\s+(\S+)/gm)].map((row) => [Number(row[1]), row[2]!]);
}

function bitOf(text: string, context: CommandContext): number {
	const { value, end } = numberPrefix(text);
	// an int in the real program: above 2^31 it counts as no number
	const number = Number(BigInt.asIntN(32, value));
	if (end > 0 && end === text.length && number >= 0) return number & 0xffff;
	const bit = labels(context).find(([, name]) => name === text)?.[0];
	if (bit === undefined) throw new OptionError(`label '${text}' not found or invalid value`);
	return bit;
}

const nameOf = (bit: number, context: CommandContext): string | undefined =>
	labels(context).find(([number]) => number === bit)?.[1];

export const connlabel: MatchExtension<Connlabel> = {
	name: 'connlabel',
	families: ['ip', 'ip6'],
	summary: 'a label of the connection; or sets it',
	conntrack: true,
	options: [
		{ name: 'label', id: 'label', type: 'string', min: 1, mandatory: true, invert: true, help: 'number or name' },
		{ name: 'set', id: 'set', type: 'none', help: 'puts the label on, and matches if that worked' }
	],
	init: () => ({ bit: 0, invert: false, set: false }),
	parse(draft, { id, argument, invert }, context) {
		if (id === 'set') draft.set = true;
		else {
			draft.bit = bitOf(argument, context);
			draft.invert = invert;
		}
	},
	list({ bit, invert, set }, context) {
		const name = nameOf(bit, context);
		const label = context.numeric || name === undefined ? bit : `'${name}'`;
		return ` connlabel${invert ? ' !' : ''} ${label}${set ? ' set' : ''}`;
	},
	save({ bit, invert, set }, context) {
		return `${invert ? ' !' : ''} --label "${nameOf(bit, context) ?? bit}"${set ? ' --set' : ''}`;
	},
	check: ({ bit }) => (bit > BIT_MAXIMUM ? 'ERANGE' : null),
	compile: ({ bit, invert, set }) => {
		const label = 1n << BigInt(bit);
		return ({ connection }) => {
			if (!connection) return invert;
			if (set) connection.labels |= label;
			return ((connection.labels & label) !== 0n) !== invert;
		};
	},
	explain({ bit }, { connection }) {
		if (!connection) return 'the packet belongs to no tracked connection';
		return `the connection has ${(connection.labels >> BigInt(bit)) & 1n ? '' : 'not '}the label ${bit}`;
	}
};
