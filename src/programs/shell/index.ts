/** The packages bash and dash: /usr/bin/bash, and dash under the names /usr/bin/dash and /usr/bin/sh. */
import type { Package } from '#kernel/syscalls';
import { bash, dash } from './bash';

const PROFILE = `# /etc/profile: system-wide .profile file for the Bourne shell (sh(1))
# and Bourne compatible shells (bash(1), ksh(1), ash(1), ...).

if [ "$(id -u)" -eq 0 ]; then
  PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
else
  PATH="/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
fi
export PATH

if [ "\${PS1-}" ]; then
  if [ "\${BASH-}" ] && [ "$BASH" != "/bin/sh" ]; then
    # The file bash.bashrc already sets the default PS1.
    # PS1='\\h:\\w\\$ '
    if [ -f /etc/bash.bashrc ]; then
      . /etc/bash.bashrc
    fi
  else
    if [ "$(id -u)" -eq 0 ]; then
      PS1='# '
    else
      PS1='$ '
    fi
  fi
fi

if [ -d /etc/profile.d ]; then
  for i in /etc/profile.d/*.sh; do
    if [ -r $i ]; then
      . $i
    fi
  done
  unset i
fi
`;

/** What a new account's home directory gets (`useradd -m`). */
const SKEL_BASHRC = `# ~/.bashrc: run by bash(1) for interactive shells that are not login shells.

case $- in
    *i*) ;;
      *) return;;
esac

HISTCONTROL=ignoreboth
HISTSIZE=1000
HISTFILESIZE=2000

if [ -f ~/.bash_aliases ]; then
    . ~/.bash_aliases
fi
`;

const SKEL_PROFILE = `# ~/.profile: run by login shells that have no ~/.bash_profile or ~/.bash_login.

if [ -n "$BASH_VERSION" ] && [ -f "$HOME/.bashrc" ]; then
    . "$HOME/.bashrc"
fi

if [ -d "$HOME/bin" ]; then
    PATH="$HOME/bin:$PATH"
fi
`;

const BASHRC = `# System-wide .bashrc file for interactive bash(1) shells.

# To enable the settings / commands in this file for login shells as well,
# this file has to be sourced in /etc/profile.

# If not running interactively, don't do anything
[ -z "\${PS1-}" ] && return

# check the window size after each command and, if necessary,
# update the values of LINES and COLUMNS.
shopt -s checkwinsize

# set a fancy prompt (non-color, overwrite the one in /etc/profile)
PS1='\\u@\\h:\\w\\$ '
`;

export const shell: Package = {
	name: 'bash',
	version: '5.2.15-2+b8',
	programs: [
		{ path: '/usr/bin/bash', main: bash, size: 1_265_648 },
		{ path: '/usr/bin/dash', main: dash, size: 125_640 },
		// the name is there even where only programs are installed; with the files it is the link that Debian has
		{ path: '/usr/bin/sh', main: dash, size: 125_640 }
	],
	files: [
		{ path: '/usr/bin/sh', link: 'dash' },
		{ path: '/usr/bin/rbash', link: 'bash' },
		{ path: '/etc/profile', text: PROFILE },
		{ path: '/etc/bash.bashrc', text: BASHRC },
		{ path: '/etc/profile.d', directory: true },
		{ path: '/etc/skel/.bash_logout', text: '# ~/.bash_logout: run by bash(1) when a login shell ends.\n' },
		{ path: '/etc/skel/.bashrc', text: SKEL_BASHRC },
		{ path: '/etc/skel/.profile', text: SKEL_PROFILE },
		{
			path: '/etc/shells',
			text: '# /etc/shells: valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/usr/bin/rbash\n/bin/dash\n/usr/bin/dash\n'
		}
	]
};
