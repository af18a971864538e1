/**
 * ifconfig(8) and arp(8) of net-tools 2.10.
 *
 * ifconfig: shows interfaces (-a all), sets an address with its netmask, up, down, mtu. arp: shows the table (-n, -a), deletes
 * an entry (-d). Not simulated: IPv6, hardware settings, aliases by name, permanent arp entries.
 */
import { Errno, type LinkInfo, type Main, type Sys } from '#kernel/syscalls';
import { broadcastOf, formatIpv4Address, formatMac, parseIpv4Address, prefixOf } from '#wire/address';
import { getaddrinfo } from '../libc/netdb';
import { print, printError } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { addAddress, deleteAddress, deleteNeighbour, links, neighbours, setLink } from '../libc/unistd';
import { byteCount, Naming, netmask, printInterfaces } from './show';
import { ARP_USAGE } from './usage';

const FLAG = { UP: 1, BROADCAST: 2, LOOPBACK: 8, RUNNING: 64, MULTICAST: 4096 } as const;

export const ifconfig: Main = function* (argv) {
	const words = argv.slice(1);
	const all = words.includes('-a');
	const bad = words.find((word) => word.startsWith('-') && !['-a', '-s', '-v', '-net', '-arp'].includes(word));
	if (bad !== undefined) return yield* refuse(`ifconfig: option \`${bad}' not recognised.`);
	if (words.includes('-s')) {
		yield* printInterfaces(false);
		return 0;
	}
	const [name, ...changes] = words.filter((word) => word !== '-a');
	const cards = [...(yield* links())].sort((a, b) => (a.name < b.name ? -1 : 1));
	if (name === undefined) {
		for (const card of cards) if (card.up || all) yield* print(pictureOf(card));
		return 0;
	}
	const card = cards.find((row) => row.name === name);
	if (!card) {
		yield* printError(
			changes.length > 0
				? `${name}: ERROR while getting interface flags: No such device\n`
				: `${name}: error fetching interface information: Device not found\n`
		);
		return changes.length > 0 ? 255 : 1;
	}
	if (changes.length === 0) {
		yield* print(pictureOf(card));
		return 0;
	}
	const unknown = changes.find(
		(word, i) => !isWord(word) && !isWord(changes[i - 1] ?? '') && parseIpv4Address(word.split('/')[0]!) === undefined
	);
	if (unknown !== undefined) return yield* refuse(`${unknown}: Unknown host`);
	const mtu = changes[changes.indexOf('mtu') + 1];
	if (changes.includes('mtu') && !/^\d+$/.test(mtu ?? '')) {
		yield* printError('SIOCSIFMTU: Invalid argument\n');
		return 1;
	}
	try {
		yield* change(card, changes);
		return 0;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* printError(`SIOCSIFFLAGS: ${strerror(thrown)}\n`);
		return 255;
	}
};

function isWord(word: string): boolean {
	return ['up', 'down', 'mtu', 'netmask', 'broadcast'].includes(word);
}

function* refuse(message: string): Sys<number> {
	yield* printError(`${message}\nifconfig: \`--help' gives usage information.\n`);
	return 1;
}

function pictureOf(card: LinkInfo): string {
	const flags = [
		...(card.up ? ['UP'] : []),
		...(card.loopback ? ['LOOPBACK'] : ['BROADCAST']),
		...(card.up && card.carrier ? ['RUNNING'] : []),
		...(card.loopback ? [] : ['MULTICAST'])
	] as (keyof typeof FLAG)[];
	const sum = flags.reduce((value, flag) => value + FLAG[flag], 0);
	let text = `${card.name}: flags=${sum}<${flags.join(',')}>  mtu ${card.mtu}\n`;
	const [first] = card.addresses;
	if (first) {
		const broadcast = card.loopback ? '' : `  broadcast ${formatIpv4Address(first.broadcast ?? 0)}`;
		text += `        inet ${formatIpv4Address(first.address)}  netmask ${netmask(first.prefix)}${broadcast}\n`;
	}
	text += card.loopback
		? '        loop  txqueuelen 1000  (Local Loopback)\n'
		: `        ether ${formatMac(card.mac)}  txqueuelen 1000  (Ethernet)\n`;
	const { rxPackets, rxBytes, rxDropped, txPackets, txBytes } = card.statistics;
	text += `        RX packets ${rxPackets}  bytes ${byteCount(rxBytes)}\n        RX errors 0  dropped ${rxDropped}  overruns 0  frame 0\n`;
	text += `        TX packets ${txPackets}  bytes ${byteCount(txBytes)}\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n`;
	return text;
}

