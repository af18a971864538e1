/**
 * Serves the built pages: `node scripts/serve.mjs [--port N] [--host NAME]`. Files are read and compressed once, at the
 * start, as a web site's own server has them ready; Vite's preview compresses anew for each visitor.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gzip } from 'node:zlib';

const BUILD = fileURLToPath(new URL('../build', import.meta.url));
const DEFAULT_PORT = 4173;
/** smaller ones fit into a packet as they are */
const COMPRESS_FROM = 1400;

const TYPES = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.json': 'application/json',
	'.webmanifest': 'application/manifest+json',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.png': 'image/png',
	'.woff2': 'font/woff2',
	'.ttf': 'font/ttf'
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.svg', '.txt', '.ttf']);

/** Address → what is answered. */
async function load() {
	const files = readdirSync(BUILD, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	const rows = files.map(async ({ name, parentPath }) => {
		const file = join(parentPath, name);
		const path = `/${relative(BUILD, file).replaceAll(sep, '/')}`;
		const plain = readFileSync(file);
		const type = extname(name);
		const small = COMPRESSED.has(type) && plain.length > COMPRESS_FROM ? await promisify(gzip)(plain) : undefined;
		const headers = {
			'content-type': TYPES[type] ?? 'application/octet-stream',
			// the names of these hold a hash of what is in them
			'cache-control': path.includes('/immutable/') ? 'public, max-age=31536000, immutable' : 'no-cache',
			...(small && { vary: 'accept-encoding' })
		};
		return [path, { plain, small, headers }];
	});
	return new Map(await Promise.all(rows));
}

function answer(pages, request, response) {
	let path;
	try {
		path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
	} catch {
		return response.writeHead(400).end();
	}
	const found = pages.get(path.endsWith('/') ? `${path}index.html` : path);
	if (!found && pages.has(`${path}/index.html`)) {
		const { search } = new URL(request.url ?? '/', 'http://localhost');
		return response.writeHead(308, { location: `${encodeURI(path)}/${search}` }).end();
	}
	const { plain, small, headers } = found ?? pages.get('/404.html');
	const packed = small && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
	const body = packed ? small : plain;
	response.writeHead(found ? 200 : 404, {
		...headers,
		'content-length': body.length,
		...(packed && { 'content-encoding': 'gzip' })
	});
	response.end(request.method === 'HEAD' ? undefined : body);
}

const { values } = parseArgs({
	options: { port: { type: 'string' }, host: { type: 'string', default: 'localhost' } }
});
const pages = await load();
const server = createServer((request, response) => answer(pages, request, response));
let port = Number(values.port ?? DEFAULT_PORT);
server.on('error', (error) => {
	if (error.code === 'EADDRINUSE' && values.port === undefined) return server.listen(++port, values.host);
	process.stderr.write(`Cannot serve on ${values.host}:${port}: ${error.message}\n`);
	process.exit(1);
});
server.on('listening', () => process.stdout.write(`Postern is at http://${values.host}:${port}/\n`));
server.listen(port, values.host);
