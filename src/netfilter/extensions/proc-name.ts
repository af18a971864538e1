/** A name under which a match shows itself in /proc: what the kernel takes (xt_check_proc_name). */
export function isProcName(name: string): boolean {
	return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

/** Jiffies since boot as the kernel counts them: 250 a second, begun five minutes before they overflow 32 bits. */
export const HZ = 250;
const FIRST_JIFFY = 4294967296 - 300 * HZ;

/** @param uptime microseconds since boot */
export function jiffies(uptime: number): number {
	return FIRST_JIFFY + Math.floor((uptime * HZ) / 1e6);
}
