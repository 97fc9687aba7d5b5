import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { parseJson } from '#kit'

/** Files of the published OCSF schema as they are written, before anything is resolved. */
const mark = { observable: z.number().int().optional(), caption: z.string().optional() }
const attribute = z.object({
  ...mark,
  type: z.string().optional(),
  requirement: z.enum(['required', 'recommended', 'optional']).optional(),
  enum: z.record(z.string(), z.object({ caption: z.string() })).optional(),
  is_array: z.boolean().optional(),
  sibling: z.string().optional(),
  /** Null: the class has the attribute of itself, whatever profile would bring it in. */
  profile: z.string().nullable().optional(),
  '@deprecated': z.object({ since: z.string() }).optional(),
})
export type RawAttribute = z.infer<typeof attribute>

const attributes = z
  .looseObject({ $include: z.array(z.string()).default([]) })
  .transform(({ $include, ...own }) => ({ include: $include, own: z.record(z.string(), attribute).parse(own) }))

const entity = z.object({
  ...mark,
  name: z.string().optional(),
  uid: z.number().int().optional(),
  category: z.string().optional(),
  extends: z.string().optional(),
  attributes,
  constraints: z
    .object({ at_least_one: z.array(z.string()).optional(), just_one: z.array(z.string()).optional() })
    .optional(),
  annotations: z.object({ requirement: attribute.shape.requirement }).optional(),
  '@deprecated': z.object({ since: z.string() }).optional(),
})
export type RawEntity = z.infer<typeof entity>

const dataType = z.object({
  ...mark,
  type: z.string().optional(),
  regex: z.string().optional(),
  max_len: z.number().int().optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
})
export type RawType = z.infer<typeof dataType>

const dictionary = z.object({
  attributes: z.record(z.string(), attribute),
  types: z.object({ attributes: z.record(z.string(), dataType) }).optional(),
})
const categories = z.object({ attributes: z.record(z.string(), z.object({ uid: z.number().int() })) })
const extension = z.object({ uid: z.number().int(), name: z.string() })

/** One layer: the core schema, or an extension of it (`win`, `linux`, `macos`). */
export type Layer = {
  extension: { uid: number; name: string } | null
  dictionary: z.infer<typeof dictionary>
  classes: RawEntity[]
  objects: RawEntity[]
  /** By the path that `$include` gives: `profiles/cloud.json`. */
  profiles: Map<string, RawEntity>
}
export type RawSchema = { version: string; categories: Map<string, number>; layers: Layer[] }

function read<Shape extends z.ZodType>(path: string, shape: Shape): z.infer<Shape> {
  const result = shape.safeParse(parseJson(readFileSync(path, 'utf8')))
  if (result.success) return result.data
  throw new Error(`${path} is no part of an OCSF schema as this generator knows it: ${z.prettifyError(result.error)}`)
}

const list = (folder: string, pattern: string): string[] => globSync(pattern, { cwd: folder }).sort()

function readLayer(folder: string, own: Layer['extension']): Layer {
  const entities = (pattern: string): RawEntity[] =>
    list(folder, pattern).map((path) => read(join(folder, path), entity))
  const [dictionaryPath] = list(folder, 'dictionary.json')
  return {
    extension: own,
    dictionary: dictionaryPath === undefined ? { attributes: {} } : read(join(folder, dictionaryPath), dictionary),
    classes: entities('events/**/*.json'),
    objects: entities('objects/*.json'),
    profiles: new Map(list(folder, 'profiles/*.json').map((path) => [path, read(join(folder, path), entity)])),
  }
}

export function readSchema(folder: string): RawSchema {
  const { version } = read(join(folder, 'version.json'), z.object({ version: z.string() }))
  const { attributes: byName } = read(join(folder, 'categories.json'), categories)
  const extensions = list(folder, 'extensions/*/extension.json').map((path) => {
    const at = join(folder, path)
    return readLayer(join(at, '..'), read(at, extension))
  })
  return {
    version,
    categories: new Map(Object.entries(byName).map(([name, { uid }]) => [name, uid])),
    layers: [readLayer(folder, null), ...extensions],
  }
}
