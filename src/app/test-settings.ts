import { ConfigError } from './config.ts'

const prefix = 'CORDON_TEST_'

/** Settings that only tests may make: one of them switches syncing off. Whoever left one behind must hear of it. */
export function refuseTestSettings(env: Readonly<Record<string, string | undefined>>): void {
  const set = Object.keys(env).filter((name) => name.startsWith(prefix))
  if (set.length === 0) return
  throw new ConfigError('ERR_CONFIG_VALUE', `${set.map((name) => `\`${name}\``).join(', ')} is for tests only`, {
    place: 'environment',
    hint: `unset ${set.join(' ')}, and start again`,
  })
}
