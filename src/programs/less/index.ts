/** The pager less 590; `pager` is what programs call that want one. */
import type { Package } from '#kernel/syscalls';
import { less } from './less';

export const lessPackage: Package = {
	name: 'less',
	version: '590-2.1~deb12u2',
	programs: [{ path: '/usr/bin/less', main: less, size: 199_208 }],
	files: [{ path: '/usr/bin/pager', link: 'less' }]
};
