/** random(3) of glibc, additive feedback over 31 words, which Debian's mawk uses for rand(). */
export class Random {
	readonly #words = new Int32Array(34 + 310);
	#state: number[] = [];

	constructor(seed: number) {
		const words = this.#words;
		words[0] = seed === 0 ? 1 : seed | 0;
		for (let i = 1; i < 31; i++) {
			const word = Number((16_807n * BigInt(words[i - 1]!)) % 2_147_483_647n);
			words[i] = word < 0 ? word + 2_147_483_647 : word;
		}
		for (let i = 31; i < 34; i++) words[i] = words[i - 31]!;
		for (let i = 34; i < 344; i++) words[i] = (words[i - 31]! + words[i - 3]!) | 0;
		this.#state = [...words.subarray(344 - 31)];
	}

	/** 0 to 1 */
	next(): number {
		const state = this.#state;
		const word = (state[0]! + state[28]!) | 0;
		state.push(word);
		state.shift();
		return (word >>> 1) / 2_147_483_647;
	}
}
