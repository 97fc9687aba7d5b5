import { assert, type Clock } from '#kit'
import { entityCalled } from '#access'
import type { BehaviourAsking } from '#api'
import { usingView } from '#estate'

import type { EstateThread } from './estate-thread-client.ts'

/** Questions about behaviour, answered by worker D; names are looked up in the estate. */
export function createBehaviourAsking(clock: Clock, estate: () => EstateThread): BehaviourAsking {
  return {
    async list({ max }) {
      const answer = await estate().behaviour({ list: max })
      assert('listed' in answer, 'a list is answered by a list')
      return { atMs: clock.nowMs(), actors: answer.listed }
    },
    async show({ of }) {
      const entity = await usingView(estate().view(), (view) =>
        entityCalled(view, of, ['identity', 'credential', 'app'], 'of'),
      )
      const answer = await estate().behaviour({ show: entity })
      assert('shown' in answer, 'one actor is answered by one')
      return { atMs: clock.nowMs(), of: entity, realms: answer.shown }
    },
  }
}
