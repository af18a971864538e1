import { describe, expect, it } from 'vitest';
import { print } from '#programs/libc/stdio';
import {
	access,
	chdir,
	chmod,
	chown,
	close,
	getcwd,
	link,
	lstat,
	lseek,
	mkdir,
	open,
	read,
	readdir,
	readlink,
	realpath,
	rename,
	rmdir,
	setuid,
	stat,
	symlink,
	truncate,
	umask,
	unlink,
	utimes,
	write
} from '#programs/libc/unistd';
import { machine, outcome, run } from '../fixture';
import type { Host } from '../host';
import { O, UTIME, type Sys } from '../syscalls';
import { decode, encode } from '../text';

const MICHAEL = { uid: 1000, gid: 1000, groups: [1000, 50] };
const ROOT = { uid: 0, gid: 0 };

/** The tree that the cases below start from; anna is 1001, group staff 50. */
function tree(host: Host): void {
	const { disk } = host;
	const anna = { uid: 1001, gid: 1001 };
	disk.mkdir('/home/anna', { ...anna, mode: 0o755 });
	disk.mkdir('/home/michael', { uid: 1000, gid: 1000 });
	disk.writeFile('/home/anna/pub', 'pub\n', { ...anna, mode: 0o644 });
	disk.writeFile('/home/anna/priv', 'priv\n', { ...anna, mode: 0o600 });
	disk.writeFile('/home/anna/staff', 'staff\n', { uid: 1001, gid: 50, mode: 0o660 });
	disk.mkdir('/home/anna/xonly', { ...anna, mode: 0o711 });
	disk.writeFile('/home/anna/xonly/known', 'k\n', anna);
	disk.mkdir('/home/anna/ronly', { ...anna, mode: 0o744 });
	disk.writeFile('/home/anna/ronly/f', 'f\n', anna);
	disk.mkdir('/home/anna/drop', { ...anna, mode: 0o733 });
	disk.writeFile('/home/anna/drop/mine', 'm\n', anna);
	disk.writeFile('/tmp/annas', 'a\n', { ...anna, mode: 0o666 });
	disk.writeFile('/tmp/mine', 'm\n', { uid: 1000, gid: 1000 });
	disk.mkdir('/srv/share', { uid: 0, gid: 50, mode: 0o2775 });
	disk.writeFile('/home/michael/none', '0\n', { uid: 1000, gid: 1000, mode: 0o077 });
	disk.writeFile('/home/michael/f', 'f\n', { uid: 1000, gid: 1000 });
	disk.mkdir('/home/michael/d', { uid: 1000, gid: 1000 });
	disk.mkdir('/home/michael/full/sub', { uid: 1000, gid: 1000 });
	disk.chown('/home/michael/full', 1000, 1000);
	disk.writeFile('/root/secret', 's', { mode: 0o600 });
	disk.chmod('/root', 0o700);
	disk.symlink('loop2', '/tmp/loop1');
	disk.symlink('loop1', '/tmp/loop2');
	disk.symlink('nowhere', '/tmp/dangling');
	disk.symlink('/home/michael/d', '/tmp/tod');
	disk.symlink('/home/michael/f', '/tmp/tof');
	disk.mkdir('/ro/local');
	disk.mkdir('/ro/open', { mode: 0o777 });
	disk.writeFile('/ro/file', 'r', { mode: 0o666 });
	host.setReadOnly('/ro', ['/ro/local']);
	disk.chmod('/ro/local', 0o777);
}

function attempt(call: () => Sys<unknown>, user = MICHAEL): string {
	const host = machine({
		*main() {
			yield* chdir('/home/michael');
			const got = yield* outcome(call());
			yield* print(
				typeof got === 'string' ? got : got === undefined ? 'ok' : typeof got === 'number' ? 'ok' : JSON.stringify(got)
			);
			return 0;
		}
	});
	tree(host);
	return run(host, 'main', { user }).out;
}

type Case = [call: string, make: () => Sys<unknown>, asMichael: string, asRoot?: string];

