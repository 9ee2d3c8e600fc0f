import { XMLParser } from 'fast-xml-parser';
import { CbeffError } from './errors.ts';
import { decodeEntities } from './xml-text.ts';

/** An XML element as the reader wants it: children in order, its own text joined, entities already resolved. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** A real enrolment's file weighs less than a megabyte; one that is larger than this is an attack or an accident. */
export const MAX_CBEFF_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 16;
const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/**
 * Parses untrusted XML: bounded in size and depth, well-formedness checked, no DOCTYPE, no entity beyond the five
 * predefined ones. Throws a `CbeffError` and nothing else.
 */
export function parseXml(xml: string | Uint8Array): XmlElement {
  const text = asText(xml);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) {
    throw new CbeffError('CBEFF_DOCTYPE', 'The CBEFF XML declares a DOCTYPE; such files are not accepted.');
  }
  const roots = childElements(parseOrdered(text));
  const [root] = roots;
  if (root === undefined || roots.length > 1) {
    throw new CbeffError('CBEFF_NOT_XML', 'The CBEFF file is not an XML document with one root element.');
  }
  return root;
}

function asText(xml: string | Uint8Array): string {
  if (xml.length > MAX_CBEFF_BYTES) {
    throw new CbeffError('CBEFF_TOO_LARGE', `The CBEFF XML is larger than ${MAX_CBEFF_BYTES} bytes.`);
  }
  if (typeof xml === 'string') return xml.replace(/^\uFEFF/, '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(xml);
  } catch (cause) {
    throw new CbeffError('CBEFF_NOT_UTF8', 'The CBEFF XML is not UTF-8 text.', { cause });
  }
}

function parseOrdered(text: string): unknown {
  const parser = new XMLParser({
    preserveOrder: true,
    removeNSPrefix: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    textNodeName: TEXT,
    cdataPropName: CDATA,
    maxNestedTags: MAX_DEPTH,
  });
  try {
    return parser.parse(text, true);
  } catch (cause) {
    throw new CbeffError('CBEFF_NOT_XML', 'The CBEFF file is not well-formed XML.', { cause });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nodesOf(ordered: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(ordered) ? ordered.filter(isRecord) : [];
}

function childElements(ordered: unknown): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const node of nodesOf(ordered)) {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES && key !== TEXT && key !== CDATA);
    if (name !== undefined) elements.push(toElement(name, node));
  }
  return elements;
}

function toElement(name: string, node: Record<string, unknown>): XmlElement {
  const attributes = new Map<string, string>();
  const declared = node[ATTRIBUTES];
  if (isRecord(declared)) {
    for (const [key, value] of Object.entries(declared)) attributes.set(key, decodeEntities(String(value)));
  }
  return { name, attributes, children: childElements(node[name]), text: ownText(node[name]) };
}

function ownText(ordered: unknown): string {
  return nodesOf(ordered)
    .map((node) => {
      if (typeof node[TEXT] === 'string') return decodeEntities(node[TEXT]);
      if (!(CDATA in node)) return '';
      return nodesOf(node[CDATA])
        .map((part) => String(part[TEXT] ?? ''))
        .join('');
    })
    .join('');
}
