import type { ComponentChildren } from 'preact';
import type { RegistrationView } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { hashOf } from '../shell/pages.ts';
import { RidLink } from '../ui/rid-link.tsx';
import { StationNumber } from '../ui/station-number.tsx';
import { Time } from '../ui/time.tsx';

/** Where a registration is, since when, what it waits for and until when. */
export function RegistrationStanding({ registration }: { readonly registration: RegistrationView }) {
  const { t, format } = useSpeech();
  const { station, process, stage, since, priority, flow, parked, notBefore, attempts, verdict } = registration;
  const { candidates } = registration;
  return (
    <dl class="facts">
      <Fact name={t('station')}>
        <a href={hashOf({ page: 'station', station })}>
          <StationNumber station={station} />
        </a>
      </Fact>
      <Fact name={t('process')}>
        <code dir="ltr">{process}</code>
      </Fact>
      <Fact name={t('priority')}>{t(priority)}</Fact>
      {stage && (
        <Fact name={t('stage')}>
          <code dir="ltr">{stage}</code>
        </Fact>
      )}
      <Fact name={t('thereSince')}>
        <Time at={since} />
      </Fact>
      {parked && (
        <>
          <Fact name={t('waitsFor')}>
            {t(parked.reason)} {parked.key && <code dir="ltr">{parked.key}</code>}
          </Fact>
          <Fact name={t('waitsUntil')}>
            <Time at={parked.until} />
          </Fact>
          {parked.reason === 'decision' && candidates.length > 0 && (
            <Fact name={t('inQuestion')}>
              {candidates.map((rid) => (
                <div key={rid}>
                  <RidLink rid={rid} />
                </div>
              ))}
            </Fact>
          )}
        </>
      )}
      {attempts > 0 && <Fact name={t('failedTries')}>{format.number(attempts)}</Fact>}
      {notBefore && (
        <Fact name={t('nextTry')}>
          <Time at={notBefore} />
        </Fact>
      )}
      {verdict && (
        <Fact name={t('endsAs')}>
          {t(verdict.state)} <code dir="ltr">{verdict.code}</code>
        </Fact>
      )}
      {flow && <Fact name={t('flowVersion')}>{format.number(flow.version)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
