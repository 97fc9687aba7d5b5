import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isRedactionOf } from './redaction.ts'

test('a redacted value is of the one whose ends it shows, and of no other', () => {
  const value = 'sk-admin-EXAMPLE-0123456789-x4Qd'
  for (const shown of ['sk-admin...x4Qd', 'sk-admin***********x4Qd', 'sk-admin-EX…4Qd']) {
    assert.ok(isRedactionOf(shown, value), shown)
    assert.ok(!isRedactionOf(shown, `${value}5`))
    assert.ok(!isRedactionOf(shown, undefined))
  }
})

test('what shows too little says nothing, and what shows all is no redaction', () => {
  const value = 'sk-admin-x4Qd'
  for (const shown of ['', '...', 'sk...Qd', 'sk-admin...', value, 'sk-admin-...-x4Qd']) {
    assert.ok(!isRedactionOf(shown, value), shown)
  }
})
