/**
 * bpf: a small program of the Berkeley Packet Filter decides.
 *
 * `bpf-program.ts` runs it. There is no bpf file system, so --object-pinned finds nothing.
 */
import { buildIpv4 } from '#wire/ipv4';
import { OptionError, type MatchExtension } from '../extension';
import { isSound, runProgram, type Instruction } from './bpf-program';

interface Bpf {
	program: readonly Instruction[];
}

const INSTRUCTIONS_MAXIMUM = 64;

/** @throws OptionError */
function parseProgram(text: string): readonly Instruction[] {
	const length = /^\s*\+?(\d+),/.exec(text);
	if (!length) throw new OptionError('bpf: error parsing program length');
	const count = Number(length[1]) & 0xffff;
	if (count === 0) throw new OptionError('bpf: illegal zero length program');
	if (count > INSTRUCTIONS_MAXIMUM) throw new OptionError('bpf: number of instructions exceeds maximum');
	const program: Instruction[] = [];
	for (let at = text.indexOf(','); at >= 0 && at + 1 < text.length; at = text.indexOf(',', at + 1)) {
		if (program.length >= count) throw new OptionError('bpf: real program length exceeds the encoded length parameter');
		const words = /^\s*\+?(\d+)\s+\+?(\d+)\s+\+?(\d+)\s+\+?(\d+)/.exec(text.slice(at + 1));
		if (!words) throw new OptionError(`bpf: error at instr ${program.length}`);
		const [code, jumpTrue, jumpFalse, k] = words.slice(1).map(Number) as [number, number, number, number];
		program.push({ code: code & 0xffff, jumpTrue: jumpTrue & 0xff, jumpFalse: jumpFalse & 0xff, k: k >>> 0 });
	}
	if (program.length !== count)
		throw new OptionError('bpf: parsed program length is less than the encoded length parameter');
	return program;
}

const text = (program: readonly Instruction[]): string =>
	program.map(({ code, jumpTrue, jumpFalse, k }) => `${code} ${jumpTrue} ${jumpFalse} ${k}`).join(',');

export const bpf: MatchExtension<Bpf> = {
	name: 'bpf',
	families: ['ip', 'ip6'],
	summary: 'a program of the Berkeley Packet Filter decides',
	options: [
		{ name: 'bytecode', id: 'bytecode', type: 'string', help: 'its instructions, as nfbpf_compile prints them' },
		{ name: 'object-pinned', id: 'pinned', type: 'string', help: 'a program of the bpf file system' }
	],
	init: () => ({ program: [] }),
	parse(draft, { id, argument }) {
		if (id === 'pinned') throw new OptionError('bpf: failed to get bpf object');
		draft.program = parseProgram(argument);
	},
	finish(_draft, seen) {
		if (!seen.has('bytecode')) throw new OptionError('bpf: one of --bytecode or --pinned is required');
	},
	// no space before, and the zero byte that the real program prints
	list: ({ program }) => `match bpf ${text(program)}\0`,
	save: ({ program }) => ` --bytecode "${program.length},${text(program)}"`,
	check: ({ program }) => (isSound(program) ? null : 'EINVAL'),
	compile:
		({ program }, services) =>
		(skb) =>
			runProgram(program, buildIpv4(skb.packet), skb, () => services.random()) !== 0,
	explain: (_data, _skb, matched) => `the program says ${matched ? 'yes' : 'no'} to it`
};
