import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readReactions, readReply } from './answer.ts'

test('a reply says one of three things, or nothing', () => {
  const mine = (purpose: string | null) => ({ says: 'mine', purpose })
  const cases: readonly [string, ReturnType<typeof readReply> | object][] = [
    ['mine', mine(null)],
    ['Mine.', mine(null)],
    ['mine: sorts tickets', mine('sorts tickets')],
    ['mine - sorts\n\u202etickets <@U0ADA> of <https://a.example|us>', mine('sorts tickets of us')],
    [`mine: ${'x'.repeat(500)}`, mine('x'.repeat(200))],
    [`mine: ${'x'.repeat(199)}😀`, mine('x'.repeat(199))],
    ['not mine', { says: 'not-mine' }],
    ['No, not mine!', { says: 'not-mine' }],
    ['ask <@U0BO|bo>', { says: 'ask', user: 'U0BO' }],
    ['not mine, ask <@W0BO>', { says: 'ask', user: 'W0BO' }],
    ['<@U0BO>', { says: 'ask', user: 'U0BO' }],
    ['Bo@Brightwater.example', { says: 'ask', mail: 'bo@brightwater.example' }],
    [
      'ask <mailto:bo@brightwater.example|bo@brightwater.example> please',
      { says: 'ask', mail: 'bo@brightwater.example' },
    ],
    ['not mine, ask somebody', { says: 'not-mine' }],
  ]
  for (const [text, said] of cases) assert.deepEqual(readReply(text), said, text)
  const nothing = [
    '',
    'mine? no',
    'mineral water',
    'is it mine',
    'why do you ask <@U0BO>',
    'ask around',
    `mine ${'x'.repeat(3_000)}`,
  ]
  for (const text of nothing) assert.equal(readReply(text), undefined, text)
})

test('a reaction says yes or no, in any tone of skin, and not both', () => {
  assert.deepEqual(readReactions(['eyes', '+1::skin-tone-5']), { says: 'mine', purpose: null })
  assert.deepEqual(readReactions(['x']), { says: 'not-mine' })
  assert.equal(readReactions(['x', 'white_check_mark']), undefined)
  assert.equal(readReactions(['eyes']), undefined)
})
