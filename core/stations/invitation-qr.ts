/** An enrolment token as a QR code: for a terminal, and for print. */
import encodeQR from 'qr';

/** A print that got wet or a camera that is poor: 15 % of it may be unreadable. */
const CORRECTION = 'medium';
/** Of white around it, in modules, as ISO/IEC 18004 asks for. */
const QUIET_ZONE = 4;

/** In half blocks, two modules to a character. */
export function invitationForTerminal(token: string): string {
  return encodeQR(token, 'ascii', { ecc: CORRECTION, border: QUIET_ZONE });
}

/** @returns an SVG document of its own */
export function invitationForPrint(token: string): string {
  return encodeQR(token, 'svg', { ecc: CORRECTION, border: QUIET_ZONE });
}
