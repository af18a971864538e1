/**
 * Monaco, loaded when an editor is first shown: the features that a configuration file needs, themes from the tokens, and
 * providers that ask the world. 0.57 registers no suggest controller by its feature module; the import of its
 * contribution mends that.
 */
import * as monaco from 'monaco-editor/editor';
import 'monaco-editor/features/bracketMatching/register';
import 'monaco-editor/features/caretOperations/register';
import 'monaco-editor/features/clipboard/register';
import 'monaco-editor/features/codeEditor/register';
import 'monaco-editor/features/comment/register';
import 'monaco-editor/features/cursorUndo/register';
import 'monaco-editor/features/find/register';
import 'monaco-editor/features/gotoError/register';
import 'monaco-editor/features/hover/register';
import 'monaco-editor/features/linesOperations/register';
import 'monaco-editor/features/snippet/register';
import 'monaco-editor/features/suggest/register';
import 'monaco-editor/features/toggleTabFocusMode/register';
import 'monaco-editor/features/wordHighlighter/register';
import 'monaco-editor/features/wordOperations/register';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';
import type { Session } from '../door/session.svelte';
import { token } from '../parts/theme.svelte';
import { LANGUAGES } from './languages';

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

export { monaco };

let asking: Session | null = null;
/** Whose world the providers ask: the session in front. */
export function askIn(session: Session): void {
	asking = session;
}

/** Models are named host:path, as "postern://halo/etc/postfix/main.cf". */
export const uriOf = (host: string, path: string): monaco.Uri =>
	monaco.Uri.from({ scheme: 'postern', authority: host, path });

let ready = false;
export function prepare(): void {
	if (ready) return;
	ready = true;
	const { languages } = monaco;
	const kinds = {
		parameter: languages.CompletionItemKind.Property,
		value: languages.CompletionItemKind.Value,
		variable: languages.CompletionItemKind.Variable
	};
	for (const { id, comment, grammar, word } of LANGUAGES) {
		languages.register({ id });
		languages.setMonarchTokensProvider(id, grammar);
		languages.setLanguageConfiguration(id, {
			comments: { lineComment: comment },
			wordPattern: word ?? /\$?[A-Za-z0-9_]+/
		});
	}
	for (const id of [...LANGUAGES.map((each) => each.id), 'plaintext']) {
		languages.registerCompletionItemProvider(id, {
			triggerCharacters: ['$', '=', ',', '%'],
			async provideCompletionItems(model, position) {
				const word = model.getWordUntilPosition(position);
				const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn);
				const found = await asking
					?.ask('complete', {
						host: model.uri.authority,
						path: model.uri.path,
						text: model.getValue(),
						line: position.lineNumber,
						column: position.column
					})
					.catch(() => []);
				return {
					suggestions: (found ?? []).map((each) => ({
						label: each.label,
						kind: kinds[each.kind],
						insertText: each.insert,
						detail: each.detail,
						documentation: each.documentation,
						range
					}))
				};
			}
		});
		languages.registerHoverProvider(id, {
			async provideHover(model, position) {
				const hover = await asking
					?.ask('hover', {
						host: model.uri.authority,
						path: model.uri.path,
						text: model.getValue(),
						line: position.lineNumber,
						column: position.column
					})
					.catch(() => null);
				if (!hover) return null;
				const [heading, ...rest] = hover.paragraphs;
				return {
					range: new monaco.Range(hover.line, hover.column, hover.endLine, hover.endColumn),
					contents: [{ value: `**${escape(heading ?? '')}**` }, ...rest.map((value) => ({ value: escape(value) }))]
				};
			}
		});
	}
}

/** Paragraphs are plain text: nothing in them is Markdown. */
const escape = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>~$]/g, '\\$&');

/** Both themes are made from the tokens as they are now. */
export function paint(dark: boolean): void {
	const ink = (name: string): string => token(name).replace('#', '');
	monaco.editor.defineTheme('postern', {
		base: dark ? 'vs-dark' : 'vs',
		inherit: false,
		rules: [
			{ token: '', foreground: ink('code-value') },
			{ token: 'name', foreground: ink('code-name'), fontStyle: 'bold' },
			{ token: 'variable', foreground: ink('code-string') },
			{ token: 'string', foreground: ink('code-string') },
			{ token: 'comment', foreground: ink('code-comment') }
		],
		colors: {
			'editor.background': token('surface'),
			'editor.foreground': token('code-value'),
			'editorCursor.foreground': token('ink'),
			'editor.lineHighlightBackground': token('raised'),
			'editor.lineHighlightBorder': token('raised'),
			'editorLineNumber.foreground': token('ink-3'),
			'editorLineNumber.activeForeground': token('ink'),
			'editor.selectionBackground': token('accent-soft'),
			'editor.inactiveSelectionBackground': token('hover'),
			'editor.wordHighlightBackground': token('hover'),
			'editorWidget.background': token('surface'),
			'editorWidget.foreground': token('ink'),
			'editorWidget.border': token('mark'),
			'editorHoverWidget.background': token('surface'),
			'editorHoverWidget.foreground': token('ink'),
			'editorHoverWidget.border': token('mark'),
			'editorSuggestWidget.background': token('surface'),
			'editorSuggestWidget.foreground': token('ink'),
			'editorSuggestWidget.border': token('mark'),
			'editorSuggestWidget.selectedBackground': token('accent-soft'),
			'editorSuggestWidget.selectedForeground': token('ink'),
			'editorSuggestWidget.highlightForeground': token('accent'),
			'editorSuggestWidget.focusHighlightForeground': token('accent'),
			'input.background': token('surface'),
			'input.foreground': token('ink'),
			'input.border': token('mark'),
			focusBorder: token('accent'),
			'editorError.foreground': token('refused'),
			'editorWarning.foreground': token('deferred'),
			'editorInfo.foreground': token('accent'),
			'scrollbarSlider.background': token('mark') + '55',
			'scrollbarSlider.hoverBackground': token('mark') + '88',
			'editorBracketMatch.background': token('hover'),
			'editorBracketMatch.border': token('mark')
		}
	});
	monaco.editor.setTheme('postern');
}
