/**
 * What Postfix's programs share about TLS (tls_level.c, tls_misc.c, tls_certkey.c): levels, the certificate of a server,
 * how a connection is described in logs and in Received lines.
 *
 * Not simulated: another protocol, cipher or key exchange than the best of both sides, client certificates, session
 *       tickets (tlsmgr), DANE (no DNSSEC here: `dane` is what it is without, `may`).
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { TLS_BITS, type TlsError, type TlsStream } from '../libc/tls';
import { certificateIn, pemBlocks, type Certificate } from '../libc/x509';
import { readFile } from '../libc/stdio';
import { decode } from '../libc/text';

/** From the least to the most. */
export const TLS_LEVELS = ['none', 'may', 'encrypt', 'dane', 'dane-only', 'fingerprint', 'verify', 'secure'] as const;
export type TlsLevel = (typeof TLS_LEVELS)[number];

export const tlsLevel = (text: string): TlsLevel | undefined =>
	TLS_LEVELS.find((level) => level === text.toLowerCase());

/** "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)" */
export const cipherText = (tls: TlsStream): string =>
	`${tls.version} with cipher ${tls.cipher} (${TLS_BITS}/${TLS_BITS} bits)`;

/** "key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256" */
export function keyText(certificate: Certificate | null): string {
	const { signature, digest } = certificate ?? { signature: 'RSA-PSS (2048 bits)', digest: 'SHA256' };
	return `key-exchange X25519 server-signature ${signature} server-digest ${digest}`;
}

/** What OpenSSL 3.0 says about something that is not TLS; the rest of its errors cannot happen here. */
export const libraryProblem = ({ text }: TlsError): string =>
	`TLS library problem: error:0A00010B:SSL routines::${text}:../ssl/record/ssl3_record.c:350:`;

function* textOf(path: string): Sys<string | null> {
	try {
		return decode(yield* readFile(path));
	} catch (thrown) {
		if (thrown instanceof Errno) return null;
		throw thrown;
	}
}

/** fopen() in OpenSSL failed: what it leaves in its queue of errors */
const fileProblems = (path: string, sourceLine: string): readonly string[] => [
	`TLS library problem: error:80000002:system library::No such file or directory:../crypto/bio/bss_file.c:297:calling fopen(${path}, r):`,
	'TLS library problem: error:10080002:BIO routines::system lib:../crypto/bio/bss_file.c:300:',
	`TLS library problem: error:0A080002:SSL routines::system lib:../ssl/ssl_rsa.c:${sourceLine}:`
];

/** No block of the kind was in the file. */
const PEM_PROBLEMS = {
	certificate: [
		'TLS library problem: error:0480006C:PEM routines::no start line:../crypto/pem/pem_lib.c:760:Expecting: TRUSTED CERTIFICATE:',
		'TLS library problem: error:0A080009:SSL routines::PEM lib:../ssl/ssl_rsa.c:462:'
	],
	key: [
		'TLS library problem: error:1E08010C:DECODER routines::unsupported:../crypto/encode_decode/decoder_lib.c:103:No supported data to decode. Input type: PEM:',
		'TLS library problem: error:0A080009:SSL routines::PEM lib:../ssl/ssl_rsa.c:385:'
	]
} as const;

const hasKey = (text: string): boolean => pemBlocks(text).some(({ label }) => label.endsWith('PRIVATE KEY'));

/** Files with the key and the chain (smtpd_tls_chain_files, or both parameters naming the same file). */
export function* readChain(paths: readonly string[]): Sys<Certificate | readonly string[]> {
	let text = '';
	for (const path of paths) {
		const part = yield* textOf(path);
		if (part === null) return [`error opening chain file: ${path}: No such file or directory`];
		text += part;
	}
	const path = paths.join(' ');
	const certificate = certificateIn(text);
	if (certificate && hasKey(text)) return certificate;
	return [
		certificate || hasKey(text) ? `No private key found in ${path}` : `No PEM data in ${path}`,
		`error loading private keys and certificates from: ${path}: disabling TLS support`
	];
}

/** A server's certificate, or the warnings about what is wrong with the files. */
export function* readCertificate(certFile: string, keyFile: string): Sys<Certificate | readonly string[]> {
	if (certFile === keyFile) return yield* readChain([certFile]);
	const text = yield* textOf(certFile);
	const certificate = certificateIn(text ?? '');
	if (!certificate)
		return [
			`cannot get RSA certificate from file "${certFile}": disabling TLS support`,
			...(text === null ? fileProblems(certFile, '450') : PEM_PROBLEMS.certificate)
		];
	const key = yield* textOf(keyFile);
	if (key !== null && hasKey(key)) return certificate;
	return [
		`cannot get RSA private key from file "${keyFile}": disabling TLS support`,
		...(key === null ? fileProblems(keyFile, '368') : PEM_PROBLEMS.key)
	];
}
