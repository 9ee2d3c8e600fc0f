import { RefusalWithHeaders } from '../door/refuse.ts';

/** The upload does not end where the request would go on: the station asks where it does, and goes on from there. */
export function wrongOffset(): RefusalWithHeaders {
  return new RefusalWithHeaders('ENR-WEB-002', {}, 409);
}
