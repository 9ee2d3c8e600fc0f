/** The page's own texts, ready to be spoken. */
import { createSpeaker } from '@enroute/shared/ui/speech.ts';
import { ar } from './texts/ar.ts';
import { en } from './texts/en.ts';
import { fr } from './texts/fr.ts';
import type { TextKey } from './texts/texts.ts';

export const { SpeechContext, useSpeech, useChosenSpeech, speechIn } = createSpeaker<TextKey>({ en, fr, ar });
