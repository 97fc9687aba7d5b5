import { test } from 'node:test'

import { sampleConnector, samplePlug } from './sample.ts'
import { runtimeSites } from './sites.ts'
import { connectorSuite, schedulesOfSample } from './suite.ts'

/**
 * Each guard was taken out once, and the suite went red; the first schedule that shows it, of `CORDON_SCHEDULES=200`.
 *   seen ids                                 trail 7, activity 2      an event comes twice with other bytes
 *   overlap of a feed by time                activity 1               lost
 *   overlap after a lost cursor              trail 197                lost
 *   cursor committed with the batch          trail 8, activity 6      lost
 *   a run by time ends at its last page      activity 0               lost
 *   watermark not ahead of our clock         trail 5, activity 3      lost
 *   "now" moves it behind the last page only trail 162                lost
 *   expired cursor: a gap                    trail 5                  none said
 *   expired cursor: asked no more            trail 5, activity 0      asked again
 *   expired cursor: a snapshot begins anew   people 56                asked again
 *   complete behind the last list            people 0                 complete before its end
 *   an empty page is no list's end           people 14                lacks what was there
 *   Retry-After, within a request            trail 0, activity 0      asked too early
 *   Retry-After, between runs                trail 42, activity 5     asked too early
 *   none left of the allowance: wait         no schedule              await point that no death struck
 *   a refused token is made anew             trail 1, activity 2      used again
 *   JSON cut short is asked for again        trail 2, activity 0      a JSON error reaches the runner
 */
const plugs = (['trail', 'activity', 'people'] as const).map(samplePlug)
for (const { name, run } of connectorSuite(sampleConnector, plugs, { sites: runtimeSites }, schedulesOfSample))
  test(name, run)
