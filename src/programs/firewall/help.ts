/** What -h prints: the command's own options, and those of the matches and targets that stand before it. */
import type { AnyMatch, AnyTarget } from '#netfilter/extension';
import type { Family } from '#netfilter/rule';
import { MATCH_HELP } from './help-matches';
import { TARGET_HELP } from './help-targets';

const HELPS = { match: MATCH_HELP, target: TARGET_HELP };

interface Loaded {
	readonly kind: 'match' | 'target';
	readonly extension: AnyMatch | AnyTarget;
}

/** What `-j ACCEPT -h` adds. */
export const STANDARD_HELP = '\nstandard match options:\n(If target is DROP, ACCEPT, RETURN or nothing)\n';

/** What an extension adds to the help; '' for one that says nothing. */
export function extensionHelp({ kind, extension: { name, usage } }: Loaded, family: Family): string {
	const help = HELPS[kind];
	const own = usage ?? (family === 'ip6' ? help[`ip6 ${name}`] : undefined) ?? help[name];
	return own === undefined ? '' : `\n${own}`;
}

export function helpText(name: string, version: string, family: Family): string {
	const [four, six] = family === 'ip' ? ['Nothing', 'Error'] : ['Error', 'Nothing'];
	const fragment = family === 'ip' ? '[!] --fragment\t-f\t\tmatch second or further fragments only\n' : '';
	return `${name} v${version}

Usage: ${name} -[ACD] chain rule-specification [options]
       ${name} -I chain [rulenum] rule-specification [options]
       ${name} -R chain rulenum rule-specification [options]
       ${name} -D chain rulenum [options]
       ${name} -[LS] [chain [rulenum]] [options]
       ${name} -[FZ] [chain] [options]
       ${name} -[NX] chain
       ${name} -E old-chain-name new-chain-name
       ${name} -P chain target [options]
       ${name} -h (print this help information)

Commands:
Either long or short options are allowed.
  --append  -A chain\t\tAppend to chain
  --check   -C chain\t\tCheck for the existence of a rule
  --delete  -D chain\t\tDelete matching rule from chain
  --delete  -D chain rulenum
\t\t\t\tDelete rule rulenum (1 = first) from chain
  --insert  -I chain [rulenum]
\t\t\t\tInsert in chain as rulenum (default 1=first)
  --replace -R chain rulenum
\t\t\t\tReplace rule rulenum (1 = first) in chain
  --list    -L [chain [rulenum]]
\t\t\t\tList the rules in a chain or all chains
  --list-rules -S [chain [rulenum]]
\t\t\t\tPrint the rules in a chain or all chains
  --flush   -F [chain]\t\tDelete all rules in  chain or all chains
  --zero    -Z [chain [rulenum]]
\t\t\t\tZero counters in chain or all chains
  --new     -N chain\t\tCreate a new user-defined chain
  --delete-chain
            -X [chain]\t\tDelete a user-defined chain
  --policy  -P chain target
\t\t\t\tChange policy on chain to target
  --rename-chain
            -E old-chain new-chain
\t\t\t\tChange chain name, (moving any references)

Options:
    --ipv4\t-4\t\t${four} (line is ignored by ip6tables-restore)
    --ipv6\t-6\t\t${six} (line is ignored by iptables-restore)
[!] --protocol\t-p proto\tprotocol: by number or name, eg. \`tcp'
[!] --source\t-s address[/mask][...]
\t\t\t\tsource specification
[!] --destination -d address[/mask][...]
\t\t\t\tdestination specification
[!] --in-interface -i input name[+]
\t\t\t\tnetwork interface name ([+] for wildcard)
 --jump\t-j target
\t\t\t\ttarget for rule (may load target extension)
  --goto      -g chain
\t\t\t       jump to chain with no return
  --match\t-m match
\t\t\t\textended match (may load extension)
  --numeric\t-n\t\tnumeric output of addresses and ports
[!] --out-interface -o output name[+]
\t\t\t\tnetwork interface name ([+] for wildcard)
  --table\t-t table\ttable to manipulate (default: \`filter')
  --verbose\t-v\t\tverbose mode
  --wait\t-w [seconds]\tmaximum wait to acquire xtables lock before give up
  --line-numbers\t\tprint line numbers when listing
  --exact\t-x\t\texpand numbers (display exact values)
${fragment}  --modprobe=<command>\t\ttry to insert modules using this command
  --set-counters -c PKTS BYTES\tset the counter during insert/append
[!] --version\t-V\t\tprint package version.
`;
}
