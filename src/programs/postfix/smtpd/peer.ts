/**
 * Who the client is (smtpd_peer.c): its address, and its name when the name found for the address leads back to it.
 */
import type { Reason, SocketAddress, Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { gai_strerror, getaddrinfo, getnameinfo } from '../../libc/netdb';
import type { Daemon } from '../server';
import { validHostname } from '../trivial-rewrite';

/** How sure a name is: found, no answer for now, none, or one that leads elsewhere. */
export type NameStatus = 'ok' | 'temporary' | 'permanent' | 'forged';

export interface Peer {
	readonly address: number;
	/** "198.51.100.66" */
	readonly addressText: string;
	readonly port: number;
	/** "unknown" when not verified */
	readonly name: string;
	readonly reverseName: string;
	readonly nameStatus: NameStatus;
	readonly reverseStatus: NameStatus;
	/** "unknown[198.51.100.66]" */
	readonly nameAddress: string;
	/** how the name was found */
	readonly reasons: readonly Reason[];
}

export function* findPeer(daemon: Daemon, from: SocketAddress): Sys<Peer> {
	const address = from.family === 'inet' ? from.address : 0x7f000001;
	const port = from.family === 'inet' ? from.port : 0;
	const addressText = formatIpv4Address(address);
	const reasons: Reason[] = [];
	const peer = (name: string, reverseName: string, nameStatus: NameStatus, reverseStatus: NameStatus): Peer => ({
		address,
		addressText,
		port,
		name,
		reverseName,
		nameStatus,
		reverseStatus,
		nameAddress: `${name}[${addressText}]`,
		reasons
	});
	if (from.family !== 'inet') return peer('localhost', 'localhost', 'ok', 'ok');
	if (!daemon.config.flag('smtpd_peername_lookup')) return peer('unknown', 'unknown', 'permanent', 'permanent');
	const found = yield* getnameinfo(address, { explain: reasons });
	if (!found.ok) {
		const status = found.error === 'EAI_AGAIN' || found.error === 'EAI_SYSTEM' ? 'temporary' : 'permanent';
		return peer('unknown', 'unknown', status, status);
	}
	if (!validHostname(found.name)) return peer('unknown', 'unknown', 'permanent', 'permanent');
	const back = yield* getaddrinfo(found.name, undefined, { explain: reasons });
	if (!back.ok) {
		yield* daemon.log.warn(
			`hostname ${found.name} does not resolve to address ${addressText}: ${gai_strerror(back.error)}`
		);
		return peer('unknown', found.name, back.error === 'EAI_AGAIN' ? 'temporary' : 'forged', 'ok');
	}
	if (!back.addresses.some((one) => one.address === address)) {
		yield* daemon.log.warn(`hostname ${found.name} does not resolve to address ${addressText}`);
		return peer('unknown', found.name, 'forged', 'ok');
	}
	return peer(found.name, found.name, 'ok', 'ok');
}
