/**
 * A lesson's prose to safe HTML, in steps: every `##` begins one.
 *
 * Understands, besides Markdown with tables:
 *   ```run halo          a command to click: it is typed into a terminal of that host
 *   [text](open:halo:/etc/postfix/main.cf:7)   a place in a file to click
 *   :::predict{question="…"}  a vote: list items "text :: what to know afterwards", the right one begins with [x]
 *   :::note  :::warning       callouts
 * Raw HTML is dropped, so lesson text cannot bring script.
 */
import remarkDirective from 'remark-directive';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import rehypeStringify from 'rehype-stringify';
import { unified } from 'unified';
import type { LessonStep } from '../lesson.ts';
import { LessonError } from '../error.ts';

/** The parts of mdast that are touched here. */
interface MarkdownNode {
	type: string;
	name?: string;
	depth?: number;
	value?: string;
	lang?: string | null;
	meta?: string | null;
	url?: string;
	checked?: boolean | null;
	attributes?: Record<string, string | null | undefined> | null;
	children?: MarkdownNode[];
	data?: { hName?: string; hProperties?: Record<string, string>; hChildren?: unknown[] };
	position?: { start: { line: number } };
}

const CALLOUTS = ['note', 'warning'] as const;
const parser = unified().use(remarkParse).use(remarkGfm).use(remarkDirective);
const writer = unified().use(remarkRehype).use(rehypeStringify);

/** @param firstLine the line of the file on which the prose begins */
export function renderSteps(file: string, prose: string, hosts: readonly string[], firstLine: number): LessonStep[] {
	const root = parser.parse(prose) as unknown as MarkdownNode;
	const lineOf = (node: MarkdownNode): number => (node.position?.start.line ?? 1) + firstLine - 1;
	const wrong = (node: MarkdownNode, problem: string): never => {
		throw new LessonError(file, lineOf(node), problem);
	};
	const steps: { title: string; nodes: MarkdownNode[]; predict?: LessonStep['predict'] }[] = [{ title: '', nodes: [] }];
	for (const node of root.children ?? []) {
		if (node.type === 'heading' && node.depth === 2) steps.push({ title: textOf(node), nodes: [] });
		else if (node.type === 'containerDirective' && node.name === 'predict') {
			// a vote stands before the text of its step; one that comes later begins a step without a title
			if (steps.at(-1)!.nodes.length > 0 || steps.at(-1)!.predict) steps.push({ title: '', nodes: [] });
			steps.at(-1)!.predict = predictOf(node, wrong);
		}
		else steps.at(-1)!.nodes.push(rewrite(node, hosts, wrong));
	}
	return steps
		.filter((step) => step.title !== '' || step.nodes.length > 0 || step.predict)
		.map((step) => ({ title: step.title, html: render(step.nodes), ...(step.predict && { predict: step.predict }) }));
}

/** A sentence or two of Markdown (hints, "on a real machine") to HTML. */
export function renderInline(text: string): string {
	return render((parser.parse(text) as unknown as MarkdownNode).children ?? []);
}

function render(nodes: MarkdownNode[]): string {
	const tree = writer.runSync({ type: 'root', children: nodes } as never);
	return writer.stringify(tree as never);
}

function textOf(node: MarkdownNode): string {
	return node.value ?? (node.children ?? []).map(textOf).join('');
}

type Wrong = (node: MarkdownNode, problem: string) => never;

function rewrite(node: MarkdownNode, hosts: readonly string[], wrong: Wrong): MarkdownNode {
	if (node.type === 'code' && node.lang === 'run') return runButton(node, hosts, wrong);
	if (node.type === 'link' && node.url?.startsWith('open:')) return openButton(node, hosts, wrong);
	if (node.type === 'textDirective') return { type: 'text', value: `:${node.name}${(node.children ?? []).map(textOf).join('')}` };
	if (node.type === 'containerDirective') {
		if (!(CALLOUTS as readonly string[]).includes(node.name ?? ''))
			wrong(node, `":::${node.name}" is not known; allowed: predict, ${CALLOUTS.join(', ')}`);
		node.data = { hName: 'aside', hProperties: { className: node.name! } };
	}
	if (node.children) node.children = node.children.map((child) => rewrite(child, hosts, wrong));
	return node;
}

function runButton(node: MarkdownNode, hosts: readonly string[], wrong: Wrong): MarkdownNode {
	const host = node.meta?.trim() ?? '';
	if (!hosts.includes(host)) wrong(node, `a run block needs a host of this world, not "${host}"; allowed: ${hosts.join(', ')}`);
	const command = node.value ?? '';
	const properties = { type: 'button', className: 'run', dataHost: host, dataCommand: command };
	const code = { type: 'element', tagName: 'code', properties: {}, children: [{ type: 'text', value: command }] };
	const on = { type: 'element', tagName: 'span', properties: { className: 'on' }, children: [{ type: 'text', value: `on ${host}` }] };
	return { type: 'paragraph', children: [], data: { hName: 'button', hProperties: properties, hChildren: [code, on] } };
}

function openButton(node: MarkdownNode, hosts: readonly string[], wrong: Wrong): MarkdownNode {
	const [, host, path, line] = /^open:([^:]+):([^:]+)(?::(\d+))?$/.exec(node.url!) ?? [];
	if (host === undefined || !hosts.includes(host))
		wrong(node, `a file link is open:HOST:PATH or open:HOST:PATH:LINE; allowed hosts: ${hosts.join(', ')}`);
	const properties = { type: 'button', className: 'open', dataHost: host!, dataPath: path!, ...(line && { dataLine: line }) };
	return { ...node, type: 'emphasis', data: { hName: 'button', hProperties: properties } };
}

function predictOf(node: MarkdownNode, wrong: Wrong): NonNullable<LessonStep['predict']> {
	const question = node.attributes?.question ?? '';
	const list = node.children?.find((child) => child.type === 'list');
	if (question === '' || !list) return wrong(node, ':::predict needs {question="…"} and a list of options');
	const options = (list.children ?? []).map((item) => {
		const [text, after] = textOf(item).split('::');
		return { text: text!.trim(), right: item.checked === true, after: (after ?? '').trim() };
	});
	if (!options.some((option) => option.right)) wrong(node, 'one option of :::predict must be the right one: "- [x] text :: why"');
	return { question, options };
}
