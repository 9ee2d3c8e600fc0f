/** What somebody may do, and where: roles, and the centers that a supervisor is bound to. */
import { ROLES, type Role } from '../../../people/person.ts';
import { useSpeech } from '../language.ts';
import { Field } from '../ui/field.tsx';
import { parseCenters } from './centers.ts';

export interface Grant {
  readonly roles: readonly Role[];
  /** Both count for supervisors only. */
  readonly everywhere: boolean;
  /** As typed. */
  readonly centers: string;
}

export const NO_GRANT: Grant = { roles: [], everywhere: false, centers: '' };

export interface GrantRequest {
  readonly roles: readonly Role[];
  readonly centers: readonly string[] | 'all';
}

/** undefined while something is missing or wrong. Only a supervisor is bound to centers. */
export function grantRequest({ roles, everywhere, centers }: Grant): GrantRequest | undefined {
  if (roles.length === 0) return undefined;
  if (everywhere || !roles.includes('supervisor')) return { roles, centers: 'all' };
  const parsed = parseCenters(centers);
  return parsed && { roles, centers: parsed };
}

export function grantOf({ roles, centers }: GrantRequest): Grant {
  const everywhere = centers === 'all';
  return { roles, everywhere, centers: everywhere ? '' : centers.join(' ') };
}

interface Properties {
  readonly grant: Grant;
  /** Those that can be given here. */
  readonly offered?: readonly Role[];
  /** Whether it was tried to send it. */
  readonly tried: boolean;
  readonly onGrant: (grant: Grant) => void;
}

export function GrantFields({ grant, offered = ROLES, tried, onGrant }: Properties) {
  const { t } = useSpeech();
  const { roles, everywhere, centers } = grant;
  return (
    <>
      <fieldset class="choices">
        <legend>{t('roles')}</legend>
        {offered.map((role) => (
          <label key={role} class="choice">
            <input
              type="checkbox"
              checked={roles.includes(role)}
              onChange={({ currentTarget }) => {
                const others = roles.filter((one) => one !== role);
                onGrant({ ...grant, roles: currentTarget.checked ? [...others, role] : others });
              }}
            />
            <span>
              <strong>{t(role)}</strong> {t(`${role}Meaning`)}
            </span>
          </label>
        ))}
        {tried && roles.length === 0 && <p class="bad">{t('roleNeeded')}</p>}
      </fieldset>
      {roles.includes('supervisor') && (
        <label class="choice">
          <input
            type="checkbox"
            checked={everywhere}
            onChange={({ currentTarget }) => onGrant({ ...grant, everywhere: currentTarget.checked })}
          />
          <span>{t('everywhere')}</span>
        </label>
      )}
      {roles.includes('supervisor') && !everywhere && (
        <Field
          label={t('centers')}
          hint={t('centersHint')}
          wrong={tried && !parseCenters(centers) ? t('centersWrong') : undefined}
          value={centers}
          onInput={(typed) => onGrant({ ...grant, centers: typed })}
        />
      )}
    </>
  );
}
