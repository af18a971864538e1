/**
 * The TELNET protocol as both sides speak it (RFC 854, 855): commands behind IAC among the bytes.
 *
 * Does: takes a stream apart into text, commands, options and their parameters; builds them. Knows nothing of what the
 *       options mean.
 */

export const IAC = 255;
export const COMMAND = { SE: 240, NOP: 241, DM: 242, BRK: 243, IP: 244, AO: 245, AYT: 246, SB: 250 } as const;
export const WILL = 251;
export const WONT = 252;
export const DO = 253;
export const DONT = 254;
export type Verb = typeof WILL | typeof WONT | typeof DO | typeof DONT;

/** Numbers of options (IANA). */
export const OPTION = {
	BINARY: 0,
	ECHO: 1,
	SGA: 3,
	STATUS: 5,
	TTYPE: 24,
	NAWS: 31,
	TSPEED: 32,
	LFLOW: 33,
	LINEMODE: 34,
	XDISPLOC: 35,
	ENVIRON: 36,
	AUTHENTICATION: 37,
	ENCRYPT: 38,
	NEW_ENVIRON: 39
} as const;

/** First byte of the parameters of TTYPE, TSPEED, NEW_ENVIRON. */
export const SEND = 1;
export const IS = 0;

/** bytes; a side that sends more parameters than that is cut */
const PARAMETERS_MOST = 512;

export type Piece =
	| { readonly kind: 'text'; readonly bytes: Uint8Array }
	| { readonly kind: 'command'; readonly command: number }
	| { readonly kind: 'option'; readonly verb: Verb; readonly option: number }
	| { readonly kind: 'parameters'; readonly option: number; readonly bytes: Uint8Array };

/** Takes apart what comes, in whatever portions. */
export class Parser {
	#state: 'text' | 'iac' | 'verb' | 'sub' | 'sub-iac' = 'text';
	#verb: Verb = DO;
	#parameters: number[] = [];

	*feed(bytes: Uint8Array): Generator<Piece, void, undefined> {
		let text: number[] = [];
		for (const byte of bytes) {
			if (this.#state === 'text' && byte !== IAC) {
				text.push(byte);
				continue;
			}
			if (this.#state === 'iac' && byte === IAC) {
				text.push(IAC);
				this.#state = 'text';
				continue;
			}
			if (text.length > 0) yield { kind: 'text', bytes: Uint8Array.from(text) };
			text = [];
			const piece = this.#step(byte);
			if (piece) yield piece;
		}
		if (text.length > 0) yield { kind: 'text', bytes: Uint8Array.from(text) };
	}

	#step(byte: number): Piece | undefined {
		switch (this.#state) {
			case 'text':
				this.#state = 'iac';
				return undefined;
			case 'iac':
				return this.#command(byte);
			case 'verb':
				this.#state = 'text';
				return { kind: 'option', verb: this.#verb, option: byte };
			case 'sub':
				if (byte === IAC) this.#state = 'sub-iac';
				else if (this.#parameters.length < PARAMETERS_MOST) this.#parameters.push(byte);
				return undefined;
			case 'sub-iac':
				return this.#afterSub(byte);
		}
	}

	#command(byte: number): Piece | undefined {
		if (byte >= WILL) {
			this.#verb = byte as Verb;
			this.#state = 'verb';
			return undefined;
		}
		this.#state = byte === COMMAND.SB ? 'sub' : 'text';
		this.#parameters = [];
		return byte === COMMAND.SB ? undefined : { kind: 'command', command: byte };
	}

	#afterSub(byte: number): Piece | undefined {
		if (byte !== COMMAND.SE) {
			this.#parameters.push(byte);
			this.#state = 'sub';
			return undefined;
		}
		this.#state = 'text';
		const [option, ...rest] = this.#parameters;
		return option === undefined ? undefined : { kind: 'parameters', option, bytes: Uint8Array.from(rest) };
	}
}

export function option(verb: Verb, number: number): number[] {
	return [IAC, verb, number];
}

export function parameters(number: number, bytes: Iterable<number>): number[] {
	return [IAC, COMMAND.SB, number, ...escaped(bytes), IAC, COMMAND.SE];
}

/** A byte 255 of the text is sent twice. */
export function escaped(bytes: Iterable<number>): number[] {
	return [...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]));
}
