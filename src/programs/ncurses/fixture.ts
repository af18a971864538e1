/** For tests: what a terminal shows after the bytes that programs wrote to it, row by row. */

export class Paper {
	readonly #cells: string[][];
	#row = 0;
	#column = 0;

	constructor(
		readonly rows = 24,
		readonly columns = 80
	) {
		this.#cells = Array.from({ length: rows }, () => this.#blank());
	}

	#blank(): string[] {
		return Array.from({ length: this.columns }, () => ' ');
	}

	feed(text: string): void {
		for (const [, sequence, parameters = '', final = '', character = ''] of text.matchAll(
			/(\x1b\[([0-9;?]*)([@-~])|\x1b[=>78M]|\x1b\][^\x07]*\x07)|([\s\S])/gu
		)) {
			if (sequence === undefined) this.#put(character);
			else if (final !== '') this.#control(parameters.split(';').map(Number), final);
		}
	}

	#put(character: string): void {
		if (character === '\r') this.#column = 0;
		else if (character === '\b') this.#column = Math.max(0, this.#column - 1);
		else if (character === '\n') this.#lineFeed();
		else if (character >= ' ') {
			if (this.#column === this.columns) {
				this.#column = 0;
				this.#lineFeed();
			}
			this.#cells[this.#row]![this.#column++] = character;
		}
	}

	#lineFeed(): void {
		if (this.#row < this.rows - 1) this.#row++;
		else {
			this.#cells.shift();
			this.#cells.push(this.#blank());
		}
	}

	#control([a = 0, b = 0]: readonly number[], final: string): void {
		if (final === 'H') [this.#row, this.#column] = [Math.max(1, a) - 1, Math.max(1, b) - 1];
		else if (final === 'K') this.#cells[this.#row]!.fill(' ', this.#column);
		else if (final === 'J' && a === 2) for (const row of this.#cells) row.fill(' ');
	}

	/** A row, counted from 1, without blanks at its end. */
	row(number: number): string {
		return this.#cells[number - 1]!.join('').trimEnd();
	}

	text(): string {
		return this.#cells
			.map((row) => row.join('').trimEnd())
			.join('\n')
			.trimEnd();
	}

	/** counted from 1 */
	get cursor(): readonly [row: number, column: number] {
		return [this.#row + 1, this.#column + 1];
	}
}
