/** Calls about terminals (termios(3), tty_ioctl(4)). */
import type { OpenFile } from '../open-file';
import { Errno, type CallName } from '../syscalls';
import type { Handlers } from '../kernel';
import type { Process } from './process';
import { PtyMaster } from './pty-master';
import { isTerminal, type Terminal } from './terminals';

type TerminalCall = Extract<
	CallName,
	'tcgetattr' | 'tcsetattr' | 'tcgetpgrp' | 'tcsetpgrp' | 'ttyname' | 'ptsname' | 'winsize' | 'setwinsize' | 'setctty'
>;

function terminal(process: Process, fd: number): Terminal {
	const file: OpenFile = process.file(fd);
	if (!isTerminal(file) && !(file instanceof PtyMaster)) throw new Errno('ENOTTY');
	return file.terminal;
}

export const terminalCalls: Handlers<TerminalCall> = {
	tcgetattr: (_kernel, process, fd) => ({ ...terminal(process, fd).modes }),
	tcsetattr(_kernel, process, fd, change) {
		const tty = terminal(process, fd);
		return tty.checkChange(process) ?? tty.setModes(change);
	},
	tcgetpgrp(_kernel, process, fd) {
		const tty = terminal(process, fd);
		if (process.session.terminal !== tty) throw new Errno('ENOTTY');
		return tty.foreground;
	},
	tcsetpgrp(kernel, process, fd, pgid) {
		const tty = terminal(process, fd);
		if (process.session.terminal !== tty) throw new Errno('ENOTTY');
		const wait = tty.checkChange(process);
		if (wait) return wait;
		const members = [...kernel.processes.group(pgid)];
		if (members.length === 0) throw new Errno('ESRCH');
		if (!members.some((member) => member.session === process.session)) throw new Errno('EPERM');
		tty.foreground = pgid;
	},
	ttyname(_kernel, process, fd) {
		if (!isTerminal(process.file(fd))) throw new Errno('ENOTTY');
		return terminal(process, fd).path;
	},
	ptsname(_kernel, process, fd) {
		if (!(process.file(fd) instanceof PtyMaster)) throw new Errno('ENOTTY');
		return terminal(process, fd).path;
	},
	winsize(_kernel, process, fd) {
		const { rows, columns } = terminal(process, fd);
		return { rows, columns };
	},
	setwinsize: (_kernel, process, fd, rows, columns) => terminal(process, fd).resize(rows, columns),
	setctty(_kernel, process, fd) {
		const tty = terminal(process, fd);
		const { session } = process;
		if (session.terminal === tty) return;
		if (session.id !== process.pid || session.terminal) throw new Errno('EPERM');
		if (tty.session && !(process.credentials.euid === 0)) throw new Errno('EPERM');
		tty.become(session);
	}
};
