import { after, suite, test } from 'node:test'

import { holdsContract, titleOf } from '../conformance/scene-contract.ts'
import { scenesOf } from '../conformance/scenes.ts'
import { shopTried, stopServer, tried } from './postgres-cases.ts'
import { postgres15, unlessInstalled } from './postgres-cluster.ts'

const skip = unlessInstalled(postgres15)

suite('what every action owes, on a real server', { skip }, () => {
  after(stopServer)
  for (const one of [...scenesOf(tried), ...scenesOf(shopTried)]) test(titleOf(one), () => holdsContract(one))
})
