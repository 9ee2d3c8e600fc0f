/** The shape that every language's texts have: the keys of English, with the plural forms of the language itself. */
import type { en } from './en.ts';

type EnglishKey = keyof typeof en;
type PluralStem = EnglishKey extends infer Key ? (Key extends `${infer Stem}_other` ? Stem : never) : never;
type PlainKey = Exclude<EnglishKey, `${PluralStem}_${'one' | 'other'}`>;

/** What can be asked for. */
export type TextKey = PlainKey | PluralStem;

export type TextsWith<Form extends Intl.LDMLPluralRule> = Readonly<Record<PlainKey | `${PluralStem}_${Form}`, string>>;
