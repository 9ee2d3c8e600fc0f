import type * as shape from '@enroute/shared/ui/texts.ts';
import type { en } from './en.ts';

/** What can be asked for. */
export type TextKey = shape.TextKey<typeof en>;
