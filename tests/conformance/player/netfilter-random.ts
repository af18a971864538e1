/**
 * Numbers that the kernel draws: in the netfilter recordings RANDOM, RANDOM2 … stand for a port or ICMP id, the same one
 * wherever the word is, and the case says which range it is from.
 */
const WORD = /RANDOM\d*/g;

export class Blanks {
	#known = new Map<string, number>();

	/** @param ranges "1024-65535" for each word */
	constructor(readonly ranges: Readonly<Record<string, string>>) {}

	/** `got` with the words of `expected` in the places where it has numbers that fit. */
	fill(expected: unknown, got: unknown): unknown {
		if (typeof expected === 'string' && typeof got === 'string') return this.#matches(expected, got) ? expected : got;
		if (Array.isArray(expected) && Array.isArray(got)) return got.map((item, index) => this.fill(expected[index], item));
		if (!isObject(expected) || !isObject(got)) return got;
		return Object.fromEntries(Object.entries(got).map(([key, item]) => [key, this.fill(expected[key], item)]));
	}

	/** As `fill`, for a list whose order the numbers may change: each item takes the place where it fits. */
	fillUnordered(expected: readonly unknown[], got: readonly unknown[]): unknown[] {
		const left = [...got];
		const placed: unknown[] = [];
		for (const wanted of expected) {
			const text = JSON.stringify(wanted);
			const at = left.findIndex((item) => this.#tried(() => JSON.stringify(this.fill(wanted, item)) === text));
			if (at >= 0) placed.push(this.fill(wanted, left.splice(at, 1)[0]));
		}
		return [...placed, ...left];
	}

	/** What is learned stays only when `attempt` succeeds. */
	#tried(attempt: () => boolean): boolean {
		const before = new Map(this.#known);
		const fits = attempt();
		if (!fits) this.#known = before;
		return fits;
	}

	#matches(expected: string, got: string): boolean {
		const words = expected.match(WORD);
		if (!words) return expected === got;
		const literal = expected.split(WORD).map((part) => part.replace(/[^\w ]/g, '\\$&'));
		const found = new RegExp(`^${literal.join('(\\d+)')}$`).exec(got);
		return found !== null && words.every((word, index) => this.#is(word, Number(found[index + 1])));
	}

	#is(word: string, value: number): boolean {
		const known = this.#known.get(word);
		if (known !== undefined) return known === value;
		const [low = 0, high = 65_535] = this.ranges[word]?.split('-').map(Number) ?? [];
		if (value < low || value > high || [...this.#known.values()].includes(value)) return false;
		this.#known.set(word, value);
		return true;
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