function* change(card: LinkInfo, words: readonly string[]): Sys<void> {
	const mask = words[words.indexOf('netmask') + 1];
	for (const [i, word] of words.entries()) {
		const before = words[i - 1];
		if (word === 'up' || word === 'down') yield* setLink(card.name, { up: word === 'up' });
		else if (before === 'mtu') yield* setLink(card.name, { mtu: Number(word) });
		else if (['netmask', 'mtu', 'broadcast'].includes(word) || before === 'netmask' || before === 'broadcast') continue;
		else {
			const [text = '', bits] = word.split('/');
			const address = parseIpv4Address(text);
			if (address === undefined) throw new Errno('EINVAL');
			const given = words.includes('netmask')
				? prefixOf(parseIpv4Address(mask ?? '') ?? 0)
				: bits === undefined
					? undefined
					: Number(bits);
			for (const old of card.addresses.slice(0, 1)) yield* deleteAddress(card.name, old.address, old.prefix);
			const prefix = given ?? classPrefix(address);
			yield* addAddress(card.name, address, prefix, prefix < 31 ? broadcastOf(address, prefix) : undefined);
			yield* setLink(card.name, { up: true });
		}
	}
}

/** Without a netmask the old classes count. */
function classPrefix(address: number): number {
	const first = address >>> 24;
	return first < 128 ? 8 : first < 192 ? 16 : 24;
}

export const arp: Main = function* (argv) {
	const words = argv.slice(1);
	const bad = words
		.filter((word) => /^-[^-]/.test(word))
		.flatMap((word) => [...word.slice(1)])
		.find((one) => !'anvdefsDiHtApV'.includes(one));
	if (bad !== undefined) {
		yield* printError(`arp: invalid option -- '${bad}'\n${ARP_USAGE}`);
		return 3;
	}
	const has = (letter: string): boolean => words.some((word) => new RegExp(`^-[a-z]*${letter}`).test(word));
	const naming = new Naming(has('n'));
	const rows = yield* neighbours();
	const operand = words.find((word) => !word.startsWith('-'));
	if (has('d')) return yield* drop(operand ?? '');
	const target = operand === undefined ? undefined : yield* addressOf(operand);
	if (operand !== undefined && target === undefined) {
		yield* printError(`${operand}: Unknown host\n`);
		return 255;
	}
	const wanted = target === undefined ? rows : rows.filter((row) => row.address === target);
	if (operand !== undefined && wanted.length === 0) {
		yield* print(`${operand} (${target === undefined ? operand : formatIpv4Address(target)}) -- no entry\n`);
		return 0;
	}
	if (wanted.length === 0) return 0;
	let text = has('a') ? '' : 'Address                  HWtype  HWaddress           Flags Mask            Iface\n';
	for (const row of wanted) {
		const address = formatIpv4Address(row.address);
		const name = yield* naming.host(row.address);
		if (has('a'))
			text += `${name === address ? '?' : name} (${address}) at ${row.mac === undefined ? '<incomplete>' : `${formatMac(row.mac)} [ether]${row.state === 'PERMANENT' ? ' PERM' : ''}`} on ${row.interface}\n`;
		else if (row.mac === undefined)
			text += `${name.padEnd(23)}          (incomplete)                              ${row.interface}\n`;
		else
			text += `${name.padEnd(23)}  ether   ${formatMac(row.mac)}   ${(row.state === 'PERMANENT' ? 'CM' : 'C').padEnd(20)}  ${row.interface}\n`;
	}
	yield* print(text);
	return 0;
};

function* addressOf(text: string): Sys<number | undefined> {
	const address = parseIpv4Address(text);
	if (address !== undefined) return address;
	const found = yield* getaddrinfo(text);
	return found.ok ? found.addresses[0]!.address : undefined;
}

function* drop(text: string): Sys<number> {
	const address = yield* addressOf(text);
	const row = (yield* neighbours()).find((entry) => entry.address === address);
	if (!row) {
		yield* print(`No ARP entry for ${text}\n`);
		return 255;
	}
	yield* deleteNeighbour(row.interface, row.address);
	return 0;
}
