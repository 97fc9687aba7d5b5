import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call } from '../client.ts'
import type { HuggingfaceConfig } from '../config.ts'
import { repoPath } from '../directory.ts'
import { nameRepo, partsOf } from '../names.ts'
import {
  dead,
  guard,
  previewStep,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  settle,
  type Context,
} from './context.ts'
import { findRepo, type Repo } from './repo.ts'

const scopes = scopesToAct.repos
/** Stages in which nothing of a Space runs, and nothing starts it but a person. */
const stopped: ReadonlySet<string> = new Set(['PAUSED', 'STOPPED', 'DELETING'])

const stageOf = (repo: Repo | undefined): string => repo?.runtime?.stage ?? 'unknown'
const isStopped = (repo: Repo | undefined): boolean => repo === undefined || stopped.has(stageOf(repo))
const find = (context: Context, target: EntityId) =>
  findRepo(context, nameRepo(context.authority, requiredParts('space', target)[0]), ['spaces'])

/** A Space runs a program that reads its secrets: it is stopped before any of them dies. */
export const spacePause = defineAction<HuggingfaceConfig>({
  verb: 'huggingface.space.pause',
  phase: 'isolate',
  title: 'Pause a Space',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (role === 'host' && partsOf('space', entity) !== undefined ? entity : undefined),
  preview: () =>
    previewStep(
      scopes,
      [
        'the program of the Space runs no more, and whoever uses it is refused; its files and secrets stay',
        'a static Space is no program and cannot be paused: make it private instead',
        'undo starts it again, with the same program and the same secrets',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    await guard(context, target)
    const space = await find(context, target)
    if (space === undefined) throw refused(target, 'is no Space, or none any more')
    if (isStopped(space)) return { says: `the Space was ${stageOf(space).toLowerCase()} already` }
    const response = await call(context, 'POST', `/api/spaces/${repoPath(space.id)}/pause`)
    settle(response, 'a pause of the Space', 'a static Space is always there: make it private instead')
    return { says: 'paused', undoState: { wasRunning: true } }
  },
  async readBack(context, target) {
    return isStopped(await find(context, target)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasRunning'] !== true) return
    await guard(context, target)
    const space = await find(context, target)
    if (space === undefined || stageOf(space) !== 'PAUSED') return
    const response = await call(context, 'POST', `/api/spaces/${repoPath(space.id)}/restart`)
    settle(response, 'a restart of the Space', 'restart it by hand: the Space > Settings')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const space = await find(context, target)
      return isStopped(space)
        ? dead(context, space === undefined ? 'the Hub lists no such Space any more' : 'the Hub lists it as stopped')
        : { verdict: 'alive', says: `the Hub lists the Space as ${stageOf(space)}` }
    },
  },
})
