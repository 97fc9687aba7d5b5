import { isObject } from '#kit'

import { manyCell, timeCell, type Columns } from './listing.ts'

type Row = Record<string, unknown>

/**
 * Columns of a list by the shape that the API's contract states of its rows, in its order: the same ones on any day, also when
 * there is no row. A thing inside a row has its columns beside (`person_mail`); times are RFC 3339 and lose their `Ms`, spans keep it.
 */
export function columnsBy(shape: Readonly<Row>, prefix = ''): Columns<Row> {
  return Object.entries(shape).flatMap(([key, field]): Columns<Row>[number][] => {
    const inner = shapeIn(field)
    if (inner === undefined) return [[nameOf(prefix, key), (row) => cellOf(key, row[key])]]
    return columnsBy(inner, nameOf(prefix, key)).map(([name, cell]) => {
      return [
        name,
        (row) => {
          const value = row[key]
          return isObject(value) ? cell(value) : null
        },
      ]
    })
  })
}

/** The shape of a field that is a thing by itself; of what may be absent it stays one cell. */
const shapeIn = (field: unknown): Row | undefined =>
  isObject(field) && isObject(field['shape']) ? field['shape'] : undefined

const nameOf = (prefix: string, key: string): string => {
  const snake = (isTime(key) ? key.replace(/Ms$/, '') : key).replaceAll(
    /[A-Z]/g,
    (letter) => `_${letter.toLowerCase()}`,
  )
  return prefix === '' ? snake : `${prefix}_${snake}`
}

function cellOf(key: string, value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return isTime(key) ? timeCell(value) : value
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return manyCell(value)
  return JSON.stringify(value)
}

/** The one span among rows is a number of milliseconds, and no time. */
const span = 'forMs'
const isTime = (key: string): boolean => key.endsWith('Ms') && key !== span
