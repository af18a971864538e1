/** The packages bind9 (the server) and bind9-dnsutils, bind9-host (dig, host, nslookup) of Debian 12. */
import type { Package } from '#kernel/syscalls';
import { dig } from './dig';
import { BIND_FILES } from './files';
import { host } from './host';
import { named } from './named';
import { namedCheckconf } from './named-checkconf';
import { namedCheckzone } from './named-checkzone';
import { nslookup } from './nslookup';
import { rndc } from './rndc';

const VERSION = '1:9.18.49-1~deb12u3';

export const bind: Package = {
	name: 'bind9',
	version: VERSION,
	programs: [
		{ path: '/usr/sbin/named', main: named, size: 536_968 },
		{ path: '/usr/sbin/rndc', main: rndc, size: 43_224 }
	],
	files: BIND_FILES
};

export const bindUtils: Package = {
	name: 'bind9-utils',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/named-checkzone', main: namedCheckzone, size: 39_240 },
		{ path: '/usr/bin/named-checkconf', main: namedCheckconf, size: 39_256 }
	],
	files: [
		{ path: '/usr/sbin/named-checkzone', link: '../bin/named-checkzone' },
		{ path: '/usr/sbin/named-checkconf', link: '../bin/named-checkconf' }
	]
};

export const dnsutils: Package = {
	name: 'bind9-dnsutils',
	version: VERSION,
	programs: [
		{ path: '/usr/bin/dig', main: dig, size: 158_336 },
		{ path: '/usr/bin/host', main: host, size: 117_304 },
		{ path: '/usr/bin/nslookup', main: nslookup, size: 121_400 }
	]
};
