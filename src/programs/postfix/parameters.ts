/**
 * Postfix's parameters: one row each, off which postconf, the checks at a daemon's start, the editor's hints and the
 * panels read name, type, default, limits, readers and a sentence about it.
 *
 * Data: `parameters/table.ts` (rows), `parameters/descriptions.ts` (sentences, values that may be chosen).
 */
import { DESCRIPTIONS } from './parameters/descriptions';
import { ROWS } from './parameters/table';

/**
 * `string`, `raw` (never expanded), `int`, `long`; `nint` and `nbool` have a default that is an expression; `bool`;
 * `time` (a number with a unit s, m, h, d or w).
 */
export type ParameterType = 'string' | 'raw' | 'int' | 'long' | 'nint' | 'bool' | 'nbool' | 'time';

/** name, type, default, programs (`*`: all), minimum, maximum; of a string the limits are lengths; 0 is no limit */
export type Row = readonly [
	name: string,
	type: ParameterType,
	value: string,
	programs: string,
	minimum?: number,
	maximum?: number
];

export interface Parameter {
	readonly name: string;
	readonly type: ParameterType;
	/** unexpanded */
	readonly default: string;
	/** programs that read it; empty: all of them */
	readonly programs: readonly string[];
	readonly minimum: number;
	readonly maximum: number;
	/** one sentence; empty when nobody has written it yet */
	readonly description: string;
}

const PARAMETERS: ReadonlyMap<string, Parameter> = new Map(
	ROWS.map(([name, type, value, programs, minimum = 0, maximum = 0]) => [
		name,
		{
			name,
			type,
			default: value,
			programs: programs === '*' ? [] : programs.split(' '),
			minimum,
			maximum,
			description: DESCRIPTIONS[name] ?? ''
		}
	])
);

/** All built-in parameters by name, in the order of `postconf -d`. */
export function parameters(): ReadonlyMap<string, Parameter> {
	return PARAMETERS;
}

export function parameter(name: string): Parameter | undefined {
	return PARAMETERS.get(name);
}

/** Set by the program itself; an assignment in main.cf is ignored. */
export const READ_ONLY: ReadonlySet<string> = new Set([
	'process_name',
	'process_id',
	'config_directory',
	'service_name'
]);

/**
 * Parameters of a transport: suffix and the parameter that is their default. They exist for each line of master.cf
 * whose command is a delivery agent.
 */
const TRANSPORT_SUFFIXES: readonly (readonly [suffix: string, fallback: string])[] = [
	['_recipient_limit', 'default_recipient_limit'],
	['_extra_recipient_limit', 'default_extra_recipient_limit'],
	['_recipient_refill_limit', 'default_recipient_refill_limit'],
	['_recipient_refill_delay', 'default_recipient_refill_delay'],
	['_delivery_slot_cost', 'default_delivery_slot_cost'],
	['_delivery_slot_loan', 'default_delivery_slot_loan'],
	['_delivery_slot_discount', 'default_delivery_slot_discount'],
	['_minimum_delivery_slots', 'default_minimum_delivery_slots'],
	['_initial_destination_concurrency', 'initial_destination_concurrency'],
	['_destination_concurrency_limit', 'default_destination_concurrency_limit'],
	['_destination_recipient_limit', 'default_destination_recipient_limit'],
	['_destination_concurrency_positive_feedback', 'default_destination_concurrency_positive_feedback'],
	['_destination_concurrency_negative_feedback', 'default_destination_concurrency_negative_feedback'],
	['_destination_concurrency_failed_cohort_limit', 'default_destination_concurrency_failed_cohort_limit'],
	['_destination_rate_delay', 'default_destination_rate_delay'],
	['_transport_rate_delay', 'default_transport_rate_delay']
];
const TIME_LIMIT = ['_time_limit', 'command_time_limit'] as const;
const AGENTS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
	local: TRANSPORT_SUFFIXES,
	error: TRANSPORT_SUFFIXES,
	virtual: TRANSPORT_SUFFIXES,
	smtp: TRANSPORT_SUFFIXES,
	lmtp: TRANSPORT_SUFFIXES,
	pipe: [TIME_LIMIT, ...TRANSPORT_SUFFIXES],
	spawn: [TIME_LIMIT]
};

/**
 * The parameters that master.cf's services bring along, with their default text (`$default_…`).
 * @param services name and command of each line
 */
export function serviceParameters(
	services: readonly { readonly name: string; readonly command: string }[]
): Map<string, string> {
	const found = new Map<string, string>();
	for (const service of services)
		for (const [suffix, fallback] of AGENTS[service.command] ?? []) {
			const name = service.name + suffix;
			if (!found.has(name)) found.set(name, PARAMETERS.get(name)?.default ?? `$${fallback}`);
		}
	return found;
}

/** The default of a transport's parameter whatever the service is called: what qmgr uses for a transport. */
export function transportDefault(name: string): string | undefined {
	const row = [...TRANSPORT_SUFFIXES, TIME_LIMIT].findLast(
		([suffix]) => name.endsWith(suffix) && name.length > suffix.length
	);
	return row && `$${row[1]}`;
}
