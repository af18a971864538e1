/** The options of `set` and `shopt`, as tables (The Set Builtin and The Shopt Builtin in bash's manual). */

/** letter ("" for none) and long name, in the order in which `set -o` lists them */
export const LONG_OPTIONS: readonly (readonly [letter: string, name: string])[] = [
	['a', 'allexport'], ['B', 'braceexpand'], ['', 'emacs'], ['e', 'errexit'], ['E', 'errtrace'], ['T', 'functrace'], ['h', 'hashall'],
	['H', 'histexpand'], ['', 'history'], ['', 'ignoreeof'], ['', 'interactive-comments'], ['k', 'keyword'], ['m', 'monitor'],
	['C', 'noclobber'], ['n', 'noexec'], ['f', 'noglob'], ['', 'nolog'], ['b', 'notify'], ['u', 'nounset'], ['t', 'onecmd'],
	['P', 'physical'], ['', 'pipefail'], ['', 'posix'], ['p', 'privileged'], ['v', 'verbose'], ['', 'vi'], ['x', 'xtrace']
];

/** name and default of each `shopt` option, in bash's order */
export const SHOPTS: readonly (readonly [name: string, on: boolean])[] = [
	['autocd', false], ['assoc_expand_once', false], ['cdable_vars', false], ['cdspell', false], ['checkhash', false], ['checkjobs', false],
	['checkwinsize', true], ['cmdhist', true], ['compat31', false], ['compat32', false], ['compat40', false], ['compat41', false],
	['compat42', false], ['compat43', false], ['compat44', false], ['complete_fullquote', true], ['direxpand', false], ['dirspell', false],
	['dotglob', false], ['execfail', false], ['expand_aliases', false], ['extdebug', false], ['extglob', false], ['extquote', true],
	['failglob', false], ['force_fignore', true], ['globasciiranges', true], ['globskipdots', true], ['globstar', false], ['gnu_errfmt', false],
	['histappend', false], ['histreedit', false], ['histverify', false], ['hostcomplete', true], ['huponexit', false], ['inherit_errexit', false],
	['interactive_comments', true], ['lastpipe', false], ['lithist', false], ['localvar_inherit', false], ['localvar_unset', false],
	['login_shell', false], ['mailwarn', false], ['no_empty_cmd_completion', false], ['nocaseglob', false], ['nocasematch', false],
	['noexpand_translation', false], ['nullglob', false], ['patsub_replacement', true], ['progcomp', true], ['progcomp_alias', false],
	['promptvars', true], ['restricted_shell', false], ['shift_verbose', false], ['sourcepath', true], ['varredir_close', false], ['xpg_echo', false]
];
