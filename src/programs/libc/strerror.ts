/** The words for an error (strerror(3), glibc 2.36) and what is thrown into a program. */
import { Errno, type ErrnoCode } from '#kernel/syscalls';

const TEXT: Record<ErrnoCode, string> = {
	EPERM: 'Operation not permitted',
	ENOENT: 'No such file or directory',
	ESRCH: 'No such process',
	EINTR: 'Interrupted system call',
	EIO: 'Input/output error',
	ENXIO: 'No such device or address',
	E2BIG: 'Argument list too long',
	ENOEXEC: 'Exec format error',
	EBADF: 'Bad file descriptor',
	ECHILD: 'No child processes',
	EAGAIN: 'Resource temporarily unavailable',
	ENOMEM: 'Cannot allocate memory',
	EACCES: 'Permission denied',
	EBUSY: 'Device or resource busy',
	EEXIST: 'File exists',
	EXDEV: 'Invalid cross-device link',
	ENODEV: 'No such device',
	ENOTDIR: 'Not a directory',
	EISDIR: 'Is a directory',
	EINVAL: 'Invalid argument',
	ENFILE: 'Too many open files in system',
	EMFILE: 'Too many open files',
	ENOTTY: 'Inappropriate ioctl for device',
	ETXTBSY: 'Text file busy',
	EFBIG: 'File too large',
	ENOSPC: 'No space left on device',
	ESPIPE: 'Illegal seek',
	EROFS: 'Read-only file system',
	EMLINK: 'Too many links',
	EPIPE: 'Broken pipe',
	ERANGE: 'Numerical result out of range',
	ENAMETOOLONG: 'File name too long',
	ENOSYS: 'Function not implemented',
	ENOTEMPTY: 'Directory not empty',
	ELOOP: 'Too many levels of symbolic links',
	ENOTSOCK: 'Socket operation on non-socket',
	EDESTADDRREQ: 'Destination address required',
	EMSGSIZE: 'Message too long',
	EPROTOTYPE: 'Protocol wrong type for socket',
	ENOPROTOOPT: 'Protocol not available',
	EPROTONOSUPPORT: 'Protocol not supported',
	EOPNOTSUPP: 'Operation not supported',
	EAFNOSUPPORT: 'Address family not supported by protocol',
	EADDRINUSE: 'Address already in use',
	EADDRNOTAVAIL: 'Cannot assign requested address',
	ENETDOWN: 'Network is down',
	ENETUNREACH: 'Network is unreachable',
	ECONNABORTED: 'Software caused connection abort',
	ECONNRESET: 'Connection reset by peer',
	ENOBUFS: 'No buffer space available',
	EISCONN: 'Transport endpoint is already connected',
	ENOTCONN: 'Transport endpoint is not connected',
	ETIMEDOUT: 'Connection timed out',
	ECONNREFUSED: 'Connection refused',
	EHOSTDOWN: 'Host is down',
	EHOSTUNREACH: 'No route to host',
	EALREADY: 'Operation already in progress',
	EINPROGRESS: 'Operation now in progress',
	EDQUOT: 'Disk quota exceeded'
};

export function strerror(error: Errno | ErrnoCode): string {
	return TEXT[error instanceof Errno ? error.code : error];
}

/** For a catch clause: lets everything pass that is not a failed call (a bug of ours, the end of a killed process). */
export function errnoOf(thrown: unknown): Errno {
	if (thrown instanceof Errno) return thrown;
	throw thrown;
}
