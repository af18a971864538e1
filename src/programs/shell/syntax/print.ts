/**
 * Commands back to text as bash prints them (print_cmd.c): `declare -f`, `type`, `jobs`, BASH_COMMAND.
 * Words stand as they were written.
 */
import type {
	CommandNode,
	CompoundList,
	HereDoc,
	PipelineNode,
	Redirection,
	Statement,
	SyntaxNode,
	TestExpression
} from 'unbash';

type Node = PipelineNode | Statement['command'] | CompoundList;

class Printer {
	#indent = 0;
	#documents: HereDoc[] = [];

	constructor(readonly source: string) {}

	function(name: string, body: Node): string {
		return `${name} () \n${this.#functionBody(body)}`;
	}

	#functionBody(body: Node): string {
		if (body.type === 'Redirected' && body.command.type === 'BraceGroup')
			return this.#functionBody(body.command) + this.#redirections(body.redirects);
		if (body.type === 'BraceGroup') return `${this.#pad}{ \n${this.#block(body.body)}\n${this.#pad}}`;
		return `${this.#pad}{ \n${this.#nest(() => this.#pad + this.node(body))}\n${this.#pad}}`;
	}

	get #pad(): string {
		return ' '.repeat(this.#indent * 4);
	}

	#nest(print: () => string): string {
		this.#indent++;
		const text = print();
		this.#indent--;
		return text;
	}

	/** A list on lines of its own, one deeper. */
	#block(list: CompoundList): string {
		return this.#nest(() => this.#lines(list));
	}

	#lines(list: CompoundList): string {
		return list.commands
			.map((statement, i) => {
				const text = this.#pad + this.node(statement.command);
				const documents = this.#takeDocuments();
				const last = i === list.commands.length - 1;
				if (documents !== '') return text + (statement.background ? ' &' : '') + documents;
				return text + (statement.background ? ' &' : last ? '' : ';');
			})
			.join('\n');
	}

	#takeDocuments(): string {
		return this.#documents
			.splice(0)
			.map((each) => `\n${each.body.text}${each.delimiter?.value ?? ''}\n`)
			.join('');
	}

	/** A list in one line: a condition, a subshell. */
	#inline(list: CompoundList): string {
		return list.commands
			.map(
				(statement, i) =>
					this.node(statement.command) + (statement.background ? ' &' : i === list.commands.length - 1 ? '' : ';')
			)
			.join(' ');
	}

	node(node: Node): string {
		switch (node.type) {
			case 'CompoundList':
				return this.#inline(node);
			case 'AndOr':
				return node.commands
					.map((command, i) => (i === 0 ? '' : ` ${node.operators[i - 1]} `) + this.node(command))
					.join('');
			case 'Pipeline':
				return (
					node.prefixes
						.map((prefix) => (prefix.type === 'Negation' ? '! ' : prefix.posix ? 'time -p ' : 'time '))
						.join('') +
					node.commands
						.map(
							(command, i) => (i === 0 ? '' : node.operators[i - 1] === '|&' ? ' 2>&1 | ' : ' | ') + this.node(command)
						)
						.join('')
				);
			default:
				return this.#command(node);
		}
	}

	#command(node: CommandNode): string {
		switch (node.type) {
			case 'Command':
				return this.#simple(node);
			case 'Redirected':
				return this.#command(node.command) + this.#redirections(node.redirects);
			case 'Function':
				return this.function(node.name.text, node.body);
			case 'BraceGroup':
				return `{ \n${this.#block(node.body)}\n${this.#pad}}`;
			case 'Subshell':
				return `( ${this.#inline(node.body)} )`;
			case 'If': {
				let text = `if ${this.#inline(node.clause)}; then\n${this.#block(node.then)};\n`;
				let depth = 0;
				for (const branch of node.elif) {
					text += `${this.#pad}else\n`;
					this.#indent++;
					depth++;
					text += `${this.#pad}if ${this.#inline(branch.clause)}; then\n${this.#block(branch.then)};\n`;
				}
				if (node.else) text += `${this.#pad}else\n${this.#block(node.else)};\n`;
				for (; depth > 0; depth--) {
					text += `${this.#pad}fi;\n`;
					this.#indent--;
				}
				return `${text}${this.#pad}fi`;
			}
			case 'While':
				return `${node.kind} ${this.#inline(node.clause)}; do\n${this.#block(node.body)};\n${this.#pad}done`;
			case 'For':
			case 'Select':
				return `${node.type === 'For' ? 'for' : 'select'} ${node.name.text} in ${node.wordlist ? node.wordlist.map((word) => word.text).join(' ') : '"$@"'};\n${this.#pad}do\n${this.#block(node.body)};\n${this.#pad}done`;
			case 'ArithmeticFor': {
				const header = this.source.slice(this.source.indexOf('((', node.pos) + 2);
				return `for ((${header
					.slice(0, header.indexOf('))'))
					.split(';')
					.map((part) => part.trim())
					.join('; ')}))\n${this.#pad}do\n${this.#block(node.body)};\n${this.#pad}done`;
			}
			case 'Case':
				return `case ${node.word.text} in \n${this.#nest(() =>
					node.items
						.map((item) => {
							const body = item.body.commands.length === 0 ? `\n` : `\n${this.#block(item.body)}\n`;
							return `${this.#pad}${item.pattern.map((word) => word.text).join(' | ')})${body}${this.#pad}${item.terminator ?? ';;'}\n`;
						})
						.join('')
				)}${this.#pad}esac`;
			case 'ArithmeticCommand':
				return `((${node.body}))`;
			case 'TestCommand':
				return `[[ ${printTest(node.expression)} ]]`;
			case 'Coproc':
				return `coproc ${node.name ? node.name.text + ' ' : ''}${this.node(node.body)}`;
		}
	}

	#simple(node: CommandNode & { type: 'Command' }): string {
		const words: string[] = [];
		const redirections: Redirection[] = [];
		const collect = (each: SyntaxNode | Redirection) => {
			if (each.type === 'Redirect' || each.type === 'HereDoc' || each.type === 'HereString')
				redirections.push(each as Redirection);
			else words.push((each as { text: string }).text);
		};
		node.prefix.forEach(collect);
		if (node.name) words.push(node.name.text);
		node.suffix.forEach(collect);
		return (
			words.join(' ') +
			(words.length === 0 ? this.#redirections(redirections).trimStart() : this.#redirections(redirections))
		);
	}

	#redirections(list: readonly Redirection[]): string {
		return list.map((each) => ' ' + this.#redirection(each)).join('');
	}

	#redirection(each: Redirection): string {
		const { descriptor, operator } = each;
		const fd =
			descriptor === undefined
				? ''
				: descriptor.type === 'FileDescriptor'
					? String(descriptor.value)
					: `{${descriptor.name}}`;
		if (each.type === 'HereDoc') {
			this.#documents.push(each);
			return `${fd}${operator}${each.delimiter?.text ?? ''}`;
		}
		const target = each.target?.text ?? '';
		if (operator === '>&' || operator === '<&')
			return `${fd === '' && /^(\d+-?|-)$/.test(target) ? (operator === '>&' ? '1' : '0') : fd}${operator}${target}`;
		return `${fd}${operator} ${target}`;
	}
}

function printTest(expression: TestExpression): string {
	switch (expression.type) {
		case 'TestUnary':
			return `${expression.operator} ${expression.operand.text}`;
		case 'TestBinary':
			return `${expression.left.text} ${expression.operator} ${expression.right.text}`;
		case 'TestLogical':
			return expression.operands.map(printTest).join(` ${expression.operator} `);
		case 'TestNot':
			return `! ${printTest(expression.operand)}`;
		case 'TestGroup':
			return `( ${printTest(expression.expression)} )`;
	}
}

export function printFunction(name: string, body: Node, source: string): string {
	return new Printer(source).function(name, body);
}

export function printCommand(node: Node, source: string): string {
	return new Printer(source).node(node);
}
