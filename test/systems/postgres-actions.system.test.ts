import { after, suite, test } from 'node:test'

import { holdsContract, titleOf } from '../conformance/scene-contract.ts'
import { scenesOf } from '../conformance/scenes.ts'
import { isInstalled, shopTried, stopServer, tried } from './postgres-cases.ts'

const skip = isInstalled() ? false : 'no server: run test/systems/install-postgres.sh'

suite('what every action owes, on a real server', { skip }, () => {
  after(stopServer)
  for (const one of [...scenesOf(tried), ...scenesOf(shopTried)]) test(titleOf(one), () => holdsContract(one))
})
