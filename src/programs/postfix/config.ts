/**
 * The configuration of one running program: main.cf as it was when the program started, with the `-o` settings of its
 * line in master.cf on top (mail_conf(3), mail_params(3)).
 *
 *     const config = yield* openConfig('smtpd', messages, { overrides })   // Fatal is said by messages.fatal
 *     config.text('myhostname')            expanded value of any parameter
 *     config.number('smtpd_recipient_limit'), config.seconds('queue_run_delay'), config.flag('soft_bounce')
 *     config.items('mydestination')        the list's items, expanded, each with the place where it is written
 *     config.source('relayhost')           where the value is written: file and line, or the default
 *     config.ownAddresses                  own addresses by inet_interfaces
 */
import type { Source, Sys } from '#kernel/syscalls';
import type { Ipv4Address } from '#wire/packet';
import type { Messages } from './errors';

export interface Item {
	readonly text: string;
	readonly source: Source;
}

export interface Config {
	readonly program: string;
	readonly messages: Messages;
	/** expanded; empty when the parameter is not known */
	text(name: string): string;
	/** as written, or the built-in default, unexpanded */
	raw(name: string): string;
	/** whether main.cf or an override sets it */
	isSet(name: string): boolean;
	number(name: string): number;
	/** a time value in seconds */
	seconds(name: string): number;
	flag(name: string): boolean;
	/** split at commas and white space (braces keep together), $names followed to where each item is written */
	items(name: string): readonly Item[];
	source(name: string): Source;
	/** expands `$name` in any text, `extra` first: `$service_name`, `$user` … */
	expand(text: string, extra?: ReadonlyMap<string, string>): string;
	readonly ownAddresses: readonly Ipv4Address[];
}

export interface ConfigOptions {
	/** `-o name=value` of master.cf */
	readonly overrides?: readonly (readonly [name: string, value: string])[];
	/** default: $MAIL_CONFIG or /etc/postfix */
	readonly directory?: string;
	/** "smtp/inet": the line of master.cf that the overrides come from */
	readonly service?: string;
}

export declare function openConfig(program: string, messages: Messages, options?: ConfigOptions): Sys<Config>;
