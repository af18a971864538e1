/**
 * postalias(1) and newaliases(1): make and ask alias databases. The source file has one `name: value, …` a logical line
 * (aliases(5)); the index also gets the marks that sendmail and NIS expect.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import { CONFIG_DIRECTORY, openConfig } from './config';
import { Messages } from './errors';
import { logicalLines } from './logical-lines';
import { tableCommand, type TableCommand } from './table-command';
import { scan, type Token } from './tok822';

const isOperator = (token: Token, chars: string): boolean => token.type === 'op' && chars.includes(token.char);

/** Tokens as text again: a blank between words, behind commas and before `<`; quotes only when `quoted`. */
function join(tokens: readonly Token[], quoted: boolean): string {
	let out = '';
	for (const [index, token] of tokens.entries()) {
		if (token.type === 'op') out += token.char;
		else if (token.type === 'addr') out += join(token.tokens, quoted);
		else if (token.type === 'domlit') out += `[${quoted ? token.text.replace(/[\\\r\n]/g, '\\$&') : token.text}]`;
		else if (token.type === 'qstring' && quoted) out += `"${token.text.replace(/["\\\r\n]/g, '\\$&')}"`;
		else out += token.text;
		const next = tokens[index + 1];
		if (isOperator(token, ',')) out += ' ';
		else if (next && (isOperator(next, '<') || (token.type !== 'op' && next.type !== 'op'))) out += ' ';
	}
	return out;
}

export interface AliasLine {
	readonly name: string;
	/** as it is stored: tokens joined again */
	readonly value: string;
	readonly line: number;
}

/** @param take gets each alias, in order */
export function parseAliases(
	text: string,
	path: string,
	warn: (text: string) => void,
	take: (line: AliasLine) => void
): void {
	for (const { text: line, line: number } of logicalLines(text, path, warn)) {
		const complain = (what: string): void => warn(`${path}, line ${number}: ${what}`);
		if (/[\uDC80-\uDCFF]/.test(line)) {
			complain(`non-UTF-8 input "${line}" -- ignoring this line`);
			continue;
		}
		const tokens = scan(line);
		if (tokens.length === 0) continue;
		const colon = tokens.findIndex((token) => isOperator(token, ':'));
		const before = tokens.slice(0, Math.max(colon, 0));
		const after = tokens.slice(colon + 1);
		if (colon <= 0 || after.length === 0 || before.some((token) => isOperator(token, ','))) {
			complain('need name:value pair');
			continue;
		}
		if (before.some((token) => isOperator(token, '@%'))) {
			complain('name must be local');
			continue;
		}
		take({ name: join(before, false), value: join(after, true), line: number });
	}
}

const POSTALIAS: TableCommand = {
	options: ['N', 'c=', 'd=', 'f', 'i', 'n', 'o', 'p', 'q=', 'r', 's', 'u', 'v', 'w'],
	usage: '[-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...',
	separator: ':\t',
	*parse(text, path, warn, builder, config) {
		parseAliases(text, path, warn, ({ name, value, line }) => builder.add(name, value, line));
		builder.addExact('@', '@');
		const seconds = Math.floor((yield* time()) / 1e6);
		builder.addExact('YP_LAST_MODIFIED', String(seconds).padStart(10, '0'));
		builder.addExact('YP_MASTER_NAME', config.text('myhostname'));
	}
};

export const postalias: Main = (argv, env) => tableCommand(POSTALIAS, argv, env);

/**
 * Rebuilds what `alias_database` lists: what newaliases and `sendmail -bi` do.
 * @param directory of main.cf, as MAIL_CONFIG or -C say
 */
export function* rebuildAliases(program: string, env: ReadonlyMap<string, string>): Sys<number> {
	const messages = yield* Messages.ofCommand(program);
	/* the program is sendmail(1) under another name, and the log says so */
	messages.tag = 'postfix/sendmail';
	const directory = env.get('MAIL_CONFIG') ?? CONFIG_DIRECTORY;
	const config = yield* openConfig(program, messages, { directory });
	const tables = config.items('alias_database').map((item) => item.text);
	if (tables.length === 0) return 0;
	return yield* tableCommand(POSTALIAS, ['postalias', ...tables], env);
}

export const newaliases: Main = (_argv, env) => rebuildAliases('newaliases', env);
