/** A new pause rule: what it would hold now is shown before it is set. */

import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { useState } from 'preact/hooks';
import { type Found, foundSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Choice } from '../ui/choice.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { FoundSummary } from './found-summary.tsx';
import { type RuleFields, ruleOf, wrongIn } from './rule-fields.ts';

const EMPTY: RuleFields = { name: '', centers: '', process: '', hours: '24', after: 'resume' };

export function NewPauseRule({ onSet }: { readonly onSet: () => void }) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [fields, setFields] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const [shown, setShown] = useState<Found>();
  const act = useAct();
  const wrong = wrongIn(fields);
  const change = (changed: Partial<RuleFields>): void => {
    setShown(undefined);
    setFields({ ...fields, ...changed });
  };
  return (
    <section class="panel">
      <h2>{t('newRule')}</h2>
      <Form
        act={act}
        submit={shown ? t('setRule') : t('preview')}
        onSubmit={async () => {
          setTried(true);
          const rule = ruleOf(fields);
          if (!rule) return;
          if (!shown) {
            setShown(await api.changeFor(foundSchema, 'POST', '/api/pause-rules/previews', rule));
            return;
          }
          await api.change('PUT', `/api/pause-rules/${rule.name}`, rule);
          setFields(EMPTY);
          setTried(false);
          setShown(undefined);
          onSet();
        }}
      >
        <Field
          label={t('ruleName')}
          hint={t('ruleNameHint')}
          wrong={tried && wrong.name ? t('ruleNameWrong') : undefined}
          value={fields.name}
          onInput={(name) => change({ name })}
        />
        <Field
          label={t('onlyCenters')}
          hint={t('onlyCentersHint')}
          wrong={tried && wrong.centers ? t('centersWrong') : undefined}
          required={false}
          value={fields.centers}
          onInput={(centers) => change({ centers })}
        />
        <Choice
          label={t('onlyProcess')}
          value={fields.process}
          options={[['', t('anyProcess')], ...PROCESSES.map((process) => [process, process] as const)]}
          onChoose={(process) => change({ process })}
        />
        <Field
          label={t('holdHours')}
          wrong={tried && wrong.hours ? t('holdHoursWrong') : undefined}
          inputMode="numeric"
          value={fields.hours}
          onInput={(hours) => change({ hours })}
        />
        <Choice
          label={t('afterwards')}
          value={fields.after}
          options={[
            ['resume', t('afterResume')],
            ['stop', t('afterStop')],
          ]}
          onChoose={(after) => change({ after })}
        />
        {shown && (
          <>
            <p>{t('wouldHold')}</p>
            <FoundSummary found={shown} />
          </>
        )}
      </Form>
    </section>
  );
}
