/**
 * How files are coloured: by their path, a few small grammars (Monarch). Names, variables and comments get an ink; the
 * rest is text. What a file means is the world's to say (`diagnose`, `complete`, `hover`).
 */
import type { languages } from 'monaco-editor/editor';

type Grammar = languages.IMonarchLanguage;

export const LANGUAGES: readonly {
	readonly id: string;
	readonly path: RegExp;
	readonly comment: string;
	readonly grammar: Grammar;
	/** what completion replaces, where that is more than letters and digits */
	readonly word?: RegExp;
}[] = [
	{
		id: 'hosts-access',
		path: /\/hosts\.(?:allow|deny)$/,
		comment: '#',
		word: /%[a-zA-Z%]?|[\w.@/-]+/,
		grammar: {
			tokenizer: {
				root: [
					[/^#.*$/, 'comment'],
					[/\b(?:ALL|LOCAL|KNOWN|UNKNOWN|PARANOID|EXCEPT)\b/, 'variable'],
					[/[^\s,:\\]+/, 'name'],
					[/:/, '', '@clients']
				],
				clients: [
					[/^#.*$/, { token: 'comment', next: '@popall' }],
					[/^(?=\S)/, { token: '', next: '@popall' }],
					[/\b(?:ALL|LOCAL|KNOWN|UNKNOWN|PARANOID|EXCEPT)\b/, 'variable'],
					[/\[[^\]]*\]/, ''],
					[/:/, '', '@options'],
					[/[^\s,:[]+/, '']
				],
				options: [
					[/^#.*$/, { token: 'comment', next: '@popall' }],
					[/^(?=\S)/, { token: '', next: '@popall' }],
					[
						/\b(?:aclexec|allow|banners|deny|group|keepalive|linger|nice|rfc931|setenv|severity|spawn|twist|umask|user)\b/,
						'name'
					],
					[/%[a-zA-Z%]/, 'variable'],
					[/[^%\s]+?/, '']
				]
			}
		}
	},
	{
		id: 'inetd-conf',
		path: /\/inetd\.conf$/,
		comment: '#',
		word: /[\w./:-]+/,
		grammar: {
			tokenizer: {
				root: [
					[/^#.*$/, 'comment'],
					[/^\S+/, 'name'],
					[/\s(?:internal|\/\S+)/, 'variable'],
					[/\S+/, '']
				]
			}
		}
	},
	{
		id: 'postfix-main',
		path: /\/main\.cf$/,
		comment: '#',
		grammar: {
			tokenizer: {
				root: [
					[/^\s*#.*$/, 'comment'],
					[/^[A-Za-z0-9_]+(?=\s*=)/, 'name'],
					[/\$\{[^}]*\}|\$\([^)]*\)|\$\w+/, 'variable'],
					[/[^$]+?(?=\$|$)/, '']
				]
			}
		}
	},
	{
		id: 'postfix-master',
		path: /\/master\.cf$/,
		comment: '#',
		grammar: {
			tokenizer: {
				root: [
					[/^\s*#.*$/, 'comment'],
					[/^\S+(?=\s+(?:inet|unix|fifo|pass)\s)/, 'name'],
					[/-o\s+\w+(?==)/, 'name'],
					[/\$\{[^}]*\}|\$\w+/, 'variable']
				]
			}
		}
	},
	{
		id: 'named-conf',
		path: /\/named\.conf[^/]*$/,
		comment: '//',
		grammar: {
			tokenizer: {
				root: [
					[/\/\*/, 'comment', '@comment'],
					[/(?:\/\/|#).*$/, 'comment'],
					[/"[^"]*"/, 'string'],
					[
						/\b(?:any|none|localhost|localnets|yes|no|primary|secondary|master|slave|hint|forward|first|only)\b/,
						'variable'
					],
					[/[a-z][a-z0-9-]*/, 'name']
				],
				comment: [
					[/\*\//, 'comment', '@pop'],
					[/[^*]+|\*/, 'comment']
				]
			}
		}
	},
	{
		id: 'resolver',
		path: /^\/etc\/(?:hosts|resolv\.conf|nsswitch\.conf)$/,
		comment: '#',
		grammar: {
			tokenizer: {
				root: [
					[/[#;].*$/, 'comment'],
					[/^(?:nameserver|search|domain|options|sortlist)\b|^\w+:/, 'name'],
					[/^[\d.]+\b|^[\da-f:]+:[\da-f:]*/, 'variable']
				]
			}
		}
	},
	{
		id: 'zone',
		path: /\/(?:db\.|.*\.zone$)|\/etc\/bind\/.*|\/var\/(?:lib|cache)\/bind\//,
		comment: ';',
		grammar: {
			ignoreCase: true,
			tokenizer: {
				root: [
					[/(?:;|\/\/|#).*$/, 'comment'],
					[/"[^"]*"/, 'string'],
					[/^\$\w+/, 'variable'],
					[/\b(?:SOA|NS|A|AAAA|MX|PTR|CNAME|TXT|SRV|HINFO|CAA)\b/, 'name'],
					[/^[^\s;$]+/, 'variable']
				]
			}
		}
	},
	{
		id: 'aliases',
		path: /\/aliases$|\/(?:virtual|access|transport|sender|canonical|relocated)\b|\.(?:map|hash)$/,
		comment: '#',
		grammar: {
			tokenizer: {
				root: [
					[/#.*$/, 'comment'],
					[/^[^\s:#]+(?=\s*:|\s)/, 'name'],
					[/"[^"]*"|:include:\S+|\|\S+/, 'string']
				]
			}
		}
	},
	{
		id: 'iptables-rules',
		path: /\.rules$|\/rules\.v[46]$/,
		comment: '#',
		grammar: {
			tokenizer: {
				root: [
					[/^#.*$/, 'comment'],
					[/^\*\w+|^COMMIT\b|^:\S+/, 'name'],
					[/"(?:\\.|[^"\\])*"/, 'string'],
					[/(^|\s)(-[AINDjg])(\s+)(\S+)/, ['', 'name', '', 'name']],
					[/--[a-z][\w-]*|(?:^|\s)-[a-z]\b/, 'variable'],
					[/\[\d+:\d+\]/, 'comment'],
					[/[^\s"-]+/, '']
				]
			}
		}
	},
	{
		id: 'shell-script',
		path: /\.sh$|\/\.(?:bashrc|profile|forward)$|\/etc\/init\.d\//,
		comment: '#',
		grammar: {
			keywords: [
				'if',
				'then',
				'else',
				'elif',
				'fi',
				'for',
				'while',
				'until',
				'do',
				'done',
				'case',
				'esac',
				'in',
				'function'
			],
			tokenizer: {
				root: [
					[/(?:^|\s)#.*$/, 'comment'],
					[/'[^']*'/, 'string'],
					[/\$\{[^}]*\}|\$\w+|\$[@*#?!$]/, 'variable'],
					[/[a-z_]\w*/, { cases: { '@keywords': 'name', '@default': '' } }]
				]
			}
		}
	}
];

export const languageOf = (path: string): string => LANGUAGES.find((each) => each.path.test(path))?.id ?? 'plaintext';
