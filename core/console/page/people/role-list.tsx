import type { Role } from '../../../people/person.ts';
import { useSpeech } from '../language.ts';

export function RoleList({ roles }: { readonly roles: readonly Role[] }) {
  const { t, format } = useSpeech();
  return (
    <>{roles.length === 0 ? <span class="quiet">{t('noRole')}</span> : format.list(roles.map((role) => t(role)))}</>
  );
}
