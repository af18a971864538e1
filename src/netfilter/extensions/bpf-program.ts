/**
 * Programs of the classic Berkeley Packet Filter (bpf(4); Documentation/networking/filter.rst): what the kernel refuses of
 * them (`bpf_check_classic`), and running one over a packet's bytes from the IP header on.
 *
 * A load from behind the packet's end ends the program with 0, as does a division by zero.
 * Not simulated: of the kernel's own values (`SKF_AD_OFF`) netlink attributes, queue, hash, VLAN and payload offset, which
 * read as 0; the bytes of the frame before the IP header.
 */
import type { Skb } from '../skb';

export interface Instruction {
	readonly code: number;
	readonly jumpTrue: number;
	readonly jumpFalse: number;
	readonly k: number;
}

const CLASS = { load: 0, loadX: 1, store: 2, storeX: 3, alu: 4, jump: 5, end: 6, move: 7 } as const;
const WIDTHS: Readonly<Record<number, number>> = { 0x00: 4, 0x08: 2, 0x10: 1 };
const MODE = { immediate: 0x00, absolute: 0x20, indirect: 0x40, memory: 0x60, length: 0x80, header: 0xa0 } as const;
const BY_X = 0x08;
const RETURN_A = 0x10;
const TXA = 0x80;
const JUMP_ALWAYS = 0x00;
const CELLS = 16;
/** -0x1000 and -0x100000 as unsigned numbers: the kernel's own values, and the packet again */
const OWN_VALUES = 0xfffff000;
const NETWORK = 0xfff00000;
const NETWORK_END = 0xfff00000 + 0x10000;
const IPV4 = 0x0800;
const ETHERNET = 1;

/** Every code that there is. */
const CODES: ReadonlySet<number> = new Set([
	...[0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80],
	...[0x01, 0x61, 0x81, 0xb1],
	...[0x02, 0x03, 0x84, 0x05, 0x06, 0x16, 0x07, 0x87],
	...[0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x94, 0xa4].flatMap((code) => [code, code | BY_X]),
	...[0x15, 0x25, 0x35, 0x45].flatMap((code) => [code, code | BY_X])
]);
const DIVISIONS: ReadonlySet<number> = new Set([0x34, 0x94]);
const SHIFTS: ReadonlySet<number> = new Set([0x64, 0x74]);
const LARGEST_VALUE = 60;

/** Would the kernel run it? */
export function isSound(program: readonly Instruction[]): boolean {
	const length = program.length;
	/** by instruction: cells that every way there has filled */
	const filled = program.map(() => 0xffff);
	let cells = 0;
	for (const [at, { code, jumpTrue, jumpFalse, k }] of program.entries()) {
		if (!CODES.has(code)) return false;
		cells &= filled[at]!;
		if (DIVISIONS.has(code) && k === 0) return false;
		if (SHIFTS.has(code) && k >= 32) return false;
		if ((code === 0x60 || code === 0x61) && (k >= CELLS || !(cells & (1 << k)))) return false;
		if ((code & 7) === CLASS.store || (code & 7) === CLASS.storeX) {
			if (k >= CELLS) return false;
			cells |= 1 << k;
		}
		if ((code & 7) === CLASS.load && (code & 0xe0) === MODE.absolute && k >= OWN_VALUES && !isValue(k)) return false;
		if ((code & 7) !== CLASS.jump) continue;
		const ways = (code & 0xf0) === JUMP_ALWAYS ? [k] : [jumpTrue, jumpFalse];
		for (const way of ways) {
			if (at + 1 + way >= length) return false;
			filled[at + 1 + way]! &= cells;
		}
		cells = 0xffff;
	}
	return ((program.at(-1)?.code ?? 0) & 7) === CLASS.end;
}

const isValue = (k: number): boolean => (k - OWN_VALUES) % 4 === 0 && k - OWN_VALUES <= LARGEST_VALUE;