const w = O.WRONLY;
const PERMISSIONS: Case[] = [
	['open pub r', () => open('/home/anna/pub', O.RDONLY), 'ok'],
	['open pub w', () => open('/home/anna/pub', w), 'EACCES', 'ok'],
	['open priv r', () => open('/home/anna/priv', O.RDONLY), 'EACCES', 'ok'],
	['open staff rw', () => open('/home/anna/staff', O.RDWR), 'ok'],
	['open of the owner without bits', () => open('none', O.RDONLY), 'EACCES', 'ok'],
	['search without read', () => open('/home/anna/xonly/known', O.RDONLY), 'ok'],
	['list without read', () => readdir('/home/anna/xonly'), 'EACCES'],
	['read without search', () => open('/home/anna/ronly/f', O.RDONLY), 'EACCES', 'ok'],
	['stat without search', () => stat('/home/anna/ronly/f'), 'EACCES'],
	['create in a drop box', () => open('/home/anna/drop/new', w | O.CREAT, 0o644), 'ok'],
	['delete in a drop box', () => unlink('/home/anna/drop/mine'), 'ok'],
	['delete in a closed directory', () => unlink('/home/anna/pub'), 'EACCES', 'ok'],
	['delete in a sticky directory', () => unlink('/tmp/annas'), 'EPERM', 'ok'],
	['delete one’s own there', () => unlink('/tmp/mine'), 'ok'],
	['rename another’s there', () => rename('/tmp/annas', '/tmp/x'), 'EPERM', 'ok'],
	['replace another’s there', () => rename('/tmp/mine', '/tmp/annas'), 'EPERM', 'ok'],
	['chmod of another’s', () => chmod('/home/anna/pub', 0o600), 'EPERM', 'ok'],
	['chmod where one may not look', () => chmod('/root/secret', 0o600), 'EACCES', 'ok'],
	['chown to another', () => chown('f', 1001, -1), 'EPERM', 'ok'],
	['chown to oneself', () => chown('f', 1000, -1), 'ok'],
	['chgrp to a group of one’s own', () => chown('f', -1, 50), 'ok'],
	['chgrp to a strange group', () => chown('f', -1, 4), 'EPERM', 'ok'],
	['utimes of another’s', () => utimes('/home/anna/pub', 0, 0), 'EPERM', 'ok'],
	['touch what one may write', () => utimes('/home/anna/staff', UTIME.NOW, UTIME.NOW), 'ok'],
	['touch what one may only read', () => utimes('/home/anna/pub', UTIME.NOW, UTIME.NOW), 'EACCES', 'ok'],
	['hard link to another’s file', () => link('/home/anna/pub', 'l'), 'EPERM', 'ok'],
	['hard link to another’s file that one may write', () => link('/home/anna/staff', 'l'), 'ok'],
	['hard link to a directory', () => link('d', 'l'), 'EPERM', 'EPERM'],
	['chdir without search', () => chdir('/home/anna/ronly'), 'EACCES', 'ok'],
	['mkdir in root', () => mkdir('/x', 0o755), 'EACCES', 'ok'],
	['access asks for the user', () => access('/home/anna/priv', { read: true }), 'EACCES', 'ok'],
	['access x for root needs one bit', () => access('/home/anna/priv', { execute: true }), 'EACCES', 'EACCES'],
	['truncate what one may not write', () => truncate('/home/anna/pub', 0), 'EACCES', 'ok']
];

