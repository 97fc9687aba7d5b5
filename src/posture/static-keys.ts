import { entitiesOf, type Scene, type Thing } from './scene.ts'
import { isOn, textOf } from './words.ts'

/**
 * Keys that open something until somebody ends them. What opens nothing by itself (a factor, a secret's place in a pipeline,
 * what scanning found) is none; nor is what ends soon without anybody (`static` is false), nor a refresh token: that is its
 * grant's.
 */
export async function staticKeys(scene: Scene): Promise<Thing[]> {
  const kinds = ['key', 'token', 'ssh-key']
  const all = await Promise.all(kinds.map((kind) => scene.find('credential', { kind })))
  const good = all.flat().filter(({ facts }) => isStatic(facts) && isOn(facts, scene.atMs))
  const opening = await scene.from(
    entitiesOf(good),
    'AUTHENTICATES_AS',
    'CAN_READ',
    'CAN_WRITE',
    'CAN_ADMIN',
    'CAN_SHARE',
    'CAN_GRANT',
  )
  return good.filter(({ entity }) => opening.has(entity))
}

const isStatic = (facts: Thing['facts']): boolean =>
  facts['static'] !== false && textOf(facts, 'tokenKind') !== 'refresh'
