/**
 * Port numbers of one protocol: who holds which, who may take one.
 *
 * Does: the rules of bind(2) (EACCES below 1024, EADDRINUSE with the exceptions of SO_REUSEADDR) and the choice of
 *       ephemeral ports.
 * Reads: ip_local_port_range, ip_unprivileged_port_start.
 * Not simulated: SO_REUSEPORT, SO_BINDTODEVICE.
 */
import type { Random } from '#engine/random';
import type { Ipv4Address } from '#wire/packet';
import { Errno } from '../syscalls';
import type { Settings } from './settings';

/** A holder of a port: a socket, or a connection that outlives its socket. */
export interface PortHolder {
	/** 0: any address */
	readonly localAddress: Ipv4Address;
	readonly reuse: boolean;
	readonly listening: boolean;
}

export class PortTable {
	readonly #settings: Settings;
	readonly #random: Random;
	/** SO_REUSEADDR does not help against one that listens (TCP), but does for datagrams */
	readonly #listenersExclude: boolean;
	#holders = new Map<number, Set<PortHolder>>();

	constructor(settings: Settings, random: Random, listenersExclude: boolean) {
		this.#settings = settings;
		this.#random = random;
		this.#listenersExclude = listenersExclude;
	}

	free(port: number): boolean {
		return !this.#holders.has(port);
	}

	/** @throws Errno EACCES for a privileged port without euid 0 */
	checkPrivilege(port: number, euid: number): void {
		if (port !== 0 && euid !== 0 && port < this.#settings.number('net.ipv4.ip_unprivileged_port_start'))
			throw new Errno('EACCES');
	}

	/** Whether `newcomer` may hold the port beside those who do. */
	conflicts(port: number, newcomer: PortHolder): boolean {
		for (const holder of this.#holders.get(port) ?? [])
			if (holder !== newcomer && this.#exclude(holder, newcomer)) return true;
		return false;
	}

	#exclude(holder: PortHolder, newcomer: PortHolder): boolean {
		const overlap =
			holder.localAddress === 0 || newcomer.localAddress === 0 || holder.localAddress === newcomer.localAddress;
		if (!overlap) return false;
		return !(holder.reuse && newcomer.reuse) || (this.#listenersExclude && holder.listening);
	}

	add(port: number, holder: PortHolder): void {
		const there = this.#holders.get(port);
		if (there) there.add(holder);
		else this.#holders.set(port, new Set([holder]));
	}

	remove(port: number, holder: PortHolder): void {
		const there = this.#holders.get(port);
		if (there?.delete(holder) && there.size === 0) this.#holders.delete(port);
	}

	clear(): void {
		this.#holders.clear();
	}

	/**
	 * An unused port of the local range.
	 * @param free asked for each candidate
	 * @throws Errno `exhausted` when there is none
	 */
	ephemeral(free: (port: number) => boolean, exhausted: 'EAGAIN' | 'EADDRINUSE' | 'EADDRNOTAVAIL'): number {
		const range = this.#settings.get('net.ipv4.ip_local_port_range').split('\t').map(Number);
		const low = range[0]!;
		const count = Math.max(1, range[1]! - low + 1);
		const start = this.#random.between(0, count - 1);
		for (let i = 0; i < count; i++) {
			const port = low + ((start + i) % count);
			if (free(port)) return port;
		}
		throw new Errno(exhausted);
	}
}
