import { isObject, type Json, type JsonObject } from 'cordon/kit'

type Schema = Readonly<Record<string, unknown>>
const asSchema = (value: unknown): Schema => (isObject(value) ? value : {})
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/**
 * GitHub's rows have fifty fields and more, of which the twin means a few. The others, where the description demands them,
 * are filled with the least it allows; the check of the answer then holds all of them against the description.
 */
export function createCompleter(schemas: Readonly<Record<string, unknown>>) {
  const resolve = (value: unknown): Schema => {
    const schema = asSchema(value)
    const ref = schema['$ref']
    return typeof ref === 'string' ? resolve(schemas[ref.split('/').at(-1) ?? '']) : schema
  }
  const fits = (option: unknown, value: Json): boolean => {
    const schema = resolve(option)
    const properties = asSchema(schema['properties'])
    if (Array.isArray(value)) return schema['type'] === 'array'
    return isObject(value) ? Object.keys(value).every((key) => Object.hasOwn(properties, key)) : true
  }

  /** The branch that a discriminator leads to. */
  const chosen = (schema: Schema, value: JsonObject): unknown => {
    const { propertyName, mapping } = asSchema(schema['discriminator'])
    const word = typeof propertyName === 'string' ? value[propertyName] : undefined
    const ref = typeof word === 'string' ? asSchema(mapping)[word] : undefined
    return ref === undefined ? undefined : { $ref: ref }
  }

  const complete = (given: unknown, value: Json | undefined): Json => {
    const schema = resolve(given)
    if (value === undefined) return least(schema)
    if (Array.isArray(value)) {
      const { items } = schema
      return items === undefined ? value : value.map((item) => complete(items, item))
    }
    if (!isObject(value)) return value
    const options = [...asList(schema['oneOf']), ...asList(schema['anyOf'])]
    const option = chosen(schema, value) ?? options.find((one) => fits(one, value))
    let whole: JsonObject = { ...value }
    for (const part of [...asList(schema['allOf']), ...(option === undefined ? [] : [option])]) {
      const more = complete(part, whole)
      if (isObject(more)) whole = more
    }
    const properties = asSchema(schema['properties'])
    for (const name of asList(schema['required']).map(String)) {
      if (whole[name] === undefined) whole[name] = least(resolve(properties[name]))
    }
    for (const [name, held] of Object.entries(whole)) {
      if (Object.hasOwn(properties, name)) whole[name] = complete(properties[name], held)
    }
    return whole
  }

  function least(schema: Schema): Json {
    if (schema['nullable'] === true) return null
    const [word] = asList(schema['enum'])
    if (typeof word === 'string') return word
    const options = [...asList(schema['allOf']), ...asList(schema['oneOf']), ...asList(schema['anyOf'])]
    switch (schema['type']) {
      case 'string':
        return schema['format'] === 'date-time' ? '2026-01-01T00:00:00Z' : 'https://github.example/'
      case 'integer':
      case 'number':
        return 0
      case 'boolean':
        return false
      case 'array':
        return []
      default:
        return options.length > 0 && schema['properties'] === undefined
          ? least(resolve(options[0]))
          : complete(schema, {})
    }
  }
  return complete
}
