import { isObject, type Json, type JsonObject } from 'cordon/kit'

export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value
  for (const key of path) here = isObject(here) ? here[key] : undefined
  return here
}
export const textAt = (value: Json | undefined, ...path: readonly string[]): string => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}
export const listAt = (value: Json | undefined, ...path: readonly string[]): Json[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}
export const objectAt = (value: Json | undefined, ...path: readonly string[]): JsonObject => {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {}
}

/** Texts of a list; whatever else stands in it is left out. */
export const textsAt = (value: Json | undefined, ...path: readonly string[]): string[] =>
  listAt(value, ...path).filter((one) => typeof one === 'string')
