import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { isObject, parseJson } from '#kit'
import type { OcsfEvent } from '#model'

/** Checks events against the published OCSF schema, where a copy of it lies beside the checkout. */
const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpora', 'ocsf-schema')
export const hasOcsfSchema = existsSync(join(folder, 'version.json'))

type Node = Record<string, unknown>
const read = (path: string): Node => {
  const value = parseJson(readFileSync(path, 'utf8'))
  if (!isObject(value)) throw new Error(`${path} is no object`)
  return value
}
const load = (pattern: string): Map<string, Node> =>
  new Map(
    globSync(join(folder, pattern))
      .map((path) => read(path))
      .map((node) => [String(node['name']), node] as const),
  )

const objectIn = (node: Node | undefined, key: string): Node => {
  const value = node?.[key]
  return isObject(value) ? value : {}
}

export function ocsfFaults(events: readonly OcsfEvent[]): string[] {
  const classes = load('events/**/*.json')
  const objects = load('objects/*.json')
  const categories = objectIn(read(join(folder, 'categories.json')), 'attributes')
  const dictionary = objectIn(read(join(folder, 'dictionary.json')), 'attributes')
  const faults = new Set<string>()
  const categoryOf = (node: Node): unknown => {
    const parent = classes.get(String(node['extends']))
    return node['category'] ?? (parent === undefined ? undefined : categoryOf(parent))
  }
  for (const event of events) {
    const category = Object.entries(categories).find(
      ([, node]) => isObject(node) && node['uid'] === event.category_uid,
    )?.[0]
    const found =
      event.class_uid === 0
        ? classes.get('base_event')
        : [...classes.values()].find(
            (node) =>
              categoryOf(node) === category && event.class_uid === event.category_uid * 1000 + Number(node['uid']),
          )
    if (found === undefined) {
      faults.add(`class ${event.class_uid} of category ${event.category_uid} is not in the schema`)
      continue
    }
    const name = String(found['name'])
    if (event.type_uid !== event.class_uid * 100 + event.activity_id) faults.add(`${name}: type_uid`)
    const activity = objectIn(objectIn(objectIn(found, 'attributes'), 'activity_id'), 'enum')
    if (![0, 99].includes(event.activity_id) && !(String(event.activity_id) in activity)) {
      faults.add(`${name}: activity ${event.activity_id}`)
    }
    const attributes: Node = {}
    for (let node: Node | undefined = found; node !== undefined;) {
      for (const [key, value] of Object.entries(objectIn(node, 'attributes'))) {
        attributes[key] = { ...(isObject(value) ? value : {}), ...objectIn(attributes, key) }
      }
      const parent: unknown = node['extends']
      node = typeof parent === 'string' ? classes.get(parent) : undefined
    }
    checkNode(name, attributes, objectIn(found, 'constraints'), event)
  }
  return [...faults]

  function checkNode(where: string, attributes: Node, constraints: Node, value: Node): void {
    for (const [key, attribute] of Object.entries(attributes)) {
      if (isObject(attribute) && attribute['requirement'] === 'required' && value[key] === undefined) {
        faults.add(`${where}: ${key} is required`)
      }
    }
    const oneOf = constraints['at_least_one']
    if (Array.isArray(oneOf) && !oneOf.some((key) => value[String(key)] !== undefined)) {
      faults.add(`${where}: needs one of ${oneOf.join(', ')}`)
    }
    for (const [key, inner] of Object.entries(value)) {
      const type = objectIn(dictionary, key)['type']
      const object = typeof type === 'string' ? objects.get(type) : undefined
      if (Object.keys(attributes).length > 0 && !(key in attributes) && !isProfiled(key))
        faults.add(`${where}: ${key} is unknown`)
      for (const one of Array.isArray(inner) ? inner : [inner]) {
        if (object !== undefined && isObject(one))
          checkNode(`${where}.${key}`, flat(object), objectIn(object, 'constraints'), one)
      }
    }
  }

  function flat(object: Node): Node {
    const parent = object['extends']
    const base = typeof parent === 'string' ? objects.get(parent) : undefined
    return { ...(base === undefined ? {} : flat(base)), ...objectIn(object, 'attributes') }
  }
}

/** Attributes that profiles and includes bring in, which this small reader does not follow. */
const isProfiled = (key: string): boolean =>
  ['actor', 'api', 'device', 'category_uid', 'class_uid', 'type_uid'].includes(key)
