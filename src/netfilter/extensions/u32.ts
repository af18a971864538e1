/**
 * u32: compares any 32 bits of the packet, found by a small calculation.
 *
 *      --u32 "6&0xFF=1 && 0>>22&0x3C@0>>24=8"        protocol 1, and the first byte behind the IP header is 8
 */
import { buildIpv4 } from '#wire/ipv4';
import { OptionError, type MatchExtension } from '../extension';
import { hex, parseLeadingNumber } from '../number';
import { word32 } from './payload-bytes';

type Operator = '&' | '<<' | '>>' | '@';

interface Test {
	readonly first: number;
	readonly steps: readonly { readonly operator: Operator; readonly number: number }[];
	readonly values: readonly (readonly [minimum: number, maximum: number])[];
}

interface U32 {
	tests: readonly Test[];
	invert: boolean;
}

/** numbers of a location, values, tests */
const MAXIMUM = 10;

class Reader {
	at = 0;

	constructor(readonly text: string) {}

	skipSpace(): void {
		while (/[ \t-\r]/.test(this.text[this.at] ?? '')) this.at++;
	}

	get next(): string {
		return this.text[this.at] ?? '';
	}

	error(words: string, at = this.at): OptionError {
		return new OptionError(`u32: at char ${at}: ${words}`);
	}

	number(): number {
		const found = parseLeadingNumber(this.text.slice(this.at));
		if (!found) throw this.error('not a number or out of range');
		this.at = this.text.length - found[1].length;
		return found[0];
	}

	/** the second one of << >> && */
	second(character: string): void {
		this.at++;
		if (this.next !== character) throw this.error(`a second '${character}' was expected`);
		this.at++;
	}
}

function readOperator(reader: Reader): Operator {
	const operator = reader.next;
	if (operator === '<' || operator === '>') {
		reader.second(operator);
		return operator === '<' ? '<<' : '>>';
	}
	if (operator !== '&' && operator !== '@') throw reader.error('operator expected');
	reader.at++;
	return operator;
}

/** Up to the "=". */
function readLocation(reader: Reader): Pick<Test, 'first' | 'steps'> {
	let first: number | null = null;
	const steps: { operator: Operator; number: number }[] = [];
	for (;;) {
		reader.skipSpace();
		if (reader.next === '') throw new OptionError('u32: abrupt end of input after location specifier');
		if (reader.next === '=') {
			if (first === null) throw reader.error('location spec missing');
			reader.at++;
			return { first, steps };
		}
		if (first === null) first = reader.number();
		else {
			const operator = readOperator(reader);
			steps.push({ operator, number: reader.number() });
		}
		if (steps.length + 1 > MAXIMUM) throw reader.error('too many operators');
	}
}

/** Up to the end or "&&". @returns whether another test follows */
function readValues(reader: Reader, values: [number, number][]): boolean {
	for (;;) {
		reader.skipSpace();
		if (reader.next === '') {
			if (values.length === 0) throw new OptionError('u32: test ended with no value specified');
			return false;
		}
		if (reader.next === '&') {
			reader.at++;
			if (reader.next !== '&') throw reader.error("a second '&' was expected");
			if (values.length === 0) throw reader.error('value spec missing');
			return true;
		}
		if (values.length > 0) {
			if (reader.next !== ',') throw reader.error('expected "," or "&&"');
			reader.at++;
		}
		const minimum = reader.number();
		reader.skipSpace();
		let maximum = minimum;
		if (reader.next === ':') {
			reader.at++;
			maximum = reader.number();
		}
		values.push([minimum, maximum]);
		if (values.length > MAXIMUM) throw reader.error('too many ","s');
	}
}

/** @throws OptionError */
function parseTests(text: string): readonly Test[] {
	const reader = new Reader(text);
	const tests: Test[] = [];
	for (;;) {
		const location = readLocation(reader);
		const values: [number, number][] = [];
		const more = readValues(reader, values);
		tests.push({ ...location, values });
		if (tests.length > MAXIMUM) throw reader.error('too many "&&"s');
		if (!more) return tests;
		reader.at++;
	}
}

function text(tests: readonly Test[]): string {
	return tests
		.map(({ first, steps, values }) => {
			const location = hex(first) + steps.map(({ operator, number }) => operator + hex(number)).join('');
			return `${location}=${values.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}:${hex(high)}`)).join(',')}`;
		})
		.join('&&');
}

/** undefined: beyond the packet's end */
function valueOf({ first, steps }: Test, bytes: Uint8Array): number | undefined {
	let base = 0;
	let value = word32(bytes, first);
	for (const { operator, number } of steps) {
		if (value === undefined) return undefined;
		if (operator === '&') value = (value & number) >>> 0;
		else if (operator === '<<') value = number >= 32 ? 0 : (value << number) >>> 0;
		else if (operator === '>>') value = number >= 32 ? 0 : value >>> number;
		else {
			base += value;
			value = word32(bytes, base + number);
		}
	}
	return value;
}

function passes(test: Test, bytes: Uint8Array): boolean {
	const value = valueOf(test, bytes);
	return value !== undefined && test.values.some(([low, high]) => value >= low && value <= high);
}

export const u32: MatchExtension<U32> = {
	name: 'u32',
	families: ['ip', 'ip6'],
	summary: 'any 32 bits of the packet',
	options: [{ name: 'u32', id: 'u32', type: 'string', mandatory: true, invert: true, help: 'tests: "6&0xFF=17"' }],
	init: () => ({ tests: [], invert: false }),
	parse(draft, { argument, invert }) {
		draft.tests = parseTests(argument);
		draft.invert = invert;
	},
	list: ({ tests, invert }) => ` u32${invert ? ' !' : ''} "${text(tests)}"`,
	save: ({ tests, invert }) => `${invert ? ' !' : ''} --u32 "${text(tests)}"`,
	compile:
		({ tests, invert }) =>
		(skb) => {
			const bytes = buildIpv4(skb.packet);
			return tests.every((test) => passes(test, bytes)) !== invert;
		},
	explain({ tests }, skb, matched) {
		const bytes = buildIpv4(skb.packet);
		const failed = tests.find((test) => !passes(test, bytes));
		if (matched || !failed) return `the bits are ${failed ? 'not ' : ''}${text(tests)}`;
		const value = valueOf(failed, bytes);
		return `${text([failed])}: the packet ${value === undefined ? 'ends before it' : `has ${hex(value)} there`}`;
	}
};
