/** One's own password once more, and a code: before something that would let others in. */
import { useSpeech } from '../language.ts';
import { Field } from '../ui/field.tsx';
import { useSignedIn } from './session-context.ts';

export interface Proof {
  readonly password: string;
  readonly code: string;
}

export const NO_PROOF: Proof = { password: '', code: '' };

/** As the core takes it. */
export function proofRequest({ password, code }: Proof): { readonly password: string; readonly code?: string } {
  const digits = code.replaceAll(/\s/g, '');
  return { password, ...(digits !== '' && { code: digits }) };
}

interface Properties {
  readonly proof: Proof;
  readonly onProof: (proof: Proof) => void;
}

export function ProofFields({ proof, onProof }: Properties) {
  const { t } = useSpeech();
  const { session } = useSignedIn();
  return (
    <>
      <Field
        label={t('ownPassword')}
        hint={t('proofWhy')}
        type="password"
        autoComplete="current-password"
        value={proof.password}
        onInput={(password) => onProof({ ...proof, password })}
      />
      {session.secondFactor && (
        <Field
          label={t('code')}
          hint={t('codeHint')}
          inputMode="numeric"
          autoComplete="one-time-code"
          value={proof.code}
          onInput={(code) => onProof({ ...proof, code })}
        />
      )}
    </>
  );
}
