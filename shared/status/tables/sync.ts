/** The two planes between a station and the core: the channel, the link, the courier. */
import { type StatusTable, SYNC_AGAIN, TELL_SUPPORT } from '../status-table.ts';

export const SYNC_STATUS = {
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
    sentence: 'The running core did not take the order of this command.',
    next: 'Wait until the other command that uses the core has ended, then try again.',
  },
  'ENR-CRR-011': {
    sentence: 'The document was not signed by the core for this station.',
    next: 'Nothing of it was taken. Tell the support desk and give them this code.',
  },
  'ENR-CRR-012': {
    sentence: 'The running core has stopped answering while it carried out this command.',
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
} as const satisfies StatusTable;
