/**
 * Every way in which something can be refused, fail or end, once: a code that is never used for two things, a sentence
 * for the person at the desk, and what to do next. Whoever shows a failure shows these three.
 *
 * Codes are `ENR-<area>-<number>`. A code that has been released keeps its meaning for ever; a new meaning is a new
 * code.
 */

interface StatusText {
  /** What happened and why, for a person. Holds no personal data. */
  readonly sentence: string;
  /** What that person can do about it. */
  readonly next: string;
}

const TELL_SUPPORT = 'Tell the support desk and give them this code.';
const SYNC_AGAIN = 'Nothing is lost. The station offers it again by itself.';

const STATUS = {
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

  'ENR-AUT-001': { sentence: 'The request carries no credentials.', next: TELL_SUPPORT },
  'ENR-AUT-002': { sentence: 'The credentials are not valid.', next: TELL_SUPPORT },
  'ENR-AUT-003': {
    sentence: "The credentials are out of date, because the station's clock differs from the core's.",
    next: 'Nothing. The station measures the difference and tries again.',
  },
  'ENR-AUT-004': {
    sentence: 'The station is not known to the core.',
    next: 'Ask the administrator to register the station.',
  },
  'ENR-AUT-005': { sentence: 'The station is suspended.', next: 'Ask the administrator why.' },
  'ENR-AUT-006': { sentence: "A station may use its own channel only, not another station's.", next: TELL_SUPPORT },

  'ENR-CHN-001': { sentence: 'Stations do not write documents of this kind.', next: TELL_SUPPORT },
  'ENR-CHN-002': { sentence: 'The document is not as its kind demands.', next: TELL_SUPPORT },
  'ENR-CHN-003': { sentence: 'The request is not as the channel demands.', next: TELL_SUPPORT },
  'ENR-CHN-004': { sentence: 'The document was changed by someone else meanwhile.', next: SYNC_AGAIN },
  'ENR-CHN-005': {
    sentence: 'Something on the way to the core does not let this document through, although it lets others.',
    next: 'Ask whoever runs the network to let requests of 32 KiB through. It is offered again by itself.',
  },

  'ENR-LNK-001': {
    sentence: 'No agent runs at this station, so there is no link to steer.',
    next: 'Start the agent: enroute station start.',
  },
  'ENR-LNK-002': {
    sentence: 'Packets are sent at certain hours only, and it is not one of them.',
    next: 'Nothing. They are sent when the next upload window opens.',
  },
  'ENR-LNK-003': {
    sentence: 'As many bytes were sent today as the station may send in a day.',
    next: 'Nothing. Sending goes on tomorrow.',
  },
  'ENR-LNK-004': {
    sentence: 'The core has asked this station to wait.',
    next: 'Nothing. Sending goes on by itself.',
  },
  'ENR-LNK-005': { sentence: 'The link was stopped by a person.', next: 'Resume it when it may be used again.' },
  'ENR-LNK-006': {
    sentence: 'Something between the station and the core does not let a packet of this size through.',
    next: 'Ask whoever runs the network, or bring it by courier. It is offered again when the agent starts.',
  },
  'ENR-LNK-007': {
    sentence: 'Something between the station and the core changes the bytes of this packet.',
    next: 'Ask whoever runs the network, or bring it by courier. It is offered again when the agent starts.',
  },
  'ENR-LNK-008': {
    sentence: 'The core says that it is another than before, and its word for that is not to be believed.',
    next: 'Ask the administrator whether the core was restored. Nothing is deleted here meanwhile.',
  },

  'ENR-WEB-001': { sentence: 'There is nothing at this address.', next: 'Check the address.' },
  'ENR-WEB-002': { sentence: 'The request could not be carried out just now.', next: 'Try again in a minute.' },
  'ENR-WEB-003': { sentence: 'The request could not be read.', next: 'Check the request.' },
  'ENR-WEB-004': {
    sentence: 'This page needs an access link.',
    next: 'Open the link that the core printed when it started.',
  },

  'ENR-WEB-005': {
    sentence: 'The core refused this for a reason that this version does not know.',
    next: 'Update this installation.',
  },

  'ENR-VAL-001': { sentence: 'The person did not consent.', next: 'Enrol again only if the person consents.' },
  'ENR-VAL-002': { sentence: 'A mandatory field is missing or empty.', next: 'Enrol the person again.' },
  'ENR-VAL-003': { sentence: 'A mandatory document is missing.', next: 'Enrol the person again with the document.' },
  'ENR-VAL-004': { sentence: 'Biometrics are missing and no exception is recorded.', next: 'Enrol the person again.' },
  'ENR-VAL-005': {
    sentence: 'The date of birth does not exist or lies after the capture.',
    next: 'Enrol the person again.',
  },
  'ENR-VAL-006': { sentence: 'This process is not offered yet.', next: 'Wait for the next version.' },
  'ENR-VAL-007': {
    sentence: 'The correction does not belong to a registration of this station that waits for one.',
    next: TELL_SUPPORT,
  },
  'ENR-VAL-008': {
    sentence: 'A biometric exception is recorded without a proof of it.',
    next: 'Scan a proof of the exception, or capture what was left out.',
  },
  'ENR-VAL-009': {
    sentence: 'A field is not filled in as its kind demands.',
    next: 'Correct the named field.',
  },
  'ENR-VAL-010': {
    sentence: 'For a child, the number of a parent, a guardian or another introducer is missing.',
    next: 'Enter the registration id or the identity number of the introducer.',
  },
  'ENR-VAL-011': {
    sentence: 'The biometrics of the introducer are missing.',
    next: 'Capture the biometrics of the introducer.',
  },
  'ENR-VAL-012': {
    sentence: 'Too much time passed between the first capture and the end of the enrolment.',
    next: 'Capture the biometrics again.',
  },
  'ENR-VAL-013': {
    sentence: 'A capture is dated after the end of the enrolment; the clock of the device is wrong.',
    next: 'Set the clock of the device, then capture the named biometrics again.',
  },
  'ENR-VAL-014': {
    sentence: 'The first capture was long ago; the enrolment must soon be finished.',
    next: 'Finish the enrolment, or capture the biometrics again.',
  },
  'ENR-VAL-015': { sentence: 'A capture has no image.', next: 'Capture the named biometrics again.' },
  'ENR-VAL-016': { sentence: 'A document has no content.', next: 'Scan the named document again.' },
  'ENR-VAL-017': {
    sentence: 'The enrolment is dated after it was sealed; a clock at the desk is wrong.',
    next: 'Set the clock of the station and of the capture software, then enrol the person again.',
  },
  'ENR-VAL-018': {
    sentence: 'The person was captured long before the enrolment was sealed.',
    next: 'Check the date of the capture; where it is refused, enrol the person again.',
  },
  'ENR-VAL-019': {
    sentence: 'The face is recorded as an exception, but it can always be photographed.',
    next: 'Photograph the face; the photograph also shows what can not be captured.',
  },
  'ENR-VAL-020': {
    sentence: 'Not one of the biometrics was captured.',
    next: 'Capture at least the face of the person.',
  },

  'ENR-CMD-001': {
    sentence: 'The center was not open for enrolment at the time of the capture.',
    next: 'Ask the administrator about the center.',
  },
  'ENR-CMD-002': {
    sentence: 'The station was not admitted to enrolment at the time of the capture.',
    next: 'Ask the administrator about the station.',
  },
  'ENR-CMD-003': {
    sentence: 'The operator was not assigned to this center at the time of the capture.',
    next: 'Have an operator of this center enrol the person.',
  },
  'ENR-CMD-004': {
    sentence: 'The supervisor was not assigned to this center at that time.',
    next: 'Have a supervisor of this center decide.',
  },
  'ENR-CMD-005': {
    sentence: 'The capture device is blocked.',
    next: 'Capture again with another device, and hand the named one to the administrator.',
  },
  'ENR-CMD-006': {
    sentence: 'The calibration of the capture device has expired.',
    next: 'Capture again with another device, and have the named one calibrated.',
  },
  'ENR-CMD-007': {
    sentence: 'The calibration of the capture device expires soon.',
    next: 'Have the named device calibrated.',
  },

  'ENR-MST-001': {
    sentence: 'The master data of a station is too large to be sent to it.',
    next: 'Take out what is no longer needed: people, periods or devices that ended long ago.',
  },

  'ENR-QUA-001': {
    sentence: 'The quality of the biometrics is too poor to tell this person from others.',
    next: 'Call the person back and capture the named biometrics again.',
  },
  'ENR-QUA-002': {
    sentence: 'The biometrics were not captured again in time.',
    next: 'Enrol the person again.',
  },
  'ENR-QUA-003': {
    sentence: 'The best capture that was possible is poor; the core may ask this person to come back.',
    next: 'Tell the person, or record an exception with its proof if a capture is impossible.',
  },
  'ENR-DDP-001': {
    sentence: 'A person with the same name, date of birth and gender is registered already.',
    next: 'Ask the person whether they enrolled before; if they lost their number, send them to the administrator.',
  },
  'ENR-UIN-001': { sentence: 'No free identity number could be drawn.', next: TELL_SUPPORT },

  'ENR-ENG-001': { sentence: 'A step of the processing failed unexpectedly.', next: TELL_SUPPORT },
  'ENR-ENG-002': {
    sentence: 'A step of the processing failed too often; an administrator must look at it.',
    next: 'Nothing. The packet is safe in the core.',
  },

  'ENR-OPS-001': {
    sentence: 'This registration is no dead letter that could be taken up again.',
    next: 'Check its id; `enroute core dead-letters` lists those that are.',
  },
  'ENR-OPS-002': {
    sentence: 'There is no core in this folder.',
    next: 'Check the folder, or make a core there: enroute core init.',
  },
  'ENR-OPS-003': {
    sentence: "The core's keys are not those that its data was made with.",
    next: 'Put the right core-keys.json back; without it the data and the stations are lost to this core.',
  },
  'ENR-OPS-004': {
    sentence: "Another process uses the core's store.",
    next: 'Stop the core first, then try again.',
  },
  'ENR-OPS-005': {
    sentence: 'The file is not what this command takes.',
    next: 'Correct the file; docs/operations.md says what belongs in it.',
  },
  'ENR-OPS-006': {
    sentence: 'The file can not be read.',
    next: 'Check its path, and whether you may read it.',
  },
  'ENR-OPS-007': {
    sentence: "This machine's clock is behind the newest time in the core's store.",
    next: 'Set it right. If it is right, it was ahead once: set it past that time for this one command.',
  },

  'ENR-EXP-001': {
    sentence: 'The core holds no packet of this registration.',
    next: 'Check its id; a packet that was only announced has no bytes yet.',
  },
  'ENR-EXP-002': {
    sentence: 'There is a file of this name already; nothing was written.',
    next: 'Choose another name, or move the file away.',
  },

  'ENR-STN-001': {
    sentence: 'The disk is full; the enrolment was not saved.',
    next: 'Free disk space, then save again.',
  },
  'ENR-STN-002': {
    sentence: 'What was read back from the disk is not what was written; the enrolment was not saved.',
    next: 'Save again; if it happens again, have the disk checked.',
  },
  'ENR-STN-003': { sentence: 'A stored packet is damaged or missing on the disk.', next: TELL_SUPPORT },
  'ENR-STN-004': {
    sentence: 'The station has not been registered with a core yet.',
    next: 'Register the station first: enroute station trust <core card>.',
  },
  'ENR-STN-005': { sentence: 'The password does not open this key.', next: 'Enter the password again.' },
  'ENR-STN-006': {
    sentence: 'The disk can not be read or written now.',
    next: 'Try again; if it happens again, have the disk checked.',
  },
  'ENR-STN-007': {
    sentence: 'Sign-in is locked for a while, because a wrong password was entered too often.',
    next: 'Wait until the time shown, then sign in again.',
  },
  'ENR-STN-008': { sentence: 'This station holds no such registration.', next: 'Check the registration id.' },
  'ENR-STN-009': {
    sentence:
      'The packet may not be deleted: the core has not confirmed its end, or it must still be kept for a while.',
    next: 'Nothing. The station deletes it by itself when the time has come.',
  },
  'ENR-STN-010': {
    sentence: 'A database file of the station was damaged; it was set aside and made anew from the sealed packets.',
    next: 'Nothing is lost. Have the disk checked.',
  },
  'ENR-STN-011': {
    sentence: 'Another process uses the station.',
    next: 'Close the other window or stop the other process, then try again.',
  },
  'ENR-STN-012': {
    sentence: 'The registration is not in a state in which this can be done.',
    next: 'Look at its state; the list shows it.',
  },
  'ENR-STN-013': {
    sentence: 'Whoever signed in is not an operator of this station.',
    next: 'Have an operator sign in.',
  },

  'ENR-APR-001': {
    sentence: 'Nobody approves their own enrolments.',
    next: 'Have another supervisor sign in and decide.',
  },
  'ENR-APR-002': {
    sentence: 'Whoever signed in is not a supervisor of this station.',
    next: 'Have a supervisor sign in.',
  },
  'ENR-APR-003': {
    sentence: 'The supervisor has rejected this enrolment; it is never uploaded.',
    next: 'Enrol the person again if the reason was mended.',
  },
  'ENR-APR-004': {
    sentence: 'There is no copy of this enrolment to look at, because approval was asked for after it was sealed.',
    next: 'Decide by what is on paper, or have the person enrolled again.',
  },

  'ENR-LIM-001': {
    sentence: 'The disk has room for only few more enrolments.',
    next: 'Bring the station to a link so that packets can go, or free disk space.',
  },
  'ENR-LIM-002': {
    sentence: 'Many packets wait to be sent.',
    next: 'Bring the station to a link, or carry its packets to the core.',
  },
  'ENR-LIM-003': {
    sentence: 'A packet has waited for long to be sent.',
    next: 'Bring the station to a link, or carry its packets to the core.',
  },
  'ENR-LIM-004': {
    sentence: 'Many enrolments wait for the supervisor.',
    next: 'Ask the supervisor to decide on them.',
  },
  'ENR-LIM-005': {
    sentence: 'An enrolment has waited for long for the supervisor.',
    next: 'Ask the supervisor to decide on it.',
  },
  'ENR-LIM-006': {
    sentence: 'The station has not heard from the core for long.',
    next: 'Bring the station to a link.',
  },

  'ENR-CLI-001': {
    sentence: 'There is no station in this folder.',
    next: 'Check the folder, or make a station there: enroute station init <number>.',
  },
  'ENR-CLI-002': {
    sentence: 'The station is running, and its local API can not be used.',
    next: 'Set ENROUTE_LOCAL_TOKEN to what the station was started with, or stop the station.',
  },
  'ENR-CLI-003': {
    sentence: 'There are keys of that name already; they are kept.',
    next: 'Choose another name or another folder. Keys are never replaced.',
  },

  'ENR-CRR-001': {
    sentence: 'The file is not a courier bundle.',
    next: 'Check that the right file was chosen; bundles end in .enrb.',
  },
  'ENR-CRR-002': {
    sentence: 'The courier bundle was made by a newer version of Enroute than this one can read.',
    next: 'Update this installation.',
  },
  'ENR-CRR-003': {
    sentence: 'The courier bundle is meant for somebody else: it is sealed for another key.',
    next: 'Bring it to the core or the station that it was made for.',
  },
  'ENR-CRR-004': {
    sentence: 'The beginning of the courier bundle is damaged, so that nothing of it can be read.',
    next: 'Nothing is lost. Export it again, onto another stick if it happens twice.',
  },
  'ENR-CRR-005': {
    sentence: 'The courier bundle was not made by the sender that it names, or not for this use.',
    next: 'Nothing of it was taken. Ask who brought it; export it again from the sender itself.',
  },
  'ENR-CRR-006': {
    sentence: 'This part of the courier bundle is damaged or missing.',
    next: 'Nothing is lost. The sender keeps it: export it again, or let the link carry it.',
  },
  'ENR-CRR-007': {
    sentence: 'The courier bundle can not be written into this folder.',
    next: 'Check that the stick is there, that it may be written to, and that it has room.',
  },
  'ENR-CRR-008': {
    sentence: 'What was read back from the stick is not what was written to it.',
    next: 'Nothing is lost. Take another stick.',
  },
  'ENR-CRR-009': {
    sentence: 'The courier bundle can not be read from where it lies.',
    next: 'Check its path, that the stick is there, and that the program may read it.',
  },
  'ENR-CRR-010': {
    sentence: 'The running core did not take the order to handle a courier bundle.',
    next: 'Wait until the other command that uses the core has ended, then try again.',
  },
  'ENR-CRR-011': {
    sentence: 'The document was not signed by the core for this station.',
    next: 'Nothing of it was taken. Tell the support desk and give them this code.',
  },
  'ENR-CRR-012': {
    sentence: 'The running core has stopped answering while it handled a courier bundle.',
    next: 'Start the core again: it goes on with the order by itself. To order it once more does no harm.',
  },
  'ENR-CRR-013': {
    sentence: 'The file of the courier bundle holds more entries than its sender stated.',
    next: 'What was taken before stays. Export it again; if that does not help, ask who brought it.',
  },
  'ENR-CRR-014': {
    sentence: "The running core's orders belong to another user of this machine.",
    next: 'Run the command as the user that the core runs as.',
  },

  'ENR-OUT-001': { sentence: 'The registration is complete.', next: 'Hand the number to the person.' },
  'ENR-OUT-002': { sentence: 'The correction was taken up.', next: 'Nothing. The first registration goes on.' },
} as const satisfies Readonly<Record<string, StatusText>>;

export type StatusCode = keyof typeof STATUS;

export const STATUS_CODES = Object.keys(STATUS) as readonly StatusCode[];

export function isStatusCode(text: string): text is StatusCode {
  return Object.hasOwn(STATUS, text);
}

export function describeStatus(code: StatusCode): StatusText {
  return STATUS[code];
}
