/** What the programs of the package call themselves, and where they look. */
export const VERSION = '2.3.19.1';
export const REVISION = '9b53102964';
export const PIGEONHOLE = '0.5.19 (4eae2f79)';
export const FILE = '/etc/dovecot/dovecot.conf';
