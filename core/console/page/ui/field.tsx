/** A labelled field: its hint and what is wrong with it are told to a screen reader together with its name. */
import type { Ref } from 'preact';
import { useId } from 'preact/hooks';

interface Properties {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'password';
  readonly name?: string;
  readonly autoComplete?: string;
  readonly inputMode?: 'numeric' | 'text';
  readonly hint?: string;
  readonly wrong?: string | undefined;
  readonly maxLength?: number;
  readonly required?: boolean;
  readonly inputRef?: Ref<HTMLInputElement>;
}

export function Field(properties: Properties) {
  const { label, value, onInput, type = 'text', hint, wrong, inputRef } = properties;
  const id = useId();
  const told = [hint ? `${id}-hint` : '', wrong ? `${id}-wrong` : ''].join(' ').trim();
  const common = {
    id,
    ...(inputRef && { ref: inputRef }),
    ...(properties.name && { name: properties.name }),
    autoComplete: properties.autoComplete ?? 'off',
    ...(properties.inputMode && { inputMode: properties.inputMode }),
    ...(properties.maxLength && { maxLength: properties.maxLength }),
    required: properties.required ?? true,
    spellcheck: false,
    value,
    'aria-invalid': wrong !== undefined,
    ...(told && { 'aria-describedby': told }),
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) => onInput(currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'password' ? <input {...common} type="password" dir="ltr" /> : <input {...common} dir="auto" />}
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {wrong && (
        <p id={`${id}-wrong`} class="bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
