import { isObject } from '#kit'

import type { SigmaEvent } from './types.ts'

/**
 * Windows events as their XML reads in JSON (`Event.System`, `Event.EventData`) become flat fields the way the Sigma
 * rules specification names them ("Field Usage"): names of `Data` without spaces, attributes joined with `_`. Any other
 * event stays as it is.
 */
export function flattenWindowsEvent(event: SigmaEvent): SigmaEvent {
  const whole = event['Event']
  if (!isObject(whole) || !isObject(whole['System'])) return event
  const out: Record<string, unknown> = {}
  const put = (name: string, value: unknown): void => {
    Object.defineProperty(out, name.replaceAll(' ', ''), {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  putTags(whole['System'], put)
  for (const body of ['UserData', 'EventData']) {
    const data = whole[body]
    if (isObject(data)) putTags(data, put)
  }
  return out
}

function putTags(tags: Record<string, unknown>, put: (name: string, value: unknown) => void, depth = 0): void {
  for (const [name, value] of Object.entries(tags)) {
    if (name === '#attributes') continue
    if (!isObject(value)) {
      put(name, value)
      continue
    }
    const { '#attributes': attributes, '#text': text, ...inner } = value
    if (text !== undefined) put(name, text)
    if (isObject(attributes))
      for (const [attribute, held] of Object.entries(attributes)) put(`${name}_${attribute}`, held)
    if (depth < depthMax) putTags(inner, put, depth + 1)
  }
}

const depthMax = 8
