/**
 * Domain names as text (RFC 1035 5.1): absolute, the root is "."; a byte that would be mistaken is written \. or \032.
 * Character strings and labels hold a character a byte (0–255).
 */

/**
 * The labels of an absolute or relative name, as byte strings; the root has none. Undefined when a label is empty or
 * longer than 63 bytes, or the name longer than 255.
 */
export function labelsOf(name: string): string[] | undefined {
	if (name === '.') return [];
	const labels: string[] = [];
	let label = '';
	let length = 1;
	for (let i = 0; i <= name.length; i++) {
		const character = name[i];
		if (character === undefined || character === '.') {
			if (character === undefined && label === '' && labels.length > 0) break;
			if (label === '' || label.length > 63) return undefined;
			labels.push(label);
			length += label.length + 1;
			label = '';
		} else if (character === '\\') {
			const digits = /^\d{3}/.exec(name.slice(i + 1, i + 4))?.[0];
			if (digits) {
				if (Number(digits) > 255) return undefined;
				label += String.fromCharCode(Number(digits));
				i += 3;
			} else {
				if (i + 1 >= name.length) return undefined;
				label += name[++i]!;
			}
		} else label += character;
	}
	return length > 255 ? undefined : labels;
}

/** An absolute name of labels, written so that it can be read back (dns_name_totext). */
export function nameOf(labels: readonly string[]): string {
	return labels.length === 0 ? '.' : labels.map((label) => `${escapeLabel(label)}.`).join('');
}

function escapeLabel(label: string): string {
	return label.replace(/[^!-~]|["().;\\@$]/g, (character) =>
		/[!-~]/.test(character) ? `\\${character}` : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
	);
}

/** The form in which names are compared: ASCII lower case. */
export function canonicalName(name: string): string {
	return /[A-Z]/.test(name) ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : name;
}

/** The order of DNSSEC (RFC 4034 6.1), in which BIND keeps and lists names: by label from the right. */
export function compareNames(a: string, b: string): number {
	const left = (labelsOf(canonicalName(a)) ?? []).reverse();
	const right = (labelsOf(canonicalName(b)) ?? []).reverse();
	for (let i = 0; i < left.length && i < right.length; i++) {
		if (left[i]! !== right[i]!) return left[i]! < right[i]! ? -1 : 1;
	}
	return left.length - right.length;
}

/** The name without its first label; undefined for the root. */
export function parentName(name: string): string | undefined {
	const labels = labelsOf(name);
	return !labels || labels.length === 0 ? undefined : nameOf(labels.slice(1));
}

/** Whether `name` is `ancestor` or below it. Both absolute. */
export function isWithin(name: string, ancestor: string): boolean {
	if (ancestor === '.') return true;
	const below = canonicalName(name);
	const above = canonicalName(ancestor);
	return below === above || below.endsWith(`.${above}`);
}
