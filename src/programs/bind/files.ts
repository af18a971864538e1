/** What the package bind9 brings: its configuration and the script that starts it (Debian 12). */
import type { PackageFile } from '#kernel/syscalls';

const NAMED_CONF = `// This is the primary configuration file for the BIND DNS server named.
//
// Please read /usr/share/doc/bind9/README.Debian for information on the
// structure of BIND configuration files in Debian, *BEFORE* you customize
// this configuration file.
//
// If you are just adding zones, please do that in /etc/bind/named.conf.local

include "/etc/bind/named.conf.options";
include "/etc/bind/named.conf.local";
include "/etc/bind/named.conf.default-zones";
`;

const OPTIONS = `options {
	directory "/var/cache/bind";

	dnssec-validation no;

	listen-on-v6 { none; };
};
`;

const LOCAL = `//
// Do any local configuration here
//

// Consider adding the 1918 zones here, if they are not used in your
// organization
//include "/etc/bind/zones.rfc1918";
`;

const DEFAULT_ZONES = `// prime the server with knowledge of the root servers
zone "." {
	type hint;
	file "/usr/share/dns/root.hints";
};

// be authoritative for the localhost forward and reverse zones, and for
// broadcast zones as per RFC 1912

zone "localhost" {
	type master;
	file "/etc/bind/db.local";
};

zone "127.in-addr.arpa" {
	type master;
	file "/etc/bind/db.127";
};
`;

function localZone(comment: string, records: string): string {
	return `;
; BIND ${comment}
;
$TTL	604800
@	IN	SOA	localhost. root.localhost. (
			      2		; Serial
			 604800		; Refresh
			  86400		; Retry
			2419200		; Expire
			 604800 )	; Negative Cache TTL
;
@	IN	NS	localhost.
${records}`;
}

const INIT_SCRIPT = `#!/bin/sh

### BEGIN INIT INFO
# Provides:          bind bind9
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Should-Start:      $network $syslog
# Should-Stop:       $network $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Start and stop BIND 9 Domain Name Server
# Description:       BIND 9 is a Domain Name Server (DNS)
#        which translates ip addresses to and from internet names
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
PIDFILE=/run/named/named.pid

running() {
    test -f $PIDFILE && kill -0 "$(cat $PIDFILE)" 2>/dev/null
}

case "$1" in
    start)
	echo "Starting domain name service...: named."
	running || /usr/sbin/named
	;;
    stop)
	echo "Stopping domain name service...: named."
	if running; then
	    pid=$(cat $PIDFILE)
	    kill "$pid"
	    while kill -0 "$pid" 2>/dev/null; do
		sleep 1
	    done
	fi
	;;
    reload|force-reload)
	echo "Reloading domain name service...: named."
	/usr/sbin/rndc reload >/dev/null
	;;
    restart)
	$0 stop
	$0 start
	;;
    status)
	if running; then
	    echo "named is running."
	else
	    echo "named is not running ... failed!"
	    exit 3
	fi
	;;
    *)
	echo "Usage: /etc/init.d/named {start|stop|reload|restart|force-reload|status}"
	exit 1
	;;
esac
`;

const ROOT_HINTS = `.                        3600000      NS    A.ROOT-SERVERS.NET.
A.ROOT-SERVERS.NET.      3600000      A     198.41.0.4
`;

export const BIND_FILES: readonly PackageFile[] = [
	{ path: '/etc/bind', directory: true, mode: 0o2755 },
	{ path: '/var/cache/bind', directory: true, mode: 0o775 },
	{ path: '/run/named', directory: true, mode: 0o775 },
	{ path: '/usr/share/dns/root.hints', text: ROOT_HINTS },
	{ path: '/etc/bind/named.conf', text: NAMED_CONF },
	{ path: '/etc/bind/named.conf.options', text: OPTIONS },
	{ path: '/etc/bind/named.conf.local', text: LOCAL },
	{ path: '/etc/bind/named.conf.default-zones', text: DEFAULT_ZONES },
	{
		path: '/etc/bind/db.local',
		text: localZone('data file for local loopback interface', '@	IN	A	127.0.0.1\n@	IN	AAAA	::1\n')
	},
	{
		path: '/etc/bind/db.127',
		text: localZone('reverse data file for local loopback interface', '1.0.0	IN	PTR	localhost.\n')
	},
	{ path: '/etc/init.d/named', text: INIT_SCRIPT, mode: 0o755 },
	{ path: '/etc/init.d/bind9', link: 'named' }
];
