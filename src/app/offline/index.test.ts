import assert from 'node:assert/strict'
import { test } from 'node:test'

import { serverCommands } from '#cli'

import { offlineCommands, offlineCommandsUnder } from './index.ts'

test('a word that a server has commands of hides none of them', async () => {
  const words = new Set((await serverCommands()).map(({ name }) => name.split(' ')[0] ?? ''))
  const offline = new Set((await offlineCommands()).map(({ name }) => name.split(' ')[0] ?? ''))
  assert.ok(words.size > 20 && offline.size > 5)
  for (const word of offline) assert.equal((await offlineCommandsUnder(word)).all, !words.has(word), word)
  assert.deepEqual(await offlineCommandsUnder('incident'), { commands: [], all: false })
})
