import { isObject } from '#kit'

import { arrayItem, isArrayField, readArrayField } from './array-block.ts'
import { parseCondition, resolveCondition } from './condition.ts'
import { SigmaError } from './errors.ts'
import { readField } from './fields.ts'
import { checkModifiers, testsOf, type ModifierOptions } from './modifiers/index.ts'
import { withStars } from './text.ts'
import type { FieldPath, Node, Test } from './types.ts'

export type DetectionOptions = {
  placeholders: Readonly<Record<string, readonly string[]>>
  allowBacktracking: boolean
  /** Major version of the specification the document asks for; array blocks come with 3. */
  sigmaVersion: number
}

const valuesMax = 20_000
const selectionsMax = 500
type Path = readonly (string | number)[]

/** Reads named selections and their condition; also the body of an array block that has a condition of its own. */
export function readDetection(detection: Record<string, unknown>, path: Path, options: DetectionOptions): Node {
  const written = detection['condition']
  const conditions = Array.isArray(written) ? written : [written]
  if (conditions.length === 0 || !conditions.every((text) => typeof text === 'string'))
    throw new SigmaError('ERR_SIGMA_RULE', 'there is no condition', {
      path,
      hint: 'add `condition: selection`, or a list of conditions of which one must hold',
    })
  const names = Object.keys(detection).filter((name) => name !== 'condition' && name !== 'timeframe')
  if (names.length > selectionsMax)
    throw new SigmaError('ERR_SIGMA_LIMIT', `there are more than ${selectionsMax} selections`, {
      path,
      hint: 'split the rule',
    })
  const selections = new Map<string, Node>()
  for (const name of names) {
    const of = readSelection(detection[name], [...path, name], options)
    selections.set(name, { kind: 'selection', name, of })
  }
  return withPath([...path, 'condition'], () => {
    const of = conditions.map((text) => resolveCondition(parseCondition(text), selections, text))
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'or', of }
  })
}

/** A map: all must hold. A list of maps: one of them. A list of texts: keywords over the whole event, one of them. */
export function readSelection(written: unknown, path: Path, options: DetectionOptions): Node {
  if (isObject(written)) return readMap(written, path, options)
  const items = Array.isArray(written) ? written : [written]
  if (items.every((item) => item === undefined))
    throw new SigmaError('ERR_SIGMA_VALUE', 'a selection is empty', {
      path,
      hint: 'give it a field or a keyword, or take it out',
    })
  return any(
    items.map((item, index) =>
      isObject(item)
        ? readMap(item, [...path, index], options)
        : Array.isArray(item)
          ? readSelection(item, [...path, index], options)
          : withPath([...path, index], () => keywords([item], [], options)),
    ),
  )
}

export function readMap(map: Record<string, unknown>, path: Path, options: DetectionOptions): Node {
  const keys = Object.keys(map)
  if (keys.length === 0)
    throw new SigmaError('ERR_SIGMA_VALUE', 'a selection is empty', {
      path,
      hint: 'give it a field or a keyword, or take it out',
    })
  return every(keys.map((key) => withPath([...path, key], () => readItem(key, map[key], [...path, key], options))))
}

function readItem(key: string, written: unknown, path: Path, options: DetectionOptions): Node {
  const [name = '', ...modifiers] = key.split('|')
  checkModifiers(modifiers)
  if (name === '') return keywords(listOf(written), modifiers, options)
  if (options.sigmaVersion >= 3 && isArrayField(name)) {
    const readValue = (field: FieldPath, value: unknown): Node => fieldItem(field, value, modifiers, options)
    return arrayItem(readArrayField(name), written, {
      value: readValue,
      block: (body) => ('condition' in body ? readDetection(body, path, options) : readMap(body, path, options)),
    })
  }
  const field = name === '.' && options.sigmaVersion >= 3 ? { name, segments: [] } : readField(name)
  return fieldItem(field, written, modifiers, options)
}

function listOf(written: unknown): unknown[] {
  const values: unknown[] = Array.isArray(written) ? written : [written]
  if (values.length === 0)
    throw new SigmaError('ERR_SIGMA_VALUE', 'a list of values is empty', {
      hint: 'an empty list can match nothing: take it out',
    })
  if (values.length > valuesMax)
    throw new SigmaError('ERR_SIGMA_LIMIT', `a list holds more than ${valuesMax} values`, { hint: 'split the rule' })
  return values
}

function fieldItem(field: FieldPath, written: unknown, modifiers: readonly string[], options: DetectionOptions): Node {
  const values = listOf(written)
  const wantsAll = modifiers.includes('all')
  if (wantsAll && !Array.isArray(written)) throw needlessAll()
  const modifierOptions: ModifierOptions = { ...options, readField }
  const of = values.map((value) =>
    any(
      testsOf(value, modifiers, modifierOptions).map((test): Node => ({
        kind: 'field',
        field,
        test,
        says: says(field.name, modifiers, value),
      })),
    ),
  )
  const node = wantsAll ? every(of) : any(of)
  return modifiers.includes('neq') ? { kind: 'not', of: node } : node
}

const needlessAll = (): SigmaError =>
  new SigmaError('ERR_SIGMA_MODIFIER', '`all` stands over a single value', {
    hint: 'take `all` off, or give a list of values',
  })

function keywords(values: readonly unknown[], modifiers: readonly string[], options: DetectionOptions): Node {
  const of = values.map((value) =>
    any(testsOf(value, modifiers, { ...options, readField }).map((test) => keyword(test, value))),
  )
  const node = modifiers.includes('all') ? every(of) : any(of)
  return modifiers.includes('neq') ? { kind: 'not', of: node } : node
}

/** A keyword may lie anywhere in a text of the event. */
function keyword(test: Test, value: unknown): Node {
  const shown = says('', [], value)
  if (test.kind === 'regex') return { kind: 'keyword', test, says: shown }
  if (test.kind !== 'text')
    throw new SigmaError(
      'ERR_SIGMA_VALUE',
      `a keyword cannot be ${test.kind === 'null' ? '`null`' : `a test of \`${test.kind}\``}`,
      {
        hint: 'keywords are texts; name a field for anything else',
      },
    )
  return { kind: 'keyword', test: { ...test, pattern: withStars(test.pattern, true, true) }, says: shown }
}

function says(field: string, modifiers: readonly string[], value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `${[field, ...modifiers].join('|')}: ${text.length > 200 ? `${text.slice(0, 199)}…` : text}`
}

const every = (of: Node[]): Node => (of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'and', of })
const any = (of: Node[]): Node => (of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'or', of })

/** A fault without a path of its own lies here. */
function withPath<T>(path: Path, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof SigmaError) || error.path.length > 0) throw error
    throw new SigmaError(error.code, error.message, { hint: error.hint ?? '', path, cause: error })
  }
}
