import { CordonError } from './errors.ts'

export class XmlError extends CordonError<'ERR_XML_SYNTAX'> {}

/** What AWS and S3-compatible stores answer: elements and text, no DTD, no attributes that matter. */
export type Xml = { name: string; text: string; children: Xml[] }

const xmlDepthMax = 32
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)((?:\s[^<>]*?)?)(\/?)>|([^<]+)/gy

/** The root element. Another document is an error, never a guess. */
export function parseXml(text: string): Xml {
  const top: Xml = { name: '', text: '', children: [] }
  const path: Xml[] = [top]
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const match = token.exec(text)
    const [whole, closing, name, , selfClosing, chars] = match ?? []
    const here = path.at(-1)
    if (whole === undefined || here === undefined) throw broken()
    if (chars !== undefined) here.text += unescapeXml(chars)
    else if (closing === '/') {
      if (path.length < 2 || path.pop()?.name !== name) throw broken()
    } else if (name !== undefined) {
      const element: Xml = { name, text: '', children: [] }
      here.children.push(element)
      if (selfClosing !== '/') path.push(element)
      if (path.length > xmlDepthMax) throw broken()
    }
  }
  const [root] = top.children
  if (path.length !== 1 || root === undefined) throw broken()
  return root
}

/** Retryable: it may have been cut off on its way. */
const broken = (): XmlError => new XmlError('ERR_XML_SYNTAX', 'the answer is no well-formed XML', { retryable: true })

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex?: string, dec?: string, word?: string) => {
    if (word !== undefined) return entities[word] ?? whole
    const code = hex === undefined ? Number(dec) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** The element at a path of names below; undefined where there is none. */
const at = (xml: Xml | undefined, ...names: readonly string[]): Xml | undefined =>
  names.reduce<Xml | undefined>((here, name) => here?.children.find((child) => child.name === name), xml)

export const textAt = (xml: Xml | undefined, ...names: readonly string[]): string | undefined => at(xml, ...names)?.text

/** The members of a list: `<Users><member/>…</Users>`. */
export const membersAt = (xml: Xml | undefined, ...names: readonly string[]): readonly Xml[] =>
  at(xml, ...names)?.children ?? []
