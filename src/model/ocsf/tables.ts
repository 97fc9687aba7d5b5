import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseOwnJson } from '#kit'

type TableNode = {
  /** Places in `OcsfTables.attributes`. */
  attributes: number[]
  atLeastOne?: readonly string[]
  justOne?: readonly string[]
  isDeprecated?: boolean
}

/** The schema as `npm run generate:ocsf` writes it to schema/tables.json. */
export type OcsfTables = {
  version: string
  profiles: string[]
  /** `base` is the primitive below: `string_t`, `integer_t`, `long_t`, `float_t`, `boolean_t`, `json_t`. */
  types: { name: string; base: string; regex?: string; lengthMax?: number; range?: [number, number] }[]
  enums: (string | number)[][]
  /** Name, place of the data type or name of the object, flags, place of the enumeration or -1, sibling, profiles. */
  attributes: [string, number | string, number, number, string, number[]][]
  objects: Record<string, TableNode>
  /** By class_uid. */
  classes: Record<string, TableNode & { name: string; categoryUid: number }>
}

export const attributeFlags = { required: 1, array: 2, deprecated: 4 } as const

/** Read at the first validation, not at start-up: a process that validates nothing never pays for it. */
export const readTables = (): OcsfTables =>
  parseOwnJson<OcsfTables>(readFileSync(join(import.meta.dirname, 'schema', 'tables.json'), 'utf8'))
