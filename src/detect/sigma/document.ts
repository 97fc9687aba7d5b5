import { LineCounter, parseAllDocuments, type Document } from 'yaml'

import { isObject } from '#kit'

import { SigmaError } from './errors.ts'

const fileCharsMax = 4_000_000
const documentsMax = 10_000
const aliasesMax = 100

/** One YAML document of a file, and where its parts stand in it. */
export type SigmaDocument = {
  body: Record<string, unknown>
  place: string
  placeOf(path: readonly (string | number)[]): string
}

/**
 * Reads the documents of one file. Also the older `action: global`, `reset` and `repeat`, by which documents of a file
 * share parts. Throws ERR_SIGMA_YAML, ERR_SIGMA_LIMIT; a broken document costs the file.
 */
export function readDocuments(file: string, text: string): SigmaDocument[] {
  if (text.length > fileCharsMax)
    throw new SigmaError('ERR_SIGMA_LIMIT', `a file is longer than ${fileCharsMax} characters`, {
      place: file,
      hint: 'split it',
    })
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, version: '1.2', schema: 'core', logLevel: 'error' })
  if (!Array.isArray(documents) || documents.length > documentsMax) {
    if (!Array.isArray(documents)) return []
    throw new SigmaError('ERR_SIGMA_LIMIT', `a file holds more than ${documentsMax} documents`, {
      place: file,
      hint: 'split it',
    })
  }
  const out: SigmaDocument[] = []
  let shared: Record<string, unknown> = {}
  let previous: Record<string, unknown> = {}
  for (const document of documents) {
    const written = toJs(file, document)
    if (written === null || written === undefined) continue
    const placeOf = (path: readonly (string | number)[]): string => placeIn(file, document, lines, path)
    if (!isObject(written))
      throw new SigmaError('ERR_SIGMA_YAML', 'a document is no map', {
        place: placeOf([]),
        hint: 'a rule is a map with `title` and `detection`',
      })
    const { action, ...body } = written
    if (action === 'reset') shared = {}
    else if (action === 'global') shared = merge(shared, body)
    else if (action !== undefined && action !== 'repeat')
      throw new SigmaError('ERR_SIGMA_RULE', 'its `action` is not known', {
        place: placeOf(['action']),
        hint: 'global, repeat or reset',
      })
    else {
      previous = merge(action === 'repeat' ? previous : shared, body)
      out.push({ body: previous, place: placeOf([]), placeOf })
    }
  }
  return out
}

function toJs(file: string, document: Document.Parsed): unknown {
  const [error] = document.errors
  if (error !== undefined) {
    const line = error.linePos?.[0].line
    throw new SigmaError(
      'ERR_SIGMA_YAML',
      `not valid YAML: ${
        error.message
          .split('\n')[0]
          ?.replace(/ at line.*$/, '')
          .toLowerCase() ?? ''
      }`,
      {
        place: line === undefined ? file : `${file}:${line}`,
        hint: 'check quotes, indentation and doubled keys there',
      },
    )
  }
  try {
    return document.toJS({ maxAliasCount: aliasesMax })
  } catch (error) {
    throw new SigmaError('ERR_SIGMA_YAML', 'its aliases cannot be followed', {
      place: file,
      hint: `use fewer than ${aliasesMax} aliases`,
      cause: error,
    })
  }
}

/** The line of the deepest part of a path that exists. */
function placeIn(
  file: string,
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly (string | number)[],
): string {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (!hasRange(node)) continue
    const shown = path.length === 0 ? '' : ` ${path.join('.')}`
    return `${file}:${lines.linePos(node.range[0]).line}${shown}`
  }
  return file
}

const hasRange = (node: unknown): node is { range: readonly [number, number, number] } =>
  isObject(node) && Array.isArray(node['range']) && typeof node['range'][0] === 'number'

function merge(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(out, key) ? out[key] : undefined
    Object.defineProperty(out, key, {
      value: isObject(below) && isObject(value) ? merge(below, value) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return out
}
