/**
 * The list of all packages: what can be installed on a host, and what every host has. Explicit, no self-registration.
 */
import type { Package, Program } from '#kernel/syscalls';
import { adduserPackage } from './adduser/index';
import { mawk } from './awk/index';
import { bcPackage } from './bc/index';
import { bind, bindUtils, dnsutils } from './bind/index';
import { bsdMailxPackage } from './bsd-mailx/index';
import { conntrackPackage } from './conntrack/index';
import { ipsetPackage } from './ipset/index';
import { coreutils } from './coreutils/index';
import { diffutils } from './diffutils/index';
import { fetchmailPackage } from './fetchmail/index';
import { findutils } from './findutils/index';
import { cronPackage } from './cron/index';
import { dovecotCore, dovecotImapd, dovecotPop3d } from './dovecot/index';
import { fingerdPackage, fingerPackage } from './finger/index';
import { iptablesPackage } from './firewall/index';
import { ftpPackage } from './ftp/index';
import { ftpdPackage } from './ftpd/index';
import { grepPackage } from './grep/index';
import { inetdPackage } from './inetd/index';
import { hpingPackage } from './hping3/index';
import { lessPackage } from './less/index';
import { libcBin } from './libc-bin/index';
import { libwrap } from './libwrap/index';
import { cupsPackage, lprPackage, rpcbindPackage, xfsPackage, xorgPackage } from './listeners/index';
import { lsofPackage, psmisc } from './lsof/index';
import { nanoPackage } from './nano/index';
import { ncurses } from './ncurses/index';
import { netTools } from './net-tools/index';
import { netbase } from './netbase/index';
import { nmapPackage } from './nmap/index';
import { oidentdPackage } from './oidentd/index';
import { popBeforeSmtpPackage } from './pop-before-smtp/index';
import { postfix } from './postfix/index';
import { procmailPackage } from './procmail/index';
import { procps } from './procps/index';
import { loginPackage, passwdPackage } from './shadow/index';
import { shell } from './shell/index';
import { sedPackage } from './sed/index';
import { sshClientPackage, sshServerPackage } from './ssh/index';
import { swaks } from './swaks/index';
import { syslog } from './syslog/index';
import { sysvinit } from './sysvinit/index';
import { tcpdumpPackage } from './tcpdump/index';
import { gzipPackage } from './tar/index';
import { telnetdPackage } from './telnetd/index';
import { traceroutePackage } from './traceroute/index';
import { utilLinux } from './util-linux/index';
import { xinetdPackage } from './xinetd/index';

/** On every host. */
export const STANDARD: readonly Package[] = [
	sysvinit,
	syslog,
	shell,
	coreutils,
	grepPackage,
	sedPackage,
	mawk,
	bcPackage,
	gzipPackage,
	diffutils,
	findutils,
	procps,
	netTools,
	netbase,
	libcBin,
	utilLinux,
	loginPackage,
	passwdPackage,
	adduserPackage,
	nanoPackage,
	lessPackage,
	ncurses,
	tcpdumpPackage,
	nmapPackage,
	conntrackPackage,
	ipsetPackage,
	hpingPackage,
	traceroutePackage,
	iptablesPackage,
	dnsutils,
	bindUtils,
	swaks,
	sshClientPackage,
	lsofPackage,
	psmisc
];

/** All that a world file may name under `packages`. */
export const PACKAGES: readonly Package[] = [
	...STANDARD,
	postfix,
	bsdMailxPackage,
	procmailPackage,
	bind,
	libwrap,
	inetdPackage,
	xinetdPackage,
	fingerPackage,
	fingerdPackage,
	oidentdPackage,
	ftpdPackage,
	ftpPackage,
	telnetdPackage,
	dovecotCore,
	dovecotPop3d,
	dovecotImapd,
	popBeforeSmtpPackage,
	fetchmailPackage,
	sshServerPackage,
	xfsPackage,
	xorgPackage,
	rpcbindPackage,
	lprPackage,
	cupsPackage,
	cronPackage
];

/** Every program by its path, for the kernel. */
export const PROGRAMS: ReadonlyMap<string, Program> = new Map(
	PACKAGES.flatMap((item) => item.programs).map((program) => [program.path, program])
);
