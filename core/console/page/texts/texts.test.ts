import { describeTexts } from '@enroute/shared/ui/texts.fixture.ts';
import { ar } from './ar.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';

describeTexts({ en, fr, ar });
