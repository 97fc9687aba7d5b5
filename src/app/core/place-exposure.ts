import { usingView, type EstateView } from '#estate'
import type { Source } from '#sources'
import { expose, openPlaces } from '#respond'

import type { Registered } from '../connectors.ts'

/** Keys of one line of configuration that are looked at: an identity has a few. */
const credentialsMax = 10

/**
 * Lines of the configuration by which a successor would go where the very credential it replaces can read: no plan would
 * write it there, and whoever holds the leaked one waits for a person. Asked of the estate as it is now, before a breach.
 */
export async function exposedPlaces(
  source: Pick<Source, 'config' | 'authority'>,
  { connector, actions }: Pick<Registered, 'connector' | 'actions'>,
  view: () => Promise<EstateView>,
  nowMs: number,
): Promise<string[]> {
  const { authority } = source
  const parsed = connector.config.safeParse(source.config)
  if (authority === null || !parsed.success) return []
  const leads = actions.flatMap(({ needsPlace }) => needsPlace?.leadsTo(parsed.data, authority) ?? [])
  if (leads.length === 0) return []
  return usingView(view(), async (at) => {
    const says: string[] = []
    for (const { of, place, stated } of leads) {
      for (const credential of await at.find('credential', { successorIn: stated }, credentialsMax)) {
        const window = { fromMs: nowMs, toMs: null }
        const exposure = await expose(at, { kind: 'credential', credential }, window, nowMs)
        if (!openPlaces(exposure).has(place)) continue
        says.push(
          `the successor of \`${of}\` goes to \`${place}\`, which \`${credential}\` itself could read: Cordon writes none there; take that right away, or name another place`,
        )
      }
    }
    return says
  })
}
