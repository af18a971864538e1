/**
 * What the editor asks: marks, completion and hover for a configuration file, from the parsers that its daemon uses. One
 * row a file; a file without a row is plain text.
 */
import { completeMainCf, diagnoseMainCf, hoverMainCf } from '#programs/postfix/editor';
import type { Completion, Diagnostic, Hover } from '../door';
import type { World } from '../world';

interface Language {
	readonly path: RegExp;
	diagnose(text: string): readonly Diagnostic[];
	complete(text: string, line: number, column: number): readonly Completion[];
	hover(text: string, line: number, column: number): Hover | null;
}

const LANGUAGES: readonly Language[] = [
	{ path: /^\/etc\/postfix\/main\.cf$/, diagnose: diagnoseMainCf, complete: completeMainCf, hover: hoverMainCf }
];

function languageOf(path: string): Language | undefined {
	return LANGUAGES.find((language) => language.path.test(path));
}

export function diagnose(_world: World, _host: string, path: string, text: string): readonly Diagnostic[] {
	return languageOf(path)?.diagnose(text) ?? [];
}

export function complete(
	_world: World,
	_host: string,
	path: string,
	text: string,
	line: number,
	column: number
): readonly Completion[] {
	return languageOf(path)?.complete(text, line, column) ?? [];
}

export function hover(
	_world: World,
	_host: string,
	path: string,
	text: string,
	line: number,
	column: number
): Hover | null {
	return languageOf(path)?.hover(text, line, column) ?? null;
}
