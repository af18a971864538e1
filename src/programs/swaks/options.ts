/**
 * swaks's command line (Getopt::Long): one dash or two, `--name value` or `--name=value`.
 *
 * Not simulated: configuration files, environment variables, prompts for a missing --to, TLS, AUTH, proxies, attachments.
 */

/** names that mean the same; the last is the option's name here. `=` takes a value. */
const TABLE: readonly string[] = [
	't|to=',
	'f|from=',
	's|server=',
	'p|port=',
	'h|helo|ehlo|lhlo=',
	'q|quit|quit-after=',
	'd|data=',
	'body=',
	'header=',
	'ah|add-header=',
	'li|local-interface=',
	'timeout=',
	'silent=?',
	'ha|hide-all',
	'hs|hide-send',
	'hr|hide-receive',
	'hi|hide-informational',
	'nth|no-hints',
	'nsh|no-send-hints',
	'nrh|no-receive-hints',
	'nih|no-info-hints',
	'n|suppress-data',
	'protocol=',
	'ndf|no-data-fixup',
	'version',
	'help'
];

interface Row {
	readonly name: string;
	readonly value: 'none' | 'required' | 'optional';
}

const ROWS: ReadonlyMap<string, Row> = new Map(
	TABLE.flatMap((row) => {
		const [, names, mark] = /^(.*?)(=\??)?$/.exec(row)!;
		const all = names!.split('|');
		const value = mark === '=' ? 'required' : mark === '=?' ? 'optional' : 'none';
		return all.map((name): [string, Row] => [name, { name: all.at(-1)!, value }]);
	})
);

export interface Options {
	/** name → values in the order given */
	readonly given: ReadonlyMap<string, readonly string[]>;
	readonly error?: string;
}

export function parseOptions(args: readonly string[]): Options {
	const given = new Map<string, string[]>();
	for (let i = 0; i < args.length; i++) {
		const [, name = '', inline] = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(args[i]!) ?? [];
		/* --h-Subject TEXT is --header "Subject: TEXT" */
		const [, header] = /^h-(.+)$/.exec(name) ?? [];
		if (header !== undefined) {
			const value = inline ?? args[++i] ?? '';
			given.set('header', [...(given.get('header') ?? []), `${header}: ${value}`]);
			continue;
		}
		const row = ROWS.get(name) ?? ROWS.get(name.toLowerCase());
		if (!row) return { given, error: args[i]!.startsWith('-') ? `Unknown option: ${name}` : '' };
		const values = given.get(row.name) ?? [];
		given.set(row.name, values);
		if (row.value === 'none') values.push('');
		else if (inline !== undefined) values.push(inline);
		else if (row.value === 'optional' && !/^\d+$/.test(args[i + 1] ?? '')) values.push('1');
		else if (args[i + 1] === undefined)
			return { given, error: `*** Option processing error: option ${name} specified with no argument` };
		else values.push(args[++i]!);
	}
	return { given };
}
