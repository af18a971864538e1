/** How an awk program ends early: by a mistake at run time or by `exit`. */

/** "run time error: …", followed by where it happened; exit status 2. */
export class RuntimeError {
	/** @param bare the message stands without "run time error: " */
	constructor(
		readonly message: string,
		readonly bare = false
	) {}
}

/** A message without a place, exit status 2. */
export class FatalError {
	constructor(readonly message: string) {}
}

/** `exit`; undefined: the status stays as it is. */
export class Exit {
	constructor(readonly status: number | undefined) {}
}
