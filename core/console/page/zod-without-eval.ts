/**
 * zod tries out `new Function` when a schema is made, which the page's content security policy reports as a violation.
 * This module comes before any that makes a schema.
 */
import { z } from 'zod';

z.config({ jitless: true });
