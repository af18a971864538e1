/**
 * Text as FTP sends it in type A: lines end in CR LF (RFC 959 3.1.1.1).
 *
 * Lacks: CR NUL for a carriage return that is text; ftp(1) and in.ftpd send it bare.
 */
const NEWLINE = 10;
const RETURN = 13;

/** Each newline becomes CR LF; the rest stays. */
export function toNetwork(bytes: Uint8Array): Uint8Array {
	const out: number[] = [];
	for (const byte of bytes) {
		if (byte === NEWLINE) out.push(RETURN);
		out.push(byte);
	}
	return Uint8Array.from(out);
}

/** CR LF becomes a newline, also when a chunk ends between them; other carriage returns stay. */
export class FromNetwork {
	/** newlines without a carriage return before them */
	bare = 0;
	#held = false;

	take(bytes: Uint8Array): Uint8Array {
		const out: number[] = [];
		for (const byte of bytes) {
			if (byte === NEWLINE && !this.#held) this.bare++;
			if (this.#held && byte !== NEWLINE) out.push(RETURN);
			this.#held = byte === RETURN;
			if (!this.#held) out.push(byte);
		}
		return Uint8Array.from(out);
	}

	/** What is left when no more comes. */
	end(): Uint8Array {
		return Uint8Array.from(this.#held ? [RETURN] : []);
	}
}
