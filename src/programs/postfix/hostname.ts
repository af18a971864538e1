/** What Postfix takes for a host name (valid_hostname(3)), with its complaints. */

const LABEL = 63;
const LENGTH = 255;

/** @returns the complaint, undefined for a good name */
export function hostnameComplaint(name: string): string | undefined {
	const shown = name.slice(0, 100);
	const complain = (what: string): string => `valid_hostname: ${what}: ${shown}`;
	if (name === '') return 'valid_hostname: empty hostname';
	let label = 0;
	let numeric = true;
	for (let i = 0; i < name.length; i++) {
		const char = name[i]!;
		const next = name[i + 1];
		if (/[A-Za-z0-9_]/.test(char)) {
			if (++label > LABEL) return complain('hostname label too long');
			if (!/\d/.test(char)) numeric = false;
		} else if (char === '.') {
			if (label === 0 || next === undefined) return complain('misplaced delimiter');
			label = 0;
		} else if (char === '-') {
			numeric = false;
			if (++label === 1 || next === undefined || next === '.') return complain('misplaced hyphen');
		} else return complain(`invalid character ${char.charCodeAt(0)}(decimal)`);
	}
	if (numeric) return complain('numeric hostname');
	if (name.length > LENGTH) return `valid_hostname: bad length ${name.length} for ${shown}...`;
	return undefined;
}

export function validHostname(name: string): boolean {
	return hostnameComplaint(name) === undefined;
}
