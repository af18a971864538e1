/** The packages coreutils, hostname and, of debianutils, which. */
import type { Main, Package } from '#kernel/syscalls';
import { base32, base64 } from './base64';
import { cat, nl, tac } from './cat';
import { CHECKSUMS, cksum, sum } from './checksum';
import { chmod } from './chmod';
import { chgrp, chown } from './chown';
import { cp, install, mv } from './cp';
import { cut, fold, paste, tee } from './cut';
import { date } from './date';
import { df, du } from './du';
import { echo, falseMain, trueMain, yes } from './echo';
import { expand, unexpand } from './expand';
import { expr } from './expr';
import { fmt } from './fmt';
import { head } from './head';
import { comm, join } from './join';
import { link, ln, readlink, realpath } from './ln';
import { dir, ls, vdir } from './ls';
import { mkdir, mkfifo, rmdir } from './mkdir';
import { basename, dirname, mktemp, pathchk, which } from './names';
import { numfmt } from './numfmt';
import { od } from './od';
import { printf } from './printf';
import { rm, unlink } from './rm';
import { chroot, nice, nohup, timeout } from './run';
import { seq } from './seq';
import { factor, shuf, tsort } from './shuf';
import { sleep } from './sleep';
import { sort, uniq } from './sort';
import { split, truncate } from './split';
import { stat } from './stat';
import { arch, env, hostname, nproc, printenv, pwd, sync, tty, uname } from './system';
import { tail } from './tail';
import { test } from './test';
import { touch } from './touch';
import { tr } from './tr';
import { wc } from './wc';
import { groups, id, logname, whoami } from './who';

/** by name in /usr/bin */
const COMMANDS: Readonly<Record<string, Main>> = {
	'[': test,
	arch,
	basename,
	cat,
	chgrp,
	chmod,
	chown,
	cp,
	cut,
	date,
	dir,
	dirname,
	echo,
	env,
	expr,
	false: falseMain,
	fold,
	groups,
	head,
	hostname,
	id,
	install,
	link,
	ln,
	logname,
	ls,
	mkdir,
	mkfifo,
	mktemp,
	mv,
	nl,
	nproc,
	paste,
	pathchk,
	printenv,
	pwd,
	readlink,
	realpath,
	rm,
	rmdir,
	seq,
	sleep,
	sort,
	stat,
	sync,
	tac,
	tail,
	tee,
	test,
	touch,
	tr,
	true: trueMain,
	tty,
	uname,
	uniq,
	unlink,
	vdir,
	wc,
	which,
	whoami,
	yes,
	...CHECKSUMS,
	base32,
	base64,
	chroot,
	cksum,
	comm,
	df,
	du,
	numfmt,
	printf,
	expand,
	factor,
	fmt,
	join,
	nice,
	nohup,
	od,
	shuf,
	split,
	sum,
	timeout,
	truncate,
	tsort,
	unexpand
};

export const coreutils: Package = {
	name: 'coreutils',
	version: '9.1-1',
	programs: Object.entries(COMMANDS).map(([name, main]) => ({ path: `/usr/bin/${name}`, main }))
};
