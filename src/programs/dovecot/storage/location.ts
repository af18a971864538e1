/**
 * mail_location: where a user's mailboxes lie and in which format.
 *
 *     mbox:~/mail:INBOX=/var/mail/%u      maildir:~/Maildir
 *
 * Does: expands `~` and `%` letters, finds the path of a mailbox by its name, lists, makes and removes mailboxes. Without
 *       a location the user's home tells: a Maildir there is used, else the mbox in /var/mail.
 * Not simulated: LAYOUT=, CONTROL=, INDEX= (every mailbox is as with INDEX=MEMORY), dbox, namespaces.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { access, stat } from '../../libc/unistd';
import type { MailSession } from '../login';
import { expandUser } from '../passdb';
import { Maildir } from './maildir';
import type { Mailbox } from './mailbox';
import { StorageError } from './mailbox';
import { Mbox } from './mbox';

export interface Location {
	readonly format: 'mbox' | 'maildir';
	readonly root: string;
	/** of an mbox: the file of INBOX */
	readonly inbox: string;
}

const DIRECTORY = 0o040000;

export function* exists(path: string): Sys<boolean> {
	try {
		yield* access(path, {});
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

export function* isDirectory(path: string): Sys<boolean> {
	try {
		return ((yield* stat(path)).mode & 0o170000) === DIRECTORY;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

export function* locationOf({ configuration, user }: MailSession): Sys<Location> {
	const home = expandUser(user.home, user.name);
	const written = configuration.text('mail_location');
	const text =
		written !== ''
			? written
			: (yield* isDirectory(`${home}/Maildir`))
				? 'maildir:~/Maildir'
				: 'mbox:~/mail:INBOX=/var/mail/%u';
	const expanded = expandUser(text, user.name, { h: home, s: '' });
	const [format = '', root = '', ...options] = expanded.split(':');
	const path = (name: string): string => name.replace(/^~(?=\/|$)/, home);
	if (format !== 'mbox' && format !== 'maildir')
		throw new StorageError(`Initialization failed: Namespace '': Unknown mail storage driver ${format}`);
	const inbox = options.find((option) => option.startsWith('INBOX='))?.slice('INBOX='.length);
	return { format, root: path(root), inbox: path(inbox ?? `${root}/inbox`) };
}

/** @returns the path of a mailbox; null for a name that cannot be one */
export function pathOf(location: Location, name: string): string | null {
	if (name.toUpperCase() === 'INBOX') return location.format === 'mbox' ? location.inbox : location.root;
	if (name === '' || name.startsWith('/') || name.startsWith('~') || /(^|\/)\.{0,2}(\/|$)/.test(name)) return null;
	if (location.format === 'mbox') return `${location.root}/${name}`;
	return `${location.root}/.${name}`;
}

export const mailboxAt = (location: Location, path: string): Mailbox =>
	location.format === 'mbox' ? new Mbox(path) : new Maildir(path);

/** @throws StorageError */
export function* openInbox(session: MailSession): Sys<Mailbox> {
	const location = yield* locationOf(session);
	return mailboxAt(location, pathOf(location, 'INBOX')!);
}
