import { JsonError, parseJson } from '#kit'

/** What bytes of a body say. `refuse` makes the error of the asked route: why, and where in the JSON. */
export function jsonIn(bytes: Uint8Array, refuse: (why: string, place?: string) => Error, depthMax?: number): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), depthMax)
  } catch (error) {
    throw error instanceof JsonError ? refuse(error.message, error.place) : refuse('the body is not UTF-8')
  }
}

/** Bodies of standards nest this deep at most. */
export const exchangeDepthMax = 16
