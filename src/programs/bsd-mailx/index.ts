/** The package bsd-mailx 8.1.2 of Debian 12: mail(1) by all its names. */
import type { Package } from '#kernel/syscalls';
import { HELP, TILDE_HELP } from './help';
import { mailx } from './mailx';

export const bsdMailxPackage: Package = {
	name: 'bsd-mailx',
	version: '8.1.2-0.20220412cvs-1',
	programs: [{ path: '/usr/bin/bsd-mailx', main: mailx, size: 112_968 }],
	files: [
		{ path: '/usr/bin/mail', link: 'bsd-mailx' },
		{ path: '/usr/bin/mailx', link: 'bsd-mailx' },
		{
			path: '/etc/mail.rc',
			text: 'set ask askcc append dot save crt\nignore Received Message-Id Resent-Message-Id Status Mail-From Return-Path Via Delivered-To\n'
		},
		{ path: '/usr/share/bsd-mailx/mail.help', text: HELP },
		{ path: '/usr/share/bsd-mailx/mail.tildehelp', text: TILDE_HELP }
	]
};
