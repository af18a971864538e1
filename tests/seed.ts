/**
 * Property tests draw the same examples in every run, so that what is green stays green; `FC_SEED=random` (or a number)
 * explores others, and what it finds becomes a row of data.
 */
import fc from 'fast-check';

const asked = process.env['FC_SEED'];
if (asked !== 'random') fc.configureGlobal({ seed: Number(asked ?? 20261122) });
