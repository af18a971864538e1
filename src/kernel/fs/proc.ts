/**
 * /proc (proc(5)): processes, the network's tables, settings under /proc/sys, and what the machine says of itself.
 *
 * Not simulated: /proc/PID/{maps,smaps,task,ns,…}, /proc/bus, /proc/acpi, /sys.
 */
import { hashlimitFile, hashlimitNames } from '#netfilter/extensions/hashlimit';
import { recentFile, recentNames, writeRecentFile } from '#netfilter/extensions/recent';
import type { Kernel } from '../kernel';
import { SYSTEM } from '../process/calls';
import { SETTINGS } from '../sysctl';
import { Errno } from '../syscalls';
import { decode } from '../text';
import { Volume, type Directory, type Inode, type Openers } from './inode';
import { fixedDirectory, MadeDirectory, MadeFile, MadeLink } from './made';
import { KernelLogInode } from './kmsg';
import { NET_FILES, NET_MODES } from './proc-net';
import { processDirectory } from './proc-process';

const SECOND = 1_000_000;
/** kB */
const MEMORY = 2_030_520;

function meminfo(kernel: Kernel): string {
	const used = 180_000 + kernel.processes.size * 1_500;
	const disk = kernel.volume.used * 4;
	const rows: [string, number][] = [
		['MemTotal', MEMORY],
		['MemFree', MEMORY - used - disk],
		['MemAvailable', MEMORY - used],
		['Buffers', 20_480],
		['Cached', disk],
		['SwapCached', 0],
		['Active', used >> 1],
		['Inactive', used >> 2],
		['SwapTotal', 0],
		['SwapFree', 0],
		['Dirty', 0],
		['Writeback', 0],
		['AnonPages', used >> 2],
		['Mapped', used >> 3],
		['Shmem', 560],
		['Slab', 42_000],
		['SReclaimable', 24_000],
		['SUnreclaim', 18_000]
	];
	return rows.map(([name, value]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`).join('');
}

function uptime(kernel: Kernel): string {
	const up = (kernel.scheduler.now - kernel.bootTime) / SECOND;
	let busy = 0;
	for (const { userTime, systemTime } of kernel.processes.all()) busy += (userTime + systemTime) / SECOND;
	return `${up.toFixed(2)} ${Math.max(0, up - busy).toFixed(2)}\n`;
}

function loadavg(kernel: Kernel): string {
	const load = kernel.scheduler.loadAverages().map((value) => value.toFixed(2));
	return `${load.join(' ')} ${kernel.scheduler.waiting}/${kernel.processes.size} ${kernel.processes.lastPid}\n`;
}

function stat(kernel: Kernel): string {
	let user = 0;
	let system = 0;
	for (const process of kernel.processes.all()) {
		user += process.userTime;
		system += process.systemTime;
	}
	const ticks = (microseconds: number): number => Math.floor(microseconds / 10_000);
	const up = kernel.scheduler.now - kernel.bootTime;
	const times = `${ticks(user)} 0 ${ticks(system)} ${ticks(Math.max(0, up - user - system))} 0 0 0 0 0 0`;
	const boot = Math.floor(kernel.bootTime / SECOND);
	return `cpu  ${times}\ncpu0 ${times}\nintr 0\nctxt 0\nbtime ${boot}\nprocesses ${kernel.processes.lastPid}\nprocs_running ${kernel.scheduler.waiting}\nprocs_blocked 0\n`;
}

const CPUINFO = [
	['processor', '0'],
	['vendor_id', 'GenuineIntel'],
	['cpu family', '6'],
	['model', '85'],
	['model name', 'Postern Virtual CPU'],
	['stepping', '7'],
	['cpu MHz', '2000.000'],
	['cache size', '16384 KB'],
	['physical id', '0'],
	['siblings', '1'],
	['core id', '0'],
	['cpu cores', '1'],
	['bogomips', '4000.00']
]
	.map(([name, value]) => `${name!.length < 8 ? `${name}\t` : name}\t: ${value}\n`)
	.join('');

const FILES: Readonly<Record<string, (kernel: Kernel) => string>> = {
	cmdline: () => 'BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro quiet\n',
	cpuinfo: () => `${CPUINFO}\n`,
	filesystems: () => 'nodev\tproc\nnodev\tdevtmpfs\nnodev\tdevpts\n\text4\n',
	loadavg,
	meminfo,
	stat,
	uptime,
	version: () => `${SYSTEM.sysname} version ${SYSTEM.release} (debian-kernel@lists.debian.org) ${SYSTEM.version}\n`
};

export function makeProc(kernel: Kernel, openers: Openers): Directory {
	const volume = new Volume('proc', 'proc', () => kernel.engine.now, Infinity, 4_026_531_840);
	const context = { kernel, volume, openers };
	const fixed: Record<string, Inode> = {};
	for (const [name, content] of Object.entries(FILES)) fixed[name] = new MadeFile(volume, () => content(kernel));
	fixed.net = netDirectory(kernel, volume, openers);
	fixed.sys = settingsDirectory(kernel, volume, openers, '');
	fixed.kmsg = new KernelLogInode(volume, kernel);
	fixed.self = new MadeLink(volume, (who) => (who.pid > 0 ? String(who.pid) : missing()));
	fixed['thread-self'] = new MadeLink(volume, (who) => (who.pid > 0 ? String(who.pid) : missing()));
	fixed.mounts = new MadeLink(volume, () => 'self/mounts', undefined, 0o777, undefined, 11);
	const find = (name: string): Inode | undefined => {
		if (Object.hasOwn(fixed, name)) return fixed[name];
		const process = /^[1-9]\d*$/.test(name) ? kernel.processes.get(Number(name)) : undefined;
		return process && processDirectory(context, process);
	};
	const names = function* (): Generator<string> {
		yield* Object.keys(fixed);
		for (const { pid } of kernel.processes.all()) yield String(pid);
	};
	const proc = new MadeDirectory(volume, openers, find, names);
	kernel.files.mount(proc, {
		device: 'proc',
		type: 'proc',
		readOnly: false,
		options: 'rw,nosuid,nodev,noexec,relatime'
	});
	return proc;
}

function missing(): never {
	throw new Errno('ENOENT');
}

function netDirectory(kernel: Kernel, volume: Volume, openers: Openers): Directory {
	const files = Object.entries(NET_FILES).map(
		([name, content]) => [name, new MadeFile(volume, () => content(kernel), NET_MODES[name])] as const
	);
	return fixedDirectory(volume, openers, {
		...Object.fromEntries(files),
		ipt_hashlimit: sharedDirectory(
			volume,
			openers,
			() => hashlimitNames(kernel.firewall.services),
			(name) => new MadeFile(volume, () => hashlimitFile(kernel.firewall.services, name) ?? '')
		),
		xt_recent: sharedDirectory(
			volume,
			openers,
			() => recentNames(kernel.firewall.services),
			(name) => recentListFile(kernel, volume, name)
		)
	});
}

/** A file for each name that rules of the firewall share. */
function sharedDirectory(
	volume: Volume,
	openers: Openers,
	names: () => readonly string[],
	file: (name: string) => Inode
): Directory {
	return new MadeDirectory(volume, openers, (name) => (names().includes(name) ? file(name) : undefined), names);
}

/** "+192.0.2.1" puts an address on the list, "-192.0.2.1" takes it off, "/" empties it. */
function recentListFile(kernel: Kernel, volume: Volume, name: string): MadeFile {
	const { services } = kernel.firewall;
	return new MadeFile(
		volume,
		() => recentFile(services, name) ?? '',
		0o644,
		undefined,
		(bytes) => {
			const errno = writeRecentFile(services, name, decode(bytes));
			if (errno !== null) throw new Errno(errno);
		}
	);
}

function settingNames(kernel: Kernel): string[] {
	return [...Object.keys(SETTINGS), ...kernel.net.settings.names()];
}

/** /proc/sys/net/ipv4/ip_forward is the setting net.ipv4.ip_forward; a dot in a name (eth0.1) is a slash there. */
function settingsDirectory(kernel: Kernel, volume: Volume, openers: Openers, prefix: string): Directory {
	const below = (): string[] => {
		const names = settingNames(kernel).filter((name) => name.startsWith(prefix));
		return [...new Set(names.map((name) => name.slice(prefix.length).split('.')[0]!.replaceAll('/', '.')))];
	};
	const find = (name: string): Inode | undefined => {
		const full = prefix + name.replaceAll('.', '/');
		const names = settingNames(kernel);
		if (names.includes(full)) return settingFile(kernel, volume, full);
		return names.some((other) => other.startsWith(`${full}.`))
			? settingsDirectory(kernel, volume, openers, `${full}.`)
			: undefined;
	};
	return new MadeDirectory(volume, openers, find, below);
}

function settingFile(kernel: Kernel, volume: Volume, name: string): MadeFile {
	const own = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
	const writable = !own || own.set !== undefined;
	const accept = (bytes: Uint8Array): void => void kernel.sysctl(name, decode(bytes).replace(/\n$/, ''));
	return new MadeFile(
		volume,
		() => `${kernel.sysctl(name)}\n`,
		writable ? 0o644 : 0o444,
		undefined,
		writable ? accept : undefined
	);
}
