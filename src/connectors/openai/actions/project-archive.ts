import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { dead, guard, preview, probeEveryMs, probeWithinMs, settle } from './context.ts'
import { insideOf, pathOf, readStatus } from './project.ts'

const isOver = (status: string | undefined): boolean => status === undefined || status === 'archived'

/** For a project that the attacker made: OpenAI never opens an archived one again, nor what lies in it. */
export const projectArchive = defineAction<OpenaiConfig>({
  verb: 'openai.project.archive',
  phase: 'remove-descendants',
  title: 'Archive a project with its accounts and keys',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('project', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview([
      'the project is used no more, by nobody and with no key; its files, vector stores and models are out of reach, for you as well',
      'for good: OpenAI opens no archived project again',
    ]),
  async apply(context, target) {
    const access = guard(context, target)
    if (isOver(await readStatus(context, target))) return { says: 'the project was archived already' }
    guard(context, target, await insideOf(access, context.authority, target))
    const response = await call(access, 'POST', `${pathOf(target)}/archive`)
    settle(response, 'archiving the project', 'the default project stays: delete its keys and accounts instead')
    return { says: 'archived' }
  },
  async readBack(context, target) {
    return isOver(await readStatus(context, target)) ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const status = await readStatus(context, target)
      return isOver(status)
        ? dead(context, `OpenAI lists the project as ${status ?? 'no more'}`)
        : { verdict: 'alive', says: 'OpenAI lists the project as active' }
    },
  },
})
