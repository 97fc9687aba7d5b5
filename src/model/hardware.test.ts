import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hardwareEntities } from './hardware.ts'

const uuid = '4C4C4544-0051-3510-8052-B4C04F564433'

test('two tools that read the same hardware name the same machine', () => {
  const byFleet = hardwareEntities({ uuid, serial: '7Q5R VD3', manufacturer: 'Dell Inc.' })
  const byReporter = hardwareEntities({ uuid: ` ${uuid.toLowerCase()}\n`, serial: '7q5r vd3', manufacturer: 'DELL' })
  assert.equal(byFleet.length, 2)
  assert.deepEqual(byFleet, byReporter)
  assert.ok(byFleet.every((name) => /^host:hardware:(uuid|serial)\/[0-9a-f]{40}$/.test(name)))
  assert.ok(!JSON.stringify(byFleet).toLowerCase().includes('4c4c4544'), 'the id itself is not shown')
})

test('a serial number is unique for one maker alone', () => {
  const [one, other] = ['Dell Inc.', 'LENOVO'].map((manufacturer) =>
    hardwareEntities({ serial: 'PF3ABC12', manufacturer }),
  )
  assert.notDeepEqual(one, other)
  assert.deepEqual(hardwareEntities({ serial: 'PF3ABC12' }), [])
})

test('what the maker left blank names no machine', () => {
  for (const blank of [
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    '03000200-0400-0500-0006-000700080009',
    'not-a-uuid',
    '',
  ])
    assert.deepEqual(hardwareEntities({ uuid: blank }), [], blank)
  for (const serial of [
    '',
    '0',
    'None',
    'To be filled by O.E.M.',
    'Default string',
    'System Serial Number',
    '0000000',
    '123456789',
    'Not Specified',
  ])
    assert.deepEqual(hardwareEntities({ serial, manufacturer: 'ASUS' }), [], serial)
  assert.deepEqual(hardwareEntities({ instance: 'not available' }), [])
  assert.equal(hardwareEntities({ instance: 'i-09d9aa4e31675db61' }).length, 1)
})
