/** hostname, uname, pwd, env, printenv, tty, nproc, sync, arch: what there is around one. */
import { O, type Main, type Sys } from '#kernel/syscalls';
import { getaddrinfo } from '../libc/netdb';
import { readText } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	exec,
	getcwd,
	links,
	open,
	sethostname,
	ttyname,
	uname as unameCall,
	chdir,
	fsync,
	close
} from '../libc/unistd';
import { formatIpv4Address } from '#wire/address';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, type Tool, UsageError, utility } from './utility';

const UNAME: readonly (readonly [option: string, value: 'sysname' | 'nodename' | 'release' | 'version' | 'machine'])[] =
	[
		['kernel-name', 'sysname'],
		['nodename', 'nodename'],
		['kernel-release', 'release'],
		['kernel-version', 'version'],
		['machine', 'machine']
	];

export const uname = utility(
	['a|all', 's|kernel-name', 'n|nodename', 'r|kernel-release', 'v|kernel-version', 'm|machine', 'p|processor', 'i|hardware-platform', 'o|operating-system'], // prettier-ignore
	function* (tool, options) {
		if (options.operands.length > 0) throw new UsageError(`extra operand ${quote(options.operands[0]!)}`);
		const system = yield* unameCall();
		const all = options.has('all');
		const words = UNAME.filter(([option]) => all || options.has(option)).map(([, value]) => system[value]);
		if (options.has('processor')) words.push('unknown');
		if (options.has('hardware-platform')) words.push('unknown');
		if (all || options.has('operating-system')) words.push('GNU/Linux');
		yield* tool.print(`${words.length > 0 ? words.join(' ') : system.sysname}\n`);
	}
);

export const arch = utility([], function* (tool) {
	yield* tool.print(`${(yield* unameCall()).machine}\n`);
});

/** hostname(1) of Debian's package hostname. */
export const hostname: Main = utility(
	[
		'a|alias',
		'A|all-fqdns',
		'b|boot',
		'd|domain',
		'f|fqdn|long',
		'F|file=',
		'i|ip-address',
		'I|all-ip-addresses',
		's|short',
		'y|yp|nis'
	],
	function* (tool, options) {
		const node = (yield* unameCall()).nodename;
		const file = options.get('file');
		const name = file !== undefined ? (yield* readText(file)).split('\n').find((line) => line !== '' && !line.startsWith('#')) : options.operands[0]; // prettier-ignore
		if (name !== undefined) {
			try {
				yield* sethostname(name.trim());
			} catch (thrown) {
				const error = errnoOf(thrown);
				throw new Fatal(error.code === 'EPERM' ? 'you must be root to change the host name' : strerror(error));
			}
			return;
		}
		const how = options.last('alias', 'all-fqdns', 'domain', 'long', 'ip-address', 'all-ip-addresses', 'short');
		yield* tool.print(`${yield* hostnameText(how, node)}\n`);
	},
	{ version: 'hostname 3.23+nmu1', usageStatus: 255 }
);

function* hostnameText(how: string | undefined, node: string): Sys<string> {
	if (how === undefined) return node;
	if (how === 'short') return node.split('.')[0]!;
	if (how === 'all-ip-addresses' || how === 'all-fqdns') {
		const all = (yield* links()).filter((link) => !link.loopback && link.up).flatMap((link) => link.addresses);
		return all.map(({ address }) => `${formatIpv4Address(address)} `).join('');
	}
	const found = yield* getaddrinfo(node);
	if (!found.ok) throw new Fatal(`${node}: Name or service not known`);
	if (how === 'ip-address') return found.addresses.map((one) => formatIpv4Address(one.address)).join(' ');
	const full = found.canonicalName;
	if (how === 'alias') return '';
	return how === 'domain' ? full.split('.').slice(1).join('.') : full;
}

export const pwd = utility(['L|logical', 'P|physical'], function* (tool, options) {
	const logical = options.last('logical', 'physical') === 'logical' ? tool.env.get('PWD') : undefined;
	yield* tool.print(`${logical ?? (yield* getcwd())}\n`);
});

export const printenv = utility(
	['0|null'],
	function* (tool, options) {
		const end = options.has('null') ? '\0' : '\n';
		if (options.operands.length === 0) {
			for (const [name, value] of tool.env) yield* tool.print(`${name}=${value}${end}`);
			return 0;
		}
		let missing = 0;
		for (const name of options.operands) {
			const value = tool.env.get(name);
			if (value === undefined) missing = 1;
			else yield* tool.print(value + end);
		}
		return missing;
	},
	{ usageStatus: 2, posix: true }
);

export const env = utility(
	['i|ignore-environment', '0|null', 'u|unset=', 'C|chdir=', 'S|split-string=', 'v|debug', 'block-signal=?', 'default-signal=?', 'ignore-signal=?'], // prettier-ignore
	function* (tool, options) {
		const variables = new Map(options.has('ignore-environment') ? [] : tool.env);
		for (const name of options.all('unset')) variables.delete(name);
		const words = [
			...options.all('split-string').flatMap((text) => text.split(/\s+/).filter(Boolean)),
			...options.operands
		];
		if (words[0] === '-') {
			variables.clear();
			words.shift();
		}
		while (words[0]?.includes('=')) {
			const word = words.shift()!;
			variables.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
		}
		if (words.length === 0) {
			for (const [name, value] of variables) yield* tool.print(`${name}=${value}${options.has('null') ? '\0' : '\n'}`);
			return 0;
		}
		const directory = options.get('chdir');
		if (directory !== undefined) yield* chdir(directory);
		yield* tool.flush();
		return yield* execute(tool, words, variables);
	},
	{ usageStatus: 125, posix: true }
);

/** execvp(3) and the message and status that go with its failure. */
export function* execute(
	tool: Tool,
	argv: readonly string[],
	variables: ReadonlyMap<string, string>,
	verb = '',
	mark: (name: string) => string = quote
): Sys<number> {
	const name = argv[0]!;
	const places = name.includes('/')
		? ['']
		: (variables.get('PATH') ?? '/bin:/usr/bin').split(':').map((place) => `${place || '.'}/`);
	let code: ReturnType<typeof errnoOf>['code'] = 'ENOENT';
	for (const place of places) {
		try {
			return yield* exec(place + name, argv, variables);
		} catch (thrown) {
			const error = errnoOf(thrown);
			if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') code = error.code;
		}
	}
	yield* tool.complain(`${verb}${mark(name)}: ${strerror(code)}`);
	return code === 'ENOENT' ? 127 : 126;
}

export const tty = utility(
	['s|silent|quiet'],
	function* (tool, options) {
		const name = yield* attempt(ttyname(0));
		if (!options.has('quiet')) yield* tool.print(`${name ?? 'not a tty'}\n`);
		return name === undefined ? 1 : 0;
	},
	{ usageStatus: 2 }
);

export const nproc = utility(['all', 'ignore='], function* (tool) {
	yield* tool.print('1\n');
});

export const sync = utility(['d|data', 'f|file-system'], function* (tool, options) {
	for (const path of options.operands) {
		try {
			const fd = yield* open(path, O.RDONLY);
			yield* fsync(fd);
			yield* close(fd);
		} catch (thrown) {
			yield* tool.complain(`error opening ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
		}
	}
});
