/** The package xinetd: the super-server with access control of its own, and the services that it answers itself. */
import type { Package } from '#kernel/syscalls';
import { xinetd } from './xinetd';

const CONFIGURATION = `# /etc/xinetd.conf: what holds for all services; the services themselves stand in /etc/xinetd.d/

defaults
{

# Without a log_type nothing is logged, whatever log_on_success and log_on_failure say:
# log_type = SYSLOG daemon info

}

includedir /etc/xinetd.d
`;

/** An entry of /etc/xinetd.d. */
function entry(name: string, rows: Readonly<Record<string, string>>): string {
	const lines = Object.entries(rows).map(([attribute, value]) => `\t${attribute.padEnd(15)} = ${value}\n`);
	return `service ${name}\n{\n${lines.join('')}}\n`;
}

const BUILT_IN = { chargen: 19, daytime: 13, discard: 9, echo: 7, time: 37 } as const;

function streamEntry(name: string): string {
	return entry(name, {
		disable: 'yes', type: 'INTERNAL', id: `${name}-stream`, socket_type: 'stream', protocol: 'tcp', user: 'root', wait: 'no'
	}); // prettier-ignore
}

function datagramEntry(name: string): string {
	return entry(name, {
		disable: 'yes', type: 'INTERNAL', id: `${name}-dgram`, socket_type: 'dgram', protocol: 'udp', user: 'root', wait: 'yes'
	}); // prettier-ignore
}

/** The same service once more, by its port. */
function unlistedEntry(name: string, port: number): string {
	return entry(name, {
		type: 'INTERNAL UNLISTED', id: `${name}-dgram`, socket_type: 'dgram', protocol: 'udp', user: 'root', wait: 'yes',
		disable: 'yes', port: String(port)
	}); // prettier-ignore
}

/** Services of older versions; this one does not know them. */
function adminEntry(name: string, port: number): string {
	return entry(name, {
		type: 'INTERNAL UNLISTED', port: String(port), socket_type: 'stream', protocol: 'tcp', wait: 'no', disable: 'yes',
		only_from: '127.0.0.1'
	}); // prettier-ignore
}

function file(name: string, about: string, text: string): { path: string; text: string } {
	return { path: `/etc/xinetd.d/${name}`, text: `# default: off\n# description: ${about}\n${text}` };
}

const SERVICES = [
	...Object.entries(BUILT_IN).flatMap(([name, port]) => [
		file(
			name,
			`${name}, answered by xinetd itself.`,
			`# over TCP\n${streamEntry(name)}\n# over UDP\n${datagramEntry(name)}`
		),
		file(`${name}-udp`, `${name} over UDP.`, `\n${unlistedEntry(name, port)}`)
	]),
	file('servers', 'the servers that run.', `\n${adminEntry('servers', 9099)}`),
	file('services', 'the services that are offered.', `\n${adminEntry('services', 9098)}`)
];

const DEFAULTS = `# Settings for /etc/init.d/xinetd, which reads this file.

# whether /etc/inetd.conf is read too
INETD_COMPAT=Yes

# Options of xinetd. With -stayalive it runs even when no service is offered.
XINETD_OPTS="-stayalive"
`;

const SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          xinetd inetd
# Required-Start:    $local_fs $remote_fs $network
# Required-Stop:     $local_fs $remote_fs $network
# Should-Start:      $syslog
# Should-Stop:       $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Starts or stops the xinetd daemon.
### END INIT INFO

NAME=xinetd
DAEMON=/usr/sbin/$NAME
PIDFILE=/run/$NAME.pid

test -x "$DAEMON" || exit 0
test -e /etc/default/$NAME && . /etc/default/$NAME
case "$INETD_COMPAT" in
[Yy]*)
	XINETD_OPTS="$XINETD_OPTS -inetd_compat"
	;;
esac

case "$1" in
start)
	echo "Starting internet superserver: $NAME."
	start-stop-daemon --pidfile "$PIDFILE" --start --quiet --exec "$DAEMON" -- -pidfile "$PIDFILE" $XINETD_OPTS
	;;
stop)
	echo "Stopping internet superserver: $NAME."
	start-stop-daemon --pidfile "$PIDFILE" --stop --signal QUIT --quiet --oknodo
	;;
reload)
	echo "Reloading internet superserver configuration: $NAME."
	start-stop-daemon --pidfile "$PIDFILE" --stop --signal HUP --quiet --oknodo
	;;
restart|force-reload)
	$0 stop
	sleep 1
	$0 start
	;;
status)
	start-stop-daemon --status --pidfile "$PIDFILE"
	R=$?
	if test "$R" = "0"; then
		echo "$NAME is running."
		kill -10 $(cat "$PIDFILE")
		cat /var/run/xinetd.dump
	else
		echo "$NAME is not running."
	fi
	exit $R
	;;
*)
	echo "Usage: /etc/init.d/xinetd {start|stop|reload|force-reload|restart|status}"
	exit 1
	;;
esac

exit 0
`;

export const xinetdPackage: Package = {
	name: 'xinetd',
	version: '1:2.3.15.3-1+b1',
	programs: [{ path: '/usr/sbin/xinetd', main: xinetd, size: 178_592 }],
	files: [
		{ path: '/etc/xinetd.conf', text: CONFIGURATION },
		{ path: '/etc/xinetd.d', directory: true },
		...SERVICES,
		{ path: '/etc/default/xinetd', text: DEFAULTS },
		{ path: '/etc/init.d/xinetd', text: SCRIPT, mode: 0o755 }
	]
};
