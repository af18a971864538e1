/** The classic network commands: net-tools, iproute2, iputils and the telnet client, as one package. */
import type { Package } from '#kernel/syscalls';
import { arp, ifconfig } from './ifconfig';
import { ip } from './ip';
import { nc } from './nc';
import { netstat } from './netstat';
import { ping } from './ping';
import { route } from './route';
import { ss } from './ss';
import { telnet } from './telnet';

const SETUID = 0o4755;

export const netTools: Package = {
	name: 'net-tools',
	version: '2.10-0.1+deb12u2',
	programs: [
		{ path: '/usr/bin/ping', main: ping, mode: SETUID, size: 90_568 },
		{ path: '/usr/bin/ip', main: ip, size: 675_000 },
		{ path: '/usr/bin/netstat', main: netstat, size: 154_464 },
		{ path: '/usr/bin/telnet', main: telnet, size: 159_800 },
		{ path: '/usr/bin/nc.openbsd', main: nc, size: 43_744 },
		{ path: '/usr/bin/ss', main: ss, size: 141_368 },
		{ path: '/usr/sbin/ifconfig', main: ifconfig, size: 79_744 },
		{ path: '/usr/sbin/route', main: route, size: 66_968 },
		{ path: '/usr/sbin/arp', main: arp, size: 66_792 }
	],
	files: [
		{ path: '/etc/iproute2/rt_realms', text: '#\n# reserved values\n#\n0\tcosmos\n' },
		{ path: '/etc/iproute2/group', text: '# device group names\n0\tdefault\n' },
		{ path: '/usr/bin/nc', link: 'nc.openbsd' },
		{ path: '/usr/bin/netcat', link: 'nc.openbsd' },
		{ path: '/usr/sbin/ip', link: '../bin/ip' },
		{ path: '/usr/bin/ping4', link: 'ping' }
	]
};