const PATHS: Case[] = [
	['empty', () => stat(''), 'ENOENT'],
	['through a file', () => stat('f/x'), 'ENOTDIR'],
	['a slash after a file', () => stat('f/'), 'ENOTDIR'],
	['a slash after nothing', () => stat('nothing/'), 'ENOENT'],
	['a loop', () => stat('/tmp/loop1'), 'ELOOP'],
	['a loop, opened', () => open('/tmp/loop1', O.RDONLY), 'ELOOP'],
	['into nowhere', () => stat('/tmp/dangling'), 'ENOENT'],
	['O_NOFOLLOW', () => open('/tmp/tof', O.RDONLY | O.NOFOLLOW), 'ELOOP'],
	['O_DIRECTORY', () => open('f', O.DIRECTORY), 'ENOTDIR'],
	['O_EXCL of what is there', () => open('f', w | O.CREAT | O.EXCL, 0o644), 'EEXIST'],
	['O_EXCL of a link into nowhere', () => open('/tmp/dangling', w | O.CREAT | O.EXCL, 0o644), 'EEXIST'],
	['O_CREAT through a link into nowhere', () => open('/tmp/dangling', w | O.CREAT, 0o644), 'ok'],
	['O_CREAT with a slash', () => open('new/', w | O.CREAT, 0o644), 'EISDIR'],
	['write a directory', () => open('d', w), 'EISDIR'],
	['O_CREAT of a directory', () => open('d', O.RDONLY | O.CREAT, 0o644), 'EISDIR'],
	['a long name', () => stat('x'.repeat(256)), 'ENAMETOOLONG'],
	['a name of 255 bytes', () => stat('x'.repeat(255)), 'ENOENT'],
	['a long path', () => stat('/x'.repeat(2048)), 'ENAMETOOLONG'],
	['.. of the root', () => stat('/../../tmp/../home/michael/f/../f'), 'ENOTDIR'],
	['unlink a directory', () => unlink('d'), 'EISDIR'],
	['unlink through a slash', () => unlink('f/'), 'ENOTDIR'],
	['unlink .', () => unlink('.'), 'EISDIR'],
	['rmdir a file', () => rmdir('f'), 'ENOTDIR'],
	['rmdir what is not empty', () => rmdir('full'), 'ENOTEMPTY'],
	['rmdir .', () => rmdir('.'), 'EINVAL'],
	['rmdir ..', () => rmdir('full/sub/..'), 'ENOTEMPTY'],
	['rmdir a link', () => rmdir('/tmp/tod'), 'EPERM', 'ENOTDIR'],
	['mkdir of what is there', () => mkdir('f', 0o755), 'EEXIST'],
	['mkdir with a slash', () => mkdir('new/', 0o755), 'ok'],
	['mkdir of a link into nowhere', () => mkdir('/tmp/dangling', 0o755), 'EEXIST'],
	['readlink of a file', () => readlink('f'), 'EINVAL'],
	['symlink to nothing', () => symlink('', 'l'), 'ENOENT'],
	['rename to itself', () => rename('f', './f'), 'ok'],
	['rename a file over a directory', () => rename('f', 'd'), 'EISDIR'],
	['rename a directory over a file', () => rename('d', 'f'), 'ENOTDIR'],
	['rename over a full directory', () => rename('d', 'full'), 'ENOTEMPTY'],
	['rename over an empty directory', () => rename('full', 'd'), 'ok'],
	['rename into itself', () => rename('full', 'full/sub/x'), 'EINVAL'],
	['rename a parent away', () => rename('full/sub', 'full'), 'ENOTEMPTY'],
	['rename .', () => rename('.', 'x'), 'EBUSY'],
	['rename nothing', () => rename('nothing', 'x'), 'ENOENT'],
	['rename to a name with a slash', () => rename('f', 'g/'), 'ENOTDIR'],
	['write to a read-only tree', () => open('/ro/file', w), 'EROFS', 'EROFS'],
	['read from it', () => open('/ro/file', O.RDONLY), 'ok'],
	['create in it', () => open('/ro/open/x', w | O.CREAT, 0o644), 'EROFS', 'EROFS'],
	['remove from it', () => unlink('/ro/file'), 'EROFS', 'EROFS'],
	['chmod in it', () => chmod('/ro/file', 0o600), 'EROFS', 'EROFS'],
	['its exception', () => mkdir('/ro/local/x', 0o755), 'ok'],
	['rename out of the exception', () => rename('/ro/local', '/tmp/l'), 'EXDEV', 'EXDEV'],
	['link across mounts', () => link('f', '/ro/local/f'), 'EXDEV', 'EXDEV'],
	['a file in /proc', () => open('/proc/new', w | O.CREAT, 0o644), 'ENOENT', 'ENOENT'],
	['a mount point', () => rmdir('/proc'), 'EACCES', 'EBUSY']
];

/* both tables were compared with Linux 6.18 on ext4, row by row */

describe('permissions', () => {
	it.each(PERMISSIONS)('%s', (_call, make, asMichael, asRoot) => {
		expect(attempt(make)).toMatch(asMichael === 'ok' ? /^(ok|\W)/ : new RegExp(`^${asMichael}$`));
		if (asRoot !== undefined) expect(attempt(make, ROOT as typeof MICHAEL)).toBe(asRoot);
	});
});

describe('paths', () => {
	it.each(PATHS)('%s', (_call, make, asMichael, asRoot) => {
		expect(attempt(make)).toBe(asMichael);
		if (asRoot !== undefined) expect(attempt(make, ROOT as typeof MICHAEL)).toBe(asRoot);
	});
});

/** What a program of michael's prints on the tree. */
function play(main: () => Sys<void>, user = MICHAEL): string {
	const host = machine({
		*main() {
			yield* chdir('/home/michael');
			yield* main();
			return 0;
		}
	});
	tree(host);
	return run(host, 'main', { user }).out;
}

const mode = function* (path: string): Sys<string> {
	const found = yield* lstat(path);
	return `${(found.mode & 0o7777).toString(8)} ${found.uid}:${found.gid}`;
};

