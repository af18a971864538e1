/** Words of IMAP for flags and dates. */
import { breakDown, strftime } from '../../libc/strftime';
import { FLAGS, type Flag } from '../storage/mailbox';

/** \Recent stands behind the system's flags, before keywords. */
export function flagList({ flags, recent }: { flags: ReadonlySet<Flag>; recent: boolean }): string {
	const system = FLAGS.filter((flag) => flags.has(flag));
	const keywords = [...flags].filter((flag) => !flag.startsWith('\\'));
	return [...system, ...(recent ? ['\\Recent'] : []), ...keywords].join(' ');
}

export function internalDate(received: number): string {
	return strftime('%d-%b-%Y %H:%M:%S +0000', breakDown(received));
}
