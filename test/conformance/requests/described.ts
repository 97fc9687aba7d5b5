import assert from 'node:assert/strict'

import { isObject, parseJson, type Http, type HttpRequest, type HttpResponse, type Json, type JsonObject } from '#kit'

import { instanceOf } from '../../../lab/twins/kit/instance.ts'
import type { Checked, Description, VendorRequest } from '../../../lab/twins/kit/openapi.ts'

export type Asked = Checked & { request: VendorRequest }

/** Fixed answers by operation id, or by `METHOD /path` outside the description; a function sees the request. */
export type Answers = Readonly<Record<string, Json | ((asked: Asked) => Given)>>
type Given = { status?: number; headers?: Readonly<Record<string, string>>; body?: Json }

/**
 * A vendor that is nothing but its description: it writes down what it is asked with what is wrong about it, and answers
 * what the description allows. Lists have one item and no next page.
 */
export function describedVendor(description: Description, answers: Answers): { http: Http; asked: Asked[] } {
  const asked: Asked[] = []
  const answer = (checked: Asked): Given => {
    const { operation, request } = checked
    const fixed = answers[operation?.id ?? `${request.method} ${request.url.pathname}`]
    if (typeof fixed === 'function') return fixed(checked)
    if (operation === undefined) return { body: fixed ?? {} }
    for (const status of [200, 201, 202, 204]) {
      const schema = description.answerSchema(operation, status)
      if (schema === undefined && description.checkAnswer(operation, status, undefined).length > 0) continue
      const made = schema === undefined ? undefined : instanceOf(description.document, schema)
      return { status, ...(made === undefined ? {} : { body: merge(made, fixed) }) }
    }
    return { body: fixed ?? {} }
  }
  return {
    asked,
    http: {
      request(target, request = {}) {
        const seen = toVendorRequest(new URL(target), request)
        const isOutside = answers[`${seen.method} ${seen.url.pathname}`] !== undefined
        const checked: Asked = isOutside
          ? { operation: undefined, parameters: {}, problems: [], request: seen }
          : { ...description.checkRequest(seen), request: seen }
        asked.push(checked)
        return Promise.resolve(responseOf(answer(checked)))
      },
    },
  }
}

/** A fixed answer for an operation fills in what the made-up one leaves to chance: ids, states. */
const merge = (made: Json, fixed: Json | undefined): Json => {
  if (fixed === undefined) return made
  return isObject(made) && isObject(fixed) ? { ...made, ...fixed } : fixed
}

function toVendorRequest(url: URL, { method = 'GET', headers = {}, body }: HttpRequest): VendorRequest {
  return {
    method,
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: body === undefined ? '' : Buffer.from(body).toString('utf8'),
  }
}

function responseOf({ status = 200, headers = {}, body }: Given): HttpResponse {
  const text = body === undefined ? '' : JSON.stringify(body)
  const all: JsonObject = { 'content-type': 'application/json', ...headers }
  return {
    status,
    text,
    header: (name) => {
      const value = all[name.toLowerCase()]
      assert.ok(value === undefined || typeof value === 'string')
      return value
    },
    bytes: Buffer.from(text),
    json: () => parseJson(text),
  }
}
