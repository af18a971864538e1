/**
 * What terminals have printed, kept while no screen shows them: bounded, replayed to a screen that comes later.
 */

/** bytes kept for one terminal; older ones are forgotten */
const KEPT = 256 * 1024;

interface Screen {
	write(bytes: Uint8Array): void;
	/** everything so far is void: the world was wound back */
	reset(): void;
}

export class Printed {
	#chunks: Uint8Array[] = [];
	#size = 0;
	#screen: Screen | null = null;

	add(bytes: Uint8Array): void {
		this.#chunks.push(bytes);
		this.#size += bytes.length;
		while (this.#size > KEPT && this.#chunks.length > 1) this.#size -= this.#chunks.shift()!.length;
		this.#screen?.write(bytes);
	}

	clear(): void {
		this.#chunks = [];
		this.#size = 0;
		this.#screen?.reset();
	}

	/** @returns a function that takes the screen away */
	attach(screen: Screen): () => void {
		this.#screen = screen;
		for (const chunk of this.#chunks) screen.write(chunk);
		return () => {
			if (this.#screen === screen) this.#screen = null;
		};
	}
}
