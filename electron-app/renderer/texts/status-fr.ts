/** What shared/status/codes.ts says, in French, for the codes that an operator meets. */
import type { StatusTexts } from './status-text.ts';

const ENROL_AGAIN = 'Enrôlez la personne de nouveau.';
const TELL_SUPPORT = 'Prévenez l’assistance et donnez-lui ce code.';

export const statusFr: StatusTexts = {
  'ENR-AUT-003': {
    sentence: 'L’accès a expiré, car l’horloge de la station diffère de celle du centre.',
    next: 'Rien. La station mesure l’écart et réessaie.',
  },
  'ENR-AUT-004': {
    sentence: 'Le centre ne connaît pas cette station.',
    next: 'Demandez à l’administrateur de la déclarer.',
  },
  'ENR-AUT-005': { sentence: 'La station est suspendue.', next: 'Demandez-en la raison à l’administrateur.' },
  'ENR-WEB-002': { sentence: 'La demande n’a pas pu être exécutée à l’instant.', next: 'Réessayez dans une minute.' },
  'ENR-WEB-003': { sentence: 'La demande n’a pas pu être lue.', next: 'Vérifiez la demande.' },
  'ENR-VAL-001': {
    sentence: 'La personne n’a pas donné son consentement.',
    next: 'N’enrôlez la personne de nouveau que si elle y consent.',
  },
  'ENR-VAL-002': { sentence: 'Un champ obligatoire manque ou est vide.', next: ENROL_AGAIN },
  'ENR-VAL-003': {
    sentence: 'Un document obligatoire manque.',
    next: 'Enrôlez la personne de nouveau avec le document.',
  },
  'ENR-VAL-004': {
    sentence: 'Des données biométriques manquent et aucune exception n’est consignée.',
    next: ENROL_AGAIN,
  },
  'ENR-VAL-005': {
    sentence: 'La date de naissance n’existe pas ou est postérieure à la capture.',
    next: ENROL_AGAIN,
  },
  'ENR-VAL-006': { sentence: 'Ce motif n’est pas encore proposé.', next: 'Attendez la prochaine version.' },
  'ENR-VAL-007': {
    sentence: 'La correction ne correspond à aucun enregistrement de cette station qui en attend une.',
    next: TELL_SUPPORT,
  },
  'ENR-QUA-001': {
    sentence: 'La qualité des données biométriques est trop faible pour distinguer cette personne des autres.',
    next: 'Rappelez la personne et capturez de nouveau les éléments indiqués.',
  },
  'ENR-QUA-002': {
    sentence: 'Les données biométriques n’ont pas été capturées de nouveau à temps.',
    next: ENROL_AGAIN,
  },
  'ENR-DDP-001': {
    sentence: 'Une personne de mêmes nom, date de naissance et sexe est déjà enregistrée.',
    next: 'Demandez à la personne si elle s’est déjà enrôlée ; si elle a perdu son numéro, commencez un enregistrement « Numéro perdu ».',
  },
  'ENR-ENG-002': {
    sentence: 'Une étape du traitement a échoué trop souvent ; un administrateur a été prévenu.',
    next: 'Rien. Le paquet est en sûreté au centre.',
  },
  'ENR-STN-001': {
    sentence: 'Le disque est plein ; l’enrôlement n’a pas été conservé.',
    next: 'Libérez de la place sur le disque, puis enregistrez de nouveau.',
  },
  'ENR-STN-002': {
    sentence: 'Ce qui a été relu sur le disque n’est pas ce qui y a été écrit ; l’enrôlement n’a pas été conservé.',
    next: 'Enregistrez de nouveau ; si cela se reproduit, faites vérifier le disque.',
  },
  'ENR-STN-003': { sentence: 'Un paquet conservé est endommagé ou manque sur le disque.', next: TELL_SUPPORT },
  'ENR-STN-004': {
    sentence: 'La station n’a pas encore été déclarée auprès d’un centre.',
    next: 'Déclarez d’abord la station : enroute station trust <core card>.',
  },
  'ENR-STN-005': {
    sentence: 'Le mot de passe n’ouvre pas cette clé.',
    next: 'Saisissez de nouveau le mot de passe.',
  },
  'ENR-STN-006': {
    sentence: 'Impossible d’écrire sur le disque ; l’enrôlement n’a pas été conservé.',
    next: 'Faites vérifier le disque.',
  },
  'ENR-OUT-001': { sentence: 'L’enregistrement est terminé.', next: 'Remettez le numéro à la personne.' },
  'ENR-OUT-002': {
    sentence: 'La correction a été prise en compte.',
    next: 'Rien. Le premier enregistrement suit son cours.',
  },
};
