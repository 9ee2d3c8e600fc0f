/** An order to many registrations: choose, see which they are, and only then give it to just those. */
import { useState } from 'preact/hooks';
import { givenSchema, type OrderPreview, previewSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { parseCenters } from '../people/centers.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Choice } from '../ui/choice.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { FoundSummary } from './found-summary.tsx';
import { OrderNote } from './order-note.tsx';
import { actOf, MEANINGS, ORDERS_FOR_MANY } from './orders.ts';
import { isRuleName } from './rule-fields.ts';

const SELECTIONS = {
  whichDead: { states: ['DEAD_LETTER'] },
  whichPaused: { reasons: ['paused'] },
  whichCorrection: { reasons: ['correction'] },
  whichIntroducer: { reasons: ['introducer'] },
  whichAnswer: { reasons: ['answer'] },
  whichDecision: { reasons: ['decision'] },
} as const;
type Which = keyof typeof SELECTIONS;
const ALL_WHICH = Object.keys(SELECTIONS) as Which[];

export function ManyAtOnce({ onDone }: { readonly onDone: () => void }) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [which, setWhich] = useState<Which>('whichDead');
  const [typed, setTyped] = useState('');
  const [rule, setRule] = useState('');
  const [order, setOrder] = useState<(typeof ORDERS_FOR_MANY)[number]>('resume');
  const [preview, setPreview] = useState<OrderPreview>();
  const [given, setGiven] = useState<string>();
  const [looking, giving] = [useAct(), useAct()];
  const centers = parseCenters(typed);
  const wrong = typed.trim() !== '' && !centers;
  const ofRule = which === 'whichPaused' ? rule.trim() : '';
  const wrongRule = ofRule !== '' && !isRuleName(ofRule);

  /** What was shown is not what would be ordered now. */
  const chooseAnew = (): void => {
    setPreview(undefined);
    setGiven(undefined);
  };

  return (
    <section class="panel">
      <h2>{t('manyAtOnce')}</h2>
      <p>{t('manyMeaning')}</p>
      <Form
        act={looking}
        submit={t('preview')}
        onSubmit={async () => {
          chooseAnew();
          if (wrong || wrongRule) return;
          const rules = ofRule === '' ? {} : { rules: [ofRule] };
          const selection = { ...SELECTIONS[which], ...(centers && { centers }), ...rules };
          const body = { selection, act: actOf(order, new Date()) };
          setPreview(await api.changeFor(previewSchema, 'POST', '/api/registrations/previews', body));
        }}
      >
        <Choice
          label={t('which')}
          value={which}
          options={ALL_WHICH.map((one) => [one, t(one)] as const)}
          onChoose={(chosen) => {
            chooseAnew();
            setWhich(chosen);
          }}
        />
        {which === 'whichPaused' && (
          <Field
            label={t('onlyRule')}
            hint={t('onlyRuleHint')}
            wrong={wrongRule ? t('ruleNameWrong') : undefined}
            required={false}
            value={rule}
            onInput={(text) => {
              chooseAnew();
              setRule(text);
            }}
          />
        )}
        <Field
          label={t('onlyCenters')}
          hint={t('onlyCentersHint')}
          wrong={wrong ? t('centersWrong') : undefined}
          required={false}
          value={typed}
          onInput={(text) => {
            chooseAnew();
            setTyped(text);
          }}
        />
        <Choice
          label={t('order')}
          value={order}
          options={ORDERS_FOR_MANY.map((one) => [one, t(one)] as const)}
          onChoose={(chosen) => {
            chooseAnew();
            setOrder(chosen);
          }}
        />
      </Form>
      {preview && !given && (
        <Form
          act={giving}
          submit={t('giveOrder')}
          onSubmit={async () => {
            const body = { token: preview.token };
            setGiven((await api.changeFor(givenSchema, 'POST', '/api/registrations/actions', body)).id);
          }}
        >
          <FoundSummary found={preview} />
          <p>{t(MEANINGS[order])}</p>
        </Form>
      )}
      {given && <OrderNote key={given} id={given} onDone={onDone} />}
    </section>
  );
}
