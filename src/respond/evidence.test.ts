import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant } from '#model'
import { openLocalStore } from '#store'

import { evidenceOfOpen } from './evidence.ts'
import { respondWriter } from './writer.ts'

test('the evidence of every incident that is not closed is held, and of no other', () => {
  const db = openLocalStore([respondWriter({ receipts: () => undefined })])
  const tenant = defaultTenant
  const put = (id: string, state: string, exposure: object): void => {
    db.reader.all(
      `INSERT INTO incident (tenant, id, trigger_key, title, severity, state, trigger, window, trust, plan, opened_at_ms)
       VALUES (?, ?, ?, 't', 'high', ?, '{}', '{}', '{}', ?, 1) RETURNING id`,
      tenant,
      id,
      id,
      state,
      `plan-${id}`,
    )
    db.reader.all(
      `INSERT INTO assessment (tenant, hash, incident, exposure, plan, made_at_ms)
       VALUES (?, ?, ?, ?, '{}', 1) RETURNING hash`,
      tenant,
      `plan-${id}`,
      id,
      JSON.stringify(exposure),
    )
  }
  put('inc_a', 'containing', {
    hosts: [{ reason: [{ evidence: 7 }, { evidence: 3 }] }],
    impact: { didTouch: [{ evidence: [11, 3] }] },
  })
  put('inc_b', 'contained', { credentials: [{ reason: [{ evidence: 20 }] }] })
  put('inc_c', 'closed', { hosts: [{ reason: [{ evidence: 99 }] }] })
  assert.deepEqual(evidenceOfOpen(db.reader, tenant), [3, 7, 11, 20])
})
