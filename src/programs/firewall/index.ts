/** Debian's package iptables 1.8.9-2, and the program of dpkg that says which of its variants `iptables` is. */
import type { Package, PackageFile } from '#kernel/syscalls';
import { updateAlternatives } from './alternatives';
import { xtablesLegacyMulti, xtablesNftMulti } from './multi';

const FAMILIES = ['iptables', 'ip6tables'];
const COMMANDS = ['', '-restore', '-save'];
const VARIANTS = [
	['legacy', 10],
	['nft', 20]
] as const;

function links(family: string): PackageFile[] {
	return COMMANDS.flatMap((command) => [
		{ path: `/usr/sbin/${family}${command}`, link: `/etc/alternatives/${family}${command}` },
		{ path: `/etc/alternatives/${family}${command}`, link: `/usr/sbin/${family}-nft${command}` },
		...VARIANTS.map(([variant]) => ({
			path: `/usr/sbin/${family}-${variant}${command}`,
			link: `xtables-${variant}-multi`
		}))
	]);
}

/** What update-alternatives knows: the links, and both choices with their priorities. */
function administration(family: string): PackageFile {
	const slaves = COMMANDS.slice(1).flatMap((command) => [`${family}${command}`, `/usr/sbin/${family}${command}`]);
	const choices = VARIANTS.flatMap(([variant, priority]) => {
		const [main, ...rest] = COMMANDS.map((command) => `/usr/sbin/${family}-${variant}${command}`);
		return [main!, String(priority), ...rest];
	});
	const lines = ['auto', `/usr/sbin/${family}`, ...slaves, '', ...choices, ''];
	return { path: `/var/lib/dpkg/alternatives/${family}`, text: `${lines.join('\n')}\n` };
}

export const iptablesPackage: Package = {
	name: 'iptables',
	version: '1.8.9-2',
	programs: [
		{ path: '/usr/sbin/xtables-nft-multi', main: xtablesNftMulti, size: 228_512 },
		{ path: '/usr/sbin/xtables-legacy-multi', main: xtablesLegacyMulti, size: 91_112 },
		{ path: '/usr/bin/update-alternatives', main: updateAlternatives, size: 60_328 }
	],
	files: [...FAMILIES.flatMap(links), ...FAMILIES.map(administration)]
};
