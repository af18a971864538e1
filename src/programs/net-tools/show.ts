/** How the net-tools write addresses: numbers with -n, names of hosts, networks and services without. */
import type { LinkInfo, SocketAddress, Sys } from '#kernel/syscalls';
import { formatIpv4Address, maskOf } from '#wire/address';
import { getnameinfo, getservbyport } from '../libc/netdb';
import { print } from '../libc/stdio';
import { links } from '../libc/unistd';

export function netmask(prefix: number): string {
	return formatIpv4Address(maskOf(prefix));
}

/** `Naming` remembers what was looked up, as one run of netstat asks for the same names again and again. */
export class Naming {
	#hosts = new Map<number, string>();

	constructor(readonly numeric: boolean) {}

	*host(address: number): Sys<string> {
		if (this.numeric) return formatIpv4Address(address);
		const known = this.#hosts.get(address);
		if (known !== undefined) return known;
		const found = yield* getnameinfo(address);
		const name = found.ok ? found.name : formatIpv4Address(address);
		this.#hosts.set(address, name);
		return name;
	}

	*port(port: number, protocol: string): Sys<string> {
		if (port === 0) return '*';
		if (this.numeric) return String(port);
		return (yield* getservbyport(port, protocol))?.name ?? String(port);
	}

	*endpoint(address: SocketAddress | undefined, protocol: string): Sys<string> {
		if (address?.family !== 'inet') return '0.0.0.0:*';
		const host = address.address === 0 ? '0.0.0.0' : yield* this.host(address.address);
		return `${host}:${yield* this.port(address.port, protocol)}`;
	}
}

/** "2305 (2.2 KiB)" as ifconfig writes it */
export function byteCount(bytes: number): string {
	const units = ['B', 'KiB', 'MiB', 'GiB'];
	let value = bytes;
	let unit = 0;
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	return `${bytes} (${(Math.floor(value * 10) / 10).toFixed(1)} ${units[unit]})`;
}

/** Loopback comes first in `ip`, by index. */
export function byIndex(links: readonly LinkInfo[]): LinkInfo[] {
	return [...links].sort((a, b) => a.index - b.index);
}

/** The counters as `netstat -i` and `ifconfig -s` list them; only the first says what the table is. */
export function* printInterfaces(withTitle: boolean): Sys<void> {
	let text = `${withTitle ? 'Kernel Interface table\n' : ''}${withTitle ? 'Iface             MTU' : 'Iface      MTU'}    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n`;
	for (const card of [...(yield* links())]
		.filter((row) => row.up)
		.sort((a, b) => Number(a.loopback) - Number(b.loopback))) {
		const { rxPackets, rxDropped, txPackets } = card.statistics;
		const cell = (value: number, width: number): string => String(value).padStart(width);
		text += `${card.name.padEnd(15)} ${cell(card.mtu, 5)} ${cell(rxPackets, 8)} ${cell(0, 6)} ${cell(rxDropped, 6)} ${'0'.padEnd(6)} ${cell(txPackets, 8)} ${cell(0, 6)} ${cell(0, 6)} ${cell(0, 6)} ${card.loopback ? 'LRU' : 'BMRU'}\n`;
	}
	yield* print(text);
}
