/** Every page is made at build time. A folder a page, so that any static host serves it under its plain address. */
export const prerender = true;
export const trailingSlash = 'always';
