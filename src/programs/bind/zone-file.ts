/**
 * Zone files (RFC 1035 5, dns_master_load of BIND 9.18): $TTL, $ORIGIN, $INCLUDE, $GENERATE, names relative to the origin,
 * records that inherit their owner, parentheses, quoted strings.
 *
 * Reads:  text; included files are asked for by `files`. A file that is not at hand is named in `missing`, so that the
 *         caller reads it and parses again.
 * Errors: never thrown. `messages` are the lines that named and named-checkzone print, `failure` the words of the first
 *         error; reading goes on behind it, as named-checkzone does.
 * Lacks:  raw and map files, classes other than IN; $DATE is read over.
 */
import {
	canonicalName,
	className,
	classNumber,
	CLASS_IN,
	isWithin,
	labelsOf,
	typeNumber,
	typeName,
	type DnsRecord
} from '#wire/dns';
import { parseRange, substitute } from './generate';
import { LexError, ZoneLexer, type Token } from './lexer';
import { completeName, nameError, parseRdata, parseTtl, RdataError } from './rdata-text';
import { Zone, type LocatedRecord } from './zone';

export interface ZoneDiagnostic {
	readonly path: string;
	readonly line: number;
	readonly column: number;
	readonly endColumn: number;
	readonly severity: 'error' | 'warning';
	readonly message: string;
}

export interface ParsedZone {
	readonly zone: Zone;
	readonly messages: readonly string[];
	readonly diagnostics: readonly ZoneDiagnostic[];
	/** "not a valid number"; undefined when the file could be read */
	readonly failure?: string;
	/** included files that `files` did not have */
	readonly missing: readonly string[];
}

/** null: there is no such file; undefined: not read yet. */
export type FileSource = (path: string) => string | null | undefined;

const MAX_INCLUDE_DEPTH = 20;
/** Types of questions, not of records. */
const META_TYPES: ReadonlySet<string> = new Set(['OPT', 'IXFR', 'AXFR', 'ANY']);
const SOA_MINIMUM_WARNING = 'no TTL specified; using SOA MINTTL instead';

/** dns_result_totext without the final dot. */
function shown(name: string): string {
	return name === '.' ? '.' : name.replace(/\.$/, '');
}

class Loader {
	readonly messages: string[] = [];
	readonly diagnostics: ZoneDiagnostic[] = [];
	readonly missing: string[] = [];
	failure: string | undefined;
	readonly #zone: Zone;
	#owner: string | undefined;
	#ownerOutside = false;
	#defaultTtl: number | undefined;
	#lastTtl: number | undefined;
	#warnedRfc1035 = false;
	#batch: LocatedRecord[] = [];
	#wildcardInside: string | undefined;
	/** inside $GENERATE, whose owners are not checked */
	#generated = false;

	constructor(
		zone: Zone,
		readonly files: FileSource
	) {
		this.#zone = zone;
	}

	load(text: string, path: string, origin: string, depth = 0): void {
		const lexer = new ZoneLexer(text);
		const state = { path, origin };
		for (;;) {
			try {
				const token = lexer.next();
				if (token.kind === 'eof') break;
				if (token.kind === 'eol') continue;
				if (token.kind === 'word' && token.text.startsWith('$')) this.#directive(token, lexer, state, depth);
				else this.#record(token, lexer, state);
			} catch (thrown) {
				this.#caught(thrown, path, lexer);
			}
			if (this.failure === 'stop') break;
		}
		if (text !== '' && !text.endsWith('\n'))
			this.messages.push(`${path}:${lexer.line}: file does not end with newline`);
		if (depth === 0) this.#commit();
	}

