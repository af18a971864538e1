/** The names of bash's builtins, for `help`, `enable` and completion. */
export const BUILTIN_NAMES: readonly string[] =
	'. : [ alias bg break builtin caller cd command continue declare dirs disown echo enable eval exec exit export false fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait'.split(
		' '
	);
