/** The daemons and queue commands, at Debian's paths. */
import type { Program } from '#kernel/syscalls';
import { anvil } from './anvil';
import { bounce } from './bounce';
import { cleanup } from './cleanup';
import { discard, error } from './error';
import { local } from './local';
import { master } from './master';
import { pickup } from './pickup';
import { pipe } from './pipe';
import { postdrop } from './postdrop';
import { postqueue } from './postqueue';
import { qmgr } from './qmgr';
import { sendmail } from './sendmail';
import { showq } from './showq';
import { smtp } from './smtp';
import { smtpd } from './smtpd';
import { trivialRewrite } from './trivial-rewrite';
import { virtual } from './virtual';
import { flush } from './flush';
import { postsuper } from './postsuper';
import { postcat } from './postcat';
import { postkick } from './postkick';
import { postlock } from './postlock';
import { proxymap, scache, tlsmgr } from './minor';
import { verify } from './verify';

const LIB = '/usr/lib/postfix/sbin';

export const DAEMONS: readonly Program[] = [
	{ path: `${LIB}/master`, main: master, size: 51_664 },
	{ path: `${LIB}/smtpd`, main: smtpd, size: 121_640 },
	{ path: `${LIB}/cleanup`, main: cleanup, size: 97_080 },
	{ path: `${LIB}/trivial-rewrite`, main: trivialRewrite, size: 39_344 },
	{ path: `${LIB}/qmgr`, main: qmgr, size: 76_304 },
	{ path: `${LIB}/pickup`, main: pickup, size: 22_840 },
	{ path: `${LIB}/local`, main: local, size: 76_656 },
	{ path: `${LIB}/virtual`, main: virtual, size: 31_128 },
	{ path: `${LIB}/smtp`, main: smtp, size: 130_416 },
	{ path: `${LIB}/lmtp`, main: smtp, size: 130_416 },
	{ path: `${LIB}/pipe`, main: pipe, size: 35_224 },
	{ path: `${LIB}/error`, main: error, size: 14_648 },
	{ path: `${LIB}/discard`, main: discard, size: 14_648 },
	{ path: `${LIB}/bounce`, main: bounce, size: 51_584 },
	{ path: `${LIB}/showq`, main: showq, size: 22_840 },
	{ path: `${LIB}/flush`, main: flush, size: 27_032 },
	{ path: `${LIB}/anvil`, main: anvil, size: 22_840 },
	{ path: `${LIB}/scache`, main: scache, size: 22_840 },
	{ path: `${LIB}/tlsmgr`, main: tlsmgr, size: 22_840 },
	{ path: `${LIB}/verify`, main: verify, size: 22_840 },
	{ path: `${LIB}/proxymap`, main: proxymap, size: 22_840 },
	{ path: '/usr/sbin/sendmail', main: sendmail, size: 31_112 },
	{ path: '/usr/bin/mailq', main: sendmail, size: 31_112 },
	{ path: '/usr/sbin/postqueue', main: postqueue, mode: 0o2755, group: 'postdrop', size: 22_840 },
	{ path: '/usr/sbin/postdrop', main: postdrop, mode: 0o2755, group: 'postdrop', size: 18_744 },
	{ path: '/usr/sbin/postsuper', main: postsuper, size: 27_032 },
	{ path: '/usr/sbin/postcat', main: postcat, size: 18_744 },
	{ path: '/usr/sbin/postkick', main: postkick, size: 14_648 },
	{ path: '/usr/sbin/postlock', main: postlock, size: 14_656 }
];
