/** `npm start`: installs what is missing, builds, serves, prints the address. */
import { spawn } from 'node:child_process';
import { installMissing, tool } from './install.mjs';

installMissing();
process.stdout.write('Building …\n');
if (tool('vite/bin/vite.js', 'build', '--logLevel', 'warn') !== 0) process.exit(1);
const server = spawn(process.execPath, ['scripts/serve.mjs', ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.on('exit', (status) => process.exit(status ?? 0));