/** @returns what the program returns; 0: the packet does not match */
export function runProgram(program: readonly Instruction[], bytes: Uint8Array, skb: Skb, random: () => number): number {
	const cells = new Uint32Array(CELLS);
	let a = 0;
	let x = 0;
	for (let at = 0; at < program.length; at++) {
		const { code, jumpTrue, jumpFalse, k } = program[at]!;
		const operand = code & BY_X ? x : k;
		switch (code & 7) {
			case CLASS.load: {
				const value = loaded(code, k, x, cells, bytes, { skb, random, a });
				if (value === undefined) return 0;
				a = value >>> 0;
				break;
			}
			case CLASS.loadX: {
				const mode = code & 0xe0;
				if (mode === MODE.header && k >= bytes.length) return 0;
				if (mode === MODE.header) x = (bytes[k]! & 0xf) * 4;
				else x = mode === MODE.memory ? cells[k]! : mode === MODE.length ? bytes.length : k;
				break;
			}
			case CLASS.store:
				cells[k] = a;
				break;
			case CLASS.storeX:
				cells[k] = x;
				break;
			case CLASS.alu: {
				const value = computed(code & 0xf0, a, operand);
				if (value === undefined) return 0;
				a = value;
				break;
			}
			case CLASS.jump:
				if ((code & 0xf0) === JUMP_ALWAYS) at += k;
				else at += holds(code & 0xf0, a, operand) ? jumpTrue : jumpFalse;
				break;
			case CLASS.end:
				return code & RETURN_A ? a : k;
			default:
				if (code & TXA) a = x;
				else x = a;
		}
	}
	return 0;
}

function holds(operation: number, a: number, operand: number): boolean {
	if (operation === 0x10) return a === operand;
	if (operation === 0x20) return a > operand;
	return operation === 0x30 ? a >= operand : (a & operand) !== 0;
}

/** Unsigned 32 bits; undefined for a division by zero. */
function computed(operation: number, a: number, b: number): number | undefined {
	switch (operation) {
		case 0x00:
			return (a + b) >>> 0;
		case 0x10:
			return (a - b) >>> 0;
		case 0x20:
			return Math.imul(a, b) >>> 0;
		case 0x30:
			return b === 0 ? undefined : Math.floor(a / b);
		case 0x40:
			return (a | b) >>> 0;
		case 0x50:
			return (a & b) >>> 0;
		case 0x60:
			return (a << b) >>> 0;
		case 0x70:
			return a >>> b;
		case 0x80:
			return -a >>> 0;
		case 0x90:
			return b === 0 ? undefined : a % b;
		default:
			return (a ^ b) >>> 0;
	}
}

interface Surroundings {
	readonly skb: Skb;
	readonly random: () => number;
	readonly a: number;
}

function loaded(
	code: number,
	k: number,
	x: number,
	cells: Uint32Array,
	bytes: Uint8Array,
	around: Surroundings
): number | undefined {
	const mode = code & 0xe0;
	if (mode === MODE.immediate) return k;
	if (mode === MODE.memory) return cells[k]!;
	if (mode === MODE.length) return bytes.length;
	if (mode === MODE.absolute && k >= OWN_VALUES) return ownValue(k - OWN_VALUES, x, around);
	let at = mode === MODE.indirect ? (k + x) >>> 0 : k;
	if (at >= NETWORK && at < NETWORK_END) at -= NETWORK;
	const width = WIDTHS[code & 0x18]!;
	if (at + width > bytes.length) return undefined;
	let value = 0;
	for (let i = 0; i < width; i++) value = value * 256 + bytes[at + i]!;
	return value;
}

/** SKF_AD_*: what the kernel knows of the packet beside its bytes. */
function ownValue(which: number, x: number, { skb, random, a }: Surroundings): number {
	switch (which) {
		case 0:
			return IPV4;
		case 8:
			return skb.incomingIndex || skb.outgoingIndex;
		case 20:
			return skb.mark;
		case 28:
			return ETHERNET;
		case 40:
			return a ^ x;
		case 56:
			return random();
		default:
			return 0;
	}
}
