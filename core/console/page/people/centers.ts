/** The centers that a person or a service may see, as they are typed: five digits each, apart by anything. */
import { centerSchema } from '../../../people/person.ts';

/** undefined when something in it is no center, or when there is none. */
export function parseCenters(typed: string): string[] | undefined {
  const centers = [...new Set(typed.split(/[\s,;،؛]+/u).filter((one) => one !== ''))];
  if (centers.length === 0) return undefined;
  return centers.every((center) => centerSchema.safeParse(center).success) ? centers : undefined;
}
