import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { HttpResponse } from '#kit'

import { isRefused, refuse } from './client.ts'

const answer = (status: number, text: string): HttpResponse => ({
  status,
  text,
  bytes: Buffer.from(text),
  header: () => undefined,
  json: () => null,
})
const whole = '<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>'

test('a refusal that was cut off is no missing permission: it is asked again', () => {
  for (let length = 0; length < whole.length; length++) {
    const cut = answer(403, whole.slice(0, length))
    assert.ok(!isRefused(cut), cut.text)
    assert.throws(() => refuse(cut, 'iam:ListUsers'), { code: 'ERR_VENDOR_REFUSED', retryable: true })
  }
  assert.throws(() => refuse(answer(403, whole), 'iam:ListUsers'), { code: 'ERR_VENDOR_AUTH' })
})

test('Lambda refuses without a code, and that is a missing permission', () => {
  assert.throws(() => refuse(answer(403, '{"Message":"no"}'), 'lambda:GetPolicy'), { code: 'ERR_VENDOR_SCOPE' })
})
