/** Names of builtins: all of bash's, and those that POSIX calls special. */

/** For `help`, `enable` and completion. */
export const BUILTIN_NAMES: readonly string[] =
	'. : [ alias bg break builtin caller cd command continue declare dirs disown echo enable eval exec exit export false fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait'.split(
		' '
	);

/** POSIX special builtins: an error in them ends dash. */
export const SPECIAL: ReadonlySet<string> = new Set([
	'break',
	':',
	'continue',
	'.',
	'eval',
	'exec',
	'exit',
	'export',
	'readonly',
	'return',
	'set',
	'shift',
	'times',
	'trap',
	'unset'
]);
