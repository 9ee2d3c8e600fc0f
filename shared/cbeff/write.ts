import type { Biometric } from '../enrolment/enrolment.ts';
import { encodeBinary, encodeSignature } from './binary-text.ts';
import { CbeffError } from './errors.ts';
import { CBEFF_POSITIONS } from './positions.ts';
import { escapeAttribute, escapeText } from './xml-text.ts';

/**
 * Writes MOSIP's CBEFF XML, laid out as MOSIP lays it out: same elements, same order, three spaces a level. What
 * `readCbeff` read comes back to the letter in every image and signature block, and reads again as the same captures.
 */
export function writeCbeff(biometrics: readonly Biometric[]): string {
  const configured = biometrics.map(({ position }) => CBEFF_POSITIONS[position].attribute).join(', ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<BIR xmlns="http://standards.iso.org/iso-iec/19785/-3/ed-2/">',
    ...INTEGRITY.map(indent),
    ...biometrics.flatMap(birLines).map(indent),
    '   <Others>',
    '      <Key>CONFIGURED</Key>',
    `      <Value>${configured}</Value>`,
    '   </Others>',
    '</BIR>',
    '',
  ].join('\n');
}

const INTEGRITY = ['<BIRInfo>', '   <Integrity>false</Integrity>', '</BIRInfo>'];
const version = (name: string): string[] => [`<${name}>`, '   <Major>1</Major>', '   <Minor>1</Minor>', `</${name}>`];
const indent = (line: string): string => `   ${line}`;
const element = (name: string, text: string): string =>
  text === '' ? `<${name} />` : `<${name}>${escapeText(text)}</${name}>`;

function birLines(biometric: Biometric): string[] {
  const image = encodeBinary(biometric.image, biometric.imageEncoding, biometric.imageTail);
  const signature = encodeSignature(biometric.signature, biometric.signatureEncoding);
  const lines = [...version('Version'), ...version('CBEFFVersion'), ...INTEGRITY, ...infoLines(biometric)];
  if (image !== '') lines.push(element('BDB', image));
  if (signature !== '') lines.push(element('SB', signature));
  lines.push('<others>', ...entriesOf(biometric).map(entryLine).map(indent), '</others>');
  return ['<BIR>', ...lines.map(indent), '</BIR>'];
}

function infoLines(biometric: Biometric): string[] {
  const { type, subtype } = CBEFF_POSITIONS[biometric.position];
  return [
    '<BDBInfo>',
    '   <Format>',
    `      ${element('Organization', biometric.formatOwner)}`,
    `      ${element('Type', biometric.formatType)}`,
    '   </Format>',
    `   ${element('CreationDate', biometric.capturedAt)}`,
    `   ${element('Type', type)}`,
    `   ${element('Subtype', subtype)}`,
    `   ${element('Level', biometric.level)}`,
    `   ${element('Purpose', biometric.purpose)}`,
    '   <Quality>',
    '      <Algorithm>',
    '         <Organization>HMAC</Organization>',
    '         <Type>SHA-256</Type>',
    '      </Algorithm>',
    `      ${element('Score', String(biometric.quality))}`,
    '   </Quality>',
    '</BDBInfo>',
  ];
}

/** MOSIP's own order; what it does not name follows as it came. */
const ENTRY_ORDER = ['EXCEPTION', 'RETRIES', 'SDK_SCORE', 'FORCE_CAPTURED', 'PAYLOAD', 'SPEC_VERSION'];

function entriesOf(biometric: Biometric): [string, string][] {
  const entries = new Map(Object.entries(biometric.attributes));
  for (const [key, value] of [
    ['EXCEPTION', String(biometric.exception)],
    ['RETRIES', String(biometric.retries)],
    ['FORCE_CAPTURED', String(biometric.forceCaptured)],
  ] as const) {
    if (entries.has(key)) {
      throw new CbeffError('CBEFF_DUPLICATE_ENTRY', `A capture states "${key}" as a field and as an attribute.`);
    }
    entries.set(key, value);
  }
  const rank = (key: string): number => {
    const place = ENTRY_ORDER.indexOf(key);
    return place === -1 ? ENTRY_ORDER.length : place;
  };
  return [...entries].sort(([a], [b]) => rank(a) - rank(b));
}

function entryLine([key, value]: [string, string]): string {
  return `<entry key="${escapeAttribute(key)}">${escapeText(value)}</entry>`;
}
