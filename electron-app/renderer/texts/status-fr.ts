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
  'ENR-AUT-007': {
    sentence: 'La station est révoquée.',
    next: 'Demandez à l’administrateur si la machine doit être enrôlée de nouveau.',
  },
  'ENR-TRU-010': {
    sentence: 'Les nouvelles clés ne sont pas signées comme il faut, ou ne suivent pas celles que le centre connaît.',
    next: 'Demandez à l’administrateur d’enrôler la station de nouveau.',
  },
  'ENR-TRU-011': {
    sentence: 'La connexion ne montre aucun certificat délivré pour cette station.',
    next: 'Demandez à l’administrateur le certificat de cette station.',
  },
  'ENR-TRU-012': {
    sentence: 'Le centre a changé de clés, et rien ne mène de celle que la station connaît à la clé actuelle.',
    next: 'Demandez à l’administrateur d’apporter la carte du centre, ou d’enrôler la station de nouveau.',
  },
  'ENR-LNK-002': {
    sentence: 'Les paquets ne sont envoyés qu’à certaines heures, et ce n’est pas le moment.',
    next: 'Rien. Ils partiront à l’ouverture de la prochaine plage d’envoi.',
  },
  'ENR-LNK-003': {
    sentence: 'La station a envoyé aujourd’hui tout ce qu’elle peut envoyer en un jour.',
    next: 'Rien. L’envoi reprend demain.',
  },
  'ENR-LNK-004': {
    sentence: 'Le centre a demandé à cette station d’attendre.',
    next: 'Rien. L’envoi reprend de lui-même.',
  },
  'ENR-LNK-005': {
    sentence: 'La liaison a été suspendue par une personne.',
    next: 'Reprenez-la quand elle peut de nouveau servir.',
  },
  'ENR-LNK-006': {
    sentence: 'Quelque chose entre la station et le centre ne laisse pas passer un paquet de cette taille.',
    next: 'Adressez-vous au responsable du réseau, ou faites-le porter. Il est proposé de nouveau au démarrage de l’agent.',
  },
  'ENR-LNK-007': {
    sentence: 'Quelque chose entre la station et le centre modifie les octets de ce paquet.',
    next: 'Adressez-vous au responsable du réseau, ou faites-le porter. Il est proposé de nouveau au démarrage de l’agent.',
  },
  'ENR-LNK-008': {
    sentence: 'Le centre dit être un autre qu’auparavant, et rien ne permet de le croire.',
    next: 'Demandez à l’administrateur si le centre a été restauré. D’ici là, rien n’est supprimé ici.',
  },
  'ENR-WEB-002': { sentence: 'La demande n’a pas pu être exécutée à l’instant.', next: 'Réessayez dans une minute.' },
  'ENR-WEB-003': { sentence: 'La demande n’a pas pu être lue.', next: 'Vérifiez la demande.' },
  'ENR-WEB-006': {
    sentence: 'La demande n’a pas la forme attendue.',
    next: 'Vérifiez la demande.',
  },
  'ENR-WEB-007': {
    sentence: 'Cela ne se fait pas à cette adresse.',
    next: 'Vérifiez la demande.',
  },
  'ENR-WEB-008': {
    sentence: 'Trop de demandes sont venues d’ici.',
    next: 'Attendez aussi longtemps que la réponse le dit.',
  },
  'ENR-WEB-009': {
    sentence: 'Vous n’êtes pas autorisé à faire cela.',
    next: 'Demandez à un administrateur le rôle ou le centre nécessaire.',
  },
  'ENR-WEB-010': {
    sentence: 'La demande venait d’une page d’un autre site.',
    next: 'Ouvrez la page du centre lui-même et réessayez là.',
  },
  'ENR-WEB-011': {
    sentence: 'Le centre n’est pas prêt à travailler.',
    next: 'Regardez ce qui est indiqué comme manquant.',
  },
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
  'ENR-VAL-008': {
    sentence: 'Une exception biométrique est consignée sans justificatif.',
    next: 'Numérisez un justificatif de l’exception, ou capturez ce qui a été omis.',
  },
  'ENR-VAL-009': {
    sentence: 'Un champ n’est pas rempli comme il doit l’être.',
    next: 'Corrigez le champ indiqué.',
  },
  'ENR-VAL-010': {
    sentence: 'Pour un enfant, le numéro d’un parent, d’un tuteur ou d’un autre introducteur manque.',
    next: 'Saisissez l’identifiant d’enregistrement ou le numéro d’identité de l’introducteur.',
  },
  'ENR-VAL-011': {
    sentence: 'Les données biométriques de l’introducteur manquent.',
    next: 'Capturez les données biométriques de l’introducteur.',
  },
  'ENR-VAL-012': {
    sentence: 'Trop de temps s’est écoulé entre la première capture et la fin de l’enrôlement.',
    next: 'Capturez de nouveau les données biométriques.',
  },
  'ENR-VAL-013': {
    sentence: 'Une capture est datée d’après la fin de l’enrôlement ; l’horloge de l’appareil est fausse.',
    next: 'Mettez l’appareil à l’heure, puis capturez de nouveau les éléments indiqués.',
  },
  'ENR-VAL-014': {
    sentence: 'La première capture est ancienne ; l’enrôlement doit bientôt être terminé.',
    next: 'Terminez l’enrôlement, ou capturez de nouveau les données biométriques.',
  },
  'ENR-VAL-015': {
    sentence: 'Une capture est sans image.',
    next: 'Capturez de nouveau les éléments indiqués.',
  },
  'ENR-VAL-016': { sentence: 'Un document est vide.', next: 'Numérisez de nouveau le document indiqué.' },
  'ENR-VAL-017': {
    sentence: 'L’enrôlement est daté d’après son scellement ; une horloge du poste est fausse.',
    next: 'Mettez à l’heure la station et le logiciel de capture, puis enrôlez la personne de nouveau.',
  },
  'ENR-VAL-018': {
    sentence: 'La personne a été capturée longtemps avant le scellement de l’enrôlement.',
    next: 'Vérifiez la date de la capture ; si elle est refusée, enrôlez la personne de nouveau.',
  },
  'ENR-VAL-019': {
    sentence: 'Le visage est consigné comme exception, mais il peut toujours être photographié.',
    next: 'Photographiez le visage ; la photo montre aussi ce qui ne peut pas être capturé.',
  },
  'ENR-VAL-020': {
    sentence: 'Aucune donnée biométrique n’a été capturée.',
    next: 'Capturez au moins le visage de la personne.',
  },
  'ENR-VAL-021': {
    sentence: 'Le numéro d’identité de la personne manque, ou n’en est pas un.',
    next: 'Saisissez le numéro tel qu’il figure sur la carte ; sans lui, choisissez le motif du numéro perdu.',
  },
  'ENR-VAL-022': {
    sentence: 'Ce champ ne peut pas être modifié pour ce motif.',
    next: 'Laissez de côté le champ indiqué, ou choisissez un autre motif.',
  },
  'ENR-VAL-023': { sentence: 'Rien n’est à modifier.', next: 'Saisissez ce qui doit être modifié.' },
  'ENR-VAL-024': {
    sentence: 'Ce motif ne prend pas de données biométriques.',
    next: 'Laissez les données biométriques de côté.',
  },
  'ENR-VAL-025': {
    sentence: 'Une capture ne porte pas la signature de son appareil.',
    next: 'Capturez de nouveau les éléments indiqués avec un appareil qui signe.',
  },
  'ENR-CMD-001': {
    sentence: 'Le centre d’enrôlement n’était pas ouvert au moment de la capture.',
    next: 'Renseignez-vous auprès de l’administrateur sur le centre d’enrôlement.',
  },
  'ENR-CMD-002': {
    sentence: 'La station n’était pas admise à enrôler au moment de la capture.',
    next: 'Renseignez-vous auprès de l’administrateur sur la station.',
  },
  'ENR-CMD-003': {
    sentence: 'L’opérateur n’était pas affecté à ce centre d’enrôlement au moment de la capture.',
    next: 'Faites enrôler la personne par un opérateur de ce centre d’enrôlement.',
  },
  'ENR-CMD-004': {
    sentence: 'Le superviseur n’était pas affecté à ce centre d’enrôlement à ce moment.',
    next: 'Faites décider un superviseur de ce centre d’enrôlement.',
  },
  'ENR-CMD-005': {
    sentence: 'L’appareil de capture est bloqué.',
    next: 'Capturez de nouveau avec un autre appareil et remettez celui-ci à l’administrateur.',
  },
  'ENR-CMD-006': {
    sentence: 'L’étalonnage de l’appareil de capture a expiré.',
    next: 'Capturez de nouveau avec un autre appareil et faites étalonner celui-ci.',
  },
  'ENR-CMD-007': {
    sentence: 'L’étalonnage de l’appareil de capture expire bientôt.',
    next: 'Faites étalonner l’appareil indiqué.',
  },
  'ENR-INT-001': {
    sentence: 'L’enregistrement du répondant a lui-même été refusé.',
    next: 'Enregistrez de nouveau la personne avec un autre répondant.',
  },
  'ENR-INT-002': {
    sentence: 'L’enregistrement du répondant ne s’est pas terminé à temps.',
    next: 'Renseignez-vous auprès de l’administrateur, puis enregistrez de nouveau la personne.',
  },
  'ENR-INT-003': {
    sentence: 'Personne n’a le numéro par lequel le répondant est nommé.',
    next: 'Enregistrez de nouveau la personne avec l’identifiant d’enregistrement ou le numéro d’identité du répondant.',
  },
  'ENR-INT-004': {
    sentence: 'Le numéro du répondant est désactivé.',
    next: 'Enregistrez de nouveau la personne avec un autre répondant.',
  },
  'ENR-INT-005': {
    sentence: 'Deux enregistrements se nomment l’un l’autre comme répondant, ou l’un se nomme lui-même.',
    next: 'Enregistrez de nouveau la personne avec un répondant qui a un numéro.',
  },
  'ENR-INT-006': {
    sentence:
      'L’enregistrement nommé comme répondant n’est pas de ceux par lesquels une personne obtient ou garde un numéro.',
    next: 'Enregistrez de nouveau la personne avec le numéro d’identité du répondant.',
  },
  'ENR-INT-007': {
    sentence: 'D’après le dossier de ce numéro, la personne est un enfant, et aucun répondant n’est nommé.',
    next: 'Enregistrez de nouveau la personne avec le numéro d’enregistrement ou d’identité du répondant.',
  },
  'ENR-CMD-008': {
    sentence: 'L’appareil de capture n’est pas de ceux que le pays connaît.',
    next: 'Capturez de nouveau avec un appareil connu, et signalez l’appareil indiqué à l’administrateur.',
  },
  'ENR-CMD-009': {
    sentence: 'La capture a été faite hors des heures de travail du centre.',
    next: 'Renseignez-vous auprès de l’administrateur sur les heures du centre.',
  },
  'ENR-QUA-001': {
    sentence: 'La qualité des données biométriques est trop faible pour distinguer cette personne des autres.',
    next: 'Rappelez la personne et capturez de nouveau les éléments indiqués.',
  },
  'ENR-QUA-002': {
    sentence: 'Les données biométriques n’ont pas été capturées de nouveau à temps.',
    next: ENROL_AGAIN,
  },
  'ENR-QUA-003': {
    sentence: 'La meilleure capture possible est médiocre ; le centre demandera peut-être à la personne de revenir.',
    next: 'Dites-le à la personne ou, si la capture est impossible, consignez une exception avec son justificatif.',
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
  'ENR-STN-007': {
    sentence: 'La connexion est bloquée un moment, car un mot de passe erroné a été saisi trop souvent.',
    next: 'Attendez jusqu’à l’heure indiquée, puis connectez-vous de nouveau.',
  },
  'ENR-STN-008': {
    sentence: 'Cette station ne détient pas cet enregistrement.',
    next: 'Vérifiez l’identifiant d’enregistrement.',
  },
  'ENR-STN-009': {
    sentence:
      'Le paquet ne peut pas être supprimé : le centre n’en a pas confirmé la fin, ou il doit encore être conservé.',
    next: 'Rien. La station le supprime d’elle-même le moment venu.',
  },
  'ENR-STN-010': {
    sentence:
      'Un fichier de base de données de la station était endommagé ; il a été mis de côté et refait à partir des paquets scellés.',
    next: 'Rien n’est perdu. Faites vérifier le disque.',
  },
  'ENR-STN-011': {
    sentence: 'Un autre processus utilise la station.',
    next: 'Fermez l’autre fenêtre ou arrêtez l’autre processus, puis réessayez.',
  },
  'ENR-STN-012': {
    sentence: 'L’état de l’enregistrement ne permet pas cette action.',
    next: 'Regardez son état ; la liste l’indique.',
  },
  'ENR-STN-013': {
    sentence: 'La personne connectée n’est pas opérateur de cette station.',
    next: 'Demandez à un opérateur de se connecter.',
  },
  'ENR-APR-004': {
    sentence: 'Il n’y a pas de copie à consulter, car l’approbation a été demandée après la mise sous scellé.',
    next: 'Décidez d’après les papiers, ou faites enrôler la personne de nouveau.',
  },
  'ENR-APR-001': {
    sentence: 'Personne n’approuve ses propres enrôlements.',
    next: 'Faites décider un autre superviseur, avec sa propre connexion.',
  },
  'ENR-APR-002': {
    sentence: 'La personne connectée n’est pas un superviseur de cette station.',
    next: 'Faites connecter un superviseur.',
  },
  'ENR-APR-003': {
    sentence: 'Le superviseur a rejeté cet enrôlement ; il n’est jamais envoyé.',
    next: 'Enrôlez la personne de nouveau si le motif a été corrigé.',
  },
  'ENR-MAN-006': {
    sentence: 'L’approbation du superviseur manque ou ne peut pas être vérifiée.',
    next: 'Faites approuver le paquet par un superviseur que le centre connaît.',
  },
  'ENR-LIM-001': {
    sentence: 'Le disque n’a plus de place que pour quelques enrôlements.',
    next: 'Connectez la station pour que les paquets partent, ou libérez de la place sur le disque.',
  },
  'ENR-LIM-002': {
    sentence: 'Beaucoup de paquets attendent d’être envoyés.',
    next: 'Connectez la station, ou apportez ses paquets au centre.',
  },
  'ENR-LIM-003': {
    sentence: 'Un paquet attend depuis longtemps d’être envoyé.',
    next: 'Connectez la station, ou apportez ses paquets au centre.',
  },
  'ENR-LIM-004': {
    sentence: 'Beaucoup d’enrôlements attendent le superviseur.',
    next: 'Demandez au superviseur de se prononcer.',
  },
  'ENR-LIM-005': {
    sentence: 'Un enrôlement attend depuis longtemps le superviseur.',
    next: 'Demandez au superviseur de se prononcer.',
  },
  'ENR-LIM-006': {
    sentence: 'La station est sans nouvelles du centre depuis longtemps.',
    next: 'Connectez la station.',
  },
  'ENR-IDN-001': {
    sentence: 'Personne n’a ce numéro d’identité.',
    next: 'Comparez le numéro avec la carte ; sans elle, choisissez le motif du numéro perdu.',
  },
  'ENR-IDN-002': { sentence: 'Le numéro d’identité est désactivé.', next: 'Faites d’abord activer le numéro.' },
  'ENR-IDN-003': { sentence: 'Le numéro d’identité est déjà actif.', next: 'Rien. La personne peut l’utiliser.' },
  'ENR-IDN-004': { sentence: 'Le numéro d’identité est déjà désactivé.', next: 'Il n’y a plus rien à faire.' },
  'ENR-IDN-005': {
    sentence: 'Un autre numéro d’identité a été retenu, mais cet enregistrement a déjà modifié le dossier du premier.',
    next: 'Demandez à l’administrateur de corriger le premier dossier, puis enregistrez de nouveau la personne.',
  },
  'ENR-IDN-006': {
    sentence: 'Personne n’a décidé à temps si le numéro d’identité est bien celui de la personne.',
    next: 'Demandez à l’administrateur, puis enregistrez de nouveau la personne.',
  },
  'ENR-IDN-007': {
    sentence: 'Il a été décidé que le numéro d’identité n’est pas celui de la personne.',
    next: 'Comparez le numéro avec la carte de la personne ; sans carte, choisissez la procédure de numéro perdu.',
  },
  'ENR-LST-001': {
    sentence: 'Personne de ce nom, de cette date de naissance et de ce sexe n’a de numéro d’identité.',
    next: 'Demandez à la personne comment elle a été enregistrée ; si elle ne l’a jamais été, enregistrez-la comme nouvelle.',
  },
  'ENR-LST-002': {
    sentence: 'Personne n’a décidé à temps de qui le numéro a été perdu.',
    next: 'Renseignez-vous auprès de l’administrateur, puis enregistrez de nouveau la personne.',
  },
  'ENR-LST-003': {
    sentence: 'Il a été décidé que la personne n’est aucune de celles qui ont été trouvées.',
    next: 'Demandez à la personne comment elle a été enregistrée ; si elle ne l’a jamais été, enregistrez-la comme nouvelle.',
  },
  'ENR-CTY-001': {
    sentence: 'Un contrôle propre au pays a refusé cet enregistrement.',
    next: 'Adressez la personne à l’autorité ; l’assistance sait de quel contrôle il s’agit.',
  },
  'ENR-CTY-002': {
    sentence: 'Un contrôle propre au pays exige d’autres papiers pour cet enregistrement.',
    next: 'Enrôlez la personne de nouveau avec les papiers que l’autorité demande.',
  },
  'ENR-CTY-003': {
    sentence: 'Ce qui a été saisi diffère des registres du pays.',
    next: 'Revoyez les saisies avec la personne, puis enrôlez-la de nouveau.',
  },
  'ENR-OUT-001': { sentence: 'L’enregistrement est terminé.', next: 'Remettez le numéro à la personne.' },
  'ENR-OUT-002': {
    sentence: 'La correction a été prise en compte.',
    next: 'Rien. Le premier enregistrement suit son cours.',
  },
  'ENR-OUT-003': { sentence: 'Les données de la personne ont été modifiées.', next: 'Dites-le à la personne.' },
  'ENR-OUT-004': { sentence: 'Le numéro perdu a été retrouvé.', next: 'Remettez le numéro à la personne.' },
  'ENR-OUT-005': { sentence: 'Le numéro d’identité est de nouveau actif.', next: 'Dites-le à la personne.' },
  'ENR-OUT-006': { sentence: 'Le numéro d’identité a été désactivé.', next: 'Dites-le à qui l’a demandé.' },
};
