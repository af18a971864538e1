/**
 * What telnetd and the other side agree on before there is a login: terminal type, size, who echoes (RFC 855, 857, 1073,
 * 1079, 1091, 1184, 1572). The order is that of inetutils 2.4.
 *
 * Not simulated: authentication and encryption, which are offered and come to nothing, as between two programs of
 * Debian; linemode's and flow control's keys are sent, and the terminal stays with single characters.
 */
import { DO, DONT, IS, OPTION, option, parameters, SEND, WILL, WONT, type Piece, type Verb } from '../libc/telnet';
import { decode } from '../libc/text';

/** asked for first; what is wanted of it is asked when the other side is willing */
const QUESTIONS = [OPTION.TTYPE, OPTION.TSPEED, OPTION.XDISPLOC, OPTION.NEW_ENVIRON, OPTION.ENVIRON] as const;
/** parameters asked for, in that order */
const PARAMETERS = [OPTION.TSPEED, OPTION.XDISPLOC, OPTION.NEW_ENVIRON, OPTION.ENVIRON, OPTION.TTYPE] as const;
const OFFERED: readonly number[] = [OPTION.AUTHENTICATION, OPTION.ENCRYPT];
/** what the other side may do, unasked */
const WELCOME: readonly number[] = [OPTION.NAWS, OPTION.LFLOW, OPTION.LINEMODE, OPTION.SGA, OPTION.BINARY];
/** what this side does when it is asked to */
const ABLE: readonly number[] = [OPTION.SGA, OPTION.STATUS, OPTION.ECHO, OPTION.BINARY];
/** LINEMODE's MODE with the soft-tab and litecho bits, as inetutils asks */
const LINEMODE_MODE = [1, 0x10];
/** LFLOW: any key starts output again */
const RESTART_ANY = 3;

export class Negotiation {
	readonly #asked = new Set<number>(QUESTIONS);
	readonly #offered = new Set<number>(OFFERED);
	readonly #his = new Map<number, boolean>();
	readonly #mine = new Map<number, boolean>();
	readonly #answered = new Set<number>();
	terminal = 'network';
	rows = 0;
	columns = 0;

	opening(): number[] {
		return [...OFFERED.flatMap((number) => option(WILL, number)), ...QUESTIONS.flatMap((number) => option(DO, number))];
	}

	/** Every question was answered with will or won't. */
	get knowsWills(): boolean {
		return QUESTIONS.every((number) => this.#his.has(number));
	}

	questions(): number[] {
		return PARAMETERS.filter((number) => this.#his.get(number)).flatMap((number) => parameters(number, [SEND]));
	}

	/** The parameters asked for have come. */
	get knowsParameters(): boolean {
		return PARAMETERS.every((number) => !this.#his.get(number) || this.#answered.has(number));
	}

	/** A probe: a modern client refuses to echo for the server, so it is told that the server does. */
	probe(): number[] {
		this.#asked.add(OPTION.ECHO);
		return option(DO, OPTION.ECHO);
	}

	get knowsEcho(): boolean {
		return this.#his.has(OPTION.ECHO);
	}

	/** From now on the server echoes, and every key is sent at once. */
	takeEcho(): number[] {
		this.#offered.add(OPTION.ECHO);
		this.#mine.set(OPTION.ECHO, true);
		this.#asked.add(OPTION.BINARY);
		return [
			...option(WILL, OPTION.ECHO),
			...option(DO, OPTION.BINARY),
			...(this.#his.get(OPTION.LFLOW) ? parameters(OPTION.LFLOW, [RESTART_ANY]) : []),
			...(this.#his.get(OPTION.LINEMODE) ? option(DONT, OPTION.LINEMODE) : [])
		];
	}

	/** @returns what to send */
	take(piece: Exclude<Piece, { kind: 'text' }>): number[] {
		if (piece.kind === 'option') return this.#option(piece.verb, piece.option);
		if (piece.kind === 'parameters') this.#parameters(piece.option, piece.bytes);
		return [];
	}

	#option(verb: Verb, number: number): number[] {
		if (verb === WILL || verb === WONT) {
			const before = this.#his.get(number);
			const asked = this.#asked.delete(number);
			const welcome = asked || WELCOME.includes(number);
			this.#his.set(number, verb === WILL && welcome);
			if (asked || before === (verb === WILL)) return [];
			if (verb === WONT) return before ? option(DONT, number) : [];
			if (!welcome) return number === OPTION.ENCRYPT ? [] : option(DONT, number);
			return [...option(DO, number), ...(number === OPTION.LINEMODE ? parameters(OPTION.LINEMODE, LINEMODE_MODE) : [])];
		}
		const offered = this.#offered.delete(number);
		const able = offered || ABLE.includes(number);
		const before = this.#mine.get(number) ?? false;
		this.#mine.set(number, verb === DO && able);
		if (offered || before === (verb === DO)) return [];
		if (verb === DONT) return option(WONT, number);
		return option(able ? WILL : WONT, number);
	}

	#parameters(number: number, bytes: Uint8Array): void {
		this.#answered.add(number);
		if (number === OPTION.TTYPE && bytes[0] === IS) this.terminal = decode(bytes.subarray(1)).toLowerCase();
		if (number === OPTION.NAWS && bytes.length >= 4) {
			this.columns = bytes[0]! * 256 + bytes[1]!;
			this.rows = bytes[2]! * 256 + bytes[3]!;
		}
	}
}
