/**
 * Where in a MIME message a line stands (mime_state(3)): which boundaries are open, and what follows a part's headers.
 *
 * Reads the Content-Type of each header block as it is told of it. Boundaries stand in a stack; a line that begins with
 * `--` and one of them closes every part above it.
 *
 * An attached message is looked into whatever its Content-Transfer-Encoding says.
 *
 * Lacks: message/partial, strict_mime_encoding_domain.
 */

/** a header block of the message itself, of a part, of an attached message; or no header block */
export type Place = 'primary' | 'multipart' | 'nested' | 'body';

interface Level {
	/** null: an attached message, which has no boundary of its own */
	readonly boundary: string | null;
	/** the parts of a multipart/digest are messages unless they say otherwise */
	readonly digest: boolean;
}

const CONTENT_TYPE = /^\s*([^\s/;]+)\s*\/\s*([^\s;]+)/;
const BOUNDARY = /;\s*boundary\s*=\s*(?:"((?:\\[^]|[^"\\])*)"|([^\s;"()]+))/i;

export class MimeParts {
	place: Place = 'primary';
	readonly #levels: Level[] = [];
	#type = 'text/plain';
	#boundary: string | null = null;
	#encoding = '';

	/**
	 * @param limit mime_nesting_limit
	 * @param boundaryLimit mime_boundary_length_limit, characters of a boundary that count
	 */
	constructor(
		readonly limit: number,
		readonly boundaryLimit: number
	) {}

	/** The part in which we are said 8bit or binary. */
	get takesEightBits(): boolean {
		return this.#encoding === '8bit' || this.#encoding === 'binary';
	}

	/** A header of the present block. @param name in small letters */
	header(name: string, value: string): void {
		if (name === 'content-transfer-encoding') this.#encoding = value.trim().toLowerCase();
		if (name !== 'content-type') return;
		const match = CONTENT_TYPE.exec(value);
		if (!match) return;
		this.#type = `${match[1]}/${match[2]}`.toLowerCase();
		const given = BOUNDARY.exec(value);
		const boundary = given ? (given[1]?.replace(/\\([^])/g, '$1') ?? given[2]!) : null;
		this.#boundary = boundary === null ? null : boundary.slice(0, this.boundaryLimit);
	}

	/** The block ended. @param orderly by an empty line; any other line makes the rest body */
	endOfHeaders(orderly: boolean): void {
		this.place = 'body';
		if (!orderly || this.#levels.length > this.limit) return;
		if (this.#type.startsWith('multipart/') && this.#boundary !== null)
			this.#levels.push({ boundary: this.#boundary, digest: this.#type === 'multipart/digest' });
		else if (this.#type === 'message/rfc822') {
			this.#levels.push({ boundary: null, digest: false });
			this.#begin('nested', false);
		}
	}

	/** A line of the body: a boundary begins the headers of the next part, or ends the last. */
	bodyLine(text: string): void {
		if (!text.startsWith('--')) return;
		for (let at = this.#levels.length - 1; at >= 0; at--) {
			const { boundary, digest } = this.#levels[at]!;
			if (boundary === null || !text.startsWith(boundary, 2)) continue;
			const last = text.startsWith('--', 2 + boundary.length);
			this.#levels.length = last ? at : at + 1;
			if (!last) this.#begin('multipart', digest);
			return;
		}
	}

	#begin(place: Place, digest: boolean): void {
		this.place = place;
		this.#type = digest ? 'message/rfc822' : 'text/plain';
		this.#boundary = null;
		this.#encoding = '';
	}
}
