import { type Biometric, modalityOf } from '../enrolment/enrolment.ts';
import { decodeBinary, decodeSignature } from './binary-text.ts';
import { CbeffError } from './errors.ts';
import { positionOf } from './positions.ts';
import { parseXml, type XmlElement } from './xml-tree.ts';

/**
 * Reads MOSIP's CBEFF XML: one outer BIR that holds one BIR per capture. Order is kept. Whatever has no field of its
 * own in `Biometric` and sits among the `others` entries is kept by name in `attributes`.
 */
export function readCbeff(xml: string | Uint8Array): Biometric[] {
  const root = parseXml(xml);
  if (root.name !== 'BIR') {
    throw new CbeffError('CBEFF_NOT_BIR', `The CBEFF file begins with <${root.name.slice(0, 40)}> where <BIR> is due.`);
  }
  return root.children.filter((child) => child.name === 'BIR').map(readBir);
}

function readBir(bir: XmlElement): Biometric {
  const info = required(bir, 'BDBInfo');
  const type = requiredText(info, 'Type');
  const subtype = optionalText(info, 'Subtype');
  const position = positionOf(type, subtype);
  if (position === undefined) {
    const name = `${type} ${subtype}`.trim().slice(0, 80);
    throw new CbeffError('CBEFF_UNKNOWN_POSITION', `The CBEFF file holds a capture of "${name}", which is not known.`);
  }
  const format = required(info, 'Format');
  const entries = readEntries(bir);
  const image = decodeBinary(withoutSpace(bir, 'BDB'));
  const block = decodeSignature(withoutSpace(bir, 'SB'));
  return {
    position,
    modality: modalityOf(position),
    quality: readQuality(info),
    capturedAt: requiredText(info, 'CreationDate'),
    formatOwner: requiredText(format, 'Organization'),
    formatType: requiredText(format, 'Type'),
    level: optionalText(info, 'Level'),
    purpose: optionalText(info, 'Purpose'),
    exception: takeBoolean(entries, 'EXCEPTION'),
    retries: takeCount(entries, 'RETRIES'),
    forceCaptured: takeBoolean(entries, 'FORCE_CAPTURED'),
    signature: block.signature,
    signatureEncoding: block.encoding,
    attributes: Object.fromEntries(entries),
    image: image.bytes,
    imageEncoding: image.encoding,
    imageTail: image.tail,
  };
}

function readEntries(bir: XmlElement): Map<string, string> {
  const entries = new Map<string, string>();
  const others = child(bir, 'others');
  for (const entry of others?.children ?? []) {
    const key = entry.attributes.get('key');
    if (entry.name !== 'entry' || key === undefined) continue;
    if (entries.has(key)) {
      throw new CbeffError('CBEFF_DUPLICATE_ENTRY', `A capture states "${key.slice(0, 40)}" twice.`);
    }
    entries.set(key, entry.text);
  }
  return entries;
}

/** A position that cannot be captured has no quality, and devices then leave the element out. */
function readQuality(info: XmlElement): number {
  const quality = child(info, 'Quality');
  const text = quality === undefined ? '' : optionalText(quality, 'Score');
  if (text === '') return 0;
  const score = Number(text);
  if (!(score >= 0 && score <= 100)) throw badValue('Score', text);
  return score;
}

function takeBoolean(entries: Map<string, string>, key: string): boolean {
  const text = (entries.get(key) ?? 'false').trim().toLowerCase();
  entries.delete(key);
  if (text !== 'true' && text !== 'false') throw badValue(key, text);
  return text === 'true';
}

function takeCount(entries: Map<string, string>, key: string): number {
  const text = (entries.get(key) ?? '0').trim();
  entries.delete(key);
  if (!/^\d{1,6}$/.test(text)) throw badValue(key, text);
  return Number(text);
}

function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find((element) => element.name === name);
}

function required(parent: XmlElement, name: string): XmlElement {
  const element = child(parent, name);
  if (element === undefined) {
    throw new CbeffError('CBEFF_MISSING_ELEMENT', `The CBEFF file lacks <${name}> within <${parent.name}>.`);
  }
  return element;
}

function requiredText(parent: XmlElement, name: string): string {
  const text = required(parent, name).text.trim();
  if (text === '') throw new CbeffError('CBEFF_MISSING_ELEMENT', `The CBEFF file leaves <${name}> empty.`);
  return text;
}

function optionalText(parent: XmlElement, name: string): string {
  return child(parent, name)?.text.trim() ?? '';
}

/** White space within base64 is layout of the XML, never part of the value. */
function withoutSpace(parent: XmlElement, name: string): string {
  return (child(parent, name)?.text ?? '').replace(/[ \t\r\n]+/g, '');
}

function badValue(name: string, text: string): CbeffError {
  return new CbeffError('CBEFF_BAD_VALUE', `The CBEFF file says "${text.slice(0, 40)}" for ${name}.`);
}
