/**
 * postconf -e, -X, -# on main.cf and master.cf (postconf_edit.c), as functions on text: comments, order and layout of
 * everything that is not edited stay as they are.
 */
import { Fatal } from '../errors';
import { splitNameValue } from '../main-cf';
import { invalidField, parseMasterCf, LEAST_FIELDS } from '../master-cf';
import { fieldNumber, matchesService, servicePattern } from './view';
import { printService } from './print';

export type EditMode = 'set' | 'exclude' | 'comment';

const isContent = (line: string): boolean => !/^\s*(#|$)/.test(line);
const isContinuation = (line: string): boolean => /^\s/.test(line);

/** Lines with their newline; the last one may have none. */
function physicalLines(text: string): string[] {
	return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function checkInput(text: string, options: string, verb: string): string {
	if (text.includes('\n')) throw new Fatal(`${options} ${verb} no multi-line input`);
	const trimmed = text.trimStart();
	if (trimmed.startsWith('#')) throw new Fatal(`${options} ${verb} no comment input`);
	return trimmed;
}

function mainRequests(mode: EditMode, requests: readonly string[], warn: (text: string) => void): Map<string, string> {
	const wanted = new Map<string, string>();
	for (const request of requests) {
		const text = checkInput(request, '-e, -X, or -#', 'accepts');
		let name: string;
		let value = '';
		if (mode === 'set') {
			const pair = splitNameValue(text);
			if (typeof pair === 'string') throw new Fatal(`${pair}: "${text}"`);
			({ name, value } = pair);
		} else {
			if (text === '') throw new Fatal('-X or -# requires non-blank parameter names');
			if (text.includes('=')) throw new Fatal('-X or -# requires parameter names without value');
			name = text.trimEnd();
		}
		if (wanted.has(name)) {
			const old = wanted.get(name);
			warn(`ignoring earlier request: '${name} = ${mode === 'set' ? old : '(null)'}'`);
			wanted.delete(name);
		}
		wanted.set(name, value);
	}
	return wanted;
}

/** @returns the new text of main.cf. Throws `Fatal`. */
export function editMain(
	text: string,
	path: string,
	mode: EditMode,
	requests: readonly string[],
	warn: (text: string) => void
): string {
	const wanted = mainRequests(mode, requests, warn);
	const found = new Map<string, number>();
	let out = '';
	let editing = false;
	for (const line of physicalLines(text)) {
		if (!isContent(line)) {
			out += line;
			continue;
		}
		if (!isContinuation(line)) {
			const [name] = /^[^\s=]*/.exec(line)!;
			editing = wanted.has(name);
			if (editing) {
				const count = (found.get(name) ?? 0) + 1;
				found.set(name, count);
				if (count === 2) warn(`${path}: multiple entries for "${name}"`);
				if (mode === 'set') out += `${name} = ${wanted.get(name)}\n`;
				if (mode === 'comment') out += `#${line}`;
				continue;
			}
		}
		if (!editing) out += line;
		else if (mode === 'comment') out += `#${line}`;
	}
	if (mode === 'set') for (const [name, value] of wanted) if (!found.has(name)) out += `${name} = ${value}\n`;
	return out;
}

/** What of master.cf is edited: whole services, fields or parameters. */
export type MasterPart = 'service' | 'field' | 'parameter';

interface MasterRequest {
	readonly raw: string;
	readonly pattern: readonly string[];
	readonly value: string;
	hits: number;
}

const PATTERN_USAGE: Readonly<Record<MasterPart, string>> = {
	service: '-Me, -MX or -M# requires service_name/type',
	field: '-Fe or -FX requires service_name/type/field_name',
	parameter: '-Pe or -PX requires service_name/type/parameter'
};

function masterRequest(raw: string, mode: EditMode, part: MasterPart): MasterRequest {
	const text = checkInput(raw, '-Me, -Fe, -Pe, -X, or -#', 'accept');
	let name = text.trimEnd();
	let value = '';
	if (mode === 'set') {
		const pair = splitNameValue(text);
		if (typeof pair === 'string') throw new Fatal(`${pair}: "${raw}"`);
		({ name, value } = pair);
	} else if (text.includes('=')) throw new Fatal('-X or -# requires names without value');
	const count = part === 'service' ? 2 : 3;
	const pattern = servicePattern(name, count, count);
	if (!pattern) throw new Fatal(PATTERN_USAGE[part]);
	if (part === 'field') {
		const field = fieldNumber(pattern[2]!);
		if (field < 0) throw new Fatal('-Fe does not accept wild-card field name');
		if (mode === 'set' && field < LEAST_FIELDS - 1 && /[ \t\r\n]/.test(value))
			throw new Fatal('-Fe does not accept whitespace in non-command field');
	}
	if (part === 'parameter') {
		if (pattern[2] === '*') throw new Fatal('-Pe does not accept wild-card parameter name');
		if (mode === 'set' && /[ \t\r\n]/.test(value)) throw new Fatal('-Pe does not accept whitespace in parameter value');
	}
	return { raw, pattern, value, hits: 0 };
}

/** The words of one service; throws with the place or the request as Postfix does. */
function parseService(text: string, where: (what: string) => string): string[] {
	const { services, mistakes } = parseMasterCf(text, 'master.cf');
	const [mistake] = mistakes;
	if (mistake) throw new Fatal(mistake.withPlace ? where(mistake.text) : mistake.text);
	const [service] = services;
	if (!service) throw new Fatal(where('bad field count'));
	return [...service.words];
}

/** @returns the new text of master.cf. Throws `Fatal`. */
export function editMaster(
	text: string,
	path: string,
	mode: EditMode,
	part: MasterPart,
	raw: readonly string[],
	warn: (text: string) => void
): string {
	const requests = raw.map((request) => masterRequest(request, mode, part));
	const lines = physicalLines(text);
	let out = '';
	let matched = false;
	for (let i = 0; i < lines.length; i++) {
		const line = lines[i]!;
		if (!isContent(line)) {
			out += line;
			continue;
		}
		if (isContinuation(line)) {
			if (!matched) out += line;
			else if (mode === 'comment') out += `#${line}`;
			continue;
		}
		const service = nameAndType(line, path, i + 1);
		matched = false;
		let words: string[] | undefined;
		for (const request of requests) {
			const replacement =
				part === 'service' && mode === 'set'
					? parseService(request.value, (what) => `${what}: "${request.raw}"`)
					: undefined;
			const hit =
				matchesService(request.pattern, service) ||
				(replacement !== undefined && replacement[0] === service.name && replacement[1] === service.type);
			if (!hit) continue;
			matched = true;
			request.hits++;
			if (replacement) {
				if (request.hits === 1) words = replacement;
			} else if (mode === 'set' || (part === 'parameter' && mode === 'exclude')) {
				if (!words) {
					const gathered = gather(lines, i);
					out += gathered.comments;
					words = parseService(gathered.text, (what) => `file ${path}: line ${i + 1}: ${what}`);
					i = gathered.last;
				}
				words = part === 'field' ? setField(words, request) : setParameter(words, request, mode);
			}
		}
		if (words) out += printService(words, true);
		else if (!matched) out += line;
		else if (mode === 'comment') out += `#${line}`;
	}
	for (const request of requests) {
		if (request.hits > 0) continue;
		if (part === 'service' && mode === 'set')
			out += printService(
				parseService(request.value, (what) => `${what}: "${request.raw}"`),
				true
			);
		else if (part !== 'service') warn(`unmatched service_name/type: "${request.raw}"`);
	}
	return out;
}

function nameAndType(line: string, path: string, number: number): { name: string; type: string } {
	const [name, type] = line.split(/[ \t\r\n]+/).filter((word) => word !== '');
	const place = `file ${path}: line ${number}:`;
	const options = '-Me, -Fe, -Pe, -X, or -#';
	if (!name || !type) throw new Fatal(`${place} specify service name and type on the same line`);
	if (name.includes('=')) throw new Fatal(`${place} service name syntax "${name}" is unsupported with ${options}`);
	if (/[=/]/.test(type)) throw new Fatal(`${place} service type syntax "${type}" is unsupported with ${options}`);
	return { name, type };
}

/** The service that starts at that line with its continuation lines, and the comments between them. */
function gather(lines: readonly string[], first: number): { text: string; comments: string; last: number } {
	let text = lines[first]!;
	let comments = '';
	let last = first;
	while (last + 1 < lines.length && /^[\s#]/.test(lines[last + 1]!)) {
		const line = lines[++last]!;
		if (isContent(line)) text += line;
		else comments += line;
	}
	return { text, comments, last };
}

function setField(words: readonly string[], { pattern, value }: MasterRequest): string[] {
	const field = fieldNumber(pattern[2]!);
	const changed = field === LEAST_FIELDS - 1 ? [...words.slice(0, field), value] : words.with(field, value);
	const invalid = invalidField(changed);
	if (invalid) throw new Fatal(`invalid ${invalid} in "${value}"`);
	const line = printService(field === LEAST_FIELDS - 1 ? [...changed.slice(0, field), ''] : changed, false).trimEnd();
	return parseService(field === LEAST_FIELDS - 1 ? `${line} ${value}` : line, (what) => what);
}

function setParameter(words: readonly string[], { pattern, value }: MasterRequest, mode: EditMode): string[] {
	const name = pattern[2]!;
	const out = words.slice(0, LEAST_FIELDS);
	let found = false;
	let at = LEAST_FIELDS;
	for (; at < words.length; at++) {
		const word = words[at]!;
		if (!word.startsWith('-') || word === '--') break;
		out.push(word);
		if (word !== '-o' || words[at + 1] === undefined) continue;
		const pair = words[++at]!;
		if (!pair.startsWith(`${name}=`)) out.push(pair);
		else if (mode === 'exclude') out.pop();
		else {
			found = true;
			out.push(`${name}=${value}`);
		}
	}
	if (mode === 'set' && !found) out.push('-o', `${name}=${value}`);
	return [...out, ...words.slice(at)];
}