describe('ownership and modes', () => {
	it('the umask takes bits away, a set-group-ID directory gives its group on', () => {
		const out = play(function* () {
			yield* umask(0o027);
			yield* close(yield* open('/srv/share/f', w | O.CREAT, 0o666));
			yield* mkdir('/srv/share/d', 0o777);
			yield* print(`${yield* mode('/srv/share/f')} ${yield* mode('/srv/share/d')}`);
		});
		expect(out).toBe('640 1000:50 2750 1000:50');
	});

	it('chown and writing take the set-user-ID bit away', () => {
		const out = play(function* () {
			yield* chmod('f', 0o6755);
			yield* print(`${yield* mode('f')} `);
			const fd = yield* open('f', w);
			yield* write(fd, encode('x'));
			yield* print(`${yield* mode('f')} `);
			yield* chmod('f', 0o4755);
			yield* chown('f', -1, 50);
			yield* print(yield* mode('f'));
		});
		expect(out).toBe('6755 1000:1000 755 1000:1000 755 1000:50');
	});

	it('chmod by one who is not in the group drops set-group-ID', () => {
		const host = machine({
			*main() {
				yield* chmod('/tmp/g', 0o2755);
				yield* print(yield* mode('/tmp/g'));
				return 0;
			}
		});
		host.disk.writeFile('/tmp/g', '', { uid: 1000, gid: 4 });
		expect(run(host, 'main', { user: MICHAEL }).out).toBe('755 1000:4');
	});

	it('what root gave up stays given up', () => {
		const out = play(
			function* () {
				yield* setuid(1000);
				yield* print(`${yield* outcome(setuid(0))} ${yield* outcome(open('/root/secret', O.RDONLY))}`);
			},
			ROOT as typeof MICHAEL
		);
		expect(out).toBe('EPERM EACCES');
	});
});

describe('files', () => {
	it('live on while they are open', () => {
		const out = play(function* () {
			const fd = yield* open('f', O.RDWR);
			yield* unlink('f');
			yield* write(fd, encode('gone'));
			yield* lseek(fd, 0, 'set');
			yield* print(
				`${decode(yield* read(fd, 10))} ${yield* outcome(stat('f'))} ${yield* readlink(`/proc/self/fd/${fd}`)}`
			);
		});
		expect(out).toBe('gone ENOENT /home/michael/f (deleted)');
	});

	it('have several names', () => {
		const out = play(function* () {
			yield* link('f', 'g');
			const before = yield* stat('f');
			yield* unlink('f');
			const after = yield* stat('g');
			yield* print(`${before.links} ${after.links} ${before.inode === after.inode}`);
		});
		expect(out).toBe('2 1 true');
	});

	it('append, seek and leave holes', () => {
		const out = play(function* () {
			const fd = yield* open('new', O.RDWR | O.CREAT | O.APPEND, 0o644);
			yield* write(fd, encode('ab'));
			yield* lseek(fd, 0, 'set');
			yield* write(fd, encode('cd'));
			const other = yield* open('new', O.RDWR);
			yield* lseek(other, 6, 'set');
			yield* write(other, encode('x'));
			yield* lseek(other, 0, 'set');
			yield* print(JSON.stringify(decode(yield* read(other, 100))));
		});
		expect(out).toBe('"abcd\\u0000\\u0000x"');
	});

	it('have sizes and blocks as ext4 has', () => {
		const out = play(function* () {
			yield* symlink('x'.repeat(59), 'short');
			yield* symlink('x'.repeat(60), 'long');
			yield* truncate('f', 4097);
			for (const path of ['f', 'd', 'short', 'long']) {
				const { size, blocks } = yield* lstat(path);
				yield* print(`${size}/${blocks} `);
			}
		});
		expect(out).toBe('4097/8 4096/8 59/0 60/8 ');
	});

	it('have a directory that one may stand in after it is gone', () => {
		const out = play(function* () {
			yield* chdir('d');
			yield* rmdir('../d');
			yield* print(`${yield* outcome(getcwd())} ${yield* outcome(open('x', w | O.CREAT, 0o644))} `);
			yield* chdir('..');
			yield* print(yield* getcwd());
		});
		expect(out).toBe('ENOENT ENOENT /home/michael');
	});

	it('have one real path', () => {
		const out = play(function* () {
			yield* symlink('../michael/./tofile', 'l');
			yield* symlink('/tmp/tof', 'tofile');
			yield* print(`${yield* realpath('l')} ${yield* realpath('/tmp/tod/..')} ${yield* realpath('/')}`);
		});
		expect(out).toBe('/home/michael/f /home/michael /');
	});
});
