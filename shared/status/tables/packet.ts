/** Packets: what they are, how they are announced, and how their bytes come up. */
import { type StatusTable, SYNC_AGAIN, TELL_SUPPORT } from '../status-table.ts';

export const PACKET_STATUS = {
  'ENR-RID-001': { sentence: 'The registration id is not 29 digits.', next: TELL_SUPPORT },
  'ENR-RID-002': { sentence: 'The time in the registration id does not exist in the calendar.', next: TELL_SUPPORT },

  'ENR-PKT-001': { sentence: 'The file is not an Enroute packet.', next: 'Check that the right file was chosen.' },
  'ENR-PKT-002': {
    sentence: 'The packet was made by a newer version of Enroute than this one can read.',
    next: 'Update this installation.',
  },
  'ENR-PKT-003': { sentence: 'The packet ends too early; a part of it is missing.', next: TELL_SUPPORT },
  'ENR-PKT-004': { sentence: "The packet's header is damaged.", next: TELL_SUPPORT },
  'ENR-PKT-005': { sentence: 'The packet is sealed for a key that is not held here.', next: TELL_SUPPORT },
  'ENR-PKT-006': { sentence: 'The packet was changed after it was sealed.', next: TELL_SUPPORT },
  'ENR-PKT-007': { sentence: 'There are bytes behind the end of the packet.', next: TELL_SUPPORT },
  'ENR-PKT-008': { sentence: "The packet's contents are not laid out as they must be.", next: TELL_SUPPORT },
  'ENR-PKT-009': {
    sentence: 'The packet is larger than the core accepts.',
    next: 'Scan the documents again at a lower resolution.',
  },
  'ENR-PKT-010': { sentence: 'The packet and its manifest do not belong together.', next: TELL_SUPPORT },

  'ENR-MAN-001': { sentence: 'The announcement of the packet is not complete.', next: TELL_SUPPORT },
  'ENR-MAN-002': { sentence: "The station's signature on the announcement does not verify.", next: TELL_SUPPORT },
  'ENR-MAN-003': {
    sentence: "The operator is not known to the core, or the operator's signature does not verify.",
    next: 'Ask the administrator to register the operator.',
  },
  'ENR-MAN-004': { sentence: 'The registration id belongs to another station.', next: TELL_SUPPORT },
  'ENR-MAN-005': {
    sentence: 'Another packet was announced under the same registration id.',
    next: 'Enrol the person again; the first packet is kept.',
  },
  'ENR-MAN-006': {
    sentence: "The supervisor's approval is missing or does not verify.",
    next: 'Have a supervisor whom the core knows approve the packet.',
  },

  'ENR-UPL-001': { sentence: 'The packet was not announced before its bytes came.', next: SYNC_AGAIN },
  'ENR-UPL-002': { sentence: 'The size of the packet differs from its announcement.', next: SYNC_AGAIN },
  'ENR-UPL-003': { sentence: 'The bytes that arrived are not the bytes that were announced.', next: SYNC_AGAIN },
  'ENR-UPL-004': { sentence: 'The upload request is not complete.', next: TELL_SUPPORT },
  'ENR-UPL-005': { sentence: 'The core holds this packet already.', next: 'Nothing. Wait for the answer.' },
  'ENR-UPL-006': {
    sentence: 'A part of the packet was damaged on its way.',
    next: 'Nothing. The station sends it again from there.',
  },
  'ENR-UPL-007': {
    sentence: 'The core takes no more packets at the moment.',
    next: 'Nothing. The station tries again by itself, a little later.',
  },
} as const satisfies StatusTable;
