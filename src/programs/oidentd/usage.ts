/** What oidentd 2.5.0 says of itself. */

export const BANNER = `oidentd 2.5.0 by Janik Rabe <oidentd@janikrabe.com>
Originally written by Ryan McCabe <ryan@numb.org>
https://oidentd.janikrabe.com

`;

export const USAGE = `Usage: oidentd [options]
-a or --address <address>    Bind to <address> (can be specified multiple times)
-c or --charset <charset>    Specify an alternate charset
-C or --config <config file> Use the specified configuration file instead of the default
-d or --debug                Enable debugging
-e or --error                Return "UNKNOWN-ERROR" for all errors
-f or --forward [<port>]     Forward requests for masqueraded hosts to the host on port <port>
-m or --masquerade           Enable support for IP masquerading
-M or --masquerade-first     Check IP masquerading file before forwarding
-P or --proxy <host>         Let <host> act as a proxy, forwarding connections to us
-g or --group <group>        Run with specified group or GID
-i or --foreground           Don't run as a daemon
-I or --stdio                Service a single client connected to stdin/stdout, then exit (use with inetd/xinetd/etc.)
-l or --limit <number>       Limit the number of open connections to the specified number
-o or --other [<os>]         Return <os> instead of the operating system.  Uses "OTHER" if no argument is given.
-p or --port <port>          Listen for connections on specified port
-q or --quiet                Suppress normal logging
-S or --nosyslog             Write messages to stderr instead of syslog
-t or --timeout <seconds>    Wait at most <seconds> before closing connections
-u or --user <user>          Run as specified user or UID
-v or --version              Display version information and exit
-r or --reply <string>       If a query fails, pretend it succeeded, returning <string>
-R or --reply-all <string>   Always return <string> without performing connection lookups
-h or --help                 Display this help and exit
`;

export const BUILD = `Build information:
	Kernel driver:         linux.c
	Needs kmem access:     No
	Needs root access:     No
	Debug build:           Yes
	Masquerading support:  Yes
	IPv6 support:          Yes
	Linux libnfct support: Yes
	UDB library support:   No

Build settings:
	Configuration directory:   /etc
	User configuration file:   ~/.config/oidentd.conf
	User configuration file:   ~/.oidentd.conf
`;
