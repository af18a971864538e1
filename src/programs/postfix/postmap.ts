/** postmap(1): makes and asks lookup tables. The source file has one `key value` a logical line. */
import type { Main } from '#kernel/syscalls';
import { parseTable } from './dict/table-file';
import { tableCommand, type TableCommand } from './table-command';

const POSTMAP: TableCommand = {
	options: ['b', 'c=', 'd=', 'f', 'F', 'h', 'i', 'm', 'n', 'N', 'o', 'p', 'q=', 'r', 's', 'u', 'U', 'v', 'w'],
	usage: '[-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...',
	separator: '\t',
	*parse(text, path, warn, builder) {
		parseTable(text, path, warn, '', ({ key, value, line }) => builder.add(key, value, line));
	}
};

export const postmap: Main = (argv, env) => tableCommand(POSTMAP, argv, env);
