/** What a package tells the editor about its files: marks, completions, hover text. Shapes only. */

export interface Diagnostic {
	/** `error`: a program would refuse to start; all places 1-based; the end column stands behind the last character */
	readonly line: number;
	readonly column: number;
	readonly endLine: number;
	readonly endColumn: number;
	readonly severity: 'error' | 'warning' | 'info';
	readonly message: string;
}

export interface Completion {
	readonly label: string;
	readonly kind: 'parameter' | 'value' | 'variable';
	readonly insert: string;
	readonly detail: string;
	readonly documentation: string;
}

export interface Hover {
	readonly line: number;
	readonly column: number;
	readonly endLine: number;
	readonly endColumn: number;
	/** without Markdown; the first is a heading */
	readonly paragraphs: readonly string[];
}
