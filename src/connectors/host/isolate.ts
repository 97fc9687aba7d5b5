import { execFile } from 'node:child_process'

import { CordonError } from '#kit'
import { hostAuthority, parseEntityId, type EntityId } from '#model'
import { defineAction, type ActionContext, type ContainAction } from '#respond/contract'

import { hostIdShape, type HostConfig, type HostHooks } from './config.ts'

export class HostError extends CordonError<'ERR_HOST_HOOK' | 'ERR_HOST_TARGET'> {}

export const hookTimeoutMs = 60_000
export const hookOutputBytesMax = 64 * 1024

/**
 * What the host connector can do with these hooks; nothing without, and the step becomes a task for a person. The
 * hooks come from the configuration file alone (`HostConfig`).
 */
export function hostActions(config: HostConfig): ContainAction<HostConfig>[] {
  return config.hooks === undefined ? [] : [isolateWith(config.hooks)]
}

const isolateWith = (hooks: HostHooks): ContainAction<HostConfig> =>
  defineAction<HostConfig>({
    verb: 'host.isolate',
    phase: 'isolate',
    title: 'Cut the host off the network',
    targetFor: (member) =>
      member.role === 'host' && hostIdOf(member.entity) !== undefined ? member.entity : undefined,
    scopes: ['hook:isolate', 'hook:check', 'hook:release'],
    retry: 'read-back',
    proofs: ['read-back'],
    preview: (target) => ({
      effects: [`${target} is cut off the network by the isolate hook; what runs on it stops being reachable`],
      reversible: true,
      undoWithinMs: null,
      residualMs: 0,
      scopes: ['hook:isolate'],
      proofs: ['read-back'],
    }),
    async apply(context, target) {
      const host = resolve(context, target)
      const code = await runHook(context, hooks.isolate, host)
      if (code !== 0) throw hookFailed('isolate', code)
      return { says: `the isolate hook ended with 0 for ${host}` }
    },
    async readBack(context, target) {
      const code = await runHook(context, hooks.check, resolve(context, target))
      return code === 0 ? 'landed' : code === 1 ? 'absent' : 'unknown'
    },
    probe: {
      everyMs: 2_000,
      withinMs: 120_000,
      async run(context, target) {
        const host = resolve(context, target)
        const code = await runHook(context, hooks.check, host)
        const says = `the check hook ended with ${code ?? 'no exit code'} for ${host}`
        if (code === 0) return { verdict: 'dead', proof: { kind: 'read-back', says, where: [host] } }
        return { verdict: code === 1 ? 'alive' : 'unknown', says }
      },
    },
    async undo(context, target) {
      const code = await runHook(context, hooks.release, resolve(context, target))
      if (code !== 0) throw hookFailed('release', code)
    },
  })

function hostIdOf(entity: EntityId): string | undefined {
  const parts = parseEntityId(entity)
  if (parts?.kind !== 'host' || parts.authority !== hostAuthority) return undefined
  return hostIdShape.test(parts.native) ? parts.native : undefined
}

/** The id becomes an argument: it cannot begin with `-`, and no shell ever sees it. */
function resolve(context: ActionContext<HostConfig>, target: EntityId): string {
  const host = hostIdOf(target)
  if (host === undefined) throw new HostError('ERR_HOST_TARGET', `\`${target}\` is no host that a hook can be given`)
  if (context.isOwn(target)) throw new HostError('ERR_HOST_TARGET', `\`${target}\` is the host Cordon itself runs on`)
  return host
}

/**
 * Exit code, or null when the hook was killed (time, output, abort) or could not start. Its output is dropped: it may
 * hold anything, and receipts must not. It sees no variable of ours but the ones named here.
 */
function runHook(context: ActionContext<HostConfig>, hook: readonly string[], host: string): Promise<number | null> {
  const [program = '', ...given] = hook
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', CORDON_HOST_ID: host, CORDON_ACTION_KEY: context.key }
  return new Promise((done) => {
    execFile(
      program,
      [...given, host],
      {
        shell: false,
        windowsHide: true,
        cwd: '/',
        env,
        timeout: hookTimeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: hookOutputBytesMax,
        signal: context.signal,
      },
      (error) => done(error === null ? 0 : typeof error.code === 'number' && !error.killed ? error.code : null),
    )
  })
}

const hookFailed = (name: string, code: number | null): HostError =>
  new HostError('ERR_HOST_HOOK', `the ${name} hook ended with ${code ?? 'no exit code'}`, {
    hint: `run it by hand with the host id as its last argument; it has ${hookTimeoutMs / 1000} s`,
    retryable: true,
  })
