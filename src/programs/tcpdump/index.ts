/** tcpdump 4.99.3. */
import type { Package } from '#kernel/syscalls';
import { tcpdump } from './tcpdump';

export const tcpdumpPackage: Package = {
	name: 'tcpdump',
	version: '4.99.3-1',
	programs: [{ path: '/usr/bin/tcpdump', main: tcpdump, size: 1_261_512 }]
};