	#fail(
		failure: string,
		message: string | undefined,
		at: { path: string; line: number; column?: number; length?: number }
	): void {
		this.failure ??= failure;
		if (message !== undefined) this.messages.push(message);
		this.#diagnose('error', failure, at);
	}

	#warn(text: string, at: { path: string; line: number; column?: number; length?: number }): void {
		this.messages.push(`${at.path}:${at.line}: ${text}`);
		this.#diagnose('warning', text, at);
	}

	#diagnose(
		severity: 'error' | 'warning',
		message: string,
		at: { path: string; line: number; column?: number; length?: number }
	): void {
		const column = at.column ?? 1;
		this.diagnostics.push({
			path: at.path,
			line: at.line,
			column,
			endColumn: column + Math.max(at.length ?? 1, 1),
			severity,
			message
		});
	}

	#caught(thrown: unknown, path: string, lexer: ZoneLexer): void {
		if (thrown instanceof LexError) {
			this.#fail(thrown.message, `dns_rdata_fromtext: ${path}:${thrown.line}: ${thrown.message}`, {
				path,
				line: thrown.line,
				column: thrown.column
			});
			lexer.skipLine();
			return;
		}
		if (!(thrown instanceof RdataError)) throw thrown;
		const { token, message } = thrown;
		const near =
			token.kind === 'eol' || token.kind === 'eof'
				? 'near eol: '
				: token.kind === 'quoted'
					? ''
					: `near '${token.text}': `;
		this.#fail(message, `dns_rdata_fromtext: ${path}:${lexer.previousLine}: ${near}${message}`, {
			path,
			line: token.line,
			column: token.column,
			length: token.text.length
		});
		if (token.kind !== 'eol' && token.kind !== 'eof') lexer.skipLine();
	}

	/**
	 * Going on behind an error whose line was read to its end takes the next line with it, as BIND does; when there is none,
	 * it takes the file for one that was cut off.
	 */
	#skipNextLine(lexer: ZoneLexer, path: string): void {
		if (lexer.skipLine() === 'eof') this.messages.push(`${path}: file does not end with newline`);
	}

	/* ---- directives ---------------------------------------------------------------------------------------------- */

	#directive(token: Token, lexer: ZoneLexer, state: { path: string; origin: string }, depth: number): void {
		const needed = { $TTL: 1, $ORIGIN: 1, $INCLUDE: 1, $GENERATE: 4, $DATE: 1 }[token.text.toUpperCase()];
		const at = { path: state.path, line: token.line, column: token.column, length: token.text.length };
		if (needed === undefined) {
			const message = `dns_master_load: ${state.path}:${token.line}: unknown $ directive '${token.text}'`;
			this.#fail('syntax error', message, at);
			/* the rest of the line is read as a record */
			this.#record({ ...token, kind: 'blank' }, lexer, state);
			return;
		}
		const words: Token[] = [];
		let end = lexer.next();
		for (; end.kind === 'word' || end.kind === 'quoted'; end = lexer.next()) words.push(end);
		if (words.length < needed) {
			const where = `dns_master_load: ${state.path}:${token.line}`;
			this.#fail('unexpected end of input', `${where}: unexpected end of line`, at);
			this.messages.push(`${where}: unexpected end of input`);
			this.#skipNextLine(lexer, state.path);
			return;
		}
		switch (token.text.toUpperCase()) {
			case '$TTL': {
				const ttl = parseTtl(words[0]!.text);
				if (ttl === undefined)
					this.#fail('bad ttl', undefined, { ...at, column: words[0]!.column, length: words[0]!.text.length });
				this.#defaultTtl = ttl ?? 0;
				break;
			}
			case '$ORIGIN': {
				const origin = completeName(words[0]!.text, state.origin);
				if (origin === undefined) this.#badName(words[0]!, state.path);
				else state.origin = origin;
				break;
			}
			case '$INCLUDE':
				this.#include(words, state, at, depth);
				break;
			case '$GENERATE':
				this.#generate(words, state, at);
		}
	}

	#include(
		words: readonly Token[],
		state: { path: string; origin: string },
		at: { path: string; line: number },
		depth: number
	): void {
		const path = words[0]!.text;
		if (depth >= MAX_INCLUDE_DEPTH) {
			this.#fail('too many open files', `dns_master_load: ${state.path}:${at.line}: ${path}: too many open files`, at);
			return;
		}
		const text = this.files(path);
		if (text === undefined) this.missing.push(path);
		else if (text === null)
			this.#fail('file not found', `dns_master_load: ${state.path}:${at.line}: ${path}: file not found`, at);
		else {
			const origin = words[1] ? completeName(words[1].text, state.origin) : state.origin;
			const owner = this.#owner;
			this.load(text, path, origin ?? state.origin, depth + 1);
			this.#owner = owner;
		}
	}

	#generate(
		words: readonly Token[],
		state: { path: string; origin: string },
		at: { path: string; line: number }
	): void {
		const range = parseRange(words[0]!.text);
		if (!range) {
			this.#fail('syntax error', `$GENERATE: ${state.path}:${at.line}: invalid range '${words[0]!.text}'`, at);
			return;
		}
		/* [ttl] [class] type, then one word of data */
		const data = words.findIndex(
			({ text }, i) => i > 1 && parseTtl(text) === undefined && classNumber(text) === undefined
		);
		if (data + 2 < words.length && data > 0) {
			this.#fail('extra input text', `dns_master_load: ${state.path}:${at.line}: extra input text`, at);
			return;
		}
		const written = words.slice(1).map(({ text }) => text);
		for (let number = range.start; number <= range.stop; number += range.step) {
			const line = substitute(written, number);
			if (line === undefined) {
				this.#fail('syntax error', `$GENERATE: ${state.path}:${at.line}: syntax error`, at);
				return;
			}
			const lexer = new ZoneLexer(line);
			this.#generated = true;
			this.#record(lexer.next(), lexer, state, at.line);
			this.#generated = false;
		}
	}

	#badName(token: Token, path: string): void {
		const message = nameError(token.text);
		this.#fail(message, `dns_master_load: ${path}:${token.line}: ${message}`, {
			path,
			line: token.line,
			column: token.column,
			length: token.text.length
		});
	}

	/* ---- records ------------------------------------------------------------------------------------------------- */

	/** One record. @param first its owner, or the blank in its place */
	#record(first: Token, lexer: ZoneLexer, { path, origin }: { path: string; origin: string }, line = first.line): void {
		let token = lexer.next();
		if (first.kind === 'blank') {
			if (token.kind === 'eol' || token.kind === 'eof') return;
			if (this.#owner === undefined) {
				this.#fail('no owner', `${path}:${line}: no current owner name`, { path, line });
				lexer.unread(token);
				lexer.skipLine();
				return;
			}
		} else {
			const owner = completeName(first.text, origin);
			if (owner === undefined) {
				this.#badName(first, path);
				lexer.unread(token);
				lexer.skipLine();
				return;
			}
			this.#newOwner(owner);
			if (token.kind === 'eol' || token.kind === 'eof') {
				const where = `dns_master_load: ${path}:${line}`;
				this.#fail('unexpected end of input', `${where}: unexpected end of line`, { path, line });
				this.messages.push(`${where}: unexpected end of input`);
				this.#skipNextLine(lexer, path);
				return;
			}
		}
		let ttl: number | undefined;
		let classGiven: number | undefined;
		for (;;) {
			const time = ttl === undefined && /^\d/.test(token.text) ? parseTtl(token.text) : undefined;
			const number = classGiven === undefined && token.kind === 'word' ? classNumber(token.text) : undefined;
			if (time !== undefined) ttl = time;
			else if (number !== undefined) classGiven = number;
			else break;
			token = lexer.next();
		}
		const at = { path, line, column: token.column, length: token.text.length };
		if (classGiven !== undefined && classGiven !== CLASS_IN) {
			this.#fail('bad class', `${path}:${line}: class '${className(classGiven)}' != zone class 'IN'`, at);
			lexer.skipLine();
			return;
		}
		if (token.kind === 'eol' || token.kind === 'eof') {
			const where = `dns_master_load: ${path}:${line}`;
			this.#fail('unexpected end of input', `${where}: unexpected end of line`, at);
			this.messages.push(`${where}: unexpected end of input`);
			this.#skipNextLine(lexer, path);
			return;
		}
		const number = typeNumber(token.text);
		if (number === undefined) {
			this.#fail('unknown class/type', `${path}:${line}: unknown RR type '${token.text}'`, at);
			lexer.skipLine();
			return;
		}
		if (META_TYPES.has(typeName(number))) {
			const message = 'invalid use of a meta type';
			this.#fail(message, `${path}:${line}: type '${typeName(number)}': ${message}`, at);
		}
		const rdata = parseRdata(typeName(number), { origin, next: () => lexer.next() });
		this.#accept({ name: this.#owner!, class: CLASS_IN, ttl: 0, ...rdata }, ttl, at, lexer);
	}

	#newOwner(owner: string): void {
		if (this.#owner !== undefined && canonicalName(owner) === canonicalName(this.#owner)) return;
		this.#commit();
		this.#owner = owner;
		this.#ownerOutside = !isWithin(owner, this.#zone.origin);
		if (/^(\\.|[^*\\])*\.\*\./.test(owner))
			this.#wildcardInside = `warning: ownername '${shown(owner)}' contains an non-terminal wildcard`;
	}

	#accept(
		record: DnsRecord,
		given: number | undefined,
		at: { path: string; line: number; column?: number; length?: number },
		lexer: ZoneLexer
	): void {
		if (this.#ownerOutside) {
			this.#warn(`ignoring out-of-zone data (${shown(record.name)})`, at);
			return;
		}
		const atTop = canonicalName(record.name) === canonicalName(this.#zone.origin);
		if (record.type === 'SOA' && !atTop) {
			this.#fail(
				'not at top of zone',
				`${at.path}:${at.line}: SOA record not at top of zone (${shown(record.name)})`,
				at
			);
			this.#skipNextLine(lexer, at.path);
			return;
		}
		let ttl = this.#ttlFor(record, given, at);
		if (ttl === undefined) return;
		if (this.#wildcardInside) this.#warn(this.#wildcardInside, at);
		this.#wildcardInside = undefined;
		this.#checkNames(record, at);
		const sibling =
			record.type === 'unknown' ? undefined : this.#batch.find((other) => other.record.type === record.type)?.record;
		if (sibling && sibling.ttl !== ttl) {
			this.#warn(`TTL set to prior TTL (${sibling.ttl})`, at);
			ttl = sibling.ttl;
		}
		this.#batch.push({ record: { ...record, ttl }, path: at.path, line: at.line });
	}

	#ttlFor(record: DnsRecord, given: number | undefined, at: { path: string; line: number }): number | undefined {
		if (given !== undefined) {
			this.#lastTtl = given;
			return given;
		}
		if (this.#defaultTtl !== undefined) return this.#defaultTtl;
		if (record.type === 'SOA') {
			this.#warn(SOA_MINIMUM_WARNING, at);
			this.#defaultTtl = record.minimum;
			return record.minimum;
		}
		if (this.#lastTtl !== undefined) {
			if (!this.#warnedRfc1035) this.#warn('using RFC1035 TTL semantics', at);
			this.#warnedRfc1035 = true;
			return this.#lastTtl;
		}
		this.#fail('no ttl', `${at.path}:${at.line}: no TTL specified; zone rejected`, at);
		return undefined;
	}

	/** check-names, and names that look like addresses. */
	#checkNames(record: DnsRecord, at: { path: string; line: number }): void {
		const owner = record.name.replace(/^\*\./, '');
		if (
			!this.#generated &&
			(record.type === 'A' || record.type === 'AAAA' || record.type === 'MX') &&
			!isHostName(owner)
		)
			this.#warn(`${shown(record.name)}: bad owner name (check-names)`, at);
		const target = record.type === 'MX' ? record.exchange : record.type === 'NS' ? record.host : undefined;
		if (target === undefined) return;
		const relative = shown(target).replace(
			new RegExp(`\\.${shown(this.#zone.origin).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'i'),
			''
		);
		if (/^\d{1,3}(\.\d{1,3}){3}$/.test(relative))
			this.#warn(
				record.type === 'MX'
					? `warning: '${relative}': MX is an address`
					: `NS record '${relative === shown(target) ? target : relative}' appears to be an address`,
				at
			);
		else if (!isHostName(target)) this.#warn(`warning: ${shown(target)}: bad name (check-names)`, at);
	}

	#commit(): void {
		const batch = this.#batch;
		this.#batch = [];
		if (batch.length === 0) return;
		const error = this.#zone.add(batch);
		if (error === undefined) return;
		const last = batch[batch.length - 1]!;
		this.#fail(error, `dns_master_load: ${last.path}:${last.line}: ${shown(last.record.name)}: ${error}`, last);
	}
}

/** RFC 952, 1123: letters, digits, hyphens, no hyphen at an end. */
function isHostName(name: string): boolean {
	return (labelsOf(name) ?? []).every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(label));
}

/**
 * @param origin the zone's name, absolute
 * @param path as messages name it
 */
export function parseZoneFile(text: string, origin: string, path: string, files: FileSource = () => null): ParsedZone {
	const zone = new Zone(origin);
	const loader = new Loader(zone, files);
	loader.load(text, path, origin);
	const { messages, diagnostics, missing, failure } = loader;
	return { zone, messages, diagnostics, missing, ...(failure === undefined ? {} : { failure }) };
}
