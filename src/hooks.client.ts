/** The first script of a page: what takes longest begins here. */
import { begin } from '#ui/door/early.ts';

begin(location.pathname);
