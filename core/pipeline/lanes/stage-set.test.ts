import { describe, expect, it } from 'vitest';
import { areDisjoint, EVERY_STAGE, parseLanes, parseStageSet } from './stage-set.ts';

const KNOWN = new Set(['packet', 'quality', 'uin']);
const set = (text: string) => parseStageSet(text, KNOWN);

describe('a set of stages', () => {
  it('has those that it names, or all but those, whatever the order in which they are named', () => {
    expect(['packet', 'quality', 'new'].map(set('uin, packet').has)).toEqual([true, false, false]);
    expect(['packet', 'quality', 'new'].map(set('!uin,packet').has)).toEqual([false, true, true]);
    expect(set('uin,packet').key).toBe(set('packet,uin,uin').key);
    expect(set('*').key).toBe(EVERY_STAGE.key);
  });

  it('is apart from another where no stage of any version can be in both', () => {
    const cases = {
      'packet|uin': true,
      'packet|!packet,uin': true,
      'packet|!uin': false,
      '!packet|!uin': false,
      'uin|*': false,
    };
    for (const [pair, apart] of Object.entries(cases)) {
      const [one = '', other = ''] = pair.split('|');
      expect([areDisjoint(set(one), set(other)), areDisjoint(set(other), set(one))], pair).toEqual([apart, apart]);
    }
  });

  it('is refused when it names what nobody knows, or nothing', () => {
    expect(() => set('packet,nonsense')).toThrow('nonsense');
    expect(() => set('!nonsense')).toThrow(expect.objectContaining({ code: 'ENR-LAN-002' }));
    for (const text of ['', '!', 'packet,,uin', 'packet,!uin', '../x']) {
      expect(() => set(text), text).toThrow(expect.objectContaining({ code: 'ENR-LAN-004' }));
    }
  });
});

describe('lanes', () => {
  it('are numbers and spans', () => {
    expect(parseLanes('20, 0-3,2-4,63')).toEqual([0, 1, 2, 3, 4, 20, 63]);
  });

  it.each(['', '64', '3-1', '-1', '1-', 'a', '0-100', '1;2'])('are refused as "%s"', (text) => {
    expect(() => parseLanes(text)).toThrow(expect.objectContaining({ code: 'ENR-LAN-003' }));
  });
});
