import { useSpeech } from '../language.ts';
import { Field } from '../ui/field.tsx';
import { type Filter, KINDS } from './filter.ts';

interface Properties {
  readonly filter: Filter;
  readonly shown: number;
  readonly onFilter: (filter: Filter) => void;
}

export function FilterBar({ filter, shown, onFilter }: Properties) {
  const { t, count } = useSpeech();
  return (
    <search class="filter">
      <Field
        label={t('findStation')}
        inputMode="numeric"
        required={false}
        value={filter.number}
        onInput={(number) => onFilter({ ...filter, number })}
      />
      <label class="field">
        {t('show')}
        <select
          value={filter.kind}
          onChange={({ currentTarget }) => {
            const kind = KINDS.find((one) => one === currentTarget.value);
            if (kind) onFilter({ ...filter, kind });
          }}
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t(kind)}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet" role="status">
        {count('stationsShown', shown)}
      </p>
    </search>
  );
}
