/** xtables-nft-multi and xtables-legacy-multi: all commands of a variant in one program, told apart by the name it is called by. */
import type { Variant } from '#netfilter/rule';
import type { Main } from '#kernel/syscalls';
import { printError } from '../libc/stdio';
import { iptables } from './iptables';
import { iptablesRestore } from './restore';
import { iptablesSave } from './save';

/** In the order of the real list; a dash in front marks what is not simulated. */
const NFT = [
	'-iptables-xml', '-xml', 'iptables', 'iptables-nft', 'main4', 'save4', 'restore4', 'iptables-save', 'iptables-restore',
	'iptables-nft-save', 'iptables-nft-restore', 'ip6tables', 'ip6tables-nft', 'main6', 'save6', 'restore6', 'ip6tables-save',
	'ip6tables-restore', 'ip6tables-nft-save', 'ip6tables-nft-restore', '-iptables-translate', '-ip6tables-translate',
	'-iptables-restore-translate', '-ip6tables-restore-translate', '-arptables', '-arptables-nft', '-arptables-restore',
	'-arptables-nft-restore', '-arptables-save', '-arptables-nft-save', '-ebtables-translate', '-ebtables', '-ebtables-restore',
	'-ebtables-save', '-ebtables-nft', '-ebtables-nft-restore', '-ebtables-nft-save', '-xtables-monitor'
]; // prettier-ignore
const LEGACY = [
	'iptables', 'main4', 'iptables-save', 'save4', 'iptables-restore', 'restore4', 'iptables-legacy', 'iptables-legacy-save',
	'iptables-legacy-restore', '-iptables-xml', '-xml', 'ip6tables', 'main6', 'ip6tables-save', 'save6', 'ip6tables-restore',
	'restore6', 'ip6tables-legacy', 'ip6tables-legacy-save', 'ip6tables-legacy-restore'
]; // prettier-ignore

function multi(variant: Variant, commands: readonly string[]): Main {
	const mains = new Map<string, Main>();
	for (const name of commands) {
		if (name.startsWith('-')) continue;
		const kind = { variant, family: /^ip6|6$/.test(name) ? 'ip6' : 'ip' } as const;
		mains.set(
			name,
			/save/.test(name) ? iptablesSave(kind) : /restore/.test(name) ? iptablesRestore(kind) : iptables(kind)
		);
	}
	return (argv, env) => {
		const name = argv[0]!.slice(argv[0]!.lastIndexOf('/') + 1);
		const own = mains.get(name);
		if (own) return own(argv, env);
		const named = mains.get(argv[1] ?? '');
		if (named) return named(argv.slice(1), env);
		return noCommand(commands);
	};
}

function* noCommand(commands: readonly string[]): ReturnType<Main> {
	const list = commands.map((name) => ` * ${name.replace(/^-/, '')}\n`).join('');
	yield* printError(`ERROR: No valid subcommand given.\nValid subcommands:\n${list}`);
	return 1;
}

export const xtablesNftMulti: Main = multi('nf_tables', NFT);
export const xtablesLegacyMulti: Main = multi('legacy', LEGACY);
