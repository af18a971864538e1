/** The daemons of an inetd.conf by the names that access control knows them by. Pure. */
import { fieldsOf } from './configuration';

export interface ServedDaemon {
	/** as hosts.allow calls it: the base name of what runs */
	readonly daemon: string;
	/** as written, without an address before it */
	readonly service: string;
	/** it is started through tcpd */
	readonly wrapped: boolean;
	readonly line: number;
}

const TCPD = '/usr/sbin/tcpd';
const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export function servedDaemons(text: string): ServedDaemon[] {
	return fieldsOf(text).flatMap(({ words, line }) => {
		const [service, , , , , server, first] = words;
		if (service === undefined || server === undefined || server === 'internal') return [];
		const wrapped = server === TCPD;
		const daemon = base(wrapped ? (first ?? '') : (first ?? server));
		return daemon === '' ? [] : [{ daemon, service: service.slice(service.lastIndexOf(':') + 1), wrapped, line }];
	});
}
