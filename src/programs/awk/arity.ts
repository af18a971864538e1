/** The functions of mawk, and how many arguments each takes. */

/** arguments: least and most */
export const BUILTINS: Readonly<Record<string, readonly [number, number]>> = {
	length: [0, 1],
	index: [2, 2],
	substr: [2, 3],
	sprintf: [1, 255],
	sin: [1, 1],
	cos: [1, 1],
	atan2: [2, 2],
	exp: [1, 1],
	log: [1, 1],
	int: [1, 1],
	sqrt: [1, 1],
	rand: [0, 0],
	srand: [0, 1],
	close: [1, 1],
	system: [1, 1],
	toupper: [1, 1],
	tolower: [1, 1],
	fflush: [0, 1],
	systime: [0, 0],
	mktime: [1, 1],
	strftime: [0, 3]
};

/** Those that ask or change the world: a call of them is not pure. */
export const WITH_CALLS: ReadonlySet<string> = new Set(['close', 'system', 'fflush', 'systime', 'strftime']);
