/** The shape that every language's texts have: the keys of English, with the plural forms of the language itself. */

type PluralStem<English> = keyof English extends infer Key ? (Key extends `${infer Stem}_other` ? Stem : never) : never;
type PlainKey<English> = Exclude<keyof English & string, `${PluralStem<English>}_${'one' | 'other'}`>;

/** What can be asked for. */
export type TextKey<English> = PlainKey<English> | PluralStem<English>;

export type TextsWith<English, Form extends Intl.LDMLPluralRule> = Readonly<
  Record<PlainKey<English> | `${PluralStem<English>}_${Form}`, string>
>;
