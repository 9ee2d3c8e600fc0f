/** residence: whether somebody of that date of birth can live here. */
import type { MakeStage } from '@enroute/core/pipeline/country/country-stage.ts';

const makeStage: MakeStage = ({ options, log }) => ({
  name: 'residence',
  kind: 'pure',
  outcomes: ['next', 'reject'],
  facts: ['bornInYear'],
  decide: ({ identity }, now) => {
    const born = Number(String(identity().dateOfBirth).slice(0, 4));
    const years = now.getUTCFullYear() - born;
    if (years >= 0 && years <= Number(options.longestYears)) return { outcome: 'next', facts: { bornInYear: born } };
    log.warn('impossible-age', { years });
    return { outcome: 'reject', code: 'UT-RES-001' };
  },
});

export default makeStage;
