/** What ftp(1) of inetutils 2.4 says about itself; PROGRAM stands for the name it was called by. */

export const HELP = `Usage: PROGRAM [OPTION...] [HOST [PORT]]
Remote file transfer.

  -4, --ipv4                 contact IPv4 hosts
  -6, --ipv6                 contact IPv6 hosts
  -A, --active               enable active mode transfer
  -d, --debug                enable debugging output
  -e, --no-edit              disable command line editing
  -g, --no-glob              turn off file name globbing
  -i, --no-prompt            do not prompt during multiple file transfers
  -n, --no-login             do not automatically login to the remote system
  -N, --netrc=NETRC          select a specific initialization file
      --prompt[=PROMPT]      print a command line PROMPT (optionally), even if
                             not on a tty
  -p, --passive              enable passive mode transfer, default for \`pftp'
  -t, --trace                enable packet tracing
  -v, --verbose              verbose output
  -?, --help                 give this help list
      --usage                give a short usage message
  -V, --version              print program version

Mandatory or optional arguments to long options are also mandatory or optional
for any corresponding short options.

Report bugs to <bug-inetutils@gnu.org>.
`;

export const VERSION = `ftp (GNU inetutils) 2.4
Copyright (C) 2022 Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.
This is free software: you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.

Written by many authors.
`;
