import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Config } from './config';
import { Messages } from './errors';
import { parseMainCf } from './main-cf';
import { parseMasterCf } from './master-cf';
import { FILES } from './files';
import { parameters, serviceParameters } from './parameters';

interface Recorded {
	readonly default: string;
	readonly value?: string;
}

const recorded = JSON.parse(
	readFileSync(new URL('../../../tests/conformance/postfix/defaults.json', import.meta.url), 'utf8')
) as { parameters: Record<string, Recorded>; 'main.cf': Record<string, string> };

const HOST_DEPENDENT = ['myhostname', 'mydomain', 'mynetworks', 'process_id'];
const masterCf = FILES.find((file) => file.path === '/etc/postfix/master.cf') as { text: string };

describe('parameters', () => {
	const services = serviceParameters(parseMasterCf(masterCf.text, 'master.cf').services);

	it('are those of postconf -d, with the same defaults', () => {
		const ours: Record<string, string> = Object.fromEntries(services);
		for (const row of parameters().values()) ours[row.name] = row.default;
		const theirs = Object.fromEntries(Object.entries(recorded.parameters).map(([name, row]) => [name, row.default]));
		for (const name of HOST_DEPENDENT) {
			delete ours[name];
			delete theirs[name];
		}
		expect(ours).toEqual(theirs);
	});

	it('expand as postconf -x shows', () => {
		const text = Object.entries(recorded['main.cf']).map(([name, value]) => `${name} = ${value}\n`);
		const main = parseMainCf(text.join(''), '/etc/postfix/main.cf', () => undefined);
		const host = { nodename: 'halo.example.org', pid: 1 };
		const config = new Config('postconf', Messages.toStderr('postconf', false), main, new Map(), host);
		for (const [name, row] of Object.entries(recorded.parameters)) {
			if (HOST_DEPENDENT.includes(name) || name === 'process_name' || name in recorded['main.cf']) continue;
			if (row.default.includes('mynetworks') && name !== 'mynetworks_style') continue;
			const value = parameters().get(name)?.type === 'raw' ? row.default : (row.value ?? row.default);
			expect(config.text(name).split(/\s+/).join(' ').trim(), name).toBe(value);
		}
	});
});
