/** Who may sign in: everyone with their roles, and what an administrator may change about them. */
import { useState } from 'preact/hooks';
import { linkSchema, type Person, peopleSchema, type SignInLink } from '../api/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { type Proof, proofRequest } from '../session/proof-fields.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Heading } from '../ui/heading.tsx';
import { LoadedView } from '../ui/loaded-view.tsx';
import { AddPerson } from './add-person.tsx';
import { PersonCard } from './person-card.tsx';
import { SignInLinkNote } from './sign-in-link-note.tsx';

const PEOPLE = '/api/people';

export function PeoplePage() {
  const { t } = useSpeech();
  const { api, mayChange } = useSignedIn();
  const loaded = useLoaded(PEOPLE, () => api.get(PEOPLE, peopleSchema));
  const [issued, setIssued] = useState<{ readonly id: string; readonly link: SignInLink }>();
  const [adding, setAdding] = useState(false);
  const change = mayChange('people');

  async function newLink({ id }: Person, proof: Proof): Promise<void> {
    const path = `${PEOPLE}/${encodeURIComponent(id)}/link`;
    const link = await api.changeFor(linkSchema, 'POST', path, proofRequest(proof));
    setIssued({ id, link });
    loaded.reload();
  }

  return (
    <section class="detail">
      <div class="head">
        <Heading>{t('people')}</Heading>
        {change && !adding && (
          <button type="button" class="act" data-tone="main" onClick={() => setAdding(true)}>
            {t('addPerson')}
          </button>
        )}
      </div>
      {issued && <SignInLinkNote key={issued.link.link} id={issued.id} link={issued.link} />}
      {adding && (
        <AddPerson
          onClose={() => setAdding(false)}
          onAdded={(id, link) => {
            setAdding(false);
            setIssued({ id, link });
            loaded.reload();
          }}
        />
      )}
      <LoadedView loaded={loaded}>
        {(people) => (
          <ul class="cards">
            {people.map((person) => (
              <PersonCard
                key={person.id}
                person={person}
                mayChange={change}
                onNewLink={(proof) => newLink(person, proof)}
                onChanged={loaded.reload}
              />
            ))}
          </ul>
        )}
      </LoadedView>
    </section>
  );
}
