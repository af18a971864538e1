/**
 * The five places in the IP layer where netfilter may look at a packet, and what travels beside a packet inside a host.
 *
 * Does: names the door through which `kernel/host` plugs netfilter in. `net/ip.ts` calls it, nobody else.
 * Trusts: `run` to answer at once; a hook that keeps a packet back (reassembly) says so and later gives the whole.
 */
import type { Lost } from '#netfilter/netfilter';
import type { HookName } from '#netfilter/rule';
import type { Frame, Ipv4Packet } from '#wire/packet';

/** What the host knows about a packet beside its bytes (the kernel's sk_buff); dies when the packet leaves the host. */
export interface PacketContext {
	/** the firewall mark (MARK target, SO_MARK) */
	mark: number;
	/** the frame that it came in; null for a packet made here */
	readonly frame: Frame | null;
	/** effective user id of the socket that sent it, -1 for none */
	readonly uid: number;
	readonly gid: number;
	/** the same number at all hooks that it meets on this host; 0 before the first */
	journey: number;
	/** netfilter's own note: connection, NFLOG state … */
	tracking: unknown;
	/** payload lengths of the pieces of a packet that was put together on its way through: it is sent on like that */
	pieces?: readonly number[];
}

export interface Hooks {
	/**
	 * @param incoming name of the interface it came in by, null for a packet made here
	 * @param outgoing name of the interface it will leave by, null where that is not decided
	 * @returns the packet, perhaps changed, or why it does not go on
	 */
	run(
		hook: HookName,
		packet: Ipv4Packet,
		incoming: string | null,
		outgoing: string | null,
		context: PacketContext
	): Ipv4Packet | Lost;
	/** what an answer to that packet (an ICMP error) has for `tracking`: it belongs to the same connection */
	answerTo(context: PacketContext): unknown;
}

/** Without netfilter everything passes. */
export const acceptAll: Hooks = { run: (_hook, packet) => packet, answerTo: () => null };
