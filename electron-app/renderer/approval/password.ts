import type { RefObject, TargetedInputEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';

export interface Password {
  readonly isFilled: boolean;
  /** The field's contents, once: it is empty afterwards. */
  take(): string;
  readonly field: {
    readonly ref: RefObject<HTMLInputElement | null>;
    readonly type: 'password';
    readonly autoComplete: 'off';
    readonly onInput: (event: TargetedInputEvent<HTMLInputElement>) => void;
  };
}

/** A password stands in its field until it is used and nowhere afterwards: it never becomes a part of the page's state. */
export function usePassword(): Password {
  const ref = useRef<HTMLInputElement>(null);
  const [isFilled, setFilled] = useState(false);
  return {
    isFilled,
    take: () => {
      const password = ref.current?.value ?? '';
      if (ref.current) ref.current.value = '';
      setFilled(false);
      return password;
    },
    field: {
      ref,
      type: 'password',
      autoComplete: 'off',
      onInput: ({ currentTarget }) => setFilled(currentTarget.value !== ''),
    },
  };
}
