import type { Http } from '#kit'
import { entityId, type EntityId } from '#model'
import { awsActions, awsConnector } from '#connectors/aws'
import type { ActionContext, ContainAction, Holder } from '#respond/contract'

import { account, actionOf, openCordon } from './aws/company.ts'
import { foundShop } from './aws/shop.ts'
import { planOf } from './plan.ts'

type Place = Omit<Parameters<typeof planOf>[0]['sources'][number], 'connector'> & {
  connector: { id: string; version: number }
}

/** AWS issues for the key of `ci`, and another source's place is where its consumers read. */
export function openIssuer(aws: Awaited<ReturnType<typeof foundShop>>, target: EntityId) {
  const config = awsConnector.config.parse({
    ...aws.config,
    successors: [{ user: 'ci', standby: aws.standby.arn, place: target }],
  })
  const side = openCordon({ ...aws, config })
  const handOver: ContainAction<typeof config> = actionOf('aws.key.hand-over')
  return {
    config,
    side,
    handOver,
    /** What a step acts with: `there` is lent by the place's source; `http`: AWS, as it answers this try. */
    lending<Config>(holder: Holder<Config>, lent: ActionContext<Config>, http?: Http) {
      const { signal: _, place: __, ...there } = lent
      const here = side.context(http === undefined ? {} : { http: side.httpFor('contain', http) })
      return { ...here, place: { holder, context: there } }
    },
    /** The plan for the leaked key, AWS's inventory being read. */
    async plan(place: Place) {
      await side.pull('inventory')
      const { plan } = await planOf({
        house: side,
        sources: [{ connector: awsConnector, actions: awsActions, authority: account }, place],
        trigger: { kind: 'credential', credential: entityId('credential', 'aws', aws.ciKey.id) },
        fromMs: aws.clock.nowMs(),
        nowMs: aws.clock.nowMs(),
        by: 'aws',
      })
      return plan
    },
  }
}
