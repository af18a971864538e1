/** The kernel's settings by their dotted names: `kernel.*` and `fs.*` here, `net.*` in the network. */
import type { Kernel } from './kernel';
import { Errno } from './syscalls';
import { SYSTEM } from './process/calls';

interface Setting {
	get(kernel: Kernel): string;
	set?(kernel: Kernel, value: string): void;
}

const fixed = (value: string): Setting => ({ get: () => value });

export const SETTINGS: Readonly<Record<string, Setting>> = {
	'kernel.hostname': {
		get: (kernel) => kernel.hostname,
		set: (kernel, value) => {
			kernel.hostname = value.replace(/\n[^]*$/, '').slice(0, 64);
		}
	},
	'kernel.domainname': fixed('(none)'),
	'kernel.ostype': fixed(SYSTEM.sysname),
	'kernel.osrelease': fixed(SYSTEM.release),
	'kernel.version': fixed(SYSTEM.version),
	'kernel.pid_max': fixed('32768'),
	'fs.protected_hardlinks': fixed('1'),
	'fs.protected_symlinks': fixed('0'),
	'fs.protected_regular': fixed('0'),
	'fs.protected_fifos': fixed('0'),
	'fs.file-max': fixed('9223372036854775807')
};

export function sysctl(kernel: Kernel, name: string, value?: string): string {
	const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
	if (!setting) return kernel.net.sysctl(name, value);
	if (value !== undefined) {
		if (!setting.set) throw new Errno('EACCES');
		setting.set(kernel, value);
	}
	return setting.get(kernel);
}
