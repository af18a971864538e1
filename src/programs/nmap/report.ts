/**
 * What nmap prints of a host: on the screen and in -oN as a table, in -oG as one line.
 *
 * Does: leaves out states that most ports have ("Not shown"), pads the columns, names the services.
 */
import { formatIpv4Address, formatMac } from '#wire/address';
import { breakDown, strftime } from '../libc/strftime';
import type { NmapOptions } from './options';
import { serviceName, type PortProtocol } from './services';
import { reasonText, type PortResult, type PortState, type Target } from './target';

/** ports of one state that are shown; with -v that many more */
const SHOWN = 25;
const SHOWN_VERBOSE = 20 * SHOWN;
const MICROSECOND_DIGITS = 1e6;

/** "mail (203.0.113.25)", or the address alone */
export function nameAndAddress({ name, reverseName, address }: Target): string {
	const shown = name ?? (reverseName === '' ? undefined : reverseName);
	const text = formatIpv4Address(address);
	return shown === undefined ? text : `${shown} (${text})`;
}

/** For "Scanning …": the name as given only. */
export function givenName({ name, reverseName, address }: Target): string {
	return nameAndAddress({ name, reverseName: name === undefined ? reverseName : '', address } as Target);
}

/** Two digits that count, as seconds: 0.00012 */
export function latency(microseconds: number): string {
	const seconds = Math.max(1, microseconds) / MICROSECOND_DIGITS;
	const digits = Math.max(0, 1 - Math.floor(Math.log10(seconds)));
	return seconds.toFixed(digits);
}

export class Report {
	readonly #ignored: Map<PortState, number>;
	readonly #ports: readonly PortResult[];

	constructor(
		readonly target: Target,
		readonly options: NmapOptions
	) {
		const order: Record<PortProtocol, number> = { tcp: 0, udp: 1 };
		this.#ports = [...target.ports].sort((a, b) => order[a.protocol] - order[b.protocol] || a.port - b.port);
		this.#ignored = this.#findIgnored();
	}

	/** With --open a host without an open port is not worth a line. */
	get isWorthShowing(): boolean {
		return !this.options.openOnly || this.#ports.some(isPossiblyOpen);
	}

	/** State → how many ports, most frequent first. */
	#findIgnored(): Map<PortState, number> {
		const { openOnly, verbose, debug } = this.options;
		const counts = new Map<PortState, number>();
		for (const { state } of this.#ports) counts.set(state, (counts.get(state) ?? 0) + 1);
		const limit = verbose > 0 || debug > 0 ? SHOWN_VERBOSE : SHOWN;
		const isIgnored = ([state, count]: [PortState, number]): boolean => {
			if (debug > 2 || state === 'open') return false;
			return (openOnly && !state.includes('open')) || count > limit;
		};
		return new Map([...counts].filter(isIgnored).sort((a, b) => b[1] - a[1]));
	}

	title(): string {
		return `Nmap scan report for ${nameAndAddress(this.target)}\n`;
	}

	header(): string {
		const { name, reverseName, address, others } = this.target;
		let text = this.#hostLine();
		if (others.length > 0)
			text += `Other addresses for ${name} (not scanned): ${others.map(formatIpv4Address).join(' ')}\n`;
		if (name !== undefined && reverseName !== '' && reverseName !== name)
			text += `rDNS record for ${formatIpv4Address(address)}: ${reverseName}\n`;
		return text;
	}

	#hostLine(): string {
		const { evidence, roundTrip } = this.target;
		const why = this.showsReasons ? `, received ${reasonText(evidence, formatIpv4Address)}` : '';
		const trip = roundTrip.srtt >= 0 ? ` (${latency(roundTrip.srtt)}s latency)` : '';
		return `Host is up${why}${trip}.\n`;
	}

	get showsReasons(): boolean {
		return this.options.reason || this.options.verbose > 1 || this.options.debug > 0;
	}

	scannedAt(): string {
		const { startedAt, endedAt } = this.target;
		const seconds = Math.max(0, Math.round((endedAt - startedAt) / MICROSECOND_DIGITS));
		return `Scanned at ${strftime('%Y-%m-%d %H:%M:%S', breakDown(startedAt))} UTC for ${seconds}s\n`;
	}

	/** The ports: what is not shown, then the table. */
	ports(): string {
		const shown = this.#ports.filter(({ state }) => !this.#ignored.has(state));
		if (this.#ports.length === 0) return '';
		let text = '';
		if (shown.length === 0)
			text += `All ${this.#ports.length} scanned ports on ${nameAndAddress(this.target)} are in ignored states.\n`;
		text += this.#ignored.size > 0 ? this.#notShown() : '\n';
		return text + (shown.length > 0 ? this.#table(shown) : '');
	}

	#notShown(): string {
		const parts: string[] = [];
		for (const state of this.#ignored.keys()) {
			const reasons = new Map<string, { count: number; text: string; at: number }>();
			for (const [at, result] of this.#ports.entries()) {
				if (result.state !== state) continue;
				const key = `${result.protocol} ${result.reason}`;
				const row = reasons.get(key) ?? { count: 0, text: `${state} ${result.protocol} ports (${result.reason})`, at };
				row.count++;
				reasons.set(key, row);
			}
			const rows = [...reasons.values()].sort((a, b) => b.count - a.count || b.at - a.at);
			parts.push(...rows.map(({ count, text }) => `${count} ${text}`));
		}
		const doubt = this.options.openOnly && this.#ignored.has('filtered');
		return `Not shown: ${parts.join(', ')}\n${doubt ? 'Some closed ports may be reported as filtered due to --defeat-rst-ratelimit\n' : ''}`;
	}

	#table(shown: readonly PortResult[]): string {
		const rows = [['PORT', 'STATE', 'SERVICE', ...(this.showsReasons ? ['REASON'] : [])]];
		for (const result of shown) {
			const { protocol, port, state } = result;
			const service = serviceName(protocol, port) ?? 'unknown';
			rows.push([`${port}/${protocol}`, state, service]);
			if (this.showsReasons) rows.at(-1)!.push(reasonText(result, formatIpv4Address));
		}
		const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
		return rows
			.map(
				(row) =>
					`${row
						.map((cell, column) => cell.padEnd(widths[column]!))
						.join(' ')
						.trimEnd()}\n`
			)
			.join('');
	}

	mac(): string {
		const { mac } = this.target;
		return mac === undefined ? '' : `MAC Address: ${formatMac(mac).toUpperCase()} (Unknown)\n`;
	}

	/** The line of -oG, without what stands before the tab. */
	grepable(): string {
		const shown = this.#ports.filter(({ state }) => !this.#ignored.has(state));
		const ports = shown.map(
			({ protocol, port, state }) => `${port}/${state}/${protocol}//${serviceName(protocol, port) ?? ''}///`
		);
		const [ignored] = [...this.#ignored];
		return `Ports: ${ports.join(', ')}${ignored ? `\tIgnored State: ${ignored[0]} (${ignored[1]})` : ''}`;
	}
}

function isPossiblyOpen({ state }: PortResult): boolean {
	return state.includes('open');
}
